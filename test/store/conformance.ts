// What every adapter of the Store port promises, as one suite that each of them runs. A store under test begins
// empty; adapters that outlive the process pass `reopen` as well.

import * as fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import type { Store, StoredRecord, StoreWrite } from '../../src/store/port.ts';
import { rejection } from '../kernel/players.ts';
import { history, refusals } from './conformance-history.ts';

export interface StoreUnderTest {
  readonly store: Store;
  /** Moves the calendar, where the adapter's clock can be moved. */
  setWall?(wallMs: number): void;
  /** Closes it and opens it again. */
  reopen?(): Promise<Store>;
}

const values: Readonly<Record<string, unknown>> = {
  null: null,
  text: 'text with \u0000 and \ud83d\ude00',
  numbers: [0, -0, 1.5, Number.NaN, Infinity, -Infinity, Number.MAX_SAFE_INTEGER],
  bigint: 123_456_789_012_345_678_901_234_567_890n,
  date: new Date(1_700_000_000_000),
  map: new Map<unknown, unknown>([
    ['a', 1],
    [2, new Set([3])],
  ]),
  bytes: new Uint8Array([0, 1, 255]),
  undefinedInside: { here: undefined, list: [undefined, 1] },
  memory: [
    new Float64Array([1.5]),
    new BigInt64Array([5n]),
    new ArrayBuffer(3),
    Buffer.from('abc'),
    new Uint16Array(0),
  ],
  patterns: [/a\/b/giu, new URL('https://example.org/a?b=c#d')],
  unpairedSurrogates: [
    '\ud800',
    'long enough to be written in another way than short ones are: \udc00',
    { '\ud83d': 1 },
  ],
  longTexts: ['x'.repeat(64), 'é'.repeat(1_000), '\u{1f600}'.repeat(20)],
  wholeNumbers: [127, 128, -1, 2 ** 31 - 1, -(2 ** 31), 2 ** 31, 2 ** 53, -128],
  odd: { constructor: 1, toString: 'x', hasOwnProperty: null, 'a b': 1 },
  many: Object.fromEntries(Array.from({ length: 40 }, (_, n) => [`key${n}`, [n]])),
  nested: { a: { b: { c: [1, { d: 'e' }] } } },
  emptyish: { '': {}, list: [] },
};

/** Runs the suite on an adapter. */
export function storeConformance(name: string, make: () => StoreUnderTest | Promise<StoreUnderTest>): void {
  describe(`${name} keeps the promises of a store`, () => {
    readingAndWriting(make);
    atomicity(make);
    ordering(make);
    againstAModel(make);
    history(make);
    refusals(make);
  });
}

type Make = () => StoreUnderTest | Promise<StoreUnderTest>;

function readingAndWriting(make: Make): void {
  test('a missing key is undefined, a written one is there when its commit has resolved', async () => {
    const { store } = await make();
    expect(store.get('a')).toBeUndefined();
    await store.commit([{ key: 'a', value: { n: 1 } }]);
    expect(store.get('a')).toMatchObject({ version: 1, value: { n: 1 } });
    await store.close();
  });

  test.each(Object.entries(values))('P24 %s comes back equal', async (_name, value) => {
    const { store } = await make();
    await store.commit([{ key: 'a', value: { value } }]);
    expect(store.get('a')?.value).toStrictEqual({ value });
    await store.close();
  });

  test('what goes in and what comes out are copies', async () => {
    const { store } = await make();
    const value = { list: [1] };
    await store.commit([{ key: 'a', value }]);
    value.list.push(2);
    const read = store.get('a') as StoredRecord & { readonly value: { readonly list: number[] } };
    expect(read.value).toEqual({ list: [1] });
    read.value.list.push(3);
    expect(store.get('a')?.value).toEqual({ list: [1] });
    await store.close();
  });

  test('versions are 1, 2, 3 for each key; `at` is the calendar; a clock set back changes no order (P30)', async () => {
    const subject = await make();
    const { store } = subject;
    for (let version = 1; version <= 3; version++) {
      await store.commit([{ key: 'a', value: version }]);
      expect(store.get('a')).toMatchObject({ version, value: version });
      subject.setWall?.(1_000_000 - version);
    }
    await store.commit([{ key: 'b', value: 1 }]);
    expect(store.get('b')?.version).toBe(1);
    expect(typeof store.get('b')?.at).toBe('number');
    await store.close();
  });

  test('a deleted key is gone, and its version never goes back', async () => {
    const { store } = await make();
    await store.commit([{ key: 'a', value: 1, keep: 2 }]);
    await store.commit([{ key: 'a', value: 2, keep: 2 }]);
    await store.commit([
      { key: 'a', value: undefined, keep: 2 },
      { key: 'never there', value: undefined },
    ]);
    expect(store.get('a')).toBeUndefined();
    expect([...store.keys('')]).toEqual([]);
    await store.commit([{ key: 'a', value: 3 }]);
    expect(store.get('a')?.version).toBeGreaterThan(2);
    await store.close();
  });

  test('keys come by prefix, in the order of their code units', async () => {
    const { store } = await make();
    const keys = ['b', 'a/2', 'a/10', 'a', 'a/1', 'Z', 'ä', 'a/', '\u{1f600}', '\uffff'];
    await store.commit(keys.map((key) => ({ key, value: 1 })));
    expect([...store.keys('')]).toEqual(keys.toSorted());
    expect([...store.keys('a/')]).toEqual(['a/', 'a/1', 'a/10', 'a/2']);
    expect([...store.keys('nobody')]).toEqual([]);
    await store.close();
  });

  test('keys are counted by prefix, those that are deleted no more', async () => {
    const { store } = await make();
    const keys = ['b', 'a/2', 'a/10', 'a', 'a/1', 'a0', '\uffff', '\uffff\uffff'];
    expect(store.count('')).toBe(0);
    await store.commit(keys.map((key) => ({ key, value: 1, keep: 3 })));
    await store.commit([{ key: 'a/1', value: 2, keep: 3 }]);
    expect(['', 'a/', 'a', 'nobody', '\uffff'].map((prefix) => store.count(prefix))).toEqual([8, 3, 5, 0, 2]);
    await store.commit([{ key: 'a/1', keep: 3 }, { key: 'b' }]);
    expect(['', 'a/', 'a'].map((prefix) => store.count(prefix))).toEqual([6, 2, 4]);
    await store.close();
  });
}

