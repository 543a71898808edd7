// Makes a store as small as what is in it: copies the data without its free pages into a folder beside the old one,
// checks every record of the copy, and then lets the marker point to it. That one replacement of the marker is the
// whole change: killed before it, the store is the old one; after it, the new one; what is left over goes at the
// next open.

import { rename, rm, stat } from 'node:fs/promises';
import { join, resolve } from 'node:path';
import { StoreCorruptError } from '../../base/errors.ts';
import { asUnavailable, removeRemains, syncFile, syncFolder } from './disk.ts';
import { type StoreLock, takeLock } from './lock.ts';
import { fingerprintOf } from './marker-fingerprint.ts';
import { type Marker, writeMarker } from './marker.ts';
import { openData, type OpenStoreOptions, probedIfNeeded } from './open.ts';
import { dataName, existingData, existingStore } from './open-path.ts';

/** What a compaction has done. */
export interface CompactReport {
  readonly before_bytes: number;
  readonly after_bytes: number;
}

/** Where a compaction has got to: after each of these it may be killed. */
export const compactSteps = ['locked', 'copied', 'checked', 'synced', 'placed', 'switched', 'removed'] as const;

export type CompactStep = (typeof compactSteps)[number];

/**
 * Compacts a store that nobody has open for writing. It needs as much room on the disk as the result takes.
 *
 * @param onStep - Told after each step.
 * @throws STORE_LOCKED while a process has it open, STORE_CORRUPT when a record is damaged; nothing has changed then.
 */
export async function compactStore(
  path: string,
  options: Omit<OpenStoreOptions, 'readOnly'> = {},
  onStep: (step: CompactStep) => void = () => {},
): Promise<CompactReport> {
  const folder = resolve(path);
  try {
    await existingStore(folder);
    const lock = await takeLock(folder);
    return await compactLocked(folder, lock, options, onStep);
  } catch (error) {
    throw asUnavailable(folder, error);
  }
}

async function compactLocked(
  folder: string,
  lock: StoreLock,
  options: OpenStoreOptions,
  onStep: (step: CompactStep) => void,
): Promise<CompactReport> {
  try {
    onStep('locked');
    const marker = await existingStore(folder);
    await probedIfNeeded(folder, marker, options);
    await removeRemains(folder, marker.data);
    const before_bytes = (await stat(await existingData(folder, marker))).size;
    const data = `data-${Number(marker.data.slice('data-'.length)) + 1}`;
    const draft = join(folder, `${data}.tmp`);
    await copied(folder, marker, draft, options);
    onStep('copied');
    await checked(folder, draft, options);
    onStep('checked');
    await syncFile(join(draft, dataName));
    await syncFolder(draft);
    onStep('synced');
    await rename(draft, join(folder, data));
    await syncFolder(folder);
    onStep('placed');
    const closed = await fingerprintOf(join(folder, data, dataName));
    // A store whose process died stays one until a runtime has recovered it.
    await writeMarker(folder, { ...marker, data, ...(marker.state === 'clean' ? { closed } : {}) });
    onStep('switched');
    await removeRemains(folder, data);
    onStep('removed');
    return { before_bytes, after_bytes: closed.bytes };
  } finally {
    await lock.release();
  }
}

async function copied(folder: string, marker: Marker, draft: string, options: OpenStoreOptions): Promise<void> {
  const store = await openData(join(folder, marker.data), { ...options, readOnly: true });
  try {
    await store.compactTo(draft);
  } finally {
    await store.close();
  }
}

/** Reads every record of the copy; a damaged one would have its older versions, which can mend it, left behind. */
async function checked(folder: string, draft: string, options: OpenStoreOptions): Promise<void> {
  const copy = await openData(draft, { ...options, readOnly: true });
  let damaged: number;
  try {
    ({ damaged } = await copy.verify());
  } finally {
    await copy.close();
  }
  await rm(join(draft, 'lock.mdb'), { force: true });
  if (damaged === 0) return;
  await rm(draft, { recursive: true, force: true });
  throw new StoreCorruptError(folder, `${damaged} ${damaged === 1 ? 'record is' : 'records are'} damaged`);
}
