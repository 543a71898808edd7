// What is left of a deleted key that goes on counting: its version, when it was deleted, and a checksum over both and
// the key.

import { crc32 } from 'node:zlib';
import type { Slab } from '../codec/slab.ts';

const checksumAt = 16;
const record_bytes = 20;

/** A deleted key. */
export interface Tombstone {
  readonly version: number;
  readonly at: number;
}

/** Writes a tombstone at the slab's place. */
export function tombstoneRecord(slab: Slab, key: string, version: number, at: number): void {
  slab.ensure(record_bytes);
  const { view, at: start } = slab;
  view.setFloat64(start, version, true);
  view.setFloat64(start + 8, at, true);
  view.setUint32(start + checksumAt, checksumOf(slab.part(start, start + checksumAt), key), true);
  slab.at += record_bytes;
}

/** Reads a tombstone; undefined when it is damaged or another key's. */
export function readTombstone(record: Uint8Array, key: string): Tombstone | undefined {
  if (record.length !== record_bytes) return undefined;
  const view = new DataView(record.buffer, record.byteOffset, record.byteLength);
  if (view.getUint32(checksumAt, true) !== checksumOf(record.subarray(0, checksumAt), key)) return undefined;
  return { version: view.getFloat64(0, true), at: view.getFloat64(8, true) };
}

/** The version that a tombstone claims to be, unchecked; NaN where it is too short to say. */
export function buriedVersion(record: Uint8Array): number {
  if (record.length < checksumAt) return NaN;
  return new DataView(record.buffer, record.byteOffset, record.byteLength).getFloat64(0, true);
}

function checksumOf(head: Uint8Array, key: string): number {
  return crc32(head, crc32(Buffer.from(key, 'utf16le')));
}
