// A simulated disk without faults is a store like any other: it keeps the promises that all stores share.

import { Decisions } from '../../src/testing/world/decisions.ts';
import { SimulatedDisk } from '../../src/testing/world/disk.ts';
import { storeConformance } from '../store/conformance.ts';
import { movableClock } from '../store/folders.ts';

storeConformance('the store on a simulated disk', async () => {
  const clock = movableClock();
  // An empty script: nothing special ever happens, and every write takes one turn.
  const disk = new SimulatedDisk({ decisions: new Decisions(1, []) });
  return {
    store: await disk.open(clock),
    setWall: (wallMs) => {
      clock.setWall(wallMs);
    },
    reopen: () => disk.open(clock),
  };
});
