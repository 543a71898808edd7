// Shared versioned state: keys that anybody in a runtime reads and writes, each write a version of its own. Locks
// nothing: who writes says, or lets `update` and `transaction` find out, which versions the decision was taken on,
// and a write taken on an old one is refused as a whole. A promise resolves when its write is on disk.

import { types } from 'node:util';
import type { Clock } from '../../base/clock.ts';
import { QueueFullError, VersionConflictError } from '../../base/errors.ts';
import { limits } from '../../base/limits.ts';
import type { Random } from '../../base/random.ts';
import { type Diff, diffOf } from './diff.ts';
import type { Store, StoredRecord, VersionInfo } from '../port.ts';
import { checkExpected, statePrefix, storedKey } from './state-key.ts';
import { Reading } from './state-reading.ts';
import type { RetryOptions } from './state-retry.ts';
import { type Committed, transact, type TransactHost, type TransactionBody } from './state-transact.ts';
import { type StateWatcher, StateWatchers } from './state-watch.ts';
import { type Prepared, StateWrites } from './state-writes.ts';
import type { StateEntry } from './transaction.ts';

/** Something that happened to shared state and that somebody may want to see. `at` is calendar time in ms. */
export type StateEvent = { readonly at: number } & (
  | {
      /** A write was decided on a version that is not the newest; `attempt` counts the tries of one call from 1. */
      readonly type: 'state.conflict';
      readonly key: string;
      readonly expected: number;
      readonly actual: number;
      readonly attempt: number;
    }
  | { readonly type: 'state.watcherFailed'; readonly key: string; readonly error: unknown }
  | {
      /** The store failed a commit of shared state; it takes no more until it has been reopened. */
      readonly type: 'state.writesLost';
      readonly error: unknown;
    }
);

/** What shared state is made of. */
export interface VersionedStateOptions {
  readonly store: Store;
  readonly clock: Clock;
  readonly random: Random;
  /** How many versions of a key stay readable, the current one included; default 10. */
  readonly versions?: number;
  readonly onEvent?: (event: StateEvent) => void;
}

/** Options of `set`, `delete` and `rollback`. */
export interface WriteOptions {
  /** The version that the key must be at, 0 for absent; without it the last write wins. */
  readonly expectedVersion?: number;
}

/**
 * Shared versioned state; one for a store, since it alone knows what of it is on its way.
 *
 * `get`, `history` and `at` show what has landed. `update` and `transaction` decide on the newest writes even where
 * these are still on their way to the disk, and resolve only after what they saw and what they wrote has landed.
 *
 * @example
 * ```ts
 * await runtime.state.update<number>('visits', (count = 0) => count + 1);
 * ```
 */
export class VersionedState {
  readonly #reading: Reading;
  readonly #clock: Clock;
  readonly #writes: StateWrites;
  readonly #watchers: StateWatchers;
  readonly #host: TransactHost;
  readonly #onEvent: ((event: StateEvent) => void) | undefined;
  #conflicts = 0;
  #open = 0;

