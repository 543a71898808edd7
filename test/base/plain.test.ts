// The gate for plain data against hostile values: what passes is a faithful copy, what does not is refused by
// path, and no code of the value ever runs. Ids are those of the acceptance catalogue.

import { runInNewContext } from 'node:vm';
import * as fc from 'fast-check';
import { afterEach, describe, expect, it, test } from 'vitest';
import { UnserializableError } from '../../src/base/errors.ts';
import { limits } from '../../src/base/limits.ts';
import { toPlain, type PlainLimits } from '../../src/base/plain.ts';

/** Path and problem of a refusal. */
function refusal(value: unknown, bounds?: PlainLimits): { path: string; problem: string } {
  try {
    toPlain(value, 'output', bounds);
  } catch (error) {
    if (error instanceof UnserializableError) return error.details;
    throw error;
  }
  throw new Error('the value was not refused');
}

function nested(levels: number, wrap: (inner: unknown) => unknown): unknown {
  let value: unknown = 'end';
  for (let level = 0; level < levels; level++) value = wrap(value);
  return value;
}

const small: PlainLimits = { depth_levels: 4, keys_count: 10, size_bytes: 1_000 };

describe('what passes', () => {
  const shared = { n: 1 };
  const cases: readonly (readonly [string, unknown])[] = [
    ['null', null],
    ['undefined', undefined],
    ['text', 'text'],
    ['a nested value', { a: 1, b: 'x', c: [1, 2, { d: [] }], e: null, f: undefined }],
    ['a date', new Date(0)],
    [
      'a map',
      new Map<unknown, unknown>([
        ['a', { b: 1 }],
        [{ key: 1 }, [2]],
      ]),
    ],
    ['a set', new Set<unknown>([1, 'a', { b: 1 }])],
    ['a pattern', /a+\/b/giu],
    ['an address', new URL('https://user@example.org/a?b=c#d')],
    ['typed arrays', [new Uint8Array([1, 2]), new Float64Array([0.5, -0]), new BigInt64Array([-1n])]],
    ['a data view', new DataView(new Uint8Array([1, 2, 3]).buffer, 1)],
    ['memory', new Uint8Array([1, 2, 3]).buffer],
    ['a buffer', Buffer.from('text')],
    ['an object without a prototype', Object.assign(Object.create(null) as object, { a: 1 })],
    ['a match, which is a list with names', /(?<first>.)b/.exec('ab')],
    ['a shared part', { left: shared, right: shared }],
  ];

  test.each(cases)('%s is copied', (_name, value) => {
    const copy = toPlain(value, 'output');
    expect(copy).toEqual(value);
    if (typeof value === 'object' && value !== null) expect(copy).not.toBe(value);
  });

  it('shares nothing with the original', () => {
    const bytes = new Uint8Array([1]);
    const value = { list: [{ n: 1 }], map: new Map([['k', { n: 1 }]]), bytes, when: new Date(0) };
    const copy = toPlain(value, 'output') as typeof value;
    value.list[0] = { n: 2 };
    value.map.get('k')!.n = 2;
    bytes[0] = 2;
    value.when.setTime(5);
    expect(copy).toEqual({
      list: [{ n: 1 }],
      map: new Map([['k', { n: 1 }]]),
      bytes: new Uint8Array([1]),
      when: new Date(0),
    });
  });

  it('copies only the piece of memory that a view shows', () => {
    const copy = toPlain(new Uint8Array(new ArrayBuffer(4_096), 8, 4), 'output') as Uint8Array;
    expect(copy.buffer.byteLength).toBe(4);
    const buffer = toPlain(Buffer.from('abc'), 'output') as Buffer;
    expect([Buffer.isBuffer(buffer), buffer.buffer.byteLength]).toEqual([true, 3]);
  });

  it('keeps a shared part shared, so that a tower of pairs stays small', () => {
    const copy = toPlain(
      nested(60, (inner) => [inner, inner]),
      'output',
    ) as readonly unknown[];
    expect(copy[0]).toBe(copy[1]);
  });

  it('turns holes into undefined', () => {
    const copy = toPlain([1, , 3], 'output') as readonly unknown[]; // oxlint-disable-line no-sparse-arrays
    expect([copy.length, 1 in copy, copy[1]]).toEqual([3, true, undefined]);
  });

  it('leaves properties behind that are not enumerable', () => {
    const value = Object.defineProperty({ a: 1 }, 'hidden', { value: () => 1, enumerable: false });
    expect(toPlain(value, 'output')).toEqual({ a: 1 });
  });

  it('takes plain data of another realm', () => {
    const value: unknown = runInNewContext(
      '({ a: [1, { b: new Date(0) }], m: new Map([[1, 2]]), u: new Uint8Array([7]), r: /x/g })',
    );
    expect(toPlain(value, 'output')).toEqual({
      a: [1, { b: new Date(0) }],
      m: new Map([[1, 2]]),
      u: new Uint8Array([7]),
      r: /x/g,
    });
    expect(refusal(runInNewContext('new (class Foreign {})'))).toEqual({
      path: 'output',
      problem: 'it is an instance of Foreign, not plain data',
    });
  });

  it('makes an Error plain', () => {
    const error = new TypeError('no', { cause: new Error('deeper') });
    const copy = toPlain({ error }, 'output') as { error: object };
    expect(copy.error).toMatchObject({ name: 'TypeError', message: 'no', cause: { name: 'Error', message: 'deeper' } });
    expect(copy.error).not.toBeInstanceOf(Error);
    expect(toPlain(copy, 'output')).toEqual(copy);
  });
});

