// LMDB, in the only file that knows it. Measured on lmdb 3.5: an asynchronous batch is one transaction of a thread of
// its own; without `overlappingSync` its promise resolves after the sync, so that what it resolves is on the disk. A
// synchronous transaction would commit a batch that is half written: there is none after opening. A commit that fails
// rejects with an error whose `commitError`, another promise, must be handled or Node ends. All that have a file open in
// a process share one environment, which is closed with the last of them; one that only reads is closed within the call.

import { statSync } from 'node:fs';
import { mkdir } from 'node:fs/promises';
import { createRequire } from 'node:module';
import { join } from 'node:path';
import type * as Lmdb from 'lmdb';
import type { Database, RootDatabase } from 'lmdb';
import type { Environment, EnvironmentOptions, Table } from './environment.ts';
import { readKey, writeKey } from './key-bytes.ts';

// One file in place of ten: a process is up a third sooner. It is what `import` would get to in a CommonJS program.
const { open } = createRequire(import.meta.url)('lmdb') as typeof Lmdb;

type Key = string | number;

const tables_count = 8;

/** Our own order of keys: by code units. */
const textKeys = {
  keyEncoder: {
    writeKey: (key: string, target: Uint8Array, start: number): number => writeKey(key, target, start),
    readKey: (source: Uint8Array, start: number, end: number): string => readKey(source, start, end),
  },
};

class LmdbTable<K extends Key> implements Table<K> {
  readonly #table: Database<Uint8Array, K> | undefined;
  readonly #first: K;

  /** @param table - Undefined when the store was opened to be read and has none such. */
  constructor(table: Database<Uint8Array, K> | undefined, first: K) {
    this.#table = table;
    this.#first = first;
  }

  get(key: K): Uint8Array | undefined {
    return this.#table?.getBinary(key);
  }

  keys(from: K | undefined, isAfter: boolean, count: number): K[] {
    const start = from ?? this.#first;
    const range = { start, limit: count, exclusiveStart: isAfter } as const;
    return this.#table === undefined ? [] : [...this.#table.getKeys(range)];
  }

  count(from: K, end: K | undefined): number {
    const start = from === '' ? this.#first : from;
    return this.#table === undefined ? 0 : this.#table.getKeysCount(end === undefined ? { start } : { start, end });
  }

  last(): K | undefined {
    return this.#table === undefined ? undefined : [...this.#table.getKeys({ reverse: true, limit: 1 })][0];
  }

  *entries(from: K = this.#first): IterableIterator<readonly [K, Uint8Array]> {
    if (this.#table === undefined) return;
    for (const { key, value } of this.#table.getRange({ start: from })) yield [key, value];
  }

  size(): number {
    return this.#table === undefined ? 0 : statOf(this.#table).entryCount;
  }

  pages(): number {
    return this.#table === undefined ? 0 : pagesOf(statOf(this.#table));
  }

  put(key: K, value: Uint8Array): void {
    settled(this.#table?.put(key, value));
  }

  remove(key: K): void {
    settled(this.#table?.remove(key));
  }
}

/** How a batch ends is told by the promise of the batch. */
function settled(promise: Promise<boolean> | undefined): void {
  promise?.catch(ignore);
}

function ignore(): void {}

interface PageCounts {
  readonly pageSize: number;
  readonly entryCount: number;
  readonly treeBranchPageCount: number;
  readonly treeLeafPageCount: number;
  readonly overflowPages: number;
}

/** The counts that `db.stat()` gives without those of the whole environment, which cost ten times as much. */
function statOf(table: Database<Uint8Array, Key>): PageCounts {
  table.resetReadTxn();
  return table.getStats() as PageCounts;
}

function pagesOf(stats: PageCounts): number {
  return stats.treeBranchPageCount + stats.treeLeafPageCount + stats.overflowPages;
}

class LmdbEnvironment implements Environment {
  readonly #root: RootDatabase<Uint8Array, Key>;
  readonly #file: string;
  readonly #readOnly: boolean;
  readonly current: LmdbTable<string>;
  readonly journal: LmdbTable<number>;
  readonly tombstones: LmdbTable<string>;
  readonly blobs: LmdbTable<string>;
  readonly meta: LmdbTable<string>;

  constructor(folder: string, { readOnly, map_bytes }: EnvironmentOptions) {
    this.#file = join(folder, 'data.mdb');
    this.#readOnly = readOnly;
    this.#root = open<Uint8Array, Key>({
      path: folder,
      noSubdir: false,
      readOnly,
      mapSize: map_bytes,
      maxDbs: tables_count,
      encoding: 'binary',
      overlappingSync: false,
      // Else each turn is a batch around ours, with a promise that nobody gets to handle.
      eventTurnBatching: false,
    });
    this.current = this.#text('current');
    this.journal = new LmdbTable(this.#open<number>('journal', {}), 0);
    this.tombstones = this.#text('tombstones');
    this.blobs = this.#text('blobs');
    this.meta = this.#text('meta');
  }

  #text(name: string): LmdbTable<string> {
    return new LmdbTable(this.#open<string>(name, textKeys), '\u0000');
  }

  #open<K extends Key>(name: string, options: object): Database<Uint8Array, K> | undefined {
    return this.#root.openDB<Uint8Array, K>(name, { encoding: 'binary', ...options });
  }

  async write(fill: () => void): Promise<void> {
    try {
      await this.#root.batch(fill);
    } catch (error) {
      throw await causeOf(error);
    }
  }

  used_bytes(): number {
    const tables = [this.current, this.journal, this.tombstones, this.blobs, this.meta];
    const stats = this.#root.getStats() as PageCounts & { readonly free: PageCounts; readonly root: PageCounts };
    const pages = tables.reduce((sum, table) => sum + table.pages(), pagesOf(stats.free) + pagesOf(stats.root));
    return pages * stats.pageSize;
  }

  file_bytes(): number {
    return statSync(this.#file).size;
  }

  async copyTo(folder: string, isCompact: boolean): Promise<void> {
    await mkdir(folder, { recursive: true });
    await this.#root.backup(folder, isCompact);
  }

  async close(): Promise<void> {
    // In this order: `close` in the turn of a commit that is not flushed stops the process for ever.
    if (!this.#readOnly) await Promise.resolve(this.#root.flushed).catch(ignore);
    await this.#root.close();
  }
}

/** What LMDB has against a commit, which comes as a promise of its own. */
async function causeOf(error: unknown): Promise<unknown> {
  const { commitError } = error as { readonly commitError?: Promise<never> };
  if (commitError === undefined) return error;
  try {
    return await commitError;
  } catch (cause) {
    return cause;
  }
}

/** Opens LMDB in a folder; the folder is made when it is absent. */
export function openLmdbEnvironment(folder: string, options: EnvironmentOptions): Environment {
  return new LmdbEnvironment(folder, options);
}
