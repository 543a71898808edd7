// Keys as bytes. LMDB orders bytes, the port orders keys by their code units, and UTF-8 agrees with that only as long
// as nobody writes an emoji: so each code unit is written by itself (CESU-8). Every string is a key and comes back the
// same, halves of surrogate pairs included.

import { InvalidOptionError } from '../../base/errors.ts';

/** What LMDB takes, in bytes. */
export const keyLength_bytes = 1_978;

const oneByte = 0x80;
const twoBytes = 0x800;
const lastUnit = 0xffff;
const latin1 = Reflect.get(Buffer.prototype, 'latin1Slice') as (this: Uint8Array, start: number, end: number) => string;

/** Writes a key; there must be three bytes of room for each of its code units. Returns where it ends. */
export function writeKey(key: string, target: Uint8Array, start: number): number {
  let at = start;
  for (let index = 0; index < key.length; index++) {
    const unit = key.charCodeAt(index);
    if (unit < oneByte) {
      target[at++] = unit;
    } else if (unit < twoBytes) {
      target[at++] = 0xc0 | (unit >> 6);
      target[at++] = 0x80 | (unit & 0x3f);
    } else {
      target[at++] = 0xe0 | (unit >> 12);
      target[at++] = 0x80 | ((unit >> 6) & 0x3f);
      target[at++] = 0x80 | (unit & 0x3f);
    }
  }
  return at;
}

/** Reads what {@link writeKey} has written. */
export function readKey(source: Uint8Array, start: number, end: number): string {
  let plain = start;
  while (plain < end && (source[plain] as number) < oneByte) plain += 1;
  // One flat text: letters strung together one by one take several times the memory, for as long as the key lives.
  let key = latin1.call(source, start, plain);
  if (plain === end) return key;
  for (let at = plain; at < end;) {
    const head = source[at++] as number;
    if (head < oneByte) {
      key += String.fromCharCode(head);
    } else if (head < 0xe0) {
      key += String.fromCharCode(((head & 0x1f) << 6) | ((source[at++] as number) & 0x3f));
    } else {
      const middle = (source[at++] as number) & 0x3f;
      key += String.fromCharCode(((head & 0x0f) << 12) | (middle << 6) | ((source[at++] as number) & 0x3f));
    }
  }
  return key;
}

/** The first key that comes after those that begin with a prefix; undefined when none can. */
export function following(prefix: string): string | undefined {
  if (prefix === '') return undefined;
  const rest = prefix.slice(0, -1);
  const last = prefix.charCodeAt(rest.length);
  return last === lastUnit ? following(rest) : rest + String.fromCharCode(last + 1);
}

/** How many bytes a key takes. */
export function keySize(key: string): number {
  let size = key.length;
  for (let index = 0; index < key.length; index++) {
    const unit = key.charCodeAt(index);
    if (unit >= oneByte) size += unit < twoBytes ? 1 : 2;
  }
  return size;
}

/**
 * Refuses a key that no store can hold.
 *
 * @throws INVALID_OPTION naming its size.
 */
export function checkKey(key: string): void {
  const most = `a text of 1 to ${keyLength_bytes} bytes`;
  if (typeof key !== 'string' || key === '') throw new InvalidOptionError('key', key, most);
  if (key.length * 3 <= keyLength_bytes) return;
  const size = keySize(key);
  if (size > keyLength_bytes) throw new InvalidOptionError('key', key.slice(0, 80), `${most}; this one has ${size}`);
}
