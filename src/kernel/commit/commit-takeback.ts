// A commit that failed may be on the disk all the same: the device took it and then said no. Where that is seen at once, it
// has landed. Where it is seen when the store has been opened again, the turn has been undone and will be done
// again, so what is there must go: the store is brought back to what it held when the actors went back to it. Else a
// second failure would roll them back to a state in which they had handled what they are to handle again.

import type { Store, StoreWrite } from '../../store/port.ts';
import type { Turn } from './commit-turn.ts';

interface Before {
  /** The version the key was at; 0 when it was absent. */
  readonly version: number;
  /** Writes it as it was. */
  readonly write: StoreWrite;
}

/** What the store held before commits that have failed. */
export class TakeBack {
  readonly #store: Store;
  readonly #before = new Map<string, Before>();

  constructor(store: Store) {
    this.#store = store;
  }

  /** Whether a turn that failed is there all the same, for everybody to see. Of the turns that failed, the first are. */
  isThere({ mark }: Turn): boolean {
    return mark !== undefined && (this.#store.get(mark.key)?.version ?? 0) >= mark.version;
  }

  /** A commit has failed. To be told before the store is opened again, which is when it shows what has landed. */
  note(writes: readonly StoreWrite[]): void {
    for (const { key, keep = 1 } of writes) {
      if (this.#before.has(key)) continue;
      const record = this.#store.get(key);
      const write = record === undefined ? { key, keep } : { key, keep, value: record.value, schema: record.schema };
      this.#before.set(key, { version: record?.version ?? 0, write });
    }
  }

  /** The store has been opened again: takes back what has landed. @throws the store's error; then it is still to be done. */
  async run(): Promise<void> {
    const landed = [...this.#before].filter(([key, { version }]) => (this.#store.get(key)?.version ?? 0) !== version);
    if (landed.length > 0) await this.#store.commit(landed.map(([, { write }]) => write));
    this.#before.clear();
  }
}
