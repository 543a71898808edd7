// The store that lives in this process: for tests, and for topologies that need no more. It copies what goes in and
// what comes out, so that nobody can change a committed value, and keeps the promises of the port in full but for
// surviving the process.

import { type Clock, systemClock } from '../base/clock.ts';
import { ShuttingDownError } from '../base/errors.ts';
import { limits } from '../base/limits.ts';
import { toPlain } from '../base/plain.ts';
import type { Store, StoredRecord, StoreWrite } from './port.ts';

class MemoryStore implements Store {
  readonly #clock: Pick<Clock, 'wall'>;
  readonly #records = new Map<string, StoredRecord>();
  /** Versions of keys that were deleted, the latest hundred thousand: a key that comes back goes on counting. */
  readonly #tombstones = new Map<string, number>();
  #closed = false;

  constructor(clock: Pick<Clock, 'wall'>) {
    this.#clock = clock;
  }

  get(key: string): StoredRecord | undefined {
    const record = this.#records.get(key);
    return record === undefined ? undefined : { ...record, value: toPlain(record.value, key) };
  }

  keys(prefix: string): Iterable<string> {
    return [...this.#records.keys()].filter((key) => key.startsWith(prefix)).toSorted();
  }

  async commit(writes: readonly StoreWrite[]): Promise<void> {
    if (this.#closed) throw new ShuttingDownError();
    const at = this.#clock.wall();
    // Copied before anything is written: a value that can't be kept leaves the store as it was.
    const copies = writes.map(({ key, value }) => ({
      key,
      value: value === undefined ? undefined : toPlain(value, key),
    }));
    for (const { key, value } of copies) {
      const version = (this.#records.get(key)?.version ?? this.#tombstones.get(key) ?? 0) + 1;
      this.#tombstones.delete(key);
      if (value !== undefined) this.#records.set(key, { version, at, value });
      else if (this.#records.delete(key) || version > 1) this.#bury(key, version);
    }
  }

  #bury(key: string, version: number): void {
    this.#tombstones.set(key, version);
    if (this.#tombstones.size <= limits.store.tombstones_count) return;
    const [oldest] = this.#tombstones.keys();
    if (oldest !== undefined) this.#tombstones.delete(oldest);
  }

  async close(): Promise<void> {
    this.#closed = true;
  }
}

/** A store that lives in this process and is gone with it. */
export function memoryStore(clock: Pick<Clock, 'wall'> = systemClock): Store {
  return new MemoryStore(clock);
}
