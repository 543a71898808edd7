// Task records on their way into a store: in groups, in order, refused or waiting as was asked for.

import { describe, expect, test } from 'vitest';
import { StoreFullError, VersionConflictError } from '../../src/base/errors.ts';
import { limits } from '../../src/base/limits.ts';
import { VirtualClock } from '../../src/base/virtual-clock.ts';
import { faultyStore } from '../../src/store/faulty.ts';
import { memoryStore } from '../../src/store/memory.ts';
import { TaskLog } from '../../src/work/task-log.ts';
import { Between } from '../runtime/durable-kit.ts';
import { failureOf } from '../runtime/runtime-kit.ts';

const full = new StoreFullError('nowhere', 'it is full');

function logKit() {
  const clock = new VirtualClock();
  const store = new Between(memoryStore(clock));
  const log = new TaskLog(store, clock);
  const landed: string[] = [];
  const noting = async (name: string, promise: Promise<void>): Promise<void> => {
    await promise.then(
      () => landed.push(name),
      (error: { readonly code: string }) => landed.push(`${name} ${error.code}`),
    );
  };
  const put = (name: string, value: unknown = name): void => void noting(name, log.keep([{ key: name, value }]));
  const offer = (name: string, value: unknown = name): void => void noting(name, log.write([{ key: name, value }]));
  return { clock, store, log, landed, put, offer };
}

describe('groups', () => {
  test('what is written in one go is one commit; what comes while it is on its way is the next', async () => {
    const { clock, store, landed, put, offer } = logKit();
    const gate = store.hold();
    put('a');
    offer('b');
    put('c');
    await clock.settle();
    put('d');
    offer('e');
    await clock.settle();
    expect(store.commits).toEqual([['a', 'b', 'c']]);
    expect(landed).toEqual([]);
    gate.open();
    store.held = undefined;
    await clock.settle();
    expect(store.commits).toEqual([
      ['a', 'b', 'c'],
      ['d', 'e'],
    ]);
    expect(landed).toEqual(['a', 'b', 'c', 'd', 'e']);
  });

  test('what the landing of one sets off goes with what has waited meanwhile', async () => {
    const { clock, store, log, put } = logKit();
    const gate = store.hold();
    const first = log.keep([{ key: 'a', value: 1 }]);
    await clock.settle();
    put('b');
    void first.then(async () => {
      for (let step = 0; step < 20; step++) await Promise.resolve();
      put('c');
    });
    gate.open();
    store.held = undefined;
    await clock.settle();
    expect(store.commits).toEqual([['a'], ['b', 'c']]);
  });

  test('what waits is written in time, however much comes after it', async () => {
    const { clock, store, put } = logKit();
    let count = 0;
    const more = (): void => {
      put(`${count}`);
      clock.jump(1);
      if ((count += 1) < 100) clock.yieldThen(more);
    };
    more();
    await clock.settle();
    expect(store.commits.flat()).toHaveLength(100);
    for (const keys of store.commits) expect(keys.length).toBeLessThanOrEqual(limits.store.turn_ms + 2);
  });

  test('a value is kept as it was when it was given', async () => {
    const { clock, store, put } = logKit();
    const value = { n: 1 };
    put('a', value);
    value.n = 2;
    await clock.settle();
    expect(store.get('a')?.value).toEqual({ n: 1 });
  });

  test('one that can not be kept is refused alone', async () => {
    const { clock, log, landed, put, store } = logKit();
    put('a');
    expect(await failureOf(log.keep([{ key: 'b', value: () => {} }]))).toMatchObject({ code: 'UNSERIALIZABLE' });
    await clock.settle();
    expect(landed).toEqual(['a']);
    expect(store.get('b')).toBeUndefined();
  });

  test('one that a store refuses for what is in it does not take the others with it', async () => {
    const { clock, store, landed, put } = logKit();
    const commit = store.commit.bind(store);
    store.commit = async (writes) => {
      if (writes.some(({ key }) => key === 'b')) throw new VersionConflictError('b', 1, 2);
      await commit(writes);
    };
    for (const name of ['a', 'b', 'c']) put(name);
    await clock.settle();
    expect(landed).toEqual(['a', 'b VERSION_CONFLICT', 'c']);
  });
});

