// One submitted task as its caller sees it: its state, its progress, its result, and the way to cancel it. What
// stories of a run are possible is said by the task machine alone. Progress is kept for late listeners, but only so
// much of it; whoever reads too slowly is told what was left out.

import type { TaskEvent as LifeEvent } from '../../machines/task.ts';
import type { Clock } from '../base/clock.ts';
import { QueueFullError, type TroupeError } from '../base/errors.ts';
import { limits } from '../base/limits.ts';
import type { TaskEvent } from '../observe/task-events.ts';
import { TaskLife } from './task-life.ts';

/** Where a run stands. */
export type RunState =
  | 'accepted'
  | 'queued'
  | 'running'
  | 'retrying'
  | 'suspended'
  | 'done'
  | 'failed'
  | 'cancelled'
  | 'timedOut';

/** A run at a glance. */
export interface RunStatus {
  readonly id: string;
  readonly type: string;
  readonly state: RunState;
  /** Calendar time in milliseconds. */
  readonly acceptedAt: number;
  /** Milliseconds since it was accepted, until now or its end. */
  readonly elapsedMs: number;
  /** Tasks of this run by what became of them. */
  readonly tasks: {
    readonly waiting: number;
    readonly running: number;
    readonly done: number;
    readonly failed: number;
  };
}

/** What is told of a run. */
export type RunEvent =
  | TaskEvent
  | { readonly type: 'gap'; readonly at: number; readonly missed: number }
  | { readonly type: 'ended'; readonly at: number; readonly state: RunState };

/** What a run results in. */
export type Outcome<Output> =
  | { readonly ok: true; readonly output: Output }
  | { readonly ok: false; readonly error: TroupeError };

/** How a run is made. */
export interface RunParts {
  readonly id: string;
  readonly type: string;
  readonly clock: Clock;
  /** Calendar time in milliseconds; default now. */
  readonly acceptedAt?: number;
  /** Cancels the work. */
  readonly cancel: (reason: string) => void;
}

/** How a run ended that another process, or an earlier runtime, has seen to its end. */
export interface PastEnd<Output> {
  readonly tookMs: number;
  readonly state: RunState;
  /** Reads the outcome when it is first asked for. */
  readonly outcome: () => Outcome<Output>;
}

interface Follower {
  readonly queue: RunEvent[];
  missed: number;
  wake: (() => void) | undefined;
}

/**
 * A submitted task.
 *
 * @typeParam Output - What it results in.
 */
export class Run<Output = unknown> {
  readonly id: string;
  readonly type: string;
  readonly #parts: RunParts;
  readonly #acceptedAt: number;
  /** Made for the first event: most runs that a book holds have none to tell. */
  #kept: RunEvent[] | undefined = undefined;
  readonly #followers = new Set<Follower>();
  readonly #result: Promise<Output>;
  readonly #tasks = new Map<string, 'waiting' | 'running'>();
  readonly #ended = { done: 0, failed: 0 };
  readonly #life: TaskLife;
  #settle: (outcome: Outcome<Output>) => void = () => {};
  #dropped = 0;
  #past: PastEnd<Output> | undefined = undefined;
  /** Why this process leaves it to the next one. */
  #suspension: TroupeError | undefined = undefined;

