// The runs of a runtime: every open one, and the newest of those that are over. Both are bounded; a submission over
// the first bound is refused, an ended run over the second, or older than the past is kept, is forgotten. Runs that
// ended before this process began are known by a few words each, and read when somebody asks for them.

import type { Clock } from '../base/clock.ts';
import { QueueFullError } from '../base/errors.ts';
import { limits } from '../base/limits.ts';
import type { Run, RunState } from './run.ts';

/** Which runs to list. */
export interface RunFilter {
  readonly status?: RunState;
  readonly type?: string;
}

/** A run that is over. */
export interface OverRun {
  readonly id: string;
  readonly type: string;
  readonly state: RunState;
  /** Calendar time in milliseconds. */
  readonly endedAt: number;
  /** The idempotency key that stands for it. */
  readonly key: string | undefined;
  readonly read: () => Run;
}

/** What a book of runs is made with. */
export interface RunBookParts {
  readonly clock: Pick<Clock, 'wall'>;
  /** How many runs may be open. */
  readonly openLimit: number;
  /** How long those that are over are kept. */
  readonly keptMs: number;
  /** Told of runs that are forgotten. */
  readonly onForgotten: (runs: readonly OverRun[]) => void;
}

/** The runs of a runtime. */
export class RunBook {
  readonly #parts: RunBookParts;
  readonly #open = new Map<string, Run>();
  /** In the order they ended. */
  readonly #over = new Map<string, OverRun>();
  /** Places of runs that are being accepted. */
  #reserved = 0;
  #idle: (() => void)[] = [];

  constructor(parts: RunBookParts) {
    this.#parts = parts;
  }

  get openCount(): number {
    return this.#open.size;
  }

  /** Keeps a place for a run that is being accepted. @throws QUEUE_FULL when as many are open as may be. */
  reserve(): void {
    const { openLimit } = this.#parts;
    if (this.#open.size + this.#reserved >= openLimit)
      throw new QueueFullError('the runtime', openLimit, limits.mailbox.retryAfter_ms);
    this.#reserved += 1;
  }

  /** Gives a place back that was kept. */
  release(): void {
    this.#reserved -= 1;
  }

  /** Adds an open run. */
  add(run: Run): void {
    this.#open.set(run.id, run);
  }

  /** Puts a run that is over among the others that are. */
  close(run: Run, key?: string): void {
    if (!this.#open.delete(run.id)) return;
    const { id, type, state } = run;
    this.#over.set(id, { id, type, state, endedAt: this.#parts.clock.wall(), key, read: () => run });
    this.#prune();
    this.#tellIdle();
  }

  /** Takes in runs that ended before this process began, in the order they ended. */
  addPast(runs: readonly OverRun[]): void {
    for (const run of runs) this.#over.set(run.id, run);
    this.#prune();
  }

  /** Forgets a run that could not be begun. */
  forget(run: Run): void {
    if (this.#open.delete(run.id)) this.#tellIdle();
  }

  find(id: string): Run | undefined {
    const open = this.#open.get(id);
    if (open !== undefined) return open;
    this.#prune();
    return this.#over.get(id)?.read();
  }

  open(): readonly Run[] {
    return [...this.#open.values()];
  }

  /** Runs, oldest first; ids sort by the time they were made. */
  list(filter: RunFilter = {}): readonly Run[] {
    this.#prune();
    const wanted = ({ state, type }: { readonly state: RunState; readonly type: string }): boolean =>
      (filter.status === undefined || state === filter.status) && (filter.type === undefined || type === filter.type);
    const over = [...this.#over.values()].filter(wanted).map(({ read }) => read());
    return [...over, ...this.open().filter(wanted)].toSorted((a, b) => (a.id < b.id ? -1 : 1));
  }

  /** Calls `fn` when no run is open; at once when none is. */
  whenIdle(fn: () => void): void {
    if (this.#open.size === 0) fn();
    else this.#idle.push(fn);
  }

  #tellIdle(): void {
    if (this.#open.size > 0) return;
    const waiters = this.#idle;
    this.#idle = [];
    for (const waiter of waiters) waiter();
  }

  /** Looked at whenever a run ends and whenever somebody looks: no timer waits for it. */
  #prune(): void {
    const { clock, keptMs, onForgotten } = this.#parts;
    const oldest = clock.wall() - keptMs;
    const forgotten: OverRun[] = [];
    for (const run of this.#over.values()) {
      const isTooMany = this.#over.size > limits.run.finishedKept_count;
      if (!isTooMany && run.endedAt >= oldest) break;
      this.#over.delete(run.id);
      forgotten.push(run);
    }
    if (forgotten.length > 0) onForgotten(forgotten);
  }
}
