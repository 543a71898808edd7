// The effects as XState action creators, for use in any machine: `entry: tell('../report', { type: 'done' })`.
// Each argument may be a value or a function of `{ context, event }`. They are XState's own `emit` action, so a
// machine stays pure and a model test can assert on what it emitted. The type parameters are those of XState's
// action creators, in their order, so that they fit wherever `emit` fits: transitions, `entry`, `onDone`, `setup`.

import { type AnyActorLogic, emit, type EventObject, type MachineContext, type ParameterizedObject } from 'xstate';
import {
  type DelegateOptions,
  effect,
  type Effect,
  type Recipient,
  type TaskSpec,
  type TellOptions,
} from './effects.ts';
import type { SpawnOptions } from './spec.ts';

/** What a function given as an argument is called with. */
export interface ActionArguments<TContext extends MachineContext, TExpressionEvent extends EventObject> {
  readonly context: TContext;
  readonly event: TExpressionEvent;
}

/** Any value; spelt out, since `unknown` would swallow the function beside it and with it the types of its arguments. */
export type AnyValue = string | number | boolean | bigint | symbol | object | null | undefined;

/** A value, or how to make it from the context and the event. */
export type Computed<T, TContext extends MachineContext, TExpressionEvent extends EventObject> =
  | T
  | ((args: ActionArguments<TContext, TExpressionEvent>) => T);

type Params = ParameterizedObject['params'] | undefined;

function emitted<
  TContext extends MachineContext,
  TExpressionEvent extends EventObject,
  TParams extends Params,
  TEvent extends EventObject,
>(make: (args: ActionArguments<TContext, TExpressionEvent>) => Effect) {
  return emit<TContext, TExpressionEvent, TParams, TEvent, Effect>(make);
}

function valueOf<T, TContext extends MachineContext, TExpressionEvent extends EventObject>(
  computed: Computed<T, TContext, TExpressionEvent>,
  args: ActionArguments<TContext, TExpressionEvent>,
): T {
  return typeof computed === 'function'
    ? (computed as (args: ActionArguments<TContext, TExpressionEvent>) => T)(args)
    : computed;
}

/** Sends an event to another actor, after the transition has committed. */
export function tell<
  TContext extends MachineContext,
  TExpressionEvent extends EventObject,
  TParams extends Params,
  TEvent extends EventObject,
>(
  to: Computed<Recipient, TContext, TExpressionEvent>,
  event: Computed<EventObject, TContext, TExpressionEvent>,
  options?: TellOptions,
) {
  return emitted<TContext, TExpressionEvent, TParams, TEvent>((args) =>
    effect.tell(valueOf(to, args), valueOf(event, args), options),
  );
}

/** Answers the sender of the message being handled, asked or told. */
export function reply<
  TContext extends MachineContext,
  TExpressionEvent extends EventObject,
  TParams extends Params,
  TEvent extends EventObject,
>(event: Computed<EventObject, TContext, TExpressionEvent>) {
  return emitted<TContext, TExpressionEvent, TParams, TEvent>((args) => effect.reply(valueOf(event, args)));
}

/** Hands a task over; the outcome comes back as `delegation.done` or `delegation.failed`. */
export function delegate<
  TContext extends MachineContext,
  TExpressionEvent extends EventObject,
  TParams extends Params,
  TEvent extends EventObject,
>(
  to: Computed<Recipient, TContext, TExpressionEvent>,
  task: Computed<TaskSpec, TContext, TExpressionEvent>,
  options?: Computed<DelegateOptions, TContext, TExpressionEvent>,
) {
  return emitted<TContext, TExpressionEvent, TParams, TEvent>((args) =>
    effect.delegate(valueOf(to, args), valueOf(task, args), options === undefined ? undefined : valueOf(options, args)),
  );
}

/** Cancels a task that this actor delegated. */
export function cancelDelegation<
  TContext extends MachineContext,
  TExpressionEvent extends EventObject,
  TParams extends Params,
  TEvent extends EventObject,
>(id: Computed<string, TContext, TExpressionEvent>, reason: Computed<string, TContext, TExpressionEvent>) {
  return emitted<TContext, TExpressionEvent, TParams, TEvent>((args) =>
    effect.cancelDelegation(valueOf(id, args), valueOf(reason, args)),
  );
}

/** Finishes a task that was assigned to this actor. */
export function complete<
  TContext extends MachineContext,
  TExpressionEvent extends EventObject,
  TParams extends Params,
  TEvent extends EventObject,
>(id: Computed<string, TContext, TExpressionEvent>, output: Computed<AnyValue, TContext, TExpressionEvent>) {
  return emitted<TContext, TExpressionEvent, TParams, TEvent>((args) =>
    effect.complete(valueOf(id, args), valueOf(output, args)),
  );
}

/** Fails a task that was assigned to this actor. */
export function fail<
  TContext extends MachineContext,
  TExpressionEvent extends EventObject,
  TParams extends Params,
  TEvent extends EventObject,
>(id: Computed<string, TContext, TExpressionEvent>, error: Computed<AnyValue, TContext, TExpressionEvent>) {
  return emitted<TContext, TExpressionEvent, TParams, TEvent>((args) =>
    effect.fail(valueOf(id, args), valueOf(error, args)),
  );
}

