// The driver of everything that runs code for its tasks: agents, and orchestrators and directors with a `plan` or a
// `run`. The machine says when an attempt starts, ends or is to be aborted; this runs it, and tells the machine of
// exactly one end for each start, even when aborted code never comes back.

import type { AnyEventObject, EventObject } from 'xstate';
import type { AgentEmitted } from '../machines/agent.ts';
import type { OrchestratorEmitted } from '../machines/orchestrator.ts';
import {
  describeError,
  QueueFullError,
  ShuttingDownError,
  TaskCancelledError,
  TaskFailedError,
  TroupeError,
} from '../src/base/errors.ts';
import { limits } from '../src/base/limits.ts';
import type { Delegation } from '../src/kernel/delegation.ts';
import type { Timer } from '../src/kernel/timers.ts';
import { TaskContext } from '../src/work/context.ts';
import { toDelegateRequest } from '../src/topology/context.ts';
import { type Check, execute } from '../src/work/execute.ts';
import { Steps } from '../src/work/steps.ts';
import type { TaskEventBody } from '../src/observe/task-events.ts';
import type { Desk } from './desk.ts';
import type { Driver } from './driven.ts';

/** What a worker is to do. */
export interface WorkerOptions {
  readonly address: string;
  /** The user's code. */
  readonly run: (task: { readonly id: string; readonly type: string; readonly input: unknown }, ctx: TaskContext) => unknown;
  readonly checkInput: Check | undefined;
  readonly checkOutput: Check | undefined;
  readonly retryIf: ((error: unknown) => boolean) | undefined;
  /** How long aborted code may take to come back. */
  readonly graceMs: number;
  readonly queue: number;
}

interface Job {
  readonly delegation: Delegation;
  readonly steps: Steps;
  readonly startedAt: number;
  outcome: { readonly output: unknown } | { readonly error: unknown } | undefined;
  attempt: number;
  controller: AbortController | undefined;
  /** Runs out when aborted code does not come back. */
  grace: Timer | undefined;
  retry: Timer | undefined;
}

type Emitted = AgentEmitted | OrchestratorEmitted;

/** Runs the code of one actor. */
export class Worker implements Driver {
  readonly #desk: Desk;
  readonly #options: WorkerOptions;
  #jobs = new Map<string, Job>();
  #onEmpty: (() => void) | undefined = undefined;

  constructor(desk: Desk, options: WorkerOptions) {
    this.#desk = desk;
    this.#options = options;
  }

