// What all parts of an open store share: the environment, which is another one after a reopen, the heads, the counts
// and how keys are found. It reads what has landed; only heads know of commits in flight. Nobody is given an environment
// that is closed, and none is closed while something is read or copied from it.

import { ShuttingDownError, StoreUnavailableError, TroupeError } from '../../base/errors.ts';
import { readReference } from './blobs.ts';
import type { Environment, EnvironmentOptions, OpenEnvironment } from './environment.ts';
import { type Head, Heads, noHead } from './heads.ts';
import { JournalReader } from './journal.ts';
import { LiveCounts } from './live-counts.ts';
import { codec, type CurrentHead, readHead } from './record.ts';
import { salvagedGrave, salvagedHead } from './salvaged.ts';
import { readTombstone } from './tombstone.ts';

/** The shared state of an open store. */
export class Ground {
  readonly path: string;
  readonly heads = new Heads();
  readonly counts = new LiveCounts();
  readonly journalReader: JournalReader;
  /** The number of the next journal record. */
  nextNumber = 1;
  /** Keys with history. */
  ringed = 0;
  /** Whoever reads in slices lets go of the environment, and begins afresh on the next one. */
  beforeReplace: () => Promise<void> = () => Promise.resolve();
  afterReplace: () => void = () => {};
  /** Told when the head of a key has to be salvaged, each time. Must not write: a commit may be in the making. */
  onUnreadable: (key: string, table: 'current' | 'tombstones') => void = () => {};
  readonly #open: OpenEnvironment;
  readonly #options: EnvironmentOptions;
  /** Undefined while there is none that is open. */
  #environment: Environment | undefined;
  /** Readings that have been begun and not ended. */
  readonly #readings = new Set<IterableIterator<unknown>>();
  readonly #copies = new Set<Promise<void>>();
  #isClosed = false;
  #hasTombstones = false;

  constructor(path: string, open: OpenEnvironment, options: EnvironmentOptions) {
    this.path = path;
    this.#open = open;
    this.#options = options;
    this.#environment = open(path, options);
    this.journalReader = new JournalReader(() => this.environment.journal);
    this.#settle();
  }

