// How a record lies on disk. An entry is one version of one key, the same bytes wherever it is kept; a journal record
// is a row of entries; a current record is a head, with the ring of journal records that hold the key's versions, and
// the value. Two checksums: one over everything an entry says, its key included, and one over the head and its ring.
//
// Entry:   length u32 | keyLength u16, codec u8, 0 u8, schema u32, version f64, at f64, key, value | checksum u32
// Journal: format u8, 0 u8, count u16, then the entries
// Current: format u8, codec u8, ringCount u16, schema u32, version f64, at f64, entry checksum u32,
//          ring (f64 newest, then for each older one how far before), head checksum u32, value
//
// All integers are little-endian. A place in a ring is the number of the journal record, times two, plus one when the
// value is a blob: so that dropping a version needs no look at the disk unless there is a blob to let go.

import { crc32 } from 'node:zlib';
import { writeKey } from './key-bytes.ts';
import type { Slab } from '../codec/slab.ts';

/** The format of everything in the store; another one is refused as a whole. */
export const recordFormat = 1;

/** How a value lies in its record. */
export const codec = { packed: 1, blob: 2 } as const;

/** A number that holds in 53 bits; `f64` keeps it whole. */
const number_bytes = 8;
export const checksum_bytes = 4;
/** Of an entry before its key. */
export const entryHead_bytes = 28;
export const length_bytes = 4;
export const journalHead_bytes = 4;
const currentHead_bytes = 28;
const offsetStep = 0x80;
/** Up to here calling `crc32` takes longer than computing it. */
const short_bytes = 256;

/** One version of one key. */
export interface Entry {
  readonly key: string;
  readonly version: number;
  readonly at: number;
  readonly schema: number;
  readonly codec: number;
  /** The packed value, or what names the blob; a view of what was read. */
  readonly bytes: Uint8Array;
}

/** Begins an entry at the slab's place: its key is written, its value comes next. Returns where it starts. */
export function beginEntry(slab: Slab, key: string): number {
  const start = slab.at;
  slab.ensure(entryHead_bytes + key.length * 3);
  const keyStart = start + entryHead_bytes;
  slab.at = writeKey(key, slab.bytes, keyStart);
  slab.view.setUint16(start + length_bytes, slab.at - keyStart, true);
  return start;
}

/** What {@link sealEntry} fills in. */
export interface EntryFacts {
  readonly codec: number;
  readonly schema: number;
  readonly version: number;
  readonly at: number;
}

/** Fills in what an entry says and its checksum, which it returns. Room for the checksum is there already. */
export function sealEntry(slab: Slab, start: number, valueEnd: number, says: EntryFacts): number {
  const { view, bytes } = slab;
  view.setUint32(start, valueEnd + checksum_bytes - start, true);
  view.setUint16(start + 6, says.codec, true);
  view.setUint32(start + 8, says.schema, true);
  view.setFloat64(start + 12, says.version, true);
  view.setFloat64(start + 20, says.at, true);
  const checksum = crc32(bytes.subarray(start + length_bytes, valueEnd));
  view.setUint32(valueEnd, checksum, true);
  return checksum;
}

/** Leaves room for an entry's checksum and for whatever is filled in later; call it after the value is written. */
export function endEntry(slab: Slab): number {
  const valueEnd = slab.at;
  slab.ensure(checksum_bytes);
  slab.at += checksum_bytes;
  return valueEnd;
}

/** Begins a journal record. Returns where it starts. */
export function beginJournal(slab: Slab): number {
  const start = slab.at;
  slab.ensure(journalHead_bytes);
  slab.bytes[start] = recordFormat;
  slab.bytes[start + 1] = 0;
  slab.view.setUint16(start + 2, 0, true);
  slab.at += journalHead_bytes;
  return start;
}

/** Says how many entries a journal record has. */
export function sealJournal(slab: Slab, start: number, count: number): void {
  slab.view.setUint16(start + 2, count, true);
}

