// What is kept of a machine without asking XState is what XState would have kept, name for name; and whatever is less
// plain than a state and its data is left to XState. The first tests fail with an XState that keeps other fields.

import { isDeepStrictEqual } from 'node:util';
import * as fc from 'fast-check';
import { afterEach, describe, expect, test, vi } from 'vitest';
import {
  type AnyActorLogic,
  type AnyMachineSnapshot,
  type AnyStateMachine,
  assign,
  createActor,
  createMachine,
  fromCallback,
  fromPromise,
  fromTransition,
  setup,
  type Snapshot,
  StateMachine,
} from 'xstate';
import { persistedMachine } from '../../src/kernel/recovery/persisted-machine.ts';
import { HostedLogic, type StepHost } from '../../src/kernel/step.ts';
import { packValue } from '../../src/store/codec/codec.ts';

const hosted = (logic: AnyActorLogic): HostedLogic => new HostedLogic(logic, {} as StepHost);

/** What is kept of a state without XState; undefined when it takes XState. */
const ours = (logic: AnyActorLogic, snapshot: Snapshot<unknown>): object | undefined =>
  persistedMachine(hosted(logic), snapshot);

/** The states that a machine goes through: its first, one after each event, and the one in which it is stopped. */
function* statesOf(machine: AnyStateMachine, events: readonly string[]): Generator<AnyMachineSnapshot> {
  const actor = createActor(machine);
  actor.subscribe({ error: () => {} });
  actor.start();
  yield actor.getSnapshot();
  for (const type of events) {
    if (actor.getSnapshot().status === 'active') actor.send({ type });
    yield actor.getSnapshot();
  }
  actor.stop();
  yield actor.getSnapshot();
}

function failing(): never {
  throw new Error('it broke');
}

const nested = createMachine({
  initial: 'x',
  states: { x: { initial: 'in', states: { in: {} }, on: { a: 'y' } }, y: { on: { b: 'x' } } },
});

const plain: Readonly<Record<string, AnyStateMachine>> = {
  'without states or context': createMachine({ on: { a: {} } }),
  'with a context': createMachine({
    context: { n: 1, list: [1, { deep: [[]] }], none: undefined, nil: null, call: failing },
    on: { a: { actions: assign({ n: ({ context }) => (context as { readonly n: number }).n + 1 }) } },
  }),
  'with states in states': nested,
  'with regions and tags': createMachine({
    type: 'parallel',
    states: {
      x: { initial: 'p', states: { p: { on: { a: 'q' } }, q: {} } },
      y: { tags: ['t'], initial: 'r', states: { r: { on: { b: 's' } }, s: { tags: ['u'], meta: { m: 1 } } } },
    },
  }),
  'that ends with an output': createMachine({
    initial: 'x',
    states: { x: { on: { a: 'y' } }, y: { type: 'final' } },
    output: { of: 'it' },
  }),
  'that breaks': createMachine({ context: { n: 1 }, on: { a: { actions: failing } } }),
  'that waits': createMachine({ initial: 'x', states: { x: { after: { 1_000: 'y' } }, y: {} } }),
};

describe('what XState keeps of a machine without children and history', () => {
  test.each(Object.entries(plain))('%s', (_, machine) => {
    for (const snapshot of statesOf(machine, ['b', 'a', 'b', 'a'])) {
      const theirs = machine.getPersistedSnapshot(snapshot);
      const kept = ours(machine, snapshot);
      expect(kept).toStrictEqual(theirs);
      expect(Object.keys(kept ?? {})).toEqual(Object.keys(theirs));
    }
  });

  test('is restored as what XState has kept itself', () => {
    for (const snapshot of statesOf(nested, ['a', 'b'])) {
      const [restored, known] = [ours(nested, snapshot), nested.getPersistedSnapshot(snapshot)].map((kept) => {
        const actor = createActor(nested, { snapshot: kept as Snapshot<unknown> }).start();
        const first = actor.getSnapshot().value;
        actor.send({ type: 'a' });
        return [first, actor.getPersistedSnapshot()];
      });
      expect(restored).toStrictEqual(known);
    }
  });
});

const idle = fromCallback(() => {});
const holding = (context: (child: object) => object): AnyStateMachine =>
  setup({ actors: { idle } }).createMachine({ context: ({ spawn }) => context(spawn('idle')) });

class OwnMachine extends (StateMachine as new (config: object) => AnyStateMachine) {
  constructor(config: object) {
    super(config);
    this.getPersistedSnapshot = () => ({ status: 'active', own: true }) as never;
  }
}

class Own {
  readonly data = 1;
}

const holed: unknown[] = [];
holed[1] = 1;

const around = {
  config: nested.config,
  transition: (...step: Parameters<AnyStateMachine['transition']>) => nested.transition(...step),
  getInitialSnapshot: (...begin: Parameters<AnyStateMachine['getInitialSnapshot']>) =>
    nested.getInitialSnapshot(...begin),
  getPersistedSnapshot: () => ({ status: 'active', own: true }),
};

