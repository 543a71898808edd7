// Every error that Troupe raises: one base, one table of codes, one small class per code.
// A code is stable: users match on it, the HTTP face maps it to a status, `docs/reference/errors.md` is held to
// this table both ways by a test. The message says what was received and what to do; details are typed data.

import { types } from 'node:util';
import { printable } from './printable.ts';
import type { Reason } from './reason.ts';

/** One row of the error table. `status` is the HTTP status a server answers with. */
export interface ErrorRow {
  readonly status: number;
  readonly retryable: boolean;
}

/** Every code, with its HTTP status and whether trying again can help. */
export const errorTable = {
  ACTOR_EXISTS: { status: 409, retryable: false },
  ACTOR_NOT_FOUND: { status: 404, retryable: false },
  ACTOR_RESTARTING: { status: 409, retryable: true },
  AGENT_LIMIT: { status: 503, retryable: true },
  ASK_TIMEOUT: { status: 504, retryable: true },
  DEAD_LETTER: { status: 410, retryable: false },
  DELEGATION_CYCLE: { status: 422, retryable: false },
  DELEGATION_FORGED: { status: 403, retryable: false },
  DELEGATION_TOO_DEEP: { status: 422, retryable: false },
  INVALID_INPUT: { status: 400, retryable: false },
  INVALID_OPTION: { status: 400, retryable: false },
  INVALID_OUTPUT: { status: 502, retryable: false },
  MAILBOX_FULL: { status: 503, retryable: true },
  NO_AGENT: { status: 404, retryable: false },
  PLAN_INVALID: { status: 500, retryable: false },
  QUEUE_FULL: { status: 503, retryable: true },
  RESTART_LIMIT: { status: 500, retryable: false },
  SHUTTING_DOWN: { status: 503, retryable: true },
  START_FAILED: { status: 500, retryable: false },
  START_TIMEOUT: { status: 504, retryable: true },
  TASK_CANCELLED: { status: 409, retryable: false },
  TASK_FAILED: { status: 500, retryable: false },
  TASK_TIMEOUT: { status: 504, retryable: false },
  TOPOLOGY_INVALID: { status: 400, retryable: false },
  UNSERIALIZABLE: { status: 400, retryable: false },
} as const satisfies Record<string, ErrorRow>;

/** A stable error code. */
export type ErrorCode = keyof typeof errorTable;

/** Options of every error: the error that caused it. */
export interface CauseOption {
  readonly cause?: unknown;
}

/**
 * The base of every error that Troupe raises.
 *
 * `code` is stable, `retryable` says whether the same call can succeed later, `status` is the HTTP status a server
 * answers with, `details` are plain data about what happened.
 */
export abstract class TroupeError<Code extends ErrorCode = ErrorCode, Details extends object = object> extends Error {
  readonly code: Code;
  readonly details: Details;

  protected constructor(code: Code, message: string, details: Details, options?: CauseOption) {
    super(message, options);
    this.name = new.target.name;
    this.code = code;
    this.details = details;
  }

  get retryable(): boolean {
    return errorTable[this.code].retryable;
  }

  get status(): number {
    return errorTable[this.code].status;
  }

  /** Plain data for logs and for the wire: no stack, the cause as its message. */
  toJSON(): { code: Code; message: string; retryable: boolean; details: Details; cause?: string } {
    const { code, message, retryable, details } = this;
    return this.cause === undefined
      ? { code, message, retryable, details }
      : { code, message, retryable, details, cause: describeError(this.cause) };
  }
}

/** What a thrown value says of itself, whatever it is: never throws, never runs to more than 500 characters. */
export function describeError(thrown: unknown): string {
  try {
    if (thrown instanceof Error) {
      const { message, name }: { message: unknown; name: unknown } = thrown; // whatever the types say
      return (String(message) || String(name)).slice(0, 500);
    }
    if (typeof thrown === 'object' && thrown !== null) return 'a thrown object that is not an Error';
    return `thrown: ${String(thrown)}`.slice(0, 500);
  } catch {
    return 'an error that cannot be read';
  }
}

// --- actors and messages ---------------------------------------------------------------------------------------

/** An id or address is taken. */
export class ActorExistsError extends TroupeError<'ACTOR_EXISTS', { address: string }> {
  constructor(address: string) {
    super('ACTOR_EXISTS', `An actor with the address '${address}' is already present; choose another id.`, { address });
  }
}

/** No actor lives at an address. */
export class ActorNotFoundError extends TroupeError<'ACTOR_NOT_FOUND', { address: string }> {
  constructor(address: string) {
    super('ACTOR_NOT_FOUND', `No actor lives at '${address}'; check the address against the topology.`, { address });
  }
}

