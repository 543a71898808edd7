// The diff of two values: where, what before, what after; bounded, in one order, and right for every kind of plain data.

import * as fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import { toPlain } from '../../src/base/plain.ts';
import { diffOf } from '../../src/store/state/diff.ts';

describe('what differs', () => {
  test.each<[string, unknown, unknown, unknown[]]>([
    ['nothing', { a: [1, { b: null }] }, { a: [1, { b: null }] }, []],
    ['the whole value', 1, 'one', [{ path: '', before: 1, after: 'one' }]],
    ['its kind', [1], { 0: 1 }, [{ path: '', before: [1], after: { 0: 1 } }]],
    ['absent from the start', undefined, { a: 1 }, [{ path: '', before: undefined, after: { a: 1 } }]],
    [
      'properties, by name',
      { z: 1, b: 1, gone: 1, 'odd name': { a: 1 } },
      { b: 2, z: 3, new: undefined, 'odd name': { a: 2 } },
      [
        { path: '.b', before: 1, after: 2 },
        { path: '.gone', before: 1 },
        { path: '.new', after: undefined },
        { path: '["odd name"].a', before: 1, after: 2 },
        { path: '.z', before: 1, after: 3 },
      ],
    ],
    ['a property set to undefined', { a: 1 }, { a: undefined }, [{ path: '.a', before: 1, after: undefined }]],
    [
      'places of lists',
      { list: [1, 2, 3] },
      { list: [1, 5] },
      [
        { path: '.list[1]', before: 2, after: 5 },
        { path: '.list[2]', before: 3 },
      ],
    ],
    ['the sign of zero, not NaN', [0, Number.NaN], [-0, Number.NaN], [{ path: '[0]', before: 0, after: -0 }]],
    ['bigints', 1n, 2n, [{ path: '', before: 1n, after: 2n }]],
    ['dates', [new Date(5)], [new Date(5), new Date(6)], [{ path: '[1]', after: new Date(6) }]],
    ['times', new Date(5), new Date(6), [{ path: '', before: new Date(5), after: new Date(6) }]],
    ['patterns', [/a/g, /b/], [/a/g, /b/i], [{ path: '[1]', before: /b/, after: /b/i }]],
    [
      'addresses',
      [new URL('http://a/'), new URL('http://b/')],
      [new URL('http://a/'), new URL('http://c/')],
      [{ path: '[1]', before: new URL('http://b/'), after: new URL('http://c/') }],
    ],
    ['equal bytes', new Uint8Array([1, 2]), new Uint8Array([1, 2]), []],
    [
      'bytes',
      { b: new Uint8Array([1, 2]) },
      { b: new Uint8Array([1, 3]) },
      [{ path: '.b', before: new Uint8Array([1, 2]), after: new Uint8Array([1, 3]) }],
    ],
    [
      'bytes of another kind',
      new Uint8Array([1]),
      new Int8Array([1]),
      [{ path: '', before: new Uint8Array([1]), after: new Int8Array([1]) }],
    ],
    [
      'Maps, by key',
      new Map<unknown, unknown>([
        ['a', { n: 1 }],
        [1, 1],
        ['1', 1],
      ]),
      new Map<unknown, unknown>([
        ['1', 2],
        ['a', { n: 2 }],
        ['new', 1],
      ]),
      [
        { path: '.get("a").n', before: 1, after: 2 },
        { path: '.get(1)', before: 1 },
        { path: '.get("1")', before: 1, after: 2 },
        { path: '.get("new")', after: 1 },
      ],
    ],
    [
      'Maps with objects for keys, by what is in these',
      new Map([
        [{ id: 1, of: ['x'] }, 'a'],
        [{ id: 2, of: ['x'] }, 'b'],
      ]),
      new Map([
        [{ of: ['x'], id: 2 }, 'b'],
        [{ id: 1, of: ['x'] }, 'c'],
      ]),
      [{ path: '.values()[0]', before: 'a', after: 'c' }],
    ],
    [
      'Sets, by member',
      new Set<unknown>(['a', 1, { id: 1 }, 5n]),
      new Set<unknown>([{ id: 1 }, 'a', '1', { id: 2 }]),
      [
        { path: '.has(1)', before: 1 },
        { path: '.has(5n)', before: 5n },
        { path: '.has("1")', after: '1' },
        { path: '.values()[3]', after: { id: 2 } },
      ],
    ],
  ])('%s', (_name, before, after, entries) => {
    expect(diffOf(before, after)).toStrictEqual({ entries, more: 0 });
  });
});

