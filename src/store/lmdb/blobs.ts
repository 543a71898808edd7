// Large values, each stored once under the hash of its bytes, with how many kept versions refer to it. References
// change in the commit that changes the versions, so a blob is there exactly as long as something names it.

import { createHash } from 'node:crypto';
import { crc32 } from 'node:zlib';
import type { Environment } from './environment.ts';
import type { Slab } from '../codec/slab.ts';

const hash_bytes = 32;
const reference_bytes = hash_bytes + 4;
const count_bytes = 8;
const countMark = '#';

/** What a commit changes in the use of one blob. */
export interface BlobChange {
  delta: number;
  /** The value, where the commit has it. */
  bytes: Uint8Array | undefined;
}

/** Changes by hash. */
export type BlobChanges = Map<string, BlobChange>;

/** The name of a blob. */
export function hashOf(bytes: Uint8Array): string {
  return createHash('sha256').update(bytes).digest('hex');
}

/** Writes what stands in a record in place of a blob. */
export function writeReference(slab: Slab, hash: string, size_bytes: number): void {
  slab.ensure(reference_bytes);
  slab.bytes.write(hash, slab.at, 'hex');
  slab.view.setUint32(slab.at + hash_bytes, size_bytes, true);
  slab.at += reference_bytes;
}

/** The hash and size that a record names. */
export function readReference(bytes: Uint8Array): { readonly hash: string; readonly size_bytes: number } {
  const buffer = Buffer.from(bytes.buffer, bytes.byteOffset, bytes.byteLength);
  return { hash: buffer.toString('hex', 0, hash_bytes), size_bytes: buffer.readUInt32LE(hash_bytes) };
}

/** Notes one reference more or less. */
export function noteBlob(changes: BlobChanges, hash: string, delta: number, bytes?: Uint8Array): void {
  const known = changes.get(hash);
  if (known === undefined) changes.set(hash, { delta, bytes });
  else {
    known.delta += delta;
    known.bytes ??= bytes;
  }
}

/** A blob; undefined when it is missing or damaged. */
export function readBlob(blobs: Environment['blobs'], hash: string): Uint8Array | undefined {
  const bytes = blobs.get(hash);
  return bytes !== undefined && hashOf(bytes) === hash ? bytes : undefined;
}

/** How often a blob is used; undefined when nobody can say. */
export function readCount(blobs: Environment['blobs'], hash: string): number | undefined {
  const record = blobs.get(hash + countMark);
  if (record === undefined) return 0;
  if (record.length !== count_bytes) return undefined;
  const view = new DataView(record.buffer, record.byteOffset, record.byteLength);
  const count = view.getUint32(0, true);
  return view.getUint32(4, true) === checksumOf(hash, count) ? count : undefined;
}

/** Whether a key of the table of blobs is that of a count. */
export function isCountKey(key: string): boolean {
  return key.endsWith(countMark);
}

/** The hash in a key of the table of blobs. */
export function hashInKey(key: string): string {
  return isCountKey(key) ? key.slice(0, -countMark.length) : key;
}

/** Puts changes into a batch, against the state that has landed. */
export function putBlobs(blobs: Environment['blobs'], changes: BlobChanges): void {
  for (const [hash, { delta, bytes }] of changes) {
    const before = readCount(blobs, hash);
    if (before === undefined) continue; // the count is damaged: better kept for ever than lost
    const after = before + delta;
    if (after <= 0) {
      blobs.remove(hash);
      blobs.remove(hash + countMark);
      continue;
    }
    if (before === 0 && bytes !== undefined) blobs.put(hash, bytes);
    if (after !== before) blobs.put(hash + countMark, countRecord(hash, after));
  }
}

function countRecord(hash: string, count: number): Uint8Array {
  const record = Buffer.allocUnsafeSlow(count_bytes);
  record.writeUInt32LE(count, 0);
  record.writeUInt32LE(checksumOf(hash, count), 4);
  return record;
}

function checksumOf(hash: string, count: number): number {
  return crc32(`${hash} ${count}`);
}
