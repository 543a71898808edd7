// The driver of everything that runs code for its tasks: agents, and orchestrators and directors with a `plan` or a
// `run`. The machine says when an attempt starts, ends or is to be aborted; this runs it, and tells the machine of
// exactly one end for each start, even when aborted code never comes back.

import type { AnyEventObject, EventObject } from 'xstate';
import type { AgentEmitted } from '../machines/agent.ts';
import type { OrchestratorEmitted } from '../machines/orchestrator.ts';
import {
  ActorRestartingError,
  describeError,
  QueueFullError,
  ShuttingDownError,
  TaskCancelledError,
  TaskFailedError,
  type TroupeError,
} from '../src/base/errors.ts';
import { limits } from '../src/base/limits.ts';
import { type Delegation, passesAsItIs } from '../src/kernel/delegation.ts';
import type { Timer } from '../src/kernel/timers.ts';
import type { TaskEventBody } from '../src/observe/task-events.ts';
import { runAttempt } from './attempt.ts';
import { type Desk, idTaken } from './desk.ts';
import type { Driver } from './driven.ts';
import { InsideEvent } from './inside.ts';
import { attemptOf, canRetry, type Ending, errorOf, type Job, type WorkerOptions } from './job.ts';
import { Jobs } from './jobs.ts';

type Emitted = AgentEmitted | OrchestratorEmitted;

/** Runs the code of one actor. */
export class Worker implements Driver {
  readonly #desk: Desk;
  readonly #options: WorkerOptions;
  #jobs = new Jobs();
  #onEmpty: (() => void) | undefined = undefined;

  constructor(desk: Desk, options: WorkerOptions) {
    this.#desk = desk;
    this.#options = options;
  }

  /** The tasks of the last incarnation have failed with it; their code, should it still run, is aborted. */
  begin(): void {
    const lost = this.#jobs;
    this.#jobs = new Jobs();
    for (const job of lost.all()) this.#letGo(job);
  }

  receive(event: AnyEventObject): AnyEventObject | undefined {
    switch (event.type) {
      case 'task.assigned':
        return this.#assigned(event);
      case 'task.cancelled':
        return this.#cancelled(event);
      case 'work.done':
      case 'work.failed':
      case 'retry.due':
        return this.#expected(event);
      default:
        return event;
    }
  }

  #assigned(event: AnyEventObject): AnyEventObject | undefined {
    const id = String(event['id']);
    const { kernel, clock, runs } = this.#desk;
    const delegation = kernel.delegations.assignedTo(this.#options.address as never, id);
    if (delegation === undefined) return undefined;
    if (this.#jobs.withId(id) !== undefined) {
      kernel.delegations.fail(delegation.to, id, idTaken(id));
      return undefined;
    }
    const memo = this.#options.durable ? runs?.memo(delegation.correlation, id) : undefined;
    const { name } = this.#jobs.add(delegation, clock.now(), memo);
    this.#note(delegation, { type: 'queued' });
    return name === id ? event : { ...event, id: name };
  }