  constructor({ store, clock, random, versions = limits.store.versions_count, onEvent }: VersionedStateOptions) {
    this.#reading = new Reading(store, statePrefix, storedKey);
    this.#clock = clock;
    this.#onEvent = onEvent;
    this.#watchers = new StateWatchers((key, error) => {
      onEvent?.({ at: clock.wall(), type: 'state.watcherFailed', key, error });
    });
    this.#writes = new StateWrites({
      store,
      clock,
      versions,
      landed: (sent) => {
        this.#watchers.tell(sent);
      },
      lost: (error) => {
        onEvent?.({ at: clock.wall(), type: 'state.writesLost', error });
      },
    });
    this.#host = {
      clock,
      random,
      writes: this.#writes,
      conflict: (conflict, attempt) => {
        this.#noteConflict(conflict, attempt);
      },
    };
  }

  /** How often a write was decided on a version that was not the newest, retries included. */
  get conflicts(): number {
    return this.#conflicts;
  }

  /** What a key holds; undefined when it is absent. */
  get<Value = unknown>(key: string): StateEntry<Value> | undefined {
    return entryOf<Value>(this.#reading.get(key));
  }

  /**
   * Writes a key. Resolves with its new version when that is on disk.
   *
   * @throws VERSION_CONFLICT with the actual version, UNSERIALIZABLE, INVALID_OPTION, QUEUE_FULL, the store's errors.
   */
  async set(key: string, value: unknown, options: WriteOptions = {}): Promise<number> {
    return this.#counted(() => this.#write(key, this.#writes.prepare(key, value), options));
  }

  /** Removes a key with its history. Resolves with whether it was there. @throws as {@link VersionedState.set} does. */
  async delete(key: string, options: WriteOptions = {}): Promise<boolean> {
    return this.#counted(async () => {
      const wasThere = this.#writes.version(key) > 0;
      if (wasThere || options.expectedVersion !== undefined) await this.#write(key, undefined, options);
      else await this.#writes.landing(key);
      return wasThere;
    });
  }

  /**
   * Sets a key to what `change` makes of its value, and again when somebody else was faster. `change` may be called
   * several times and should do nothing but compute; while it awaits, others may write.
   *
   * @throws VERSION_CONFLICT when the retries are used up, TASK_TIMEOUT, what `change` throws, and what `set` throws.
   */
  async update<Value = unknown>(
    key: string,
    change: (value: Value | undefined) => Value | Promise<Value>,
    options: RetryOptions = {},
  ): Promise<{ readonly value: Value; readonly version: number }> {
    const { result, versions } = await this.#transact(
      `update of '${key}'`,
      (tx) => {
        const set = (value: Value): Value => {
          tx.set(key, value);
          return tx.get<Value>(key)?.value as Value;
        };
        const changed = change(tx.get<Value>(key)?.value);
        return types.isPromise(changed) ? changed.then(set) : set(changed);
      },
      options,
    );
    return { value: result, version: versions.get(key) ?? 0 };
  }

  /**
   * Reads and writes several keys as if nobody else were there: all of it lands, or nothing. When something that it
   * read has changed meanwhile it begins again; when its function throws, nothing is written.
   *
   * @returns what the function returns.
   * @throws VERSION_CONFLICT when the retries are used up, TASK_TIMEOUT, what the function throws, the store's errors.
   */
  async transaction<Result>(body: TransactionBody<Result>, options: RetryOptions = {}): Promise<Result> {
    const { result } = await this.#transact('transaction', body, options);
    return result;
  }

  /** Versions of a key that can still be read, newest first. */
  history(key: string): readonly VersionInfo[] {
    return this.#reading.history(key);
  }

  /** One version of a key; undefined when it is not kept. */
  at<Value = unknown>(key: string, version: number): StateEntry<Value> | undefined {
    return entryOf<Value>(this.#reading.at(key, version));
  }

  /** What is different between two versions. @throws INVALID_OPTION when one of them is not kept. */
  diff(key: string, before: number, after: number): Diff {
    return diffOf(this.#reading.kept(key, before).value, this.#reading.kept(key, after).value);
  }

  /**
   * Writes the content of an older version as a new one. Resolves with the new version.
   *
   * @throws INVALID_OPTION when that version is not kept, and nothing has changed; else as `set` does.
   */
  async rollback(key: string, version: number, options: WriteOptions = {}): Promise<number> {
    return this.#counted(() =>
      this.#write(key, this.#writes.prepare(key, this.#reading.kept(key, version).value), options),
    );
  }

  /**
   * Hears of every write of a key after it has landed, in the order of the versions.
   *
   * @returns how to stop.
   * @throws QUEUE_FULL when too many watch.
   */
  watch<Value = unknown>(key: string, tell: StateWatcher<Value>): () => void {
    return this.#watchers.add(key, tell as StateWatcher);
  }

  /** Keys that begin with a prefix, in the order of their code units. Read page by page, as far as one goes. */
  *keys(prefix = ''): Generator<string, void, undefined> {
    yield* this.#reading.names(prefix);
  }

  #transact<Result>(what: string, body: TransactionBody<Result>, options: RetryOptions): Promise<Committed<Result>> {
    return this.#counted(() => transact(this.#host, what, body, options));
  }

  async #write(key: string, prepared: Prepared | undefined, { expectedVersion }: WriteOptions): Promise<number> {
    checkExpected(expectedVersion);
    if (expectedVersion !== undefined && !this.#writes.isNewest(key, expectedVersion)) {
      const conflict = new VersionConflictError(key, expectedVersion, this.#writes.version(key));
      this.#noteConflict(conflict, 1);
      await this.#writes.landing(key); // so that who reads again sees the version that won
      throw conflict;
    }
    const { sent, landed } = this.#writes.send(new Map([[key, prepared]]));
    await landed;
    return sent[0]?.version ?? 0;
  }

  /** Bounds what is open at a time. Calls `work` at once: what it decides, it decides in this turn. */
  async #counted<Result>(work: () => Promise<Result>): Promise<Result> {
    if (this.#open >= limits.state.open_count) {
      throw new QueueFullError('runtime.state', this.#open, limits.mailbox.retryAfter_ms);
    }
    this.#open += 1;
    try {
      return await work();
    } finally {
      this.#open -= 1;
    }
  }

  #noteConflict({ details: { key, expected, actual } }: VersionConflictError, attempt: number): void {
    this.#conflicts += 1;
    this.#onEvent?.({ at: this.#clock.wall(), type: 'state.conflict', key, expected, actual, attempt });
  }
}

function entryOf<Value>(record: StoredRecord | undefined): StateEntry<Value> | undefined {
  return record === undefined ? undefined : { value: record.value as Value, version: record.version, at: record.at };
}
