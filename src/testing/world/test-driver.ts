// Moves virtual time: lets everything that is ready run, then goes from timer to timer until what somebody waits for
// has happened. Every loop is bounded, so a test that can't end fails instead of hanging. While a real request is under
// way (a file is read, a process runs) time stands still for a while, so that its answer comes at the instant it was
// asked for; what has no request that can be seen, such as a real timer, gets some turns of the real event loop.

import { systemClock } from '../../base/clock.ts';
import { InvalidOptionError } from '../../base/errors.ts';
import { limits } from '../../base/limits.ts';
import type { VirtualClock } from '../../base/virtual-clock.ts';

const { instant_timers, realTurns_count, realWait_ms, settle_messages, wait_timers } = limits.testing;

/**
 * How a wait ended.
 *
 * - `'happened'`
 * - `'late'`: the time is up
 * - `'idle'`: nothing is due in virtual time, so that nothing in it can happen any more
 * - `'endless'`: more timers fired, or more turns were taken at one instant, than a wait may take
 */
export type WaitEnd = 'happened' | 'late' | 'idle' | 'endless';

/** Moves the time of a test. */
export class Driver {
  readonly clock: VirtualClock;
  readonly #handled: () => number;
  /** What is moving time now. */
  #mover: { readonly what: string; readonly ended: Promise<unknown> } | undefined = undefined;
  /** Requests that are none of the runtime's: they were there before it, or never end. */
  #foreign = requests();

  /** @param handled - How many messages have been handled so far. */
  constructor(clock: VirtualClock, handled: () => number) {
    this.clock = clock;
    this.#handled = handled;
  }

  /**
   * Does something that moves time, and nothing else that does meanwhile.
   *
   * @throws INVALID_OPTION when time is being moved already: two that do so would run into each other.
   */
  async alone<Value>(what: string, move: () => Promise<Value>): Promise<Value> {
    if (this.#mover !== undefined) {
      throw new InvalidOptionError(
        what,
        `called while ${this.#mover.what} moves time`,
        "one call at a time: await the other one first, or wait for several things with 'result(Promise.all([…]))'",
      );
    }
    const moving = move();
    this.#mover = { what, ended: Promise.allSettled([moving]) };
    try {
      return await moving;
    } finally {
      this.#mover = undefined;
    }
  }

  /** Resolves when nothing moves time. */
  async free(): Promise<void> {
    while (this.#mover !== undefined) await this.#mover.ended;
  }

  /** Lets everything that is ready run. @returns whether it came to rest. */
  async settle(): Promise<boolean> {
    const { clock } = this;
    const beganAt = systemClock.now();
    const most = this.#handled() + settle_messages;
    for (let turns = 0; ;) {
      await clock.drain();
      while (clock.readyTurns > 0) {
        if (++turns + this.#handled() > most) return false;
        await clock.runTurn();
      }
      const open = requests();
      if (open <= this.#foreign) {
        this.#foreign = open;
        return true;
      }
      if (systemClock.now() - beganAt >= realWait_ms) this.#foreign = open;
    }
  }

  /** Moves time by `ms`, timer by timer. @returns whether everything came to rest at every instant. */
  async advance(ms: number): Promise<boolean> {
    const { clock } = this;
    const end = clock.now() + ms;
    let atOnce = 0;
    if (!(await this.settle())) return false;
    for (let at = clock.nextTimerAt; at !== undefined && at <= end; at = clock.nextTimerAt) {
      atOnce = at > clock.now() ? 0 : atOnce + 1;
      await clock.fireNext();
      if (atOnce > instant_timers || !(await this.settle())) return false;
    }
    clock.jump(end - clock.now());
    return true;
  }

  /** Goes to the next timer. @returns how much time that took; undefined when none waits. */
  async step(): Promise<number | undefined> {
    const { clock } = this;
    await this.settle();
    if (clock.nextTimerAt === undefined) return undefined;
    const before = clock.now();
    await clock.fireNext();
    await this.settle();
    return clock.now() - before;
  }

  /** Goes from timer to timer until something has happened, for `within_ms` at most. */
  async until(hasHappened: () => boolean | Promise<boolean>, within_ms: number): Promise<WaitEnd> {
    const { clock } = this;
    const end = clock.now() + within_ms;
    let atOnce = 0;
    for (let fired = 0; fired <= wait_timers && atOnce <= instant_timers; fired++) {
      if (!(await this.settle())) return 'endless';
      if (await hasHappened()) return 'happened';
      const next = clock.nextTimerAt;
      if (next === undefined || next > end) {
        if (await this.#somethingRealComes()) continue;
        if (await hasHappened()) return 'happened';
        if (next === undefined) return 'idle';
        clock.jump(end - clock.now());
        return 'late';
      }
      atOnce = next > clock.now() ? 0 : atOnce + 1;
      await clock.fireNext();
    }
    return 'endless';
  }

  /** Gives the real event loop some turns. @returns whether that has led to anything that virtual time sees. */
  async #somethingRealComes(): Promise<boolean> {
    const { clock } = this;
    const next = clock.nextTimerAt;
    for (let turn = 0; turn < realTurns_count; turn++) {
      await clock.drain();
      if (clock.readyTurns > 0 || clock.nextTimerAt !== next) return true;
    }
    return false;
  }
}

const isRequest = /Req|ProcessWrap/;

/** Requests to the system that have no answer yet. */
function requests(): number {
  return process.getActiveResourcesInfo().filter((name) => isRequest.test(name)).length;
}
