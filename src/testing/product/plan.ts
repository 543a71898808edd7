// What may happen from outside in a product, and how often: events, tasks, calls to stop, crashes, full mailboxes. All
// of it is bounded, so that a walk comes to an end by itself where the machines do.

import type { AnyEventObject, EventFromLogic } from 'xstate';
import type { ActorMachines, ProductWorld } from './view.ts';

interface Occasion<World> {
  /** How often it may happen; default 1. */
  readonly times?: number;
  /** It may also stay away for ever, so that nobody is said to wait for it; default false. */
  readonly optional?: boolean;
  /** Whether it may happen now; default always. */
  when?(this: void, world: World): boolean;
}

/** Sends an event to an actor. */
export interface EnvironmentTell {
  readonly to: string;
  readonly event: AnyEventObject;
}

/** Gives an actor a task, which happens once. */
export interface EnvironmentTask {
  readonly to: string;
  readonly task: { readonly id: string; readonly type: string; readonly input?: unknown };
  /** Whether its time may be up before it has settled; default false. */
  readonly canTimeOut?: boolean;
}

/** Calls a task of the environment's off, while it is open. */
export interface EnvironmentCancel {
  readonly cancels: string;
}

type TellTo<Actors extends ActorMachines> = {
  [Address in keyof Actors & string]: { readonly to: Address; readonly event: EventFromLogic<Actors[Address]> };
}[keyof Actors & string];

/** Something that comes from outside. */
export type EnvironmentStep<Actors extends ActorMachines = ActorMachines> = Occasion<ProductWorld<Actors>> &
  (TellTo<Actors> | EnvironmentTask | EnvironmentCancel);

/** The same, whatever the machines are. */
export type AnyEnvironmentStep = Occasion<ProductWorld> & (EnvironmentTell | EnvironmentTask | EnvironmentCancel);

/** What may happen to a product besides what its actors do. */
export interface Plan {
  readonly environment: readonly AnyEnvironmentStep[];
  readonly crashes: number;
  readonly overloads: number;
}
