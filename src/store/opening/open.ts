// Opens a store on disk so that nothing can go wrong quietly: one process writes it, its format is ours, its data is
// where its marker says, and whatever was not closed in order is read by a child process before LMDB may touch it
// here. Nothing on disk is changed before all of that holds.

import { mkdir } from 'node:fs/promises';
import { join, resolve } from 'node:path';
import { type Clock, systemClock } from '../../base/clock.ts';
import { limits } from '../../base/limits.ts';
import type { StoreAdmin } from '../admin.ts';
import { asUnavailable, checkRoom, freeBytes, removeRemains, reserveReaders, syncFolder } from './disk.ts';
import { type DiskWatch, type StoreWarning, watchDisk } from './disk-watch.ts';
import type { LmdbOptions } from '../lmdb/lmdb.ts';
import { lockHolder, type StoreLock, takeLock } from './lock.ts';
import { fingerprintOf, looksLike } from './marker-fingerprint.ts';
import { type Marker, readMarker, storeFormat, writeMarker } from './marker.ts';
import { existingData, existingStore, readyFolder, refuseUnmarked } from './open-path.ts';
import type { ProbeReport } from './probe.ts';

/** How a store is opened. */
export interface OpenStoreOptions extends Omit<LmdbOptions, 'readOnly'> {
  /** Only to look: takes no lock, changes nothing, and is safe while another process has the store open. */
  readonly readOnly?: boolean;
  /** Below this room on the disk there is a warning; default `limits.store.diskFree_bytes`. */
  readonly diskFree_bytes?: number;
  readonly onWarning?: (warning: StoreWarning) => void;
  readonly clock?: Clock;
}

/** What was found when a store was opened. */
export interface OpenReport {
  /**
   * `new`: there was none. `clean`: it was closed in order. `unclean`: the process that had it has died.
   * `in use`: opened to look, while another process has it open.
   */
  readonly state: 'new' | 'clean' | 'unclean' | 'in use';
  readonly path: string;
  readonly readOnly: boolean;
  /** How many times it has been opened for writing, this one included. */
  readonly generation: number;
  /** What the child process read; undefined where no probe was needed. */
  readonly probed: ProbeReport | undefined;
  /** The process that had the lock and died without giving it back. */
  readonly takenFrom: number | undefined;
  /** What runs that were cut short had left, and is gone now. */
  readonly removed: readonly string[];
  /** Room left on the disk. */
  readonly diskFree_bytes: number;
}

/** A store that is open. */
export interface OpenedStore {
  readonly store: StoreAdmin;
  readonly report: OpenReport;
  /** Closes it in order; what was committed before lands first. Closing it twice is no mistake. */
  readonly close: () => Promise<void>;
}

/**
 * Opens a store, or makes one where there is none.
 *
 * @param path - Its folder; the folder above must exist.
 * @throws STORE_UNAVAILABLE for a path that can't be used, STORE_LOCKED while another process has it, STORE_VERSION
 * for another format, STORE_CORRUPT for damage. Nothing on disk has been changed then.
 */
export async function openStore(path: string, options: OpenStoreOptions = {}): Promise<OpenedStore> {
  const folder = resolve(path);
  try {
    return options.readOnly === true ? await openToLook(folder, options) : await openToWrite(folder, options);
  } catch (error) {
    throw asUnavailable(folder, error);
  }
}

async function openToWrite(folder: string, options: OpenStoreOptions): Promise<OpenedStore> {
  await readyFolder(folder);
  if ((await readMarker(folder)) === undefined) await refuseUnmarked(folder); // before the lock leaves a file there
  const lock = await takeLock(folder);
  try {
    const found = await readMarker(folder);
    if (found === undefined) await refuseUnmarked(folder);
    return found === undefined || found.state === 'creating'
      ? await openNew(folder, lock, options)
      : await openKnown(folder, lock, found, options);
  } catch (error) {
    await lock.release();
    throw error;
  }
}

async function openNew(folder: string, lock: StoreLock, options: OpenStoreOptions): Promise<OpenedStore> {
  const { clock = systemClock } = options;
  const marker: Marker = {
    format: storeFormat,
    created: clock.wall(),
    generation: 0,
    data: 'data-1',
    state: 'creating',
  };
  await writeMarker(folder, marker);
  const removed = await removeRemains(folder, '');
  await checkRoom(folder);
  await mkdir(join(folder, marker.data));
  return opened(folder, lock, { state: 'new', probed: undefined, removed, marker }, options);
}

async function openKnown(
  folder: string,
  lock: StoreLock,
  marker: Marker,
  options: OpenStoreOptions,
): Promise<OpenedStore> {
  const probed = await probedIfNeeded(folder, marker, options);
  const removed = await removeRemains(folder, marker.data);
  const state = marker.state === 'clean' ? 'clean' : 'unclean';
  return opened(folder, lock, { state, probed, removed, marker }, options);
}