/** A child is being restarted, so it can be neither restarted nor deleted by hand. */
export class ActorRestartingError extends TroupeError<'ACTOR_RESTARTING', { address: string }> {
  constructor(address: string) {
    super('ACTOR_RESTARTING', `'${address}' is being restarted; wait for it to be up, then try again.`, { address });
  }
}

/** An `ask` had no reply in time. */
export class AskTimeoutError extends TroupeError<'ASK_TIMEOUT', { address: string; type: string; timeoutMs: number }> {
  constructor(address: string, type: string, timeoutMs: number) {
    super(
      'ASK_TIMEOUT',
      `'${address}' did not reply to '${type}' within ${timeoutMs} ms; raise the ask's timeout or look at what the actor waits for.`,
      { address, type, timeoutMs },
    );
  }
}

/** A message could not be delivered. */
export class DeadLetterError extends TroupeError<'DEAD_LETTER', { address: string; type: string; reason: string }> {
  constructor(address: string, type: string, reason: string, options?: CauseOption) {
    super(
      'DEAD_LETTER',
      `'${type}' could not be delivered to '${address}': ${reason}.`,
      { address, type, reason },
      options,
    );
  }
}

/** A mailbox has no room. */
export class MailboxFullError extends TroupeError<
  'MAILBOX_FULL',
  { address: string; capacity: number; retryAfterMs: number }
> {
  constructor(address: string, capacity: number, retryAfterMs: number) {
    super(
      'MAILBOX_FULL',
      `The mailbox of '${address}' holds its ${capacity} messages; send again after ${retryAfterMs} ms, or raise mailbox.capacity.`,
      { address, capacity, retryAfterMs },
    );
  }
}

/** A supervisor restarted its children as often as it may. */
export class RestartLimitError extends TroupeError<
  'RESTART_LIMIT',
  { address: string; child: string; maxRestarts: number; withinMs: number }
> {
  constructor(
    details: { address: string; child: string; maxRestarts: number; withinMs: number },
    options?: CauseOption,
  ) {
    super(
      'RESTART_LIMIT',
      `'${details.address}' gave up: its children needed more than ${details.maxRestarts} restarts within ${details.withinMs} ms, last '${details.child}'.`,
      details,
      options,
    );
  }
}

/** A child did not start. */
export class StartFailedError extends TroupeError<'START_FAILED', { address: string }> {
  constructor(address: string, cause: unknown) {
    super('START_FAILED', `'${address}' did not start: ${describeError(cause)}`, { address }, { cause });
  }
}

/** A child took longer to start than it may. */
export class StartTimeoutError extends TroupeError<'START_TIMEOUT', { address: string; timeoutMs: number }> {
  constructor(address: string, timeoutMs: number) {
    super(
      'START_TIMEOUT',
      `'${address}' did not finish starting within ${timeoutMs} ms; raise startTimeout or look at what its start hook waits for.`,
      { address, timeoutMs },
    );
  }
}

/** The runtime is stopping and takes nothing new. */
export class ShuttingDownError extends TroupeError<'SHUTTING_DOWN', { reason: Reason | 'stop' }> {
  constructor(reason: Reason | 'stop' = 'stop') {
    super('SHUTTING_DOWN', 'The runtime is stopping and takes nothing new; submit again after it has been restarted.', {
      reason,
    });
  }
}

// --- options and values ----------------------------------------------------------------------------------------

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
    super('INVALID_INPUT', `${subject} is refused: ${list(issues)}`, { subject, issues });
  }
}

/** An agent's output is not what it declares. */
export class InvalidOutputError extends TroupeError<
  'INVALID_OUTPUT',
  { subject: string; issues: readonly SchemaIssue[] }
