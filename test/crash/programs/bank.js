// Ten accounts of a hundred and eight writers that move money about for ever, until the process is killed. Each
// transfer that has been acknowledged is told on stdout as its number in the ledger that is kept in the same transaction.

import { writeSync } from 'node:fs';
import { createRuntime } from 'troupe';
import { topology } from './world.js';

const [folder, seed = '1'] = process.argv.slice(2);
const runtime = await createRuntime(topology, { store: folder });
await runtime.start();
const { state } = runtime;

let chance = Number(seed);
/** A small generator, so that a run can be repeated. */
function random(below) {
  chance = (chance * 1_103_515_245 + 12_345) % 2_147_483_648;
  return Math.floor((chance / 2_147_483_648) * below);
}

await state.transaction((tx) => {
  if (tx.get('ledger') !== undefined) return;
  for (let account = 0; account < 10; account += 1) tx.set(`account/${account}`, 100);
  tx.set('ledger', 0);
});
writeSync(1, 'ready\n');

async function writer() {
  for (;;) {
    const from = random(10);
    const to = (from + 1 + random(9)) % 10;
    const amount = 1 + random(30);
    const entry = await state.transaction(
      (tx) => {
        const left = tx.get(`account/${from}`).value - amount;
        const number = tx.get('ledger').value + 1;
        if (left >= 0) {
          tx.set(`account/${from}`, left);
          tx.set(`account/${to}`, tx.get(`account/${to}`).value + amount);
        }
        tx.set('ledger', number);
        return number;
      },
      { retries: 1_000 },
    );
    writeSync(1, `${entry}\n`);
  }
}

await Promise.all(Array.from({ length: 8 }, writer));
