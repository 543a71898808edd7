// Turns the time and the actors that a machine waits for into ordinary events, so that it can be tested from its graph:
// `createTestModel` refuses `after` and `invoke`, and a pure transition never sees a timer fire. The rewritten machine
// has the same states, ids, guards, actions and event types (those that XState itself sends: `xstate.after.…`,
// `xstate.done.actor.…`); only nothing sends them but the test. Actions that begin with `troupe.model.` say what a
// state waits for as it is entered and left, in the order in which XState would start and cancel it.

import {
  type AnyActorLogic,
  type AnyEventObject,
  type AnyStateMachine,
  fromTransition,
  spawnChild,
  type StateMachine,
  stopChild,
} from 'xstate';
import { limits } from '../base/limits.ts';

type StateNode = AnyStateMachine['root'];
type Config = Readonly<Record<string, unknown>>;
type Transitions = Readonly<Record<string, unknown>>;

/** Changes the guard of a transition, which is known by its key. */
export type GuardWatch = (guard: unknown, key: string) => unknown;

/** What a state waits for: said when it begins to, and when it no longer does. */
export const waitBegins = 'troupe.model.waits';
export const waitEnds = 'troupe.model.waitsNoMore';

/** Something that a state waits for, as the parameters of {@link waitBegins}. */
export interface Wait {
  /** The type of the event that ends it; of an invoked actor, its id. */
  readonly id: string;
  readonly kind: 'timer' | 'invoke';
  /** The name of the delay, or the id of the invoked actor. */
  readonly name: string;
  /** Of a timer; undefined where the machine has no such delay. */
  readonly delayMs?: number | undefined;
  /** Of an invoked actor: whether the machine hears of each of its snapshots. */
  readonly tellsSnapshots?: boolean;
}

/** The key of a transition: the same in a machine and in its rewriting. */
export function transitionKey(state: string, event: string, index: number): string {
  return `${state}|${event}|${index}`;
}

/** Stands for whatever a machine invokes; it never ends by itself. */
const silentActor = fromTransition(() => undefined, undefined);

/**
 * A machine without time and without actors of its own: every `after` and every `invoke` is an event.
 *
 * The events are XState's own: `xstate.after.<delay>.<state id>`, `xstate.done.actor.<id>`, `xstate.error.actor.<id>`
 * and `xstate.snapshot.<id>`. States, ids, guards and actions are those of the machine.
 */
export function explicitTime<Machine extends AnyStateMachine>(machine: Machine, watch?: GuardWatch): Machine {
  const config = {
    ...rewriteState(machine.root, machine, watch ?? ((guard) => guard)),
    options: { ...machine.options, maxIterations: boundedSteps(machine) },
  };
  const { actors, actions, ...others } = machine.implementations;
  const noted = { [waitBegins]: () => undefined, [waitEnds]: () => undefined };
  // Of the machine's own class: it may come from another copy of XState than ours.
  const Machine = machine.constructor as typeof StateMachine;
  return new Machine(config as AnyStateMachine['config'], {
    ...others,
    actions: { ...actions, ...noted },
    actors: Object.fromEntries(Object.keys(actors).map((name) => [name, silentActor])) as typeof actors,
  }) as unknown as Machine;
}

/** A machine whose invoked and spawned actors are replaced; its time is its own. */
export function withActors(machine: AnyStateMachine, stand: AnyActorLogic): AnyStateMachine {
  const Machine = machine.constructor as typeof StateMachine;
  const { actors } = machine.implementations;
  const config = {
    ...withInvoked(machine.root, stand),
    options: { ...machine.options, maxIterations: boundedSteps(machine) },
  };
  return new Machine(config as AnyStateMachine['config'], {
    ...machine.implementations,
    actors: Object.fromEntries(Object.keys(actors).map((name) => [name, stand])) as typeof actors,
  });
}

function boundedSteps(machine: AnyStateMachine): number {
  return Math.min(machine.options.maxIterations ?? Infinity, limits.model.microsteps_count);
}

/** The same states with other actors. Their snapshots come as events that the test sends, and not by themselves. */
function withInvoked(node: StateNode, stand: AnyActorLogic): Config {
  const config = node.config as Config;
  const invoked = listOf(config['invoke']) as readonly Config[];
  const snapshots = node.invoke.flatMap(({ id }, at) => {
    const transitions = invoked[at]?.['onSnapshot'];
    return transitions === undefined ? [] : [[`xstate.snapshot.${id}`, transitions] as const];
  });
  const on = { ...(config['on'] as Transitions | undefined), ...Object.fromEntries(snapshots) };
  return {
    ...config,
    ...(Object.keys(on).length === 0 ? {} : { on }),
    ...(invoked.length === 0 ? {} : { invoke: invoked.map((each) => standIn(each, stand)) }),
    ...(config['states'] === undefined
      ? {}
      : { states: mapValues(node.states, (state: StateNode) => withInvoked(state, stand)) }),
  };
}

