// The step: an actor in some state, one event, the new state, and the effects it wants. It stands between XState's
// actor and the user's logic and does two things. It hands the logic an `emit` that belongs to the cell, so effects
// are caught as data without an event listener; and it lets one event through for each message the kernel delivers.
// Whatever else XState wants to process by itself (a promise that settled, an `after` that is due, a machine that
// sends to itself) is turned into a message of its own: bounded, fair, one at a time. What a machine's own children
// (invoked or spawned inside XState) emit goes out in the machine's name. Only public XState types.

import {
  type AnyActorLogic,
  type AnyActorRef,
  type AnyActorScope,
  type AnyEventObject,
  type AnyStateMachine,
  type EventObject,
  fromTransition,
  type Snapshot,
} from 'xstate';

/** What the step needs of the host it runs in. */
export interface StepHost {
  /** The scope whose next event may pass; one event a message. */
  openScope: AnyActorScope | undefined;
  /** A new incarnation's scope is known; its effects go where the host says. @returns the state it is in already. */
  adopt(scope: AnyActorScope): Snapshot<unknown> | undefined;
  /** The state that an actor has reached without its XState actor; that one takes it over with its next event. */
  takenOver: Snapshot<unknown> | undefined;
  /** An event that no message brought. */
  divert(scope: AnyActorScope, event: AnyEventObject): void;
}

/** Whether a logic is a machine, of whichever copy of XState: a project may well have two. */
export function isMachine(logic: AnyActorLogic): logic is AnyStateMachine {
  return 'implementations' in logic && 'root' in logic;
}

const stopEvent = 'xstate.stop';
const noStatus = "The logic returned something without a 'status'; a transition returns a snapshot.";

/** A user's logic as the kernel runs it. One object serves all actors of that logic in one kernel. */
export class HostedLogic {
  readonly config: unknown;
  /** Whether it may emit outside its transitions, as promises and callbacks do. */
  readonly emitsLater: boolean;
  /** Whether it is a transition and nothing else, so that it needs no XState actor until it asks for one. */
  readonly isLight: boolean;
  /** Whether its children are known by a `systemId`, which no two actors under one XState root may share. */
  readonly needsOwnRoot: boolean;
  /** Whether its end is its business: machines stop their children, promises and callbacks let go of what they hold. */
  readonly #hearsOfStop: boolean;
  /** What `fromTransition` was given, when it made the logic. */
  readonly #context: ContextTransition | undefined;
  readonly #inner: AnyActorLogic;
  readonly #host: StepHost;

  constructor(inner: AnyActorLogic, host: StepHost, needsOwnRoot = false) {
    this.#inner = inner;
    this.#host = host;
    this.needsOwnRoot = needsOwnRoot;
    this.config = inner.config;
    this.emitsLater = inner.start !== undefined && !isMachine(inner);
    this.#hearsOfStop = inner.start !== undefined;
    this.isLight = inner.start === undefined && !isMachine(inner);
    this.#context = contextTransitionOf(inner);
  }

  readonly transition = (
    snapshot: Snapshot<unknown>,
    event: AnyEventObject,
    scope: AnyActorScope,
  ): Snapshot<unknown> => {
    const host = this.#host;
    if (scope === host.openScope) {
      host.openScope = undefined;
      const { takenOver } = host;
      if (takenOver !== undefined) return takenOver;
      const step = this.#context;
      if (step !== undefined) return stepped(step((snapshot as InContext).context, event, scope));
      return relayed(snapshot, this.#inner.transition(snapshot, event, scope) as Snapshot<unknown>, scope);
    }
    if (event.type === stopEvent)
      return this.#hearsOfStop ? (this.#inner.transition(snapshot, event, scope) as Snapshot<unknown>) : snapshot;
    host.divert(scope, event);
    return snapshot;
  };

  /** The first state of an incarnation. */
  begin(input: unknown, scope: AnyActorScope): Snapshot<unknown> {
    return this.#inner.getInitialSnapshot(scope, input) as Snapshot<unknown>;
  }

  /** The state of an incarnation that goes on from a kept one. */
  resume(persisted: Snapshot<unknown>, scope: AnyActorScope): Snapshot<unknown> {
    return (this.#inner.restoreSnapshot?.(persisted, scope) ?? persisted) as Snapshot<unknown>;
  }

  /** One event of a light actor: its next state. */
  next(snapshot: Snapshot<unknown>, event: AnyEventObject, scope: AnyActorScope): Snapshot<unknown> {
    const step = this.#context;
    if (step !== undefined) return stepped(step((snapshot as InContext).context, event, scope));
    const after = this.#inner.transition(snapshot, event, scope) as Snapshot<unknown>;
    if (after.status === undefined) throw new TypeError(noStatus);
    return after;
  }

  readonly getInitialSnapshot = (scope: AnyActorScope, input: unknown): Snapshot<unknown> => {
    return this.#host.adopt(scope) ?? relayed(undefined, this.begin(input, scope), scope);
  };

  readonly restoreSnapshot = (persisted: Snapshot<unknown>, scope: AnyActorScope): Snapshot<unknown> => {
    this.#host.adopt(scope);
    return relayed(undefined, this.resume(persisted, scope), scope);
  };

  readonly start = (snapshot: Snapshot<unknown>, scope: AnyActorScope): void => {
    this.#inner.start?.(snapshot, scope);
  };

  readonly getPersistedSnapshot = (snapshot: Snapshot<unknown>, options?: unknown): Snapshot<unknown> =>
    this.#inner.getPersistedSnapshot(snapshot, options);
}

type ContextTransition = (context: unknown, event: AnyEventObject, scope: AnyActorScope) => unknown;

const transitionSource = String(fromTransition((state: unknown) => state, undefined).transition);

type InContext = Snapshot<unknown> & { readonly context: unknown };

/**
 * The function behind a logic that `fromTransition` has made. Its own transition spreads the snapshot, which costs more
 * than all else a message goes through on Node 20; that snapshot has four fields that never change but for the context.
 */
function contextTransitionOf({ config, transition }: AnyActorLogic): ContextTransition | undefined {
  return typeof config === 'function' && String(transition) === transitionSource
    ? (config as ContextTransition)
    : undefined;
}

const stepped = (context: unknown): InContext => ({ status: 'active', output: undefined, error: undefined, context });

type WithChildren = Snapshot<unknown> & { readonly children?: Readonly<Record<string, AnyActorRef | undefined>> };

/**
 * Lets an actor emit what its new children emit. They have been made and not yet started, so nothing is missed. It
 * is asked of every step: an actor whose children have not changed pays for two reads.
 *
 * @throws TypeError when the logic returned something that is no snapshot; XState would not survive it.
 */
export function relayed(
  before: WithChildren | undefined,
  after: WithChildren,
  scope: AnyActorScope,
): Snapshot<unknown> {
  if (after.status === undefined) throw new TypeError(noStatus);
  const { children } = after;
  if (children === undefined || children === before?.children) return after;
  for (const id in children) {
    const child = children[id];
    if (child === undefined || child === before?.children?.[id]) continue;
    child.on('*', (emitted: EventObject) => {
      scope.emit(emitted);
    });
  }
  return after;
}

/** Stops what a machine that crashed has left running: XState itself stops the children only in an orderly end. */
export function stopOrphans(snapshot: WithChildren | undefined, scope: AnyActorScope | undefined): void {
  if (snapshot?.status !== 'error' || scope === undefined) return;
  for (const id in snapshot.children) {
    const child = snapshot.children[id];
    if (child !== undefined) scope.stopChild(child);
  }
}
