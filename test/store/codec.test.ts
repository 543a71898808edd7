// The codec against `toPlain`: what it gives back is what `toPlain` makes of a value, what it refuses is what `toPlain`
// refuses, in the same words, and no code of a value runs on the way.

import * as fc from 'fast-check';
import { expect, test } from 'vitest';
import { toPlain } from '../../src/base/plain.ts';
import { packInto, packValue, unpackValue } from '../../src/store/codec/codec.ts';
import { Slab } from '../../src/store/codec/slab.ts';

/** What a function returns, or what it throws. */
function outcome(run: () => unknown): unknown {
  try {
    return { value: run() };
  } catch (error) {
    return { refused: (error as Error).message };
  }
}

const expectLikePlain = (value: unknown): void => {
  expect(outcome(() => unpackValue(packValue(value, 'value')))).toStrictEqual(outcome(() => toPlain(value, 'value')));
};

test('P24 whatever comes, the codec does what `toPlain` does', () => {
  const anything = fc.anything({
    withBigInt: true,
    withDate: true,
    withMap: true,
    withSet: true,
    withNullPrototype: true,
    withSparseArray: true,
    withTypedArray: true,
    withUnicodeString: true,
  });
  fc.assert(fc.property(anything, expectLikePlain), { numRuns: 3_000 });
});

const shared = { list: [1, 2] };
const named = Object.assign([1, 2], { index: 5 });
const holed: unknown[] = [];
holed[1] = 1;
const nested = (levels: number): unknown => (levels === 0 ? 1 : { inner: nested(levels - 1) });
const cycle: Record<string, unknown> = {};
cycle['self'] = { cycle };

test.each<[string, unknown]>([
  ['shared parts', { a: shared, b: shared }],
  ['a list with names', named],
  ['a list with a hole and a name', Object.assign(holed, { x: 1 })],
  ['64 levels', nested(64)],
  ['65 levels', nested(65)],
  ['a cycle', cycle],
  ['an own __proto__', JSON.parse('{"a":{"__proto__":1}}')],
  ['a symbol as a key', { [Symbol('s')]: 1 }],
  ['what is not enumerable', Object.defineProperty({ a: 1 }, 'hidden', { value: 2 })],
  ['an instance of a class', { a: new AbortController() }],
  ['an error', new Error('no')],
  ['a function', { a: [() => {}] }],
  ['an invalid Date', new Date(Number.NaN)],
  ['too many keys', Object.fromEntries(Array.from({ length: 100_001 }, (_, n) => [n, 0]))],
  ['too much text', ['x'.repeat(10_485_761)]],
  ['a setter alone', Object.defineProperty({}, 'a', { set: () => {}, enumerable: true })],
])('P24 %s', (_name, value) => {
  expectLikePlain(value);
});

test('no code of a value runs', () => {
  let runs = 0;
  const ran = (): number => (runs += 1);
  const trap = new Proxy({}, { get: ran, ownKeys: () => [String(ran())] });
  const list = [1];
  Object.defineProperty(list, 0, { get: ran, enumerable: true });
  const values = [
    trap,
    { deep: [trap] },
    Object.defineProperty({ a: 1 }, 'b', { get: ran, enumerable: true }),
    list,
    { toJSON: ran },
    { then: ran },
    Object.setPrototypeOf({ a: 1 }, trap) as unknown,
  ];
  for (const value of values) expect(() => packValue(value, 'value')).toThrow('value');
  expect(runs).toBe(0);
});

test('what is refused leaves no byte in the slab', () => {
  const slab = new Slab();
  packInto(slab, { a: 1 }, 'value');
  const { at } = slab;
  expect(() => {
    packInto(slab, { text: 'x'.repeat(1_000), bad: () => {} }, 'value');
  }).toThrow('value.bad');
  expect(slab.at).toBe(at);
});

test('shared parts that would grow beyond all bounds are refused', () => {
  let value: unknown = Array.from({ length: 500 }, () => 1);
  for (let level = 0; level < 40; level++) value = [value, value];
  const slab = new Slab();
  expect(() => {
    packInto(slab, value, 'value');
  }).toThrow('shared parts');
  expect(slab.at).toBe(0);
});

test('bytes that were cut or changed are an error or another value, and never a hang', () => {
  const bytes = packValue({ a: [1, 'text', new Map([[1, new Set([2n])]])], b: new Date(5) }, 'value');
  for (let length = 0; length < bytes.length; length++) {
    expect(() => unpackValue(bytes.subarray(0, length))).toThrow(RangeError);
  }
});
