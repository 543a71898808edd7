// Update: retries, backoff, conflict counting, and how it behaves with writes on their way.

import { describe, expect, test } from 'vitest';
import { limits } from '../../src/base/limits.ts';
import { realMs, rejection } from '../kernel/players.ts';
import { kits, pipelinedKit } from './state-kit.ts';

describe.each(kits)('update on %s', (_name, make) => {
  test('P16 a hundred increments at once end at exactly 100', async () => {
    const { state, ends, end } = await make();
    const results = await ends(
      Promise.all(Array.from({ length: 100 }, () => state.update<number>('n', (n = 0) => n + 1))),
    );
    expect(state.get('n')).toMatchObject({ value: 100, version: 100 });
    expect(results.map(({ value }) => value).toSorted((a, b) => a - b)).toEqual(
      Array.from({ length: 100 }, (_, n) => n + 1),
    );
    expect(results.every(({ value, version }) => value === version)).toBe(true);
    expect(state.conflicts).toBe(0); // what does not wait meets nobody
    await end();
  });

  test('P16 the same with functions that wait: each conflict is tried again, and counted', async () => {
    const { state, ends, events, end } = await make();
    const increment = (): Promise<unknown> =>
      state.update<number>('n', async (n = 0) => {
        await Promise.resolve();
        return n + 1;
      });
    await ends(Promise.all(Array.from({ length: 100 }, increment)));
    expect(state.get('n')).toMatchObject({ value: 100, version: 100 });
    expect(state.conflicts).toBeGreaterThanOrEqual(99);
    expect(events).toHaveLength(state.conflicts);
    expect(events[0]).toMatchObject({ type: 'state.conflict', key: 'n', expected: 0, attempt: 1 });
    await end();
  });

  test('what it returns is a copy with the version that was written', async () => {
    const { state, ends, end } = await make();
    await ends(state.set('a', 1));
    const own = { list: [1] };
    const { value, version } = await ends(state.update('a', () => own));
    value.list.push(2);
    expect(version).toBe(2);
    expect(own.list).toEqual([1]);
    expect(state.get('a')?.value).toEqual({ list: [1] });
    await end();
  });

  test('a function that throws, at once or later, writes nothing', async () => {
    const { state, ends, end } = await make();
    await ends(state.set('a', 1));
    const boom = new Error('boom');
    expect(
      await ends(
        rejection(
          state.update('a', () => {
            throw boom;
          }),
        ),
      ),
    ).toBe(boom);
    expect(await ends(rejection(state.update('a', async () => Promise.reject(boom))))).toBe(boom);
    expect(state.get('a')).toMatchObject({ value: 1, version: 1 });
    expect(state.conflicts).toBe(0);
    await end();
  });
});

describe('conflicts', () => {
  test('V1 the waits double, are drawn by chance, and the last conflict is told with both versions', async () => {
    const { state, clock, events } = pipelinedKit({ latency_ms: 0 });
    const tries: number[] = [];
    const failed = rejection(
      state.update<number>('n', async (n = 0) => {
        tries.push(clock.now());
        await state.set('n', n + 100); // somebody is always faster
        return n + 1;
      }),
    );
    await clock.advance(1_000);
    expect(await failed).toMatchObject({ code: 'VERSION_CONFLICT', details: { key: 'n', expected: 5, actual: 6 } });
    expect(tries).toHaveLength(1 + limits.state.retries_count);
    const waits = tries.slice(1).map((at, n) => at - (tries[n] ?? 0));
    waits.forEach((wait, n) => {
      expect(wait).toBeLessThan(limits.state.backoffInitial_ms * 2 ** n);
    });
    expect(new Set(waits).size).toBe(waits.length);
    expect(Math.max(...waits)).toBeGreaterThan(limits.state.backoffInitial_ms * 2);
    expect(state.conflicts).toBe(6);
    expect(events.map((event) => 'attempt' in event && event.attempt)).toEqual([1, 2, 3, 4, 5, 6]);
  });

  test('no wait is longer than its limit', async () => {
    const { state, clock } = pipelinedKit({ latency_ms: 0, random: () => 0.999_999 });
    const tries: number[] = [];
    const failed = rejection(
      state.update<number>(
        'n',
        async (n = 0) => {
          tries.push(clock.now());
          await state.set('n', n + 100);
          return n + 1;
        },
        { retries: 12 },
      ),
    );
    await clock.advance(20_000);
    expect(await failed).toMatchObject({ code: 'VERSION_CONFLICT' });
    const waits = tries.slice(1).map((at, n) => Math.round(at - (tries[n] ?? 0)));
    expect(waits).toEqual([10, 20, 40, 80, 160, 320, 640, 1_000, 1_000, 1_000, 1_000, 1_000]);
  });

  test('with no retries the first conflict is the last', async () => {
    const { state, ends, end } = pipelinedKit();
    const slow = rejection(
      state.update<number>(
        'n',
        async (n = 0) => {
          await Promise.resolve();
          return n + 1;
        },
        { retries: 0 },
      ),
    );
    await ends(state.set('n', 7));
    expect(await ends(slow)).toMatchObject({ code: 'VERSION_CONFLICT', details: { expected: 0, actual: 1 } });
    expect(state.get('n')?.value).toBe(7);
    await end();
  });
});

