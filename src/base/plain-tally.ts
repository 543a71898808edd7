// What a value that is being copied amounts to so far: keys, bytes, levels. Counted as the copying goes, so that what
// is too much is refused at once and not after the memory is gone.

import type { UnserializableError } from './errors.ts';

/** How large plain data may be. */
export interface PlainLimits {
  /** Objects, lists, Maps and Sets within each other, the outermost included. */
  readonly depth_levels: number;
  /** Properties of objects and members of Maps and Sets, in all. Places in lists count towards the size only. */
  readonly keys_count: number;
  /** Estimated: UTF-8 bytes of text, bytes of memory blocks, and 8 to 16 for everything else. */
  readonly size_bytes: number;
}

/** What an object costs besides what it holds. */
export const container_bytes = 16;
const measuredText_chars = 16; // shorter text counts one byte a unit
const smallBigint = 2n ** 64n;

/** Counts what is copied and refuses what is too much. */
export abstract class Tally {
  protected readonly subject: string;
  readonly #bounds: PlainLimits;
  /** The deepest level reached in what is being copied. */
  protected deepest = 0;
  #keys = 0;
  #bytes = 0;

  constructor(subject: string, bounds: PlainLimits) {
    this.subject = subject;
    this.#bounds = bounds;
  }

  abstract refusal(depth: number, problem: string): UnserializableError;

  protected reach(levels: number, depth: number): void {
    const limit = this.#bounds.depth_levels;
    if (levels > limit) throw this.refusal(depth, `with it, ${this.subject} is nested deeper than ${limit} levels`);
    if (levels > this.deepest) this.deepest = levels;
  }

  protected addKeys(count: number, depth: number): void {
    const limit = this.#bounds.keys_count;
    this.#keys += count;
    if (this.#keys > limit) throw this.refusal(depth, `with it, ${this.subject} has more than ${limit} keys`);
  }

  protected addMember(depth: number): void {
    this.addKeys(1, depth);
    this.addBytes(container_bytes, depth);
  }

  protected addBytes(count: number, depth: number): void {
    const limit = this.#bounds.size_bytes;
    this.#bytes += count;
    if (this.#bytes > limit) throw this.refusal(depth, `with it, ${this.subject} is larger than ${limit} bytes`);
  }

  protected addText(text: string, depth: number): void {
    // Text has at least one byte a unit: what cannot fit by its length need not be measured.
    const { length } = text;
    const isMeasured = length > measuredText_chars && length <= this.#bounds.size_bytes - this.#bytes;
    this.addBytes(isMeasured ? Buffer.byteLength(text) : length, depth);
  }

  protected addBigint(value: bigint, depth: number): void {
    if (value > -smallBigint && value < smallBigint) return;
    const left_bytes = this.#bounds.size_bytes - this.#bytes;
    const rest = value >> BigInt(left_bytes * 8);
    const isTooLarge = rest !== 0n && rest !== -1n;
    this.addBytes(isTooLarge ? left_bytes + 1 : Math.ceil(value.toString(16).length / 2), depth);
  }
}
