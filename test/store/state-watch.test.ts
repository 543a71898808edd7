// Watching a key: told after landing, in order, of every version once, each watcher on its own account.

import * as fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import { limits } from '../../src/base/limits.ts';
import type { StateChange } from '../../src/store/state/state-watch.ts';
import { kits, pipelinedKit } from './state-kit.ts';

describe.each(kits)('watching on %s', (_name, make) => {
  test('every write of the key is told once, in order, with value, version and time; nothing else is', async () => {
    const { state, ends, end } = await make();
    const told: StateChange[] = [];
    await ends(state.set('a', 'before'));
    const unwatch = state.watch('a', (change) => told.push(change));
    await ends(
      Promise.all([
        state.set('a', 'one'),
        state.set('b', 'other'),
        state.update('a', () => 'two'),
        state.transaction((tx) => {
          tx.set('a', 'overwritten');
          tx.set('a', 'three');
        }),
        state.delete('a'),
        state.set('a', 'back'),
      ]),
    );
    expect(told.map(({ key, value, version }) => [key, value, version])).toEqual([
      ['a', 'one', 2],
      ['a', 'two', 3],
      ['a', 'three', 4],
      ['a', undefined, 0],
      ['a', 'back', 6],
    ]);
    expect(told.every(({ at }) => at > Date.UTC(2026, 0, 1) - 1)).toBe(true);
    unwatch();
    unwatch();
    await ends(state.set('a', 'after'));
    expect(told).toHaveLength(5);
    await end();
  });

  test('whoever is told sees at least that version, and is told before the writer is', async () => {
    const { state, ends, end } = await make();
    const order: string[] = [];
    state.watch('a', ({ version }) => {
      expect(state.get('a')?.version).toBeGreaterThanOrEqual(version);
      order.push(`told ${version}`);
    });
    const write = state.set('a', 1).then((version) => order.push(`written ${version}`));
    await ends(write);
    expect(order).toEqual(['told 1', 'written 1']);
    await end();
  });

  test('one that throws or rejects harms nobody and is reported; each has a copy of its own', async () => {
    const { state, ends, events, clock, end } = await make();
    const told: unknown[] = [];
    state.watch<{ list: number[] }>('a', ({ value }) => {
      value?.list.push(9);
      throw new Error('at once');
    });
    const rejects = async (): Promise<void> => Promise.reject(new Error('later'));
    state.watch('a', rejects as () => void);
    state.watch('a', ({ value }) => told.push(value));
    expect(await ends(state.set('a', { list: [1] }))).toBe(1);
    await clock.settle();
    expect(told).toEqual([{ list: [1] }]);
    expect(events).toMatchObject([
      { type: 'state.watcherFailed', key: 'a', error: { message: 'at once' } },
      { type: 'state.watcherFailed', key: 'a', error: { message: 'later' } },
    ]);
    await end();
  });

  test('one that writes from within is told of that in its turn', async () => {
    const { state, ends, end } = await make();
    const told: unknown[] = [];
    const written: Promise<unknown>[] = [];
    state.watch<number>('a', ({ value = 0, version }) => {
      told.push([value, version]);
      if (value < 3) written.push(state.update<number>('a', (a = 0) => a + 1));
    });
    await ends(state.set('a', 1));
    for (let n = 0; n < written.length; n++) await ends(written[n] as Promise<unknown>);
    expect(told).toEqual([
      [1, 1],
      [2, 2],
      [3, 3],
    ]);
    await end();
  });

  test('one that stops another from within silences it at once', async () => {
    const { state, ends, end } = await make();
    const told: string[] = [];
    let stop = (): void => {};
    state.watch('a', () => {
      told.push('first');
      stop();
    });
    stop = state.watch('a', () => told.push('second'));
    await ends(state.set('a', 1));
    expect(told).toEqual(['first']);
    await end();
  });
});

test('random writers: what a watcher hears are the versions 1, 2, 3 … of the key', async () => {
  const step = fc.record({ at: fc.nat(30), kind: fc.constantFrom('set', 'update', 'slow', 'transaction') });
  await fc.assert(
    fc.asyncProperty(fc.array(step, { minLength: 1, maxLength: 40 }), fc.nat(), async (steps, seed) => {
      const { state, clock, ends, end } = pipelinedKit({ seed, latency_ms: 3 });
      const told: number[] = [];
      state.watch('a', ({ version }) => told.push(version));
      const writes = steps.map(async ({ at, kind }) => {
        await new Promise<void>((resolve) => clock.setTimer(resolve, at));
        if (kind === 'set') await state.set('a', at);
        else if (kind === 'update') await state.update('a', () => at);
        else if (kind === 'transaction') await state.transaction((tx) => tx.set('a', at));
        else {
          await state.update(
            'a',
            async () => {
              await new Promise<void>((resolve) => clock.setTimer(resolve, 1));
              return at;
            },
            { retries: 1_000 },
          );
        }
      });
      await ends(Promise.all(writes));
      expect(told).toEqual(Array.from({ length: steps.length }, (_, n) => n + 1));
      await end();
    }),
    { numRuns: 40 },
  );
});

test('so many may watch; one more is refused, and there is room when one stops', () => {
  const { state } = pipelinedKit();
  const stops = Array.from({ length: limits.state.watchers_count }, (_, n) => state.watch(`k${n % 7}`, () => {}));
  expect(() => state.watch('a', () => {})).toThrow(expect.objectContaining({ code: 'QUEUE_FULL' }));
  stops[0]?.();
  stops[0]?.();
  expect(() => state.watch('a', () => {})).not.toThrow();
  expect(() => state.watch('a', () => {})).toThrow(expect.objectContaining({ code: 'QUEUE_FULL' }));
  expect(() => state.watch('a', 'no function' as never)).toThrow(expect.objectContaining({ code: 'INVALID_OPTION' }));
});
