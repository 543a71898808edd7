// Reads records, and serves nothing that its checksums do not hold for. A record that is damaged, missing or older than
// it must be is replaced by the newest whole version that the journal has; whoever wants to know is told, once for
// each damage, until the key is written again. So is what the writer comes upon, which needs no more than a head.

import { limits } from '../../base/limits.ts';
import { readBlob, readReference } from './blobs.ts';
import { unpackValue } from '../codec/codec.ts';
import type { Ground } from './ground.ts';
import { salvage } from './journal.ts';
import type { Damage, StoredRecord, VersionInfo } from '../port.ts';
import { codec, type CurrentHead, type Entry, isValueWhole, readCurrent, readHead } from './record.ts';

/** What reading has found: a value, or what is wrong. */
type Read = { readonly record: StoredRecord } | { readonly problem: string };

/** A key whose record is damaged, with what is served in its place. */
interface Wound {
  readonly damage: Damage;
  /** Whole versions, newest first. */
  readonly whole: readonly Entry[];
}

const unreadable = 'its record fails its checksum';

/** The reading side of a store: what has landed and is whole. */
export class Served {
  readonly #ground: Ground;
  readonly #onDamage: (damage: Damage) => void;
  readonly #wounds = new Map<string, Wound>();
  /** Old versions that are damaged and have been told of, by key and version. */
  readonly #told = new Set<string>();
  /** What the writer has come upon in a call that is not over. */
  #untold: Damage[] = [];

  constructor(ground: Ground, onDamage: (damage: Damage) => void) {
    this.#ground = ground;
    this.#onDamage = onDamage;
  }

