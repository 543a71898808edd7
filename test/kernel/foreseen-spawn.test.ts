// A durable actor that has spawned a durable child has it after a crash at any instant: how the child is spawned is kept
// with the state that spawned it, and is gone with that state when it could not be kept.

import { createMachine, fromTransition } from 'xstate';
import { describe, expect, test } from 'vitest';
import { effect } from '../../src/kernel/effects.ts';
import { memoryStore } from '../../src/store/memory.ts';
import type { Store, StoreWrite } from '../../src/store/port.ts';
import { summing } from './gated-store.ts';
import type { Message } from './players.ts';
import { begin, machine, type Process } from './restart-kit.ts';

const counter = summing();
/** Spawns one child a message, and counts them. */
const parent = fromTransition((spawned: number, { type, n }: Message, { emit }) => {
  if (type === 'none') return spawned;
  const more = new Map<unknown, object>([
    [9, { instances: 2 }],
    [8, { mailbox: { capacity: 0 } }],
  ]).get(n);
  emit(effect.spawnActor(type, { id: `child-${String(n)}`, durable: true, ...more }));
  return spawned + 1;
}, 0);
const broken = createMachine({
  entry: () => {
    throw new Error('it does not start');
  },
});
const logics = { counter, parent, broken };
const durable = { id: 'parent', durable: true } as const;
const contextOf = (snapshot: unknown): unknown => (snapshot as { readonly context?: unknown } | undefined)?.context;

/** A store that a process is cut off from after so many commits, or whose commits fail meanwhile. */
function cutAfter(clock: { wall(): number }): { readonly store: Store; left: number; failing: boolean } {
  const inner = memoryStore(clock);
  const cut = { store: inner, left: Number.POSITIVE_INFINITY, failing: false };
  const commit = inner.commit.bind(inner);
  inner.commit = (writes: readonly StoreWrite[]): Promise<void> => {
    if (cut.failing) return Promise.reject(new Error('no room'));
    cut.left -= 1;
    return cut.left < 0 ? new Promise(() => {}) : commit(writes);
  };
  return cut;
}

function prepared(): {
  readonly boot: () => Process;
  readonly cut: ReturnType<typeof cutAfter>;
  readonly store: Store;
} {
  let cut: ReturnType<typeof cutAfter> | undefined;
  const { boot, store } = machine((clock) => (cut = cutAfter(clock)).store);
  if (cut === undefined) throw new Error('the store was not made');
  return { boot: () => boot({ logics }), cut, store };
}

describe('what a durable actor has spawned', () => {
  test('P02 is there after a crash right behind the commit of its state', async () => {
    const { boot, cut, store } = prepared();
    const first = boot();
    await begin(first);
    const ref = first.kernel.spawn('parent', durable);
    await first.settle();
    cut.left = 1;
    ref.tell({ type: 'counter', n: 1 });
    ref.tell({ type: 'counter', n: 9 });
    await first.settle();
    cut.left = Number.POSITIVE_INFINITY;
    expect([...store.keys('spawn/')]).toEqual([
      'spawn/parent',
      'spawn/parent/child-1',
      'spawn/parent/child-9:0',
      'spawn/parent/child-9:1',
    ]);
    const second = boot();
    await begin(second);
    expect(contextOf(second.kernel.lookup('parent')?.snapshot())).toBe(2);
    second.kernel.lookup('parent/child-1')?.tell({ type: 'add', n: 5 });
    await second.settle();
    expect(contextOf(second.kernel.lookup('parent/child-1')?.snapshot())).toBe(5);
    expect(second.kernel.lookup('parent/child-9:1')).toBeDefined();
  });

  test('is not, when that state could not be kept', async () => {
    const { boot, cut, store } = prepared();
    const first = boot();
    await begin(first);
    const ref = first.kernel.spawn('parent', durable);
    await first.settle();
    cut.failing = true;
    const told = expect(ref.ask({ type: 'counter', n: 1 })).rejects.toThrow();
    await first.settle();
    cut.failing = false;
    await told;
    await first.advance(60_000);
    expect(contextOf(ref.snapshot())).toBe(0);
    expect([...store.keys('spawn/')]).toEqual(['spawn/parent']);
  });

  test('is forgotten when it can not be made or started after all', async () => {
    const { boot, store } = prepared();
    const first = boot();
    await begin(first);
    const ref = first.kernel.spawn('parent', durable);
    ref.tell({ type: 'broken', n: 1 });
    ref.tell({ type: 'counter', n: 8 });
    await first.settle();
    expect(contextOf(ref.snapshot())).toBe(2);
    expect(first.seen('effect.refused')).toEqual(['parent', 'parent']);
    expect([...store.keys('spawn/')]).toEqual(['spawn/parent']);
  });

  test('leaves alone what has the place already', async () => {
    const { boot, store } = prepared();
    const first = boot();
    await begin(first);
    const ref = first.kernel.spawn('parent', durable);
    ref.tell({ type: 'counter', n: 1 });
    await first.settle();
    const version = store.version('spawn/parent/child-1');
    ref.tell({ type: 'parent', n: 1 });
    await first.settle();
    expect(first.seen('effect.refused')).toEqual(['parent']);
    expect(store.version('spawn/parent/child-1')).toBe(version);
    expect(store.get('spawn/parent/child-1')?.value).toMatchObject({ logic: 'counter' });
  });
});
