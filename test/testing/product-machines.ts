// Small machines made by chance, for holding the reduction of a product's search to the whole expansion. They tell each
// other, delegate, answer, publish, stash, schedule, watch, stop and wait for timers, three of them at a time.

import fc from 'fast-check';
import { createMachine, emit, type AnyStateMachine, type EventObject } from 'xstate';
import { effect } from '../../src/index.ts';
import type { AnyEnvironmentStep } from '../../src/testing/product/plan.ts';

const names = ['a', 'b', 'c'] as const;
const events = ['x', 'y'] as const;
const topics = ['news'] as const;

const name = fc.constantFrom(...names);
const event = fc.constantFrom(...events).map((type) => ({ type }));
const taskId = fc.constantFrom('t1', 't2');

/** `d` is an agent. */
const anEffect: fc.Arbitrary<EventObject> = fc.oneof(
  { weight: 4, arbitrary: fc.tuple(name, event).map(([to, each]) => effect.tell(to, each)) },
  event.map((each) => effect.reply(each)),
  {
    weight: 3,
    arbitrary: fc
      .tuple(fc.constantFrom(...names, 'd'), taskId, fc.boolean())
      .map(([to, id, hasTime]) => effect.delegate(to, { id, type: 'job', input: 1 }, hasTime ? { timeoutMs: 5 } : {})),
  },
  taskId.map((id) => effect.complete(id, 'fine')),
  taskId.map((id) => effect.fail(id, new Error('not fine'))),
  taskId.map((id) => effect.cancelDelegation(id, 'enough')),
  fc.tuple(fc.constantFrom(...topics), event).map(([topic, each]) => effect.publish(topic, each)),
  fc.constantFrom(...topics).map((topic) => effect.subscribe(topic)),
  fc.constantFrom(...topics).map((topic) => effect.unsubscribe(topic)),
  fc.constant(effect.stash()),
  fc.constant(effect.unstash()),
  fc.constant(effect.schedule('later', { type: 'y' }, 10)),
  name.map((to) => effect.watch(to)),
  fc.constant(effect.stopSelf()),
);

const handled = [
  'x',
  'y',
  'task.assigned',
  'task.cancelled',
  'delegation.done',
  'delegation.failed',
  'actor.terminated',
];

const branch = fc.record({
  target: fc.constantFrom(undefined, 's0', 's1'),
  effects: fc.array(anEffect, { maxLength: 2 }),
});

const aState = fc.record({
  on: fc.dictionary(fc.constantFrom(...handled), branch, { maxKeys: 4 }),
  entry: fc.array(anEffect, { maxLength: 1 }),
  after: fc.option(branch, { freq: 4 }),
});

type Branch = { readonly target: string | undefined; readonly effects: readonly EventObject[] };

const transition = ({ target, effects }: Branch) => ({
  ...(target === undefined ? {} : { target, reenter: true }),
  actions: effects.map((each) => emit(each)),
});

type State = typeof aState extends fc.Arbitrary<infer Each> ? Each : never;

/** A machine of some states. */
export function machineOf(states: readonly State[]): AnyStateMachine {
  const entries = states.map(({ on, entry, after }, index) => [
    `s${index}`,
    {
      entry: entry.map((each) => emit(each)),
      on: Object.fromEntries(Object.entries(on).map(([type, to]) => [type, transition(to)])),
      ...(after === null ? {} : { after: { 100: transition(after) } }),
    },
  ]);
  return createMachine({ initial: 's0', states: Object.fromEntries(entries) as Record<string, object> });
}

const step: fc.Arbitrary<AnyEnvironmentStep> = fc.oneof(
  { weight: 3, arbitrary: fc.tuple(name, event).map(([to, each]) => ({ to, event: each })) },
  fc.tuple(name, fc.boolean()).map(([to, canTimeOut]) => ({ to, task: { id: `from-${to}`, type: 'job' }, canTimeOut })),
  name.map((to) => ({ cancels: `from-${to}` })),
);

const machine = fc.tuple(aState, aState);

/** Three machines of two states as data, and what comes from outside. */
export const products = fc.record({
  states: fc.record({ a: machine, b: machine, c: machine }),
  environment: fc.uniqueArray(step, { minLength: 1, maxLength: 2, selector: (each) => JSON.stringify(each) }),
  crashes: fc.constantFrom(0, 0, 1),
  overloads: fc.constantFrom(0, 0, 1),
  recover: fc.constantFrom('initial' as const, 'last' as const),
});
