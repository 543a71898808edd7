// Whatever a user hands in (null, lists, proxies, getters that throw, random garbage), the answer is a TopologyError
// or a topology, never a TypeError and never a half-read option.

import * as fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import { TopologyError } from '../../src/base/errors.ts';
import {
  type Loose,
  idle,
  looseAgent,
  looseDirector,
  looseOrchestrator,
  looseTopology,
  problemsOf,
  small,
} from './declared.ts';

describe('hostile options', () => {
  const trap = (): never => {
    throw new Error('boom');
  };
  const hostile: readonly (readonly [string, unknown])[] = [
    ['null', null],
    ['undefined', undefined],
    ['a number', 5],
    ['a list', []],
    ['a function', trap],
    ['a map', new Map()],
    ['a revoked proxy', revoked()],
    [
      'a proxy that throws',
      new Proxy({}, { ownKeys: trap, get: trap, getPrototypeOf: trap, getOwnPropertyDescriptor: trap }),
    ],
    ['a getter that throws', Object.defineProperty({}, 'name', { enumerable: true, get: trap })],
    ['a getter that throws null', Object.defineProperty({}, 'run', { enumerable: true, get: () => throwNull() })],
    ['a polluting key', JSON.parse('{"__proto__":{"run":1}}') as unknown],
  ];
  test.each(hostile)('%s', (_name, value) => {
    const places: readonly (() => unknown)[] = [
      () => looseTopology(value),
      () => looseTopology({ name: 't', orchestrators: value }),
      () => looseTopology({ name: 't', orchestrators: { main: value } }),
      () => looseTopology({ name: 't', orchestrators: { main: looseOrchestrator(value) } }),
      () => small({ a: value }),
      () => small({ a: looseAgent(value) }),
      () => small({ a: idle({ machine: value, run: undefined }) }),
    ];
    for (const place of places) expect(place).toThrow(TopologyError);
  });

  test('a property is read once', () => {
    let reads = 0;
    const options = Object.defineProperty({ run: () => 1 }, 'timeout', {
      enumerable: true,
      get: () => (reads++ === 0 ? '5s' : 'never'),
    });
    expect(small({ a: looseAgent(options) }).orchestrators[0]?.directors[0]?.agents[0]?.timeoutMs).toBe(5_000);
    expect(reads).toBe(1);
  });

  test('control characters of a key do not reach a terminal', () => {
    const error = problemsOf(() => small({ a: idle({ '\u001B[2J\n\u009B': 1 }) }))[0];
    expect(error?.path).toBe(String.raw`orchestrators.main.directors.code.agents.a["\x1b[2J\n\x9b"]`);
  });

  test('random garbage is refused by a TopologyError or accepted, never anything else', () => {
    const keys = [
      'name',
      'orchestrators',
      'directors',
      'agents',
      'run',
      'plan',
      'accepts',
      'restart',
      'within',
      'timeout',
      'machine',
      'input',
      'delegatesTo',
      'resources',
      'limits',
      'instances',
    ];
    const value = fc.letrec<{ value: unknown; record: unknown }>((tie) => ({
      value: fc.oneof(
        { maxDepth: 4 },
        fc.anything({ withBigInt: true, withDate: true, withMap: true, withNullPrototype: true }),
        fc.func(fc.integer()),
        tie('record'),
      ),
      record: fc
        .tuple(
          fc.constantFrom('plain', 'agent', 'director', 'orchestrator'),
          fc.dictionary(fc.oneof(fc.constantFrom(...keys), fc.string()), tie('value'), { maxKeys: 6 }),
        )
        .map(([kind, options]) => wrap(kind, options)),
    })).record;
    fc.assert(
      fc.property(value, fc.anything(), (record, anything) => {
        for (const place of [
          () => looseTopology(record),
          () => small({ a: record }),
          () => small({ a: idle({ timeout: anything, accepts: anything }) }),
          () => looseTopology({ name: anything, orchestrators: { main: record } }),
        ]) {
          try {
            place();
          } catch (thrown) {
            if (!(thrown instanceof TopologyError)) throw thrown;
          }
        }
      }),
      { numRuns: 600 },
    );
  });
});

function wrap(kind: string, options: Loose): unknown {
  if (kind === 'agent') return looseAgent(options);
  if (kind === 'director') return looseDirector(options);
  return kind === 'orchestrator' ? looseOrchestrator(options) : options;
}

function revoked(): object {
  const { proxy, revoke } = Proxy.revocable({}, {});
  revoke();
  return proxy;
}

function throwNull(): never {
  throw null;
}
