// The store that lives in this process: for tests, and for topologies that need no more. It packs what goes in as the
// store on disk does, so that it takes and refuses the same, and nobody can change a committed value. It keeps the
// promises of the port in full but for surviving the process.

import { type Clock, systemClock } from '../base/clock.ts';
import { ShuttingDownError, VersionConflictError } from '../base/errors.ts';
import { limits } from '../base/limits.ts';
import { packValue, unpackValue } from './codec/codec.ts';
import { checkWrite } from './check-write.ts';
import type { Packed, ScannedRecord, Store, StoredRecord, StoreWrite, VersionInfo } from './port.ts';
import { scanByGet } from './scan-by-get.ts';

interface Kept extends VersionInfo {
  readonly packed: Uint8Array;
  /** Whether older versions were asked for with it: then it stays readable itself, and the key goes on counting. */
  readonly hasHistory: boolean;
}

interface Ready {
  readonly write: StoreWrite;
  readonly packed: Uint8Array | undefined;
}

class MemoryStore implements Store {
  readonly #clock: Pick<Clock, 'wall'>;
  /** The versions of each key that are kept, newest first. */
  readonly #records = new Map<string, Kept[]>();
  /** Versions of keys that were deleted, the latest hundred thousand: a key that comes back goes on counting. */
  readonly #tombstones = new Map<string, number>();
  #closed = false;

  constructor(clock: Pick<Clock, 'wall'>) {
    this.#clock = clock;
  }

  get(key: string): StoredRecord | undefined {
    return recordOf(this.#records.get(key)?.[0]);
  }

  version(key: string): number {
    return this.#records.get(key)?.[0]?.version ?? 0;
  }

  history(key: string): readonly VersionInfo[] {
    return (this.#records.get(key) ?? []).map(({ version, at, schema, bytes }) => ({ version, at, schema, bytes }));
  }

  at(key: string, version: number): StoredRecord | undefined {
    return recordOf(this.#records.get(key)?.find((kept) => kept.version === version));
  }

  keys(prefix: string, after?: string): Iterable<string> {
    return [...this.#records.keys()]
      .filter((key) => key.startsWith(prefix) && (after === undefined || key > after))
      .toSorted();
  }

  count(prefix: string): number {
    return [...this.keys(prefix)].length;
  }

  scan(prefix: string): Iterable<ScannedRecord> {
    return scanByGet(this, prefix);
  }

  pack(value: unknown, subject: string): Packed {
    return { bytes: packValue(value, subject) };
  }

  async commit(writes: readonly StoreWrite[]): Promise<void> {
    if (this.#closed) throw new ShuttingDownError();
    const at = this.#clock.wall();
    // Copied and checked before anything is written: what can't be kept leaves the store as it was.
    const ready = writes.map((write) => this.#ready(write));
    for (const { write, packed } of ready) this.#put(write, packed, at);
  }

  #ready(write: StoreWrite): Ready {
    const { key, value, packed, expectedVersion } = write;
    checkWrite(write);
    const actual = this.version(key);
    if (expectedVersion !== undefined && expectedVersion !== actual)
      throw new VersionConflictError(key, expectedVersion, actual);
    if (packed !== undefined) return { write, packed: new Uint8Array(packed.bytes) };
    return { write, packed: value === undefined ? undefined : packValue(value, key) };
  }

  #put({ key, keep = 1, schema = 0 }: StoreWrite, packed: Uint8Array | undefined, at: number): void {
    const older = this.#records.get(key) ?? [];
    const hadHistory = older[0]?.hasHistory === true;
    const version = (older[0]?.version ?? this.#tombstones.get(key) ?? 0) + 1;
    this.#tombstones.delete(key);
    if (packed !== undefined) {
      const bytes = packed.length;
      const kept = hadHistory ? older.slice(0, keep - 1) : [];
      this.#records.set(key, [{ version, at, schema, bytes, packed, hasHistory: keep > 1 }, ...kept]);
    } else if (this.#records.delete(key) || version > 1) {
      if (keep > 1 || hadHistory) this.#bury(key, version);
    }
  }

  #bury(key: string, version: number): void {
    this.#tombstones.set(key, version);
    if (this.#tombstones.size <= limits.store.tombstones_count) return;
    const [oldest] = this.#tombstones.keys();
    if (oldest !== undefined) this.#tombstones.delete(oldest);
  }

  async reopen(): Promise<void> {
    if (this.#closed) throw new ShuttingDownError();
  }

  async close(): Promise<void> {
    this.#closed = true;
  }
}

function recordOf(kept: Kept | undefined): StoredRecord | undefined {
  if (kept === undefined) return undefined;
  const { version, at, schema, packed } = kept;
  return { version, at, schema, value: unpackValue(packed) };
}

/** A store that lives in this process and is gone with it. */
export function memoryStore(clock: Pick<Clock, 'wall'> = systemClock): Store {
  return new MemoryStore(clock);
}
