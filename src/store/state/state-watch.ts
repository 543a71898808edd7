// Who watches a key of shared state. Told of each write after it has landed, in the order of the versions, each time
// with a copy of one's own. Whoever throws, at once or later, harms nobody: it is reported.

import { types } from 'node:util';
import { InvalidOptionError, QueueFullError } from '../../base/errors.ts';
import { limits } from '../../base/limits.ts';
import { toPlain } from '../../base/plain.ts';
import { storedKey } from './state-key.ts';

/** A write that has landed. After a deletion `value` is undefined and `version` 0. */
export interface StateChange<Value = unknown> {
  readonly key: string;
  readonly value: Value | undefined;
  readonly version: number;
  /** Calendar time of the write in milliseconds. */
  readonly at: number;
}

/** Hears of the writes of one key. */
export type StateWatcher<Value = unknown> = (change: StateChange<Value>) => void;

interface Watching {
  readonly tell: (change: StateChange) => unknown;
}

/** Everybody who watches. */
export class StateWatchers {
  readonly #byKey = new Map<string, Set<Watching>>();
  readonly #failed: (key: string, error: unknown) => void;
  #count = 0;

  constructor(failed: (key: string, error: unknown) => void) {
    this.#failed = failed;
  }

  /** Adds one. @returns how to stop. @throws INVALID_OPTION, QUEUE_FULL */
  add(key: string, tell: (change: StateChange) => unknown): () => void {
    storedKey(key);
    if (typeof tell !== 'function') throw new InvalidOptionError('the watcher', tell, 'a function');
    if (this.#count >= limits.state.watchers_count) {
      throw new QueueFullError('the watchers of runtime.state', this.#count, limits.mailbox.retryAfter_ms);
    }
    const watching: Watching = { tell };
    const watchers = this.#byKey.get(key) ?? new Set();
    this.#byKey.set(key, watchers);
    watchers.add(watching);
    this.#count += 1;
    return () => {
      if (!watchers.delete(watching)) return;
      this.#count -= 1;
      if (watchers.size === 0 && this.#byKey.get(key) === watchers) this.#byKey.delete(key);
    };
  }

  /** Tells everybody who watches the key. */
  tell(change: StateChange): void {
    const watchers = this.#byKey.get(change.key);
    if (watchers === undefined) return;
    for (const watching of [...watchers]) if (watchers.has(watching)) this.#call(watching, change);
  }

  #call({ tell }: Watching, change: StateChange): void {
    const failed = (error: unknown): void => {
      this.#failed(change.key, error);
    };
    try {
      const returned = tell({ ...change, value: toPlain(change.value, change.key) });
      if (types.isPromise(returned)) returned.catch(failed);
    } catch (error) {
      failed(error);
    }
  }
}
