// `troupe store migrate`: says of each machine of a topology whether the state that is kept of it will be gone on from,
// and leaves the store as it is.

import { writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { afterAll, expect, test } from 'vitest';
import { openStore } from '../../src/store/opening/open.ts';
import { folder } from '../store/store-kit.ts';
import { troupe } from './cli-kit.ts';

const topology = (migrate: string): string => `
import { createMachine } from 'xstate';
import { agent, defineTopology, director, orchestrator } from 'troupe';
const machine = createMachine({});
const agents = {
  plain: agent({ run: () => 0 }),
  same: agent({ machine, schema: 2 }),
  older: agent({ machine, schema: 2, migrate: ${migrate} }),
  pool: agent({ machine, instances: 2, schema: 1 }),
};
export default defineTopology({
  name: 'kept',
  orchestrators: { main: orchestrator({ directors: { code: director({ agents }) } }) },
});
`;

async function kept(): Promise<{ readonly dir: string; readonly store: string }> {
  const dir = await folder(afterAll);
  const store = join(dir, 'data');
  const opened = await openStore(store);
  const record = { format: 1, snapshot: { status: 'active', value: {}, context: {} } };
  await opened.store.commit([
    { key: 'actor/main/code/same', value: record, schema: 2, keep: 10 },
    { key: 'actor/main/code/older', value: record, schema: 1, keep: 10 },
    { key: 'actor/main/code/older/child', value: record, schema: 7, keep: 10 },
    { key: 'actor/main/code/pool:1', value: record, schema: 0, keep: 10 },
  ]);
  await opened.close();
  return { dir, store };
}

test('P25 each machine is told apart: current, migrated, quarantined, not kept', async () => {
  const { dir, store } = await kept();
  writeFileSync(join(dir, 'good.ts'), topology('(_from, snapshot) => snapshot'));
  const { status, stdout } = await troupe(['store', 'migrate', store, 'good.ts', '--json'], { cwd: dir });
  expect(JSON.parse(stdout)).toMatchObject({
    failed: 1,
    outcomes: [
      { address: 'main/code/same', from: 2, to: 2, outcome: 'current' },
      { address: 'main/code/older', from: 1, to: 2, outcome: 'migrated' },
      { address: 'main/code/pool:0', to: 1, outcome: 'not kept' },
      {
        address: 'main/code/pool:1',
        from: 0,
        to: 1,
        outcome: 'quarantined',
        problem: expect.stringContaining('migrate'),
      },
    ],
  });
  expect(status).toBe(1);
});

test('P25 a migration that throws is told with its words, and nothing is written', async () => {
  const { dir, store } = await kept();
  writeFileSync(join(dir, 'bad.ts'), topology("() => { throw new Error('no such field'); }"));
  const { status, stdout, stderr } = await troupe(['store', 'migrate', store, 'bad.ts'], { cwd: dir });
  expect(stdout).toMatch(/main\/code\/older +1 +2 +quarantined +no such field/);
  expect([status, stderr]).toEqual([1, '']);
  const { store: after, close } = await openStore(store, { readOnly: true });
  expect(after.get('actor/main/code/older')).toMatchObject({ version: 1, schema: 1 });
  await close();
  const missing = await troupe(['store', 'migrate', store, 'nowhere.ts'], { cwd: dir });
  expect([missing.status, missing.stderr]).toEqual([2, expect.stringContaining("there is no file 'nowhere.ts'")]);
});
