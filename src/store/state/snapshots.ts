// What is kept of durable actors, read by address: the last committed snapshot and the versions before it. Reads the
// store alone, so that an actor can be looked at whether it is running, asleep or long gone. Writing is not done here:
// going back takes a mailbox and timers along, and belongs to who runs the actor.

import { InvalidOptionError } from '../../base/errors.ts';
import { limits } from '../../base/limits.ts';
import { type Diff, diffOf } from './diff.ts';
import type { Store, StoredRecord, VersionInfo } from '../port.ts';
import { checkVersion } from './state-key.ts';
import { Reading } from './state-reading.ts';

/** One committed version of an actor. The data are the caller's own copy. */
export interface KeptSnapshot {
  /** What the actor's logic persisted; undefined when the record holds none. */
  readonly snapshot: unknown;
  /** The whole record, with what is kept beside the snapshot, such as timers. */
  readonly record: unknown;
  readonly version: number;
  /** Calendar time of the commit in milliseconds. */
  readonly at: number;
}

/** What snapshots are read from. */
export interface SnapshotsOptions {
  readonly store: Store;
  /** Takes an actor back to a version, or refuses one that is not kept. */
  readonly rollback: (address: string, version: number) => Promise<void>;
}

const prefix = 'actor/';

/** The committed snapshots of durable actors, by address. */
export class Snapshots {
  readonly #reading: Reading;
  readonly #rollback: SnapshotsOptions['rollback'];

  constructor({ store, rollback }: SnapshotsOptions) {
    this.#reading = new Reading(store, prefix, keyOf);
    this.#rollback = rollback;
  }

  /** The last committed snapshot of an actor; undefined when none is kept. @throws INVALID_OPTION for no address. */
  get(address: string): KeptSnapshot | undefined {
    return keptSnapshot(this.#reading.get(address));
  }

  /** Versions that can still be read, newest first. */
  history(address: string): readonly VersionInfo[] {
    return this.#reading.history(address);
  }

  /** One version; undefined when it is not kept. */
  at(address: string, version: number): KeptSnapshot | undefined {
    return keptSnapshot(this.#reading.at(address, version));
  }

  /** What is different between the snapshots of two versions. @throws INVALID_OPTION when one of them is not kept. */
  diff(address: string, before: number, after: number): Diff {
    return diffOf(
      snapshotOf(this.#reading.kept(address, before).value),
      snapshotOf(this.#reading.kept(address, after).value),
    );
  }

  /** Addresses with a snapshot that begin with a prefix, in the order of their code units. */
  *list(from = ''): Generator<string, void, undefined> {
    yield* this.#reading.names(from);
  }

  /**
   * Takes an actor back to an older version: its snapshot, its timers and its mailbox together. The old content becomes
   * the newest version.
   *
   * @throws INVALID_OPTION when that version is not kept, ACTOR_NOT_FOUND when nothing is kept of the actor; then nothing
   * has changed.
   */
  async rollback(address: string, version: number): Promise<void> {
    keyOf(address);
    checkVersion(version);
    await this.#rollback(address, version);
  }
}

function keyOf(address: string): string {
  const longest_chars = limits.actor.addressLength_chars;
  if (typeof address === 'string' && address !== '' && address.length <= longest_chars) return prefix + address;
  throw new InvalidOptionError('address', address, `the address of an actor, of 1 to ${longest_chars} characters`);
}

function keptSnapshot(record: StoredRecord | undefined): KeptSnapshot | undefined {
  if (record === undefined) return undefined;
  const { value, version, at } = record;
  return { snapshot: snapshotOf(value), record: value, version, at };
}

function snapshotOf(record: unknown): unknown {
  return typeof record === 'object' && record !== null && 'snapshot' in record ? record.snapshot : undefined;
}