/** Writes a current record whose entry is sealed in the same slab. Returns where it starts; it ends at the slab's place. */
export function writeCurrent(slab: Slab, entry: number, valueEnd: number, ring: readonly number[]): number {
  const keyStart = entry + entryHead_bytes;
  const keyLength = slab.view.getUint16(entry + length_bytes, true);
  const valueStart = keyStart + keyLength;
  slab.ensure(currentHead_bytes + number_bytes * (ring.length + 1) + valueEnd - valueStart);
  const { view, bytes, at: start } = slab;
  bytes[start] = recordFormat;
  bytes[start + 1] = bytes[entry + 6] as number;
  view.setUint16(start + 2, ring.length, true);
  bytes.copyWithin(start + 4, entry + 8, entry + entryHead_bytes);
  view.setUint32(start + 24, view.getUint32(valueEnd, true), true);
  const ringEnd = writeRing(slab, start + currentHead_bytes, ring);
  const keyChecksum = checksumOf(bytes, keyStart, valueStart, 0);
  view.setUint32(ringEnd, checksumOf(bytes, start, ringEnd, keyChecksum), true);
  const copyAt = ringEnd + checksum_bytes;
  bytes.copyWithin(copyAt, valueStart, valueEnd);
  slab.at = copyAt + valueEnd - valueStart;
  return start;
}

/** Writes a current record again with another ring, at the slab's place. Its head is whole; its value need not be. */
export function relayCurrent(
  slab: Slab,
  record: Uint8Array,
  key: string,
  { valueStart }: CurrentHead,
  ring: readonly number[],
): void {
  const start = slab.at;
  slab.ensure(record.length);
  slab.bytes.set(record.subarray(0, currentHead_bytes), start);
  slab.view.setUint16(start + 2, ring.length, true);
  const ringEnd = writeRing(slab, start + currentHead_bytes, ring);
  const keyChecksum = checksumOf(scratch, 0, writeKey(key, scratch, 0), 0);
  slab.view.setUint32(ringEnd, checksumOf(slab.bytes, start, ringEnd, keyChecksum), true);
  slab.bytes.set(record.subarray(valueStart), ringEnd + checksum_bytes);
  slab.at = ringEnd + checksum_bytes + record.length - valueStart;
}

function writeRing(slab: Slab, start: number, ring: readonly number[]): number {
  const [newest] = ring;
  if (newest === undefined) return start;
  const { view, bytes } = slab;
  view.setFloat64(start, newest, true);
  let at = start + number_bytes;
  for (let index = 1; index < ring.length; index++) {
    let offset = (ring[index - 1] as number) - (ring[index] as number) + 1; // never negative: numbers fall, but for the flag
    while (offset >= offsetStep) {
      bytes[at++] = (offset % offsetStep) + offsetStep;
      offset = Math.floor(offset / offsetStep);
    }
    bytes[at++] = offset;
  }
  return at;
}

const table = new Int32Array(256).map((_, byte) => {
  let rest = byte;
  for (let bit = 0; bit < 8; bit++) rest = (rest & 1) === 0 ? rest >>> 1 : (rest >>> 1) ^ 0xedb88320;
  return rest;
});

/** The same CRC-32 as `node:zlib`'s, faster for the few bytes of a head than the call is. */
function checksumOf(bytes: Uint8Array, start: number, end: number, before: number): number {
  let rest = ~before;
  for (let at = start; at < end; at++) {
    rest = (table[(rest ^ (bytes[at] as number)) & 0xff] as number) ^ (rest >>> 8);
  }
  return ~rest >>> 0;
}

// --- reading ---

/** The head of a current record. */
export interface CurrentHead {
  readonly codec: number;
  readonly schema: number;
  readonly version: number;
  readonly at: number;
  readonly ring: readonly number[];
  readonly entryChecksum: number;
  /** Where the value begins. */
  readonly valueStart: number;
}

