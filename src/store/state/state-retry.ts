// Trying again after a conflict: at most so many times, each time after a wait drawn by chance from a window that
// doubles, so that those who met do not meet again. And the end of a function that does not end by itself.

import type { Clock } from '../../base/clock.ts';
import { type Duration, toPositiveMs } from '../../base/duration.ts';
import { InvalidOptionError, TaskTimeoutError, type VersionConflictError } from '../../base/errors.ts';
import { limits } from '../../base/limits.ts';
import type { Random } from '../../base/random.ts';

/** Options of `update` and `transaction`. */
export interface RetryOptions {
  /** How often to try again after a conflict; default 5, at most 1,000. */
  readonly retries?: number;
  /** How long one try of the function may take; default 30 s. */
  readonly timeout?: Duration;
}

/** What one try came to. */
export type Outcome<Result> = { readonly done: Result } | { readonly conflict: VersionConflictError };

/** Options that have been read. */
export interface RetryRules {
  readonly retries: number;
  readonly timeout_ms: number;
}

/** @throws INVALID_OPTION */
export function retryRules({ retries = limits.state.retries_count, timeout }: RetryOptions): RetryRules {
  if (!Number.isInteger(retries) || retries < 0 || retries > limits.state.retriesMax_count) {
    throw new InvalidOptionError('retries', retries, `a whole number from 0 to ${limits.state.retriesMax_count}`);
  }
  return { retries, timeout_ms: toPositiveMs(timeout ?? limits.state.transaction_ms, 'timeout') };
}

/**
 * Calls `attempt`, the first time within this very call, until it is done or out of retries.
 *
 * @returns the result, or the last conflict.
 */
export async function retried<Result>(
  { clock, random }: { readonly clock: Clock; readonly random: Random },
  retries: number,
  attempt: (count: number) => Promise<Outcome<Result>>,
): Promise<Outcome<Result>> {
  for (let count = 1; ; count++) {
    const outcome = await attempt(count);
    if ('done' in outcome || count > retries) return outcome;
    await pause(clock, random() * window_ms(count));
  }
}

function window_ms(conflicts: number): number {
  const { backoffInitial_ms, backoffFactor_ratio, backoffMax_ms } = limits.state;
  return Math.min(backoffMax_ms, backoffInitial_ms * backoffFactor_ratio ** (conflicts - 1));
}

function pause(clock: Clock, delay_ms: number): Promise<void> {
  return new Promise((resolve) => {
    clock.setTimer(resolve, delay_ms);
  });
}

/** What a promise comes to, or TASK_TIMEOUT when it takes too long; then nobody hears of it any more. */
export async function within<Result>(
  clock: Clock,
  what: string,
  timeout_ms: number,
  work: Promise<Result>,
): Promise<Result> {
  let timer;
  const tooLong = new Promise<never>((_resolve, reject) => {
    timer = clock.setTimer(() => {
      reject(new TaskTimeoutError(what, 'runtime.state', timeout_ms));
    }, timeout_ms);
  });
  try {
    return await Promise.race([work, tooLong]);
  } finally {
    if (timer !== undefined) clock.clearTimer(timer);
  }
}
