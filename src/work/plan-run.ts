// Carries a plan out: a task starts as soon as everything it needs is there, `each` makes one task an item, and the
// first failure ends the whole. Inputs are functions of results, so nothing here knows what the tasks mean.

import { InvalidOptionError } from '../base/errors.ts';
import { limits } from '../base/limits.ts';
import type { Priority } from '../base/priority.ts';
import type { Duration } from '../base/duration.ts';
import { iterable } from './fan-out.ts';

/** One node of a plan that has been checked. */
export interface PlanStep {
  readonly type: string;
  readonly needs?: readonly string[];
  readonly each?: (results: Readonly<Record<string, unknown>>) => Iterable<unknown>;
  readonly input?: unknown;
  readonly priority?: Priority;
  readonly timeout?: Duration;
}

interface Naming {
  readonly key: string;
  readonly priority?: Priority;
  readonly timeout?: Duration;
}

/** What a plan delegates with. */
export interface PlanHands {
  delegate(type: string, request: Naming & { readonly input: unknown }): Promise<unknown>;
  fanOut(type: string, inputs: Iterable<unknown>, options: Naming): Promise<readonly unknown[]>;
}

type Results = Readonly<Record<string, unknown>>;

/**
 * Runs every task of a plan.
 *
 * @returns the result of each node by its name.
 * @throws the first failure.
 */
export async function runPlan(plan: Readonly<Record<string, PlanStep>>, hands: PlanHands): Promise<Results> {
  const results: Record<string, unknown> = {};
  const begun = new Map<string, Promise<void>>();
  const begin = (name: string): Promise<void> => {
    let running = begun.get(name);
    if (running === undefined) {
      running = runNode(name);
      begun.set(name, running);
    }
    return running;
  };
  const runNode = async (name: string): Promise<void> => {
    const step = plan[name];
    if (step === undefined) return;
    await Promise.all((step.needs ?? []).map(begin));
    results[name] = await runStep(name, step, pick(results, step.needs ?? []), hands);
  };
  await Promise.all(Object.keys(plan).map(begin));
  return results;
}

function runStep(name: string, step: PlanStep, results: Results, hands: PlanHands): Promise<unknown> {
  const { type, each, input, priority, timeout } = step;
  const options = {
    key: name,
    ...(priority === undefined ? {} : { priority }),
    ...(timeout === undefined ? {} : { timeout }),
  };
  if (each === undefined) return hands.delegate(type, { input: inputOf(input, results), ...options });
  const items = itemsOf(name, each(results));
  const inputs = items.map((item, index) => (input === undefined ? item : inputOf(input, results, item, index)));
  return hands.fanOut(type, inputs, options);
}

/** The items, each taken once. @throws INVALID_OPTION when there are none to take, or more than there may be. */
function itemsOf(name: string, given: unknown): readonly unknown[] {
  const most = limits.task.planItems_count;
  const items: unknown[] = [];
  for (const item of iterable(given, `what each of plan node '${name}' returned`)) {
    if (items.length === most)
      throw new InvalidOptionError(`each of plan node '${name}'`, 'more', `at most ${most} items`);
    items.push(item);
  }
  return items;
}

function inputOf(input: unknown, results: Results, item?: unknown, index?: number): unknown {
  if (typeof input !== 'function') return input;
  return (input as (results: Results, item?: unknown, index?: number) => unknown)(results, item, index);
}

function pick(results: Results, names: readonly string[]): Results {
  return Object.fromEntries(names.map((name) => [name, results[name]]));
}
