// Runs a topology under many seeds, each deciding time, order, faults and answers of a whole run, and says what did not
// hold. The first seed that fails ends it, made as small as it can be.

import { InvalidOptionError } from '../../base/errors.ts';
import type { Topology } from '../../topology/define.ts';
import type { Decision } from '../world/decisions.ts';
import type { FaultOdds } from './faults.ts';
import { builtInInvariants } from './invariants/built-in.ts';
import { type RunOutcome, runOne, type Violation } from './one-run.ts';
import { type Plan, planOf, seedsOf, type SimulationOptions } from './options.ts';
import { defaultBudget, type Shrunk, shrink } from './shrink.ts';
import type { ShrinkBudget } from './shrink-script.ts';

/** A seed that failed. */
export interface SimulationFailure extends Violation {
  readonly seed: number;
  /** Steps with faults that there were to be. */
  readonly steps: number;
  /** What happened last, oldest first. */
  readonly last: readonly string[];
  readonly decisions: readonly Decision[];
  /** The run made smaller; undefined where it was not to be, or could not be repeated. */
  readonly shrunk: Shrunk | undefined;
}

/** What came of a simulation. */
export interface SimulationReport {
  readonly topology: string;
  readonly passed: boolean;
  /** How often what failed. */
  readonly odds: FaultOdds;
  /** Seeds that were run. */
  readonly seeds: number;
  readonly steps: number;
  /** Processes that were begun. */
  readonly lives: number;
  /** How long all of it would have taken, in milliseconds. */
  readonly took_ms: number;
  /** Faults by kind. */
  readonly faults: Readonly<Record<string, number>>;
  readonly operations: Readonly<Record<string, { readonly begun: number; readonly refused: number }>>;
  /** What was looked at after each step. */
  readonly invariants: readonly string[];
  /** By seed: equal for equal runs. */
  readonly hashes: ReadonlyMap<number, string>;
  /** Seeds that were run twice, with the same hash. */
  readonly repeated: number;
  readonly failure: SimulationFailure | undefined;
}

/** Adds up what came of each seed. */
export class Tally {
  seeds = 0;
  steps = 0;
  lives = 0;
  took_ms = 0;
  repeated = 0;
  readonly faults: Record<string, number> = {};
  readonly operations: Record<string, { begun: number; refused: number }> = {};
  readonly hashes = new Map<number, string>();

  add({ seed, steps, lives, took_ms, faults, operations, hash }: RunOutcome): void {
    this.seeds += 1;
    this.steps += steps;
    this.lives += lives;
    this.took_ms += took_ms;
    this.hashes.set(seed, hash);
    for (const [kind, count] of faults) this.faults[kind] = (this.faults[kind] ?? 0) + count;
    for (const [name, { begun, refused }] of operations) {
      const sum = (this.operations[name] ??= { begun: 0, refused: 0 });
      sum.begun += begun;
      sum.refused += refused;
    }
  }
}

/**
 * Simulates a topology: the real runtime on a simulated clock, disk and chance. Each seed is a run of its own, first
 * with faults, then without; invariants are looked at after every step. Runs in this process and this thread.
 *
 * @throws INVALID_OPTION naming the field.
 *
 * @example
 * ```ts
 * const report = await simulate(topology, { seeds: 200, tasks: { ticket: ({ pick }) => pick(tickets) } });
 * if (report.failure !== undefined) console.log(simulationText(report));
 * ```
 */
export async function simulate<T extends Topology, Ledger = undefined>(
  topology: T,
  options: SimulationOptions<T, Ledger>,
): Promise<SimulationReport> {
  const { shrink: isShrunk = true, repeat = 1, onSeed, onFailure, signal } = options;
  const plan = planOf(topology, options as SimulationOptions, builtInInvariants);
  const seeds = seedsOf(options);
  if (!Number.isSafeInteger(repeat) || repeat < 0)
    throw new InvalidOptionError('repeat', repeat, 'a whole number from 0');
  const tally = new Tally();
  let failed: RunOutcome | undefined;
  for (const seed of seeds) {
    if (signal?.aborted === true) break;
    const outcome = await runOne(plan, { seed });
    tally.add(outcome);
    failed = outcome.violation === undefined && tally.repeated < repeat ? await again(plan, outcome, tally) : outcome;
    onSeed?.({ seeds: tally.seeds, of: seeds.length, seed });
    if (failed?.violation !== undefined) break;
  }
  if (failed?.violation === undefined) return reportOf(plan, tally, undefined);
  onFailure?.({ seed: failed.seed, ...failed.violation });
  const budget = isShrunk ? defaultBudget(() => signal?.aborted === true) : undefined;
  return reportOf(plan, tally, await failureOf(plan, failed, failed.violation, budget));
}

/** Runs a seed once more. @returns the second outcome, with a violation if it is another one. */
async function again(plan: Plan, first: RunOutcome, tally: Tally): Promise<RunOutcome> {
  const second = await runOne(plan, { seed: first.seed });
  tally.repeated += 1;
  if (second.hash === first.hash) return second;
  const problem =
    `the first run ended with ${first.hash} after ${first.steps} steps, the second with ${second.hash} after ${second.steps}; ` +
    'something in it does not come from the seed: a real clock, chance, a file, or state outside the runtime';
  return { ...second, violation: { invariant: 'the same seed is the same run', problem, step: second.steps } };
}

async function failureOf(
  plan: Plan,
  { seed, last, decisions }: RunOutcome,
  violation: Violation,
  budget: ShrinkBudget | undefined,
): Promise<SimulationFailure> {
  const shrunk = budget === undefined ? undefined : await shrink(plan, { seed, decisions, violation }, budget);
  return { ...violation, seed, steps: plan.steps, last, decisions, shrunk };
}

/** What is told of a plan that was run. */
export function reportOf(plan: Plan, tally: Tally, failure: SimulationFailure | undefined): SimulationReport {
  const { seeds, steps, lives, took_ms, faults, operations, hashes, repeated } = tally;
  return {
    topology: plan.topology.name,
    passed: failure === undefined,
    odds: plan.odds,
    seeds,
    steps,
    lives,
    took_ms,
    faults,
    operations,
    invariants: [...plan.invariants, ...plan.checks.map(([name]) => ({ name }))].map(({ name }) => name),
    hashes,
    repeated,
    failure,
  };
}
