// The keys of the records that the tasks of one open run have in the store, so that nobody searches the store for what
// was written a moment ago: a search reads far more keys than it finds. They are known from the beginning of a run on,
// for as long as they are few. Of a run that another process began nothing is known; then the store is searched.

import { limits } from '../base/limits.ts';

/** The records of a run's tasks, as far as they are known. */
export class TaskKeys {
  /** By task, its own record's first; undefined when not all of them are known. */
  #known: Map<string, string[]> | undefined;
  #count = 0;
  /** Tasks that may have records besides their own. */
  readonly #stepped = new Set<string>();

  /** @param isNew - Whether the run begins now, so that there are no records yet. */
  constructor(isNew: boolean) {
    this.#known = isNew ? new Map() : undefined;
  }

  /** Whether a task may have records. */
  mayHave(subject: string): boolean {
    return this.#known?.has(subject) ?? true;
  }

  /** Whether a task may have records besides its own. */
  mayHaveSteps(subject: string): boolean {
    return this.#stepped.has(subject);
  }

  /** A task's own record is written. */
  add(subject: string, key: string): void {
    if (this.#known?.get(subject)?.[0] !== key) this.#put(subject, key);
  }

  /** A record besides a task's own is written. */
  addStep(subject: string, key: string): void {
    this.#stepped.add(subject);
    this.#put(subject, key);
  }

  /** A task was found that may have records from before. */
  found(subject: string): void {
    this.#stepped.add(subject);
  }

  /** The records of a task, which are removed now; undefined when they are not known. */
  take(subject: string): readonly string[] | undefined {
    this.#stepped.delete(subject);
    if (this.#known === undefined) return undefined;
    const keys = this.#known.get(subject) ?? [];
    this.#known.delete(subject);
    this.#count -= keys.length;
    return keys;
  }

  /** The records of all tasks, as many as one commit removes at most; undefined when they are not known. */
  all(): readonly string[] | undefined {
    return this.#known === undefined ? undefined : [...this.#known.values()].flat();
  }

  #put(subject: string, key: string): void {
    if (this.#known === undefined) return;
    const keys = this.#known.get(subject);
    if (keys === undefined) this.#known.set(subject, [key]);
    else keys.push(key);
    this.#count += 1;
    if (this.#count > limits.run.removedPerCommit_count) this.#known = undefined;
  }
}
