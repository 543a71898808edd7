// What counts as a message (B01), and freezing in development mode (M14).

import { describe, expect, it, test } from 'vitest';
import { InvalidInputError } from '../../src/base/errors.ts';
import { checkEvent, deepFreeze, isEvent } from '../../src/base/plain.ts';

const thrower = Object.defineProperty({}, 'type', {
  get: () => {
    throw new Error('never seen');
  },
});
const revoked = Proxy.revocable({}, {});
revoked.revoke();
const trapped = new Proxy(
  {},
  {
    get: () => {
      throw new Error('trap');
    },
    has: () => {
      throw new Error('trap');
    },
  },
);

describe('B01 what is no event', () => {
  test.each<readonly [string, unknown, string]>([
    ['null', null, "it is null; send an object with a string 'type'."],
    ['undefined', undefined, 'it is undefined;'],
    ['a number', 5, 'it is 5;'],
    ['a string', 'tick\u001b[2J', 'it is "tick\\u001b[2J";'],
    ['a boolean', true, 'it is true;'],
    ['a bigint', 5n, 'it is 5n;'],
    ['a function', () => 1, 'it is a function;'],
    ['a symbol', Symbol('s'), 'it is a symbol;'],
    ['a missing type', {}, "type: it is missing; give the object a string 'type'."],
    ['a list', [1, 2], 'type: it is missing;'],
    ['a type that is a number', { type: 5 }, 'type: it is 5;'],
    ['a type that is null', { type: null }, 'type: it is null;'],
    ['a type that is an object', { type: new String('x') }, 'type: it is an object;'],
    ['a type that is a revoked proxy', { type: revoked.proxy }, 'type: it is a proxy;'],
    ['a type that throws', thrower, 'type: it is not readable;'],
    ['a revoked proxy', revoked.proxy, 'type: it is not readable;'],
    ['a proxy whose traps throw', trapped, 'type: it is not readable;'],
  ])('B01 %s is refused with what was received', (_name, value, words) => {
    expect(isEvent(value)).toBe(false);
    expect(() => checkEvent(value, "the message to 'main'")).toThrow(InvalidInputError);
    expect(() => checkEvent(value, "the message to 'main'")).toThrow(`the message to 'main' is refused: ${words}`);
  });

  it('B01 an object with a string type is an event', () => {
    for (const event of [{ type: 'tick' }, { type: '' }, Object.create({ type: 'inherited' }) as object]) {
      expect(isEvent(event)).toBe(true);
      expect(() => checkEvent(event, 'it')).not.toThrow();
    }
  });

  it('B06 checkEvent reads the type once', () => {
    let reads = 0;
    const value = Object.defineProperty({}, 'type', { get: () => (++reads === 1 ? 'tick' : 5) });
    checkEvent(value, 'it');
    expect(reads).toBe(1);
  });
});

describe('M14 deepFreeze', () => {
  it('M14 a change after the send throws', () => {
    const event = deepFreeze({
      type: 't',
      list: [{ n: 1 }],
      map: new Map([['k', { n: 1 }]]),
      set: new Set([{ n: 1 }]),
    });
    const changes = [
      () => {
        event.type = 'u';
      },
      () => event.list.push({ n: 2 }),
      () => {
        event.list[0]!.n = 2;
      },
      () => {
        event.map.get('k')!.n = 2;
      },
      () => {
        [...event.set][0]!.n = 2;
      },
    ];
    for (const change of changes) expect(change).toThrow(TypeError);
  });

  it('M14 leaves alone what is not plain', () => {
    class Counter {
      n = 1;
      list = [1];
    }
    const get = (): never => {
      throw new Error('never called');
    };
    const counter = new Counter();
    const event = { type: 't', counter, bytes: new Uint8Array(4), proxy: trapped, error: new Error('e') };
    deepFreeze(Object.defineProperty(event, 'lazy', { get, enumerable: true }));
    counter.n = 2;
    counter.list.push(2);
    event.bytes[0] = 1;
    expect([counter.list, event.bytes[0], Object.isFrozen(event.error)]).toEqual([[1, 2], 1, false]);
  });

  it('M14 frozen outsides do not hide what is inside; cycles, depth and size do no harm', () => {
    const inner = { n: 1 };
    deepFreeze(Object.freeze({ inner }));
    expect(Object.isFrozen(inner)).toBe(true);
    const cycle: Record<string, unknown> = {};
    cycle['self'] = cycle;
    expect(deepFreeze(cycle)).toBe(cycle);
    let deep: unknown = 'end';
    for (let level = 0; level < 100_000; level++) deep = [deep];
    expect(deepFreeze(deep)).toBe(deep);
    deepFreeze(Array.from({ length: 1_000_000 }, () => ({})));
    for (const value of [null, undefined, 5, 'x', trapped, revoked.proxy]) expect(deepFreeze(value)).toBe(value);
  });

  it('M14 a module passes unchanged', async () => {
    const module = await import('../../src/base/reason.ts');
    expect(deepFreeze(module)).toBe(module);
  });
});
