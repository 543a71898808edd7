// Commits of shared state that fail in the store: who is refused, what is seen meanwhile, and going on afterwards.

import { describe, expect, test } from 'vitest';
import { VirtualClock } from '../../src/base/virtual-clock.ts';
import { openLmdbEnvironment } from '../../src/store/lmdb/lmdb-environment.ts';
import { openEngine } from '../../src/store/lmdb/engine.ts';
import { openLmdb } from '../../src/store/lmdb/lmdb.ts';
import type { Store } from '../../src/store/port.ts';
import { rejection } from '../kernel/players.ts';
import { pipelinedKit, stateKit } from './state-kit.ts';
import { folder } from './store-kit.ts';

describe('a commit that fails', () => {
  test('rejects its callers and all that was built on it; what landed before stays, nothing of it is seen', async () => {
    const { state, store, clock, events } = pipelinedKit({ latency_ms: 'manual' });
    const told: unknown[] = [];
    state.watch('n', ({ value }) => told.push(value));
    const first = state.set('n', 1);
    const lost = [
      state.set('n', 2),
      state.update<number>('n', (n = 0) => n + 10),
      state.transaction((tx) => tx.get('n')?.value),
      state.transaction((tx) => {
        tx.set('other', tx.get('n')?.value);
      }),
      state.set('n', 9, { expectedVersion: 7 }),
      state.delete('n'),
    ].map(rejection);
    await clock.settle();
    store.land(1);
    expect(await first).toBe(1);
    store.fail();
    for (const error of await Promise.all(lost)) expect(error).toMatchObject({ code: 'STORE_FULL', retryable: true });
    expect(state.get('n')).toMatchObject({ value: 1, version: 1 });
    expect([...state.keys()]).toEqual(['n']);
    expect(told).toEqual([1]);
    expect(events.filter(({ type }) => type === 'state.writesLost')).toHaveLength(1);
  });

  test('closes shared state for writing until the store has been reopened; reads go on', async () => {
    const { state, store, ends } = pipelinedKit();
    await ends(state.set('n', 1));
    store.failAfter = 0;
    expect(await ends(rejection(state.set('n', 2)))).toMatchObject({ code: 'STORE_FULL' });
    expect(await ends(rejection(state.update('n', () => 3)))).toMatchObject({ code: 'STORE_UNAVAILABLE' });
    expect(await ends(state.transaction((tx) => tx.get('n')))).toMatchObject({ value: 1, version: 1 });
    expect(state.get('n')).toMatchObject({ value: 1, version: 1 });
    await store.reopen();
    expect(await ends(state.update<number>('n', (n = 0) => n + 1))).toEqual({ value: 2, version: 2 });
    expect(state.conflicts).toBe(0);
  });

  test('what a function read of a lost write is read again, also when its version has come again', async () => {
    const { state, store, clock } = pipelinedKit({ latency_ms: 'manual' });
    const lost = rejection(state.set('n', 'lost'));
    const seen: unknown[] = [];
    let goOn = (): void => {};
    const across = state.transaction(async (tx) => {
      const value = tx.get('n')?.value;
      seen.push(value);
      if (seen.length === 1) {
        await new Promise<void>((resolve) => {
          goOn = resolve;
        });
      }
      tx.set('across', value);
    });
    await clock.settle();
    store.fail();
    await store.reopen();
    expect(await lost).toMatchObject({ code: 'STORE_FULL' });
    const again = state.set('n', 'kept'); // version 1, as the lost one was
    goOn();
    for (let turn = 0; turn < 5; turn++) {
      await clock.advance(100);
      store.land();
    }
    expect(await again).toBe(1);
    await across;
    expect(seen).toEqual(['lost', 'kept']);
    expect(state.get('across')?.value).toBe('kept');
  });

  test('a later loss of older writes takes nothing with it that was sent after reopening', async () => {
    const { state, store, clock } = pipelinedKit({ latency_ms: 'manual' });
    const lost = [rejection(state.set('a', 1)), rejection(state.set('b', 1))];
    await clock.settle();
    store.fail();
    await store.reopen();
    await Promise.all(lost);
    const next = state.set('a', 2);
    const onTop = state.update<number>('a', (a = 0) => a + 1);
    await clock.settle();
    store.land();
    expect(await next).toBe(1);
    expect(await onTop).toEqual({ value: 3, version: 2 });
  });

  test('while the store is closed for writing, conflicts are still told', async () => {
    const { state, store, ends } = pipelinedKit();
    await ends(state.set('a', 1));
    store.fail();
    expect(await ends(rejection(state.set('a', 2)))).toMatchObject({ code: 'STORE_UNAVAILABLE' });
    expect(await ends(rejection(state.set('a', 2, { expectedVersion: 4 })))).toMatchObject({
      code: 'VERSION_CONFLICT',
      details: { actual: 1 },
    });
  });
});

