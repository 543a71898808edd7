// Long work in short slices: a few milliseconds, and then everybody else has a turn. Nothing that the store does of
// itself, checking, counting, pruning, holds the process up longer.

import type { Clock } from '../../base/clock.ts';
import { limits } from '../../base/limits.ts';

/** What slicing needs of a clock. */
export type SliceClock = Pick<Clock, 'now' | 'yieldThen'>;

/** Cuts a piece of work into slices. */
export class Slices {
  readonly #clock: SliceClock;
  readonly #slice_ms: number;
  #started: number;

  constructor(clock: SliceClock, slice_ms: number = limits.store.slice_ms) {
    this.#clock = clock;
    this.#slice_ms = slice_ms;
    this.#started = clock.now();
  }

  /** Whether this slice has lasted long enough. */
  get isOver(): boolean {
    return this.#clock.now() - this.#started >= this.#slice_ms;
  }

  /** Waits until the others have had a turn. */
  async next(): Promise<void> {
    await new Promise<void>((resolve) => {
      this.#clock.yieldThen(resolve);
    });
    this.#started = this.#clock.now();
  }
}
