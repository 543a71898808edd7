// What the runtime asks of a store: read now, write whole or not at all, later. Adapters share one conformance
// suite. Reads are synchronous because every adapter we have can answer from memory; writes resolve once they are
// as durable as the adapter promises.

/** One record as it is kept. */
export interface StoredRecord {
  /** 1, 2, 3 … for each key; never goes back. */
  readonly version: number;
  /** Calendar time of the write in milliseconds. */
  readonly at: number;
  readonly value: unknown;
}

/** One write of a commit: a value, or `undefined` to delete. */
export interface StoreWrite {
  readonly key: string;
  readonly value: unknown;
}

/** A store. */
export interface Store {
  /** The current record of a key. What is returned is the caller's own copy. */
  get(key: string): StoredRecord | undefined;
  /** Keys that begin with a prefix, in order of their code units. */
  keys(prefix: string): Iterable<string>;
  /** Writes all or nothing. Commits land in the order of their calls. */
  commit(writes: readonly StoreWrite[]): Promise<void>;
  /** Lets go of everything; commits made before it land first. */
  close(): Promise<void>;
}
