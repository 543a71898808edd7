// What people read of a simulation: what was run, what failed on purpose, what was done, and of a failure everything
// that is needed to see it again. Colours are the caller's affair, so that a file and a terminal get the same words.

import Table from 'cli-table3';
import { formatMs } from '../../base/duration.ts';
import { printable } from '../../base/printable.ts';
import type { ReportColours } from '../report.ts';
import { decisionWords } from './decision-words.ts';
import { faultWords } from './fault-words.ts';
import type { FaultOdds } from './faults.ts';
import type { ReplayReport } from './regression.ts';
import type { SimulationFailure, SimulationReport } from './simulate.ts';

/** What only the caller knows of a failure. */
export interface FailureOrigin {
  /** Of the user's project. */
  readonly commit?: string | undefined;
  /** What replays it; default the command with the seed. */
  readonly command?: string | undefined;
}

const plain: ReportColours = { good: String, bad: String, faint: String };
const problem_chars = 2_000;
const problem_lines = 12;
const shownDecisions_count = 40;
/** Lines of a stack that say nothing to whoever wrote the invariant. */
const innerFrame = /^\s+at .*(?:node:|[\\/]testing[\\/]simulation[\\/])/;

/** Everything of a report, line by line. */
export function simulationText(
  report: SimulationReport | ReplayReport,
  colours: ReportColours = plain,
  origin: FailureOrigin = {},
): readonly string[] {
  const { topology, seeds, failure } = report;
  const counted = seeds === 1 ? 'one seed' : `${count(seeds)} seeds`;
  return [
    ...facts(report, colours),
    ...(failure === undefined ? [] : ['', ...failureLines(report, failure, colours, origin)]),
    ...unaskedLines('unasked' in report ? report : undefined),
    '',
    `Topology '${topology}': ${counted} ${failure === undefined ? colours.good('passed') : colours.bad('FAILED')}.`,
  ];
}

/** A report as plain data. */
export function simulationData(report: SimulationReport | ReplayReport, origin: FailureOrigin = {}): object {
  const { failure, hashes } = report;
  const { commit, command = commandOf(report) } = origin;
  return {
    ...report,
    hashes: Object.fromEntries(hashes),
    failure: failure && { ...failure, commit, command },
  };
}

/** What of a command line says which run it was: seed, steps and faults. */
export function runWords({ seed, steps }: Pick<SimulationFailure, 'seed' | 'steps'>, odds: FaultOdds): string {
  return `--seed ${seed} --steps ${steps} --faults ${faultWords(odds)}`;
}

function commandOf({ odds, failure }: SimulationReport): string | undefined {
  return failure && `npx troupe simulate <topology> ${runWords(failure, odds)}`;
}

function facts(report: SimulationReport, { faint }: ReportColours): readonly string[] {
  const { seeds, repeated, steps, lives, took_ms, faults, operations, invariants } = report;
  const twice = repeated === 0 ? '' : `, ${count(repeated)} of them twice with the same trace`;
  const failed = Object.entries(faults).toSorted(([one], [other]) => one.localeCompare(other));
  return [
    `${count(seeds)} ${seeds === 1 ? 'seed' : 'seeds'}${twice}; ${count(steps)} steps; ${formatMs(took_ms)} of simulated time; ${count(lives)} ${lives === 1 ? 'process' : 'processes'} begun`,
    '',
    ...(failed.length === 0
      ? ['No fault happened.']
      : table(
          ['fault', 'times'],
          failed.map(([kind, times]) => [kind, count(times)]),
          faint,
        )),
    '',
    ...table(
      ['operation', 'begun', 'refused'],
      Object.entries(operations).map(([name, { begun, refused }]) => [name, count(begun), count(refused)]),
      faint,
    ),
    '',
    faint(`${invariants.length} invariants held after every step${report.failure === undefined ? '' : ' before'}:`),
    ...wrapped(invariants),
  ];
}

