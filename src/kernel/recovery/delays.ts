// The delays that machines wait for: `after`, delayed `raise` and `sendTo`. XState keeps them to itself and loses
// them with the process, so a shard's scheduler is watched through XState's public ActorSystem: each delay is known
// here from when it is set until it fires or is cancelled. Actors without delays have nothing here.

import type { AnyActorRef, AnyActorScope, EventObject } from 'xstate';
import type { Timer } from '../timers.ts';

type System = AnyActorScope['system'];

/** One delay that is pending. */
export interface Delay {
  readonly id: string;
  readonly event: EventObject;
  readonly target: AnyActorRef;
  readonly timer: Timer;
}

/** The pending delays of the actors under one XState root. */
export class Delays {
  readonly #bySource = new Map<AnyActorRef, Map<string, Delay>>();
  readonly #scheduler: System['scheduler'];
  #count = 0;
  /** The timer that XState has just set; see {@link Delays.arm}. */
  #armed: Timer | undefined = undefined;
  #fired: (() => void) | undefined = undefined;

  /** Watches the scheduler of a system. */
  constructor(system: System) {
    const { scheduler } = system;
    this.#scheduler = scheduler;
    const schedule = scheduler.schedule.bind(scheduler);
    const cancel = scheduler.cancel.bind(scheduler);
    scheduler.schedule = (source, target, event, delay, id = `delay.${this.#count++}`) => {
      this.#fired = () => {
        this.#forget(source, id);
      };
      schedule(source, target, event, delay, id);
      const timer = this.#armed;
      this.#armed = undefined;
      this.#fired = undefined;
      if (timer !== undefined) this.#add(source, { id, event, target, timer });
    };
    scheduler.cancel = (source, id) => {
      // A crash cancels everything; what it had waited for is still part of its last good state.
      if ((source.getSnapshot() as { readonly status: string }).status !== 'error') this.#forget(source, id);
      cancel(source, id);
    };
  }

  /** Sets a timer of XState's, which belongs to the delay being scheduled. */
  arm(set: (fire: () => void) => Timer, fire: () => void): Timer {
    const fired = this.#fired;
    const timer = set(() => {
      fired?.();
      fire();
    });
    this.#armed = timer;
    return timer;
  }

  /** The pending delays that an actor has set. */
  of(source: AnyActorRef): Iterable<Delay> {
    return this.#bySource.get(source)?.values() ?? [];
  }

  /** Whether nobody waits for anything. */
  get isEmpty(): boolean {
    return this.#bySource.size === 0;
  }

  /** Forgets an actor. */
  drop(source: AnyActorRef): void {
    this.#bySource.delete(source);
  }

  /** Sets a delay again, as the machine itself would. */
  restore(source: AnyActorRef, target: AnyActorRef, { id, event }: Pick<Delay, 'id' | 'event'>, delayMs: number): void {
    this.#scheduler.schedule(source, target, event, delayMs, id);
  }

  #add(source: AnyActorRef, delay: Delay): void {
    let delays = this.#bySource.get(source);
    if (delays === undefined) {
      delays = new Map();
      this.#bySource.set(source, delays);
    }
    delays.set(delay.id, delay);
  }

  #forget(source: AnyActorRef, id: string): void {
    const delays = this.#bySource.get(source);
    if (delays === undefined) return;
    delays.delete(id);
    if (delays.size === 0) this.#bySource.delete(source);
  }
}
