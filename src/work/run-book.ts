// The runs of a runtime: every open one, and the newest of those that are over. Both are bounded; a submission over
// the first bound is refused, an ended run over the second is forgotten.

import { QueueFullError } from '../base/errors.ts';
import { limits } from '../base/limits.ts';
import type { Run, RunState } from './run.ts';

/** Which runs to list. */
export interface RunFilter {
  readonly status?: RunState;
  readonly type?: string;
}

/** The runs of a runtime. */
export class RunBook {
  readonly #open = new Map<string, Run>();
  readonly #over = new Map<string, Run>();
  readonly #openLimit: number;
  #idle: (() => void)[] = [];

  constructor(openLimit: number) {
    this.#openLimit = openLimit;
  }

  get openCount(): number {
    return this.#open.size;
  }

  /** @throws QUEUE_FULL when as many are open as may be. */
  add(run: Run): void {
    if (this.#open.size >= this.#openLimit) {
      throw new QueueFullError('the runtime', this.#openLimit, limits.mailbox.retryAfter_ms);
    }
    this.#open.set(run.id, run);
  }

  /** Puts a run that is over among the others that are. */
  close(run: Run): void {
    if (!this.#open.delete(run.id)) return;
    this.#over.set(run.id, run);
    if (this.#over.size > limits.run.finishedKept_count) {
      const [oldest] = this.#over.keys();
      if (oldest !== undefined) this.#over.delete(oldest);
    }
    if (this.#open.size > 0) return;
    const waiters = this.#idle;
    this.#idle = [];
    for (const waiter of waiters) waiter();
  }

  /** Forgets a run that was never accepted. */
  forget(run: Run): void {
    this.#open.delete(run.id);
  }

  find(id: string): Run | undefined {
    return this.#open.get(id) ?? this.#over.get(id);
  }

  open(): readonly Run[] {
    return [...this.#open.values()];
  }

  /** Runs, oldest first; ids sort by the time they were made. */
  list(filter: RunFilter = {}): readonly Run[] {
    return [...this.#over.values(), ...this.#open.values()]
      .filter(
        (run) =>
          (filter.status === undefined || run.state === filter.status) &&
          (filter.type === undefined || run.type === filter.type),
      )
      .toSorted((a, b) => (a.id < b.id ? -1 : 1));
  }

  /** Calls `fn` when no run is open; at once when none is. */
  whenIdle(fn: () => void): void {
    if (this.#open.size === 0) fn();
    else this.#idle.push(fn);
  }
}