  /** @throws STORE_UNAVAILABLE when it could not be opened again, SHUTTING_DOWN when it is closed for good. */
  get environment(): Environment {
    if (this.#environment !== undefined) return this.#environment;
    if (this.#isClosed) throw new ShuttingDownError();
    throw new StoreUnavailableError(this.path, 'its database has been closed and did not open again');
  }

  get readOnly(): boolean {
    return this.#options.readOnly;
  }

  /**
   * Closes the environment for good and opens it again: what the failed one thought it had written does not count.
   *
   * The next one can't be opened before the file is let go of. A second one, only to read, answers in between; it is
   * closed, and the next one opened, in one go, so that nobody finds none.
   *
   * @throws what opening does; while the failed one answers, it stays until another can be read meanwhile.
   */
  async replaceEnvironment(): Promise<void> {
    await this.beforeReplace();
    const failed = this.#environment;
    if (failed !== undefined) {
      this.#goOnWith(this.isReadable() ? this.#open(this.path, { ...this.#options, readOnly: true }) : undefined);
      await this.#copied();
      await failed.close();
      while (this.#copies.size > 0) await this.#copied();
      const meanwhile = this.#environment;
      this.#goOnWith(undefined);
      void meanwhile?.close();
    }
    this.#goOnWith(this.#open(this.path, this.#options));
    this.#settle();
    this.afterReplace();
  }

  /** What is being read goes on in this environment, or is refused where there is none. */
  #goOnWith(environment: Environment | undefined): void {
    for (const reading of this.#readings) reading.return?.();
    this.#readings.clear();
    this.heads.clear();
    this.journalReader.forget();
    this.#environment = environment;
  }

  /** Whether the environment answers. One that could not write where it keeps its newest state does so no more. */
  isReadable(): boolean {
    try {
      this.environment.journal.size(); // looks anew: a read that goes on from one before may be answered still
      return true;
    } catch {
      return false;
    }
  }

  async #copied(): Promise<void> {
    await Promise.allSettled(this.#copies);
  }

  /** Lets go of the environment for good. */
  async close(): Promise<void> {
    const last = this.#environment;
    this.#isClosed = true;
    this.#goOnWith(undefined);
    await this.#copied();
    await last?.close();
  }

  /** A copy of the whole, as of now, into a folder that is there. */
  copyTo(folder: string, isCompact: boolean): Promise<void> {
    const copying = this.environment.copyTo(folder, isCompact).finally(() => {
      this.#copies.delete(copying);
    });
    this.#copies.add(copying);
    return copying;
  }

  /** All current records from a key on, also when the environment is replaced meanwhile. Each state is consistent. */
  *records(first: string): IterableIterator<readonly [string, Uint8Array]> {
    let last: string | undefined;
    for (;;) {
      const { environment } = this;
      const reading = environment.current.entries(last ?? first);
      this.#readings.add(reading);
      try {
        for (const entry of reading) {
          if (entry[0] === last) continue;
          last = entry[0];
          yield entry;
        }
      } finally {
        this.#readings.delete(reading);
      }
      if (this.environment === environment) return;
    }
  }

  #settle(): void {
    const { journal, tombstones } = this.environment;
    this.#hasTombstones = tombstones.size() > 0;
    this.nextNumber = Math.max(this.nextNumber, (journal.last() ?? 0) + 1);
  }

  /** The head of a key as of every commit called so far. */
  head(key: string): Head {
    const known = this.heads.get(key);
    if (known !== undefined) return known;
    const record = this.environment.current.get(key);
    if (record === undefined) return this.#learned(key, this.#buried(key));
    const read = readHead(record, key);
    return this.#learned(key, read === undefined ? this.#unreadable(key, record) : fromRecord(record, read));
  }

  #learned(key: string, head: Head): Head {
    // Where another process writes, what was true of a key when it was read says nothing of it later.
    if (!this.readOnly) this.heads.set(key, head);
    return head;
  }

  #buried(key: string): Head {
    const record = this.#hasTombstones ? this.environment.tombstones.get(key) : undefined;
    if (record === undefined) return noHead();
    const version = readTombstone(record, key)?.version;
    if (version !== undefined) return { ...noHead(), version, landed: version };
    this.onUnreadable(key, 'tombstones');
    return salvagedGrave(this.environment.journal, key, record);
  }

  #unreadable(key: string, record: Uint8Array): Head {
    this.onUnreadable(key, 'current');
    return salvagedHead(this.environment.journal, key, record);
  }

  /** Remembers the head of a record that has been read and checked. */
  learn(key: string, record: Uint8Array, read: CurrentHead): void {
    this.#learned(key, fromRecord(record, read));
  }

  /** Says that there are tombstones now. */
  noteTombstone(): void {
    this.#hasTombstones = true;
  }

  /** The hash of a version that is a blob, from the journal on the disk. */
  blobOf(key: string, version: number, place: number): string | undefined {
    const entry = this.journalReader.find(place, key, version);
    return entry?.codec === codec.blob ? readReference(entry.bytes).hash : undefined;
  }

  /** What reading has thrown, as the port says it. */
  readFailure(error: unknown): TroupeError {
    return error instanceof TroupeError
      ? error
      : new StoreUnavailableError(this.path, "it can't be read", { cause: error });
  }
}

function fromRecord(record: Uint8Array, read: CurrentHead): Head {
  const { version, ring } = read;
  const blobs =
    read.codec === codec.blob ? new Map([[version, readReference(record.subarray(read.valueStart)).hash]]) : undefined;
  return { version, isThere: true, ring, blobs, flying: 0, landed: version };
}
