// The store on disk against the suite that all stores share.

import { storeConformance } from './conformance.ts';
import { movableClock, testStore } from './folders.ts';

storeConformance('the store on disk', async () => {
  const clock = movableClock();
  const { store, again } = await testStore({ clock });
  return {
    store,
    setWall: (wallMs) => {
      clock.setWall(wallMs);
    },
    reopen: again,
  };
});
