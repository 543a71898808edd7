// All actors that were spawned, with what is kept of each: two scans side by side, in the order of addresses. For a start
// that can't go by the roster, because an actor has a logic that is not registered or the roster is lost.

import type { ScannedRecord, Store } from '../../store/port.ts';
import type { Address } from '../address.ts';
import type { ActorRecord } from './durable-record.ts';
import { actorPrefix, spawnPrefix } from './actor-keys.ts';
import { asSpawnRecord, type SpawnRecord } from './spawn-record.ts';

/** What a store has of an actor. */
export interface Kept {
  readonly address: Address;
  /** Undefined when it can't be read. */
  readonly spawned: SpawnRecord | undefined;
  /** What goes with its state; empty when nothing does, undefined when nothing is kept of it. */
  readonly record: Partial<ActorRecord> | undefined;
  /** Calendar time in milliseconds at which its record was written. */
  readonly at: number | undefined;
}

/** `format` and `snapshot`. */
const bareProperties_count = 2;

/** Everybody who was spawned with registered logic, whether it still is registered or not. */
export function* everybody(store: Store): Generator<Kept> {
  const records = new Beside(store.scan(actorPrefix), actorPrefix);
  try {
    for (const spawned of store.scan(spawnPrefix)) {
      const address = spawned.key.slice(spawnPrefix.length) as Address;
      const kept = records.at(address);
      yield { address, spawned: asSpawnRecord(spawned.value()), record: recordOf(kept), at: kept?.at };
    }
  } finally {
    records.close();
  }
}

function recordOf(kept: ScannedRecord | undefined): Partial<ActorRecord> | undefined {
  return kept !== undefined && isBare(kept) ? {} : (kept?.value() as Partial<ActorRecord> | undefined);
}

/** Whether a record holds nothing but a state in which nothing is under way. */
function isBare(kept: ScannedRecord): boolean {
  return kept.properties === bareProperties_count && !kept.mayHold('children');
}

/** The records that go with others which come in the same order. */
class Beside {
  readonly #records: Iterator<ScannedRecord>;
  readonly #prefix_chars: number;
  #next: ScannedRecord | undefined;

  constructor(records: Iterable<ScannedRecord>, prefix: string) {
    this.#records = records[Symbol.iterator]();
    this.#prefix_chars = prefix.length;
    this.#advance();
  }

  /** The record of an address; each call asks for a later one. */
  at(address: string): ScannedRecord | undefined {
    for (let next = this.#next; next !== undefined; next = this.#next) {
      const there = next.key.slice(this.#prefix_chars);
      if (there > address) return undefined;
      this.#advance();
      if (there === address) return next;
    }
    return undefined;
  }

  close(): void {
    this.#records.return?.();
  }

  #advance(): void {
    const { done, value } = this.#records.next();
    this.#next = done === true ? undefined : value;
  }
}
