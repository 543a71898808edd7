// The store on disk, behind the Store port, on whatever environment it is given: LMDB's, or a simulated one. Commits are
// drafted at once, from a copy of what they are given, and go to the disk in the order of their calls; a promise resolves
// when its commit is synced. Reads see what has landed and is whole. See `record.ts` for what lies where, `writer.ts` for
// how it gets there. Loads nothing native: `lmdb.ts` does.

import { mkdir, stat } from 'node:fs/promises';
import { join } from 'node:path';
import { type Clock, systemClock } from '../../base/clock.ts';
import { InvalidOptionError, ShuttingDownError } from '../../base/errors.ts';
import { limits } from '../../base/limits.ts';
import type { PruneOrder, PruneReport, StoreAdmin, StoreStats, VerifyProgress, VerifyReport } from '../admin.ts';
import { following } from './key-bytes.ts';
import { packValue } from '../codec/codec.ts';
import { Draft, type DraftGround } from './draft.ts';
import type { OpenEnvironment } from './environment.ts';
import { storeFailure } from './failure.ts';
import { Ground } from './ground.ts';
import type { Damage, Packed, ScannedRecord, StoredRecord, StoreWrite, VersionInfo } from '../port.ts';
import { checkPrune, prune } from './prune.ts';
import { scan } from './scan.ts';
import { Served } from './served.ts';
import { SlabPool } from '../codec/slab.ts';
import { Verification } from './verify.ts';
import { Walk } from './walk.ts';
import { readOnlyError, Writer } from './writer.ts';

const keysAtOnce_count = 500;

/** How the store on disk is opened. */
export interface EngineOptions {
  readonly clock?: Pick<Clock, 'wall' | 'now' | 'yieldThen'> | undefined;
  /** Bytes of the pages in use from which on nothing more is stored; default `limits.store.quota_bytes`. */
  readonly quotaBytes?: number | undefined;
  /** Told of records that are damaged, and of what is served in their place. */
  readonly onDamage?: ((damage: Damage) => void) | undefined;
  /** Only to look; safe while another process writes. Default false. */
  readonly readOnly?: boolean | undefined;
}

class LmdbStore implements StoreAdmin {
  readonly path: string;
  readonly #clock: Pick<Clock, 'wall' | 'now' | 'yieldThen'>;
  readonly #quota_bytes: number;
  readonly #onDamage: (damage: Damage) => void;
  readonly #ground: Ground;
  readonly #served: Served;
  readonly #writer: Writer;
  readonly #pool = new SlabPool({ most_count: limits.store.slabs_count, largest_bytes: limits.store.slab_bytes });
  #walk: Walk;
  #closing: Promise<void> | undefined;