describe('B02 __proto__ and constructor.prototype', () => {
  afterEach(() => {
    expect(Object.keys(Object.prototype)).toEqual([]);
    expect(({} as Record<string, unknown>)['polluted']).toBeUndefined();
  });

  it('B02 refuses an own __proto__, at the top and nested', () => {
    const problem = "a property of this name would change the object's nature";
    expect(refusal(JSON.parse('{"__proto__":{"polluted":true}}'))).toEqual({ path: 'output.__proto__', problem });
    expect(refusal(JSON.parse('{"a":[{"__proto__":{"polluted":true}}]}'))).toEqual({
      path: 'output.a[0].__proto__',
      problem,
    });
    expect(refusal(Object.assign([], { ['__proto__x']: 1 }, JSON.parse('{"b":{"__proto__":1}}'))).path).toBe(
      'output.b.__proto__',
    );
  });

  it('B02 copies constructor.prototype as ordinary data', () => {
    const text =
      '{"constructor":{"prototype":{"polluted":true}},"prototype":{"polluted":true},"toString":1,"hasOwnProperty":2}';
    const copy = toPlain(JSON.parse(text), 'output') as object;
    expect(JSON.stringify(copy)).toBe(text);
    expect(Object.getPrototypeOf(copy)).toBe(Object.prototype);
    expect(Object.hasOwn(copy, 'constructor')).toBe(true);
  });

  it('B02 does not assign through a setter that someone put on Object.prototype', () => {
    let called = 0;
    const set = (): void => void (called += 1);
    // oxlint-disable-next-line no-extend-native -- what is tested
    Object.defineProperty(Object.prototype, 'trap', { set, configurable: true });
    try {
      const value = JSON.parse('{"trap":5}') as object;
      expect(Object.entries(toPlain(value, 'output') as object)).toEqual([['trap', 5]]);
    } finally {
      Reflect.deleteProperty(Object.prototype, 'trap');
    }
    expect(called).toBe(0);
  });

  it('B02 does not read holes through Array.prototype', () => {
    // oxlint-disable-next-line no-extend-native -- what is tested
    Object.defineProperty(Array.prototype, 1, { value: 'inherited', configurable: true, writable: true });
    try {
      expect((toPlain([1, , 3], 'output') as unknown[])[1]).toBeUndefined(); // oxlint-disable-line no-sparse-arrays
    } finally {
      Reflect.deleteProperty(Array.prototype, 1);
    }
  });
});

