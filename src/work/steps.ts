// What a task has finished so far, by key: the results of its steps and of what it delegated, and its last
// checkpoint. A later attempt is answered from here instead of doing a thing twice. Kept in memory until the task
// ends; where its run is in a store, there as well, and then nothing counts as finished before it has landed.

import { isDeepStrictEqual } from 'node:util';
import { InvalidOptionError, QueueFullError } from '../base/errors.ts';
import { limits } from '../base/limits.ts';
import type { TaskMemo } from './task-memo.ts';

interface Finished {
  readonly input: unknown;
  readonly output: unknown;
}

/** What is to be done once. */
export interface Once {
  /** What it stands for within its task. */
  readonly key: string;
  readonly input: unknown;
  readonly make: () => Promise<unknown>;
  /** The id of the task that it is delegated as. */
  readonly delegated?: string;
}

/** The finished parts of one task. */
export class Steps {
  readonly #memo: TaskMemo | undefined;
  readonly #finished = new Map<string, Finished>();
  readonly #running = new Map<string, { readonly input: unknown; readonly promise: Promise<unknown> }>();
  /** The last value that the task yielded. */
  checkpoint: unknown = undefined;
  checkpoints = 0;
  /** Told of each checkpoint, once it has landed. */
  onCheckpoint: (count: number) => void = () => {};
  #lastYield: Promise<void> | undefined = undefined;

  constructor(memo?: TaskMemo) {
    this.#memo = memo;
    if (memo === undefined) return;
    this.checkpoint = memo.checkpoint;
    this.checkpoints = memo.checkpoints;
  }

  /**
   * The result under a key: as it was stored, as it is being made, or made now.
   *
   * @throws INVALID_OPTION when the key stands for another input.
   */
  async once(what: Once): Promise<unknown> {
    const { key, input } = what;
    const known = this.#finished.get(key) ?? this.#running.get(key) ?? this.#recalled(key);
    if (known !== undefined) {
      if (!isDeepStrictEqual(known.input, input)) {
        throw new InvalidOptionError(
          'key',
          key,
          'a key of its own for each input; this one already stands for another',
        );
      }
      return 'promise' in known ? known.promise : known.output;
    }
    if (this.#finished.size + this.#running.size >= limits.task.steps_count) {
      throw new QueueFullError('the steps of one task', limits.task.steps_count, 0);
    }
    const promise = this.#memo === undefined ? what.make() : this.#kept(what, this.#memo);
    this.#running.set(key, { input, promise });
    try {
      const output = await promise;
      this.#finished.set(key, { input, output });
      return output;
    } finally {
      this.#running.delete(key);
    }
  }

  /**
   * Takes a value that the task has yielded. Where it is stored, at most one is on its way: the next one waits until
   * that has landed, so code is never further ahead of the store than the chunk it is in.
   *
   * @returns what to wait for before the code goes on; undefined for nothing.
   */
  yielded(value: unknown): Promise<void> | undefined {
    if (this.#memo === undefined) {
      this.#count(value);
      return undefined;
    }
    return this.#storeYield(value, this.#memo);
  }

  /** Resolves when the last value that was yielded has landed. */
  async landed(): Promise<void> {
    await this.#lastYield;
  }

  async #storeYield(value: unknown, memo: TaskMemo): Promise<void> {
    await this.#lastYield;
    const count = this.checkpoints + 1;
    const landing = memo.yielded(value, count).then(() => {
      this.#count(value);
    });
    landing.catch(() => {}); // whoever waits for it hears of it
    this.#lastYield = landing;
  }

  #count(value: unknown): void {
    this.checkpoint = value;
    this.checkpoints += 1;
    this.onCheckpoint(this.checkpoints);
  }

  async #kept({ key, input, make, delegated }: Once, memo: TaskMemo): Promise<unknown> {
    memo.awaits(delegated);
    try {
      const output = await make();
      await memo.finished(key, input, output, delegated);
      return output;
    } finally {
      memo.settled(delegated);
    }
  }

  #recalled(key: string): Finished | undefined {
    const found = this.#memo?.recall(key);
    if (found !== undefined) this.#finished.set(key, found);
    return found;
  }
}
