// Memory that grows while something is written into it, and is used again when what was written has reached the disk.
// Positions stay valid when it grows; views of it do not, so they are made last.

const smallest_bytes = 65_536;

/** A growing piece of memory with a place to write at. */
export class Slab {
  bytes: Buffer;
  view: DataView;
  /** Where the next byte goes. */
  at = 0;

  constructor(size_bytes: number = smallest_bytes) {
    this.bytes = Buffer.allocUnsafeSlow(size_bytes);
    this.view = new DataView(this.bytes.buffer);
  }

  /** Makes room for so many bytes more. */
  ensure(more_bytes: number): void {
    if (this.at + more_bytes <= this.bytes.length) return;
    const larger = Buffer.allocUnsafeSlow(Math.max(this.bytes.length * 2, this.at + more_bytes));
    this.bytes.copy(larger, 0, 0, this.at);
    this.bytes = larger;
    this.view = new DataView(larger.buffer);
  }

  /** What stands between two places; valid until the slab grows or is used again. */
  part(start: number, end: number): Uint8Array {
    return this.bytes.subarray(start, end);
  }
}

/** Slabs that wait to be used again: a few, and no huge ones. */
export class SlabPool {
  readonly #most_count: number;
  readonly #largest_bytes: number;
  readonly #free: Slab[] = [];

  constructor(bounds: { readonly most_count: number; readonly largest_bytes: number }) {
    this.#most_count = bounds.most_count;
    this.#largest_bytes = bounds.largest_bytes;
  }

  take(): Slab {
    const slab = this.#free.pop() ?? new Slab();
    slab.at = 0;
    return slab;
  }

  giveBack(slab: Slab): void {
    if (this.#free.length < this.#most_count && slab.bytes.length <= this.#largest_bytes) this.#free.push(slab);
  }
}