describe('what is left to XState', () => {
  const logics: Readonly<Record<string, AnyActorLogic>> = {
    'a machine that has invoked something': createMachine({ invoke: { src: fromPromise(() => Promise.resolve()) } }),
    'a machine that has spawned something': holding(() => ({})),
    'a machine that remembers states': createMachine({
      initial: 'x',
      states: { x: { initial: 'p', states: { p: {}, h: { type: 'history' } }, on: { a: 'y' } }, y: {} },
    }),
    'a machine of a class of its own': new OwnMachine({ id: 'own' }),
    'a machine that could not begin': Object.assign(createMachine({}), { getInitialSnapshot: failing }),
    'a logic that has a machine in it': around as never,
    'a logic that has a machine in it and starts something': { ...around, start: () => {} } as never,
    'a transition': fromTransition((state: unknown) => state, {}),
    'a callback': idle,
  };
  test.each(Object.entries(logics))('%s', (_, logic) => {
    const actor = createActor(logic);
    actor.subscribe({ error: () => {} });
    actor.start();
    if ((actor.getSnapshot() as Snapshot<unknown>).status === 'active') actor.send({ type: 'a' });
    expect(ours(logic, actor.getSnapshot() as Snapshot<unknown>)).toBeUndefined();
  });

  test.each([
    ['a map', { in: new Map([['it', 1]]) }],
    ['a date', [{ at: new Date(0) }]],
    ['an object of a class', new Own()],
    ['a hole', { in: holed }],
    ['a list with names', { in: Object.assign([1], { name: 1 }) }],
    ['what may be an actor to XState', { in: { sessionId: 1 } }],
  ])('a context with %s', (_, context) => {
    const machine = createMachine({ context: { context } });
    expect(ours(machine, createActor(machine).getSnapshot())).toBeUndefined();
  });

  describe('everything, when it keeps other fields', () => {
    afterEach(() => {
      vi.restoreAllMocks();
      vi.resetModules();
    });

    const keep = Reflect.get(StateMachine.prototype, 'getPersistedSnapshot') as (...args: unknown[]) => object;
    test.each([
      ['more', (snapshot: object) => ({ ...snapshot, more: 1 })],
      ['fewer', ({ status }: { readonly status?: string }) => ({ status })],
      ['in another order', (snapshot: object) => Object.fromEntries(Object.entries(snapshot).toReversed())],
      ['another way', (snapshot: object) => ({ ...snapshot, historyValue: [] })],
    ])('%s', async (_, change) => {
      vi.spyOn(StateMachine.prototype, 'getPersistedSnapshot').mockImplementation((snapshot, options) => {
        return change(keep(snapshot, options)) as never;
      });
      vi.resetModules();
      const { persistedMachine: fresh } = await import('../../src/kernel/recovery/persisted-machine.ts');
      expect(fresh(hosted(nested), createActor(nested).getSnapshot())).toBeUndefined();
    });
  });
});

test('a context that holds itself is refused by its path when it is packed', () => {
  const context: Record<string, unknown> = { n: 1 };
  context['self'] = [context];
  const machine = createMachine({ context });
  const kept = ours(machine, createActor(machine).getSnapshot());
  expect(() => packValue(kept, 'actor/m')).toThrow(
    expect.objectContaining({ code: 'UNSERIALIZABLE', message: expect.stringContaining('actor/m.context.self[0]') }),
  );
});

describe('whatever is in the context', () => {
  const actor = createActor(idle);
  const leaf = fc.oneof(fc.string(), fc.double(), fc.boolean(), fc.constantFrom(null, undefined));
  const live = fc.constantFrom<unknown>(actor, new Date(0), new Map([[1, actor]]), { sessionId: 1, send: 1, ref: 1 });
  const anyName = fc.oneof(fc.string(), fc.constantFrom('sessionId', 'send', 'ref', '__proto__', '0'));
  const contextOf = (
    leaves: fc.Arbitrary<unknown>,
    names: fc.Arbitrary<string>,
    noNullPrototype: boolean,
  ): fc.Arbitrary<object> => {
    const { node } = fc.letrec<{ node: unknown }>((tie) => ({
      node: fc.oneof(
        { maxDepth: 5 },
        leaves,
        fc.array(tie('node')),
        fc.dictionary(names, tie('node'), { noNullPrototype }),
      ),
    }));
    return fc.dictionary(names, node, { minKeys: 1, noNullPrototype });
  };
  const base: object = createActor(nested).getSnapshot();
  const withContext = (context: object): Snapshot<unknown> => ({ ...base, context }) as unknown as Snapshot<unknown>;

  test('XState keeps it, or it is kept as XState does', () => {
    let left = 0;
    const context = contextOf(fc.oneof({ arbitrary: leaf, weight: 20 }, live), anyName, false);
    fc.assert(
      fc.property(context, (held) => {
        const snapshot = withContext(held) as AnyMachineSnapshot;
        const kept = ours(nested, snapshot);
        if (kept === undefined) left += 1;
        else expect(isDeepStrictEqual(kept, (nested as AnyStateMachine).getPersistedSnapshot(snapshot))).toBe(true);
      }),
      { numRuns: 500 },
    );
    expect(left).toBeGreaterThan(10);
  });

  test('data alone takes no XState', () => {
    const name = fc.string().filter((each) => each !== '__proto__');
    fc.assert(
      fc.property(contextOf(leaf, name, true), (held) => {
        expect(ours(nested, withContext(held))).toBeDefined();
      }),
    );
  });
});
