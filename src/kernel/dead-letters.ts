// Where messages end that nobody can take: the last thousand are kept with their reason, all are counted, and a
// storm is reported at most once a second with the number that was left out. Nothing vanishes.

import { CircularBuffer } from 'mnemonist';
import type { Clock } from '../base/clock.ts';
import { limits } from '../base/limits.ts';
import type { EventObject } from 'xstate';
import type { DeadLetterReason } from './events.ts';

/** A message that could not be delivered. */
export interface DeadLetter {
  /** Calendar time in milliseconds. */
  readonly at: number;
  readonly to: string;
  readonly from: string | undefined;
  readonly event: EventObject;
  readonly reason: DeadLetterReason;
  readonly error?: unknown;
}

/** A report of dead letters: the newest, and how many came since the last report without one of their own. */
export interface DeadLetterReport {
  readonly letter: DeadLetter;
  readonly suppressed: number;
}

/** The dead letters of a runtime. */
export class DeadLetters {
  readonly #clock: Clock;
  readonly #onReport: (report: DeadLetterReport) => void;
  readonly #kept: CircularBuffer<DeadLetter>;
  readonly #byReason = new Map<DeadLetterReason, number>();
  #count = 0;
  #suppressed = 0;
  #lastReport = Number.NEGATIVE_INFINITY;

  constructor(clock: Clock, onReport: (report: DeadLetterReport) => void) {
    this.#clock = clock;
    this.#onReport = onReport;
    this.#kept = new CircularBuffer(Array, limits.deadLetters.kept_count);
  }

  /** How many there have been. */
  get count(): number {
    return this.#count;
  }

  /** How many there have been, by reason. */
  get counts(): ReadonlyMap<DeadLetterReason, number> {
    return this.#byReason;
  }

  /** The newest, oldest first; at most a thousand. */
  list(): readonly DeadLetter[] {
    return [...this.#kept];
  }

  add(letter: Omit<DeadLetter, 'at'>): void {
    const kept: DeadLetter = { at: this.#clock.wall(), ...letter };
    this.#count += 1;
    this.#byReason.set(kept.reason, (this.#byReason.get(kept.reason) ?? 0) + 1);
    this.#kept.push(kept);
    const now = this.#clock.now();
    if (now - this.#lastReport < limits.deadLetters.logInterval_ms) {
      this.#suppressed += 1;
      return;
    }
    const suppressed = this.#suppressed;
    this.#suppressed = 0;
    this.#lastReport = now;
    this.#onReport({ letter: kept, suppressed });
  }
}