/** Has a child read the data, unless it looks as it did when it was closed in order. */
export async function probedIfNeeded(
  folder: string,
  marker: Marker,
  options: OpenStoreOptions,
): Promise<ProbeReport | undefined> {
  const file = await existingData(folder, marker);
  if (marker.state === 'clean' && looksLike(await fingerprintOf(file), marker.closed)) return undefined;
  const { probe } = await import('./probe.ts');
  return probe(folder, join(folder, marker.data), { readOnly: options.readOnly === true });
}

interface Known {
  readonly state: OpenReport['state'];
  readonly probed: ProbeReport | undefined;
  readonly removed: readonly string[];
  readonly marker: Marker;
}

async function opened(folder: string, lock: StoreLock, known: Known, options: OpenStoreOptions): Promise<OpenedStore> {
  const { closed: _, ...rest } = known.marker;
  const marker: Marker = { ...rest, generation: rest.generation + 1, state: 'open' };
  // A store that exists is marked before its file may change, a new one once it has a file to point to.
  if (known.state !== 'new') await writeMarker(folder, marker);
  const store = await openData(join(folder, marker.data), options);
  try {
    if (known.state === 'new') {
      await syncFolder(join(folder, marker.data));
      await syncFolder(folder);
      await writeMarker(folder, marker);
    }
    const warn = options.onWarning ?? ((): void => {});
    const least_bytes = options.diskFree_bytes ?? limits.store.diskFree_bytes;
    const watch = await watchDisk({ folder, lock, clock: options.clock ?? systemClock, least_bytes, warn });
    const closer = new Closer({ folder, store, lock, marker, watch, warn });
    const { state, probed, removed } = known;
    const { takenFrom } = lock;
    const { generation } = marker;
    const { free_bytes: diskFree_bytes } = watch;
    const report = { state, path: folder, readOnly: false, generation, probed, takenFrom, removed, diskFree_bytes };
    return { store, report, close: () => closer.close() };
  } catch (error) {
    await store.close();
    throw error;
  }
}

interface ToClose {
  readonly folder: string;
  readonly store: StoreAdmin;
  readonly lock: StoreLock;
  readonly marker: Marker;
  readonly watch: DiskWatch;
  readonly warn: (warning: StoreWarning) => void;
}

/** Ends what an open store holds, once. */
class Closer {
  readonly #parts: ToClose;
  #closing: Promise<void> | undefined;

  constructor(parts: ToClose) {
    this.#parts = parts;
  }

  close(): Promise<void> {
    this.#closing ??= this.#close();
    return this.#closing;
  }

  async #close(): Promise<void> {
    const { folder, store, lock, watch, warn } = this.#parts;
    await watch.stop();
    try {
      await store.close();
      if (await lock.beat()) await this.#mark();
    } finally {
      await lock.release().catch((error: unknown) => {
        warn({ type: 'close.unclean', path: folder, error });
      });
    }
  }

  /** What is committed is safe without the mark too: not being able to set it costs a probe at the next start. */
  async #mark(): Promise<void> {
    const { folder, marker, warn } = this.#parts;
    try {
      const closed = await fingerprintOf(await existingData(folder, marker));
      await writeMarker(folder, { ...marker, state: 'clean', closed });
    } catch (error) {
      warn({ type: 'close.unclean', path: folder, error });
    }
  }
}

async function openToLook(folder: string, options: OpenStoreOptions): Promise<OpenedStore> {
  const marker = await existingStore(folder);
  const holder = await lockHolder(folder, (options.clock ?? systemClock).wall());
  await existingData(folder, marker);
  const probed = holder === undefined ? await probedIfNeeded(folder, marker, options) : undefined;
  const store = await openData(join(folder, marker.data), options);
  const state = holder === undefined ? (marker.state === 'clean' ? 'clean' : 'unclean') : 'in use';
  const { generation } = marker;
  const found = { probed, takenFrom: undefined, removed: [], diskFree_bytes: await freeBytes(folder) };
  return {
    store,
    report: { state, path: folder, readOnly: true, generation, ...found },
    close: () => store.close(),
  };
}

/** LMDB is loaded by the first store that is opened, and by nobody who has none. */
export async function openData(data: string, options: OpenStoreOptions): Promise<StoreAdmin> {
  const { openLmdb } = await import('../lmdb/lmdb.ts');
  try {
    await reserveReaders(data);
  } catch (error) {
    if (options.readOnly !== true) throw error; // a disk that can't be written to can still be looked at
  }
  const { onWarning: _, diskFree_bytes: __, ...lmdb } = options;
  return openLmdb(data, lmdb);
}
