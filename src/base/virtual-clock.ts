// A clock that moves only when told to. Time steps from timer to timer, so that a timer that arms itself again
// within a jump fires as often as it is due (XState's SimulatedClock fires it once). Everything due at one instant
// runs in the order it was set. Turns of the event loop are queued and run in order, too.

import { Heap } from 'mnemonist';
import type { Clock, TimerHandle } from './clock.ts';

interface VirtualTimer {
  readonly at: number;
  readonly order: number;
  fn: (() => void) | undefined;
}

/** A seedable, steppable clock for tests and simulation. */
export class VirtualClock implements Clock {
  #now: number;
  #wallOffset: number;
  #order = 0;
  readonly #timers = new Heap<VirtualTimer>((a, b) => a.at - b.at || a.order - b.order);
  #turns: (() => void)[] = [];

  constructor(start: { readonly nowMs?: number; readonly wallMs?: number } = {}) {
    this.#now = start.nowMs ?? 0;
    this.#wallOffset = (start.wallMs ?? Date.UTC(2026, 0, 1)) - this.#now;
  }

  now(): number {
    return this.#now;
  }

  wall(): number {
    return this.#now + this.#wallOffset;
  }

  /** Moves the calendar without moving time, as an administrator or a time server does. */
  setWall(wallMs: number): void {
    this.#wallOffset = wallMs - this.#now;
  }

  setTimer(fn: () => void, delayMs: number): TimerHandle {
    const timer: VirtualTimer = { at: this.#now + Math.max(0, delayMs), order: this.#order++, fn };
    this.#timers.push(timer);
    return timer;
  }

  clearTimer(timer: TimerHandle): void {
    (timer as VirtualTimer).fn = undefined;
  }

  yieldThen(fn: () => void): void {
    this.#turns.push(fn);
  }

  soon(fn: () => void): void {
    this.#turns.push(fn);
  }

  /** Timers that wait and have not been cleared. */
  get pendingTimers(): number {
    return this.#timers.toArray().filter((timer) => timer.fn !== undefined).length;
  }

  /** Turns of the event loop that wait. */
  get readyTurns(): number {
    return this.#turns.length;
  }

  /** When the next timer is due; undefined when none waits. */
  get nextTimerAt(): number | undefined {
    return this.#peek()?.at;
  }

  /** Runs one waiting turn, by its place in the queue, and then the promises it has settled. */
  async runTurn(place = 0): Promise<void> {
    const [turn] = this.#turns.splice(place, 1);
    turn?.();
    await drainPromises();
  }

  /** Moves time to the next timer, fires it alone, and runs the promises it has settled; turns wait. */
  async fireNext(): Promise<void> {
    const next = this.#peek();
    if (next === undefined) return;
    this.#timers.pop();
    this.#now = Math.max(this.#now, next.at);
    next.fn?.();
    await drainPromises();
  }

  /** Time passes at once, as while a machine sleeps: what became due meanwhile fires late, from the next step on. */
  jump(ms: number): void {
    this.#now += Math.max(0, ms);
  }

  /** Runs the promises that are settled. */
  drain(): Promise<void> {
    return drainPromises();
  }

  /** Lets everything that is ready run, promises included, without moving time. */
  async settle(): Promise<void> {
    for (;;) {
      await drainPromises();
      if (this.#turns.length === 0) return;
      const turns = this.#turns;
      this.#turns = [];
      let next = 0;
      try {
        while (next < turns.length) turns[next++]?.();
      } finally {
        // A turn that throws does not take the others with it.
        if (next < turns.length) this.#turns = [...turns.slice(next), ...this.#turns];
      }
    }
  }

  /** Moves time forward by `ms`, timer by timer, letting everything settle at each instant. */
  async advance(ms: number): Promise<void> {
    const end = this.#now + ms;
    await this.settle();
    for (;;) {
      const next = this.#peek();
      if (next === undefined || next.at > end) break;
      this.#timers.pop();
      this.#now = Math.max(this.#now, next.at);
      next.fn?.();
      await this.settle();
    }
    this.#now = Math.max(this.#now, end); // a timer may have moved time further
    await this.settle();
  }

  #peek(): VirtualTimer | undefined {
    for (;;) {
      const next = this.#timers.peek();
      if (next === undefined || next.fn !== undefined) return next;
      this.#timers.pop();
    }
  }
}

/** One turn of the real event loop, which empties the queue of promise reactions. */
function drainPromises(): Promise<void> {
  return new Promise((resolve) => {
    setImmediate(resolve);
  });
}
