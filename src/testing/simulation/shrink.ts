// Makes a failing run smaller: the same invariant, violated with fewer decisions and fewer steps. The seed stays, since
// ids and the spread of delays come from it.

import { systemClock } from '../../base/clock.ts';
import { limits } from '../../base/limits.ts';
import type { Decision } from '../world/decisions.ts';
import type { Violation } from './ground.ts';
import { runOne } from './one-run.ts';
import type { Plan } from './options.ts';
import { type ShrinkBudget, type Smallest, smallestScript } from './shrink-script.ts';

/** A failing run, made smaller. */
export interface Shrunk extends Smallest {
  readonly seed: number;
}

/** What to make smaller. */
export interface Shrinkable {
  readonly seed: number;
  readonly decisions: readonly Decision[];
  readonly violation: Violation;
}

/** @returns the smallest failing run found within the budget; undefined when it does not fail again. */
export async function shrink(
  plan: Plan,
  { seed, decisions, violation: { invariant } }: Shrinkable,
  budget: ShrinkBudget = defaultBudget(),
): Promise<Shrunk | undefined> {
  const smallest = await smallestScript(
    { decisions, steps: plan.steps, invariant },
    (script) => runOne(plan, { seed, script: script.decisions, steps: script.steps }),
    budget,
  );
  return smallest === undefined ? undefined : { ...smallest, seed };
}

/** So many runs, and so long: a run that stands still until everything should have settled takes its time. */
export function defaultBudget(isStopped: () => boolean = () => false): ShrinkBudget {
  const { shrink_runs: runs, shrink_ms } = limits.testing;
  const until = systemClock.now() + shrink_ms;
  return { runs, isSpent: () => isStopped() || systemClock.now() > until };
}
