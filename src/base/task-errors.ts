// What can go wrong with a task on its way: chains, queues, cancellation, time-outs, and the failure of the work
// itself, which names the hop it happened at.

import { type CauseOption, describeError, TroupeError } from './troupe-error.ts';
import { listIssues, type SchemaIssue } from './value-errors.ts';

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
    super('PLAN_INVALID', `The plan of '${address}' can't be carried out: ${listIssues(issues)}`, { address, issues });
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
