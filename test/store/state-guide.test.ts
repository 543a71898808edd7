// The snippets of the guide to shared state do what the page says of them.

import { writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { expect, test, vi } from 'vitest';
import { blocks, page } from '../docs/markdown.ts';
import { kits, pipelinedKit, type StateKit } from './state-kit.ts';
import { folder } from './store-kit.ts';

type Runtime = Pick<StateKit, 'state'>;
type Snippet = (runtime: Runtime, ...rest: readonly unknown[]) => Promise<unknown>;

/** What the block with a function of this name exports. */
async function snippet(name: string): Promise<Snippet> {
  const code = blocks(page('docs/state.md')).find((block) => block.code.includes(`function ${name}(`))?.code;
  const where = await folder();
  await writeFile(join(where, `${name}.ts`), code ?? '');
  // Not by jiti: the errors have to be of the classes that shared state throws.
  const module = (await import(/* @vite-ignore */ join(where, `${name}.ts`))) as Record<string, Snippet>;
  return module[name] as Snippet;
}

const [, make] = kits[0] as (typeof kits)[number];

test('the first snippet writes, counts and reads', async () => {
  const kit = await make();
  const example = await snippet('example');
  expect(await kit.ends(example(kit))).toBe(12);
  expect(await kit.ends(example(kit))).toBe(12);
  expect(kit.state.get('visits')).toMatchObject({ value: 2, version: 2 });
});

test('of two who sell the last lamp one is told of the other', { timeout: 60_000 }, async () => {
  const kit = pipelinedKit();
  const sell = await snippet('sell');
  expect(await kit.ends(sell(kit))).toBe('sold out');
  await kit.ends(kit.state.set('stock/lamp', 1));
  expect(await kit.ends(Promise.all([sell(kit), sell(kit)]))).toEqual(['sold', 'somebody was faster: version 2']);
  expect(await kit.ends(sell(kit))).toBe('sold out');
});

test('a transfer moves all of it or nothing', async () => {
  const kit = await make();
  const transfer = await snippet('transfer');
  await kit.ends(kit.state.set('a', 5));
  await kit.ends(transfer(kit, 'a', 'b', 3));
  await expect(kit.ends(transfer(kit, 'a', 'b', 3))).rejects.toThrow('a has only 2');
  expect([kit.state.get('a')?.value, kit.state.get('b')?.value]).toEqual([2, 3]);
});

test('undo shows what changed and goes back', async () => {
  const kit = await make();
  const undo = await snippet('undo');
  await kit.ends(kit.state.set('settings', { limit: 1 }));
  await kit.ends(kit.state.set('settings', { limit: 2 }));
  const log = vi.spyOn(console, 'log').mockImplementation(() => undefined);
  await kit.ends(undo(kit));
  expect(log.mock.calls).toEqual([['.limit', 1, 2]]);
  log.mockRestore();
  expect(kit.state.get('settings')).toMatchObject({ value: { limit: 1 }, version: 3 });
});

test('follow tells of writes and deletions', async () => {
  const kit = await make();
  const follow = (await snippet('follow')) as unknown as (runtime: Runtime) => () => void;
  const log = vi.spyOn(console, 'log').mockImplementation(() => undefined);
  const stop = follow(kit);
  await kit.ends(kit.state.set('settings', { limit: 7 }));
  await kit.ends(kit.state.delete('settings'));
  stop();
  await kit.ends(kit.state.set('settings', { limit: 8 }));
  expect(log.mock.calls).toEqual([['limit 7 since version 1'], ['deleted']]);
  log.mockRestore();
});