const scratch = new Uint8Array(entryHead_bytes + 3 * 0x1_0000);
const scratchView = new DataView(scratch.buffer);

/** The head of a current record; undefined when it is damaged or belongs to another key. */
export function readHead(record: Uint8Array, key: string): CurrentHead | undefined {
  if (record.length < currentHead_bytes + checksum_bytes || record[0] !== recordFormat) return undefined;
  const view = viewOf(record);
  const ring: number[] = [];
  const ringEnd = readRing(record, view, ring);
  if (ringEnd + checksum_bytes > record.length) return undefined;
  const keyChecksum = checksumOf(scratch, 0, writeKey(key, scratch, 0), 0);
  if (view.getUint32(ringEnd, true) !== checksumOf(record, 0, ringEnd, keyChecksum)) return undefined;
  return {
    codec: record[1] as number,
    schema: view.getUint32(4, true),
    version: view.getFloat64(8, true),
    at: view.getFloat64(16, true),
    ring,
    entryChecksum: view.getUint32(24, true),
    valueStart: ringEnd + checksum_bytes,
  };
}

/** The version that a current record claims to be, unchecked; NaN where it is too short to say. */
export function claimedVersion(record: Uint8Array): number {
  return record.length < currentHead_bytes ? NaN : viewOf(record).getFloat64(8, true);
}

/** Whether a current record claims to have history, unchecked. */
export function hasRing(record: Uint8Array): boolean {
  return record.length >= currentHead_bytes && viewOf(record).getUint16(2, true) > 0;
}

function viewOf(record: Uint8Array): DataView {
  return new DataView(record.buffer, record.byteOffset, record.byteLength);
}

function readRing(record: Uint8Array, view: DataView, ring: number[]): number {
  const count = view.getUint16(2, true);
  if (count === 0) return currentHead_bytes;
  let at = currentHead_bytes + number_bytes;
  if (at > record.length) return at;
  let place = view.getFloat64(currentHead_bytes, true);
  ring.push(place);
  while (ring.length < count) {
    let offset = 0;
    let scale = 1;
    let byte: number;
    do {
      if (at >= record.length) return at + 1;
      byte = record[at++] as number;
      offset += (byte % offsetStep) * scale;
      scale *= offsetStep;
    } while (byte >= offsetStep);
    place -= offset - 1;
    ring.push(place);
  }
  return at;
}

/** The entry in a current record whose head is whole; undefined when its value is damaged. */
export function readCurrent(record: Uint8Array, key: string, head: CurrentHead): Entry | undefined {
  const bytes = record.subarray(head.valueStart);
  return crc32(bytes, checksumBefore(key, head)) === head.entryChecksum ? { ...facts(head), key, bytes } : undefined;
}

/** Whether the value in a current record, whose head is whole, is whole too. */
export function isValueWhole(record: Uint8Array, key: string, head: CurrentHead): boolean {
  const { valueStart, entryChecksum } = head;
  const before = checksumBefore(key, head);
  const isShort = record.length - valueStart <= short_bytes;
  const checksum = isShort
    ? checksumOf(record, valueStart, record.length, before)
    : crc32(record.subarray(valueStart), before);
  return checksum === entryChecksum;
}

/** The checksum of all that an entry says before its value. */
function checksumBefore(key: string, head: CurrentHead): number {
  const keyLength = writeKey(key, scratch, entryHead_bytes) - entryHead_bytes;
  scratchView.setUint16(length_bytes, keyLength, true);
  scratchView.setUint16(6, head.codec, true);
  scratchView.setUint32(8, head.schema, true);
  scratchView.setFloat64(12, head.version, true);
  scratchView.setFloat64(20, head.at, true);
  return checksumOf(scratch, length_bytes, entryHead_bytes + keyLength, 0);
}

function facts({ codec: kind, schema, version, at }: EntryFacts): EntryFacts {
  return { codec: kind, schema, version, at };
}
