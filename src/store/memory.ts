// The store that lives in this process: for tests, and for topologies that need no more. It copies what goes in and
// what comes out, so that nobody can change a committed value, and keeps the promises of the port in full but for
// surviving the process.

import { type Clock, systemClock } from '../base/clock.ts';
import { ShuttingDownError, VersionConflictError } from '../base/errors.ts';
import { limits } from '../base/limits.ts';
import { toPlain } from '../base/plain.ts';
import type { Packed, Store, StoredRecord, StoreWrite, VersionInfo } from './port.ts';

interface PackedValue extends Packed {
  readonly value: unknown;
}

interface Ready {
  readonly write: StoreWrite;
  readonly value: unknown;
}

const nothing = new Uint8Array();

class MemoryStore implements Store {
  readonly #clock: Pick<Clock, 'wall'>;
  /** The versions of each key that are kept, newest first. */
  readonly #records = new Map<string, StoredRecord[]>();
  /** Versions of keys that were deleted, the latest hundred thousand: a key that comes back goes on counting. */
  readonly #tombstones = new Map<string, number>();
  #closed = false;

  constructor(clock: Pick<Clock, 'wall'>) {
    this.#clock = clock;
  }

  get(key: string): StoredRecord | undefined {
    return copyOf(this.#records.get(key)?.[0], key);
  }

  version(key: string): number {
    return this.#records.get(key)?.[0]?.version ?? 0;
  }

  history(key: string): readonly VersionInfo[] {
    return (this.#records.get(key) ?? []).map(({ version, at, schema }) => ({ version, at, schema, bytes: 0 }));
  }

  at(key: string, version: number): StoredRecord | undefined {
    return copyOf(
      this.#records.get(key)?.find((record) => record.version === version),
      key,
    );
  }

  keys(prefix: string, after?: string): Iterable<string> {
    return [...this.#records.keys()]
      .filter((key) => key.startsWith(prefix) && (after === undefined || key > after))
      .toSorted();
  }

  pack(value: unknown, subject: string): Packed {
    return { bytes: nothing, value: toPlain(value, subject) } as PackedValue;
  }

  async commit(writes: readonly StoreWrite[]): Promise<void> {
    if (this.#closed) throw new ShuttingDownError();
    const at = this.#clock.wall();
    // Copied and checked before anything is written: what can't be kept leaves the store as it was.
    const ready = writes.map((write) => this.#ready(write));
    for (const { write, value } of ready) this.#put(write, value, at);
  }

  #ready(write: StoreWrite): Ready {
    const { key, value, packed, expectedVersion } = write;
    const actual = this.version(key);
    if (expectedVersion !== undefined && expectedVersion !== actual)
      throw new VersionConflictError(key, expectedVersion, actual);
    if (packed !== undefined) return { write, value: (packed as PackedValue).value };
    return { write, value: value === undefined ? undefined : toPlain(value, key) };
  }

  #put({ key, keep = 1, schema = 0 }: StoreWrite, value: unknown, at: number): void {
    const older = this.#records.get(key) ?? [];
    const version = (older[0]?.version ?? this.#tombstones.get(key) ?? 0) + 1;
    this.#tombstones.delete(key);
    if (value !== undefined) {
      this.#records.set(key, [{ version, at, schema, value }, ...older.slice(0, Math.max(0, keep - 1))]);
    } else if (this.#records.delete(key) || version > 1) {
      if (keep > 1) this.#bury(key, version);
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

function copyOf(record: StoredRecord | undefined, key: string): StoredRecord | undefined {
  return record === undefined ? undefined : { ...record, value: toPlain(record.value, key) };
}

/** A store that lives in this process and is gone with it. */
export function memoryStore(clock: Pick<Clock, 'wall'> = systemClock): Store {
  return new MemoryStore(clock);
}
