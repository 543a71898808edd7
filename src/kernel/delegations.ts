// Every delegation that has not settled. One settles once: done, failed, cancelled or out of time. When it ends,
// whatever was delegated on its behalf and still runs is cancelled, so nothing works for somebody who has gone.

import {
  ActorNotFoundError,
  ActorRestartingError,
  InvalidOptionError,
  QueueFullError,
  TaskCancelledError,
  TaskTimeoutError,
} from '../base/errors.ts';
import { limits } from '../base/limits.ts';
import { toPriority } from '../base/priority.ts';
import { actingFor, actingLater, parentOf, partEnded } from './acting-for.ts';
import type { Address } from './address.ts';
import { extendChain } from './chain.ts';
import {
  type Acting,
  chainOn,
  checkedTask,
  type Delegation,
  type DelegationHost,
  type DelegationRequest,
  earlier,
  failureOf,
  type Outcome,
  outcomeEvent,
} from './delegation.ts';
import { DelegationTable } from './delegation-table.ts';
import { typeOf } from './door.ts';
import type { DelegateEffect } from './effects.ts';
import { Dormancy, type TaskInHand } from './recovery/dormancy.ts';

const none: readonly never[] = [];

/** Every delegation that has not settled, by the actors at both ends. */
export class Delegations {
  readonly #host: DelegationHost;
  readonly #table = new DelegationTable();
  /** Tasks of an earlier process that durable actors have in hand. */
  readonly dormancy: Dormancy;
  /** Results that came after their delegation had settled. */
  late = 0;

  constructor(host: DelegationHost) {
    this.#host = host;
    this.dormancy = new Dormancy({
      timers: host.timers,
      now: () => host.now(),
      soon: (fn) => {
        host.soon(fn);
      },
      cancel: (delegation, reason) => {
        this.cancel(delegation, reason);
      },
      settle: (delegation, outcome) => {
        this.#settle(delegation, outcome);
      },
      hand: (delegation) => {
        const refused = host.assign(delegation);
        if (refused !== undefined) this.#settle(delegation, { ok: false, error: refused });
      },
    });
  }

  /** Delegations that somebody waits for. */
  get pending(): number {
    return this.#table.pending;
  }

  /** How many tasks an actor has. */
  load(actor: Address): number {
    return this.#table.assigned(actor)?.size ?? 0;
  }

  /** Ids of the tasks that an actor has delegated itself and that have not settled. */
  issuedBy(actor: Address): readonly string[] {
    const issued = this.#table.issued(actor);
    if (issued === undefined || issued.size === 0) return none;
    return [...issued.values()].filter(({ onSettled }) => onSettled === undefined).map(({ id }) => id);
  }

  /** The delegation that an actor was assigned under a task id. */
  assignedTo(actor: Address, id: string): Delegation | undefined {
    return this.#table.assigned(actor)?.get(id);
  }

  /** The tasks that an actor has handled and not answered. */
  inHand(actor: Address): readonly Delegation[] {
    const assigned = this.#table.assigned(actor);
    if (assigned === undefined || assigned.size === 0) return none;
    return [...assigned.values()].filter(({ handed, answered }) => handed === true && !answered);
  }

  /** An actor has said how a task ended; that counts once it is carried out. */
  answering(actor: Address, id: string): void {
    const delegation = this.assignedTo(actor, id);
    if (delegation !== undefined) delegation.answered = true;
  }

  /** An actor has gone back to a state in which it has these of its tasks in hand, and has answered none of them. */
  regained(actor: Address, ids: ReadonlySet<string>): void {
    for (const delegation of this.#table.allAssigned(actor)) {
      if (ids.has(delegation.id)) delegation.handed = true;
      else if (delegation.handed === true) delegation.handed = undefined;
      delegation.answered = false;
    }
  }

  /** An actor goes on from a state in which it has a task of an earlier process in hand. @throws QUEUE_FULL */
  restore(actor: Address, task: TaskInHand): void {
    this.#table.add(this.dormancy.wake(actor, task));
  }

