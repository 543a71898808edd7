// The waits of a test: each moves virtual time until what it waits for has happened, and when that can't be any more
// says so, with everything that is still pending.

import { limits } from '../../base/limits.ts';
import { inTime } from './probe-expected.ts';
import type { Driver, WaitEnd } from './test-driver.ts';
import { ExpectationError, inWords, realityHint, type Standing } from './test-expectation.ts';

const { instant_timers, settle_messages, wait_timers } = limits.testing;

/** Waits in virtual time. */
export class Waits {
  readonly #driver: Driver;
  readonly #standing: () => Standing;

  constructor(driver: Driver, standing: () => Standing) {
    this.#driver = driver;
    this.#standing = standing;
  }

  /** Lets everything that is ready run. @throws ExpectationError when it never comes to rest. */
  async settle(): Promise<void> {
    const isAtRest = await this.#driver.alone('settle', () => this.#driver.settle());
    if (!isAtRest) throw this.#restless('settle');
  }

  /** Moves time. @throws ExpectationError when something never comes to rest. */
  async advance(what: string, ms: number): Promise<void> {
    const isAtRest = await this.#driver.alone(what, () => this.#driver.advance(ms));
    if (!isAtRest) throw this.#restless(what);
  }

  /** Resolves when no wait is on. */
  free(): Promise<void> {
    return this.#driver.free();
  }

  step(): Promise<number | undefined> {
    return this.#driver.alone('step', () => this.#driver.step());
  }

  /** Moves time until something has happened, for so long at most. */
  until(what: string, hasHappened: () => boolean | Promise<boolean>, within_ms: number): Promise<WaitEnd> {
    return this.#driver.alone(what, () => this.#driver.until(hasHappened, within_ms));
  }

  /**
   * Moves time until something holds, and gives what it gave.
   *
   * @throws ExpectationError when it does not hold in time.
   */
  async holds<Value>(holds: () => Value | Promise<Value>, within_ms: number): Promise<Value> {
    let value: Value | undefined;
    const hasHappened = async (): Promise<boolean> => Boolean((value = await holds()));
    const end = await this.until('until', hasHappened, within_ms);
    if (end === 'happened') return value as Value;
    throw this.#failure(`until ${wordsOf(holds)}: it did not hold ${inTime(end, within_ms)}`, end, true, value);
  }

  /**
   * Moves time until a promise settles.
   *
   * @throws whatever it rejects with; ExpectationError when it does not settle in time, or nothing could settle it.
   */
  async settled<Value>(what: string, promise: Promise<Value>, within_ms: number): Promise<Value> {
    let outcome: PromiseSettledResult<Value> | undefined;
    void Promise.allSettled([promise]).then(([settled]) => {
      outcome = settled;
    });
    const end = await this.until(what, () => outcome !== undefined, within_ms);
    if (outcome === undefined) throw this.#failure(`${what}: it is open ${inTime(end, within_ms)}`, end, 'an end', end);
    if (outcome.status === 'fulfilled') return outcome.value;
    throw outcome.reason;
  }

  #failure(problem: string, end: WaitEnd, expected: unknown, actual: unknown): ExpectationError {
    const notes = end === 'idle' ? [realityHint] : end === 'endless' ? [endlessHint] : [];
    return new ExpectationError(problem, this.#standing(), {
      expected,
      actual,
      notes: [`received: ${inWords(actual)}`, ...notes],
    });
  }

  #restless(what: string): ExpectationError {
    return new ExpectationError(`${what}: it never comes to rest`, this.#standing(), {
      expected: 'rest',
      actual: 'messages or timers without end',
      notes: [endlessHint],
    });
  }
}

const endlessHint =
  `more than ${settle_messages} messages or ${instant_timers} timers at one instant, or ${wait_timers} timers in one wait: ` +
  'actors that answer each other for ever, or a timer that arms itself again at once; the end of `trace` shows which';

/** A function as its author wrote it, in one line. */
function wordsOf(holds: () => unknown): string {
  return inWords(String(holds).replace(/\s+/g, ' ')).replace(/^"|"$/g, '');
}
