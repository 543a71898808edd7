// The part of the shared suite about versions, and about what a store refuses: alone, and without a trace.

import { describe, expect, test } from 'vitest';
import type { Store } from '../../src/store/port.ts';
import { rejection } from '../kernel/players.ts';

type Make = () => { readonly store: Store } | Promise<{ readonly store: Store }>;

/** Writes a key so many times: 1, 2, 3 … */
async function count(store: Store, key: string, to: number, keep: number): Promise<void> {
  for (let value = store.version(key) + 1; value <= to; value++) await store.commit([{ key, value, keep }]);
}

/** What history says, and what each of its versions reads as. */
function readable(store: Store, key: string): readonly unknown[] {
  return store.history(key).map(({ version }) => {
    const record = store.at(key, version);
    return record?.version === version ? record.value : 'unreadable';
  });
}

/** History, `at` and `keep`. */
export function history(make: Make): void {
  describe('versions', () => {
    keeping(make);
    counting(make);
  });
}

function keeping(make: Make): void {
  test('P20 the last `keep` versions can be read, newest first, and no other', async () => {
    const { store } = await make();
    await count(store, 'a', 12, 10);
    expect(readable(store, 'a')).toEqual([12, 11, 10, 9, 8, 7, 6, 5, 4, 3]);
    expect(store.at('a', 2)).toBeUndefined();
    expect(store.at('a', 13)).toBeUndefined();
    expect(store.history('nobody')).toEqual([]);
    await store.close();
  });

  test('history says when, with which schema and how large', async () => {
    const { store } = await make();
    await store.commit([{ key: 'a', value: 'x'.repeat(50), keep: 2, schema: 3 }]);
    await store.commit([{ key: 'a', value: 1, keep: 2, schema: 4 }]);
    const [newer, older] = store.history('a');
    expect(newer).toMatchObject({ version: 2, schema: 4, at: expect.any(Number) });
    expect(older).toMatchObject({ version: 1, schema: 3, at: expect.any(Number) });
    expect(older?.bytes).toBeGreaterThanOrEqual(50);
    expect(newer?.bytes).toBeLessThan(10);
    expect(store.at('a', 1)).toMatchObject({ schema: 3, version: 1, value: 'x'.repeat(50) });
    await store.close();
  });

  test('a lower `keep` drops older versions, a higher one keeps more from then on', async () => {
    const { store } = await make();
    await count(store, 'a', 5, 5);
    await count(store, 'a', 6, 3);
    expect(readable(store, 'a')).toEqual([6, 5, 4]);
    await count(store, 'a', 8, 4);
    expect(readable(store, 'a')).toEqual([8, 7, 6, 5]);
    await count(store, 'a', 9, 1);
    expect(readable(store, 'a')).toEqual([9]);
    await count(store, 'a', 11, 10);
    expect(readable(store, 'a')).toEqual([11, 10]);
    await store.close();
  });

  test('what is deleted has no history, and none comes back with the key', async () => {
    const { store } = await make();
    await count(store, 'a', 3, 10);
    await store.commit([{ key: 'a', keep: 10 }]);
    expect(store.history('a')).toEqual([]);
    expect(store.at('a', 3)).toBeUndefined();
    await store.commit([{ key: 'a', value: 'again', keep: 10 }]);
    expect(store.history('a').map(({ version }) => version)).toEqual([5]);
    await store.close();
  });

  test('large values come back whole, in every version', async () => {
    const { store } = await make();
    const large = (letter: string): string => letter.repeat(200_000);
    for (const letter of ['a', 'b', 'a']) {
      await store.commit([{ key: 'k', value: { text: large(letter) }, keep: 3 }]);
    }
    expect([3, 2, 1].map((version) => store.at('k', version)?.value)).toEqual(
      ['a', 'b', 'a'].map((letter) => ({ text: large(letter) })),
    );
    await store.close();
  });
}

