// C4: versioned state in LMDB. Every version within the retention can be read, compared and brought back; what one
// transaction writes is there whole or not at all; all of it is still so in another process.

import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, expect, test } from 'vitest';
import { fromTransition } from 'xstate';
import { agent, createRuntime, defineTopology, director, orchestrator } from 'troupe';

const folder = mkdtempSync(join(tmpdir(), 'troupe-c4-'));
afterAll(() => {
  rmSync(folder, { recursive: true });
});

const topology = defineTopology({
  name: 'kept',
  retention: { versions: 4 },
  orchestrators: {
    main: orchestrator({ directors: { none: director({ agents: { none: agent({ run: () => 0 }) } }) } }),
  },
});

const notes = fromTransition(
  (lines: readonly string[], event: { readonly type: 'note'; readonly line: string }) => [...lines, event.line],
  [],
);

async function started() {
  const runtime = await createRuntime(topology, { store: join(folder, 'store') });
  await runtime.start();
  return runtime;
}

test('C4 versions of shared state are read, compared, restored and pruned; transactions are whole', async () => {
  const first = await started();
  for (let n = 1; n <= 6; n += 1) await first.state.set('plan', { n, steps: Array.from({ length: n }, (_, i) => i) });
  await expect(
    first.state.transaction(async (tx) => {
      tx.set('left', 1);
      tx.set('right', -1);
      await Promise.resolve();
      throw new Error('not after all');
    }),
  ).rejects.toThrow('not after all');
  await first.state.transaction((tx) => {
    tx.set('left', 2);
    tx.set('right', -2);
  });
  await first.stop();

  const second = await started();
  const { state } = second;
  expect(state.history('plan').map(({ version }) => version)).toEqual([6, 5, 4, 3]);
  expect(state.at('plan', 2)).toBeUndefined();
  expect(state.at('plan', 3)?.value).toEqual({ n: 3, steps: [0, 1, 2] });
  expect(state.diff('plan', 5, 6)).toMatchObject({
    entries: [
      { path: '.n', before: 5, after: 6 },
      { path: '.steps[5]', after: 5 },
    ],
  });
  expect(await state.rollback('plan', 4)).toBe(7);
  expect(state.get('plan')).toMatchObject({ version: 7, value: { n: 4 } });
  expect([state.get('left')?.value, state.get('right')?.value]).toEqual([2, -2]);
  await second.stop();
});

test('C4 versions of an actor are read, compared and restored, while it runs and after a restart', async () => {
  const first = await started();
  const actor = first.spawn(notes, { id: 'notes', durable: true });
  for (const line of ['one', 'two', 'three']) {
    actor.tell({ type: 'note', line });
    await first.committed();
  }
  const { version } = first.snapshots.get('notes') ?? { version: 0 };
  await first.snapshots.rollback('notes', version - 1);
  expect(actor.snapshot()).toMatchObject({ context: ['one', 'two'] });
  actor.tell({ type: 'note', line: 'four' });
  await first.committed();
  await first.stop();

  const second = await started();
  expect(second.snapshots.at('notes', version)?.snapshot).toMatchObject({ context: ['one', 'two', 'three'] });
  const again = second.spawn(notes, { id: 'notes', durable: true });
  expect(again.snapshot()).toMatchObject({ context: ['one', 'two', 'four'] });
  await second.stop();
});
