// Errors in the words of the command line: one message, the lines that say more, no stack. What a task threw is
// text from outside and made printable.

import {
  describeError,
  InvalidInputError,
  isTroupeError,
  TaskFailedError,
  type TopologyProblem,
  TroupeError,
} from '../base/errors.ts';
import { printable } from '../base/printable.ts';
import { CommandError, type ExitStatus } from './command-error.ts';
import { frameAt, placeText, thrownAt } from './source-frame.ts';

const message_chars = 2_000;
const shownIssues_count = 20;
const shownCauses_count = 4;

/** Any error as one that ends the command. */
export function explained(error: unknown, status: ExitStatus): CommandError {
  if (error instanceof CommandError) return error;
  if (error instanceof InvalidInputError)
    return new CommandError(status, `${error.details.subject} is refused:`, issueLines(error));
  return new CommandError(
    status,
    messageOf(error),
    error instanceof TroupeError ? causeLines(error) : placeLines(error),
  );
}

function messageOf(error: unknown): string {
  return printable(describeError(error), message_chars);
}

function issueLines({ details }: InvalidInputError): readonly string[] {
  const shown = details.issues
    .slice(0, shownIssues_count)
    .map(({ path, message }) => `  ${printable(path === '' ? message : `${path}: ${message}`, message_chars)}`);
  const rest = details.issues.length - shown.length;
  return rest > 0 ? [...shown, `  and ${rest} more`] : shown;
}

/** What lies behind an error: causes that its message does not tell already, and where the user's code threw. */
function causeLines(error: TroupeError): readonly string[] {
  const lines: string[] = [];
  let last: unknown = error;
  for (let hop = 0; hop < shownCauses_count; hop++) {
    const cause: unknown = last instanceof Error ? last.cause : undefined;
    if (cause === undefined) break;
    const text = messageOf(cause);
    if (!error.message.includes(text) && !(hop === 0 && error instanceof TaskFailedError))
      lines.push(`  because: ${text}`);
    last = cause;
  }
  return isTroupeError(last) ? lines : [...lines, ...placeLines(last)];
}

/** Where the user's code threw, with the line. */
export function placeLines(error: unknown): readonly string[] {
  const place = thrownAt(error);
  return place === undefined ? [] : [`  at ${placeText(place)}`, ...frameAt(place).map((line) => `  ${line}`)];
}

/** What is wrong with a topology, each problem with its path, reason and mend. */
export function problemLines(problems: readonly TopologyProblem[]): readonly string[] {
  const width = String(problems.length).length;
  const indent = ' '.repeat(width + 4);
  return problems.flatMap(({ path, problem, mend }, index) => [
    `  ${String(index + 1).padStart(width)}. ${printable(path === '' ? 'the topology' : path, 500)}`,
    `${indent}${printable(problem, message_chars)}`,
    `${indent}${printable(mend, message_chars)}`,
  ]);
}

/** The problems that a `TopologyError` lists, also of another copy of this package. */
export function problemsOf(error: unknown): readonly TopologyProblem[] | undefined {
  if (!(error instanceof Error) || (error as { code?: unknown }).code !== 'TOPOLOGY_INVALID') return undefined;
  const { details } = error as { details?: { problems?: unknown } };
  return Array.isArray(details?.problems) ? (details.problems as readonly TopologyProblem[]) : undefined;
}