  /**
   * Delegates: chain, deadline and target are checked before anything is queued.
   *
   * @throws DELEGATION_CYCLE, DELEGATION_TOO_DEEP, DELEGATION_FORGED, MAILBOX_FULL, ACTOR_NOT_FOUND, INVALID_OPTION;
   * TASK_TIMEOUT or TASK_CANCELLED when the time of the task it is for is up or that task has ended.
   */
  open(request: DelegationRequest): Delegation {
    try {
      return this.#open(request);
    } catch (error) {
      const { from, to, task } = request;
      this.#host.report({ type: 'delegation.refused', from, to, task: typeOf(task), error });
      throw error;
    }
  }

  #open(request: DelegationRequest): Delegation {
    const { from, onSettled, timeoutMs } = request;
    const { id = this.#host.newId('task'), type, input } = checkedTask(request.task);
    const priority = request.priority === undefined ? undefined : toPriority(request.priority, 'priority');
    if (timeoutMs !== undefined && !(typeof timeoutMs === 'number' && timeoutMs >= 0))
      throw new InvalidOptionError('timeoutMs', timeoutMs, 'a number of ms');
    const within = this.#parentOf(request, id);
    const picked = this.#host.pick(request.to);
    const dormant = this.dormancy.find(id, from, { asked: request.to, picked });
    const to = dormant?.delegation.to ?? picked;
    const chain = extendChain(chainOn(within, from), from, to, this.#host.depth);
    if (this.pending >= limits.delegation.pending_count) {
      throw new QueueFullError(
        'the table of delegations',
        limits.delegation.pending_count,
        limits.mailbox.retryAfter_ms,
      );
    }
    const taken = this.assignedTo(to, id) ?? (from === undefined ? undefined : this.#table.issued(from)?.get(id));
    if (taken !== undefined && taken !== dormant?.delegation)
      throw new InvalidOptionError('task.id', id, 'an id that is not open between these actors');
    if (within?.cancelled !== undefined) throw new TaskCancelledError(within.id, within.cancelled);
    const now = this.#host.now();
    const deadlineAt = earlier(timeoutMs === undefined ? undefined : now + timeoutMs, within?.deadlineAt);
    if (deadlineAt !== undefined && deadlineAt <= now) throw new TaskTimeoutError(id, to, 0);
    const asked: Delegation = {
      id,
      task: { id, type, input },
      from,
      to,
      chain,
      deadlineAt,
      timeoutMs: deadlineAt === undefined ? undefined : deadlineAt - now,
      priority: priority ?? within?.priority ?? 5,
      correlation: request.correlation ?? within?.correlation ?? id,
      parent: within,
      children: new Set(),
      onSettled,
      handed: undefined,
      answered: false,
      dormant: undefined,
      settled: false,
      cancelled: undefined,
      timer: undefined,
    };
    return this.#enter(dormant === undefined ? asked : this.dormancy.take(dormant, asked), dormant !== undefined);
  }

  /** @param isKnown - Whether its actor has it already, or is not needed for it any more. */
  #enter(delegation: Delegation, isKnown: boolean): Delegation {
    const { deadlineAt } = delegation;
    if (deadlineAt !== undefined) {
      // At the very instant of the task it is part of: that one's timer was set first and tells of the time that was asked for.
      delegation.timer = this.#host.timers.setAt(deadlineAt, () => {
        this.#expire(delegation);
      });
    }
    this.#table.add(delegation);
    if (isKnown || this.dormancy.withholds(delegation)) return delegation;
    const refused = this.#host.assign(delegation);
    if (refused === undefined) return delegation;
    this.#table.remove(delegation);
    if (delegation.timer !== undefined) this.#host.timers.cancel(delegation.timer);
    throw refused;
  }

  /** The actor finished a task. A result that nobody waits for any more is counted and reported. */
  complete(actor: Address, id: string, output: unknown): void {
    const delegation = this.assignedTo(actor, id);
    if (delegation === undefined) this.wasLate(actor, id);
    else this.#settle(delegation, { ok: true, output });
  }

  /** The actor failed a task. */
  fail(actor: Address, id: string, error: unknown): void {
    const delegation = this.assignedTo(actor, id);
    if (delegation === undefined) this.wasLate(actor, id);
    else this.#settle(delegation, { ok: false, error: failureOf(delegation, error) });
  }

  /** Cancels what an actor delegated. @returns whether it was still open. */
  cancelIssued(actor: Address, id: string, reason: string): boolean {
    const delegation = this.#table.issued(actor)?.get(id);
    if (delegation === undefined) return false;
    this.cancel(delegation, reason);
    return true;
  }

  /** Cancels a delegation and all that hangs on it; each hop is told once. */
  cancel(delegation: Delegation, reason: string): void {
    if (delegation.settled) return;
    this.#settle(delegation, { ok: false, error: new TaskCancelledError(delegation.id, reason) }, reason);
  }

  /** An incarnation crashed, or was taken down with others: what it had begun fails, what waits in its mailbox waits on. */
  actorCrashed(actor: Address, error: unknown, except: Delegation | undefined): void {
    for (const delegation of this.#table.allAssigned(actor)) {
      if (delegation.handed !== true || delegation === except) continue;
      const cause = error ?? new ActorRestartingError(actor);
      this.#settle(delegation, { ok: false, error: failureOf(delegation, cause) });
    }
    for (const delegation of this.#table.allIssued(actor)) {
      if (delegation.onSettled === undefined && delegation.parent !== except)
        this.cancel(delegation, 'its delegator crashed');
    }
  }

  /** An actor ended for good: nothing it was given or gave can settle any more. */
  actorStopped(actor: Address, error: unknown): void {
    for (const delegation of this.#table.allAssigned(actor)) {
      this.#settle(delegation, { ok: false, error: failureOf(delegation, error ?? new ActorNotFoundError(actor)) });
    }
    for (const delegation of this.#table.allIssued(actor)) this.cancel(delegation, 'its delegator stopped');
  }

  /** On whose behalf an actor wants to delegate something that waits for its commit. */
  acting(actor: Address, effect: DelegateEffect, within: Delegation | undefined): Acting {
    return actingLater(() => actingFor(actor, this.#table.assigned(actor), { for: effect.options.for, within }));
  }

  #parentOf(request: DelegationRequest, id: string): Delegation | undefined {
    const { from, within, acting } = request;
    if (acting !== undefined) return parentOf(acting, id);
    return from === undefined ? within : actingFor(from, this.#table.assigned(from), request);
  }

  #expire(delegation: Delegation): void {
    delegation.timer = undefined;
    const error = new TaskTimeoutError(delegation.id, delegation.to, Math.round(delegation.timeoutMs ?? 0));
    this.#settle(delegation, { ok: false, error }, 'its time is up');
  }

  #settle(delegation: Delegation, outcome: Outcome, tellDelegate?: string): void {
    if (delegation.settled) return;
    delegation.settled = true;
    this.#table.remove(delegation);
    if (delegation.timer !== undefined) this.#host.timers.cancel(delegation.timer);
    this.dormancy.settled(delegation, tellDelegate === undefined ? outcome : undefined);
    if (tellDelegate !== undefined) {
      delegation.cancelled = tellDelegate;
      this.#host.notify(
        delegation.to,
        { type: 'task.cancelled', id: delegation.id, reason: tellDelegate } as { type: string },
        undefined,
      );
    }
    // The delegate hears of its own end before it hears of what it delegated, so that it answers for neither.
    for (const child of Array.from(delegation.children)) this.cancel(child, tellDelegate ?? partEnded);
    if (delegation.onSettled !== undefined) delegation.onSettled(outcome);
    else if (delegation.from !== undefined)
      this.#host.notify(delegation.from, outcomeEvent(delegation, outcome), delegation.parent);
  }

  /** Counts and reports a result that came for a task which had ended. */
  wasLate(actor: Address, id: string): void {
    this.late += 1;
    this.#host.report({ type: 'delegation.late', address: actor, task: id });
  }
}
