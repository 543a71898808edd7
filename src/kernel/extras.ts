// What only few actors have: whoever watches them, what they watch, their schedules, what they have put aside, what
// is open of their beginning or their end. It hangs beside the cell and is made when it is first needed, so that an
// idle actor does not carry it.

import type { Reason } from '../base/reason.ts';
import type { Ask } from './ask.ts';
import type { DelegateEffect } from './effects.ts';
import type { EventObject } from 'xstate';
import type { Envelope } from './envelope.ts';
import type { Timer } from './timers.ts';

/** Told once when an actor ends for good. */
export type Watcher = (end: { readonly address: string; readonly reason: Reason }) => void;

/** An event that an actor has scheduled for itself. */
export interface Schedule {
  readonly timer: Timer;
  readonly event: EventObject;
}

/** What few cells need; each part is made when it is first used. */
export class Extras {
  watchers: Set<Watcher> | undefined = undefined;
  /** Whom this actor watches, by address, with how to stop. */
  watching: Map<string, () => void> | undefined = undefined;
  observers: Set<(snapshot: unknown) => void> | undefined = undefined;
  schedules: Map<string, Schedule> | undefined = undefined;
  /** Asks that were handed over and have no answer yet. */
  openAsks: Set<Ask> | undefined = undefined;
  stash: Envelope[] | undefined = undefined;
  /** Delegations it wants that wait for their commit. */
  delegating: Set<DelegateEffect> | undefined = undefined;
  topics: Set<string> | undefined = undefined;
  /** Whether its start hook is through, so that its stop hook has something to close. */
  opened = false;
  /** Gives up waiting for the start hook. */
  abandonStart: (() => void) | undefined = undefined;
  /** When an ending that takes too long becomes a kill. */
  shutdownTimer: Timer | undefined = undefined;
  /** Present while the incarnation is being taken down: who waits for that, and who began it, should it be overtaken. */
  lowering: { readonly waiters: (() => void)[]; readonly takenOver: (() => void) | undefined } | undefined = undefined;
  stopWaiters: (() => void)[] = [];
}
