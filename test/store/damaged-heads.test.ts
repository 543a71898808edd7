// What the writer makes of a key whose record or tombstone can't be read: it is there, so it is not created a second time;
// its version goes on from whatever still says what it was; and who wants to know is told, once.

import { expect, test } from 'vitest';
import type { StoreAdmin } from '../../src/store/admin.ts';
import type { EngineOptions } from '../../src/store/lmdb/engine.ts';
import type { Environment } from '../../src/store/lmdb/environment.ts';
import type { Damage } from '../../src/store/port.ts';
import { rejection } from '../kernel/players.ts';
import { testStore } from './folders.ts';
import { Tamper } from './tamper.ts';

// Where the parts of a current record and of a tombstone lie; see `record.ts` and `tombstone.ts`.
const schemaAt = 4;
const versionAt = 8;
const atAt = 16;
const buriedAtAt = 8;

type Change = (record: Buffer) => void;

/** Turns one bit over. */
const flip =
  (byte: number): Change =>
  (record) => {
    record[byte] = (record[byte] as number) ^ 1;
  };

/** Makes the version what no version can be. */
const noVersion: Change = (record) => void record.writeDoubleLE(-1e300, versionAt);

/** A store that was written and closed, with a way to damage it and open it in the next process. */
async function written(work: (store: StoreAdmin) => Promise<void>): Promise<{
  readonly damage: readonly Damage[];
  readonly tamper: Tamper;
  readonly after: (change: (environment: Environment) => void, options?: EngineOptions) => Promise<StoreAdmin>;
}> {
  const tamper = new Tamper();
  const { store, damage, again } = await testStore({}, tamper.open);
  await work(store);
  const after = async (change: (environment: Environment) => void, options?: EngineOptions): Promise<StoreAdmin> => {
    const { environment } = tamper;
    await environment.write(() => {
      change(environment);
    });
    return again(options);
  };
  return { damage, tamper, after };
}

function damaged(bytes: Uint8Array | undefined, ...changes: readonly Change[]): Buffer {
  const copy = Buffer.from(bytes as Uint8Array);
  for (const change of changes) change(copy);
  return copy;
}

const inCurrent =
  (key: string, ...changes: readonly Change[]) =>
  ({ current }: Environment): void => {
    current.put(key, damaged(current.get(key), ...changes));
  };

/** Writes values to a key, each with a commit of its own. */
async function fill(store: StoreAdmin, values: readonly number[], keep: number): Promise<void> {
  for (const value of values) await store.commit([{ key: 'a', value, keep }]);
}

async function refusedAt(store: StoreAdmin, expectedVersion: number): Promise<unknown> {
  const error = await rejection(store.commit([{ key: 'a', value: 'again', expectedVersion }]));
  expect(error).toMatchObject({ code: 'VERSION_CONFLICT' });
  return (error as { readonly details: { readonly actual: number } }).details.actual;
}

test('a record that is damaged is not created a second time; it is told of once, and its version goes on', async () => {
  const { damage, after } = await written((store) => fill(store, [1, 2, 3], 1));
  const store = await after(inCurrent('a', flip(schemaAt)));
  expect(damage).toEqual([]);
  expect(await refusedAt(store, 0)).toBe(3);
  expect(damage).toMatchObject([{ key: 'a', served: undefined, problem: 'its record fails its checksum' }]);
  expect([store.get('a'), store.version('a'), damage.length]).toEqual([undefined, 3, 1]);
  await store.commit([{ key: 'a', value: 4 }]);
  expect([store.get('a')?.version, store.get('a')?.value, damage.length]).toEqual([4, 4, 1]);
});

test('who overwrites a damaged record without having read it is told, too', async () => {
  const { damage, after } = await written((store) => fill(store, [1, 2, 3], 3));
  const store = await after(inCurrent('a', flip(atAt)));
  await store.commit([{ key: 'a', value: 4, keep: 3 }]);
  expect(damage).toMatchObject([{ key: 'a', served: 3 }]);
  expect(store.history('a').map(({ version }) => version)).toEqual([4, 3, 2]);
  expect(damage).toHaveLength(1);
});

test('what a read has told is not told again by the writer', async () => {
  const { damage, after } = await written((store) => fill(store, [1], 1));
  const store = await after(inCurrent('a', flip(schemaAt)));
  expect(store.get('a')).toBeUndefined();
  expect(store.version('a')).toBe(1);
  await refusedAt(store, 0);
  expect(damage).toHaveLength(1);
});

