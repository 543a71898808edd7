// A batch of writes as one frame of bytes, which is whole or is nothing: a checksum over all of it stands at its head.
// What a power cut has left of a frame is read as no frame at all, so no part of a commit is ever served.
//
// Frame:  checksum u32 | changes
// Change: table u8, keyKind u8 (0 text, 1 number), keyLength u16, valueLength u32 (all ones: removed), key, value

import { crc32 } from 'node:zlib';
import { Slab } from '../../store/codec/slab.ts';
import { readKey, writeKey } from '../../store/lmdb/key-bytes.ts';
import type { DiskKey } from './disk-pages.ts';

/** One record put into a table, or removed from it. */
export interface DiskChange {
  /** Which table, by its place in the list of them. */
  readonly table: number;
  readonly key: DiskKey;
  /** A view of the frame; undefined to remove. */
  readonly bytes: Uint8Array | undefined;
}

const frameHead_bytes = 4;
const changeHead_bytes = 8;
const number_bytes = 8;
const removed = 0xffff_ffff;

/** A batch as it goes to the disk. Whoever tears it, or reads what is left of it, gets its bytes. */
export class Frame {
  /** In their order; their bytes are the frame's own. */
  readonly changes: readonly DiskChange[];
  readonly #bytes: Uint8Array;
  #isSealed = false;

  constructor(bytes: Uint8Array, changes: readonly DiskChange[]) {
    this.#bytes = bytes;
    this.changes = changes;
  }

  get length(): number {
    return this.#bytes.length;
  }

  /** What stands on the disk when all of it does. The checksum is worked out here: most frames land whole, unread. */
  get bytes(): Uint8Array {
    if (!this.#isSealed) viewOf(this.#bytes).setUint32(0, checksumOf(this.#bytes), true);
    this.#isSealed = true;
    return this.#bytes;
  }
}

interface Drafted {
  readonly table: number;
  readonly key: DiskKey;
  /** Where its bytes are in the frame; an end of -1 removes. */
  readonly start: number;
  readonly end: number;
}

/** A frame that is being filled; it is cleared first. */
export class FrameDraft {
  readonly #slab = new Slab();
  #drafted: Drafted[] = [];

  /** Begins anew. */
  clear(): void {
    this.#slab.at = frameHead_bytes;
    this.#drafted = [];
  }

  /** Adds a change; the bytes are copied. */
  add(table: number, key: DiskKey, bytes: Uint8Array | undefined): void {
    const slab = this.#slab;
    const start = slab.at;
    const isText = typeof key === 'string';
    const keyStart = start + changeHead_bytes;
    slab.ensure(changeHead_bytes + (isText ? key.length * 3 : number_bytes) + (bytes?.length ?? 0));
    if (isText) slab.at = writeKey(key, slab.bytes, keyStart);
    else slab.at = slab.bytes.writeDoubleLE(key, keyStart);
    slab.bytes[start] = table;
    slab.bytes[start + 1] = isText ? 0 : 1;
    slab.view.setUint16(start + 2, slab.at - keyStart, true);
    slab.view.setUint32(start + 4, bytes?.length ?? removed, true);
    const valueStart = slab.at;
    if (bytes !== undefined) {
      slab.bytes.set(bytes, valueStart);
      slab.at += bytes.length;
    }
    this.#drafted.push({ table, key, start: valueStart, end: bytes === undefined ? -1 : slab.at });
  }

  /** The frame, in memory of its own. */
  seal(): Frame {
    const { bytes: filled, at } = this.#slab;
    const bytes = Buffer.allocUnsafe(at);
    filled.copy(bytes, 0, 0, at);
    const changes = this.#drafted.map(({ table, key, start, end }) => ({
      table,
      key,
      bytes: end < 0 ? undefined : new Uint8Array(bytes.buffer, bytes.byteOffset + start, end - start),
    }));
    return new Frame(bytes, changes);
  }
}

/** The changes of a frame, in their order; undefined when it is not whole. */
export function readFrame(frame: Uint8Array): readonly DiskChange[] | undefined {
  if (frame.length < frameHead_bytes) return undefined;
  const view = viewOf(frame);
  if (view.getUint32(0, true) !== checksumOf(frame)) return undefined;
  const changes: DiskChange[] = [];
  for (let at = frameHead_bytes; at < frame.length;) {
    const keyStart = at + changeHead_bytes;
    const valueStart = keyStart + view.getUint16(at + 2, true);
    const length = view.getUint32(at + 4, true);
    const key = frame[at + 1] === 0 ? readKey(frame, keyStart, valueStart) : view.getFloat64(keyStart, true);
    const end = length === removed ? valueStart : valueStart + length;
    const bytes = length === removed ? undefined : frame.subarray(valueStart, end);
    changes.push({ table: frame[at] as number, key, bytes });
    at = end;
  }
  return changes;
}

function checksumOf(frame: Uint8Array): number {
  return crc32(frame.subarray(frameHead_bytes));
}

function viewOf(bytes: Uint8Array): DataView {
  return new DataView(bytes.buffer, bytes.byteOffset, bytes.byteLength);
}
