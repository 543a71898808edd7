// One store, eight writers, a hundred kills at random instants. The ledger never goes back behind what was acknowledged,
// and the money is all there.

import { afterAll, expect, test } from 'vitest';
import { seededRandom } from '../../src/base/random.ts';
import { createRuntime } from '../../src/index.ts';
import { startProgram, temporaryFolder } from './kill-kit.ts';
import { topology } from './programs/world.js';

const folder = temporaryFolder();
afterAll(() => {
  folder.remove();
});

const kills = 100;

async function readBank(): Promise<{ readonly ledger: number; readonly accounts: readonly number[] }> {
  const runtime = await createRuntime(topology, { store: folder.path });
  await runtime.start();
  const accounts = Array.from(
    { length: 10 },
    (_, account) => runtime.state.get<number>(`account/${account}`)?.value ?? 0,
  );
  const ledger = runtime.state.get<number>('ledger')?.value ?? 0;
  await runtime.stop();
  return { ledger, accounts };
}

test(
  'P03 P17 a hundred kills under eight writers lose nothing acknowledged and no money',
  { timeout: 600_000 },
  async () => {
    const seed = 20_261_121;
    const random = seededRandom(seed);
    let acknowledged = 0;
    let transfers = 0;
    for (let kill = 0; kill < kills; kill += 1) {
      const running = startProgram('bank', [folder.path, String(seed + kill)]);
      // oxlint-disable-next-line no-await-in-loop
      await running.told(1 + Math.floor(random() * 200));
      running.child.kill('SIGKILL');
      // oxlint-disable-next-line no-await-in-loop
      const ended = await running.ended;
      expect(ended.signal, ended.errors).toBe('SIGKILL');
      const told = ended.lines.filter((line) => /^\d+$/.test(line)).map(Number);
      transfers += told.length;
      acknowledged = Math.max(acknowledged, ...told);
      if (kill % 10 !== 9) continue;
      // oxlint-disable-next-line no-await-in-loop
      const { ledger, accounts } = await readBank();
      expect(ledger, `seed ${seed}, kill ${kill}`).toBeGreaterThanOrEqual(acknowledged);
      expect(accounts.reduce((sum, account) => sum + account, 0)).toBe(1_000);
      expect(Math.min(...accounts)).toBeGreaterThanOrEqual(0);
    }
    process.stderr.write(`P03: ${transfers} transfers acknowledged over ${kills} kills, seed ${seed}\n`);
    expect(transfers).toBeGreaterThan(1_000);
  },
);