test('a version of which nothing is left is at least 1: the key is there', async () => {
  const { damage, after } = await written((store) => fill(store, [1, 2, 3], 1));
  const store = await after(inCurrent('a', noVersion));
  expect(await refusedAt(store, 0)).toBe(1);
  expect([store.version('a'), damage.length]).toEqual([1, 1]);
  await store.commit([{ key: 'a', value: 'next' }]);
  expect(store.get('a')).toMatchObject({ version: 2, value: 'next' });
});

test('bits that turned behind the point of a version are no loss', async () => {
  const { after } = await written((store) => fill(store, [1, 2, 3], 1));
  const store = await after(inCurrent('a', flip(versionAt)));
  expect(store.version('a')).toBe(3);
});

test('the journal says what a record with history was, whatever the record says', async () => {
  const { after } = await written((store) => fill(store, [1, 2, 3], 3));
  const store = await after(inCurrent('a', (record) => void record.writeDoubleLE(7, versionAt)));
  await store.commit([{ key: 'a', value: 4, keep: 3 }]);
  expect(store.history('a').map(({ version }) => version)).toEqual([4, 3, 2]);
});

test('where every copy is damaged the damaged ones say what the version was', async () => {
  const { damage, after, tamper } = await written((store) => fill(store, [1, 2, 3], 3));
  const numbers = tamper.environment.journal.keys(undefined, false, 10);
  const store = await after((environment) => {
    inCurrent('a', noVersion)(environment);
    const { journal } = environment;
    for (const number of numbers) {
      const bytes = journal.get(number) as Uint8Array;
      journal.put(number, damaged(bytes, flip(bytes.length - 1)));
    }
  });
  expect(await refusedAt(store, 0)).toBe(3);
  expect(damage).toHaveLength(1);
  await store.commit([{ key: 'a', value: 4, keep: 3 }]);
  expect(store.get('a')).toMatchObject({ version: 4, value: 4 });
});

test('a record without history goes on from itself, not from what the journal has still of an earlier time', async () => {
  const { after } = await written(async (store) => {
    await store.commit(['a', 'b', 'c'].map((key) => ({ key, value: 1, keep: 3 }))); // `b` and `c` keep that record
    await fill(store, [2, 3], 1);
  });
  const store = await after(inCurrent('a', flip(schemaAt)));
  expect(store.version('a')).toBe(3);
});

test('a deleted key whose tombstone is damaged is absent, is told of once and goes on counting', async () => {
  const { damage, after } = await written(async (store) => {
    await fill(store, [1, 2], 2);
    await store.commit([{ key: 'a', keep: 2 }]); // version 3
  });
  const store = await after(({ tombstones }) => {
    tombstones.put('a', damaged(tombstones.get('a'), flip(buriedAtAt)));
  });
  await store.settled();
  expect([store.version('a'), store.version('a')]).toEqual([0, 0]);
  const problem = 'what is left of this deleted key fails its checksum';
  expect(damage).toEqual([{ key: 'a', version: undefined, served: undefined, problem }]);
  await store.commit([{ key: 'a', value: 'back', keep: 2, expectedVersion: 0 }]);
  expect(store.get('a')).toMatchObject({ version: 4, value: 'back' });
  expect((await store.verify()).damaged).toBe(0);
});

test('a tombstone of which nothing is left goes when its key is written, and what the journal has is passed', async () => {
  const { after } = await written(async (store) => {
    await store.commit(['a', 'b', 'c'].map((key) => ({ key, value: 1, keep: 3 }))); // `b` and `c` keep that record
    await store.commit([{ key: 'a', keep: 3 }]); // version 2
  });
  const store = await after(({ tombstones }) => {
    tombstones.put('a', Buffer.from([1, 2, 3]));
  });
  await store.commit([{ key: 'a', value: 'back', keep: 3 }]);
  expect(store.get('a')?.version).toBe(3);
  expect((await store.verify()).damaged).toBe(0);
});

test('who is told of damage may write at once: the commit that came upon it is on its way before', async () => {
  const { after } = await written((store) => fill(store, [1, 2], 1));
  const told: Promise<void>[] = [];
  const onDamage = (): void => void told.push(store.commit([{ key: 'a', value: 'from who was told' }]));
  const store: StoreAdmin = await after(inCurrent('a', flip(schemaAt)), { onDamage });
  await store.commit([{ key: 'a', value: 'from who came upon it' }]);
  expect(told).toHaveLength(1);
  await told[0];
  expect(store.get('a')).toMatchObject({ version: 4, value: 'from who was told' });
});
