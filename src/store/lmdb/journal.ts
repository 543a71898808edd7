// Finding versions in the journal. A place names a journal record; the entry in it is the one whose key and version
// are asked for and whose checksum holds, whatever else is in the record.

import { limits } from '../../base/limits.ts';
import type { Environment } from './environment.ts';
import {
  claimedKey,
  claimedVersion,
  type EntryPlace,
  entryPlaces,
  findClaim,
  findEntry,
  readEntry,
} from './entries.ts';
import { type Entry, journalHead_bytes, recordFormat } from './record.ts';
import { Slab } from '../codec/slab.ts';

const numbersAtOnce_count = 1_000;

/** A place in a ring: the number of a journal record, and whether the value there is a blob. */
export function placeOf(number: number, isBlob: boolean): number {
  return number * 2 + (isBlob ? 1 : 0);
}

/** The number of the journal record of a place. */
export function numberOf(place: number): number {
  return Math.floor(place / 2);
}

/** Whether the value at a place is a blob. */
export function isBlobPlace(place: number): boolean {
  return place % 2 === 1;
}

/** Reads journal records, and keeps a few: neighbours tend to be in the same ones. */
export class JournalReader {
  readonly #journal: () => Environment['journal'];
  /** Those read last come last. */
  readonly #records = new Map<number, Uint8Array | undefined>();
  /** Where in each of them the entry that was asked for last ends. */
  readonly #passed = new Map<number, number>();

  constructor(journal: () => Environment['journal']) {
    this.#journal = journal;
  }

  /** The entry of a key and version at a place. */
  find(place: number, key: string, version: number): Entry | undefined {
    return findEntry(this.#read(numberOf(place)), key, version);
  }

  #read(number: number): Uint8Array | undefined {
    const known = this.#records.get(number);
    if (known !== undefined) return known;
    const record = this.#journal().get(number);
    const [oldest] = this.#records.keys();
    if (oldest !== undefined && this.#records.size >= limits.store.journalCached_count) {
      this.#records.delete(oldest);
      this.#passed.delete(oldest);
    }
    this.#records.set(number, record);
    return record;
  }

  /** Whether a record is gone, or is whole and has no such entry. One that is damaged may have had it. */
  lacks(place: number, key: string, version: number): boolean {
    const number = numberOf(place);
    const record = this.#read(number);
    if (record === undefined) return true;
    // Whoever asks for many tends to ask in the order in which they were written.
    const end = findClaim(record, key, version, this.#passed.get(number) ?? journalHead_bytes);
    if (end !== undefined) {
      this.#passed.set(number, end);
      return false;
    }
    const { places, isWhole } = entryPlaces(record);
    return isWhole && places.every((each) => readEntry(record, each) !== undefined);
  }

  /** Lets go of what was read; what is on the disk may have changed. */
  forget(): void {
    this.#records.clear();
    this.#passed.clear();
  }
}

/** A version of a key that the journal has, found without a ring. */
export interface Salvaged {
  readonly version: number;
  readonly place: number;
  /** Undefined when the entry is damaged, and only claims to be this version. */
  readonly entry: Entry | undefined;
}

/** Looks through the whole journal for the versions of a key, newest first. Slow: only for keys that are damaged. */
export function salvage(journal: Environment['journal'], key: string, most_count: number): readonly Salvaged[] {
  const found: Salvaged[] = [];
  const numbers = allNumbers(journal);
  for (let index = numbers.length - 1; index >= 0 && found.length < most_count; index--) {
    const number = numbers[index] as number;
    const record = journal.get(number);
    if (record === undefined) continue;
    for (const place of entryPlaces(record).places.toReversed()) {
      if (claimedKey(record, place) !== key) continue;
      const entry = readEntry(record, place);
      const isBlob = entry !== undefined && entry.codec !== 1;
      found.push({ version: claimedVersion(record, place), place: placeOf(number, isBlob), entry: copied(entry) });
    }
  }
  return found;
}

function copied(entry: Entry | undefined): Entry | undefined {
  return entry === undefined ? undefined : { ...entry, bytes: new Uint8Array(entry.bytes) };
}

function allNumbers(journal: Environment['journal']): readonly number[] {
  const numbers: number[] = [];
  for (;;) {
    const last = numbers.at(-1);
    const more = journal.keys(last, last !== undefined, numbersAtOnce_count);
    numbers.push(...more);
    if (more.length < numbersAtOnce_count) return numbers;
  }
}

/** A journal record with only some of its entries; undefined when not all of them can be made out. */
export function withOnly(
  record: Uint8Array,
  isKept: (key: string, version: number) => boolean,
): Uint8Array | undefined {
  const { places, isWhole } = entryPlaces(record);
  if (!isWhole) return undefined;
  const kept: EntryPlace[] = [];
  for (const place of places) {
    const entry = readEntry(record, place);
    if (entry === undefined) return undefined;
    if (isKept(entry.key, entry.version)) kept.push(place);
  }
  return packed(record, kept);
}

function packed(record: Uint8Array, kept: readonly EntryPlace[]): Uint8Array {
  const size_bytes = kept.reduce((sum, { start, end }) => sum + end - start, journalHead_bytes);
  const slab = new Slab(size_bytes);
  slab.bytes[0] = recordFormat;
  slab.bytes[1] = 0;
  slab.view.setUint16(2, kept.length, true);
  let at = journalHead_bytes;
  for (const { start, end } of kept) {
    slab.bytes.set(record.subarray(start, end), at);
    at += end - start;
  }
  return slab.part(0, size_bytes);
}

/** How many entries a journal record says it has. */
export function countIn(record: Uint8Array): number {
  return record.length < journalHead_bytes ? 0 : (record[2] as number) + (record[3] as number) * 0x100;
}