> {
  constructor(subject: string, issues: readonly SchemaIssue[]) {
    super('INVALID_OUTPUT', `The output of ${subject} is refused: ${list(issues)}`, { subject, issues });
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

// --- tasks and delegation --------------------------------------------------------------------------------------

/** A task would come back to an actor that it already passed through. */
export class DelegationCycleError extends TroupeError<'DELEGATION_CYCLE', { chain: readonly string[]; to: string }> {
  constructor(chain: readonly string[], to: string) {
    super(
      'DELEGATION_CYCLE',
      `'${to}' is already part of the delegation chain ${[...chain, to].join(' > ')}; delegate to another actor or do the work there.`,
      { chain, to },
    );
  }
}

/** A delegation names a chain that it is no part of. */
export class DelegationForgedError extends TroupeError<'DELEGATION_FORGED', { from: string; delegation: string }> {
  constructor(from: string, delegation: string) {
    super(
      'DELEGATION_FORGED',
      `'${from}' acts for the delegation '${delegation}', which was not given to it; it can only act for tasks assigned to it.`,
      { from, delegation },
    );
  }
}

/** A chain of delegations is longer than it may be. */
export class DelegationTooDeepError extends TroupeError<
  'DELEGATION_TOO_DEEP',
  { chain: readonly string[]; to: string; limit: number }
> {
  constructor(chain: readonly string[], to: string, limit: number) {
    super(
      'DELEGATION_TOO_DEEP',
      `Delegating to '${to}' would make the chain ${chain.join(' > ')} longer than ${limit} hops; flatten the topology or raise limits.delegationDepth.`,
      { chain, to, limit },
    );
  }
}

/** No agent takes tasks of a type. */
export class NoAgentError extends TroupeError<'NO_AGENT', { type: string; known: readonly string[] }> {
  constructor(type: string, known: readonly string[]) {
    super('NO_AGENT', `Nobody accepts tasks of type '${type}'; known types: ${known.join(', ') || 'none'}.`, {
      type,
      known,
    });
  }
}

/** A plan made of a task can't be carried out; none of its tasks has been started. */
export class PlanInvalidError extends TroupeError<'PLAN_INVALID', { address: string; issues: readonly SchemaIssue[] }> {
  constructor(address: string, issues: readonly SchemaIssue[]) {
    super('PLAN_INVALID', `The plan of '${address}' can't be carried out: ${list(issues)}`, { address, issues });
  }
}

/** A queue of tasks has no room. */
export class QueueFullError extends TroupeError<
  'QUEUE_FULL',
  { address: string; capacity: number; retryAfterMs: number }
> {
  constructor(address: string, capacity: number, retryAfterMs: number) {
    super(
      'QUEUE_FULL',
      `'${address}' has ${capacity} tasks waiting, as many as it may; submit again after ${retryAfterMs} ms.`,
      { address, capacity, retryAfterMs },
    );
  }
}

/** More agents than the limits allow. */
export class AgentLimitError extends TroupeError<'AGENT_LIMIT', { limit: number; scope: string }> {
  constructor(scope: string, limit: number) {
    super('AGENT_LIMIT', `${scope} already has its ${limit} agents; stop one first or raise the limit.`, {
      limit,
      scope,
    });
  }
}

/** A task was cancelled. */
export class TaskCancelledError extends TroupeError<'TASK_CANCELLED', { task: string; reason: string }> {
  constructor(task: string, reason: string) {
    super('TASK_CANCELLED', `Task '${task}' was cancelled: ${reason}.`, { task, reason });
  }
}

/** A task failed; `cause` is the agent's own error, `details.at` the hop it failed at. */
export class TaskFailedError extends TroupeError<
  'TASK_FAILED',
  { task: string; type: string; at: string; hop: number; attempts: number }
> {
  constructor(
    details: { task: string; type: string; at: string; hop: number; attempts: number },
    options?: CauseOption,
  ) {
    const tries = details.attempts > 1 ? ` after ${details.attempts} attempts` : '';
    super(
      'TASK_FAILED',
      `Task '${details.type}' failed at ${details.at} (hop ${details.hop})${tries}: ${describeError(options?.cause)}`,
      details,
      options,
    );
  }
}

/** A task was not done by its deadline. */
export class TaskTimeoutError extends TroupeError<'TASK_TIMEOUT', { task: string; at: string; timeoutMs: number }> {
  constructor(task: string, at: string, timeoutMs: number) {
    super(
      'TASK_TIMEOUT',
      `Task '${task}' was not done at '${at}' within ${timeoutMs} ms; raise its timeout or look at what it waits for.`,
      { task, at, timeoutMs },
    );
  }
}

/** The classes by code, so that an error that crossed a boundary can be recognised by its code alone. */
export function isTroupeError(value: unknown): value is TroupeError {
  return value instanceof TroupeError;
}

function list(issues: readonly SchemaIssue[]): string {
  const shown = issues.slice(0, 10).map(({ path, message }) => (path === '' ? message : `${path}: ${message}`));
  const rest = issues.length - shown.length;
  return shown.join('; ') + (rest > 0 ? `; and ${rest} more` : '') + '.';
}

/** How a received value is quoted in a message: short, and safe for a terminal. */
export function show(value: unknown): string {
  switch (typeof value) {
    case 'string':
      return printable(JSON.stringify(value.length > 80 ? `${value.slice(0, 77)}...` : value), 1_000);
    case 'number':
    case 'boolean':
    case 'undefined':
      return String(value);
    case 'bigint':
      return value > -(2n ** 64n) && value < 2n ** 64n ? `${value}n` : 'a bigint of more than 64 bits';
    case 'function':
      return 'a function';
    case 'symbol':
      return 'a symbol';
    default:
      if (value === null) return 'null';
      if (types.isProxy(value)) return 'a proxy'; // even Array.isArray throws on one that was revoked
      return Array.isArray(value) ? `a list of ${value.length}` : 'an object';
  }
}
