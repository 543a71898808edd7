// The journal does not grow with the commits, only with the versions that are kept; pruning forgets no more than it is
// asked to; copies are whole; large values are there once, and as long as something names them.

import * as fc from 'fast-check';
import { expect, test, vi } from 'vitest';
import { systemClock } from '../../src/base/clock.ts';
import type { StoreAdmin } from '../../src/store/admin.ts';
import { openLmdb } from '../../src/store/lmdb/lmdb.ts';
import type { StoreWrite } from '../../src/store/port.ts';
import { rejection } from '../kernel/players.ts';
import { emptyFolder, movableClock, testStore } from './folders.ts';
import { Tamper } from './tamper.ts';

async function writeEach(
  store: StoreAdmin,
  values: Iterable<number>,
  write: (value: number) => readonly StoreWrite[],
): Promise<void> {
  for (const value of values) await store.commit(write(value));
}

const numbers = (count: number): readonly number[] => Array.from({ length: count }, (_, index) => index + 1);

function versionsOf(store: StoreAdmin, key: string): readonly number[] {
  return store.history(key).map(({ version }) => version);
}

test('a key written five hundred times leaves as many journal records as it keeps versions', async () => {
  const { store, again } = await testStore();
  await writeEach(store, numbers(500), (value) => [{ key: 'a', value, keep: 10 }]);
  await store.settled();
  expect(store.stats()).toMatchObject({ keys: 1, versions: 10, journalRecords: 10 });
  const fresh = await again();
  await fresh.settled();
  expect(fresh.stats()).toMatchObject({ keys: 1, versions: 10, journalRecords: 10 });
  expect(versionsOf(fresh, 'a')).toEqual([500, 499, 498, 497, 496, 495, 494, 493, 492, 491]);
});

test('a journal record of which few entries live is written again with these alone', async () => {
  const tamper = new Tamper();
  const { store } = await testStore({}, tamper.open);
  const keys = numbers(200).map((n) => `k${n}`);
  const wide = 'x'.repeat(1_000);
  await store.commit(keys.map((key) => ({ key, value: { key, wide }, keep: 2 })));
  await store.settled();
  expect(tamper.environment.journal.get(1)?.length).toBeGreaterThan(60_000);
  await writeEach(store, [1, 2, 3], () => keys.slice(2).map((key) => ({ key, value: 0, keep: 2 })));
  await store.settled();
  expect(tamper.environment.journal.get(1)?.length, 'it may be about to die altogether').toBeGreaterThan(60_000);
  await writeEach(store, numbers(20), (value) => [{ key: 'other', value, keep: 2 }]);
  await store.settled();
  expect(tamper.environment.journal.get(1)?.length).toBeLessThan(3_000);
  expect(tamper.environment.journal.get(2)).toBeUndefined();
  await store.commit([{ key: 'k1', value: 1, keep: 2 }]);
  expect(store.at('k1', 1)?.value).toEqual({ key: 'k1', wide });
  expect((await store.verify()).damage).toEqual([]);
});

test('journal records that die together, a few commits after most of each, are never written again', async () => {
  const tamper = new Tamper();
  const { store } = await testStore({}, tamper.open);
  const put = vi.spyOn(tamper.environment.journal, 'put');
  const groups = numbers(10).map((group) => numbers(10).map((n) => `k${group}/${n}`));
  let commits = 0;
  for (const round of numbers(5)) {
    const together = [groups.flat(), ...groups, ...groups];
    await writeEach(store, numbers(together.length), (n) =>
      (together[n - 1] ?? []).map((key) => ({ key, value: round, keep: 2 })),
    );
    commits += together.length;
  }
  await store.settled();
  expect(put.mock.calls.length).toBe(commits);
  expect((await store.verify()).damage).toEqual([]);
});

test('P30 versions and their order do not follow the calendar', async () => {
  const clock = movableClock();
  const { store } = await testStore({ clock });
  for (const hours of [0, -1, 24, -2]) {
    clock.setWall(systemClock.wall() + hours * 3_600_000);
    await store.commit([{ key: 'a', value: hours, keep: 10 }]);
  }
  expect(versionsOf(store, 'a').map((version) => store.at('a', version)?.value)).toEqual([-2, 24, -1, 0]);
});

test('V8 pruning by number and by age forgets old versions and never the current one', async () => {
  const clock = movableClock();
  const { store } = await testStore({ clock });
  clock.setWall(1_000);
  await writeEach(store, numbers(5), (value) => [
    { key: 'a/1', value, keep: 10 },
    { key: 'b', value, keep: 10 },
  ]);
  await store.commit([{ key: 'gone', value: 1, keep: 2 }]);
  await store.commit([{ key: 'gone', keep: 2 }]);
  clock.setWall(50_000);
  await writeEach(store, numbers(2), (value) => [{ key: 'a/1', value, keep: 10 }]);
  expect(await store.prune({ versions: 3, prefix: 'b' })).toMatchObject({ keys: 1, versions: 2 });
  expect([versionsOf(store, 'a/1').length, versionsOf(store, 'b')]).toEqual([7, [5, 4, 3]]);
  expect(await store.prune({ olderThanMs: 10_000 })).toMatchObject({ keys: 2, versions: 7 });
  expect([versionsOf(store, 'a/1'), versionsOf(store, 'b')]).toEqual([[7, 6], [5]]);
  expect(store.get('b')?.value).toBe(5);
  expect((await store.verify()).damage).toEqual([]);
  await store.commit([{ key: 'b', value: 6, keep: 2 }]);
  expect(versionsOf(store, 'b')).toEqual([6, 5]);
  for (const order of [{}, { versions: 0 }, { olderThanMs: -1 }]) {
    expect(await rejection(store.prune(order))).toMatchObject({ code: 'INVALID_OPTION' });
  }
});

