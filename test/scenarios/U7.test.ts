// U7: storage. A quota that is used up, or a disk that is full, refuses what does not fit and says so; nothing that was
// acknowledged is lost, reads go on, and writes resume by themselves when there is room. What runs that were cut short
// had left behind goes at the next start; a folder that can't be used is named before anything is changed.

import { chmodSync, existsSync, mkdtempSync, readdirSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, expect, test } from 'vitest';
import { fromTransition } from 'xstate';
import { agent, createRuntime, type Runtime } from 'troupe';
import { solo } from '../runtime/runtime-kit.ts';

const folder = mkdtempSync(join(tmpdir(), 'troupe-u7-'));
afterAll(() => {
  rmSync(folder, { recursive: true });
});

const topology = solo(agent({ run: () => 0 }));

async function started(name: string, quota?: '1MB' | '8MB'): Promise<Runtime<typeof topology>> {
  const path = join(folder, name);
  const runtime = await createRuntime(topology, { store: quota === undefined ? path : { path, quota } });
  await runtime.start();
  return runtime;
}

const codeOf = (promise: Promise<unknown>): Promise<string> =>
  promise.then(
    () => 'written',
    (error: { readonly code?: string }) => error.code ?? 'none',
  );

test('U7 a full store refuses writes by name, goes on reading, and takes writes again when there is room', async () => {
  const runtime = await started('full', '1MB');
  const block = 'x'.repeat(50_000);
  let written = 0;
  while ((await codeOf(runtime.state.set(`block/${written}`, block))) === 'written') written += 1;
  expect(written).toBeGreaterThan(5);
  expect(await codeOf(runtime.submit({ type: 'work', input: block }))).toBe('STORE_FULL');
  for (let n = 0; n < written; n += 1) expect(runtime.state.get(`block/${n}`)?.value).toBe(block);
  const back = new Promise<void>((resolve) => {
    runtime.events.on('store.recovered', () => {
      resolve();
    });
  });
  await back;
  for (let n = 0; n < written; n += 1) expect(await runtime.state.delete(`block/${n}`)).toBe(true);
  expect(await codeOf(runtime.state.set('small', 1))).toBe('written');
  expect(await runtime.run({ type: 'work', input: 'it' })).toBe(0);
  await runtime.stop();
});

test('U7 a durable actor on a full store waits, and goes on where it was', async () => {
  const keeping = fromTransition(
    (blocks: readonly string[], event: { readonly type: 'keep'; readonly block: string }) => [...blocks, event.block],
    [],
  );
  const runtime = await started('waiting', '1MB');
  const actor = runtime.spawn(keeping, { id: 'keeper', durable: true });
  const recovered = new Promise<void>((resolve) => {
    runtime.events.on('store.recovered', () => {
      resolve();
    });
  });
  let accepted = 0;
  for (;;) {
    actor.tell({ type: 'keep', block: 'y'.repeat(20_000) });
    if ((await codeOf(runtime.committed())) !== 'written') break;
    accepted += 1;
  }
  expect(accepted).toBeGreaterThan(3);
  await recovered;
  expect(runtime.snapshots.get('keeper')).toBeDefined();
  await runtime.stop();
  const again = await started('waiting', '8MB');
  const kept = again.spawn(keeping, { id: 'keeper', durable: true });
  await again.committed();
  const { context } = kept.snapshot() as unknown as { readonly context: readonly string[] };
  expect(context.length).toBeGreaterThanOrEqual(accepted);
  await again.stop();
});

test('U7 what a run that was cut short has left goes at the next start', async () => {
  await (await started('tidy')).stop();
  const path = join(folder, 'tidy');
  writeFileSync(join(path, 'troupe.json.tmp'), '{ half');
  await (await started('tidy')).stop();
  expect(existsSync(join(path, 'troupe.json.tmp'))).toBe(false);
});

test('U7 a folder that can not be used is named, and stays as it is', async () => {
  writeFileSync(join(folder, 'a-file'), 'mine');
  expect(await codeOf(createRuntime(topology, { store: join(folder, 'a-file') }))).toBe('STORE_UNAVAILABLE');
  await expect(createRuntime(topology, { store: join(folder, 'no', 'such') })).rejects.toThrow(join(folder, 'no'));
  const locked = join(folder, 'others');
  await (await started('others')).stop();
  const before = readdirSync(locked);
  chmodSync(locked, 0o500);
  if (process.getuid?.() !== 0)
    expect(await codeOf(createRuntime(topology, { store: locked }))).toBe('STORE_UNAVAILABLE');
  chmodSync(locked, 0o700);
  expect(readdirSync(locked)).toEqual(before);
});
