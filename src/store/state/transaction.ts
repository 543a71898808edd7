// One try of a transaction: what it read with the versions it saw, and what it wants written. It holds nothing and
// nobody waits for it: what it read is compared with the newest versions when it ends, in the turn in which its writes
// are sent, so that it might as well have happened wholly at that instant. While it runs it never sees two moments.

import { InvalidOptionError, VersionConflictError } from '../../base/errors.ts';
import { limits } from '../../base/limits.ts';
import { toPlain } from '../../base/plain.ts';
import { storedKey } from './state-key.ts';
import type { Batch, Prepared, StateWrites } from './state-writes.ts';

/** What a key of shared state holds. The value is the caller's own copy. */
export interface StateEntry<Value = unknown> {
  readonly value: Value;
  /** 1, 2, 3 … for each key. */
  readonly version: number;
  /** Calendar time of the write in milliseconds. */
  readonly at: number;
}

/** What a transaction can do. Ends with its function. */
export interface Transaction {
  /**
   * What a key holds: what this transaction has set, else the newest there is. What was set here has the version that
   * it takes the place of.
   *
   * @throws VERSION_CONFLICT when something read before has changed meanwhile; the transaction then begins again.
   */
  get<Value = unknown>(key: string): StateEntry<Value> | undefined;
  /** Sets a key, once the transaction commits. @throws UNSERIALIZABLE, INVALID_OPTION, and nothing is written. */
  set(key: string, value: unknown): void;
  /** Removes a key, once the transaction commits. */
  delete(key: string): void;
}

/** A transaction that has begun. */
export class OpenTransaction {
  readonly #writes: StateWrites;
  readonly #wall: () => number;
  readonly #read = new Map<string, number>();
  readonly #wanted = new Map<string, Prepared | undefined>();
  /** What was read before it had landed. */
  readonly #awaited = new Set<Promise<void>>();
  readonly #losses: number;
  #changes: number;
  #conflict: VersionConflictError | undefined = undefined;
  #hasEnded = false;

  constructor(writes: StateWrites, wall: () => number) {
    this.#writes = writes;
    this.#wall = wall;
    this.#losses = writes.losses;
    this.#changes = writes.changes;
  }

  /** What the function is given. */
  readonly face: Transaction = Object.freeze({
    get: <Value>(key: string) => this.#get(key) as StateEntry<Value> | undefined,
    set: (key: string, value: unknown) => {
      this.#requireOpen();
      this.#want(key, this.#writes.prepare(key, value));
    },
    delete: (key: string) => {
      this.#requireOpen();
      storedKey(key);
      this.#want(key, undefined);
    },
  });

  /** Ends it: from now on its face refuses. */
  end(): void {
    this.#hasEnded = true;
  }

  get isReadOnly(): boolean {
    return this.#wanted.size === 0;
  }

  /** What it read that is no longer the newest; undefined when it could happen now. */
  conflict(): VersionConflictError | undefined {
    this.#conflict ??= this.#stale();
    return this.#conflict;
  }

  /** Sends what it wants written; call it in the same turn as {@link OpenTransaction.conflict}. */
  send(): Batch {
    return this.#writes.send(this.#wanted);
  }

  /** Resolves when all that it read has landed. @throws the store's error when some of it was lost. */
  async readsLanded(): Promise<void> {
    await Promise.all(this.#awaited);
  }

  #get(key: string): StateEntry | undefined {
    this.#requireOpen();
    const stored = storedKey(key);
    // Of something that has changed, no more is read: the function must not see parts of two moments.
    if (this.#changes !== this.#writes.changes) {
      this.#changes = this.#writes.changes;
      const conflict = this.conflict();
      if (conflict !== undefined) throw conflict;
    }
    this.#bound(key);
    const found = this.#writes.read(key);
    const version = found?.version ?? 0;
    if (!this.#read.has(key)) this.#read.set(key, version);
    if (found?.landed !== undefined) this.#awaited.add(found.landed);
    if (this.#wanted.has(key)) {
      const own = this.#wanted.get(key);
      if (own === undefined) return undefined;
      return { value: toPlain(own.value, stored), version, at: this.#wall() };
    }
    return found === undefined || version === 0 ? undefined : { value: found.value, version, at: found.at };
  }

  #want(key: string, prepared: Prepared | undefined): void {
    this.#bound(key);
    this.#wanted.set(key, prepared);
  }

  #bound(key: string): void {
    const keys = Math.max(this.#read.size, this.#wanted.size);
    const most = limits.state.transactionKeys_count;
    if (keys < most || this.#read.has(key) || this.#wanted.has(key)) return;
    throw new InvalidOptionError('transaction', `one more than ${most} keys`, `at most ${most} keys; split it`);
  }

  #stale(): VersionConflictError | undefined {
    // A version that was lost may have been written again with another value.
    const isLost = this.#awaited.size > 0 && this.#losses !== this.#writes.losses;
    for (const [key, version] of this.#read) {
      if (!isLost && this.#writes.isNewest(key, version)) continue;
      return new VersionConflictError(key, version, this.#writes.version(key));
    }
    return undefined;
  }

  #requireOpen(): void {
    if (!this.#hasEnded) return;
    throw new InvalidOptionError(
      'transaction',
      'used after its function had ended',
      'calls from within its function only; await everything in there',
    );
  }
}
