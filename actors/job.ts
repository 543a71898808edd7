// What a worker is to do, and one task in its hands: what its driver keeps of it, since the machine knows ids only.
// An attempt has one end, whoever brings it about.

import { TaskCancelledError, TroupeError } from '../src/base/errors.ts';
import type { Delegation } from '../src/kernel/delegation.ts';
import type { Timer } from '../src/kernel/timers.ts';
import type { TaskContext } from '../src/work/context.ts';
import type { Check } from '../src/work/execute.ts';
import { Steps } from '../src/work/steps.ts';
import type { TaskMemo } from '../src/work/task-memo.ts';

/** What a worker is to do. */
export interface WorkerOptions {
  readonly address: string;
  /** The user's code. */
  readonly run: (
    task: { readonly id: string; readonly type: string; readonly input: unknown },
    ctx: TaskContext,
  ) => unknown;
  readonly checkInput: Check | undefined;
  readonly checkOutput: Check | undefined;
  readonly retryIf: ((error: unknown) => boolean) | undefined;
  /** How long aborted code may take to come back. */
  readonly graceMs: number;
  /** Whether its tasks are kept where their run is. */
  readonly durable: boolean;
  readonly queue: number;
}

/** How an attempt ended. */
export type Ending = { readonly output: unknown } | { readonly error: unknown };

/** A task that a worker has. */
export interface Job {
  /** What the machine knows it by. */
  readonly name: string;
  readonly delegation: Delegation;
  readonly steps: Steps;
  /** What the store keeps of it. */
  readonly memo: TaskMemo | undefined;
  /** Monotonic milliseconds. */
  readonly startedAt: number;
  /** Of the last attempt. */
  outcome: Ending | undefined;
  attempt: number;
  /** Present while the code of an attempt runs and is waited for. */
  controller: AbortController | undefined;
  /** Whether the machine waits for the end of an attempt. */
  awaited: boolean;
  /** Whether the task has ended, so that only its code is waited for. */
  dropped: boolean;
  /** Runs out when aborted code does not come back. */
  grace: Timer | undefined;
  retry: Timer | undefined;
}

/** A task that has just been assigned. */
export function newJob(name: string, delegation: Delegation, now: number, memo: TaskMemo | undefined): Job {
  return {
    name,
    delegation,
    steps: new Steps(memo),
    memo,
    startedAt: now,
    outcome: undefined,
    attempt: 0,
    controller: undefined,
    awaited: false,
    dropped: false,
    grace: undefined,
    retry: undefined,
  };
}

/** The number of an attempt as everybody but the machine counts: over all that have ever begun. */
export function attemptOf({ memo }: Job, attempt: number): number {
  return (memo?.attemptsBefore ?? 0) + attempt;
}

/** The error of the last attempt, if it failed. */
export function errorOf({ outcome }: Job): unknown {
  return outcome !== undefined && 'error' in outcome ? outcome.error : undefined;
}

/** Whether another attempt makes sense: not after a cancel or a refusal that would come again, then as the user says. */
export function canRetry(error: unknown, retryIf: ((error: unknown) => boolean) | undefined): boolean {
  try {
    if (error instanceof TaskCancelledError) return false;
    if (error instanceof TroupeError && (error.code === 'INVALID_INPUT' || error.code.startsWith('DELEGATION_')))
      return false;
    return retryIf?.(error) ?? true;
  } catch {
    return false;
  }
}
