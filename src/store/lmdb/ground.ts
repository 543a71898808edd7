// What all parts of an open store share: the environment, which is another one after a reopen, the heads, the counts
// and how keys are found. It reads what has landed; only heads know of commits in flight.

import { StoreUnavailableError, TroupeError } from '../../base/errors.ts';
import { readReference } from './blobs.ts';
import type { Environment, EnvironmentOptions, OpenEnvironment } from './environment.ts';
import { type Head, Heads, noHead } from './heads.ts';
import { JournalReader, salvage } from './journal.ts';
import { LiveCounts } from './live-counts.ts';
import { limits } from '../../base/limits.ts';
import { codec, type CurrentHead, readHead } from './record.ts';
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
  readonly #open: OpenEnvironment;
  readonly #options: EnvironmentOptions;
  #environment: Environment;
  #hasTombstones = false;

  constructor(path: string, open: OpenEnvironment, options: EnvironmentOptions) {
    this.path = path;
    this.#open = open;
    this.#options = options;
    this.#environment = open(path, options);
    this.journalReader = new JournalReader(() => this.environment.journal);
    this.#settle();
  }

  get environment(): Environment {
    return this.#environment;
  }

  get readOnly(): boolean {
    return this.#options.readOnly;
  }

  /** Closes the environment for good and opens it again: what the failed one thought it had written does not count. */
  async replaceEnvironment(): Promise<void> {
    await this.beforeReplace();
    await this.#environment.close();
    this.heads.clear();
    this.journalReader.forget();
    this.#environment = this.#open(this.path, this.#options);
    this.#settle();
    this.afterReplace();
  }

  #settle(): void {
    const { journal, tombstones } = this.#environment;
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
    return this.#learned(key, read === undefined ? this.#salvaged(key) : fromRecord(record, read));
  }

  #learned(key: string, head: Head): Head {
    // Where another process writes, what was true of a key when it was read says nothing of it later.
    if (!this.readOnly) this.heads.set(key, head);
    return head;
  }

  #buried(key: string): Head {
    const head = noHead();
    if (!this.#hasTombstones) return head;
    const record = this.environment.tombstones.get(key);
    const version = record === undefined ? 0 : (readTombstone(record, key)?.version ?? 0);
    return { ...head, version, landed: version };
  }

  /** The head of a key whose record can't be read: as the journal knows it. */
  #salvaged(key: string): Head {
    const found = salvage(this.environment.journal, key, limits.store.versionsMax_count);
    const whole = found.find(({ entry }) => entry !== undefined);
    if (whole === undefined) return { ...noHead(), isThere: true };
    // A damaged entry that claims to be newer may be right; one that claims to be much newer is not.
    const newest = found.find(({ version }) => version - whole.version < limits.store.versionsMax_count) ?? whole;
    const version = Math.max(newest.version, whole.version);
    const ring: number[] = [];
    for (const { version: each, place } of found) if (each === version - ring.length) ring.push(place);
    return { ...noHead(), version, isThere: true, ring, landed: version };
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
