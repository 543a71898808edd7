// A task on its way down: who gave it to whom, on whose behalf, until when. Chain, deadline and identity are kept
// here, in the kernel, and checked on every hop; an agent only ever holds a task's id.

import { InvalidOptionError, TaskFailedError, TroupeError } from '../base/errors.ts';
import { limits } from '../base/limits.ts';
import type { Priority } from '../base/priority.ts';
import { toThrown } from '../base/thrown.ts';
import { type Address, identityOf } from './address.ts';
import { type Chain, emptyChain } from './chain.ts';
import type { TaskSpec } from './task-spec.ts';
import type { KernelHappening } from './events.ts';
import type { Timer, Timers } from './timers.ts';

/** How a delegation ended. */
export type Outcome =
  | { readonly ok: true; readonly output: unknown }
  | { readonly ok: false; readonly error: TroupeError };

/** One hop of a task. Plain data but for its timer and who is told of the outcome. */
export interface Delegation {
  readonly id: string;
  readonly task: Required<TaskSpec>;
  /** Undefined when the task comes from outside. */
  readonly from: Address | undefined;
  readonly to: Address;
  /** Everybody who delegated it so far, `from` last. */
  readonly chain: Chain;
  /** Monotonic milliseconds. */
  readonly deadlineAt: number | undefined;
  readonly timeoutMs: number | undefined;
  readonly priority: Priority;
  /** The same for everything that follows from one submission. */
  readonly correlation: string;
  readonly parent: Delegation | undefined;
  readonly children: Set<Delegation>;
  readonly onSettled: ((outcome: Outcome) => void) | undefined;
  /**
   * Whether the actor has it in hand, so that its crash is the task's failure: false once it was put aside, undefined
   * as long as it waits unread.
   */
  handed: boolean | undefined;
  /** Whether the actor has said how it ended, which waits for its commit. */
  answered: boolean;
  /** Present while it stands for a task of an earlier process that nobody has delegated again. */
  dormant: Dormant | undefined;
  settled: boolean;
  /** Why nothing more may be delegated on its behalf, once its delegate has been told to stop. */
  cancelled: string | undefined;
  timer: Timer | undefined;
}

/** A task of an earlier process that waits for whoever delegates it again. */
export interface Dormant {
  /** What stands for it. */
  readonly delegation: Delegation;
  /** Who had delegated it. */
  readonly from: Address | undefined;
  /** Once it has settled. */
  outcome: Outcome | undefined;
  /** When nobody needs to delegate it again any more. */
  readonly timer: Timer;
}

/** On whose behalf something is delegated that waits for a commit, as it was found in the turn that wants it. */
export interface Acting {
  /** Undefined when it is on the actor's own account. */
  readonly parent: Delegation | undefined;
  /** Whether that had ended by then, or had been answered: its end is no end of what follows it. */
  readonly isAfter: boolean;
  /** Why nothing can be delegated. */
  readonly refusal: { readonly error: unknown } | undefined;
}

/** What is asked for. */
export interface DelegationRequest {
  readonly from: Address | undefined;
  readonly to: Address;
  readonly task: TaskSpec;
  /** The delegation on whose behalf. */
  readonly within: Delegation | undefined;
  /** The task of `from` on whose behalf, by its id; it goes before `within`. */
  readonly for?: string | undefined;
  /** What was found when it was wanted, if that was earlier; it goes before both. */
  readonly acting?: Acting | undefined;
  readonly timeoutMs?: number | undefined;
  readonly priority?: Priority | undefined;
  readonly correlation?: string | undefined;
  /** Told instead of the actor `from`. */
  readonly onSettled?: ((outcome: Outcome) => void) | undefined;
}

/** What the table of delegations needs of the kernel. */
export interface DelegationHost {
  readonly timers: Timers;
  readonly depth: number;
  now(): number;
  newId(prefix: string): string;
  /** Does something as soon as the current stack is empty. */
  soon(fn: () => void): void;
  /** The actor that an address stands for: itself, or of a pool the instance that is to have the next task. */
  pick(to: Address): Address;
  /** Puts `task.assigned` into the target's mailbox. @returns why not, when it can't. */
  assign(delegation: Delegation): TroupeError | undefined;
  /** Sends an actor an event of the runtime's own. */
  notify(to: Address, event: { readonly type: string }, within: Delegation | undefined): void;
  report(happening: KernelHappening): void;
}

/** The chain so far: of the task acted for, with the actor it was given to when somebody else acts in its name. */
export function chainOn(within: Delegation | undefined, by: Address | undefined): Chain {
  if (within === undefined) return emptyChain;
  return by === within.to ? within.chain : [...within.chain, identityOf(within.to)];
}

/** The task as it came, each part read once. @throws INVALID_OPTION naming the part. */
export function checkedTask(task: TaskSpec): TaskSpec {
  if (typeof task !== 'object' || task === null) throw new InvalidOptionError('task', task, 'an object with a type');
  const { id, type, input } = task;
  if (typeof type !== 'string' || type === '') throw new InvalidOptionError('task.type', type, 'a word');
  if (id === undefined) return { type, input };
  if (typeof id !== 'string' || id === '' || id.length > limits.actor.addressLength_chars) {
    throw new InvalidOptionError('task.id', id, `a text of 1 to ${limits.actor.addressLength_chars} characters`);
  }
  return { id, type, input };
}

export function earlier(a: number | undefined, b: number | undefined): number | undefined {
  if (a === undefined || b === undefined) return a ?? b;
  return Math.min(a, b);
}

/** The delegate's error as its delegator gets it: one error that names the hop, however far it travels. */
export function failureOf(delegation: Delegation, thrown: unknown): TroupeError {
  const error = toThrown(thrown);
  if (passesAsItIs(error)) return error;
  const { id, task, to, chain } = delegation;
  return new TaskFailedError({ task: id, type: task.type, at: to, hop: chain.length, attempts: 1 }, { cause: error });
}

/** Whether an error says everything itself and reaches the origin as it is. */
export function passesAsItIs(error: unknown): error is TroupeError {
  try {
    return error instanceof TroupeError && (error.code.startsWith('TASK_') || passedOn.has(error.code));
  } catch {
    return false;
  }
}

/** Refusals that say everything themselves; they reach the origin as they are. */
const passedOn: ReadonlySet<string> = new Set([
  'DELEGATION_CYCLE',
  'DELEGATION_FORGED',
  'DELEGATION_TOO_DEEP',
  'INVALID_INPUT',
  'INVALID_OUTPUT',
  'MAILBOX_FULL',
  'NO_AGENT',
  'PLAN_INVALID',
  'QUEUE_FULL',
  'SHUTTING_DOWN',
  'UNSERIALIZABLE',
]);

export function outcomeEvent(delegation: Delegation, outcome: Outcome): { readonly type: string } {
  const { id } = delegation;
  return outcome.ok
    ? ({ type: 'delegation.done', id, output: outcome.output } as { type: string })
    : ({ type: 'delegation.failed', id, error: outcome.error } as { type: string });
}
