// What came of the kills, as data and as people read it: how many of how many, how long recovery took, and each failure
// with what had been promised, where it lies and how to have it again.

import { formatMs } from '../../base/duration.ts';
import { printable } from '../../base/printable.ts';
import { limits } from '../../base/limits.ts';
import type { ReportColours } from '../report.ts';
import type { RecoveryTimes } from './crash-messages.ts';
import type { CrashFailure, KillResult } from './kill-run.ts';

/** How times are spread, in milliseconds. */
export interface Spread {
  readonly median: number;
  /** 99 of 100 are at most this. */
  readonly p99: number;
  readonly worst: number;
}

/** The kills of one kind. */
export interface CrashStage {
  /** `before the write`, … `while it recovered`, `at a random moment`. */
  readonly name: string;
  readonly kills: number;
  /** How many there could have been. */
  readonly of: number | undefined;
  /** Processes that had come to their end before they got there; what they left was recovered and checked as well. */
  readonly late: number;
  readonly failed: number;
  readonly recovery_ms: Spread | undefined;
}

/** What came of crash tests. */
export interface CrashReport {
  readonly name: string;
  readonly passed: boolean;
  /** Commits of the workload when nobody kills it. */
  readonly commits: number;
  /** Processes that were killed at a step of a commit … */
  readonly kills: number;
  /** … of so many steps of all commits. */
  readonly ofSteps: number;
  /** Recoveries that were killed at a step of a commit … */
  readonly recoveryKills: number;
  /** … of so many steps of all commits of recoveries. */
  readonly ofRecoverySteps: number;
  readonly randomKills: number;
  readonly stages: readonly CrashStage[];
  /** Opening the store and `start()`; undefined when nothing was recovered. */
  readonly recovery_ms: Spread | undefined;
  readonly open_ms: Spread | undefined;
  readonly start_ms: Spread | undefined;
  /** Until the runs that were taken up were over. */
  readonly resume_ms: Spread | undefined;
  /** What is wrong besides failures, a line each. */
  readonly problems: readonly string[];
  readonly failures: readonly CrashFailure[];
  readonly took_ms: number;
}

/** The spread of some times; undefined when there are none. */
export function spreadOf(times: readonly number[]): Spread | undefined {
  const sorted = times.toSorted((a, b) => a - b);
  const at = (share: number): number => sorted[Math.max(0, Math.ceil(sorted.length * share) - 1)] ?? 0;
  return sorted.length === 0 ? undefined : { median: at(0.5), p99: at(0.99), worst: at(1) };
}

/** The spread of a part of the recoveries. */
export function timesOf(results: readonly KillResult[], part: (times: RecoveryTimes) => number): Spread | undefined {
  return spreadOf(results.flatMap(({ times }) => (times === undefined ? [] : [part(times)])));
}

/** How long a process took from nothing to a runtime that takes work. */
export function recovery_ms({ open_ms, start_ms }: RecoveryTimes): number {
  return open_ms + start_ms;
}

const plain: ReportColours = { good: String, bad: String, faint: String };
const head = ['killed', 'kills', 'too late', 'recovery: median', '99 %', 'worst', ''];
const shownFailures_count = 5;
const shownNote_chars = 200;
const shownOutput_lines = 5;
const shownStack_lines = 4;

/** A report as lines of text. */
export function crashText(report: CrashReport, colours: ReportColours = plain): readonly string[] {
  const { name, passed, commits, kills, recoveryKills, randomKills, problems, failures, took_ms } = report;
  const rest = failures.length - shownFailures_count;
  const done = kills + recoveryKills + randomKills;
  return [
    ...tableOf(report.stages, colours),
    ...timeLines(report, colours),
    ...problems.map((problem) => `${colours.bad('✗')} ${problem}`),
    ...failures.slice(0, shownFailures_count).flatMap((failure) => failureText(failure, colours)),
    ...(rest > 0 ? [`and ${rest} more failures`] : []),
    '',
    `Crash tests of '${name}': ${done} kills, ${commits} commits, ${formatMs(took_ms)}: ` +
      `${passed ? colours.good('passed') : colours.bad('FAILED')}.`,
  ];
}

function tableOf(stages: readonly CrashStage[], colours: ReportColours): readonly string[] {
  const rows = stages.map(({ name, kills, of, late, recovery_ms: spread }) => [
    name,
    of === undefined ? String(kills) : `${kills} of ${of}`,
    late === 0 ? '' : String(late),
    ...(['median', 'p99', 'worst'] as const).map((part) => (spread === undefined ? '' : formatMs(spread[part]))),
  ]);
  const widths = head.map((title, at) => Math.max(title.length, ...rows.map((row) => row[at]?.length ?? 0)));
  const line = (cells: readonly string[]): string => cells.map((cell, at) => cell.padEnd(widths[at] ?? 0)).join('  ');
  return [
    colours.faint(line(head).trimEnd()),
    ...rows.map((row, at) => {
      const { failed = 0 } = stages[at] ?? {};
      return `${line(row)}  ${failed === 0 ? colours.good('passed') : colours.bad(`${failed} FAILED`)}`;
    }),
  ];
}

function timeLines({ open_ms, start_ms, resume_ms }: CrashReport, colours: ReportColours): readonly string[] {
  if (open_ms === undefined || start_ms === undefined || resume_ms === undefined) return [];
  const parts = [
    `opening the store ${formatMs(open_ms.median)}`,
    `start ${formatMs(start_ms.median)}`,
    `then ${formatMs(resume_ms.median)} until what was taken up again was over`,
  ];
  return [colours.faint(`median of the parts: ${parts.join(', ')}`)];
}

/** Everything to know about one failure. */
export function failureText(failure: CrashFailure, colours: ReportColours = plain): readonly string[] {
  const { where, message, stack, acknowledged_count: count, lastAcknowledged, folder, replay, output } = failure;
  const [first = '', ...more] = linesOf(message);
  const last = count === 0 ? '' : `, the last ${printable(JSON.stringify(lastAcknowledged), shownNote_chars)}`;
  const printed = linesOf(output);
  return [
    `${colours.bad('✗')} ${where}: ${first}`,
    ...more.map((line) => `    ${line}`),
    ...placesOf(stack).map((line) => `    ${colours.faint(line)}`),
    `    acknowledged ${count}${last}`,
    folder === undefined
      ? `    the store is not kept: there were ${limits.testing.crashFailuresKept_count} failures before`
      : `    kept in ${folder}`,
    ...(replay === '' ? [] : [`    again: ${replay} and the same command`]),
    ...printed.slice(-shownOutput_lines).map((line) => `    ${colours.faint(`| ${printable(line)}`)}`),
  ];
}

function linesOf(text: string): readonly string[] {
  return text.split('\n').filter((line) => line.trim() !== '');
}

/** The first lines of a stack that say where, down to the kit's own. */
function placesOf(stack: string): readonly string[] {
  const places = linesOf(stack).filter((line) => /^\s+at /.test(line));
  const own = places.findIndex((line) => line.includes('/crash-child.'));
  const users = own < 0 ? places : places.slice(0, own);
  return users.slice(0, shownStack_lines).map((line) => line.trim());
}
