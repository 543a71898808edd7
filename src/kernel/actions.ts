// The effects as XState action creators, for use in any machine: `entry: tell('../report', { type: 'done' })`.
// Each argument may be a value or a function of `{ context, event }`. They are XState's own `emit` action, so a
// machine stays pure and a model test can assert on what it emitted.

import { type AnyActorLogic, emit, type EventObject, type MachineContext } from 'xstate';
import { type DelegateOptions, effect, type Effect, type Recipient, type TaskSpec, type TellOptions } from './effects.ts';
import type { SpawnOptions } from './spec.ts';

/** What a function given as an argument is called with. */
export interface ActionArguments<TContext extends MachineContext, TEvent extends EventObject> {
  readonly context: TContext;
  readonly event: TEvent;
}

/** A value, or how to make it from the context and the event. */
export type Computed<T, TContext extends MachineContext, TEvent extends EventObject> =
  | T
  | ((args: ActionArguments<TContext, TEvent>) => T);

function emitted<TContext extends MachineContext, TEvent extends EventObject>(
  make: (args: ActionArguments<TContext, TEvent>) => Effect,
) {
  return emit<TContext, TEvent, undefined, TEvent, Effect>(make);
}

function valueOf<T, TContext extends MachineContext, TEvent extends EventObject>(
  computed: Computed<T, TContext, TEvent>,
  args: ActionArguments<TContext, TEvent>,
): T {
  return typeof computed === 'function'
    ? (computed as (args: ActionArguments<TContext, TEvent>) => T)(args)
    : computed;
}

/** Sends an event to another actor, after the transition has committed. */
export function tell<TContext extends MachineContext, TEvent extends EventObject>(
  to: Computed<Recipient, TContext, TEvent>,
  event: Computed<EventObject, TContext, TEvent>,
  options?: TellOptions,
) {
  return emitted<TContext, TEvent>((args) => effect.tell(valueOf(to, args), valueOf(event, args), options));
}

/** Answers the sender of the message being handled, asked or told. */
export function reply<TContext extends MachineContext, TEvent extends EventObject>(
  event: Computed<EventObject, TContext, TEvent>,
) {
  return emitted<TContext, TEvent>((args) => effect.reply(valueOf(event, args)));
}

/** Hands a task over; the outcome comes back as `delegation.done` or `delegation.failed`. */
export function delegate<TContext extends MachineContext, TEvent extends EventObject>(
  to: Computed<Recipient, TContext, TEvent>,
  task: Computed<TaskSpec, TContext, TEvent>,
  options?: Computed<DelegateOptions, TContext, TEvent>,
) {
  return emitted<TContext, TEvent>((args) =>
    effect.delegate(valueOf(to, args), valueOf(task, args), options === undefined ? undefined : valueOf(options, args)),
  );
}

/** Finishes a task that was assigned to this actor. */
export function complete<TContext extends MachineContext, TEvent extends EventObject>(
  id: Computed<string, TContext, TEvent>,
  output: Computed<unknown, TContext, TEvent>,
) {
  return emitted<TContext, TEvent>((args) => effect.complete(valueOf(id, args), valueOf(output, args)));
}

/** Fails a task that was assigned to this actor. */
export function fail<TContext extends MachineContext, TEvent extends EventObject>(
  id: Computed<string, TContext, TEvent>,
  error: Computed<unknown, TContext, TEvent>,
) {
  return emitted<TContext, TEvent>((args) => effect.fail(valueOf(id, args), valueOf(error, args)));
}

/** Sends an event to every subscriber of a topic. */
export function publish<TContext extends MachineContext, TEvent extends EventObject>(
  topic: Computed<string, TContext, TEvent>,
  event: Computed<EventObject, TContext, TEvent>,
) {
  return emitted<TContext, TEvent>((args) => effect.publish(valueOf(topic, args), valueOf(event, args)));
}

/** Starts a child of this actor, supervised by it. */
export function spawnActor<TContext extends MachineContext, TEvent extends EventObject>(
  logic: AnyActorLogic,
  options: Computed<SpawnOptions, TContext, TEvent>,
) {
  return emitted<TContext, TEvent>((args) => effect.spawnActor(logic, valueOf(options, args)));
}

/** Ends this actor with the reason `normal`. */
export function stopSelf<TContext extends MachineContext, TEvent extends EventObject>() {
  return emitted<TContext, TEvent>(() => effect.stopSelf());
}

/** Puts the message being handled aside until {@link unstash}. */
export function stash<TContext extends MachineContext, TEvent extends EventObject>() {
  return emitted<TContext, TEvent>(() => effect.stash());
}

/** Brings every message that was put aside back, before those that wait. */
export function unstash<TContext extends MachineContext, TEvent extends EventObject>() {
  return emitted<TContext, TEvent>(() => effect.unstash());
}