  constructor(path: string, options: EngineOptions, open: OpenEnvironment) {
    this.path = path;
    this.#clock = options.clock ?? systemClock;
    this.#quota_bytes = options.quotaBytes ?? limits.store.quota_bytes;
    this.#onDamage = options.onDamage ?? ((): void => {});
    const map_bytes = Math.max(limits.store.map_bytes, this.#quota_bytes * 2);
    this.#ground = new Ground(path, open, { readOnly: options.readOnly ?? false, map_bytes });
    this.#served = new Served(this.#ground, this.#onDamage);
    const writing = { ground: this.#ground, pool: this.#pool, quota_bytes: this.#quota_bytes, clock: this.#clock };
    this.#writer = new Writer(writing, (draft) => {
      for (const { key } of draft.touched) this.#served.healed(key);
    });
    this.#walk = this.#beginWalk();
    this.#ground.onUnreadable = (key, table) => {
      this.#served.noteUnreadable(key, table);
    };
    this.#ground.beforeReplace = () => this.#walk.stop();
    this.#ground.afterReplace = () => {
      if (this.#closing === undefined) this.#walk = this.#beginWalk();
    };
  }

  #beginWalk(): Walk {
    const walk = new Walk(this.#ground, this.#clock, this.#onDamage);
    void walk.done.then(() => {
      this.#writer.nudge();
    });
    return walk;
  }

  // --- reading ---

  get(key: string): StoredRecord | undefined {
    return this.#read(() => this.#served.get(key));
  }

  version(key: string): number {
    return this.#read(() => {
      const { isThere, version } = this.#ground.head(key);
      this.#served.tell();
      return isThere ? version : 0;
    });
  }

  history(key: string): readonly VersionInfo[] {
    return this.#read(() => this.#served.history(key));
  }

  at(key: string, version: number): StoredRecord | undefined {
    return this.#read(() => this.#served.at(key, version));
  }

  *keys(prefix: string, after?: string): Iterable<string> {
    let last = after !== undefined && after >= prefix ? after : undefined;
    for (;;) {
      const from = last ?? (prefix === '' ? undefined : prefix);
      const isAfter = last !== undefined;
      const keys = this.#read(() => this.#ground.environment.current.keys(from, isAfter, keysAtOnce_count));
      for (const key of keys) {
        if (!key.startsWith(prefix)) return;
        yield key;
      }
      last = keys.at(-1);
      if (keys.length < keysAtOnce_count) return;
    }
  }

  count(prefix: string): number {
    return this.#read(() => this.#ground.environment.current.count(prefix, following(prefix)));
  }

  *scan(prefix: string): Iterable<ScannedRecord> {
    this.#read(() => {});
    try {
      yield* scan(this.#ground, this.#served, prefix);
    } catch (error) {
      throw this.#ground.readFailure(error);
    }
  }

  #read<Result>(read: () => Result): Result {
    if (this.#closing !== undefined) throw new ShuttingDownError();
    try {
      return read();
    } catch (error) {
      throw this.#ground.readFailure(error);
    }
  }

  // --- writing ---

  pack(value: unknown, subject: string): Packed {
    return { bytes: packValue(value, subject) };
  }

  async commit(writes: readonly StoreWrite[]): Promise<void> {
    this.#refuseWrites();
    if (this.#writer.failure !== undefined) throw this.#writer.failure;
    const draft = this.#draft();
    try {
      draft.take(writes);
    } catch (error) {
      this.#pool.giveBack(draft.slab);
      this.#served.tell();
      throw this.#ground.readFailure(error);
    }
    await this.#submit(draft);
  }

  #submit(draft: Draft, isUpkeep = false): Promise<void> {
    const landed = this.#writer.submit(draft, isUpkeep);
    this.#served.tell();
    return landed;
  }

  #refuseWrites(): void {
    if (this.#closing !== undefined) throw new ShuttingDownError();
    if (this.#ground.readOnly) throw readOnlyError(this.path);
  }

  #draft(): Draft {
    const ground = this.#ground;
    const on: DraftGround = {
      head: (key) => ground.head(key),
      blobOf: (key, version, place) => ground.blobOf(key, version, place),
      nextNumber: () => ground.nextNumber++,
      at: this.#clock.wall(),
    };
    return new Draft(this.#pool.take(), on);
  }

  async reopen(): Promise<void> {
    this.#refuseWrites();
    await this.#writer.reopen();
  }

  close(): Promise<void> {
    this.#closing ??= this.#close();
    return this.#closing;
  }

  async #close(): Promise<void> {
    await this.#writer.reopened();
    await this.#walk.stop();
    await this.#writer.close();
    await this.#ground.close();
  }

  // --- looking after it ---

  stats(): StoreStats {
    return this.#read(() => {
      const { environment, counts, ringed } = this.#ground;
      const keys = environment.current.size();
      return {
        keys,
        versions: Math.max(keys, counts.sum + keys - ringed),
        journalRecords: environment.journal.size(),
        blobs: environment.blobs.size() / 2,
        file_bytes: environment.file_bytes(),
        used_bytes: this.#writer.used_bytes,
        quota_bytes: this.#quota_bytes,
      };
    });
  }

  async settled(): Promise<void> {
    await this.#walk.done;
    await this.#writer.settle();
  }

  verify(onProgress: (progress: VerifyProgress) => void = (): void => {}): Promise<VerifyReport> {
    this.#read(() => {});
    return new Verification(this.#ground, this.#clock, this.#onDamage, onProgress).run();
  }

  async prune(order: PruneOrder): Promise<PruneReport> {
    checkPrune(order);
    this.#refuseWrites();
    const before_bytes = this.#writer.used_bytes;
    const done = await prune(
      {
        ground: this.#ground,
        clock: this.#clock,
        wall: () => this.#clock.wall(),
        draft: () => this.#draft(),
        commit: (draft) => this.#submit(draft, true),
        idle: () => this.#writer.idle(),
      },
      order,
    );
    await this.settled();
    return { ...done, freed_bytes: Math.max(0, before_bytes - this.#writer.used_bytes) };
  }

  backup(folder: string): Promise<void> {
    return this.#copy(folder, false);
  }

  compactTo(folder: string): Promise<void> {
    return this.#copy(folder, true);
  }

  async #copy(folder: string, isCompact: boolean): Promise<void> {
    this.#read(() => {});
    if (await exists(join(folder, 'data.mdb')))
      throw new InvalidOptionError('folder', folder, 'a folder without a store in it');
    try {
      await mkdir(folder, { recursive: true });
      await this.#ground.copyTo(folder, isCompact);
    } catch (error) {
      throw storeFailure(folder, error);
    }
  }
}

async function exists(path: string): Promise<boolean> {
  try {
    await stat(path);
    return true;
  } catch {
    return false;
  }
}

/**
 * Opens a store on an environment.
 *
 * @throws STORE_FULL or STORE_UNAVAILABLE when the environment can't be opened there.
 */
export async function openEngine(
  path: string,
  options: EngineOptions,
  environment: OpenEnvironment,
): Promise<StoreAdmin> {
  try {
    return new LmdbStore(path, options, environment);
  } catch (error) {
    throw storeFailure(path, error);
  }
}
