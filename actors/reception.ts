// Takes tasks in from outside: opens the run, and says how it ended. It keeps the book of runs; what happens in
// between is the business of the actors. Where there is a store, a run is accepted when its record has landed and
// over when its end has; what is open when the process goes is taken up by the next one.

import type { Clock } from '../src/base/clock.ts';
import { describeError, ShuttingDownError, TaskCancelledError, TroupeError } from '../src/base/errors.ts';
import type { IdSource } from '../src/base/ids.ts';
import type { Address } from '../src/kernel/address.ts';
import type { Outcome } from '../src/kernel/delegation.ts';
import type { Kernel } from '../src/kernel/system.ts';
import type { RuntimeEvent } from '../src/observe/events.ts';
import type { Note, TaskEvent } from '../src/observe/task-events.ts';
import type { ResolvedTopology } from '../src/topology/resolved.ts';
import type { Routes } from '../src/topology/routes.ts';
import { recordOf } from '../src/work/error-record.ts';
import { IdempotencyKeys } from '../src/work/idempotency.ts';
import { runUnder } from '../src/work/kept-keys.ts';
import { type EndState, recordFormat, type RunEnd, type RunRecord } from '../src/work/records.ts';
import { Run } from '../src/work/run.ts';
import { type OverRun, RunBook } from '../src/work/run-book.ts';
import type { RunLog } from '../src/work/run-log.ts';
import { type Accepted, admit, type Submission } from './admission.ts';

/** What a reception works with. */
export interface ReceptionParts {
  readonly kernel: Kernel;
  readonly clock: Clock;
  readonly newId: IdSource;
  readonly routes: Routes;
  readonly topology: Pick<ResolvedTopology, 'limits' | 'retention'>;
  /** What a store keeps of runs; none without a store. */
  readonly log: RunLog | undefined;
  readonly emit: (event: RuntimeEvent) => void;
}

/** What is known of a run before anything happens. */
type RunOutline = Pick<RunRecord, 'type' | 'to'> & {
  readonly acceptedAt?: number;
  readonly idempotencyKey?: string | undefined;
};

/** What a run is begun with. */
type Errand = Pick<RunRecord, 'type' | 'input' | 'to' | 'priority'>;

/** Where tasks come in. */
export class Reception {
  readonly book: RunBook;
  readonly parts: ReceptionParts;
  readonly #keys: IdempotencyKeys;
  /** The keys of open runs. */
  readonly #keyOf = new Map<string, string>();
  /** Whether open runs that are kept are left to the next process. */
  #isLeaving = false;

