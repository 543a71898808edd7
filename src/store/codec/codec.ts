// Values to bytes and back. Takes exactly what `toPlain` takes and gives back what `toPlain` would have made of it; the
// rest is refused by path. Packing copies: what happens to the value afterwards changes nothing.

import { limits } from '../../base/limits.ts';
import { toPlain } from '../../base/plain.ts';
import { Reader } from './codec-read.ts';
import { writeRich } from './codec-rich.ts';
import { writePlain } from './codec-write.ts';
import { Slab } from './slab.ts';

const scratch = new Slab();

/**
 * Packs a value at the slab's place.
 *
 * @param subject - What it is, the head of the path in a refusal.
 * @throws UNSERIALIZABLE with the path of what can't be kept, or when it is too deep or too large; the slab is then
 * where it was.
 */
export function packInto(slab: Slab, value: unknown, subject: string): void {
  const start = slab.at;
  if (writePlain(slab, value)) return;
  slab.at = start;
  try {
    writeRich(slab, toPlain(value, subject, limits.message), subject);
  } catch (error) {
    slab.at = start;
    throw error;
  }
}

/**
 * Packs a value into memory that nobody writes again. Small ones share pieces of it, which costs a third of what a piece
 * for each does; so it is for values that are soon written.
 *
 * @param subject - What it is, the head of the path in a refusal.
 * @throws UNSERIALIZABLE as {@link packInto} does.
 */
export function packValue(value: unknown, subject: string): Uint8Array {
  scratch.at = 0;
  packInto(scratch, value, subject);
  const bytes = Buffer.allocUnsafe(scratch.at);
  scratch.bytes.copy(bytes, 0, 0, scratch.at);
  return bytes;
}

/**
 * The value of packed bytes.
 *
 * @throws RangeError for bytes that {@link packInto} has not made.
 */
export function unpackValue(bytes: Uint8Array): unknown {
  return new Reader(bytes).whole();
}
