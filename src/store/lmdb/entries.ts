// Reads the entries of a journal record. What an entry claims to be is looked at first, because that is cheap; what it
// is holds only when its checksum does.

import { crc32 } from 'node:zlib';
import { keyLength_bytes, readKey, writeKey } from './key-bytes.ts';
import {
  checksum_bytes,
  type Entry,
  entryHead_bytes,
  journalHead_bytes,
  length_bytes,
  recordFormat,
} from './record.ts';

const versionAt = 12;

/** Where in a journal record an entry lies. */
export interface EntryPlace {
  readonly start: number;
  readonly end: number;
}

/** The places of the entries of a journal record, as far as they can be made out, and whether that is all of them. */
export function entryPlaces(record: Uint8Array): { readonly places: readonly EntryPlace[]; readonly isWhole: boolean } {
  const places: EntryPlace[] = [];
  if (record.length < journalHead_bytes || record[0] !== recordFormat || record[1] !== 0)
    return { places, isWhole: false };
  const view = new DataView(record.buffer, record.byteOffset, record.byteLength);
  let start = journalHead_bytes;
  while (start + entryHead_bytes + checksum_bytes <= record.length) {
    const end = start + view.getUint32(start, true);
    const least = entryHead_bytes + view.getUint16(start + length_bytes, true) + checksum_bytes;
    if (end > record.length || end - start < least) break;
    places.push({ start, end });
    start = end;
  }
  return { places, isWhole: start === record.length && places.length === view.getUint16(2, true) };
}

/** The key that an entry claims to be of, unchecked. */
export function claimedKey(record: Uint8Array, { start }: EntryPlace): string {
  const keyLength = (record[start + 4] as number) + (record[start + 5] as number) * 0x100;
  return readKey(record, start + entryHead_bytes, start + entryHead_bytes + keyLength);
}

/** The version that an entry claims to be, unchecked. */
export function claimedVersion(record: Uint8Array, { start }: EntryPlace): number {
  return new DataView(record.buffer, record.byteOffset, record.byteLength).getFloat64(start + versionAt, true);
}

/** An entry of a journal record; undefined when it is damaged. */
export function readEntry(record: Uint8Array, place: EntryPlace): Entry | undefined {
  const { start, end } = place;
  const view = new DataView(record.buffer, record.byteOffset, record.byteLength);
  const valueEnd = end - checksum_bytes;
  if (crc32(record.subarray(start + length_bytes, valueEnd)) !== view.getUint32(valueEnd, true)) return undefined;
  const valueStart = start + entryHead_bytes + view.getUint16(start + length_bytes, true);
  return {
    key: claimedKey(record, place),
    version: view.getFloat64(start + versionAt, true),
    at: view.getFloat64(start + 20, true),
    schema: view.getUint32(start + 8, true),
    codec: view.getUint16(start + 6, true),
    bytes: record.subarray(valueStart, valueEnd),
  };
}

const soughtKey = new Uint8Array(keyLength_bytes + 3);

/** The entry of a key and version; undefined when it is not there or damaged. */
export function findEntry(record: Uint8Array | undefined, key: string, version: number): Entry | undefined {
  if (record === undefined || record.length < journalHead_bytes) return undefined;
  const view = new DataView(record.buffer, record.byteOffset, record.byteLength);
  const keyLength = writeKey(key, soughtKey, 0);
  let start = journalHead_bytes;
  while (start + entryHead_bytes + checksum_bytes <= record.length) {
    const end = start + view.getUint32(start, true);
    const length = view.getUint16(start + length_bytes, true);
    if (end > record.length || end - start < entryHead_bytes + length + checksum_bytes) return undefined;
    const isSought =
      length === keyLength &&
      view.getFloat64(start + versionAt, true) === version &&
      isKeyAt(record, start + entryHead_bytes, keyLength);
    const entry = isSought ? readEntry(record, { start, end }) : undefined;
    if (entry !== undefined) return entry;
    start = end;
  }
  return undefined;
}

/**
 * Where an entry that claims to be of a key and version ends, looked for from a place on and then from the beginning;
 * undefined when there is none. What it holds is not checked.
 */
export function findClaim(record: Uint8Array, key: string, version: number, from: number): number | undefined {
  const keyLength = writeKey(key, soughtKey, 0);
  const found = claimWithin(record, version, keyLength, from, record.length);
  return (
    found ?? (from > journalHead_bytes ? claimWithin(record, version, keyLength, journalHead_bytes, from) : undefined)
  );
}

function claimWithin(
  record: Uint8Array,
  version: number,
  keyLength: number,
  from: number,
  to: number,
): number | undefined {
  const view = new DataView(record.buffer, record.byteOffset, record.byteLength);
  let start = from;
  while (start < to && start + entryHead_bytes + checksum_bytes <= record.length) {
    const end = start + view.getUint32(start, true);
    const length = view.getUint16(start + length_bytes, true);
    if (end > record.length || end - start < entryHead_bytes + length + checksum_bytes) return undefined;
    const isSought =
      length === keyLength &&
      view.getFloat64(start + versionAt, true) === version &&
      isKeyAt(record, start + entryHead_bytes, keyLength);
    if (isSought) return end;
    start = end;
  }
  return undefined;
}

/** Keys of neighbours differ at their ends, so they are compared from there. */
function isKeyAt(record: Uint8Array, start: number, length: number): boolean {
  for (let index = length - 1; index >= 0; index--) if (record[start + index] !== soughtKey[index]) return false;
  return true;
}
