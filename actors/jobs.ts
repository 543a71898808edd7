// The tasks in the hands of one worker. The machine knows each by a name: its id, unless code that was left behind
// still goes by that, as when a task is given again right after it ran out of time.

import type { Delegation } from '../src/kernel/delegation.ts';
import type { TaskMemo } from '../src/work/task-memo.ts';
import { type Job, newJob } from './job.ts';

/** Jobs by name. */
export class Jobs {
  readonly #byName = new Map<string, Job>();
  /** Of those, how many go by another name than their id. */
  #renamed = 0;

  /** Takes a task in. */
  add(delegation: Delegation, now: number, memo: TaskMemo | undefined): Job {
    let name = delegation.id;
    for (let count = 2; this.#byName.has(name); count++) name = `${delegation.id}~${count}`;
    const job = newJob(name, delegation, now, memo);
    this.#byName.set(name, job);
    if (name !== delegation.id) this.#renamed += 1;
    return job;
  }

  get(name: string): Job | undefined {
    return this.#byName.get(name);
  }

  /** The task with an id that has not ended. */
  withId(id: string): Job | undefined {
    const named = this.#byName.get(id);
    if (named?.dropped === false && named.delegation.id === id) return named;
    if (this.#renamed === 0) return undefined;
    for (const job of this.#byName.values()) if (!job.dropped && job.delegation.id === id) return job;
    return undefined;
  }

  all(): Iterable<Job> {
    return this.#byName.values();
  }

  /** Lets a task go; what the store keeps of it is another's from now on. */
  remove(job: Job): void {
    if (!this.#byName.delete(job.name)) return;
    if (job.name !== job.delegation.id) this.#renamed -= 1;
    job.memo?.release();
  }
}
