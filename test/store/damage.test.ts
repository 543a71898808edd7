// Damage: what is cut, flipped, exchanged or gone is found, never served, and the newest whole version is served in
// its place.

import * as fc from 'fast-check';
import { expect, test } from 'vitest';
import type { StoreAdmin } from '../../src/store/admin.ts';
import { openEngine } from '../../src/store/lmdb/engine.ts';
import type { Damage } from '../../src/store/port.ts';
import { emptyFolder, testStore } from './folders.ts';
import { lasting, type RawRecord, Tamper } from './tamper.ts';

const valueOf = (key: string, version: number): unknown => ({
  key,
  version,
  text: 'some text',
  list: [1, 2, { version }],
});

/** Writes versions of keys, each commit on its own unless they are written together. */
async function fill(store: StoreAdmin, keys: readonly string[], versions: number, keep: number): Promise<void> {
  for (let version = 1; version <= versions; version++) {
    await store.commit(keys.map((key) => ({ key, value: valueOf(key, version), keep })));
  }
}

/** What can be read of a key is what was written, or nothing. */
function expectNoLie(store: StoreAdmin, key: string, versions: number): void {
  const record = store.get(key);
  if (record !== undefined) expect(record.value).toEqual(valueOf(key, record.version));
  for (const { version } of store.history(key)) expect(version).toBeLessThanOrEqual(versions);
  for (let version = 1; version <= versions; version++) {
    const old = store.at(key, version);
    if (old !== undefined) expect([old.version, old.value]).toEqual([version, valueOf(key, version)]);
  }
}

test('P07 of 1,000 flipped bits every one is found, and none is served', async () => {
  const tamper = new Tamper();
  const folder = emptyFolder();
  const environment = lasting(tamper, folder);
  const keys = ['a', 'actor/b', 'c'];
  const first = await openEngine(folder, {}, environment);
  await fill(first, keys, 5, 4);
  await fill(first, ['plain'], 1, 1);
  await first.commit([{ key: 'gone', value: 1, keep: 2 }]);
  await first.commit([{ key: 'gone', keep: 2 }]);
  await first.commit([{ key: 'large', value: 'x'.repeat(70_000), keep: 2 }]);
  await first.settled();
  expect((await first.verify()).damage).toEqual([]);
  await first.close();
  const records = tamper.records();
  expect(new Set(records.map(({ table }) => table)).size).toBe(4);
  const small = records.filter(({ bytes }) => bytes.length < 10_000);
  // The large value has most of the bytes: one flip in ten is there.
  const flip = fc.oneof(
    { weight: 9, arbitrary: fc.tuple(fc.constantFrom(...small), fc.nat()) },
    { weight: 1, arbitrary: fc.tuple(fc.constantFrom(...records), fc.nat()) },
  );
  await fc.assert(
    fc.asyncProperty(flip, async ([record, bit]) => {
      tamper.lies.clear();
      tamper.lie(record.table, record.key, flipped(record, bit));
      const store = await openEngine(folder, { readOnly: true }, environment);
      for (const key of keys) expectNoLie(store, key, 5);
      expectNoLie(store, 'plain', 1);
      expect([undefined, 'x'.repeat(70_000)]).toContain(store.get('large')?.value);
      expect(store.get('gone')).toBeUndefined();
      expect((await store.verify()).damaged).toBeGreaterThan(0);
      await store.close();
    }),
    { numRuns: 1_000 },
  );
  await tamper.environment.close();
}, 120_000);

function flipped({ bytes }: RawRecord, bit: number): Uint8Array {
  const copy = new Uint8Array(bytes);
  const at = bit % (copy.length * 8);
  copy[at >> 3] = (copy[at >> 3] as number) ^ (1 << (at & 7));
  return copy;
}

test('P06 a record cut at any byte is rejected, and the version from the journal is served and told of', async () => {
  const tamper = new Tamper();
  const folder = emptyFolder();
  const environment = lasting(tamper, folder);
  const first = await openEngine(folder, {}, environment);
  await fill(first, ['a'], 3, 3);
  await first.close();
  const current = tamper.environment.current.get('a') as Uint8Array;
  const newest = tamper.environment.journal.last() as number;
  const journal = tamper.environment.journal.get(newest) as Uint8Array;
  for (let length = 0; length < current.length; length++) {
    tamper.lies.clear();
    tamper.lie('current', 'a', current.subarray(0, length));
    await expectServed(folder, environment, 3);
    tamper.lie('journal', newest, journal.subarray(0, length % journal.length));
    await expectServed(folder, environment, 2);
  }
  await tamper.environment.close();
}, 60_000);

async function expectServed(folder: string, environment: Tamper['open'], version: number): Promise<void> {
  const damage: Damage[] = [];
  const onDamage = (found: Damage): void => void damage.push(found);
  const store = await openEngine(folder, { onDamage, readOnly: true }, environment);
  for (let times = 0; times < 2; times++) {
    expect(store.get('a')).toMatchObject({ version, value: valueOf('a', version) });
  }
  expect(store.history('a')[0]?.version).toBe(version);
  expect(damage).toMatchObject([{ key: 'a', served: version }]); // told once
  await store.close();
}

test('P08 a valid record under another key is found', async () => {
  const tamper = new Tamper();
  const { store, damage } = await testStore({}, tamper.open);
  await fill(store, ['a', 'b'], 2, 2);
  tamper.lie('current', 'a', tamper.environment.current.get('b'));
  expect(store.get('a')?.value).toEqual(valueOf('a', 2));
  expect(damage).toMatchObject([{ key: 'a', served: 2 }]);
  expect((await store.verify()).damage).toMatchObject([{ key: 'a' }]);
});

