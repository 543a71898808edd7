// Many tasks from one, a bounded number at a time. By policy the first failure ends it (what has not been started is
// not started, what runs is cancelled with the task it is part of), or everything is collected. Inputs are taken one
// by one as there is room, so that an endless list ends at the limit of steps and not with the memory.

import type { Duration } from '../base/duration.ts';
import { InvalidOptionError } from '../base/errors.ts';
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
 * @throws the first failure, unless they are collected; INVALID_OPTION for options or inputs that are none.
 */
export async function fanOut(
  inputs: Iterable<unknown>,
  options: FanOutOptions,
  start: (input: unknown, index: number) => Promise<unknown>,
): Promise<readonly unknown[]> {
  const { onError = 'cancel' } = options;
  if (onError !== 'cancel' && onError !== 'collect')
    throw new InvalidOptionError('onError', onError, "'cancel' | 'collect'");
  const waiting = numbered(iterable(inputs, 'inputs'));
  const results: unknown[] = [];
  const lane = async (): Promise<void> => {
    for (const [index, input] of waiting) {
      if (onError === 'cancel') results[index] = await start(input, index);
      else [results[index]] = await Promise.allSettled([start(input, index)]);
    }
  };
  await Promise.all(Array.from({ length: widthOf(options) }, lane));
  return results;
}

/** Something that can be gone through. @throws INVALID_OPTION naming the field. */
export function iterable(value: unknown, field: string): Iterable<unknown> {
  if (typeof value === 'object' && value !== null && Symbol.iterator in value) return value as Iterable<unknown>;
  throw new InvalidOptionError(field, value, 'a list, or something else that can be gone through');
}

function widthOf({ inFlight = limits.delegation.fanOutInFlight_count }: FanOutOptions): number {
  if (Number.isInteger(inFlight) && inFlight >= 1 && inFlight <= limits.delegation.pending_count) return inFlight;
  throw new InvalidOptionError('inFlight', inFlight, `a whole number from 1 to ${limits.delegation.pending_count}`);
}

/** The lanes share it: the one that fails closes it, so that no lane takes another input. */
function* numbered(inputs: Iterable<unknown>): Generator<[index: number, input: unknown], void, undefined> {
  let index = 0;
  for (const input of inputs) yield [index++, input];
}
