// The in-memory store against the suite that all stores share.

import { VirtualClock } from '../../src/base/virtual-clock.ts';
import { memoryStore } from '../../src/store/memory.ts';
import { storeConformance } from './conformance.ts';

storeConformance('the in-memory store', () => {
  const clock = new VirtualClock();
  return {
    store: memoryStore(clock),
    setWall: (wallMs) => {
      clock.setWall(wallMs);
    },
  };
});
