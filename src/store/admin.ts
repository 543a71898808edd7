// What a store on disk can do besides keeping records: say how large it is, check every record, forget history, and
// copy itself while it is in use. All of it runs in small portions, so that nobody who uses the store waits for it.

import type { Damage, Store } from './port.ts';

/** How large a store is. */
export interface StoreStats {
  /** Keys that have a current record; deleted ones are not counted. */
  readonly keys: number;
  /** Versions that can be read, the current ones included. */
  readonly versions: number;
  /** Commits of which at least one older or current version is kept. */
  readonly journalRecords: number;
  /** Large values, each stored once. */
  readonly blobs: number;
  /** Size of the data file. */
  readonly file_bytes: number;
  /** What of it is in use; the quota counts this. */
  readonly used_bytes: number;
  readonly quota_bytes: number;
}

/** How far a check has come. */
export interface VerifyProgress {
  /** Records looked at so far, of every kind. */
  readonly checked: number;
  /** Records there are, as of the beginning. */
  readonly total: number;
}

/** What a check has found. */
export interface VerifyReport {
  readonly checked: number;
  /** How many damaged records there are; 0 is a whole store. */
  readonly damaged: number;
  /** The first of them, at most `limits.store.damageListed_count`. */
  readonly damage: readonly Damage[];
}

/** What of the history is to go: at least one of `versions` and `olderThanMs`. The current version always stays. */
export interface PruneOrder {
  /** Versions that stay of each key, the current one included; at least 1. */
  readonly versions?: number;
  /** Versions that have been replaced and are older than this go. */
  readonly olderThanMs?: number;
  /** Only keys that begin with this; default all. */
  readonly prefix?: string;
}

/** What a prune has done. */
export interface PruneReport {
  /** Keys looked at. */
  readonly keys: number;
  /** Versions that can be read no more. */
  readonly versions: number;
  /** What is in use less than before; 0 where other writes took more. */
  readonly freed_bytes: number;
}

/** A store on disk. */
export interface StoreAdmin extends Store {
  /** The folder it is in. */
  readonly path: string;
  stats(): StoreStats;
  /** Resolves when what was called has landed and the store has nothing left to put in order. */
  settled(): Promise<void>;
  /** Checks every record, in portions of a few milliseconds. What it finds goes to `onDamage` as well. */
  verify(onProgress?: (progress: VerifyProgress) => void): Promise<VerifyReport>;
  /**
   * Forgets history, in portions of a few milliseconds each of which is a commit of its own. Allowed over quota.
   *
   * @throws INVALID_OPTION for an order that names neither versions nor an age.
   */
  prune(order: PruneOrder): Promise<PruneReport>;
  /**
   * A consistent copy, made while the store is in use.
   *
   * @param folder - Made when it is absent.
   * @throws INVALID_OPTION when a store is in it already; nothing is changed then.
   */
  backup(folder: string): Promise<void>;
  /** The same without the free pages: smaller, and slower to make. */
  compactTo(folder: string): Promise<void>;
}
