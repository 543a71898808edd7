// One run a key: the same key with the same task gives the same run, whether it is being accepted, open, over, or from
// before a restart. What is known of a key in memory goes with its run; what a store knows of it goes with the run's
// record.

import { isDeepStrictEqual } from 'node:util';
import { InvalidOptionError } from '../base/errors.ts';
import { limits } from '../base/limits.ts';
import type { Run } from './run.ts';

/** What a key was given for. */
export interface KeyedTask {
  readonly type: string;
  readonly input: unknown;
}

/** How the runs of keys are found. */
export interface KeyedRuns {
  find(run: string): Run | undefined;
  /** The run that a store knows under a key, with what it was given. @throws STORE_CORRUPT when that is damaged. */
  stored(key: string): { readonly run: string; readonly task: KeyedTask } | undefined;
}

interface Known {
  readonly task: KeyedTask;
  readonly run: string | Promise<Run>;
}

/** The idempotency keys of a runtime. */
export class IdempotencyKeys {
  readonly #runs: KeyedRuns;
  /** Of runs that are being accepted, and of those that no store keeps. */
  readonly #known = new Map<string, Known>();

  constructor(runs: KeyedRuns) {
    this.#runs = runs;
  }

  /**
   * The run of a key; `accept` makes it where there is none.
   *
   * @throws INVALID_OPTION when the key stands for another task, STORE_CORRUPT when nobody can tell what it stands for;
   * what `accept` throws, and then the key is free.
   */
  async once(key: string, task: KeyedTask, isStored: boolean, accept: () => Promise<Run>): Promise<Run> {
    const known = this.#known.get(key) ?? this.#runs.stored(key);
    const found = known === undefined ? undefined : await this.#same(key, task, known);
    if (found !== undefined) return found;
    if (known !== undefined && this.#known.get(key) !== undefined && this.#known.get(key) !== known)
      return this.once(key, task, isStored, accept); // somebody else was faster
    const accepting = accept();
    this.#known.set(key, { task, run: accepting });
    try {
      const run = await accepting;
      if (isStored) this.#known.delete(key);
      else this.#known.set(key, { task, run: run.id });
      return run;
    } catch (error) {
      this.#known.delete(key);
      throw error;
    }
  }

  /** Its run is forgotten. */
  forget(key: string): void {
    this.#known.delete(key);
  }

  async #same(key: string, task: KeyedTask, known: Known): Promise<Run | undefined> {
    if (task.type !== known.task.type || !isDeepStrictEqual(task.input, known.task.input)) {
      throw new InvalidOptionError(
        'idempotencyKey',
        key,
        'a key of its own for each task; this one stands for another',
      );
    }
    return typeof known.run === 'string' ? this.#runs.find(known.run) : known.run;
  }
}

/** An idempotency key. @throws INVALID_OPTION */
export function toIdempotencyKey(key: unknown): string {
  const most = limits.run.idempotencyKey_chars;
  if (typeof key === 'string' && key !== '' && key.length <= most) return key;
  throw new InvalidOptionError('idempotencyKey', key, `a text of 1 to ${most} characters`);
}
