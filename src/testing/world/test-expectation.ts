// What a test expected and did not get, said so that nobody has to look further: what was waited for, what came
// instead, what is still pending, and with which seed and at what time it happened.

import { limits } from '../../base/limits.ts';
import type { KernelParts } from '../../kernel/parts.ts';
import type { Run } from '../../work/run.ts';
import { formatMs } from '../../base/duration.ts';
import { printable } from '../../base/printable.ts';
import { plainText } from '../environment.ts';

/** Where an expectation failed. */
export interface Standing {
  readonly seed: number;
  /** Virtual milliseconds since the test runtime was made. */
  readonly at_ms: number;
  /** What still waits, in words. */
  readonly pending: readonly string[];
}

/** Something that a test waited for did not happen, or something that must not happen did. */
export class ExpectationError extends Error {
  readonly expected: unknown;
  /** What there was instead. */
  readonly actual: unknown;
  readonly seed: number;
  /** Virtual milliseconds since the test runtime was made. */
  readonly at_ms: number;
  /** What still waited, in words. */
  readonly pending: readonly string[];

  constructor(
    problem: string,
    standing: Standing,
    values: { readonly expected?: unknown; readonly actual?: unknown; readonly notes?: readonly string[] } = {},
  ) {
    const { seed, at_ms, pending } = standing;
    super(
      [
        problem,
        ...(values.notes ?? []).map((note) => `  ${note}`),
        `  pending: ${pending.length === 0 ? 'nothing' : pending.join('; ')}`,
        `  seed ${seed}, ${formatMs(at_ms)} of virtual time`,
      ].join('\n'),
    );
    this.name = 'ExpectationError';
    this.expected = values.expected;
    this.actual = values.actual;
    this.seed = seed;
    this.at_ms = at_ms;
    this.pending = pending;
  }
}

/** What to do when user code waits for what virtual time does not move. */
export const realityHint =
  'what usually is the reason: agent or actor code waits for a real timer, a socket or a thread. Use `after`, ' +
  '`effect.schedule` or a wait that is handed in, and stand-ins for what is outside';

/** Any value in words that fit a line. */
export function inWords(value: unknown): string {
  let text: string;
  try {
    text = plainText(value);
  } catch {
    text = '(not readable)';
  }
  return printable(text, limits.testing.word_characters);
}

/** Some things, the first of them by name. */
export function listed(all: readonly string[]): string {
  const most = limits.testing.listed_count;
  const rest = all.length - most;
  return [...all.slice(0, most), ...(rest > 0 ? [`${rest} more`] : [])].join(', ');
}

/** What of a runtime still waits for something. */
export function pendingOf(
  { asks, registry }: Pick<KernelParts, 'asks' | 'registry'>,
  runs: readonly Run[],
  nextTimer_ms: number | undefined,
): readonly string[] {
  const open = runs.filter((run) => !run.isOver).map((run) => run.status());
  const busy = [...registry.all()].filter(({ waiting, state }) => waiting > 0 || state !== 'running');
  return [
    ...open
      .slice(0, limits.testing.listed_count)
      .map(({ id, type, state, elapsedMs }) => `run ${id} of '${type}' is ${state} for ${formatMs(elapsedMs)}`),
    ...(open.length > limits.testing.listed_count ? [`${open.length - limits.testing.listed_count} more runs`] : []),
    ...(asks.pending > 0 ? [`asks without an answer: ${asks.pending}`] : []),
    ...(busy.length > 0
      ? [listed(busy.map(({ address, state, waiting }) => `${address} is ${state}, ${waiting} unread`))]
      : []),
    ...(nextTimer_ms === undefined ? [] : [`the next timer is due in ${formatMs(nextTimer_ms)}`]),
  ];
}
