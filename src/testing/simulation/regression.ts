// A run that failed once, kept for ever: a small JSON file with the seed and the decisions that it took. Replayed, it
// passes while what it found stays mended, and fails when it is back.

import { createRequire } from 'node:module';
import { InvalidOptionError } from '../../base/errors.ts';
import { printable } from '../../base/printable.ts';
import type { Topology } from '../../topology/define.ts';
import type { Decision } from '../world/decisions.ts';
import { decisionWords, readDecision } from './decision-words.ts';
import { type FaultOdds, oddsOf } from './faults.ts';
import { builtInInvariants } from './invariants/built-in.ts';
import { runOne } from './one-run.ts';
import { planOf, type SimulationOptions } from './options.ts';
import { reportOf, type SimulationReport, Tally } from './simulate.ts';

/** A run that failed, as it is kept. */
export interface Regression {
  /** The name of the topology. */
  readonly topology: string;
  readonly seed: number;
  /** Steps with faults. */
  readonly steps: number;
  readonly faults: FaultOdds;
  readonly decisions: readonly Decision[];
  /** What did not hold, and why, when it was found. */
  readonly invariant: string;
  readonly problem: string;
  /** The version of Troupe that it was found with. */
  readonly troupe: string;
}

/** What came of a regression. */
export interface ReplayReport extends SimulationReport {
  /** Decisions that nothing asked for: the program has changed, and the file may test nothing any more. */
  readonly unasked: readonly Decision[];
}

const format = 1;
const problem_chars = 500;

/** What to keep of a failure: the smallest run that is known. Undefined when nothing failed. */
export function regressionOf({ topology, odds, failure }: SimulationReport): Regression | undefined {
  if (failure === undefined) return undefined;
  const { seed, shrunk } = failure;
  const { steps, decisions } = shrunk ?? failure;
  const { invariant, problem } = shrunk?.violation ?? failure;
  const [told = ''] = problem.split('\n', 1);
  return {
    topology,
    seed,
    steps,
    faults: odds,
    decisions,
    invariant,
    problem: printable(told, problem_chars),
    troupe: version(),
  };
}

/** The file. */
export function regressionText({ decisions, ...regression }: Regression): string {
  return `${JSON.stringify({ format, ...regression, decisions: decisions.map(decisionWords) }, null, 2)}\n`;
}

const keys = ['format', 'topology', 'seed', 'steps', 'faults', 'decisions', 'invariant', 'problem', 'troupe'];

/**
 * Reads what `regressionText` has written.
 *
 * @param name - The file's, for messages.
 * @throws INVALID_OPTION naming the field.
 */
export function readRegression(text: string, name = 'the regression'): Regression {
  const fields = parsed(text, name);
  if (fields['format'] !== format) {
    const isNewer = typeof fields['format'] === 'number' && fields['format'] > format;
    const why = isNewer ? '; the file is of a newer version of Troupe' : '';
    throw new InvalidOptionError(`format of ${name}`, fields['format'], `${format}${why}`);
  }
  for (const key of Object.keys(fields))
    if (!keys.includes(key)) throw new InvalidOptionError(`${key} of ${name}`, 'an unknown field', keys.join(', '));
  return {
    topology: textIn(fields, 'topology', name),
    seed: countIn(fields, 'seed', name),
    steps: countIn(fields, 'steps', name),
    faults: oddsOf(fields['faults'] ?? {}, `faults of ${name}`),
    decisions: decisionsIn(fields, name),
    invariant: textIn(fields, 'invariant', name),
    problem: textIn(fields, 'problem', name),
    troupe: textIn(fields, 'troupe', name),
  };
}

/**
 * Runs a regression again.
 *
 * @param options - What `simulate` was given; seeds, steps and faults are those of the regression.
 * @returns a report that has passed when everything holds now. @throws INVALID_OPTION naming the field.
 */
export async function replay<T extends Topology, Ledger = undefined>(
  topology: T,
  options: SimulationOptions<T, Ledger>,
  regression: Regression,
): Promise<ReplayReport> {
  const { seed, steps, faults, decisions: script } = regression;
  const plan = planOf(topology, { ...options, faults } as SimulationOptions, builtInInvariants);
  if (regression.topology !== topology.name)
    throw new InvalidOptionError('topology of the regression', regression.topology, `'${topology.name}'`);
  const outcome = await runOne(plan, { seed, script, steps });
  const { violation, last, decisions } = outcome;
  const tally = new Tally();
  tally.add(outcome);
  const asked = new Set(decisions.map(({ kind, nth }) => `${kind}#${nth}`));
  const failure = violation && { ...violation, seed, steps, last, decisions, shrunk: undefined };
  return {
    ...reportOf(plan, tally, failure),
    unasked: script.filter(({ kind, nth }) => !asked.has(`${kind}#${nth}`)),
  };
}

function parsed(text: string, name: string): Readonly<Record<string, unknown>> {
  let value: unknown;
  try {
    value = JSON.parse(text);
  } catch (error) {
    throw new InvalidOptionError(name, text, `JSON (${error instanceof Error ? error.message : 'it is none'})`);
  }
  if (typeof value === 'object' && value !== null && !Array.isArray(value)) return value as Record<string, unknown>;
  throw new InvalidOptionError(name, value, `an object with ${keys.join(', ')}`);
}

function textIn(fields: Readonly<Record<string, unknown>>, key: string, name: string): string {
  const value = fields[key];
  if (typeof value === 'string') return value;
  throw new InvalidOptionError(`${key} of ${name}`, value, 'a text');
}

function countIn(fields: Readonly<Record<string, unknown>>, key: string, name: string): number {
  const value = fields[key];
  if (Number.isSafeInteger(value) && (value as number) >= 0 && (value as number) < 4_294_967_296)
    return value as number;
  throw new InvalidOptionError(`${key} of ${name}`, value, 'a whole number from 0 to 4,294,967,295');
}

function decisionsIn(fields: Readonly<Record<string, unknown>>, name: string): readonly Decision[] {
  const given = fields['decisions'];
  if (!Array.isArray(given)) throw new InvalidOptionError(`decisions of ${name}`, given, 'a list');
  return given.map((text: unknown, index) => {
    const decision = readDecision(text);
    if (decision !== undefined) return decision;
    throw new InvalidOptionError(`decisions[${index}] of ${name}`, text, "a decision such as 'fault.crash#3 = 2'");
  });
}

function version(): string {
  return (createRequire(import.meta.url)('troupe/package.json') as { readonly version: string }).version;
}
