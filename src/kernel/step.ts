// The step: an actor in some state, one event, the new state, and the effects it wants. It stands between XState's
// actor and the user's logic and does two things. It hands the logic an `emit` that belongs to the cell, so effects
// are caught as data without an event listener; and it lets one event through for each message the kernel delivers.
// Whatever else XState wants to process by itself (a promise that settled, an `after` that is due, a machine that
// sends to itself) is turned into a message of its own: bounded, fair, one at a time. Only public XState types.

import type { AnyActorLogic, AnyActorScope, AnyEventObject, Snapshot } from 'xstate';

/** What the step needs of the host it runs in. */
export interface StepHost {
  /** The scope whose next event may pass; one event a message. */
  openScope: AnyActorScope | undefined;
  /** A new incarnation's scope is known; its effects go where the host says. */
  adopt(scope: AnyActorScope): void;
  /** An event that no message brought. */
  divert(scope: AnyActorScope, event: AnyEventObject): void;
}

const stopEvent = 'xstate.stop';

/** A user's logic as the kernel runs it. One object serves all actors of that logic in one kernel. */
export class HostedLogic {
  readonly config: unknown;
  readonly #inner: AnyActorLogic;
  readonly #host: StepHost;

  constructor(inner: AnyActorLogic, host: StepHost) {
    this.#inner = inner;
    this.#host = host;
    this.config = inner.config;
  }

  readonly transition = (
    snapshot: Snapshot<unknown>,
    event: AnyEventObject,
    scope: AnyActorScope,
  ): Snapshot<unknown> => {
    const host = this.#host;
    if (scope === host.openScope) {
      host.openScope = undefined;
      return this.#inner.transition(snapshot, event, scope) as Snapshot<unknown>;
    }
    if (event.type === stopEvent) return this.#inner.transition(snapshot, event, scope) as Snapshot<unknown>;
    host.divert(scope, event);
    return snapshot;
  };

  readonly getInitialSnapshot = (scope: AnyActorScope, input: unknown): Snapshot<unknown> => {
    this.#host.adopt(scope);
    return this.#inner.getInitialSnapshot(scope, input) as Snapshot<unknown>;
  };

  readonly restoreSnapshot = (persisted: Snapshot<unknown>, scope: AnyActorScope): Snapshot<unknown> => {
    this.#host.adopt(scope);
    return (this.#inner.restoreSnapshot?.(persisted, scope) ?? persisted) as Snapshot<unknown>;
  };

  readonly start = (snapshot: Snapshot<unknown>, scope: AnyActorScope): void => {
    this.#inner.start?.(snapshot, scope);
  };

  readonly getPersistedSnapshot = (snapshot: Snapshot<unknown>, options?: unknown): Snapshot<unknown> =>
    this.#inner.getPersistedSnapshot(snapshot, options);
}
