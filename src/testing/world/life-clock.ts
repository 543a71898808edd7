// The clock of one life of a process in a simulated world. Time is the world's; what waits for it is the life's own,
// and is gone with it: a process that was killed fires no timer and has no turn any more.

import type { Clock, TimerHandle } from '../../base/clock.ts';

/** A clock that can be taken away. */
export class LifeClock implements Clock {
  readonly #world: Clock;
  #isOver = false;

  constructor(world: Clock) {
    this.#world = world;
  }

  /** Nothing that was set is going to happen, and nothing that is set from now on. */
  kill(): void {
    this.#isOver = true;
  }

  now(): number {
    return this.#world.now();
  }

  wall(): number {
    return this.#world.wall();
  }

  setTimer(fn: () => void, delayMs: number): TimerHandle {
    return this.#world.setTimer(this.#whileAlive(fn), delayMs);
  }

  clearTimer(timer: TimerHandle): void {
    this.#world.clearTimer(timer);
  }

  yieldThen(fn: () => void): void {
    this.#world.yieldThen(this.#whileAlive(fn));
  }

  soon(fn: () => void): void {
    this.#world.soon(this.#whileAlive(fn));
  }

  #whileAlive(fn: () => void): () => void {
    return () => {
      if (!this.#isOver) fn();
    };
  }
}
