// What the runtime asks of a store: read now, write whole or not at all, later. Adapters share one conformance
// suite. Reads are synchronous because every adapter we have can answer from memory; writes resolve once they are
// as durable as the adapter promises. One process owns a store, so what it has been asked to write is all there is.

/** One record as it is kept. */
export interface StoredRecord {
  /** 1, 2, 3 … for each key; never goes back. */
  readonly version: number;
  /** Calendar time of the write in milliseconds. */
  readonly at: number;
  /** Version of the value's shape, as its owner counts it; 0 where the owner does not. */
  readonly schema: number;
  readonly value: unknown;
}

/** One version of a key that can still be read. */
export interface VersionInfo {
  readonly version: number;
  readonly at: number;
  readonly schema: number;
  /** Size of the packed value. */
  readonly bytes: number;
}

/** A record that a scan has come to. Its value is only read when it is asked for. */
export interface ScannedRecord {
  readonly key: string;
  /** Calendar time of the write in milliseconds; undefined when it is damaged and no whole version is left. */
  readonly at: number | undefined;
  /** How many properties the value has; undefined when that can't be told without reading it. */
  readonly properties: number | undefined;
  /** Whether a property of this name, or a text, may be anywhere in the value. `false` is certain. */
  mayHold(name: string): boolean;
  /** The value; undefined when no whole version is left. Records with equal values may share one, so it must not be changed. */
  value(): unknown;
}

/** A value made ready to be written: a copy that nobody can change any more. Only the store that packed it reads it. */
export interface Packed {
  readonly bytes: Uint8Array;
}

/** One write of a commit. */
export interface StoreWrite {
  readonly key: string;
  /** The value, or `undefined` to delete. It is copied before `commit` returns. */
  readonly value?: unknown;
  /** The value, packed before; goes before `value`. */
  readonly packed?: Packed;
  /** Version of the value's shape; default 0. */
  readonly schema?: number;
  /**
   * How many versions stay readable, the current one included; default 1. Keys of which only the current one is
   * kept leave nothing behind when they are deleted; the others leave their version, and go on counting.
   */
  readonly keep?: number;
  /** The version that the key must be at (0: absent), or the whole commit is refused with VERSION_CONFLICT. */
  readonly expectedVersion?: number;
}

/**
 * A store.
 *
 * A commit that is refused for what is in it (VERSION_CONFLICT, UNSERIALIZABLE, INVALID_OPTION) is refused alone. One
 * that fails in the store (STORE_FULL, STORE_UNAVAILABLE) takes with it every commit that was called after it, and
 * the store takes no more until {@link Store.reopen} has resolved: nothing lands out of order. Reads go on.
 */
export interface Store {
  /**
   * The current record of a key, as of the commits that have landed. What is returned is the caller's own copy. A
   * record that is damaged is not returned: the newest whole version is, and `onDamage` is told.
   */
  get(key: string): StoredRecord | undefined;
  /** The version of a key as of every commit called so far, landed or not; 0 when it is absent. */
  version(key: string): number;
  /** Versions that can still be read, newest first; the current one is the first. */
  history(key: string): readonly VersionInfo[];
  /** One version of a key, while it is kept. */
  at(key: string, version: number): StoredRecord | undefined;
  /** Keys that begin with a prefix, in order of their code units; those after `after`, when it is given. */
  keys(prefix: string, after?: string): Iterable<string>;
  /** How many keys begin with a prefix, as of the commits that have landed. Reads no record. */
  count(prefix: string): number;
  /** The records that begin with a prefix, in the order of their keys, each as {@link Store.get} would find it. */
  scan(prefix: string): Iterable<ScannedRecord>;
  /**
   * Makes a value ready to be written.
   *
   * @param subject - What it is, the head of the path in a refusal.
   * @throws UNSERIALIZABLE with the path of what can't be kept, or when it is too deep or too large.
   */
  pack(value: unknown, subject: string): Packed;
  /** Writes all or nothing. Commits land in the order of their calls. The last write of a key in one commit wins. */
  commit(writes: readonly StoreWrite[]): Promise<void>;
  /** Takes commits again after one has failed, once a write of its own has landed; else rejects with what is wrong. */
  reopen(): Promise<void>;
  /** Lets go of everything; commits made before it land first. */
  close(): Promise<void>;
}

/** Told of a record that failed its checksum or could not be read, and of what was served in its place. */
export interface Damage {
  readonly key: string;
  /** The version that is damaged; undefined when not even that can be read. */
  readonly version: number | undefined;
  /** The version served in its place; undefined when no whole one is left. */
  readonly served: number | undefined;
  readonly problem: string;
}
