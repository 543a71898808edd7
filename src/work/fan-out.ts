// Many tasks from one, a bounded number at a time. By policy the first failure ends it (what has not been started is
// not started, what runs is cancelled with the task it is part of), or everything is collected.

import type { Duration } from '../base/duration.ts';
import { limits } from '../base/limits.ts';
import type { Priority } from '../base/priority.ts';

export interface FanOutOptions {
  /** Names the call within the task; default: the type and how many of that type came before. */
  readonly key?: string;
  /** How many run at once; default 64. */
  readonly inFlight?: number;
  /** `'cancel'` (default): the first failure rejects. `'collect'`: outcomes as `Promise.allSettled` gives them. */
  readonly onError?: 'cancel' | 'collect';
  readonly priority?: Priority;
  readonly timeout?: Duration;
}

/**
 * Starts one piece of work an input, at most `inFlight` at a time.
 *
 * @returns outputs, or with `'collect'` settled results, in the order of the inputs.
 * @throws the first failure, unless they are collected.
 */
export async function fanOut(
  inputs: Iterable<unknown>,
  options: FanOutOptions,
  start: (input: unknown, index: number) => Promise<unknown>,
): Promise<readonly unknown[]> {
  const waiting = [...inputs].entries();
  const results: unknown[] = [];
  const collect = options.onError === 'collect';
  let failed = false;
  const lane = async (): Promise<void> => {
    for (const [index, input] of waiting) {
      if (failed) return;
      try {
        const value = await start(input, index);
        results[index] = collect ? { status: 'fulfilled', value } : value;
      } catch (reason) {
        if (!collect) {
          failed = true;
          throw reason;
        }
        results[index] = { status: 'rejected', reason };
      }
    }
  };
  const width = Math.max(1, options.inFlight ?? limits.delegation.fanOutInFlight_count);
  await Promise.all(Array.from({ length: width }, lane));
  return results;
}
