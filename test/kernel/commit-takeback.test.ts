// A device that says no and has written all the same: what had landed of a turn that was undone is taken back, so that
// nothing is handled twice for good, now or after a restart.

import { fromTransition } from 'xstate';
import { describe, expect, test } from 'vitest';
import { effect } from '../../src/kernel/effects.ts';
import { type CommitFault, faultyStore } from '../../src/store/faulty.ts';
import { memoryStore } from '../../src/store/memory.ts';
import type { Store } from '../../src/store/port.ts';
import { summing } from './gated-store.ts';
import type { Message } from './players.ts';
import { begin, machine } from './restart-kit.ts';

const contextOf = (snapshot: unknown): unknown => (snapshot as { readonly context?: unknown } | undefined)?.context;
const counter = summing();
/** Hands what it is told on to somebody who is not there yet. */
const relay = fromTransition((sent: number, { type, n }: Message, { emit }) => {
  if (type === 'pass') emit(effect.tell('later', { type: 'add', n }));
  return sent + 1;
}, 0);
const logics = { counter, relay };

const landing = { type: 'error', code: 'EIO', lands: true } as const;
const failing = { type: 'error', code: 'EIO' } as const;

/** A store that shows at once what has landed of a commit that failed: the second one. */
function frank(inner: Store): Store {
  const commit = inner.commit.bind(inner);
  const reopen = inner.reopen.bind(inner);
  let left = 1;
  let isClosed = false;
  inner.commit = async (writes) => {
    if (isClosed) throw new Error('it has not been opened again');
    await commit(writes);
    isClosed = left-- === 0;
    if (isClosed) throw new Error('EIO');
  };
  inner.reopen = async () => {
    isClosed = false;
    await reopen();
  };
  return inner;
}

function prepared(faults: readonly (readonly [number, CommitFault])[]) {
  let inner: Store | undefined;
  const { boot } = machine((clock) => {
    inner = memoryStore(clock);
    return inner;
  });
  const first = boot({ logics });
  if (inner === undefined) throw new Error('the store was not made');
  const store = faultyStore(inner, { commits: new Map(faults) }, first.clock);
  return { first: boot({ logics, store }), store, boot: () => boot({ logics }) };
}

describe('P12 a commit that failed and is on the disk all the same', () => {
  test.each([
    ['alone', [[2, landing]]],
    [
      'and the next one fails, too',
      [
        [2, landing],
        [3, failing],
      ],
    ],
    [
      'and so does the one after that',
      [
        [2, landing],
        [3, landing],
        [4, failing],
        [5, landing],
      ],
    ],
  ] as const)('is taken back: %s', async (_name, faults) => {
    const { first, boot } = prepared(faults);
    await begin(first);
    const ref = first.kernel.spawn('counter', { id: 'a', durable: true });
    await first.settle();
    ref.tell({ type: 'add', n: 1 });
    await first.settle();
    await first.advance(60_000);
    expect(contextOf(ref.snapshot())).toBe(1);
    ref.tell({ type: 'add', n: 1 });
    await first.settle();
    const second = boot();
    await begin(second);
    expect(contextOf(second.kernel.lookup('a')?.snapshot())).toBe(2);
  });

  test('has landed, where that is seen at once', async () => {
    const { boot } = machine((clock) => frank(memoryStore(clock)));
    const first = boot({ logics });
    await begin(first);
    const ref = first.kernel.spawn('counter', { id: 'a', durable: true });
    await first.settle();
    ref.tell({ type: 'add', n: 1 });
    await first.settle();
    await first.advance(60_000);
    ref.tell({ type: 'add', n: 1 });
    await first.settle();
    expect(contextOf(ref.snapshot())).toBe(2);
    const second = boot({ logics });
    await begin(second);
    expect(contextOf(second.kernel.lookup('a')?.snapshot())).toBe(2);
  });

  test('leaves no message behind that was sent in it', async () => {
    const { first, store, boot } = prepared([[2, landing]]);
    await begin(first);
    const busy = { start: () => new Promise<void>(() => {}) };
    first.kernel.spawn('counter', { id: 'later', durable: true, hooks: busy });
    const ref = first.kernel.spawn('relay', { id: 'r', durable: true });
    await first.settle();
    ref.tell({ type: 'pass', n: 5 });
    await first.settle();
    await first.advance(60_000);
    expect([...store.keys('mail/')]).toHaveLength(1);
    const second = boot();
    await begin(second);
    expect(contextOf(second.kernel.lookup('r')?.snapshot())).toBe(1);
    const later = second.kernel.spawn('counter', { id: 'later', durable: true });
    await second.settle();
    expect(contextOf(later.snapshot())).toBe(5);
  });
});