describe('a store that fails', () => {
  test('U1 P11 what may be refused is refused, what may not waits, in order, until the store is back', async () => {
    const { clock, store, log, landed, put, offer } = logKit();
    store.failure = full;
    put('a', 1);
    offer('b');
    put('c');
    await clock.settle();
    expect(landed).toEqual(['b STORE_FULL']);
    offer('d');
    put('a', 2);
    await clock.advance(30_000);
    expect(landed).toEqual(['b STORE_FULL', 'd STORE_FULL']);
    store.failure = undefined;
    await clock.advance(limits.task.logRetryMax_ms);
    expect(landed.slice(2)).toEqual(['a', 'c', 'a']);
    expect(store.get('a')?.value).toBe(2);
    expect([...store.keys('')]).toEqual(['a', 'c']);
    offer('e');
    await clock.settle();
    expect(landed.at(-1)).toBe('e');
    expect(log.waiting_bytes).toBe(0);
    expect(clock.pendingTimers).toBe(0);
  });

  test('what came while the commit that fails was on its way is treated alike', async () => {
    const { clock, store, landed, put, offer } = logKit();
    store.hold();
    put('a');
    await clock.settle();
    put('b');
    offer('c');
    store.failure = full;
    store.release();
    await clock.settle();
    expect(landed).toEqual(['c STORE_FULL']);
    store.failure = undefined;
    await clock.advance(limits.task.logRetryMax_ms);
    expect(landed.slice(1)).toEqual(['a', 'b']);
  });

  test('one that fails anew each time it has been reopened is tried less and less often', async () => {
    const { clock, store, landed, put } = logKit();
    store.failure = full;
    store.reopen = async () => {};
    put('a');
    await clock.settle();
    await clock.advance(60_000);
    expect(store.commits.length).toBeGreaterThan(30);
    expect(store.commits.length).toBeLessThan(36);
    expect(landed).toEqual([]);
  });

  test('more than may wait is refused, with the time to try again', async () => {
    const { clock, store, log, landed, put } = logKit();
    store.pack = (_value, _subject) => ({ bytes: new Uint8Array(limits.task.logWaiting_bytes) });
    store.hold();
    put('a');
    await clock.settle();
    put('b');
    expect(await failureOf(log.write([{ key: 'c', value: 1 }]))).toMatchObject({
      code: 'QUEUE_FULL',
      details: { retryAfterMs: limits.mailbox.retryAfter_ms },
    });
    expect(landed).toEqual([]);
  });
});

describe('a close', () => {
  test('lets land what waits, and takes nothing more', async () => {
    const { clock, store, log, landed, put } = logKit();
    const gate = store.hold();
    put('a');
    await clock.settle();
    put('b');
    const closing = log.close().then(() => landed.push('closed'));
    put('c');
    await clock.settle();
    gate.open();
    store.held = undefined;
    await clock.settle();
    await closing;
    expect(landed).toEqual(['c SHUTTING_DOWN', 'a', 'b', 'closed']);
  });

  test('waits for no store that has failed', async () => {
    const { clock, store, log, landed, put } = logKit();
    store.failure = full;
    put('a');
    await clock.settle();
    await log.close();
    await clock.settle();
    expect(landed).toEqual(['a SHUTTING_DOWN']);
    expect(clock.pendingTimers).toBe(0);
  });
});

describe('a commit that fails and has landed all the same', () => {
  test('is taken back where it was refused, and holds where it waits', async () => {
    const clock = new VirtualClock();
    const inner = memoryStore(clock);
    const lands = { type: 'error', code: 'EIO', lands: true } as const;
    const log = new TaskLog(faultyStore(inner, { commits: new Map([[1, lands]]) }, clock), clock);
    const refused = failureOf(log.write([{ key: 'refused', value: 1 }], 'new'));
    const kept = log.keep([{ key: 'kept', value: 1 }]);
    await clock.settle();
    expect(await refused).toMatchObject({ code: 'STORE_UNAVAILABLE' });
    const again = log.keep([{ key: 'later', value: 1 }]);
    await clock.advance(limits.task.logRetryInitial_ms);
    await Promise.all([kept, again]);
    expect([...inner.keys('')]).toEqual(['kept', 'later']);
  });
});