describe('B03 cycles', () => {
  it('B03 names both ends', () => {
    const value = { a: { list: [1, {}] } };
    (value.a.list[1] as Record<string, unknown>)['back'] = value.a;
    expect(refusal(value)).toEqual({
      path: 'output.a.list[1].back',
      problem: 'it is the same object as output.a, a cycle',
    });
  });

  it('B03 finds cycles through lists, Maps, Sets and the top', () => {
    const list: unknown[] = [];
    list.push(list);
    const map = new Map<string, unknown>();
    map.set('self', map);
    const set = new Set<unknown>();
    set.add({ set });
    const top: Record<string, unknown> = {};
    top['a'] = { b: top };
    expect(refusal(list)).toEqual({ path: 'output[0]', problem: 'it is the same object as output, a cycle' });
    expect(refusal({ map }).path).toBe('output.map.get("self")');
    expect(refusal(set).path).toBe('output.values()[0].set');
    expect(refusal(top).path).toBe('output.a.b');
  });

  it('B03 finds a cycle beyond the objects that are looked through one by one', () => {
    const value: Record<string, unknown> = { many: Array.from({ length: 50 }, (_, n) => ({ n })) };
    value['back'] = value;
    expect(refusal(value).problem).toBe('it is the same object as output, a cycle');
  });

  it('B03 the causes of an error may run in a circle', () => {
    const error = new Error('a');
    error.cause = new Error('b', { cause: error });
    expect(toPlain(error, 'output')).toMatchObject({ cause: { cause: { message: expect.stringContaining('cycle') } } });
  });
});

describe('B04 odd values', () => {
  it('B04 keeps bigints, NaN, infinities and -0', () => {
    const value = [10n ** 30n, -1n, Number.NaN, Infinity, -Infinity, -0];
    const copy = toPlain(value, 'output');
    expect(copy).toEqual(value);
    expect(Object.is((copy as unknown[])[5], -0)).toBe(true);
  });

  it('B04 refuses an invalid Date', () => {
    expect(refusal({ when: new Date(Number.NaN) })).toEqual({ path: 'output.when', problem: 'it is an invalid Date' });
  });

  it('B04 measures bigints', () => {
    expect(refusal([1n << 8_000n], small).problem).toContain('larger than 1000 bytes');
    expect(refusal([-(1n << 8_000n)], small).problem).toContain('larger than 1000 bytes');
    expect(toPlain([1n << 4_000n, -(1n << 70n)], 'output', small)).toEqual([1n << 4_000n, -(1n << 70n)]);
  });
});

