// FEATURES V2, told as one story: an order touches stock, ledger and shipment together. Half an order never exists,
// whatever goes wrong in its middle; and a state that the disk has damaged comes back by itself as its last good version.

import { describe, expect, test } from 'vitest';
import { seededRandom } from '../../src/base/random.ts';
import { VirtualClock } from '../../src/base/virtual-clock.ts';
import type { Environment } from '../../src/store/lmdb/environment.ts';
import { openLmdbEnvironment } from '../../src/store/lmdb/lmdb-environment.ts';
import { openEngine } from '../../src/store/lmdb/engine.ts';
import type { Damage } from '../../src/store/port.ts';
import type { VersionedState } from '../../src/store/state/state.ts';
import { rejection } from '../kernel/players.ts';
import { kits, pipelinedKit, type StateKit, stateKit } from '../store/state-kit.ts';
import { folder } from '../store/store-kit.ts';

/** Takes lamps from the stock, books what they cost and sends them. */
function order(state: VersionedState, id: string, lamps: number, failAt?: 'ledger' | 'shipment'): Promise<number> {
  return state.transaction(async (tx) => {
    const left = (tx.get<number>('stock')?.value ?? 0) - lamps;
    tx.set('stock', left);
    await Promise.resolve();
    if (failAt === 'ledger') throw new Error('the ledger is closed');
    tx.set('ledger', (tx.get<number>('ledger')?.value ?? 0) + lamps * 12);
    await Promise.resolve();
    if (failAt === 'shipment') throw new Error('no truck');
    if (left < 0) throw new Error('sold out');
    tx.set(`shipment/${id}`, { lamps });
    return left;
  });
}

/** What the books say: nothing, when they are in order. */
function faults(state: VersionedState): readonly string[] {
  const sent = [...state.keys('shipment/')].map((key) => state.get<{ lamps: number }>(key)?.value.lamps ?? 0);
  const lamps = sent.reduce((sum, each) => sum + each, 0);
  const stock = state.get<number>('stock')?.value ?? 0;
  const ledger = state.get<number>('ledger')?.value ?? 0;
  return [
    ...(stock === 100 - lamps ? [] : [`${lamps} sent, ${stock} left`]),
    ...(ledger === lamps * 12 ? [] : [`${lamps} sent, ${ledger} booked`]),
  ];
}

describe.each(kits)('V2 partial updates on %s', (_name, make) => {
  test('an order that fails in its middle leaves no trace; the others are whole', async () => {
    const { state, ends, end } = await make();
    await ends(state.set('stock', 100));
    const orders = Array.from({ length: 40 }, (_, n) =>
      order(state, String(n), 1 + (n % 5), ([undefined, 'ledger', undefined, 'shipment'] as const)[n % 4]).catch(
        (error: unknown) => (error as Error).message,
      ),
    );
    const outcomes = await ends(Promise.all(orders));
    expect(outcomes.filter((each) => each === 'the ledger is closed')).toHaveLength(10);
    expect(outcomes.filter((each) => each === 'no truck')).toHaveLength(10);
    expect(outcomes.filter((each) => typeof each === 'number')).toHaveLength(20);
    expect(faults(state)).toEqual([]);
    expect(await ends(rejection(order(state, 'huge', 99)))).toMatchObject({ message: 'sold out' });
    expect(faults(state)).toEqual([]);
    await end();
  });
});

test('V2 a store that fails in the middle of many orders leaves whole ones only', async () => {
  const { state, store, ends, clock } = pipelinedKit();
  await ends(state.set('stock', 100));
  store.failAfter = 7;
  const outcomes = await ends(Promise.allSettled(Array.from({ length: 20 }, (_, n) => order(state, String(n), 1))));
  const done = outcomes.filter(({ status }) => status === 'fulfilled');
  expect(done.length).toBeGreaterThan(0);
  expect(done.length).toBeLessThan(20);
  expect([...state.keys('shipment/')]).toHaveLength(done.length);
  expect(faults(state)).toEqual([]);
  await store.reopen();
  await ends(order(state, 'next', 1));
  expect(faults(state)).toEqual([]);
  expect(clock.pendingTimers).toBe(0);
});

