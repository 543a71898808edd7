// Long work in short slices: a few milliseconds, and then everybody else has a turn. Nothing that the store does of
// itself, checking, counting, pruning, holds the process up longer.

import type { Clock } from '../../base/clock.ts';
import { limits } from '../../base/limits.ts';

/** What slicing needs of a clock. */
export type SliceClock = Pick<Clock, 'now' | 'yieldThen'>;

/** Cuts a piece of work into slices. */
export class Slices {
  readonly #clock: SliceClock;
  #started: number;

  constructor(clock: SliceClock) {
    this.#clock = clock;
    this.#started = clock.now();
  }

  /** Whether this slice has lasted long enough. */
  get isOver(): boolean {
    return this.#clock.now() - this.#started >= limits.store.slice_ms;
  }

  /** Waits until the others have had a turn. */
  async next(): Promise<void> {
    await new Promise<void>((resolve) => {
      this.#clock.yieldThen(resolve);
    });
    this.#started = this.#clock.now();
  }
}