describe('writes on their way', () => {
  test('an update sees the newest write sent, and is told only when all of it has landed', async () => {
    const { state, store, clock } = pipelinedKit({ latency_ms: 'manual' });
    const done: string[] = [];
    void state.set('n', 1).then(() => done.push('set'));
    void state.update<number>('n', (n = 0) => n + 1).then(({ value }) => done.push(`update ${value}`));
    void state.transaction((tx) => tx.get('n')?.value).then((value) => done.push(`read ${String(value)}`));
    await clock.settle();
    expect(done).toEqual([]);
    expect(state.get('n')).toBeUndefined();
    store.land(1);
    await clock.settle();
    expect(done).toEqual(['set']);
    expect(state.get('n')?.value).toBe(1);
    store.land(1);
    await clock.settle();
    expect(done.toSorted()).toEqual(['read 2', 'set', 'update 2']);
  });

  test('when an older write of the key lands, the newest sent is still the one to decide on', async () => {
    const { state, store, clock } = pipelinedKit({ latency_ms: 'manual' });
    const writes = [state.set('n', 1), state.set('n', 2)];
    store.land(1);
    await clock.settle();
    const added = state.update<number>('n', (n = 0) => n + 10, { retries: 0 });
    await clock.settle();
    store.land();
    expect(await added).toEqual({ value: 12, version: 3 });
    await Promise.all(writes);
  });

  test('a hundred increments of one key are one stream of commits, whatever the disk takes for each', async () => {
    const { state, store, clock } = pipelinedKit({ latency_ms: 'manual' });
    const all = Promise.all(Array.from({ length: 100 }, () => state.update<number>('n', (n = 0) => n + 1)));
    await clock.settle();
    expect(store.commits).toBe(100);
    store.land();
    await all;
    expect(state.get('n')).toMatchObject({ value: 100, version: 100 });
  });

  test('more than may be on its way is refused, and taken again when there is room', async () => {
    const { state, store, ends, clock } = pipelinedKit({ latency_ms: 'manual' });
    let size_bytes = 0;
    const pack = store.pack.bind(store);
    store.pack = (value, subject) => ({ ...pack(value, subject), bytes: new Uint8Array(size_bytes) });
    size_bytes = limits.state.inFlight_bytes;
    const first = state.set('a', 1);
    size_bytes = 1;
    expect(await ends(rejection(state.set('b', 1)))).toMatchObject({ code: 'QUEUE_FULL', retryable: true });
    store.land();
    await first;
    const next = state.set('b', 1);
    await clock.settle();
    store.land();
    expect(await next).toBe(1);
  });

  test('so many may be open at a time, and one more is refused', { timeout: 60_000 }, async () => {
    const { state, store } = pipelinedKit();
    let land = (): void => {};
    const landed = new Promise<void>((resolve) => {
      land = resolve;
    });
    const commit = store.commit.bind(store);
    store.commit = () => landed;
    const open = Promise.all(Array.from({ length: limits.state.open_count }, (_, n) => state.set(`k${n}`, 1)));
    expect(await rejection(state.update('a', () => 2))).toMatchObject({ code: 'QUEUE_FULL' });
    expect(await rejection(state.transaction(() => 2))).toMatchObject({ code: 'QUEUE_FULL' });
    store.commit = commit;
    land();
    await open;
    expect(await state.transaction(() => 2)).toBe(2);
  });
});

test('the pipelined store itself lands nothing before its time', async () => {
  const { state, clock } = pipelinedKit({ latency_ms: 50 });
  let isDone = false;
  void state.set('a', 1).then(() => {
    isDone = true;
  });
  await clock.advance(49);
  await realMs(0);
  expect(isDone).toBe(false);
  await clock.advance(1);
  expect(isDone).toBe(true);
});