  begin(): void {
    for (const job of this.#jobs.values()) this.#letGo(job, 'its actor was restarted');
    this.#jobs = new Map();
  }

  receive(event: AnyEventObject): AnyEventObject | undefined {
    if (event.type !== 'task.assigned') return event;
    const id = String(event['id']);
    const delegation = this.#desk.kernel.delegations.assignedTo(this.#options.address as never, id);
    if (delegation === undefined) return undefined;
    if (!this.#jobs.has(id)) {
      this.#jobs.set(id, {
        delegation,
        steps: new Steps(),
        startedAt: this.#desk.clock.now(),
        outcome: undefined,
        attempt: 0,
        controller: undefined,
        grace: undefined,
        retry: undefined,
      });
      this.#note(delegation, { type: 'queued' });
    }
    return event;
  }

  carryOut(emitted: EventObject): void {
    const wanted = emitted as Emitted;
    switch (wanted.type) {
      case 'work.start':
        this.#start(wanted.id, wanted.attempt);
        break;
      case 'work.abort':
        this.#abort(wanted.id, wanted.reason);
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
    for (const id of [...this.#jobs.keys()]) this.#abort(id, 'the runtime is stopping');
    if (![...this.#jobs.values()].some((job) => job.controller !== undefined)) return;
    return new Promise((resolve) => {
      this.#onEmpty = resolve;
    });
  }

  #start(id: string, attempt: number): void {
    const job = this.#jobs.get(id);
    if (job === undefined) return;
    const { delegation } = job;
    const controller = new AbortController();
    job.attempt = attempt;
    job.controller = controller;
    this.#note(delegation, { type: 'started', attempt });
    const ctx = this.#contextOf(job, controller);
    const { address, checkInput, checkOutput, run } = this.#options;
    void execute({
      address,
      type: delegation.task.type,
      input: delegation.task.input,
      signal: controller.signal,
      checkInput,
      checkOutput,
      call: (input) => run({ ...delegation.task, input }, ctx),
      onCheckpoint: (value) => {
        job.steps.checkpoint = value;
        job.steps.checkpoints += 1;
        this.#note(delegation, { type: 'checkpoint', attempt, count: job.steps.checkpoints });
      },
    }).then(
      (output) => {
        this.#ended(job, controller, { output });
      },
      (error: unknown) => {
        this.#ended(job, controller, { error });
      },
    );
  }

  /** One end for each start: of what was aborted and came back late, only the first counts. */
  #ended(job: Job, controller: AbortController, outcome: { readonly output: unknown } | { readonly error: unknown }): void {
    if (job.controller !== controller) return;
    job.controller = undefined;
    this.#disarm(job.grace);
    const { delegation, attempt } = job;
    job.outcome ??= outcome;
    const common = { id: delegation.id, attempt };
    if ('output' in outcome) this.#tellSelf({ type: 'work.done', ...common });
    else this.#tellSelf({ type: 'work.failed', ...common, retryable: this.#canRetry(outcome.error), random: this.#desk.random() });
    if (this.#onEmpty !== undefined && ![...this.#jobs.values()].some((each) => each.controller !== undefined)) {
      this.#onEmpty();
    }
  }

  #canRetry(error: unknown): boolean {
    if (error instanceof TaskCancelledError) return false;
    if (error instanceof TroupeError && (error.code === 'INVALID_INPUT' || error.code.startsWith('DELEGATION_'))) return false;
    try {
      return this.#options.retryIf?.(error) ?? true;
    } catch {
      return false;
    }
  }

  #abort(id: string, reason: string): void {
    const job = this.#jobs.get(id);
    if (job?.controller === undefined) return;
    const { controller } = job;
    const error = new TaskCancelledError(id, reason);
    controller.abort(error);
    job.grace ??= this.#desk.kernel.timers.set(this.#options.graceMs, () => {
      this.#ended(job, controller, { error });
    });
  }

  #complete(id: string): void {
    const job = this.#take(id);
    if (job?.outcome === undefined || !('output' in job.outcome)) return;
    this.#note(job.delegation, { type: 'done', tookMs: this.#desk.clock.now() - job.startedAt });
    this.#desk.kernel.delegations.complete(job.delegation.to, id, job.outcome.output);
  }

  #fail(id: string, attempts: number): void {
    const job = this.#take(id);
    if (job === undefined) return;
    const cause = job.outcome !== undefined && 'error' in job.outcome ? job.outcome.error : undefined;
    const { delegation } = job;
    const { task, chain, to } = delegation;
    const error = keepsItsName(cause)
      ? cause
      : new TaskFailedError({ task: id, type: task.type, at: to, hop: chain.length, attempts }, { cause });
    this.#note(delegation, { type: 'failed', code: error.code, error: error.message });
    this.#desk.kernel.delegations.fail(to, id, error);
  }

  #refuse(id: string, reason: 'full' | 'draining' | 'duplicate'): void {
    if (reason === 'duplicate') return;
    const job = this.#take(id);
    if (job === undefined) return;
    const { address, queue } = this.#options;
    const error = reason === 'full' ? new QueueFullError(address, queue, limits.mailbox.retryAfter_ms) : new ShuttingDownError();
    this.#note(job.delegation, { type: 'failed', code: error.code, error: error.message });
    this.#desk.kernel.delegations.fail(job.delegation.to, id, error);
  }

  #dropped(id: string, reason: string): void {
    const job = this.#jobs.get(id);
    if (job === undefined) return;
    this.#note(job.delegation, { type: 'cancelled', reason });
    this.#disarm(job.retry);
    if (job.controller === undefined) this.#jobs.delete(id);
  }

  #armRetry(id: string, delayMs: number, attempt: number): void {
    const job = this.#jobs.get(id);
    if (job === undefined) return;
    const error = job.outcome !== undefined && 'error' in job.outcome ? describeError(job.outcome.error) : '';
    job.outcome = undefined;
    this.#note(job.delegation, { type: 'retried', attempt, delayMs, error });
    job.retry = this.#desk.kernel.timers.set(delayMs, () => {
      this.#tellSelf({ type: 'retry.due', id });
    });
  }

  #contextOf(job: Job, controller: AbortController): TaskContext {
    const { delegation } = job;
    const { kernel, log } = this.#desk;
    const { address } = this.#options;
    return new TaskContext({
      self: address,
      task: delegation.task,
      attempt: job.attempt,
      signal: controller.signal,
      steps: job.steps,
      log: log.child({ actor: address, run: delegation.correlation, task: delegation.id, taskType: delegation.task.type }),
      read: toDelegateRequest,
      publish: (topic, event) => {
        kernel.publish(topic, event);
      },
      note: (body) => {
        this.#note(delegation, body);
      },
      send: (to, input, options) => this.#delegate(delegation, to, input, options),
    });
  }

  async #delegate(
    within: Delegation,
    to: string,
    input: unknown,
    options: { readonly priority: Delegation['priority'] | undefined; readonly timeoutMs: number | undefined },
  ): Promise<unknown> {
    const target = this.#desk.resolve(this.#options.address, to, input);
    return new Promise((resolve, reject) => {
      this.#desk.kernel.delegate({
        from: this.#options.address,
        to: target.address,
        task: { type: target.taskType, input },
        within,
        timeoutMs: options.timeoutMs ?? target.timeoutMs,
        priority: options.priority,
        onSettled: (outcome) => {
          if (outcome.ok) resolve(outcome.output);
          else reject(outcome.error);
        },
      });
    });
  }

  #take(id: string): Job | undefined {
    const job = this.#jobs.get(id);
    if (job !== undefined) {
      this.#disarm(job.retry);
      this.#jobs.delete(id);
    }
    return job;
  }

  #letGo(job: Job, reason: string): void {
    this.#disarm(job.retry);
    this.#disarm(job.grace);
    const { controller } = job;
    job.controller = undefined;
    controller?.abort(new TaskCancelledError(job.delegation.id, reason));
  }

  #disarm(timer: Timer | undefined): void {
    if (timer !== undefined) this.#desk.kernel.timers.cancel(timer);
  }

  #tellSelf(event: { readonly type: string; readonly [field: string]: unknown }): void {
    this.#desk.kernel.notify(this.#options.address, event);
  }

  #note({ correlation, id, task }: Delegation, body: TaskEventBody): void {
    this.#desk.note({ run: correlation, task: id, taskType: task.type, address: this.#options.address }, body);
  }
}

/** Errors that say everything themselves and reach the origin as they are. */
function keepsItsName(error: unknown): error is TroupeError {
  return error instanceof TroupeError && error.code !== 'UNSERIALIZABLE';
}
