// When each event of a story happens, so that real timers fire where the story says they do. A timer fires exactly its
// delay after it was set, and every other one that is pending must not be due before. That is a system of lower
// bounds on the times, solved by going over it until nothing moves; when it never settles, the story can't happen.

import type { ModelStep } from './watched.ts';
import { waitEndedBy } from './watched.ts';

/** `at[later] >= at[earlier] + least`. */
interface Bound {
  readonly earlier: number;
  readonly later: number;
  readonly least: number;
}

interface Running {
  readonly since: number;
  readonly delayMs: number;
}

/** Less than any delay that makes sense, and a power of two, so that sums of it stay exact. */
const moment_ms = 1 / 1_024;

/**
 * The times of the steps of a story in milliseconds from its start, the earliest there are.
 *
 * @returns undefined when no times make it happen: a timer would have fired before.
 */
export function timetable(steps: readonly ModelStep[]): readonly number[] | undefined {
  const bounds: Bound[] = [];
  const running = new Map<string, Running>();
  /** Something else happens first, or the story ends. */
  const notBefore = (at: number, { since, delayMs }: Running): void => {
    bounds.push({ earlier: at, later: since, least: moment_ms - delayMs });
  };
  for (const [index, step] of steps.entries()) {
    if (index > 0) {
      const fired = step.event === undefined ? undefined : running.get(waitEndedBy(step.event));
      bounds.push({
        earlier: index - 1,
        later: index,
        least: fired === undefined || fired.since === index - 1 ? 0 : moment_ms,
      });
      if (fired !== undefined && step.event !== undefined) {
        bounds.push({ earlier: fired.since, later: index, least: fired.delayMs });
        bounds.push({ earlier: index, later: fired.since, least: -fired.delayMs });
        running.delete(waitEndedBy(step.event));
      }
    }
    for (const id of step.ended) {
      const cancelled = running.get(id);
      if (cancelled !== undefined) notBefore(index, cancelled);
      running.delete(id);
    }
    for (const { id, kind, delayMs } of step.begun) {
      if (kind === 'timer' && delayMs !== undefined && step.after.waits.has(id))
        running.set(id, { since: index, delayMs });
    }
  }
  for (const pending of running.values()) notBefore(steps.length - 1, pending);
  return solve(steps.length, bounds);
}

function solve(count: number, bounds: readonly Bound[]): readonly number[] | undefined {
  const at = Array.from({ length: count }, () => 0);
  for (let round = 0; round <= count; round++) {
    let settled = true;
    for (const { earlier, later, least } of bounds) {
      const bound = (at[earlier] ?? 0) + least;
      if ((at[later] ?? 0) >= bound) continue;
      at[later] = bound;
      settled = false;
    }
    if (settled) return at[0] === 0 ? at : undefined;
  }
  return undefined;
}
