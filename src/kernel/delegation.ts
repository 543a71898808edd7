// A task on its way down: who gave it to whom, on whose behalf, until when. Chain, deadline and identity are kept
// here, in the kernel, and checked on every hop; an agent only ever holds a task's id. A delegation settles once.
// When it ends, whatever was delegated on its behalf and still runs is cancelled.

import {
  ActorNotFoundError,
  DelegationForgedError,
  InvalidOptionError,
  QueueFullError,
  TaskCancelledError,
  TaskFailedError,
  TaskTimeoutError,
  TroupeError,
} from '../base/errors.ts';
import { limits } from '../base/limits.ts';
import type { Priority } from '../base/priority.ts';
import { type Address, identityOf } from './address.ts';
import { type Chain, emptyChain, extendChain } from './chain.ts';
import type { TaskSpec } from './effects.ts';
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
  /** Whether the actor has begun to handle it, so that its crash is the task's failure. */
  handed: boolean;
  settled: boolean;
  timer: Timer | undefined;
}

/** What is asked for. */
export interface DelegationRequest {
  readonly from: Address | undefined;
  readonly to: Address;
  readonly task: TaskSpec;
  /** The delegation on whose behalf. */
  readonly within: Delegation | undefined;
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
  /** Puts `task.assigned` into the target's mailbox. @returns why not, when it can't. */
  assign(delegation: Delegation): TroupeError | undefined;
  /** Sends an actor an event of the runtime's own. */
  notify(to: Address, event: { readonly type: string }, within: Delegation | undefined): void;
  report(happening: KernelHappening): void;
}

interface Held {
  /** Given to the actor, by task id. */
  readonly assigned: Map<string, Delegation>;
  /** Given by the actor, by task id. */
  readonly issued: Map<string, Delegation>;
}

/** Every delegation that has not settled, by the actors at both ends. */
export class Delegations {
  readonly #host: DelegationHost;
  readonly #byActor = new Map<Address, Held>();
  #pending = 0;
  /** Results that came after their delegation had settled. */
  late = 0;

  constructor(host: DelegationHost) {
    this.#host = host;
  }

  get pending(): number {
    return this.#pending;
  }

  /** The delegation that an actor was assigned under a task id. */
  assignedTo(actor: Address, id: string): Delegation | undefined {
    return this.#byActor.get(actor)?.assigned.get(id);
  }

  /**
   * Delegates: chain, deadline and target are checked before anything is queued.
   *
   * @throws DELEGATION_CYCLE, DELEGATION_TOO_DEEP, MAILBOX_FULL, ACTOR_NOT_FOUND, TASK_TIMEOUT when the time is already up.
   */
  open(request: DelegationRequest): Delegation {
    try {
      return this.#open(request);
    } catch (error) {
      const { from, to, task } = request;
      this.#host.report({ type: 'delegation.refused', from, to, task: task.type, error });
      throw error;
    }
  }

  #open(request: DelegationRequest): Delegation {
    const { from, to, within, onSettled } = request;
    const chain = extendChain(chainOn(within, from), from, to, this.#host.depth);
    const id = request.task.id ?? this.#host.newId('task');
    if (this.#pending >= limits.delegation.pending_count) {
      throw new QueueFullError('the table of delegations', limits.delegation.pending_count, limits.mailbox.retryAfter_ms);
    }
    const taken = this.assignedTo(to, id) ?? (from === undefined ? undefined : this.#byActor.get(from)?.issued.get(id));
    if (taken !== undefined) throw new InvalidOptionError('task.id', id, 'an id that is not open between these actors');
    const asked = request.timeoutMs === undefined ? undefined : this.#host.now() + request.timeoutMs;
    const deadlineAt = earlier(asked, within?.deadlineAt);
    const delegation: Delegation = {
      id,
      task: { id, type: request.task.type, input: request.task.input },
      from,
      to,
      chain,
      deadlineAt,
      timeoutMs: deadlineAt === undefined ? undefined : Math.max(0, deadlineAt - this.#host.now()),
      priority: request.priority ?? within?.priority ?? 5,
      correlation: request.correlation ?? within?.correlation ?? id,
      parent: within,
      children: new Set(),
      onSettled,
      handed: false,
      settled: false,
      timer: undefined,
    };
    if (deadlineAt !== undefined && deadlineAt <= this.#host.now()) {
      throw new TaskTimeoutError(id, to, 0);
    }
    this.#add(delegation);
    const refused = this.#host.assign(delegation);
    if (refused !== undefined) {
      this.#remove(delegation);
      throw refused;
    }
    if (deadlineAt !== undefined) {
      delegation.timer = this.#host.timers.set(deadlineAt - this.#host.now(), () => {
        this.#expire(delegation);
      });
    }
    return delegation;
  }

