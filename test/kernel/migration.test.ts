// Kept states of an older shape: migrated by the program, or their actor is quarantined while all others load.

import { fromTransition } from 'xstate';
import { describe, expect, test } from 'vitest';
import { dryRunMigration } from '../../src/kernel/recovery/migration.ts';
import { summing } from './gated-store.ts';
import type { Message } from './players.ts';
import { begin, machine, type Machine, type Process } from './restart-kit.ts';

/** The next version of the program: its state is a table. */
const table = fromTransition(
  (state: { readonly sum: number }, message: Message) => ({ sum: state.sum + (message.n as number) }),
  { sum: 0 },
);
const toTable = (_from: number, snapshot: unknown): unknown => {
  const { context, ...rest } = snapshot as { readonly context: number };
  return { ...rest, context: { sum: context } };
};
const contextOf = (snapshot: unknown): unknown => (snapshot as { readonly context?: unknown } | undefined)?.context;

async function firstVersion(): Promise<Machine> {
  const computer = machine();
  const first = computer.boot();
  for (const id of ['a', 'b']) first.kernel.spawn(summing(), { id, durable: true }).tell({ type: 'add', n: 5 });
  await first.settle();
  return computer;
}

const children = (process: Process, a: object, b: object): Promise<void> =>
  process.kernel.start(
    [
      { id: 'a', logic: table, durable: true, schema: 1, ...a },
      { id: 'b', logic: table, durable: true, schema: 1, ...b },
    ],
    () => {},
  );

describe('P25 a state of an older schema', () => {
  test('is migrated by the program, and kept under the new schema with the next commit', async () => {
    const { boot, store } = await firstVersion();
    const second = boot();
    const ref = second.kernel.spawn(table, { id: 'a', durable: true, schema: 1, migrate: toTable });
    expect(contextOf(ref.snapshot())).toEqual({ sum: 5 });
    expect(store.get('actor/a')?.schema).toBe(0);
    ref.tell({ type: 'add', n: 1 });
    await second.settle();
    expect(store.get('actor/a')).toMatchObject({ schema: 1, value: { snapshot: { context: { sum: 6 } } } });
    const third = boot();
    const again = third.kernel.spawn(table, { id: 'a', durable: true, schema: 1, migrate: toTable });
    expect(contextOf(again.snapshot())).toEqual({ sum: 6 });
  });

  test.each([
    ['without migrate', {}, 'INVALID_OPTION'],
    [
      'when migrate throws',
      {
        migrate: () => {
          throw new Error('no way');
        },
      },
      undefined,
    ],
    ['when migrate makes what can not be kept', { migrate: () => ({ live: () => {} }) }, 'UNSERIALIZABLE'],
    ['when the state is newer than the program', { schema: 0, migrate: toTable }, 'INVALID_OPTION'],
  ])('%s: that actor is quarantined with its record and its messages, the others load', async (name, options, code) => {
    const computer = await firstVersion();
    const { boot, store } = computer;
    const isNewer = name.includes('newer');
    if (isNewer) await store.commit([{ key: 'actor/a', value: store.get('actor/a')?.value, schema: 7, keep: 10 }]);
    const second = boot();
    const started = children(second, options, { migrate: toTable });
    await second.settle();
    await started;
    expect(second.all('actor.quarantined')).toMatchObject([{ address: 'a', schema: isNewer ? 7 : 0 }]);
    if (code !== undefined) expect(second.all('actor.quarantined')).toMatchObject([{ error: { code } }]);
    expect(contextOf(second.kernel.lookup('b')?.snapshot())).toEqual({ sum: 5 });
    expect([...second.kernel.actors()].find(({ address }) => address === 'a')).toMatchObject({ state: 'quarantined' });
    second.kernel.lookup('a')?.tell({ type: 'add', n: 2 });
    second.kernel.lookup('a')?.tell({ type: 'add', n: 3 });
    await second.settle();
    await second.kernel.stop();
    expect(store.get('actor/a')?.value).toMatchObject({ snapshot: { context: 5 } });
    const third = boot();
    const again = children(third, { schema: isNewer ? 7 : 1, migrate: toTable }, { migrate: toTable });
    await third.settle();
    await again;
    const sum = contextOf(third.kernel.lookup('a')?.snapshot());
    if (!isNewer) expect(sum).toEqual({ sum: 10 });
    expect(third.all('actor.quarantined')).toEqual([]);
  });

  test('a dry run over a store says what would come of it and writes nothing', async () => {
    const { store } = await firstVersion();
    await store.commit([{ key: 'actor/c', value: { format: 1, snapshot: { context: { sum: 1 } } }, schema: 1 }]);
    await store.commit([{ key: 'actor/d', value: { format: 1, snapshot: null } }]);
    const before = [...store.keys('')].map((key) => store.version(key));
    expect(dryRunMigration(store, '', { schema: 1, migrate: toTable })).toMatchObject({
      current: 1,
      migrated: ['a', 'b'],
      failed: [{ address: 'd', from: 0 }],
    });
    expect(dryRunMigration(store, 'b', { schema: 1 })).toMatchObject({
      current: 0,
      migrated: [],
      failed: [{ address: 'b' }],
    });
    expect([...store.keys('')].map((key) => store.version(key))).toEqual(before);
  });

  test('options that make no sense are refused by field', () => {
    const { kernel } = machine().boot();
    for (const [field, value] of [
      ['schema', -1],
      ['schema', 1.5],
      ['migrate', 'yes'],
      ['interrupted', 'verify'],
      ['passivateAfter', 0],
      ['passivateAfter', 'soon'],
    ] as const) {
      expect(() => kernel.spawn(table, { id: 'a', durable: true, [field]: value })).toThrow(
        expect.objectContaining({ code: 'INVALID_OPTION', details: expect.objectContaining({ field }) as object }),
      );
    }
  });
});

test('P25 stopping a quarantined actor leaves its record where it is', async () => {
  const { boot, store } = await firstVersion();
  const process = boot();
  const stopped = process.kernel.spawn(table, { id: 'a', durable: true, schema: 1 }).stop();
  await process.settle();
  await stopped;
  expect(store.get('actor/a')?.value).toMatchObject({ snapshot: { context: 5 } });
});

test('it is told to nobody that a quarantined actor has failed: its supervisor goes on', async () => {
  const { boot } = await firstVersion();
  const process = boot();
  process.kernel.spawn(table, { id: 'a', durable: true, schema: 1 });
  await begin(process);
  await process.advance(60_000);
  expect(process.seen('actor.crashed')).toEqual([]);
  expect(process.seen('supervisor.gaveUp')).toEqual([]);
});