function counting(make: Make): void {
  test('`version` counts commits in flight; `get` shows what has landed', async () => {
    const { store } = await make();
    await store.commit([{ key: 'a', value: 1 }]);
    const second = store.commit([{ key: 'a', value: 2 }]);
    const third = store.commit([{ key: 'a', value: 3, expectedVersion: 2 }]);
    const gone = store.commit([{ key: 'a', expectedVersion: 3 }]);
    expect(store.version('a')).toBe(0);
    const anew = store.commit([{ key: 'a', value: 1, expectedVersion: 0 }]);
    await Promise.all([second, third, gone, anew]);
    expect(store.version('a')).toBe(store.get('a')?.version);
    expect(store.get('a')?.value).toBe(1);
    await store.close();
  });

  test('P15 of two commits that expect the same version one lands, the other learns the actual one', async () => {
    const { store } = await make();
    await count(store, 'a', 5, 1);
    const [first, second] = await Promise.allSettled([
      store.commit([{ key: 'a', value: 'first', expectedVersion: 5 }]),
      store.commit([{ key: 'a', value: 'second', expectedVersion: 5 }]),
    ]);
    expect(first.status).toBe('fulfilled');
    expect(second).toMatchObject({ reason: { code: 'VERSION_CONFLICT', details: { expected: 5, actual: 6 } } });
    expect(store.get('a')).toMatchObject({ version: 6, value: 'first' });
    await store.close();
  });

  test('a packed value is the value as it was, and may be written more than once', async () => {
    const { store } = await make();
    const value = { list: [1, new Date(5)] };
    const packed = store.pack(value, 'the value');
    value.list.push(2);
    await store.commit([
      { key: 'a', packed, value: 'not this', keep: 2 },
      { key: 'b', packed },
    ]);
    expect(store.get('a')?.value).toEqual({ list: [1, new Date(5)] });
    expect(store.get('b')?.value).toEqual({ list: [1, new Date(5)] });
    expect(() => store.pack({ here: () => {} }, 'the value')).toThrow('the value.here');
    await store.close();
  });

  test('keys after a key, and beyond a thousand of them', async () => {
    const { store } = await make();
    const keys = Array.from({ length: 1_234 }, (_, n) => `k/${String(n).padStart(5, '0')}`);
    await store.commit([...keys, 'j', 'l'].map((key) => ({ key, value: 0 })));
    expect([...store.keys('k/')]).toEqual(keys);
    expect([...store.keys('k/', 'k/00999')]).toEqual(keys.slice(1_000));
    expect([...store.keys('k/', 'j')]).toEqual(keys);
    expect([...store.keys('k/', 'l')]).toEqual([]);
    await store.close();
  });

  test('a scan comes to what single reads find, in the order of the keys', async () => {
    const { store } = await make();
    const large = 'x'.repeat(70_000);
    const kept: Readonly<Record<string, unknown>> = {
      'k/a': { format: 1, snapshot: { children: {} } },
      'k/b': { format: 1, snapshot: { children: {} } },
      'k/c': [1, new Date(5), 'ä'],
      'k/large': { large },
      'k/many': Object.fromEntries(Array.from({ length: 40 }, (_, n) => [`name${n}`, n])),
      'k/€': 7,
    };
    const others = { j: 1, 'k.': 2, l: 3 };
    const writes = Object.entries({ ...others, ...kept }).toReversed();
    await store.commit(writes.map(([key, value], index) => ({ key, value, keep: 1 + (index % 3) })));
    const found = [...store.scan('k/')];
    expect(found.map((each) => [each.key, each.value()])).toEqual(Object.entries(kept));
    for (const each of found) {
      expect(each.at).toBe(store.get(each.key)?.at);
      const value = kept[each.key] as object;
      const names = Array.isArray(value) ? [] : Object.keys(value);
      if (each.properties !== undefined) expect(each.properties).toBe(names.length);
      for (const name of names) expect(each.mayHold(name)).toBe(true);
    }
    expect(found[0]?.mayHold('children')).toBe(true);
    expect([...store.scan('nothing')]).toEqual([]);
    await store.close();
  });
}

/** What is refused is refused alone. */
export function refusals(make: Make): void {
  test.each([
    ['an empty key', { key: '', value: 1 }, 'INVALID_OPTION'],
    ['P26 a key over its limit', { key: 'k'.repeat(1_979), value: 1 }, 'INVALID_OPTION'],
    ['P26 a key over its limit in bytes', { key: '\u{1f600}'.repeat(400), value: 1 }, 'INVALID_OPTION'],
    ['keep 0', { key: 'k', value: 1, keep: 0 }, 'INVALID_OPTION'],
    ['keep 1,001', { key: 'k', value: 1, keep: 1_001 }, 'INVALID_OPTION'],
    ['a schema that is no version', { key: 'k', value: 1, schema: -1 }, 'INVALID_OPTION'],
    ['another version', { key: 'k', value: 1, expectedVersion: 7 }, 'VERSION_CONFLICT'],
    ['P26 a value over its limit', { key: 'k', value: 'x'.repeat(10_485_761) }, 'UNSERIALIZABLE'],
  ])('%s is refused before any write, and alone', async (_name, write, code) => {
    const { store } = await make();
    const before = store.commit([{ key: 'a', value: 1 }]);
    const refused = rejection(store.commit([{ key: 'a', value: 'no' }, write]));
    const after = store.commit([{ key: 'a', value: 2 }]);
    expect(await refused).toMatchObject({ code });
    await before;
    await after;
    expect([...store.keys('')]).toEqual(['a']);
    expect(store.get('a')).toMatchObject({ version: 2, value: 2 });
    await store.close();
  });

  test('the longest key is one', async () => {
    const { store } = await make();
    const keys = ['k'.repeat(1_978), 'ä'.repeat(989)];
    await store.commit(keys.map((key) => ({ key, value: key, keep: 2 })));
    expect(keys.map((key) => store.get(key)?.value)).toEqual(keys);
    await store.close();
  });
}
