// Twelve operations on one store, one after the other, each told on stdout once it has been acknowledged. Killed
// anywhere, what it has told must be there when the store is opened again. `twelve.js <folder> [step occurrence]`: with a
// step it kills itself there.

import { writeSync } from 'node:fs';
import { createRuntime } from 'troupe';
import { adder, killingStore, topology } from './world.js';

const [folder, step, occurrence = '1'] = process.argv.slice(2);
const store = step === undefined ? folder : await killingStore(folder, step, Number(occurrence));
const runtime = await createRuntime(topology, { store });
await runtime.start();
const counter = runtime.spawn(adder, { id: 'counter', durable: true });
for (let n = 1; n <= 12; n += 1) {
  if (n % 3 === 1) {
    await runtime.state.set('register', { n, fill: String(n).repeat(50) });
  } else if (n % 3 === 2) {
    counter.tell({ type: 'add', n });
    await runtime.committed();
  } else {
    await runtime.state.transaction((tx) => {
      tx.set('left', n);
      tx.set('right', -n);
    });
  }
  writeSync(1, `${n}\n`);
}
await runtime.stop();
writeSync(1, 'end\n');