test('pruning while keys are written loses nothing', async () => {
  const { store } = await testStore();
  const keys = numbers(50).map((n) => `k${n}`);
  await writeEach(store, numbers(10), (value) => keys.map((key) => ({ key, value, keep: 10 })));
  const inFlight = store.commit([{ key: 'k50', value: 11, keep: 10 }]);
  const pruned = store.prune({ versions: 2 });
  await writeEach(store, numbers(20), (n) => [{ key: `k${n}`, value: 10 + n, keep: 10 }]);
  await inFlight;
  await pruned;
  await store.settled();
  expect((await store.verify()).damage).toEqual([]);
  for (const n of numbers(20)) expect(store.get(`k${n}`)?.value).toBe(10 + n);
  expect(versionsOf(store, 'k50').map((version) => store.at('k50', version)?.value)).toEqual([11, 10]);
});

test('a large value is stored once, and goes with the last version that names it', async () => {
  const { store, again } = await testStore();
  const large = 'x'.repeat(100_000);
  await store.commit([
    { key: 'a', value: large, keep: 3 },
    { key: 'b', value: large },
  ]);
  await store.commit([{ key: 'a', value: large, keep: 3 }]);
  expect(store.stats().blobs).toBe(1);
  await store.commit([{ key: 'b', value: 1 }]);
  const fresh = await again();
  await writeEach(fresh, [1, 2], (value) => [{ key: 'a', value, keep: 3 }]);
  expect(fresh.stats().blobs).toBe(1);
  expect(fresh.at('a', 2)?.value).toBe(large);
  await fresh.commit([{ key: 'a', value: 3, keep: 3 }]);
  expect(fresh.stats().blobs).toBe(0);
});

test('P29 a backup under load is a store with a consistent state in it', async () => {
  const { store } = await testStore();
  const folder = `${emptyFolder()}/copy`;
  const writes = writeEach(store, numbers(60), (value) => [
    { key: 'a', value, keep: 5 },
    { key: 'b', value, keep: 5 },
  ]);
  await store.backup(folder);
  expect(await rejection(store.compactTo(folder))).toMatchObject({ code: 'INVALID_OPTION' });
  await writes;
  const compact = `${emptyFolder()}/copy`;
  await store.compactTo(compact);
  for (const path of [folder, compact]) {
    const copy = await openLmdb(path, { readOnly: true });
    expect(copy.get('a')?.value).toEqual(copy.get('b')?.value);
    expect((await copy.verify()).damage).toEqual([]);
    expect(await rejection(copy.commit([{ key: 'a', value: 1 }]))).toMatchObject({ code: 'STORE_UNAVAILABLE' });
    await copy.close();
  }
});

test('P28 random writes, deletes, prunes and reopens leave a whole store with the history of a plain model', async () => {
  const step = fc.oneof(
    {
      weight: 8,
      arbitrary: fc.record({
        key: fc.constantFrom('a', 'b', 'c'),
        keep: fc.integer({ min: 1, max: 4 }),
        isGone: fc.boolean(),
      }),
    },
    { weight: 1, arbitrary: fc.constant('reopen' as const) },
  );
  await fc.assert(
    fc.asyncProperty(fc.array(step, { minLength: 5, maxLength: 40 }), async (steps) => {
      const first = await openLmdb(emptyFolder());
      let store = first;
      const model = new Map<string, { kept: number[]; hadHistory: boolean }>();
      let value = 0;
      for (const each of steps) {
        if (each === 'reopen') {
          await store.close();
          store = await openLmdb(first.path);
          continue;
        }
        const { key, keep, isGone } = each;
        value += 1;
        await store.commit([{ key, keep, value: isGone && value % 3 === 0 ? undefined : value }]);
        const before = model.get(key);
        if (isGone && value % 3 === 0) model.delete(key);
        else
          model.set(key, {
            kept: [value, ...(before?.hadHistory === true ? before.kept.slice(0, keep - 1) : [])].slice(0, keep),
            hadHistory: keep > 1,
          });
        for (const [known, { kept }] of model)
          expect(versionsOf(store, known).map((version) => store.at(known, version)?.value)).toEqual(kept);
      }
      await store.settled();
      expect((await store.verify()).damage).toEqual([]);
      expect(store.stats().versions).toBe([...model.values()].reduce((sum, { kept }) => sum + kept.length, 0));
      await store.close();
    }),
    { numRuns: 25 },
  );
}, 60_000);
