// What can be wrong with a value somebody hands in: an option, an input, an output, a topology. The message names
// the field, what was received and what it takes.

import { show, TroupeError } from './troupe-error.ts';

/** An option has a value that it cannot have. */
export class InvalidOptionError extends TroupeError<'INVALID_OPTION', { field: string; expected: string }> {
  constructor(field: string, received: unknown, expected: string) {
    super('INVALID_OPTION', `${field} is ${show(received)}; it takes ${expected}.`, { field, expected });
  }
}

/** One thing that a schema has against a value. */
export interface SchemaIssue {
  readonly path: string;
  readonly message: string;
}

/** A task, message or input is not what its receiver takes. */
export class InvalidInputError extends TroupeError<
  'INVALID_INPUT',
  { subject: string; issues: readonly SchemaIssue[] }
> {
  constructor(subject: string, issues: readonly SchemaIssue[]) {
    super('INVALID_INPUT', `${subject} is refused: ${listIssues(issues)}`, { subject, issues });
  }
}

/** An agent's output is not what it declares. */
export class InvalidOutputError extends TroupeError<
  'INVALID_OUTPUT',
  { subject: string; issues: readonly SchemaIssue[] }
> {
  constructor(subject: string, issues: readonly SchemaIssue[]) {
    super('INVALID_OUTPUT', `The output of ${subject} is refused: ${listIssues(issues)}`, { subject, issues });
  }
}

/** A value cannot be kept or passed on as plain data. */
export class UnserializableError extends TroupeError<'UNSERIALIZABLE', { path: string; problem: string }> {
  constructor(path: string, problem: string) {
    super('UNSERIALIZABLE', `The value at ${path} can't be passed on: ${problem}.`, { path, problem });
  }
}

/** One thing that is wrong with a topology. */
export interface TopologyProblem {
  /** Where: `orchestrators.main.directors.code.restart.within`. */
  readonly path: string;
  /** What is wrong, with the value received. */
  readonly problem: string;
  /** What would mend it. */
  readonly mend: string;
}

/** A topology is refused; `details.problems` lists everything that is wrong with it. */
export class TopologyError extends TroupeError<'TOPOLOGY_INVALID', { problems: readonly TopologyProblem[] }> {
  constructor(problems: readonly TopologyProblem[]) {
    const lines = problems.map(({ path, problem, mend }) => `\n  ${path}: ${problem} ${mend}`);
    const count = problems.length === 1 ? 'one problem' : `${problems.length} problems`;
    super('TOPOLOGY_INVALID', `The topology has ${count}:${lines.join('')}`, { problems });
  }
}

/** The first ten issues as one sentence. */
export function listIssues(issues: readonly SchemaIssue[]): string {
  const shown = issues.slice(0, 10).map(({ path, message }) => (path === '' ? message : `${path}: ${message}`));
  const rest = issues.length - shown.length;
  return shown.join('; ') + (rest > 0 ? `; and ${rest} more` : '') + '.';
}
