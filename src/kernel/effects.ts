// What an actor wants from the runtime, as plain data. A transition emits these; the kernel carries them out after
// the transition has committed. Nothing here does anything: that is what keeps machines pure and testable.

import type { AnyEventObject, AnyActorLogic, EventObject } from 'xstate';
import type { Priority } from '../base/priority.ts';
import type { SpawnOptions } from './spec.ts';
import type { TaskSpec } from './task-spec.ts';

export type { TaskSpec } from './task-spec.ts';

/** Something that has an address: an actor ref, or its address as text (`'main/code'`, `'../report'`). */
export type Recipient = string | { readonly address: string };

export interface TellOptions {
  /** 0 (most urgent) to 10; default 5. */
  readonly priority?: Priority;
}

export interface DelegateOptions extends TellOptions {
  /** The task on whose behalf this is delegated; default: that of the message being handled. */
  readonly for?: string;
  /** Milliseconds; never later than the deadline of the task it is delegated for. */
  readonly timeoutMs?: number;
}

export interface TellEffect {
  readonly type: 'troupe.tell';
  readonly to: Recipient;
  readonly event: EventObject;
  readonly priority: Priority | undefined;
}
export interface ReplyEffect {
  readonly type: 'troupe.reply';
  readonly event: EventObject;
}
export interface DelegateEffect {
  readonly type: 'troupe.delegate';
  readonly to: Recipient;
  readonly task: TaskSpec;
  readonly options: DelegateOptions;
}
export interface CancelDelegationEffect {
  readonly type: 'troupe.cancelDelegation';
  readonly id: string;
  readonly reason: string;
}
export interface CompleteEffect {
  readonly type: 'troupe.complete';
  readonly id: string;
  readonly output: unknown;
}
export interface FailEffect {
  readonly type: 'troupe.fail';
  readonly id: string;
  readonly error: unknown;
}
export interface PublishEffect {
  readonly type: 'troupe.publish';
  readonly topic: string;
  readonly event: EventObject;
}
export interface SubscribeEffect {
  readonly type: 'troupe.subscribe' | 'troupe.unsubscribe';
  readonly topic: string;
}
export interface SpawnEffect {
  readonly type: 'troupe.spawn';
  /** Logic, or the name it is registered under. */
  readonly logic: AnyActorLogic | string;
  readonly options: SpawnOptions;
}
export interface StopEffect {
  readonly type: 'troupe.stop';
}
export interface StopChildEffect {
  readonly type: 'troupe.stopChild';
  readonly id: string;
}
export interface WatchEffect {
  readonly type: 'troupe.watch' | 'troupe.unwatch';
  readonly to: Recipient;
}
export interface StashEffect {
  readonly type: 'troupe.stash' | 'troupe.unstash';
}
export interface ScheduleEffect {
  readonly type: 'troupe.schedule';
  readonly id: string;
  readonly event: EventObject;
  readonly delayMs: number;
}
export interface CancelScheduleEffect {
  readonly type: 'troupe.cancelSchedule';
  readonly id: string;
}

/** Everything that an actor can ask of the runtime. */
export type Effect =
  | TellEffect
  | ReplyEffect
  | DelegateEffect
  | CancelDelegationEffect
  | CompleteEffect
  | FailEffect
  | PublishEffect
  | SubscribeEffect
  | SpawnEffect
  | StopEffect
  | StopChildEffect
  | WatchEffect
  | StashEffect
  | ScheduleEffect
  | CancelScheduleEffect;

const noOptions: DelegateOptions = {};

/**
 * Makes effects as data, for logic that emits by itself.
 *
 * @example
 * ```ts
 * const counter = fromTransition((count, event, { emit }) => {
 *   emit(effect.reply({ type: 'count', count }));
 *   return count + 1;
 * }, 0);
 * ```
 */
