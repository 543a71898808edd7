// Checks everything in a store: each current record with its value, each version that a ring promises, each journal
// entry against what the key says of itself, each tombstone, each large value. In slices, on a store that may be in
// use: what is looked at within one slice is one consistent state.

import { limits } from '../../base/limits.ts';
import type { VerifyProgress, VerifyReport } from '../admin.ts';
import { hashInKey, hashOf, isCountKey, readBlob, readCount, readReference } from './blobs.ts';
import type { Table } from './environment.ts';
import type { Ground } from './ground.ts';
import { countIn, numberOf } from './journal.ts';
import type { Damage } from '../port.ts';
import { claimedKey, claimedVersion, entryPlaces, findEntry, readEntry } from './entries.ts';
import { codec, type CurrentHead, type Entry, readCurrent, readHead } from './record.ts';
import { type SliceClock, Slices } from './slices.ts';
import { readTombstone } from './tombstone.ts';
import { isSetBack } from './walk.ts';

const keysAtOnce_count = 32;
const recordsKept_count = 64;

/** One check of a whole store. */
export class Verification {
  readonly #ground: Ground;
  readonly #slices: Slices;
  readonly #onDamage: (damage: Damage) => void;
  readonly #onProgress: (progress: VerifyProgress) => void;
  readonly #damage: Damage[] = [];
  #damaged = 0;
  #checked = 0;
  #total = 0;
  /** Journal records read lately: neighbours have their versions in the same ones. */
  readonly #records = new Map<number, Uint8Array | undefined>();

  constructor(
    ground: Ground,
    clock: SliceClock,
    onDamage: (damage: Damage) => void,
    onProgress: (progress: VerifyProgress) => void,
  ) {
    this.#ground = ground;
    this.#slices = new Slices(clock);
    this.#onDamage = onDamage;
    this.#onProgress = onProgress;
  }

  async run(): Promise<VerifyReport> {
    const { current, journal, tombstones, blobs } = this.#ground.environment;
    this.#total = current.size() + journal.size() + tombstones.size() + blobs.size();
    await this.#each(
      () => this.#ground.environment.current,
      (key) => this.#current(key),
    );
    await this.#each(
      () => this.#ground.environment.journal,
      (number) => this.#journal(number),
    );
    await this.#each(
      () => this.#ground.environment.tombstones,
      (key) => this.#tombstone(key),
    );
    await this.#each(
      () => this.#ground.environment.blobs,
      (key) => this.#blob(key),
    );
    this.#onProgress({ checked: this.#checked, total: Math.max(this.#total, this.#checked) });
    return { checked: this.#checked, damaged: this.#damaged, damage: this.#damage };
  }

  async #each<Key extends string | number>(table: () => Table<Key>, check: (key: Key) => void): Promise<void> {
    let last: Key | undefined;
    for (;;) {
      const keys: readonly Key[] = table().keys(last, last !== undefined, keysAtOnce_count);
      for (const key of keys) {
        check(key);
        this.#checked += 1;
        if (!this.#slices.isOver) continue;
        this.#onProgress({ checked: this.#checked, total: Math.max(this.#total, this.#checked) });
        await this.#slices.next();
        this.#records.clear();
      }
      last = keys.at(-1);
      if (keys.length < keysAtOnce_count) return;
    }
  }

  #current(key: string): void {
    const record = this.#ground.environment.current.get(key);
    if (record === undefined) return; // deleted since
    const head = readHead(record, key);
    if (head === undefined) {
      this.#found(key, undefined, 'its record fails its checksum');
      return;
    }
    const entry = readCurrent(record, key, head);
    if (entry === undefined) this.#found(key, head.version, 'its value fails its checksum');
    else this.#value(entry);
    this.#ring(key, head);
  }

  /** Every version that the ring promises is in the journal. */
  #ring(key: string, head: CurrentHead): void {
    head.ring.forEach((place, index) => {
      const version = head.version - index;
      const entry = findEntry(this.#record(numberOf(place)), key, version);
      if (entry === undefined)
        this.#found(key, version, 'this version is missing in the journal or fails its checksum');
      else if (index > 0) this.#value(entry);
    });
  }

  #record(number: number): Uint8Array | undefined {
    if (!this.#records.has(number)) {
      if (this.#records.size >= recordsKept_count) this.#records.clear();
      this.#records.set(number, this.#ground.environment.journal.get(number));
    }
    return this.#records.get(number);
  }

  #value(entry: Entry): void {
    if (entry.codec !== codec.blob) return;
    if (readBlob(this.#ground.environment.blobs, readReference(entry.bytes).hash) === undefined)
      this.#found(entry.key, entry.version, 'its large value is missing or fails its checksum');
  }

  #journal(number: number): void {
    const record = this.#ground.environment.journal.get(number);
    if (record === undefined) return;
    const { places, isWhole } = entryPlaces(record);
    if (!isWhole) this.#found(`journal ${number}`, undefined, `its ${countIn(record)} entries can't all be made out`);
    for (const place of places) {
      const entry = readEntry(record, place);
      if (entry === undefined) {
        this.#found(
          claimedKey(record, place),
          claimedVersion(record, place),
          `its entry in journal ${number} is damaged`,
        );
        continue;
      }
      const current = this.#ground.environment.current.get(entry.key);
      const head = current === undefined ? undefined : readHead(current, entry.key);
      if (head !== undefined && isSetBack(head, entry.version, number))
        this.#found(entry.key, entry.version, `an older version, ${head.version}, stands in its place`);
    }
  }

  #tombstone(key: string): void {
    const record = this.#ground.environment.tombstones.get(key);
    if (record !== undefined && readTombstone(record, key) === undefined)
      this.#found(key, undefined, 'what is left of this deleted key fails its checksum');
  }

  #blob(key: string): void {
    const { blobs } = this.#ground.environment;
    const hash = hashInKey(key);
    if (isCountKey(key)) {
      if (readCount(blobs, hash) === undefined) this.#found(`blob ${hash}`, undefined, 'its count fails its checksum');
      return;
    }
    const bytes = blobs.get(key);
    if (bytes !== undefined && hashOf(bytes) !== hash) this.#found(`blob ${hash}`, undefined, 'it fails its checksum');
  }

  #found(key: string, version: number | undefined, problem: string): void {
    const damage: Damage = { key, version, served: undefined, problem };
    this.#damaged += 1;
    if (this.#damage.length < limits.store.damageListed_count) this.#damage.push(damage);
    this.#onDamage(damage);
  }
}
