// A commit, made ready: every byte it will write, which versions it drops, and how the keys stand after it. Making it
// either succeeds as a whole or changes nothing; after that only the disk can refuse it.

import { VersionConflictError } from '../../base/errors.ts';
import { limits } from '../../base/limits.ts';
import { type BlobChanges, hashOf, noteBlob, writeReference } from './blobs.ts';
import { checkWrite } from '../check-write.ts';
import { packInto } from '../codec/codec.ts';
import type { Head } from './heads.ts';
import { isBlobPlace, numberOf, placeOf } from './journal.ts';
import type { StoreWrite } from '../port.ts';
import { beginEntry, beginJournal, codec, endEntry, sealEntry, sealJournal, writeCurrent } from './record.ts';
import type { Slab } from '../codec/slab.ts';
import { tombstoneRecord } from './tombstone.ts';

const none: readonly number[] = [];
const largeFrom_bytes = 1_000;
/** What such a value leaves unused of its last page, as current record and in the journal. */
const largePages_bytes = 8_192;

/** What drafting needs of the store. */
export interface DraftGround {
  /** The head of a key as of every commit called so far. */
  head(key: string): Head;
  /** The hash of a version that is a blob, from the disk. */
  blobOf(key: string, version: number, place: number): string | undefined;
  nextNumber(): number;
  /** Calendar time. */
  readonly at: number;
}

/** A record that is put or, without a place in the slab, removed. */
export interface Change {
  readonly key: string;
  readonly table: 'current' | 'tombstones';
  /** Where it lies in the slab; -1 to remove. */
  readonly start: number;
  readonly end: number;
}

/** A journal record of the commit. */
export interface JournalPart {
  readonly number: number;
  readonly start: number;
  readonly end: number;
  readonly count: number;
}

/** A value that lies in the slab as an entry which is not sealed yet. */
interface Laid {
  readonly write: StoreWrite;
  readonly entry: number;
  readonly valueEnd: number;
  readonly blob: string | undefined;
  readonly number: number;
}

/** One commit. */
export class Draft {
  readonly slab: Slab;
  readonly changes: Change[] = [];
  readonly parts: JournalPart[] = [];
  /** Numbers of the journal records of versions that are dropped, one for each. */
  readonly dropped: number[] = [];
  readonly blobs: BlobChanges = new Map();
  /** The heads it has changed, with the version that it leaves; a key may be there twice. */
  readonly touched: { readonly key: string; readonly head: Head; readonly version: number }[] = [];
  /** Keys with history more than before. */
  ringed = 0;
  readonly #ground: DraftGround;
  #writes: readonly StoreWrite[] = [];
  #laid: readonly (Laid | undefined)[] = [];
  /** Values that get pages of their own. */
  #large = 0;
  #part = -1;
  #partCount = 0;
  #partNumber = 0;

  constructor(slab: Slab, ground: DraftGround) {
    this.slab = slab;
    this.#ground = ground;
  }

  /** Roughly what it takes on the disk, rather too much than too little. */
  get size_bytes(): number {
    let size = this.slab.at * 2 + this.#large * largePages_bytes;
    for (const { bytes } of this.blobs.values()) size += bytes?.length ?? 0;
    return size;
  }

  /** Whether it stores anything, and does not only delete. */
  get stores(): boolean {
    return this.#laid.some((laid) => laid !== undefined);
  }

  /**
   * Takes the writes of a commit, once, and copies their values. Nothing has changed yet.
   *
   * @throws INVALID_OPTION, VERSION_CONFLICT or UNSERIALIZABLE; the draft is void then.
   */
  take(writes: readonly StoreWrite[]): void {
    for (const write of writes) this.#check(write);
    this.#writes = writes;
    this.#laid = this.#lay(writes);
  }