  /** A key has been written: what was wrong with it is over. */
  healed(key: string): void {
    if (this.#wounds.size > 0) this.#wounds.delete(key);
    if (this.#told.size > 0) this.#told.delete(nameOfGrave(key));
  }

  /** The writer can't read a record or a tombstone. */
  noteUnreadable(key: string, table: 'current' | 'tombstones'): void {
    if (table === 'current') {
      if (!this.#wounds.has(key)) this.#untold.push(this.#wound(key, undefined, unreadable).damage);
    } else if (this.#isNews(nameOfGrave(key))) {
      const problem = 'what is left of this deleted key fails its checksum';
      this.#untold.push({ key, version: undefined, served: undefined, problem });
    }
  }

  /** Tells of what the writer has come upon: to be called when it is done, since who hears of it may write. */
  tell(): void {
    if (this.#untold.length === 0) return;
    const damage = this.#untold;
    this.#untold = [];
    for (const each of damage) this.#onDamage(each);
  }

  get(key: string): StoredRecord | undefined {
    const wound = this.#wounds.get(key);
    if (wound !== undefined) return this.#recordOf(wound.whole[0]);
    const record = this.#ground.environment.current.get(key);
    if (record === undefined) return this.#missing(key);
    const head = readHead(record, key);
    if (head === undefined) return this.#wounded(key, undefined, unreadable);
    const problem = this.#isTooOld(key, record, head);
    if (problem !== undefined) return this.#wounded(key, undefined, problem);
    const entry = readCurrent(record, key, head);
    if (entry === undefined) return this.#wounded(key, head, 'its value fails its checksum');
    const read = this.#valueOf(entry);
    return 'problem' in read ? this.#wounded(key, head, read.problem) : read.record;
  }

  /** The head of a record that holds its value in itself and passes every check; undefined for all others. */
  headOfWhole(key: string, record: Uint8Array): CurrentHead | undefined {
    if (this.#wounds.size > 0 && this.#wounds.has(key)) return undefined;
    const head = readHead(record, key);
    if (head === undefined || head.codec !== codec.packed || !isValueWhole(record, key, head)) return undefined;
    const known = this.#ground.heads.peek(key);
    if (known !== undefined && known.landed > head.version) return undefined;
    const [newest] = head.ring;
    return newest !== undefined && this.#ground.journalReader.lacks(newest, key, head.version) ? undefined : head;
  }

  #missing(key: string): StoredRecord | undefined {
    const known = this.#ground.heads.get(key);
    const mustBeThere = known !== undefined && known.isThere && known.flying === 0;
    return mustBeThere ? this.#wounded(key, undefined, 'its record is missing') : undefined;
  }

  /** What shows that a whole record has been replaced by an older one, as far as one look can tell. */
  #isTooOld(key: string, record: Uint8Array, head: CurrentHead): string | undefined {
    const known = this.#ground.heads.get(key);
    if (known !== undefined && known.landed > 0)
      return head.version < known.landed ? `an older version, ${head.version}, stands in its place` : undefined;
    const [newest] = head.ring;
    if (newest === undefined) return undefined;
    if (this.#ground.journalReader.lacks(newest, key, head.version))
      return `the journal does not have its version ${head.version}`;
    if (known === undefined) this.#ground.learn(key, record, head);
    return undefined;
  }

  #valueOf(entry: Entry): Read {
    const { version, at, schema } = entry;
    let { bytes } = entry;
    if (entry.codec === codec.blob) {
      const blob = readBlob(this.#ground.environment.blobs, readReference(bytes).hash);
      if (blob === undefined) return { problem: 'its large value is missing or fails its checksum' };
      bytes = blob;
    }
    try {
      return { record: { version, at, schema, value: unpackValue(bytes) } };
    } catch (error) {
      return { problem: `its value can't be read: ${(error as Error).message}` };
    }
  }

  #recordOf(entry: Entry | undefined): StoredRecord | undefined {
    const read = entry === undefined ? undefined : this.#valueOf(entry);
    return read === undefined || 'problem' in read ? undefined : read.record;
  }

  /** Finds what is whole of a key whose record is not, and tells of it. */
  #wounded(key: string, head: CurrentHead | undefined, problem: string): StoredRecord | undefined {
    const { damage, whole } = this.#wound(key, head, problem);
    this.#onDamage(damage);
    return this.#recordOf(whole[0]);
  }

  /** Finds what is whole of a key whose record is not, and remembers it. */
  #wound(key: string, head: CurrentHead | undefined, problem: string): Wound {
    const whole = this.#wholeOf(key, head).filter((entry) => 'record' in this.#valueOf(entry));
    const served = this.#recordOf(whole[0]);
    const version = head?.version ?? this.#ground.heads.get(key)?.landed;
    const damage: Damage = { key, version, served: served?.version, problem };
    if (this.#wounds.size >= limits.store.damageListed_count) this.#wounds.clear();
    const wound = { damage, whole };
    this.#wounds.set(key, wound);
    return wound;
  }

  /** Whether it has not been told yet; it counts as told from now on. */
  #isNews(name: string): boolean {
    if (this.#told.has(name)) return false;
    if (this.#told.size >= limits.store.damageListed_count) this.#told.clear();
    this.#told.add(name);
    return true;
  }

  /** The whole versions of a key, newest first: by its ring where that can be read, else from the whole journal. */
  #wholeOf(key: string, head: CurrentHead | undefined): readonly Entry[] {
    if (head === undefined) {
      const found = salvage(this.#ground.environment.journal, key, limits.store.versionsMax_count);
      return found.flatMap(({ entry }) => (entry === undefined ? [] : [entry]));
    }
    return head.ring.flatMap((place, index) => {
      const entry = this.#ground.journalReader.find(place, key, head.version - index);
      return entry === undefined ? [] : [{ ...entry, bytes: new Uint8Array(entry.bytes) }];
    });
  }

  history(key: string): readonly VersionInfo[] {
    return this.#versions(key).map(infoOf);
  }

  at(key: string, version: number): StoredRecord | undefined {
    const current = this.get(key);
    if (current?.version === version) return current;
    return this.#recordOf(this.#versions(key).find((entry) => entry.version === version));
  }

  /** The whole versions of a key that are kept, newest first. */
  #versions(key: string): readonly Entry[] {
    const current = this.get(key); // finds out whether it is damaged
    const wound = this.#wounds.get(key);
    if (wound !== undefined) return wound.whole;
    const record = current === undefined ? undefined : this.#ground.environment.current.get(key);
    const head = record === undefined ? undefined : readHead(record, key);
    if (record === undefined || head === undefined) return [];
    const newest = readCurrent(record, key, head);
    const older = head.ring.slice(1).flatMap((place, index) => this.#older(key, head.version - index - 1, place));
    return newest === undefined ? older : [newest, ...older];
  }

  #older(key: string, version: number, place: number): readonly Entry[] {
    const entry = this.#ground.journalReader.find(place, key, version);
    if (entry !== undefined) return [entry];
    if (this.#isNews(`${version} ${key}`)) {
      this.#onDamage({
        key,
        version,
        served: undefined,
        problem: 'this older version is missing or fails its checksum',
      });
    }
    return [];
  }
}

/** What a damaged tombstone is among what has been told: no version is called so. */
function nameOfGrave(key: string): string {
  return `deleted ${key}`;
}

function infoOf({ version, at, schema, codec: kind, bytes }: Entry): VersionInfo {
  return { version, at, schema, bytes: kind === codec.blob ? readReference(bytes).size_bytes : bytes.length };
}