function failureLines(
  report: SimulationReport,
  failure: SimulationFailure,
  { bad, faint }: ReportColours,
  { commit, command = commandOf(report) ?? '' }: FailureOrigin,
): readonly string[] {
  const { shrunk } = failure;
  const { invariant, problem, step } = shrunk?.violation ?? failure;
  const { decisions, last } = shrunk ?? failure;
  const at = shrunk === undefined ? '' : ` (of the run as it was found: ${count(failure.step)})`;
  const [first = '', ...more] = problem
    .split('\n')
    .filter((line) => !innerFrame.test(line))
    .slice(0, problem_lines);
  return [
    `${bad('✗')} seed ${failure.seed}: ${bad(printable(invariant, problem_chars))}`,
    `  ${printable(first, problem_chars)}`,
    ...more.map((line) => `  ${printable(line, problem_chars)}`),
    '',
    ...(commit === undefined ? [] : [`  ${faint('commit')}  ${commit}`]),
    `  ${faint('step')}    ${count(step)}${at}`,
    '',
    `  ${faint(decisionsTitle(failure))}`,
    ...decisions.slice(0, shownDecisions_count).map((decision) => `    ${printable(decisionWords(decision))}`),
    ...(decisions.length > shownDecisions_count
      ? [`    and ${count(decisions.length - shownDecisions_count)} more`]
      : []),
    '',
    `  ${faint(`what happened last (step, simulated time, event)`)}`,
    ...last.map((line) => `    ${line}`),
    '',
    `  ${faint('to see it again')}`,
    `    ${command}`,
  ];
}

function decisionsTitle({ decisions, shrunk }: SimulationFailure): string {
  if (shrunk === undefined) return `${count(decisions.length)} decisions, not made smaller`;
  const { length } = shrunk.decisions;
  return `${count(length)} ${length === 1 ? 'decision' : 'decisions'}, made smaller from ${count(decisions.length)} in ${count(shrunk.runs)} runs`;
}

function unaskedLines(report: ReplayReport | undefined): readonly string[] {
  if (report === undefined || report.unasked.length === 0) return [];
  const { unasked } = report;
  const shown = unasked.slice(0, shownDecisions_count).map(decisionWords);
  return [
    '',
    `${count(unasked.length)} ${unasked.length === 1 ? 'decision was' : 'decisions were'} not asked for any more: ${shown.join(', ')}.`,
    'The program has changed since the run was kept: it may show nothing now.',
  ];
}

const bare = Object.fromEntries(
  ['top', 'bottom', 'left', 'right', 'mid'].flatMap((side) =>
    ['', '-mid', '-left', '-right'].map((end) => [`${side}${end}`, '']),
  ),
);

/** A table without borders; all columns but the first hold numbers. */
function table(
  head: readonly string[],
  rows: readonly (readonly string[])[],
  faint: ReportColours['faint'],
): readonly string[] {
  const lines = new Table({
    head: head.map((title) => faint(title)),
    colAligns: head.map((_, at) => (at === 0 ? 'left' : 'right')),
    chars: { ...bare, middle: '  ' },
    style: { 'padding-left': 0, 'padding-right': 0, head: [], border: [] },
  });
  lines.push(...rows.map((row) => row.map((cell) => printable(cell))));
  return lines
    .toString()
    .split('\n')
    .map((line) => line.trimEnd());
}

const wrapAt_chars = 118;

/** Names, separated by semicolons, in lines of a page's width. */
function wrapped(names: readonly string[]): readonly string[] {
  const lines: string[] = [];
  let line = '';
  names.forEach((name, at) => {
    const word = `${printable(name)}${at === names.length - 1 ? '' : ';'}`;
    if (line !== '' && line.length + word.length + 3 > wrapAt_chars) {
      lines.push(`  ${line}`);
      line = '';
    }
    line = line === '' ? word : `${line} ${word}`;
  });
  return line === '' ? lines : [...lines, `  ${line}`];
}

function count(value: number): string {
  return value.toLocaleString('en-US');
}