describe('bounds', () => {
  test('the first thousand places are listed, the others counted', () => {
    const list = Array.from({ length: 2_500 }, (_, n) => n);
    const diff = diffOf(
      list,
      list.map((n) => n + 1),
    );
    expect(diff.entries).toHaveLength(1_000);
    expect(diff.entries.at(-1)).toEqual({ path: '[999]', before: 999, after: 1_000 });
    expect(diff.more).toBe(1_500);
    expect(diffOf([1, 2], [2, 3], 0)).toEqual({ entries: [], more: 2 });
  });

  /** A value whose parts are shared: as many paths as 2 to the power of its depth. */
  const shared = (leaf: unknown, depth: number): unknown => {
    let value = leaf;
    for (let level = 0; level < depth; level++) value = { left: value, right: value };
    return value;
  };

  test('parts that are met again and again cost nothing, equal or not', () => {
    expect(diffOf(shared(1, 60), shared(1, 60))).toEqual({ entries: [], more: 0 });
    const diff = diffOf(shared(1, 60), shared(2, 60));
    expect(diff.entries).toHaveLength(1_000);
    expect(diff.entries[0]?.path).toBe('.left'.repeat(60));
    expect(diff.more).toBe(2 ** 60 - 1_000);
    expect(diffOf(new Set([shared(1, 60)]), new Set([shared(1, 60)]))).toEqual({ entries: [], more: 0 });
  });

  test('a cycle and endless depth end', () => {
    const circle = (): unknown[] => {
      const list: unknown[] = [];
      list.push(list);
      return list;
    };
    expect(diffOf(circle(), circle()).more).toBe(0);
    let a: unknown = 1;
    let b: unknown = 2;
    for (let level = 0; level < 80; level++) [a, b] = [[a], [b]];
    expect(diffOf(a, b).entries).toMatchObject([{ path: '[0]'.repeat(64) }]);
  });
});

describe('properties', () => {
  const value = fc.anything({
    withBigInt: true,
    withDate: true,
    withMap: true,
    withSet: true,
    withTypedArray: true,
    withSparseArray: false,
  });
  const plain = value.filter((each) => {
    try {
      return toPlain(each, 'value') !== undefined;
    } catch {
      return false;
    }
  });

  test('a value and its copy never differ; the order of properties does not matter', () => {
    const turned = (each: unknown): unknown =>
      each !== null && typeof each === 'object' && Object.getPrototypeOf(each) === Object.prototype
        ? Object.fromEntries(Object.entries(each).toReversed())
        : each;
    fc.assert(
      fc.property(plain, (each) => {
        const copy = toPlain(each, 'value');
        expect(diffOf(each, turned(copy))).toEqual({ entries: [], more: 0 });
      }),
    );
  });

  test('the way back has the same places, with before and after changed', () => {
    fc.assert(
      fc.property(fc.jsonValue(), fc.jsonValue(), (a, b) => {
        const back = diffOf(b, a).entries.map(({ path, ...rest }) => ({
          path,
          ...('after' in rest && { before: rest.after }),
          ...('before' in rest && { after: rest.before }),
        }));
        expect(back).toEqual(diffOf(a, b).entries);
        expect(diffOf(a, b)).toEqual(diffOf(a, b));
      }),
    );
  });
});