function standIn(invoked: Config, stand: AnyActorLogic): Config {
  const { onSnapshot, ...others } = invoked;
  const silent = onSnapshot === undefined ? invoked : others;
  return typeof silent['src'] === 'string' ? silent : { ...silent, src: stand };
}

function rewriteState(node: StateNode, machine: AnyStateMachine, watch: GuardWatch): Config {
  const { after, invoke, on, always, onDone, entry, exit, states, ...others } = node.config as Config;
  const guarded = (event: string, transitions: unknown): unknown =>
    listOf(transitions).map((each, index) => watched(each, transitionKey(node.id, event, index), watch));
  const timers = Object.entries((after ?? {}) as Transitions).map(([delay, transitions]) => ({
    wait: timerOf(node, delay),
    transitions,
  }));
  const invoked = node.invoke.map(({ id }, at) => ({ id, config: (listOf(invoke)[at] ?? {}) as Config }));
  const events: Transitions = {
    ...(on as Transitions | undefined),
    ...Object.assign({}, ...invoked.map(invokeEvents)),
    ...Object.fromEntries(timers.map(({ wait, transitions }) => [wait.id, transitions])),
  };
  const rewritten = Object.entries(events).map(([event, transitions]) => [event, guarded(event, transitions)]);
  return {
    ...others,
    ...(rewritten.length === 0 ? {} : { on: Object.fromEntries(rewritten) as unknown }),
    ...(always === undefined ? {} : { always: guarded('', always) }),
    ...(onDone === undefined ? {} : { onDone: guarded(`xstate.done.state.${node.id}`, onDone) }),
    entry: [
      ...invoked.flatMap((each) => [spawnChild(silentActor, { id: each.id }), begins(invokeWait(each))]),
      ...listOf(entry),
      ...timers.map(({ wait }) => beginsTimer(wait, machine)),
    ],
    exit: [
      ...listOf(exit),
      ...timers.map(({ wait }) => ends(wait.id)),
      ...invoked.flatMap(({ id }) => [ends(id), stopChild(id)]),
    ],
    ...(states === undefined
      ? {}
      : { states: mapValues(node.states, (child: StateNode) => rewriteState(child, machine, watch)) }),
  };
}

function watched(transition: unknown, key: string, watch: GuardWatch): unknown {
  if (typeof transition !== 'object' || transition === null || !('guard' in transition)) return transition;
  const { guard } = transition;
  return guard === undefined ? transition : { ...transition, guard: watch(guard, key) };
}

function timerOf(node: StateNode, key: string): Wait {
  const delay = Number.isNaN(Number(key)) ? key : Number(key);
  return { id: `xstate.after.${delay}.${node.id}`, kind: 'timer', name: String(delay) };
}

function invokeEvents({ id, config }: { readonly id: string; readonly config: Config }): Transitions {
  const { onDone, onError, onSnapshot } = config;
  return {
    ...(onDone === undefined ? {} : { [`xstate.done.actor.${id}`]: onDone }),
    ...(onError === undefined ? {} : { [`xstate.error.actor.${id}`]: onError }),
    ...(onSnapshot === undefined ? {} : { [`xstate.snapshot.${id}`]: onSnapshot }),
  };
}

function invokeWait({ id, config }: { readonly id: string; readonly config: Config }): Wait {
  return { id, kind: 'invoke', name: id, tellsSnapshots: config['onSnapshot'] !== undefined };
}

const begins = (wait: Wait): object => ({ type: waitBegins, params: wait });
const ends = (id: string): object => ({ type: waitEnds, params: { id } });

interface Args {
  readonly context: unknown;
  readonly event: AnyEventObject;
}

function beginsTimer(wait: Wait, machine: AnyStateMachine): object {
  const delays = machine.implementations.delays as Readonly<Record<string, unknown>>;
  const delay: unknown = Number.isNaN(Number(wait.name)) ? delays[wait.name] : Number(wait.name);
  return {
    type: waitBegins,
    params: (args: Args): Wait => {
      const delayMs = typeof delay === 'function' ? (delay as (args: Args) => unknown)(args) : delay;
      return { ...wait, delayMs: typeof delayMs === 'number' ? delayMs : undefined };
    },
  };
}

function mapValues<From, To>(values: Readonly<Record<string, From>>, map: (value: From) => To): Record<string, To> {
  return Object.fromEntries(Object.entries(values).map(([key, value]) => [key, map(value)]));
}

function listOf(value: unknown): readonly unknown[] {
  return value === undefined ? [] : Array.isArray(value) ? (value as readonly unknown[]) : [value];
}
