// One structure for the timers of all actors, over one timer of the clock. Forgetting a timer marks it and costs
// the same however many wait; marked ones are swept when they are the majority. What is due at one instant fires in
// the order it was set.

import { Heap } from 'mnemonist';
import type { Clock, TimerHandle } from '../base/clock.ts';
import { InvalidOptionError, QueueFullError } from '../base/errors.ts';
import { limits } from '../base/limits.ts';

/** One pending timer; `fire` is gone once it has fired or has been cancelled. */
export interface Timer {
  readonly at: number;
  readonly order: number;
  fire: (() => void) | undefined;
}

const sweepAbove = 1_024;
const firedPerTurn = 1_000;

/** Every timer of a runtime. */
export class Timers {
  readonly #clock: Clock;
  #heap = new Heap<Timer>(bySchedule);
  #order = 0;
  #cancelled = 0;
  #armed: { readonly at: number; readonly handle: TimerHandle } | undefined = undefined;
  #closed = false;

  constructor(clock: Clock) {
    this.#clock = clock;
  }

  /** Timers that wait. */
  get pending(): number {
    return this.#heap.size - this.#cancelled;
  }

  /**
   * Calls `fire` once, `delayMs` from now.
   *
   * @throws INVALID_OPTION when the delay is no number, QUEUE_FULL when the runtime holds as many timers as it may.
   */
  set(delayMs: number, fire: () => void): Timer {
    if (typeof delayMs !== 'number' || Number.isNaN(delayMs))
      throw new InvalidOptionError('delayMs', delayMs, 'a number of ms');
    return this.setAt(this.#clock.now() + Math.max(0, delayMs), fire);
  }

  /**
   * Calls `fire` once, when the clock says `at` or at once when it has. Timers of the very same instant fire in the
   * order they were set, which sums of delays would not keep.
   *
   * @throws QUEUE_FULL when the runtime holds as many timers as it may.
   */
  setAt(at: number, fire: () => void): Timer {
    if (this.pending >= limits.timers.perRuntime_count) {
      throw new QueueFullError('the timers', limits.timers.perRuntime_count, limits.mailbox.retryAfter_ms);
    }
    const timer: Timer = { at, order: this.#order++, fire };
    this.#heap.push(timer);
    this.#armFor(timer);
    return timer;
  }

  /** Forgets a timer; harmless when it has fired. */
  cancel(timer: Timer): void {
    if (timer.fire === undefined) return;
    timer.fire = undefined;
    this.#cancelled += 1;
    if (this.#cancelled > sweepAbove && this.#cancelled * 2 > this.#heap.size) this.#sweep();
  }

  /** Forgets everything and lets go of the clock. */
  close(): void {
    this.#closed = true;
    this.#heap = new Heap<Timer>(bySchedule);
    this.#cancelled = 0;
    this.#disarm();
  }

  /** Sees to it that the clock wakes us for a timer, at the latest. */
  #armFor(timer: Timer | undefined): void {
    if (this.#closed || timer === undefined) return;
    if (this.#armed === undefined || timer.at < this.#armed.at) this.#arm(timer.at);
  }

  #arm(at: number): void {
    this.#disarm();
    const handle = this.#clock.setTimer(() => {
      this.#armed = undefined;
      try {
        this.#fireDue();
      } finally {
        this.#armFor(this.#heap.peek());
      }
    }, at - this.#clock.now());
    this.#armed = { at, handle };
  }

  #disarm(): void {
    if (this.#armed !== undefined) this.#clock.clearTimer(this.#armed.handle);
    this.#armed = undefined;
  }

  #fireDue(): void {
    const now = this.#clock.now();
    for (let fired = 0; fired < firedPerTurn;) {
      const next = this.#heap.peek();
      if (next === undefined || next.at > now) break;
      this.#heap.pop();
      if (next.fire === undefined) {
        this.#cancelled -= 1;
        continue;
      }
      const { fire } = next;
      next.fire = undefined;
      fired += 1;
      fire();
    }
  }

  #sweep(): void {
    const live = this.#heap.toArray().filter((timer) => timer.fire !== undefined);
    this.#heap = Heap.from(live, bySchedule);
    this.#cancelled = 0;
  }
}

function bySchedule(a: Timer, b: Timer): number {
  return a.at - b.at || a.order - b.order;
}
