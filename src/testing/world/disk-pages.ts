// One table of a simulated disk: records under keys, in the order in which the real database keeps them. What lies here
// is synced; it is changed by a whole batch that has landed, or by a bit that flips.

/** Text for records, numbers for the journal. */
export type DiskKey = string | number;

/** The records of one table. */
export class Pages<Key extends DiskKey = DiskKey> {
  readonly #records = new Map<Key, Uint8Array>();
  /** Every key, in the order of code units or of numbers. */
  readonly #order: Key[] = [];
  /** Of all records together. */
  used_bytes = 0;

  get size(): number {
    return this.#records.size;
  }

  /** What lies there; a change of it is a change of the disk. */
  get(key: Key): Uint8Array | undefined {
    return this.#records.get(key);
  }

  set(key: Key, bytes: Uint8Array): void {
    const before = this.#records.get(key);
    if (before === undefined) this.#order.splice(this.#place(key), 0, key);
    this.#records.set(key, bytes);
    this.used_bytes += bytes.length - (before?.length ?? 0);
  }

  /** Harmless when there is none. */
  delete(key: Key): void {
    const before = this.#records.get(key);
    if (before === undefined) return;
    this.#records.delete(key);
    this.#order.splice(this.#place(key), 1);
    this.used_bytes -= before.length;
  }

  /** Keys from a place on, at most so many. */
  keys(from: Key | undefined, isAfter = false, count = Infinity): Key[] {
    let start = from === undefined ? 0 : this.#place(from);
    if (isAfter && this.#order[start] === from) start += 1;
    return this.#order.slice(start, start + count);
  }

  last(): Key | undefined {
    return this.#order.at(-1);
  }

  /** Where a key is in the order, or would be. */
  #place(key: Key): number {
    let low = 0;
    let high = this.#order.length;
    while (low < high) {
      const middle = (low + high) >>> 1;
      if ((this.#order[middle] as Key) < key) low = middle + 1;
      else high = middle;
    }
    return low;
  }
}