describe('a record that is damaged', () => {
  /** A store that serves the version before the newest of one key, as it does when the newest fails its checksum. */
  function damaged(store: Store, key: string): void {
    const { version } = store.get(key) as { version: number };
    const get = store.get.bind(store);
    store.get = (asked) => (asked === key && store.version(key) === version ? store.at(key, version - 1) : get(asked));
  }

  test.each(['set', 'update', 'transaction', 'rollback'] as const)(
    'V2 is written again by %s, on top of the version that is served in its place',
    async (verb) => {
      const { state, store, ends } = pipelinedKit();
      for (const n of [1, 2, 3]) await ends(state.set('n', n));
      damaged(store, 'state/n');
      expect(state.get('n')).toMatchObject({ value: 2, version: 2 });
      if (verb === 'set') await ends(state.set('n', 12, { expectedVersion: 2 }));
      else if (verb === 'update') await ends(state.update<number>('n', (n = 0) => n + 10));
      else if (verb === 'rollback') await ends(state.rollback('n', 1, { expectedVersion: 2 }));
      else {
        await ends(
          state.transaction(async (tx) => {
            const { value } = tx.get<number>('n') ?? { value: 0 };
            await Promise.resolve();
            tx.set('n', value + 10);
          }),
        );
      }
      expect(state.get('n')).toMatchObject({ value: verb === 'rollback' ? 1 : 12, version: 4 });
      expect(state.conflicts).toBe(0);
    },
  );

  test('is not mistaken for a write that has not landed', async () => {
    const { state, store, clock } = pipelinedKit({ latency_ms: 'manual' });
    const first = state.set('n', 1);
    store.land();
    await first;
    const second = state.set('n', 2);
    const conflict = rejection(state.set('n', 3, { expectedVersion: 1 }));
    await clock.settle();
    store.land();
    expect(await second).toBe(2);
    expect(await conflict).toMatchObject({ code: 'VERSION_CONFLICT', details: { expected: 1, actual: 2 } });
  });
});

test('P11 on the store on disk: what a full disk loses was never acknowledged, and writing goes on by itself', async () => {
  const clock = new VirtualClock();
  let isFull = false;
  const store = await openEngine(await folder(), { clock }, (path, options) => {
    const environment = openLmdbEnvironment(path, options);
    const write = environment.write.bind(environment);
    environment.write = (fill) =>
      isFull ? Promise.reject(Object.assign(new Error('no space left'), { code: 28 })) : write(fill);
    return environment;
  });
  const { state, events, ends, end } = stateKit(store, clock);
  await ends(state.set('n', 1));
  isFull = true;
  const lost = ['set', 'update', 'read'].map((verb) =>
    rejection(
      verb === 'set'
        ? state.set('n', 2)
        : state.transaction((tx) => (verb === 'read' ? tx.get('n') : tx.set('n', tx.get('n')?.value))),
    ),
  );
  for (const error of await ends(Promise.all(lost))) expect(error).toMatchObject({ code: 'STORE_FULL' });
  expect(await ends(rejection(state.set('n', 3)))).toMatchObject({ code: 'STORE_FULL' });
  expect(state.get('n')).toMatchObject({ value: 1, version: 1 });
  expect(events.length).toBeGreaterThan(0);
  isFull = false;
  await ends(store.reopen());
  expect(await ends(state.update<number>('n', (n = 0) => n + 1))).toEqual({ value: 2, version: 2 });
  await end();
});

test('a store that is closed refuses writes and reads, and nothing is left unhandled', async () => {
  const clock = new VirtualClock();
  const { state, ends, end } = stateKit(await openLmdb(await folder(), { clock }), clock);
  await ends(state.set('a', 1));
  await end();
  const refused = { code: 'SHUTTING_DOWN' };
  expect(await ends(rejection(state.set('a', 2)))).toMatchObject(refused);
  expect(await ends(rejection(state.update('a', () => 2)))).toMatchObject(refused);
  expect(await ends(rejection(state.delete('a')))).toMatchObject(refused);
  expect(() => state.get('a')).toThrow(expect.objectContaining(refused));
});