  /** Makes the records of what was taken, and changes the heads: the commit has been called. */
  apply(): void {
    this.#writes.forEach((write, index) => {
      const laid = this.#laid[index];
      if (laid === undefined) this.#remove(write);
      else this.#put(laid);
    });
  }

  #check(write: StoreWrite): void {
    checkWrite(write);
    const { key, expectedVersion } = write;
    if (expectedVersion === undefined) return;
    const { isThere, version } = this.#ground.head(key);
    const actual = isThere ? version : 0;
    if (actual !== expectedVersion) throw new VersionConflictError(key, expectedVersion, actual);
  }

  /** Packs all values: those with history in a row, which is their journal record, and then the others. */
  #lay(writes: readonly StoreWrite[]): readonly (Laid | undefined)[] {
    const laid: (Laid | undefined)[] = Array.from({ length: writes.length }, () => undefined);
    let plain = 0;
    for (let index = 0; index < writes.length; index++) {
      const write = writes[index] as StoreWrite;
      if (write.value === undefined && write.packed === undefined) continue;
      if ((write.keep ?? 1) === 1) plain += 1;
      else laid[index] = this.#layKept(write);
    }
    this.#endPart();
    for (let index = 0; plain > 0 && index < writes.length; index++) {
      const write = writes[index] as StoreWrite;
      const isPlain = (write.keep ?? 1) === 1 && (write.value !== undefined || write.packed !== undefined);
      if (isPlain) laid[index] = this.#layValue(write);
    }
    return laid;
  }

  #layKept(write: StoreWrite): Laid {
    if (this.#part < 0) {
      this.#part = beginJournal(this.slab);
      this.#partNumber = this.#ground.nextNumber();
      this.#partCount = 0;
    }
    const laid = this.#layValue(write);
    this.#partCount += 1;
    if (this.slab.at - this.#part >= limits.store.journalRecord_bytes) this.#endPart();
    return laid;
  }

  #endPart(): void {
    if (this.#part < 0) return;
    sealJournal(this.slab, this.#part, this.#partCount);
    this.parts.push({ number: this.#partNumber, start: this.#part, end: this.slab.at, count: this.#partCount });
    this.#part = -1;
  }

  #layValue(write: StoreWrite): Laid {
    const { slab } = this;
    const { key, packed, value } = write;
    const entry = beginEntry(slab, key);
    const valueStart = slab.at;
    if (packed === undefined) packInto(slab, value, key);
    else {
      slab.ensure(packed.bytes.length);
      slab.bytes.set(packed.bytes, valueStart);
      slab.at += packed.bytes.length;
    }
    const blob = slab.at - valueStart > limits.store.blobFrom_bytes ? this.#layBlob(valueStart) : undefined;
    if (slab.at - valueStart > largeFrom_bytes) this.#large += 1;
    return { write, entry, valueEnd: endEntry(slab), blob, number: this.#partNumber };
  }

  #layBlob(valueStart: number): string {
    const { slab } = this;
    const bytes = new Uint8Array(slab.part(valueStart, slab.at));
    const hash = hashOf(bytes);
    slab.at = valueStart;
    writeReference(slab, hash, bytes.length);
    noteBlob(this.blobs, hash, 1, bytes);
    return hash;
  }

  #put({ write, entry, valueEnd, blob, number }: Laid): void {
    const { key, keep = 1, schema = 0 } = write;
    const head = this.#headOf(key);
    const version = head.version + 1;
    const kind = blob === undefined ? codec.packed : codec.blob;
    sealEntry(this.slab, entry, valueEnd, { codec: kind, schema, version, at: this.#ground.at });
    const kept = head.isThere ? Math.min(head.ring.length, keep - 1) : 0;
    this.#drop(key, head, kept);
    const ring = keep === 1 ? none : ringOf(placeOf(number, blob !== undefined), head.ring, kept);
    const start = writeCurrent(this.slab, entry, valueEnd, ring);
    this.changes.push({ key, table: 'current', start, end: this.slab.at });
    if (!head.isThere && head.version > 0) this.#unbury(key);
    if (blob !== undefined || head.blobs !== undefined) head.blobs = blobsOf(head, version, ring, blob);
    this.#stand(key, head, version, true, ring);
  }

  #remove({ key, keep = 1 }: StoreWrite): void {
    const head = this.#headOf(key);
    if (head.version === 0 && !head.isThere) return;
    this.#drop(key, head, 0);
    if (head.isThere) this.changes.push({ key, table: 'current', start: -1, end: -1 });
    head.blobs = undefined;
    if (keep > 1 || head.ring.length > 0) {
      const start = this.slab.at;
      tombstoneRecord(this.slab, key, head.version + 1, this.#ground.at);
      this.changes.push({ key, table: 'tombstones', start, end: this.slab.at });
      this.#stand(key, head, head.version + 1, false, none);
      return;
    }
    if (!head.isThere) this.#unbury(key);
    this.#stand(key, head, 0, false, none);
  }

  #unbury(key: string): void {
    this.changes.push({ key, table: 'tombstones', start: -1, end: -1 });
  }

  /** Lets go of the versions of a key but for so many of the newest in its ring. */
  #drop(key: string, { version, ring, blobs, isThere }: Head, keptCount: number): void {
    for (let index = keptCount; index < ring.length; index++) {
      const place = ring[index] as number;
      this.dropped.push(numberOf(place));
      if (isBlobPlace(place))
        this.#dropBlob(blobs?.get(version - index) ?? this.#ground.blobOf(key, version - index, place));
    }
    if (isThere && ring.length === 0) this.#dropBlob(blobs?.get(version));
  }

  #dropBlob(hash: string | undefined): void {
    if (hash !== undefined) noteBlob(this.blobs, hash, -1);
  }

  /** The head of a key, which is known from now on until this commit has landed. */
  #headOf(key: string): Head {
    return this.#ground.head(key);
  }

  #stand(key: string, head: Head, version: number, isThere: boolean, ring: readonly number[]): void {
    this.ringed += (ring.length > 0 ? 1 : 0) - (head.ring.length > 0 ? 1 : 0);
    head.version = version;
    head.isThere = isThere;
    head.ring = ring;
    head.flying += 1;
    this.touched.push({ key, head, version });
  }

  /** Forgets that a key was ever there; nothing may be in flight for it. */
  forget(key: string): void {
    this.#unbury(key);
    this.#stand(key, this.#headOf(key), 0, false, none);
  }

  /**
   * Keeps only so many versions of a key, whose current record is given.
   *
   * @param relay - Writes that record, as it is on the disk, with the ring it is given. Nothing may be in flight for it.
   */
  trim(key: string, keptCount: number, relay: (slab: Slab, ring: readonly number[]) => void): void {
    const head = this.#headOf(key);
    const ring = head.ring.slice(0, keptCount);
    this.#drop(key, head, keptCount);
    const start = this.slab.at;
    relay(this.slab, ring);
    this.changes.push({ key, table: 'current', start, end: this.slab.at });
    this.#stand(key, head, head.version, true, ring);
  }
}

function ringOf(newest: number, before: readonly number[], keptCount: number): readonly number[] {
  const ring = [newest];
  for (let index = 0; index < keptCount; index++) ring.push(before[index] as number);
  return ring;
}

/** The hashes of the versions that a key keeps, a new one included. */
function blobsOf(before: Head, version: number, ring: readonly number[], blob: string | undefined): Head['blobs'] {
  const oldest = version - Math.max(1, ring.length) + 1;
  const blobs = new Map([...(before.blobs ?? [])].filter(([each]) => each >= oldest));
  if (blob !== undefined) blobs.set(version, blob);
  return blobs.size === 0 ? undefined : blobs;
}