interface DiskKit extends StateKit {
  readonly damage: Damage[];
  /** Changes one byte of what the disk has of a key. */
  spoil(key: string, place: number): Promise<number>;
  /** Changes the last byte of what the journal has of the last commit. */
  spoilJournal(): Promise<void>;
}

async function diskKit(path: string): Promise<DiskKit> {
  const clock = new VirtualClock();
  const damage: Damage[] = [];
  let environment: Environment | undefined;
  const store = await openEngine(path, { clock, onDamage: (found) => damage.push(found) }, (where, options) => {
    environment = openLmdbEnvironment(where, options);
    return environment;
  });
  const kit = stateKit(store, clock);
  const spoil = async (key: string, place: number): Promise<number> => {
    const bytes = Uint8Array.from(environment?.current.get(`state/${key}`) ?? []);
    const at = Math.floor(place * bytes.length);
    bytes[at] = (bytes[at] ?? 0) ^ 0x10;
    await environment?.write(() => environment?.current.put(`state/${key}`, bytes));
    return at;
  };
  const spoilJournal = async (): Promise<void> => {
    const number = environment?.journal.last() ?? 0;
    const bytes = Uint8Array.from(environment?.journal.get(number) ?? []);
    bytes[bytes.length - 1] = (bytes.at(-1) ?? 0) ^ 0x10;
    await environment?.write(() => environment?.journal.put(number, bytes));
  };
  return { ...kit, damage, spoil, spoilJournal };
}

describe('V2 a state that the disk has damaged', () => {
  const random = seededRandom(2);
  const places = Array.from({ length: 24 }, (_, n) => ({ place: random(), isReopened: n % 2 === 1 }));

  test.each(places)('comes back as its last good version, and is said to ($place, $isReopened)', async (spot) => {
    const path = await folder();
    let kit = await diskKit(path);
    for (const n of [1, 2, 3]) await kit.ends(kit.state.set('settings', { n, text: 'x'.repeat(n * 50) }));
    const at = await kit.spoil('settings', spot.place);
    if (spot.isReopened) {
      await kit.end();
      kit = await diskKit(path);
    }
    const { state, ends, damage } = kit;
    // The newest whole version: the journal may still have the third.
    const served = state.get<{ n: number }>('settings');
    expect([2, 3], `byte ${at}`).toContain(served?.version);
    expect(served?.value).toEqual({ n: served?.version, text: 'x'.repeat((served?.version ?? 0) * 50) });
    expect(damage).toMatchObject([{ key: 'state/settings', served: served?.version }]);
    const next = await ends(state.update<{ n: number }>('settings', (old) => ({ n: (old?.n ?? 0) + 10 })));
    expect(next).toEqual({ value: { n: (served?.version ?? 0) + 10 }, version: 4 });
    expect(state.get('settings')).toMatchObject({ version: 4 });
    expect(state.conflicts).toBe(0);
    expect(await ends(state.set('settings', 5, { expectedVersion: 4 }))).toBe(5);
    await kit.end();
  });

  test.each([false, true])(
    'also where the journal has lost it: the version before is served (%s)',
    async (isReopened) => {
      const path = await folder();
      let kit = await diskKit(path);
      for (const n of [1, 2, 3]) await kit.ends(kit.state.set('settings', { n }));
      await kit.spoil('settings', 0.99);
      await kit.spoilJournal();
      if (isReopened) {
        await kit.end();
        kit = await diskKit(path);
      }
      const { state, ends, damage } = kit;
      expect(state.get('settings')).toMatchObject({ version: 2, value: { n: 2 } });
      expect(damage[0]).toMatchObject({ key: 'state/settings', served: 2 });
      const next = await ends(
        state.update<{ n: number }>('settings', async (old) => {
          await Promise.resolve();
          return { n: (old?.n ?? 0) + 10 };
        }),
      );
      expect(next).toEqual({ value: { n: 12 }, version: 4 });
      expect(state.history('settings').map(({ version }) => version)).toEqual([4, 2, 1]);
      expect(state.conflicts).toBe(0);
      await kit.end();
    },
  );
});
