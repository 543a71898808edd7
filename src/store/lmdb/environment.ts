// What the store engine needs of the database below it: five tables of bytes, one atomic batch of writes at a time,
// and consistent reads. LMDB stands behind it; the tests put faults between.

/** A table of bytes under keys; text for records, numbers for the journal. */
export interface Table<Key> {
  /** A copy of what is there. */
  get(key: Key): Uint8Array | undefined;
  /** Keys from a place on, at most so many, without any cursor left open. */
  keys(from: Key | undefined, isAfter: boolean, count: number): Key[];
  /** How many keys there are from a place on, up to another one; up to the end where none is given. */
  count(from: Key, until: Key | undefined): number;
  /** The greatest key. */
  last(): Key | undefined;
  /** All there is, from a place on, in one consistent state; `return()` it, or read it to its end. */
  entries(from?: Key): IterableIterator<readonly [Key, Uint8Array]>;
  /** How many entries there are. */
  size(): number;
  /** Within a batch only. */
  put(key: Key, value: Uint8Array): void;
  /** Within a batch only; harmless when there is none. */
  remove(key: Key): void;
}

/** The database of a store. */
export interface Environment {
  /** Keys and their current records. */
  readonly current: Table<string>;
  /** Numbers and journal records. */
  readonly journal: Table<number>;
  /** Deleted keys that go on counting. */
  readonly tombstones: Table<string>;
  /** Hashes and large values, and hashes with a mark and how often each is used. */
  readonly blobs: Table<string>;
  /** What the store says of itself. */
  readonly meta: Table<string>;
  /**
   * One atomic batch. Resolves when it is on the disk; what it put must not change before.
   *
   * @param fill - Puts and removes, without waiting for anything.
   */
  write(fill: () => void): Promise<void>;
  /** Bytes of the pages in use. */
  used_bytes(): number;
  /** Bytes of the file. */
  file_bytes(): number;
  /** A copy of the whole, as of now, into a folder that is there. */
  copyTo(folder: string, isCompact: boolean): Promise<void>;
  /**
   * Really lets go of the file; what was written before is on the disk then. One that was opened to be read has let go
   * of it before this returns.
   */
  close(): Promise<void>;
}

/** How an environment is opened. */
export interface EnvironmentOptions {
  readonly readOnly: boolean;
  readonly map_bytes: number;
}

/** Opens the environment in a folder: to be written once the one before is closed, to be read beside it, too. */
export type OpenEnvironment = (folder: string, options: EnvironmentOptions) => Environment;
