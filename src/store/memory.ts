// The store that lives in this process: for tests, and for topologies that need no more. It copies what goes in and
// what comes out, so that nobody can change a committed value, and keeps the promises of the port in full but for
// surviving the process.

import type { Clock } from '../base/clock.ts';
import { ShuttingDownError } from '../base/errors.ts';
import { toPlain } from '../base/plain.ts';
import type { Store, StoredRecord, StoreWrite } from './port.ts';

class MemoryStore implements Store {
  readonly #clock: Pick<Clock, 'wall'>;
  readonly #records = new Map<string, StoredRecord>();
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
    const copies = writes.map(({ key, value }) => ({ key, value: value === undefined ? undefined : toPlain(value, key) }));
    for (const { key, value } of copies) {
      const version = (this.#records.get(key)?.version ?? 0) + 1;
      if (value === undefined) this.#records.delete(key);
      else this.#records.set(key, { version, at, value });
    }
  }

  async close(): Promise<void> {
    this.#closed = true;
  }
}

/** A store that lives in this process and is gone with it. */
export function memoryStore(clock: Pick<Clock, 'wall'>): Store {
  return new MemoryStore(clock);
}
