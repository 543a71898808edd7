// Whatever is thrown becomes plain, bounded data, and making it so never throws (B13).

import * as fc from 'fast-check';
import { describe, expect, it, test } from 'vitest';
import { AskTimeoutError, describeError } from '../../src/base/errors.ts';
import { toErrorData, toPlain } from '../../src/base/plain.ts';

const boom = (): never => {
  throw new Error('boom');
};

// The stack first: as long as it is the engine's own, reading it may read name and message.
const keys = ['stack', 'name', 'message', 'code', 'retryable', 'cause'];

function withGetters(get: () => unknown): Error {
  const error = new Error('real');
  for (const key of keys) Object.defineProperty(error, key, { get });
  return error;
}

describe('B13 thrown values', () => {
  test.each<readonly [string, unknown, string]>([
    ['null', null, 'null'],
    ['undefined', undefined, 'undefined'],
    ['a string', 'out of paper', 'out of paper'],
    ['a number', 5, '5'],
    ['a bigint', 5n, '5n'],
    ['a huge bigint', 1n << 100_000n, 'a bigint of more than 64 bits'],
    ['a symbol', Symbol('s'), 'a symbol'],
    ['a function', boom, 'a function'],
    [
      'a proxy',
      new Proxy(new Error('x'), { get: boom, getPrototypeOf: boom, has: boom }),
      'a proxy, which is not looked into',
    ],
    ['a list', [1, 2], 'a list of 2, which is no error'],
    ['an object', { status: 500, body: 'x' }, 'an object with status, body, which is no error'],
    ['a large object', { a: 1, b: 1, c: 1, d: 1, e: 1, f: 1 }, 'an object with a, b, c, d, e, …, which is no error'],
    ['an empty object', {}, 'an object that is no error'],
  ])('B13 %s says what it is', (_name, thrown, message) => {
    expect(toErrorData(thrown)).toEqual({ name: 'ThrownValue', message });
  });

  it('B13 an Error keeps its fields', () => {
    const error = Object.assign(new RangeError('too far', { cause: 'the map' }), { code: 'E_FAR', retryable: true });
    expect(toErrorData(error)).toEqual({
      name: 'RangeError',
      message: 'too far',
      stack: error.stack,
      code: 'E_FAR',
      retryable: true,
      cause: { name: 'ThrownValue', message: 'the map' },
    });
  });

  it("B13 the runtime's own errors and DOM exceptions keep theirs, which are getters", () => {
    expect(toErrorData(new AskTimeoutError('main', 'ping', 5))).toMatchObject({
      name: 'AskTimeoutError',
      code: 'ASK_TIMEOUT',
      retryable: true,
    });
    const { reason } = AbortSignal.abort() as { reason: unknown };
    expect(toErrorData(reason)).toMatchObject({ name: 'AbortError', code: 20 });
  });

  it('B13 getters that throw, lie or hand out hostile values', () => {
    const lies: readonly (() => unknown)[] = [
      boom,
      () => null,
      () => Symbol('s'),
      () => ({ toString: boom }),
      () => boom,
    ];
    for (const lie of lies) {
      const data = toErrorData(withGetters(lie));
      expect(data).toMatchObject({ name: 'Error', message: 'the error has no message that can be read' });
      expect(Object.keys(data).every((key) => ['name', 'message', 'cause'].includes(key))).toBe(true);
      expect(toPlain(data, 'error')).toEqual(data);
      expect(typeof describeError(withGetters(lie))).toBe('string');
    }
  });

  it('B13 a cause that is new each time comes to an end', () => {
    const endless = (): Error => Object.defineProperty(new Error('again'), 'cause', { get: endless });
    let levels = 0;
    for (let data = toErrorData(endless()).cause; data !== undefined; data = data.cause) levels += 1;
    expect(levels).toBe(9);
  });

  it('B06 reads every property once', () => {
    const reads: string[] = [];
    const error = new Error('real');
    for (const key of keys) Object.defineProperty(error, key, { get: () => void reads.push(key) });
    toErrorData(error);
    expect(reads.toSorted()).toEqual(keys.toSorted());
  });

  it('B13 everything has its length, and no character is cut in half', () => {
    const error = Object.assign(new Error('😀'.repeat(5_000)), { name: 'n'.repeat(5_000), code: 'c'.repeat(5_000) });
    error.stack = 's'.repeat(100_000);
    const data = toErrorData(error);
    expect(data.message.length).toBeLessThanOrEqual(2_000);
    expect(data.message).not.toMatch(/\p{Cs}/u);
    expect(data.message.endsWith('😀…')).toBe(true);
    expect([data.name.length, data.stack?.length, data.code]).toEqual([200, 8_000, `${'c'.repeat(199)}…`]);
  });

  it('B13 describeError copes with an empty message and a hostile name', () => {
    const error = Object.assign(new Error(''), { name: { toString: boom } });
    expect(describeError(error)).toBe('an error that cannot be read');
    expect(describeError(new TypeError(''))).toBe('TypeError');
    expect(describeError(null)).toBe('thrown: null');
  });

  it('B13 any value: no throw, plain, and unchanged when made plain again', () => {
    fc.assert(
      fc.property(fc.anything({ withNullPrototype: true, withBigInt: true }), fc.anything(), (thrown, cause) => {
        for (const value of [
          thrown,
          new Error('e', { cause: thrown }),
          Object.assign(new Error('f'), { cause, code: thrown }),
        ]) {
          const data = toErrorData(value);
          expect(toErrorData(data)).toEqual(data);
          expect(toPlain(data, 'error')).toEqual(data);
        }
      }),
    );
  });
});
