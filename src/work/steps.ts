// What a task has finished so far, by key: the results of its steps and of what it delegated, and its last
// checkpoint. A later attempt is answered from here instead of doing a thing twice. Kept until the task ends.

import { isDeepStrictEqual } from 'node:util';
import { InvalidOptionError, QueueFullError } from '../base/errors.ts';
import { limits } from '../base/limits.ts';

interface Finished {
  readonly input: unknown;
  readonly output: unknown;
}

/** The finished parts of one task. */
export class Steps {
  readonly #finished = new Map<string, Finished>();
  readonly #running = new Map<string, { readonly input: unknown; readonly promise: Promise<unknown> }>();
  /** The last value that the task yielded. */
  checkpoint: unknown = undefined;
  checkpoints = 0;

  /**
   * The result under a key: as it was stored, as it is being made, or made now.
   *
   * @throws INVALID_OPTION when the key stands for another input.
   */
  async once(key: string, input: unknown, make: () => Promise<unknown>): Promise<unknown> {
    const known = this.#finished.get(key) ?? this.#running.get(key);
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
    const promise = make();
    this.#running.set(key, { input, promise });
    try {
      const output = await promise;
      this.#finished.set(key, { input, output });
      return output;
    } finally {
      this.#running.delete(key);
    }
  }
}