  constructor(parts: ReceptionParts) {
    const { clock, topology, log } = parts;
    this.parts = parts;
    this.book = new RunBook({
      clock,
      openLimit: topology.limits.openRuns,
      keptMs: topology.retention.ageMs,
      onForgotten: (runs) => {
        this.#forgotten(runs);
      },
    });
    this.#keys = new IdempotencyKeys({
      find: (run) => this.book.find(run),
      stored: (key) => (log === undefined ? undefined : runUnder(log.log.store, key)),
    });
  }

  /** Checks a task. @throws NO_AGENT, INVALID_INPUT, INVALID_OPTION, UNSERIALIZABLE */
  check(submission: Submission): Promise<Accepted> {
    return admit(this.parts.routes, submission);
  }

  /**
   * Opens the run of a task that has been checked, or finds the one that its key stands for.
   *
   * @throws QUEUE_FULL, INVALID_OPTION for a key of another task, STORE_CORRUPT for one whose record is damaged, STORE_FULL
   * and STORE_UNAVAILABLE when it can't be kept, and whatever the kernel has against it.
   */
  async open(accepted: Accepted): Promise<Run> {
    const { idempotencyKey: key } = accepted;
    if (key === undefined) return this.#open(accepted);
    return this.#keys.once(key, accepted, this.#isKept(accepted), () => this.#open(accepted));
  }

  /** The run of a task that is not over, as its callers see it. */
  runOf(id: string, { type, to, acceptedAt, idempotencyKey }: RunOutline): Run {
    const run: Run = new Run({
      id,
      type,
      clock: this.parts.clock,
      ...(acceptedAt === undefined ? {} : { acceptedAt }),
      cancel: (reason) => {
        const { delegations } = this.parts.kernel;
        const delegation = delegations.assignedTo(to as Address, id);
        if (delegation !== undefined) delegations.cancel(delegation, reason);
        else if (this.parts.log?.isOpen(id)) this.ended(run, { ok: false, error: new TaskCancelledError(id, reason) });
      },
    });
    if (idempotencyKey !== undefined) this.#keyOf.set(id, idempotencyKey);
    return run;
  }

  /** Gives the task of a run to its orchestrator. @throws whatever the kernel has against it. */
  begin(run: Run, { type, input, to, priority }: Errand, timeoutMs: number): void {
    this.parts.kernel.delegate({
      to,
      task: { id: run.id, type, input },
      within: undefined,
      timeoutMs,
      priority,
      correlation: run.id,
      onSettled: (outcome) => {
        this.ended(run, outcome);
      },
    });
  }

  /** A run has come to its end. Where it is kept it is told of when that has landed. */
  ended(run: Run, outcome: Outcome): void {
    const { log } = this.parts;
    if (log?.isOpen(run.id) !== true) this.#close(run, outcome);
    else if (!this.#isLeaving) void this.#keepEnd(log, run, outcome);
  }

  /** Takes note of what happens to a task of a run. */
  readonly note: Note = ({ run, task, taskType, address }, body) => {
    const { clock, emit } = this.parts;
    const event: TaskEvent = { at: clock.wall(), run, task, taskType, address, ...body };
    this.book.find(event.run)?.take(event);
    emit({ type: 'run.event', at: event.at, event });
  };

  /** Resolves when no run is open, or when the time is up. */
  drain(drainMs: number): Promise<void> {
    const { timers } = this.parts.kernel;
    return new Promise((resolve) => {
      const timer = timers.set(drainMs, resolve);
      this.book.whenIdle(() => {
        timers.cancel(timer);
        resolve();
      });
    });
  }

  /** From now on no end of a run that is kept counts: what ends does so because the runtime does. */
  leave(): void {
    this.#isLeaving = true;
  }

  /** Stops the work of every open run. Those that are kept are left to the next process, the others are cancelled. */
  async letGo(reason: string): Promise<void> {
    this.leave();
    const { log } = this.parts;
    const rested = log?.rest().catch(() => {}); // one more is counted then than would have to be
    const cancelled = this.book.open().map((run) => {
      if (log?.isOpen(run.id)) run.suspend(new ShuttingDownError());
      const done = run.cancel(reason);
      return log?.keeps(run.id) ? undefined : done; // an end on its way may have to wait for the store
    });
    await Promise.all([...cancelled, rested]);
  }

  /** What is to be written lands, if it can; runs whose end could not be written are left to the next process. */
  async close(): Promise<void> {
    await this.parts.log?.close();
  }

  #isKept({ durable }: Accepted): boolean {
    return durable && this.parts.log !== undefined;
  }

  async #open(accepted: Accepted): Promise<Run> {
    const { clock, newId, emit, log } = this.parts;
    const id = newId('run');
    const beganAt = clock.now();
    let spent_ms = 0;
    this.book.reserve();
    try {
      if (log !== undefined && accepted.durable) {
        await log.accept(id, recordOfRun(id, accepted, clock.wall()));
        spent_ms = clock.now() - beganAt;
      }
    } finally {
      this.book.release();
    }
    const run = this.runOf(id, accepted);
    this.book.add(run);
    if (this.#isLeaving && log?.isOpen(id)) run.suspend(new ShuttingDownError());
    else await this.#begin(run, accepted, accepted.timeoutMs - spent_ms);
    emit({ type: 'run.accepted', at: clock.wall(), run: id, taskType: accepted.type });
    return run;
  }

  /** Begins, or takes back what has been kept of it. */
  async #begin(run: Run, accepted: Accepted, timeoutMs: number): Promise<void> {
    try {
      this.begin(run, accepted, timeoutMs);
    } catch (error) {
      this.book.forget(run);
      this.#keyOf.delete(run.id);
      if (this.parts.log?.isOpen(run.id)) await this.parts.log.remove([{ id: run.id, key: accepted.idempotencyKey }]);
      throw error;
    }
  }

  async #keepEnd(log: RunLog, run: Run, outcome: Outcome): Promise<void> {
    try {
      await log.end(run.id, endOf(outcome, this.parts.clock.wall()));
      this.#close(run, outcome);
    } catch (error) {
      if (error instanceof TroupeError && error.code === 'UNSERIALIZABLE' && outcome.ok) {
        await this.#keepEnd(log, run, { ok: false, error });
      } else {
        run.suspend(new ShuttingDownError());
      }
    }
  }

  #close(run: Run, outcome: Outcome): void {
    run.end(outcome);
    this.parts.kernel.delegations.dormancy.abandon(run.id, 'its run is over');
    this.book.close(run, this.#keyOf.get(run.id));
    this.#keyOf.delete(run.id);
    const { state, elapsedMs } = run.status();
    this.parts.emit({
      type: 'run.ended',
      at: this.parts.clock.wall(),
      run: run.id,
      taskType: run.type,
      state: state as EndState,
      tookMs: elapsedMs,
      ...(outcome.ok ? {} : { error: describeError(outcome.error) }),
    });
  }

  #forgotten(runs: readonly OverRun[]): void {
    for (const { key } of runs) if (key !== undefined) this.#keys.forget(key);
    // What is not removed because the store fails or closes is found again, and forgotten, at the next start.
    this.parts.log?.remove(runs).catch(() => {});
  }
}

function recordOfRun(id: string, accepted: Accepted, now: number): RunRecord {
  const { type, input, to, priority, timeoutMs, idempotencyKey } = accepted;
  return {
    format: recordFormat,
    type,
    input,
    to,
    priority,
    correlation: id,
    acceptedAt: now,
    deadline: now + timeoutMs,
    timeoutMs,
    ...(idempotencyKey === undefined ? {} : { idempotencyKey }),
  };
}

function endOf(outcome: Outcome, endedAt: number): RunEnd {
  if (outcome.ok)
    return { state: 'done', endedAt, ...(outcome.output === undefined ? {} : { output: outcome.output }) };
  const { error } = outcome;
  const state = error.code === 'TASK_CANCELLED' ? 'cancelled' : error.code === 'TASK_TIMEOUT' ? 'timedOut' : 'failed';
  return { state, endedAt, error: recordOf(error) };
}