export const effect = {
  /** Sends an event. What can't be delivered becomes a dead letter. */
  tell: (to: Recipient, event: AnyEventObject, options?: TellOptions): TellEffect => ({
    type: 'troupe.tell',
    to,
    event,
    priority: options?.priority,
  }),
  /** Answers the sender of the message being handled, asked or told. */
  reply: (event: AnyEventObject): ReplyEffect => ({ type: 'troupe.reply', event }),
  /** Hands a task over; the outcome comes back as `delegation.done` or `delegation.failed`. */
  delegate: (to: Recipient, task: TaskSpec, options: DelegateOptions = noOptions): DelegateEffect => ({
    type: 'troupe.delegate',
    to,
    task,
    options,
  }),
  /** Cancels a task that this actor delegated. */
  cancelDelegation: (id: string, reason: string): CancelDelegationEffect => ({
    type: 'troupe.cancelDelegation',
    id,
    reason,
  }),
  /** Finishes a task that was assigned to this actor. */
  complete: (id: string, output: unknown): CompleteEffect => ({ type: 'troupe.complete', id, output }),
  /** Fails a task that was assigned to this actor. */
  fail: (id: string, error: unknown): FailEffect => ({ type: 'troupe.fail', id, error }),
  /** Sends an event to every subscriber of a topic. */
  publish: (topic: string, event: AnyEventObject): PublishEffect => ({ type: 'troupe.publish', topic, event }),
  subscribe: (topic: string): SubscribeEffect => ({ type: 'troupe.subscribe', topic }),
  unsubscribe: (topic: string): SubscribeEffect => ({ type: 'troupe.unsubscribe', topic }),
  /** Starts a child of this actor. */
  spawnActor: (logic: AnyActorLogic | string, options: SpawnOptions): SpawnEffect => ({
    type: 'troupe.spawn',
    logic,
    options,
  }),
  /** Ends this actor with the reason `normal`. */
  stopSelf: (): StopEffect => ({ type: 'troupe.stop' }),
  /** Stops a child of this actor. */
  stopChild: (id: string): StopChildEffect => ({ type: 'troupe.stopChild', id }),
  /** Asks for one `actor.terminated` event when an actor ends for good. */
  watch: (to: Recipient): WatchEffect => ({ type: 'troupe.watch', to }),
  unwatch: (to: Recipient): WatchEffect => ({ type: 'troupe.unwatch', to }),
  /** Puts the message being handled aside until `unstash`. */
  stash: (): StashEffect => ({ type: 'troupe.stash' }),
  /** Brings every message that was put aside back, before those that wait. */
  unstash: (): StashEffect => ({ type: 'troupe.unstash' }),
  /**
   * Sends this actor an event later; a schedule with the same id replaces it. A stop drops it, and so does a restart,
   * unless the actor is durable: then it comes back with the state that set it, for the same time.
   */
  schedule: (id: string, event: AnyEventObject, delayMs: number): ScheduleEffect => ({
    type: 'troupe.schedule',
    id,
    event,
    delayMs,
  }),
  cancelSchedule: (id: string): CancelScheduleEffect => ({ type: 'troupe.cancelSchedule', id }),
} as const;

/** What an actor receives from the runtime, besides the messages it is sent. */
export type RuntimeEvent =
  | {
      readonly type: 'task.assigned';
      readonly id: string;
      readonly task: Required<TaskSpec>;
      readonly priority: Priority;
      /** Monotonic milliseconds. */
      readonly now: number;
    }
  | { readonly type: 'task.cancelled'; readonly id: string; readonly reason: string }
  | { readonly type: 'delegation.done'; readonly id: string; readonly output: unknown }
  | { readonly type: 'delegation.failed'; readonly id: string; readonly error: unknown }
  | { readonly type: 'actor.terminated'; readonly address: string; readonly reason: string };

/** Whether an emitted event is an effect of the runtime rather than the user's own. */
export function isEffect(emitted: EventObject): emitted is Effect {
  return emitted.type.startsWith('troupe.');
}