describe('B05 what is no data', () => {
  class Account {
    balance = 1;
  }
  class Tags extends Set {}
  class Stamp extends Date {}
  class Bytes extends Uint8Array {}
  class List extends Array {}
  const revoked = Proxy.revocable([], {});
  revoked.revoke();
  const boom = (): never => {
    throw new Error('a trap was set off');
  };
  const trapped = new Proxy(
    {},
    { get: boom, ownKeys: boom, getPrototypeOf: boom, getOwnPropertyDescriptor: boom, has: boom },
  );

  test.each<readonly [string, unknown, string]>([
    ['a function', () => 1, 'it is a function'],
    ['a class', Account, 'it is a function'],
    ['a symbol', Symbol('s'), 'it is a symbol'],
    ['a symbol for a key', { [Symbol('s')]: 1 }, 'it has a symbol for a key'],
    ['a symbol for a key of a list', Object.assign([], { [Symbol('s')]: 1 }), 'it has a symbol for a key'],
    ['a promise', Promise.resolve(1), 'it is a promise; await it first'],
    ['a proxy', new Proxy({}, {}), 'it is a proxy'],
    ['a proxy with traps', trapped, 'it is a proxy'],
    ['a revoked proxy', revoked.proxy, 'it is a proxy'],
    ['something on a proxy', Object.create(trapped), 'it is an instance of a class, not plain data'],
    ['an instance', new Account(), 'it is an instance of Account, not plain data'],
    ['something that inherits', Object.create({ a: 1 }), 'it is an instance of a class, not plain data'],
    ['a WeakMap', new WeakMap(), 'it is an instance of WeakMap, not plain data'],
    ['a generator', (function* () {})(), 'it is an instance of a class, not plain data'],
    ['a boxed number', Object(1), 'it is an instance of Number, not plain data'],
    ['a kind of Set', new Tags(), 'it is an instance of a class that extends Set'],
    ['a kind of Date', new Stamp(0), 'it is an instance of a class that extends Date'],
    ['a kind of bytes', new Bytes(1), 'it is an instance of a class that extends a typed array'],
    ['a kind of list', new List(), 'it is an instance of List, not plain data'],
    ['a Map with a name', Object.assign(new Map(), { x: 1 }), 'it is a Map with properties of its own'],
    ['a Date with a name', Object.assign(new Date(0), { x: 1 }), 'it is a Date with properties of its own'],
    ['shared memory', new SharedArrayBuffer(8), 'it is shared memory; pass a copy of its bytes'],
    ['a false URL', Object.create(URL.prototype), 'it poses as a URL and is none'],
  ])('B05 refuses %s by its path', (_name, value, problem) => {
    expect(refusal({ items: [0, { 'the thing': value }] })).toEqual({ path: 'output.items[1]["the thing"]', problem });
    expect(refusal(value)).toEqual({ path: 'output', problem });
  });

  it('B05 refuses memory that was given away', () => {
    const bytes = new Uint8Array(8);
    const { buffer } = bytes;
    structuredClone(buffer, { transfer: [buffer] });
    expect(refusal({ buffer })).toMatchObject({
      path: 'output.buffer',
      problem: expect.stringContaining('cannot be read'),
    });
    expect(refusal({ bytes }).path).toBe('output.bytes');
  });

  it('B05 names places in Maps and Sets', () => {
    const at = (value: unknown): string => refusal(value).path;
    expect(
      at(
        new Map<unknown, unknown>([
          ['a', 1],
          ['b c', () => 1],
        ]),
      ),
    ).toBe('output.get("b c")');
    expect(at(new Map<unknown, unknown>([[5, () => 1]]))).toBe('output.get(5)');
    expect(at(new Map<unknown, unknown>([[{}, () => 1]]))).toBe('output.values()[0]');
    expect(
      at(
        new Map<unknown, unknown>([
          ['a', 1],
          [() => 1, 1],
        ]),
      ),
    ).toBe('output.keys()[1]');
    expect(at(new Set([1, () => 1]))).toBe('output.values()[1]');
  });

  it('B05 B16 a hostile key cannot break the message', () => {
    const { path } = refusal({ ['\u001b[2J\n\u202e' + 'x'.repeat(500)]: () => 1 });
    expect(path).toMatch(/^output\["\\u001b\[2J\\n\\u202e.{1,60}\]$/);
  });
});

describe('B06 accessors', () => {
  const accessors: readonly (readonly [string, () => unknown])[] = [
    [
      'throws',
      () => {
        throw new Error('never');
      },
    ],
    ['lies', () => Math.PI],
    [
      'burns time',
      () => {
        for (;;);
      },
    ],
  ];

  test.each(accessors)('B06 a getter that %s is refused and never called', (_name, get) => {
    let calls = 0;
    const counted = (): unknown => {
      calls += 1;
      return get();
    };
    const accessor = { get: counted, enumerable: true, configurable: true };
    const problem = 'it is a getter or setter; pass its value';
    expect(refusal(Object.defineProperty({}, 'a', accessor))).toEqual({ path: 'output.a', problem });
    expect(refusal({ list: Object.defineProperty([1, 2], 1, accessor) })).toEqual({ path: 'output.list[1]', problem });
    expect(refusal(Object.defineProperty([1], 'name', accessor)).path).toBe('output.name');
    expect(calls).toBe(0);
  });

  it('B06 a setter alone is refused, too', () => {
    const accessor = { set: () => undefined, enumerable: true };
    expect(refusal(Object.defineProperty({}, 'a', accessor)).path).toBe('output.a');
    expect(refusal(Object.defineProperty([1], 0, accessor)).path).toBe('output[0]');
  });

  it('B06 built-ins are read past what their instances claim', () => {
    const called: string[] = [];
    const lie = (on: object, ...names: readonly PropertyKey[]): void => {
      for (const name of names) {
        Object.defineProperty(on, name, { get: () => called.push(String(name)), enumerable: false });
      }
    };
    const map = new Map([[1, 2]]);
    const set = new Set([1]);
    const date = new Date(5);
    const pattern = /a/dgimsy;
    const bytes = new Uint8Array([1, 2]);
    const { buffer } = new Uint8Array([3]);
    const view = new DataView(new Uint8Array([4]).buffer);
    const url = new URL('https://example.org/');
    lie(map, 'size', 'forEach', 'entries', 'constructor', Symbol.iterator);
    lie(set, 'size', 'forEach', 'values', 'constructor', Symbol.iterator);
    lie(date, 'getTime', 'valueOf', 'constructor', Symbol.toPrimitive);
    lie(pattern, 'source', 'flags', 'global', 'hasIndices', 'constructor', Symbol.match);
    lie(bytes.buffer, 'constructor');
    lie(bytes, 'length', 'byteLength', 'buffer', 'slice', 'constructor', Symbol.iterator, Symbol.toStringTag);
    lie(buffer, 'byteLength', 'slice', 'constructor');
    lie(view, 'byteLength', 'byteOffset', 'buffer', 'constructor');
    lie(url, 'href', 'toString', 'constructor');
    expect(toPlain([map, set, date, pattern, bytes, buffer, view, url], 'output')).toEqual([
      new Map([[1, 2]]),
      new Set([1]),
      new Date(5),
      /a/dgimsy,
      new Uint8Array([1, 2]),
      new Uint8Array([3]).buffer,
      new DataView(new Uint8Array([4]).buffer),
      new URL('https://example.org/'),
    ]);
    expect(called).toEqual([]);
  });
});

describe('B08 depth', () => {
  const wraps: readonly (readonly [string, (inner: unknown) => unknown])[] = [
    ['objects', (inner) => ({ inner })],
    ['lists', (inner) => [inner]],
    ['Map values', (inner) => new Map([['k', inner]])],
    ['Map keys', (inner) => new Map([[inner, 1]])],
    ['Sets', (inner) => new Set([inner])],
  ];

  test.each(wraps)('B08 %s: 64 levels pass; 65, 8,192 and 100,000 are refused', (_name, wrap) => {
    expect(() => toPlain(nested(64, wrap), 'output')).not.toThrow();
    for (const levels of [65, 8_192, 100_000]) {
      const { path, problem } = refusal(nested(levels, wrap));
      expect(problem).toBe('with it, output is nested deeper than 64 levels');
      expect(path).toContain('…(52 levels)…');
    }
  });

  it('B08 a shared part brings its depth with it', () => {
    const tower = (inner: unknown): unknown => nested(40, (within) => (within === 'end' ? [inner] : [within]));
    let part: unknown = 1;
    const parts: unknown[] = [];
    for (let count = 0; count < 50; count++) {
      part = tower(part);
      parts.push(part);
    }
    expect(refusal(parts).problem).toContain('deeper than 64 levels');
    expect(refusal([parts[0], nested(30, (inner) => (inner === 'end' ? [parts[0]] : [inner]))]).problem).toContain(
      'deeper',
    );
  });

  it('B08 a part that stands beside a deep one is no deeper for it', () => {
    const deep = nested(60, (inner) => [inner]);
    const flat = { n: 1 };
    expect(() =>
      toPlain([deep, flat, nested(60, (inner) => (inner === 'end' ? [flat] : [inner]))], 'output'),
    ).not.toThrow();
  });

  it('B08 a stack that is all but full, or a limit beyond it, is a refusal and no RangeError', () => {
    const deep = nested(200_000, (inner) => [inner]);
    expect(refusal(deep, { ...limits.message, depth_levels: Infinity, size_bytes: Infinity }).problem).toContain(
      'cannot be read',
    );
  });

  it('B08 a long chain of causes is cut', () => {
    const chain = nested(10_000, (cause) => new Error('one', { cause })) as Error;
    expect(() => toPlain(chain, 'output')).not.toThrow();
    expect(refusal(nested(60, (inner) => (inner === 'end' ? [chain] : [inner]))).problem).toContain('deeper than 64');
  });
});

describe('B09 size', () => {
  const most = limits.message.size_bytes;

  it('B09 10 MiB of text or bytes pass, a byte more is refused', () => {
    expect(() => toPlain('x'.repeat(most), 'output')).not.toThrow();
    expect(() => toPlain(new Uint8Array(most), 'output')).not.toThrow();
    const problem = `with it, output is larger than ${most} bytes`;
    expect(refusal('x'.repeat(most + 1))).toEqual({ path: 'output', problem });
    expect(refusal(new Uint8Array(most + 1))).toEqual({ path: 'output', problem });
    expect(refusal(Buffer.alloc(most + 1)).problem).toBe(problem);
    expect(refusal(new ArrayBuffer(most + 1)).problem).toBe(problem);
  });

  it('B09 counts text in UTF-8 and sums it up', () => {
    expect(refusal('€'.repeat(most / 3 + 1)).problem).toContain('larger');
    expect(refusal(Array.from({ length: 11 }, () => 'x'.repeat(1_048_576))).path).toBe('output[9]');
    expect(refusal({ ['k'.repeat(most + 1)]: 1 }).problem).toContain('larger');
    expect(refusal(new Error('e'.repeat(2_000)), small).problem).toContain('larger');
  });

  it('B09 100,000 keys pass; one more, and a million, are refused', () => {
    const keys = (count: number): object => {
      const value: Record<string, number> = {};
      for (let n = 0; n < count; n++) value[`k${n}`] = n;
      return value;
    };
    expect(Object.keys(toPlain(keys(100_000), 'output') as object)).toHaveLength(100_000);
    expect(refusal(keys(100_001)).problem).toBe('with it, output has more than 100000 keys');
    expect(refusal(keys(1_000_000)).problem).toContain('keys');
    expect(refusal(Array.from({ length: 1_001 }, () => keys(100))).problem).toContain('keys');
    expect(refusal(new Set(Array.from({ length: 100_001 }, (_, n) => n))).problem).toContain('keys');
    expect(refusal(new Map(Array.from({ length: 100_001 }, (_, n) => [n, n]))).problem).toContain('keys');
    expect(refusal(Object.assign([], keys(100_001))).problem).toContain('keys');
  });

  it('B09 a long list without members is refused at once', () => {
    const started = performance.now();
    const list: unknown[] = [];
    list.length = 4_294_967_295;
    expect(refusal({ list }).problem).toContain('larger');
    expect(performance.now() - started).toBeLessThan(100);
  });
});

describe('B12 then and toJSON', () => {
  it('B12 a then is not called and not awaited', async () => {
    let called = 0;
    const call = (): void => void (called += 1);
    const withThen = (property: PropertyDescriptor): object =>
      Object.defineProperty({}, 'then', { ...property, enumerable: true }); // oxlint-disable-line unicorn/no-thenable
    expect(refusal({ value: withThen({ value: call }) })).toEqual({
      path: 'output.value.then',
      problem: 'it is a function',
    });
    expect(refusal(withThen({ get: call })).path).toBe('output.then');
    const data = withThen({ value: 5 });
    await expect(Promise.resolve(toPlain(data, 'output'))).resolves.toEqual(data);
    expect(called).toBe(0);
  });

  it('B12 a lying toJSON does no harm', () => {
    let called = 0;
    const toJSON = (): string => {
      called += 1;
      return 'a lie';
    };
    expect(refusal({ a: { toJSON } })).toEqual({ path: 'output.a.toJSON', problem: 'it is a function' });
    const hidden = Object.defineProperty({ a: 1 }, 'toJSON', { value: toJSON, enumerable: false });
    expect(toPlain(hidden, 'output')).toEqual({ a: 1 });
    const error = Object.assign(new Error('honest'), { toJSON });
    expect(toPlain(error, 'output')).toMatchObject({ message: 'honest' });
    expect(toPlain({ toJSON: 'data' }, 'output')).toEqual({ toJSON: 'data' });
    expect(called).toBe(0);
  });
});

describe('any value', () => {
  const anything = fc.anything({
    withBigInt: true,
    withBoxedValues: true,
    withDate: true,
    withMap: true,
    withNullPrototype: true,
    withObjectString: true,
    withSet: true,
    withSparseArray: true,
    withTypedArray: true,
    withUnicodeString: true,
    maxDepth: 4,
  });

  it('is copied faithfully or refused, and is never changed', () => {
    let passed = 0;
    fc.assert(
      fc.property(anything, (value) => {
        const before = fc.stringify(value);
        try {
          const copy = toPlain(value, 'output');
          passed += 1;
          expect(copy).toEqual(value);
          expect(toPlain(copy, 'output')).toEqual(copy);
        } catch (error) {
          if (!(error instanceof UnserializableError)) throw error;
        }
        expect(fc.stringify(value)).toBe(before);
      }),
      { numRuns: 2_000 },
    );
    expect(passed).toBeGreaterThan(500);
  });

  it('is copied when it came from JSON, unless it has a __proto__', () => {
    fc.assert(
      fc.property(fc.json({ maxDepth: 6 }), (text) => {
        if (text.includes('"__proto__"')) return;
        const value: unknown = JSON.parse(text);
        expect(JSON.stringify(toPlain(value, 'input'))).toBe(JSON.stringify(value));
      }),
      { numRuns: 500 },
    );
  });
});
