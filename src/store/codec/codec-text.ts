// Text in packed values: short ASCII letter by letter, which is faster than any call for a few of them; the rest as
// UTF-8; and as UTF-16 what UTF-8 would change. No text is changed silently.

import { shortText_chars, tag } from './codec-tags.ts';
import type { Slab } from './slab.ts';

const head_bytes = 5;
const ascii_max = 0x7f;

/** Writes a text. */
export function writeText(slab: Slab, text: string): void {
  const { length } = text;
  if (length <= shortText_chars && writeShort(slab, text, length)) return;
  if (!isWellFormed(text)) {
    writeUtf16(slab, text);
    return;
  }
  slab.ensure(head_bytes + length * 3);
  const start = slab.at + head_bytes;
  const written = slab.bytes.write(text, start, 'utf8');
  slab.bytes[slab.at] = tag.utf8;
  slab.view.setUint32(slab.at + 1, written);
  slab.at = start + written;
}

function writeShort(slab: Slab, text: string, length: number): boolean {
  slab.ensure(1 + shortText_chars);
  const { bytes, at } = slab;
  for (let index = 0; index < length; index++) {
    const unit = text.charCodeAt(index);
    if (unit > ascii_max) return false;
    bytes[at + 1 + index] = unit;
  }
  bytes[at] = tag.shortText + length;
  slab.at = at + 1 + length;
  return true;
}

function writeUtf16(slab: Slab, text: string): void {
  slab.ensure(head_bytes + text.length * 2);
  slab.bytes[slab.at] = tag.utf16;
  slab.view.setUint32(slab.at + 1, text.length * 2);
  slab.bytes.write(text, slab.at + head_bytes, 'utf16le');
  slab.at += head_bytes + text.length * 2;
}

const isWellFormed = Function.prototype.call.bind(Reflect.get(String.prototype, 'isWellFormed') as () => unknown) as (
  text: string,
) => boolean;