  #cancelled(event: AnyEventObject): AnyEventObject {
    const id = String(event['id']);
    const { name } = this.#jobs.withId(id) ?? { name: id };
    return name === id ? event : { ...event, id: name };
  }

  /** Ends of work and retries that are this driver's own and of this incarnation. */
  #expected(event: AnyEventObject): AnyEventObject | undefined {
    const name = String(event['id']);
    const job = this.#jobs.get(name);
    if (job === undefined || !(event instanceof InsideEvent)) return undefined;
    if (event.type !== 'retry.due') job.awaited = false;
    if (job.dropped) this.#jobs.remove(job);
    return event;
  }

  carryOut(emitted: EventObject): void {
    const wanted = emitted as Emitted;
    switch (wanted.type) {
      case 'work.start':
        this.#start(wanted.id, wanted.attempt);
        break;
      case 'work.abort':
        this.#abort(this.#jobs.get(wanted.id), wanted.reason);
        break;
      case 'task.complete':
        this.#complete(wanted.id);
        break;
      case 'task.fail':
        this.#fail(wanted.id, wanted.attempts);
        break;
      case 'task.refuse':
        this.#refuse(wanted.id, wanted.reason);
        break;
      case 'task.dropped':
        this.#dropped(wanted.id, wanted.reason);
        break;
      case 'work.late':
        this.#desk.kernel.delegations.wasLate(this.#options.address as never, wanted.id);
        break;
      case 'retry.arm':
        this.#armRetry(wanted.id, wanted.delayMs, wanted.attempt);
        break;
      case 'retry.disarm':
        this.#disarm(this.#jobs.get(wanted.id)?.retry);
        break;
      default:
        break;
    }
  }

  /** Aborts what runs and waits until it has come back, as long as the actor's shutdown allows. */
  finish(): Promise<void> | void {
    for (const job of this.#jobs.all()) {
      this.#disarm(job.retry);
      this.#abort(job, 'its actor is being stopped');
    }
    if (!this.#someoneRuns) return;
    return new Promise((resolve) => {
      this.#onEmpty = resolve;
    });
  }

  get #someoneRuns(): boolean {
    for (const job of this.#jobs.all()) if (job.controller !== undefined) return true;
    return false;
  }

  #start(name: string, attempt: number): void {
    const job = this.#jobs.get(name);
    if (job === undefined) return;
    const controller = new AbortController();
    job.attempt = attempt;
    job.controller = controller;
    job.awaited = true;
    const kept = job.memo?.begin(attempt);
    if (kept === undefined) {
      this.#run(job, controller);
      return;
    }
    // Nothing of an attempt happens before it has been kept that it began.
    kept.then(
      () => {
        if (!controller.signal.aborted) this.#run(job, controller);
        else this.#ended(job, controller, { error: controller.signal.reason });
      },
      (error: unknown) => {
        this.#ended(job, controller, { error });
      },
    );
  }

  #run(job: Job, controller: AbortController): void {
    const note = (body: TaskEventBody): void => {
      this.#note(job.delegation, body);
    };
    const abort = (reason: string): void => {
      if (job.controller === controller) this.#abort(job, reason);
    };
    const onEnd = (outcome: Ending): void => {
      this.#ended(job, controller, outcome);
    };
    runAttempt(this.#desk, this.#options, { job, controller, note, abort, onEnd });
  }

  /** One end for each start: of what was aborted and came back late, only the first counts. */
  #ended(job: Job, controller: AbortController, outcome: Ending): void {
    const { delegation, attempt, name: id } = job;
    if (job.controller !== controller) {
      if ('output' in outcome) this.#desk.kernel.delegations.wasLate(delegation.to, delegation.id);
      return;
    }
    job.controller = undefined;
    this.#disarm(job.grace);
    job.outcome ??= outcome;
    if ('output' in outcome) {
      this.#tellSelf({ type: 'work.done', id, attempt });
    } else {
      const retryable = canRetry(outcome.error, this.#options.retryIf);
      this.#tellSelf({ type: 'work.failed', id, attempt, retryable, random: this.#desk.random() });
    }
    if (this.#onEmpty !== undefined && !this.#someoneRuns) this.#onEmpty();
  }

  #abort(job: Job | undefined, reason: string): void {
    if (job?.controller === undefined || job.controller.signal.aborted) return;
    const { controller, delegation } = job;
    const error = new TaskCancelledError(delegation.id, reason);
    controller.abort(error);
    job.grace = this.#desk.kernel.timers.set(this.#options.graceMs, () => {
      this.#ended(job, controller, { error });
    });
  }

  #complete(name: string): void {
    const job = this.#take(name);
    if (job?.outcome === undefined || !('output' in job.outcome)) return;
    const { delegation } = job;
    const done = { type: 'done', tookMs: this.#desk.clock.now() - job.startedAt } as const;
    const tell = (): void => this.#note(delegation, done);
    if (job.memo === undefined) tell();
    else this.#desk.runs?.whenKept(delegation.id, tell);
    this.#desk.kernel.delegations.complete(delegation.to, delegation.id, job.outcome.output);
  }

  #fail(name: string, attempt: number): void {
    const job = this.#take(name);
    if (job === undefined) return;
    const cause = errorOf(job);
    const { delegation } = job;
    const { id, task, chain, to } = delegation;
    const attempts = attemptOf(job, attempt);
    const error =
      passesAsItIs(cause) && cause.code !== 'UNSERIALIZABLE'
        ? cause
        : new TaskFailedError({ task: id, type: task.type, at: to, hop: chain.length, attempts }, { cause });
    this.#failWith(delegation, error);
  }

  #refuse(id: string, reason: 'full' | 'draining' | 'duplicate'): void {
    if (reason === 'duplicate') return; // none gets past `receive`
    const { address, queue } = this.#options;
    const error =
      reason === 'full' ? new QueueFullError(address, queue, limits.mailbox.retryAfter_ms) : new ShuttingDownError();
    const job = this.#take(id);
    if (job !== undefined) this.#failWith(job.delegation, error);
  }

  #failWith(delegation: Delegation, error: TroupeError): void {
    this.#note(delegation, { type: 'failed', code: error.code, error: describeError(error) });
    this.#desk.kernel.delegations.fail(delegation.to, delegation.id, error);
  }

  #dropped(id: string, reason: string): void {
    const job = this.#jobs.get(id);
    if (job === undefined) return;
    this.#note(job.delegation, { type: 'cancelled', reason });
    this.#disarm(job.retry);
    // Its machine still waits for the end of its code, which is on its way or will be.
    if (job.awaited) job.dropped = true;
    else this.#jobs.remove(job);
  }

  #armRetry(id: string, delayMs: number, attempt: number): void {
    const job = this.#jobs.get(id);
    if (job === undefined) return;
    const error = describeError(errorOf(job));
    job.outcome = undefined;
    this.#note(job.delegation, { type: 'retried', attempt: attemptOf(job, attempt), delayMs, error });
    job.retry = this.#desk.kernel.timers.set(delayMs, () => {
      this.#tellSelf({ type: 'retry.due', id });
    });
  }

  #take(name: string): Job | undefined {
    const job = this.#jobs.get(name);
    this.#disarm(job?.retry);
    if (job !== undefined) this.#jobs.remove(job);
    return job;
  }

  #letGo(job: Job): void {
    this.#disarm(job.retry);
    this.#disarm(job.grace);
    const { controller } = job;
    job.controller = undefined;
    job.memo?.release();
    controller?.abort(new ActorRestartingError(this.#options.address));
  }

  #disarm(timer: Timer | undefined): void {
    if (timer !== undefined) this.#desk.kernel.timers.cancel(timer);
  }

  #tellSelf(event: { readonly type: string; readonly [field: string]: unknown }): void {
    this.#desk.kernel.notify(this.#options.address, new InsideEvent(event));
  }

  #note({ correlation, id, task }: Delegation, body: TaskEventBody): void {
    this.#desk.note({ run: correlation, task: id, taskType: task.type, address: this.#options.address }, body);
  }
}