  /** The actor finished a task. A result that nobody waits for any more is counted and reported. */
  complete(actor: Address, id: string, output: unknown): void {
    const delegation = this.assignedTo(actor, id);
    if (delegation === undefined) this.#wasLate(actor, id);
    else this.#settle(delegation, { ok: true, output });
  }

  /** The actor failed a task. */
  fail(actor: Address, id: string, error: unknown): void {
    const delegation = this.assignedTo(actor, id);
    if (delegation === undefined) this.#wasLate(actor, id);
    else this.#settle(delegation, { ok: false, error: failureOf(delegation, error) });
  }

  /** Cancels what an actor delegated. @returns whether it was still open. */
  cancelIssued(actor: Address, id: string, reason: string): boolean {
    const delegation = this.#byActor.get(actor)?.issued.get(id);
    if (delegation === undefined) return false;
    this.cancel(delegation, reason);
    return true;
  }

  /** Cancels a delegation and all that hangs on it; each hop is told once. */
  cancel(delegation: Delegation, reason: string): void {
    if (delegation.settled) return;
    this.#settle(delegation, { ok: false, error: new TaskCancelledError(delegation.id, reason) }, reason);
  }

  /** An incarnation crashed: what it had begun fails, what waits in its mailbox waits on. */
  actorCrashed(actor: Address, error: unknown, except: Delegation | undefined): void {
    const held = this.#byActor.get(actor);
    if (held === undefined) return;
    for (const delegation of [...held.assigned.values()]) {
      if (delegation.handed && delegation !== except) this.#settle(delegation, { ok: false, error: failureOf(delegation, error) });
    }
    for (const delegation of [...held.issued.values()]) {
      if (delegation.onSettled === undefined && delegation.parent !== except) this.cancel(delegation, 'its delegator crashed');
    }
  }

  /** An actor ended for good: nothing it was given or gave can settle any more. */
  actorStopped(actor: Address, error: unknown): void {
    const held = this.#byActor.get(actor);
    if (held === undefined) return;
    const cause = error ?? new ActorNotFoundError(actor);
    for (const delegation of [...held.assigned.values()]) {
      this.#settle(delegation, { ok: false, error: failureOf(delegation, cause) });
    }
    for (const delegation of [...held.issued.values()]) this.cancel(delegation, 'its delegator stopped');
    this.#byActor.delete(actor);
  }

  /**
   * The delegation on whose behalf an actor acts.
   *
   * @throws DELEGATION_FORGED when the task was not assigned to it.
   */
  behalfOf(actor: Address, id: string): Delegation {
    const delegation = this.assignedTo(actor, id);
    if (delegation === undefined) throw new DelegationForgedError(actor, id);
    return delegation;
  }

