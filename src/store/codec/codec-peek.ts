// What can be said of packed bytes without unpacking them, so that a value that is of no interest costs next to
// nothing. What it says is certain; where it can't be certain it says that it does not know.

import { shortText_chars, small_count, tag } from './codec-tags.ts';

/** How many properties a packed value has; undefined when it is no record, or one of very many. */
export function propertiesOf(bytes: Uint8Array, start: number): number | undefined {
  const count = (bytes[start] ?? 0) - tag.smallRecord;
  return count >= 0 && count <= small_count ? count : undefined;
}

/** Whether a name or a text may be in a packed value. Short names lie there as they are; of others nothing is said. */
export function mayHold(bytes: Uint8Array, start: number, name: string): boolean {
  if (name.length > shortText_chars || !isAscii.test(name)) return true;
  const within = Buffer.from(bytes.buffer, bytes.byteOffset, bytes.byteLength);
  return within.indexOf(name, start, 'latin1') !== -1;
}

const isAscii = /^[ -~]*$/;
