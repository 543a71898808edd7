// The hourly prune of a store: what was replaced longer ago than the retention goes, the current version stays.

import { expect, test } from 'vitest';
import { limits } from '../../src/base/limits.ts';
import { VirtualClock } from '../../src/base/virtual-clock.ts';
import type { PruneOrder } from '../../src/store/admin.ts';
import { isPrunable, Retention } from '../../src/store/retention.ts';
import { memoryStore } from '../../src/store/memory.ts';
import { openLmdb } from '../../src/store/lmdb/lmdb.ts';
import { temporaryFolder } from '../crash/kill-kit.ts';

test('V8 prunes at once and then every hour, until it is stopped; one that fails is tried again', async () => {
  const clock = new VirtualClock();
  const orders: PruneOrder[] = [];
  const pruned: number[] = [];
  const store = {
    prune: async (order: PruneOrder) => {
      orders.push(order);
      if (orders.length === 2) throw new Error('not now');
      return { keys: 1, versions: orders.length === 1 ? 0 : 7, freed_bytes: 0 };
    },
  };
  const retention = new Retention(store, { clock, ageMs: 5, onPruned: ({ versions }) => pruned.push(versions) });
  retention.start();
  await clock.advance(2 * limits.store.pruneEvery_ms);
  expect([orders, pruned]).toEqual([Array.from({ length: 3 }, () => ({ olderThanMs: 5 })), [7]]);
  await retention.stop();
  await clock.advance(5 * limits.store.pruneEvery_ms);
  expect([orders.length, clock.pendingTimers]).toEqual([3, 0]);
});

test('V8 a key that is idle keeps its current version only, once its others are old', async () => {
  const folder = temporaryFolder();
  const clock = new VirtualClock({ wallMs: 1_000_000 });
  const store = await openLmdb(folder.path, { clock: { ...clockOf(clock) } });
  for (let n = 1; n <= 4; n += 1) await store.commit([{ key: 'idle', value: n, keep: 10 }]);
  clock.setWall(1_000_000 + 86_400_001);
  await store.commit([{ key: 'busy', value: 1, keep: 10 }]);
  await store.commit([{ key: 'busy', value: 2, keep: 10 }]);
  const retention = new Retention(store, { clock, ageMs: 86_400_000, onPruned: () => {} });
  retention.start();
  await retention.stop();
  expect(store.history('idle').map(({ version }) => version)).toEqual([4]);
  expect(store.history('busy').map(({ version }) => version)).toEqual([2, 1]);
  await store.close();
  folder.remove();
});

test('a store in memory has nothing to prune', () => {
  expect([isPrunable(undefined), isPrunable(memoryStore(new VirtualClock()))]).toEqual([false, false]);
});

/** The calendar is the test's, turns of the event loop are real: the store writes to a real disk. */
function clockOf(clock: VirtualClock) {
  return {
    wall: () => clock.wall(),
    now: () => performance.now(),
    yieldThen: (fn: () => void) => {
      setImmediate(fn);
    },
  };
}