  #expire(delegation: Delegation): void {
    delegation.timer = undefined;
    const error = new TaskTimeoutError(delegation.id, delegation.to, Math.round(delegation.timeoutMs ?? 0));
    this.#settle(delegation, { ok: false, error }, 'its time is up');
  }

  #settle(delegation: Delegation, outcome: Outcome, tellDelegate?: string): void {
    if (delegation.settled) return;
    delegation.settled = true;
    this.#remove(delegation);
    if (delegation.timer !== undefined) this.#host.timers.cancel(delegation.timer);
    for (const child of [...delegation.children]) this.cancel(child, tellDelegate ?? 'the task it was part of has ended');
    if (tellDelegate !== undefined) {
      this.#host.notify(delegation.to, { type: 'task.cancelled', id: delegation.id, reason: tellDelegate } as { type: string }, undefined);
    }
    if (delegation.onSettled !== undefined) delegation.onSettled(outcome);
    else if (delegation.from !== undefined) this.#host.notify(delegation.from, outcomeEvent(delegation, outcome), delegation.parent);
  }

  #add(delegation: Delegation): void {
    this.#pending += 1;
    delegation.parent?.children.add(delegation);
    this.#held(delegation.to).assigned.set(delegation.id, delegation);
    if (delegation.from !== undefined) this.#held(delegation.from).issued.set(delegation.id, delegation);
  }

  #remove(delegation: Delegation): void {
    this.#pending -= 1;
    delegation.parent?.children.delete(delegation);
    this.#drop(delegation.to, 'assigned', delegation);
    if (delegation.from !== undefined) this.#drop(delegation.from, 'issued', delegation);
  }

  #held(actor: Address): Held {
    let held = this.#byActor.get(actor);
    if (held === undefined) {
      held = { assigned: new Map(), issued: new Map() };
      this.#byActor.set(actor, held);
    }
    return held;
  }

  #drop(actor: Address, side: 'assigned' | 'issued', delegation: Delegation): void {
    const held = this.#byActor.get(actor);
    if (held === undefined || held[side].get(delegation.id) !== delegation) return;
    held[side].delete(delegation.id);
    if (held.assigned.size === 0 && held.issued.size === 0) this.#byActor.delete(actor);
  }

  #wasLate(actor: Address, id: string): void {
    this.late += 1;
    this.#host.report({ type: 'delegation.late', address: actor, task: id });
  }
}

/** The chain so far: of the task acted for, with the actor it was given to when somebody else acts in its name. */
function chainOn(within: Delegation | undefined, by: Address | undefined): Chain {
  if (within === undefined) return emptyChain;
  return by === within.to ? within.chain : [...within.chain, identityOf(within.to)];
}

function earlier(a: number | undefined, b: number | undefined): number | undefined {
  if (a === undefined || b === undefined) return a ?? b;
  return Math.min(a, b);
}

/** The delegate's error as its delegator gets it: one error that names the hop, however far it travels. */
function failureOf(delegation: Delegation, error: unknown): TroupeError {
  if (error instanceof TroupeError && error.code.startsWith('TASK_')) return error;
  if (error instanceof TroupeError && passedOn.has(error.code)) return error;
  const { id, task, to, chain } = delegation;
  return new TaskFailedError({ task: id, type: task.type, at: to, hop: chain.length, attempts: 1 }, { cause: error });
}

/** Refusals that say everything themselves; they reach the origin as they are. */
const passedOn: ReadonlySet<string> = new Set([
  'AGENT_LIMIT',
  'DELEGATION_CYCLE',
  'DELEGATION_FORGED',
  'DELEGATION_TOO_DEEP',
  'INVALID_INPUT',
  'INVALID_OUTPUT',
  'MAILBOX_FULL',
  'NO_AGENT',
  'QUEUE_FULL',
  'SHUTTING_DOWN',
  'UNSERIALIZABLE',
]);

function outcomeEvent(delegation: Delegation, outcome: Outcome): { readonly type: string } {
  const { id } = delegation;
  return outcome.ok
    ? ({ type: 'delegation.done', id, output: outcome.output } as { type: string })
    : ({ type: 'delegation.failed', id, error: outcome.error } as { type: string });
}
