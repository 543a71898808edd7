// Hosted logics, one for each logic that is in use: made once, since wrapping a logic for every actor would cost
// more than the actor. A machine without a limit on its own steps gets ours, so that an `always` loop is a crash
// and not a hang; so do the machines that it invokes, and what their children emit finds its way out.

import {
  type AnyActorLogic,
  type AnyActorScope,
  type AnyEventObject,
  type AnyStateMachine,
  fromTransition,
  type Snapshot,
  type StateMachine,
} from 'xstate';
import { limits } from '../base/limits.ts';
import { HostedLogic, isMachine, relayed, type StepHost } from './step.ts';

/** The hosted logics of a kernel. */
export class HostedLogics {
  readonly #hosted = new WeakMap<AnyActorLogic, HostedLogic>();
  readonly #host: StepHost;

  constructor(host: StepHost) {
    this.#host = host;
  }

  of(logic: AnyActorLogic): HostedLogic {
    let hosted = this.#hosted.get(logic);
    if (hosted === undefined) {
      hosted = new HostedLogic(bounded(logic, []), this.#host, usesSystemIds(logic));
      this.#hosted.set(logic, hosted);
    }
    return hosted;
  }
}

/** A logic that does nothing: for actors that only supervise. */
export const supervisorLogic = fromTransition(() => undefined, undefined);

/** The parts of a state's config that name other logic. */
interface Invoking {
  readonly src: unknown;
  readonly systemId?: string;
}
interface StateConfig {
  readonly invoke?: Invoking | readonly Invoking[];
  readonly states?: Readonly<Record<string, StateConfig>>;
}

/** A copy of a machine with limits, and with its children's machines as {@link relaying} copies; other logic as it is. */
function bounded(logic: AnyActorLogic, within: readonly AnyActorLogic[]): AnyActorLogic {
  if (!isMachine(logic)) return logic;
  const path = [...within, logic];
  const child = (each: unknown): unknown => relaying(each as AnyActorLogic, path);
  const config = withInvoked(logic.config as StateConfig, child);
  const actors = Object.entries(logic.implementations.actors).map(([name, each]) => [name, child(each)] as const);
  // Of the machine's own class: it may come from another copy of XState than ours.
  const Machine = logic.constructor as typeof StateMachine;
  const implementations = {
    ...logic.implementations,
    actors: Object.fromEntries(actors) as Record<string, AnyActorLogic>,
  };
  const copy = new Machine(config as AnyStateMachine['config'], implementations) as AnyStateMachine;
  const { maxIterations } = logic.options;
  copy.options = {
    ...logic.options,
    maxIterations: Math.min(maxIterations ?? Infinity, limits.actor.machineMicrosteps_count),
  };
  return copy;
}

/** A machine as a child of a machine: limited, and it emits what its own children emit. A machine that invokes itself stays as it is. */
function relaying(logic: AnyActorLogic, within: readonly AnyActorLogic[]): AnyActorLogic {
  if (!isMachine(logic) || within.includes(logic)) return logic;
  const inner = bounded(logic, within);
  return {
    config: inner.config,
    transition: (snapshot: Snapshot<unknown>, event: AnyEventObject, scope: AnyActorScope) =>
      relayed(snapshot, inner.transition(snapshot, event, scope) as Snapshot<unknown>, scope),
    getInitialSnapshot: (scope: AnyActorScope, input: unknown) =>
      relayed(undefined, inner.getInitialSnapshot(scope, input) as Snapshot<unknown>, scope),
    restoreSnapshot: (persisted: Snapshot<unknown>, scope: AnyActorScope) =>
      relayed(undefined, (inner.restoreSnapshot?.(persisted, scope) ?? persisted) as Snapshot<unknown>, scope),
    start: (snapshot: Snapshot<unknown>, scope: AnyActorScope) => inner.start?.(snapshot, scope),
    getPersistedSnapshot: (snapshot: Snapshot<unknown>, options?: unknown) =>
      inner.getPersistedSnapshot(snapshot, options),
  } as AnyActorLogic;
}

/** The same states, with the logic that they invoke replaced. */
function withInvoked(config: StateConfig, replace: (logic: unknown) => unknown): StateConfig {
  const { invoke, states } = config;
  const one = (each: Invoking): Invoking => (typeof each.src === 'string' ? each : { ...each, src: replace(each.src) });
  return {
    ...config,
    ...(invoke === undefined ? {} : { invoke: isList(invoke) ? invoke.map(one) : one(invoke) }),
    ...(states === undefined
      ? {}
      : {
          states: Object.fromEntries(Object.entries(states).map(([key, state]) => [key, withInvoked(state, replace)])),
        }),
  };
}

/** Whether a machine's states invoke anything under a `systemId`. Those are looked up in the whole of an XState system. */
function usesSystemIds(logic: AnyActorLogic): boolean {
  return isMachine(logic) && namesSystemIds(logic.config as StateConfig);
}

function namesSystemIds({ invoke = [], states = {} }: StateConfig): boolean {
  const invoked = isList(invoke) ? invoke : [invoke];
  return invoked.some(({ systemId }) => systemId !== undefined) || Object.values(states).some(namesSystemIds);
}

function isList<T>(value: T | readonly T[]): value is readonly T[] {
  return Array.isArray(value);
}