test('P08 an older version in place of a newer is found: by this process, by its journal, and by verify', async () => {
  const tamper = new Tamper();
  const { store, damage, again } = await testStore({}, tamper.open);
  const old: (Uint8Array | undefined)[] = [];
  for (let version = 1; version <= 6; version++) {
    await store.commit([
      { key: 'a', value: valueOf('a', version), keep: 3 },
      { key: `other${version}`, value: 1 },
    ]);
    old[version] = tamper.environment.current.get('a');
  }
  tamper.lie('current', 'a', old[5]);
  expect(store.get('a')).toMatchObject({ version: 6, value: valueOf('a', 6) });
  expect(damage).toMatchObject([{ key: 'a', served: 6, problem: expect.stringContaining('older version, 5') }]);
  const fresh = await again();
  expect((await fresh.verify()).damage).toContainEqual({
    key: 'a',
    version: 6,
    served: undefined,
    problem: 'an older version, 5, stands in its place',
  });
  tamper.lie('current', 'a', old[2]); // the journal has let go of the versions it names
  const other = await again();
  expect(other.get('a')).toMatchObject({ version: 6 });
});

test('P08 a scan serves what single reads do: nothing flipped, nothing set back, nothing that is gone', async () => {
  const tamper = new Tamper();
  const { store, damage, again } = await testStore({}, tamper.open);
  await fill(store, ['k/a', 'k/b', 'k/c', 'k/d'], 1, 3);
  const old = tamper.environment.current.get('k/b');
  await fill(store, ['k/plain'], 1, 1);
  for (const key of ['k/a', 'k/b', 'k/c', 'k/d'])
    for (let version = 2; version <= 5; version++) await store.commit([{ key, value: valueOf(key, version), keep: 3 }]);
  await store.settled();
  const turned = (key: string, bit: number): Uint8Array =>
    flipped({ table: 'current', key, bytes: tamper.environment.current.get(key) as Uint8Array }, bit);
  tamper.lie('current', 'k/a', turned('k/a', 40 * 8)); // its head
  tamper.lie('current', 'k/b', old); // the journal has let go of the version it names
  const valueBit = ((tamper.environment.current.get('k/c') as Uint8Array).length - 4) * 8;
  tamper.lie('current', 'k/c', turned('k/c', valueBit));
  tamper.lie('current', 'k/plain', turned('k/plain', 40 * 8));
  const fresh = await again();
  const found = [...fresh.scan('k/')].map((each) => [each.key, each.value()]);
  expect(found).toEqual([...['k/a', 'k/b', 'k/c', 'k/d'].map((key) => [key, valueOf(key, 5)]), ['k/plain', undefined]]);
  expect(new Set(damage.map(({ key }) => key))).toEqual(new Set(['k/a', 'k/b', 'k/c', 'k/plain']));
});

test('a current record that is whole is served, whatever has become of its copy in the journal', async () => {
  const tamper = new Tamper();
  const { store, damage, again } = await testStore({}, tamper.open);
  await fill(store, ['a'], 2, 2);
  const newest = tamper.environment.journal.last() as number;
  tamper.lie(
    'journal',
    newest,
    flipped({ table: 'journal', key: newest, bytes: tamper.environment.journal.get(newest) as Uint8Array }, 300),
  );
  const fresh = await again();
  expect(fresh.get('a')).toMatchObject({ version: 2, value: valueOf('a', 2) });
  expect(damage).toEqual([]);
  expect((await fresh.verify()).damaged).toBeGreaterThan(0);
});

test('V2 a corrupt state goes back by itself to the last whole version, and on from there', async () => {
  const tamper = new Tamper();
  const { store, damage, again } = await testStore({}, tamper.open);
  await fill(store, ['a'], 4, 4);
  const newest = tamper.environment.journal.last() as number;
  const broken = (bytes: Uint8Array | undefined): Uint8Array => {
    const copy = new Uint8Array(bytes as Uint8Array);
    copy[copy.length - 10] = 255 - (copy[copy.length - 10] as number);
    return copy;
  };
  const { current, journal } = tamper.environment;
  await tamper.environment.write(() => {
    current.put('a', broken(current.get('a')));
    journal.put(newest, broken(journal.get(newest)));
  });
  const fresh = await again();
  expect(fresh.get('a')).toMatchObject({ version: 3, value: valueOf('a', 3) });
  expect(damage).toMatchObject([{ key: 'a', version: 4, served: 3 }]);
  expect(fresh.version('a')).toBe(4); // it never goes back
  await fresh.commit([{ key: 'a', value: valueOf('a', 5), keep: 4 }]);
  expect(fresh.get('a')).toMatchObject({ version: 5, value: valueOf('a', 5) });
  expect(fresh.history('a').map(({ version }) => version)).toEqual([5, 3, 2]);
});

test('what a damaged head names is not thrown away by the upkeep after opening', async () => {
  const tamper = new Tamper();
  const { store, again } = await testStore({}, tamper.open);
  await fill(store, ['a'], 3, 3); // in journal records of its own
  await fill(store, ['b'], 3, 3);
  await store.settled();
  const record = tamper.environment.current.get('a') as Uint8Array;
  await tamper.environment.write(() => {
    tamper.environment.current.put(
      'a',
      record.map((byte, at) => (at === 8 ? byte ^ 1 : byte)),
    );
  });
  const fresh = await again();
  await fresh.settled();
  expect(fresh.get('a')).toMatchObject({ version: 3, value: valueOf('a', 3) });
  expect(fresh.history('a').map(({ version }) => version)).toEqual([3, 2, 1]);
});
