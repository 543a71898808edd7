// A machine and its driver as one XState logic. The machine decides and knows ids only; the driver sees each event
// before the machine does, keeps what belongs to the ids (inputs, outputs, errors), and does what the machine emits.
// A new incarnation begins with an empty driver, as it begins with a fresh machine.

import type { AnyActorLogic, AnyActorScope, AnyEventObject, EventObject, Snapshot } from 'xstate';

/** Acts for a machine. */
export interface Driver {
  /** A new incarnation begins. */
  begin(): void;
  /** Takes what it needs from an event. @returns the event as the machine gets it, or undefined to keep it from it. */
  receive(event: AnyEventObject): AnyEventObject | undefined;
  /** Does what the machine wants. Called after the transition has committed. */
  carryOut(emitted: EventObject): void;
  /** The actor is being stopped in order. */
  finish(): void | Promise<void>;
}

/** A machine whose events pass through its driver first. */
export function driven(machine: AnyActorLogic, driver: Driver): AnyActorLogic {
  return {
    config: machine.config,
    transition: (snapshot: Snapshot<unknown>, event: AnyEventObject, scope: AnyActorScope) => {
      const received = driver.receive(event);
      return received === undefined ? snapshot : machine.transition(snapshot, received, scope);
    },
    getInitialSnapshot: (scope: AnyActorScope, input: unknown) => {
      driver.begin();
      return machine.getInitialSnapshot(scope, input);
    },
    restoreSnapshot: (persisted: Snapshot<unknown>, scope: AnyActorScope) => {
      driver.begin();
      return machine.restoreSnapshot?.(persisted, scope) ?? persisted;
    },
    start: (snapshot: Snapshot<unknown>, scope: AnyActorScope) => {
      machine.start?.(snapshot, scope);
    },
    getPersistedSnapshot: (snapshot: Snapshot<unknown>, options?: unknown) =>
      machine.getPersistedSnapshot(snapshot, options),
  } as AnyActorLogic;
}