  /** @internal Runs are made by `runtime.submit`. */
  constructor(parts: RunParts) {
    this.id = parts.id;
    this.type = parts.type;
    this.#parts = parts;
    const wall = parts.clock.wall();
    this.#acceptedAt = parts.acceptedAt ?? wall;
    this.#life = new TaskLife(parts.clock.now() - Math.max(0, wall - this.#acceptedAt));
    this.#result = new Promise<Output>((resolve, reject) => {
      this.#settle = (outcome) => {
        if (outcome.ok) resolve(outcome.output);
        else reject(outcome.error);
      };
    });
    // A run that fails while nobody asks for its result has been told of through events, log and status.
    this.#result.catch(() => {});
  }

  get state(): RunState {
    return this.#life.state;
  }

  get isOver(): boolean {
    return this.#life.isOver;
  }

  status(): RunStatus {
    const { context } = this.#life;
    const counts = { waiting: 0, running: 0 };
    for (const stage of this.#tasks.values()) counts[stage] += 1;
    return {
      id: this.id,
      type: this.type,
      state: this.state,
      acceptedAt: this.#acceptedAt,
      elapsedMs: (context.endedAt ?? this.#parts.clock.now()) - context.acceptedAt,
      tasks: { ...counts, ...this.#ended },
    };
  }

  /**
   * The output, once it is there.
   *
   * @throws the task's own error: TASK_FAILED, TASK_TIMEOUT, TASK_CANCELLED, INVALID_INPUT, INVALID_OUTPUT …;
   * SHUTTING_DOWN when the runtime stopped first and its store keeps the run for the next start.
   */
  result(): Promise<Output> {
    const past = this.#past;
    if (past !== undefined) {
      this.#past = undefined;
      this.#settle(past.outcome());
    }
    return this.#result;
  }

  /** Cancels it; the running work hears of it through its signal. Harmless when it is over. */
  async cancel(reason = 'cancelled by its caller'): Promise<void> {
    if (this.isOver) return;
    this.#parts.cancel(reason);
    await this.#result.then(
      () => {},
      () => {},
    );
  }

  /**
   * Progress from the beginning, then as it comes, until the run is over. The newest thousand events are kept; who
   * comes later or reads more slowly gets a `gap` that says how many are missing.
   *
   * @throws QUEUE_FULL when a hundred follow the run already; SHUTTING_DOWN when the runtime stops first and its store
   * keeps the run for the next start.
   */
  async *events(): AsyncGenerator<RunEvent, void, undefined> {
    const most = limits.run.subscribers_count;
    if (this.#followers.size >= most)
      throw new QueueFullError(`the followers of ${this.id}`, most, limits.mailbox.retryAfter_ms);
    const follower: Follower = { queue: [...(this.#kept ?? [])], missed: this.#dropped, wake: undefined };
    this.#followers.add(follower);
    try {
      for (;;) {
        if (follower.missed > 0) {
          const { missed } = follower;
          follower.missed = 0;
          yield { type: 'gap', at: this.#parts.clock.wall(), missed };
        }
        const next = follower.queue.shift();
        if (next !== undefined) {
          yield next;
          if (next.type === 'ended') return;
          continue;
        }
        if (this.#suspension !== undefined) throw this.#suspension;
        await new Promise<void>((resolve) => {
          follower.wake = resolve;
        });
      }
    } finally {
      this.#followers.delete(follower);
    }
  }

  /** @internal Takes note of what happened to one of its tasks. */
  take(event: TaskEvent): void {
    if (this.isOver || this.#suspension !== undefined) return;
    this.#count(event);
    if (event.task === this.id) this.#live(event);
    this.#tell(event);
  }

  /** @internal Ends it. */
  end(outcome: Outcome<Output>): void {
    if (this.isOver || this.#suspension !== undefined) return;
    const now = this.#parts.clock.now();
    this.#life.finish(outcome.ok ? { type: 'task.succeeded', now } : endOf(outcome.error, now));
    this.#tasks.clear();
    this.#settle(outcome);
    this.#tell({ type: 'ended', at: this.#parts.clock.wall(), state: this.state });
  }

  /** @internal It ended before this process had it. */
  endedBefore(past: PastEnd<Output>): void {
    this.#life.endedBefore(past.state, past.tookMs);
    this.#past = past;
    this.#tell({ type: 'ended', at: this.#acceptedAt + past.tookMs, state: this.state });
  }

  /** @internal This process takes no more part in it; it is not over. */
  suspend(error: TroupeError): void {
    if (this.isOver || this.#suspension !== undefined) return;
    this.#suspension = error;
    this.#settle({ ok: false, error });
    for (const follower of this.#followers) follower.wake?.();
  }

  #live(event: TaskEvent): void {
    const now = this.#parts.clock.now();
    if (event.type === 'queued') this.#life.take({ type: 'task.queued', now });
    else if (event.type === 'dispatched') this.#life.take({ type: 'task.dispatched', now });
    else if (event.type === 'started') this.#life.take({ type: 'task.started', now });
    else if (event.type === 'checkpoint') this.#life.take({ type: 'task.checkpointed', now });
    else if (event.type === 'retried') this.#life.take({ type: 'task.retried', now });
  }

  #count({ type, task, address }: TaskEvent): void {
    const key = `${address} ${task}`;
    if (type === 'queued' || type === 'retried') this.#tasks.set(key, 'waiting');
    else if (type === 'started') this.#tasks.set(key, 'running');
    else if (type === 'dispatched') this.#tasks.delete(key);
    else if (type === 'done' || type === 'failed' || type === 'cancelled') {
      if (!this.#tasks.delete(key)) return;
      this.#ended[type === 'done' ? 'done' : 'failed'] += 1;
    }
  }

  #tell(event: RunEvent): void {
    // Most runs tell of a few: room for as many as may be kept would be most of what a run weighs.
    this.#kept ??= [];
    if (this.#kept.length >= limits.run.eventsKept_count) {
      this.#kept.shift();
      this.#dropped += 1;
    }
    this.#kept.push(event);
    for (const follower of this.#followers) {
      if (follower.queue.length >= limits.run.eventsKept_count) {
        follower.queue.shift();
        follower.missed += 1;
      }
      follower.queue.push(event);
      follower.wake?.();
    }
  }
}

function endOf(error: TroupeError, now: number): LifeEvent {
  if (error.code === 'TASK_CANCELLED') return { type: 'task.cancelled', now };
  if (error.code === 'TASK_TIMEOUT') return { type: 'task.expired', now };
  return { type: 'task.failed', now };
}
