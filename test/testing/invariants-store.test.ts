// The invariants of the store find stores that lie, and say of which key and version.
// Each store is one in memory with one method that is not what it should be.

import { describe, expect, test } from 'vitest';
import { memoryStore } from '../../src/store/memory.ts';
import type { PruneReport, StoreAdmin } from '../../src/store/admin.ts';
import type { Store } from '../../src/store/port.ts';
import { bankSum } from '../../src/testing/simulation/invariants/conserved.ts';
import {
  acknowledgedIsPresent,
  everyReadVerified,
  versionsCountByOne,
} from '../../src/testing/simulation/invariants/stored.ts';
import { found, planted, type SmallWorld } from './invariants-kit.ts';

/** A store of which one method lies. */
function lyingOn<Name extends keyof Store>(store: Store, name: Name, instead: Store[Name]): Store {
  return new Proxy(store, {
    get: (target, key) => {
      if (key === name) return instead;
      const value = Reflect.get(target, key) as unknown;
      return typeof value === 'function' ? (value.bind(target) as unknown) : value;
    },
  });
}

function lying<Name extends keyof Store>(name: Name, lie: (store: Store) => Store[Name]): Store {
  const store = memoryStore();
  return lyingOn(store, name, lie(store));
}

const hour = 3_600_000;

/**
 * A store that forgets what it deletes, and a key that comes back after so many hours.
 *
 * @param pruned - By how many hours the calendar is off when a prune looks at it.
 */
async function comingBack(hours: number, pruned: number): Promise<SmallWorld> {
  const forgetful = lying(
    'commit',
    (inner) => (writes) => inner.commit(writes.map(({ keep: _keep, ...each }) => each)),
  );
  const prune = async (): Promise<PruneReport> => ({ keys: 0, versions: 0, freed_bytes: 0 });
  const world = await planted(
    versionsCountByOne,
    ({ store }) => {
      Object.assign(store ?? {}, { prune });
    },
    forgetful,
  );
  const store = world.present.kernel.store as unknown as StoreAdmin;
  const write = (value: number | undefined): Promise<void> => store.commit([{ key: 'k', value, keep: 10 }]);
  for (const value of [1, 2, undefined]) await write(value);
  const wall = world.clock.wall();
  world.clock.setWall(wall + (hours + pruned) * hour);
  await store.prune({ olderThanMs: 24 * hour });
  world.clock.setWall(wall + hours * hour);
  await write(3);
  return world;
}

describe('the store', () => {
  test('a version that is left out', async () => {
    let times = 1;
    const store = lying('version', (inner) => (key) => inner.version(key) * times);
    const world = await planted(versionsCountByOne, () => {}, store);
    const { state } = world.present.runtime;
    await state.set('a', 1);
    await state.set('a', 2);
    expect(world.problems).toEqual([]);
    times = 2;
    await state.set('a', 3);
    expect(found(world)).toBe("'state/a' is at version 6 after a write on version 4");
  });

  test.each([
    ['at once', 0, 0],
    ['before the retention has passed', 23, 0],
    ['after the retention, and without a prune', 25, -25],
  ])('versions that are lost with a deletion, found out %s', async (_when, hours, until) => {
    expect(found(await comingBack(hours, until))).toBe("'k' comes back as version 1, though it has been at 2");
  });

  test('but not versions that a prune has forgotten, the retention having passed', async () => {
    expect(found(await comingBack(25, 0))).toBe('nothing');
    expect(found(await comingBack(50, -24))).toBe('nothing');
  });

  test('a write that was acknowledged and is gone after a crash', async () => {
    const store = memoryStore();
    const world = await planted(acknowledgedIsPresent, () => {}, store);
    await world.present.runtime.state.set('a', 1);
    world.kill();
    await world.begin();
    expect(world.problems).toEqual([]);
    await world.present.runtime.state.set('b', 1);
    world.kill();
    await store.commit([{ key: 'state/b' }]); // as on a disk that had not synced it
    await world.begin();
    expect(found(world)).toBe("'state/b' is at no version in the store, and version 1 had been acknowledged");
  });

  test('a commit of which a crash leaves a part', async () => {
    const store = memoryStore();
    let isTorn = false;
    const tearing = lyingOn(store, 'commit', (writes) => {
      if (!isTorn) return store.commit(writes);
      void store.commit(writes);
      return new Promise(() => {}); // nobody is told of it
    });
    const world = await planted(acknowledgedIsPresent, () => {}, tearing);
    isTorn = true;
    world.present.runtime.state
      .transaction((tx) => {
        tx.set('a', 1);
        tx.set('b', 1);
      })
      .catch(() => {});
    await world.settle();
    world.kill();
    isTorn = false;
    await store.commit([{ key: 'state/b' }]); // that part was not on the disk
    await world.begin();
    expect(found(world)).toBe("a commit is there in part: 'state/a' is, and 'state/b' is not");
  });

  test('a read that serves something else', async () => {
    const world = await planted(
      everyReadVerified,
      () => {},
      lying('get', (inner) => (key) => {
        const record = inner.get(key);
        return record === undefined || key !== 'state/a' ? record : { ...record, value: 'another' };
      }),
    );
    const { state } = world.present.runtime;
    await state.set('a', 'this');
    state.get('a');
    expect(found(world)).toBe("'state/a' is served at version 1 with another value than was written");
  });

  test('a read that serves an old version without a word of damage', async () => {
    const world = await planted(
      everyReadVerified,
      () => {},
      lying('get', (inner) => (key) => (key === 'state/a' ? inner.at(key, 1) : inner.get(key))),
    );
    const { state } = world.present.runtime;
    await state.set('a', 1);
    await state.set('a', 2);
    state.get('a');
    await world.pass();
    expect(found(world)).toBe("'state/a' is served at version 1, though version 2 has landed");
  });

  test('a transfer of which one half is lost', async () => {
    const world = await planted(bankSum, () => {}, memoryStore());
    const { state } = world.present.runtime;
    await state.transaction((tx) => {
      tx.set('account/a', { balance: 10 });
      tx.set('account/b', { balance: 10 });
    });
    await state.set('account/a', { balance: 7 });
    expect(found(world)).toMatch(
      /^the sum of the 2 records under 'state\/account\/' is 17 after commit \d+, and was 20$/,
    );
  });

  test('but not one of two that land together after a failure', async () => {
    const world = await planted(bankSum, () => {}, memoryStore());
    const { state } = world.present.runtime;
    const set = (a: number, b: number): Promise<unknown> =>
      state.transaction((tx) => {
        tx.set('account/a', { balance: a });
        tx.set('account/b', { balance: b });
      });
    await set(10, 10);
    world.event({ type: 'store.failed', at: 0, error: new Error('disk full') });
    await Promise.all([set(9, 11), state.set('account/a', { balance: 9 }), set(8, 12)]);
    expect(world.problems).toEqual([]);
    await set(7, 12);
    expect(found(world)).toMatch(
      /^the sum of the 2 records under 'state\/account\/' is 19 after commit \d+, and was 20$/,
    );
  });
});