function atomicity(make: Make): void {
  const bad: unknown[] = [() => {}, { deep: { here: Symbol('s') } }, Promise.resolve()];

  test("P18 a commit with a value that can't be kept writes nothing, and says where", async () => {
    const { store } = await make();
    await store.commit([{ key: 'a', value: 1 }]);
    for (const value of bad) {
      expect(
        await rejection(
          store.commit([
            { key: 'a', value: 2 },
            { key: 'b', value: 2 },
            { key: 'c', value },
          ]),
        ),
      ).toMatchObject({ code: 'UNSERIALIZABLE', message: expect.stringContaining('c') });
      expect(store.get('a')).toMatchObject({ version: 1, value: 1 });
      expect([...store.keys('')]).toEqual(['a']);
    }
    await store.commit([{ key: 'a', value: 3 }]);
    expect(store.get('a')).toMatchObject({ version: 2, value: 3 });
    await store.close();
  });

  test('an empty commit is one', async () => {
    const { store } = await make();
    await expect(store.commit([])).resolves.toBeUndefined();
    await store.close();
  });

  test('the last write of a key in one commit wins', async () => {
    const { store } = await make();
    await store.commit([
      { key: 'a', value: 1 },
      { key: 'a', value: 2 },
    ]);
    expect(store.get('a')?.value).toBe(2);
    await store.close();
  });
}

function ordering(make: Make): void {
  test('commits land in the order of their calls, also when nobody waits between', async () => {
    const { store } = await make();
    const done: number[] = [];
    await Promise.all(
      Array.from({ length: 100 }, async (_, n) => {
        await store.commit([{ key: 'a', value: n }]);
        done.push(n);
      }),
    );
    expect(done).toEqual(Array.from({ length: 100 }, (_, n) => n));
    expect(store.get('a')).toMatchObject({ version: 100, value: 99 });
    await store.close();
  });

  test('close lets commits before it land, and refuses those after it', async () => {
    const subject = await make();
    const { store } = subject;
    const before = store.commit([{ key: 'a', value: 1 }]);
    const closed = store.close();
    expect(await rejection(store.commit([{ key: 'a', value: 2 }]))).toMatchObject({ code: expect.any(String) });
    await before;
    await closed;
    await store.close();
    if (subject.reopen === undefined) return;
    const again = await subject.reopen();
    expect(again.get('a')).toMatchObject({ version: 1, value: 1 });
    await again.close();
  });
}

function againstAModel(make: Make): void {
  const key = fc.constantFrom('a', 'a/1', 'a/2', 'b');
  const write: fc.Arbitrary<StoreWrite> = fc.record({
    key,
    value: fc.oneof(fc.integer(), fc.constant(undefined), fc.record({ text: fc.string() })),
    keep: fc.constant(3),
  });

  test('P28 random commits equal a plain map', async () => {
    await fc.assert(
      fc.asyncProperty(fc.array(fc.array(write, { maxLength: 4 }), { maxLength: 30 }), async (commits) => {
        const { store } = await make();
        const model = new Map<string, unknown>();
        const versions = new Map<string, number>();
        for (const writes of commits) {
          await store.commit(writes);
          for (const { key: written, value } of writes) {
            if (value === undefined) model.delete(written);
            else model.set(written, value);
          }
          expect([...store.keys('')]).toEqual([...model.keys()].toSorted());
          for (const [known, value] of model) {
            const record = store.get(known);
            expect(record?.value).toEqual(value);
            expect(record?.version).toBeGreaterThanOrEqual(versions.get(known) ?? 1);
            versions.set(known, record?.version ?? 0);
          }
        }
        await store.close();
      }),
      { numRuns: 50 },
    );
  });
}