/** Sends an event to every subscriber of a topic. */
export function publish<
  TContext extends MachineContext,
  TExpressionEvent extends EventObject,
  TParams extends Params,
  TEvent extends EventObject,
>(topic: Computed<string, TContext, TExpressionEvent>, event: Computed<EventObject, TContext, TExpressionEvent>) {
  return emitted<TContext, TExpressionEvent, TParams, TEvent>((args) =>
    effect.publish(valueOf(topic, args), valueOf(event, args)),
  );
}

/** Hears every event of a topic from now on. */
export function subscribe<
  TContext extends MachineContext,
  TExpressionEvent extends EventObject,
  TParams extends Params,
  TEvent extends EventObject,
>(topic: Computed<string, TContext, TExpressionEvent>) {
  return emitted<TContext, TExpressionEvent, TParams, TEvent>((args) => effect.subscribe(valueOf(topic, args)));
}

/** Hears no more of a topic. */
export function unsubscribe<
  TContext extends MachineContext,
  TExpressionEvent extends EventObject,
  TParams extends Params,
  TEvent extends EventObject,
>(topic: Computed<string, TContext, TExpressionEvent>) {
  return emitted<TContext, TExpressionEvent, TParams, TEvent>((args) => effect.unsubscribe(valueOf(topic, args)));
}

/** Starts a child of this actor, supervised by it. */
export function spawnActor<
  TContext extends MachineContext,
  TExpressionEvent extends EventObject,
  TParams extends Params,
  TEvent extends EventObject,
>(logic: AnyActorLogic | string, options: Computed<SpawnOptions, TContext, TExpressionEvent>) {
  return emitted<TContext, TExpressionEvent, TParams, TEvent>((args) =>
    effect.spawnActor(logic, valueOf(options, args)),
  );
}

/** Ends this actor with the reason `normal`. */
export function stopSelf<
  TContext extends MachineContext,
  TExpressionEvent extends EventObject,
  TParams extends Params,
  TEvent extends EventObject,
>() {
  return emitted<TContext, TExpressionEvent, TParams, TEvent>(() => effect.stopSelf());
}

/** Stops a child that {@link spawnActor} started. */
export function stopActor<
  TContext extends MachineContext,
  TExpressionEvent extends EventObject,
  TParams extends Params,
  TEvent extends EventObject,
>(id: Computed<string, TContext, TExpressionEvent>) {
  return emitted<TContext, TExpressionEvent, TParams, TEvent>((args) => effect.stopChild(valueOf(id, args)));
}

/** Asks for one `actor.terminated` event when an actor ends for good. */
export function watch<
  TContext extends MachineContext,
  TExpressionEvent extends EventObject,
  TParams extends Params,
  TEvent extends EventObject,
>(to: Computed<Recipient, TContext, TExpressionEvent>) {
  return emitted<TContext, TExpressionEvent, TParams, TEvent>((args) => effect.watch(valueOf(to, args)));
}

/** Takes a {@link watch} back. */
export function unwatch<
  TContext extends MachineContext,
  TExpressionEvent extends EventObject,
  TParams extends Params,
  TEvent extends EventObject,
>(to: Computed<Recipient, TContext, TExpressionEvent>) {
  return emitted<TContext, TExpressionEvent, TParams, TEvent>((args) => effect.unwatch(valueOf(to, args)));
}

/** Puts the message being handled aside until {@link unstash}. */
export function stash<
  TContext extends MachineContext,
  TExpressionEvent extends EventObject,
  TParams extends Params,
  TEvent extends EventObject,
>() {
  return emitted<TContext, TExpressionEvent, TParams, TEvent>(() => effect.stash());
}

/** Brings every message that was put aside back, before those that wait. */
export function unstash<
  TContext extends MachineContext,
  TExpressionEvent extends EventObject,
  TParams extends Params,
  TEvent extends EventObject,
>() {
  return emitted<TContext, TExpressionEvent, TParams, TEvent>(() => effect.unstash());
}

/** Sends this actor an event later; a schedule with the same id replaces it. */
export function schedule<
  TContext extends MachineContext,
  TExpressionEvent extends EventObject,
  TParams extends Params,
  TEvent extends EventObject,
>(
  id: Computed<string, TContext, TExpressionEvent>,
  event: Computed<EventObject, TContext, TExpressionEvent>,
  delayMs: Computed<number, TContext, TExpressionEvent>,
) {
  return emitted<TContext, TExpressionEvent, TParams, TEvent>((args) =>
    effect.schedule(valueOf(id, args), valueOf(event, args), valueOf(delayMs, args)),
  );
}

/** Takes a {@link schedule} back. */
export function cancelSchedule<
  TContext extends MachineContext,
  TExpressionEvent extends EventObject,
  TParams extends Params,
  TEvent extends EventObject,
>(id: Computed<string, TContext, TExpressionEvent>) {
  return emitted<TContext, TExpressionEvent, TParams, TEvent>((args) => effect.cancelSchedule(valueOf(id, args)));
}
