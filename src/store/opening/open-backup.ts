// Copies a store while it is in use, into a folder that is a store again: the copy gets its marker last, so that one
// that was cut short is never taken for a backup.

import { join, relative, resolve } from 'node:path';
import { type Clock, systemClock } from '../../base/clock.ts';
import { InvalidOptionError } from '../../base/errors.ts';
import { asUnavailable, syncFile, syncFolder } from './disk.ts';
import { fingerprintOf } from './marker-fingerprint.ts';
import { storeFormat, writeMarker } from './marker.ts';
import type { OpenedStore } from './open.ts';
import { dataName, isVacant, readyFolder } from './open-path.ts';

/** What a backup has written. */
export interface BackupReport {
  readonly path: string;
  readonly bytes: number;
}

/**
 * Makes a backup of an open store, also of one that another process is writing to. It holds every commit that had
 * landed when it began.
 *
 * @param target - A folder that is empty or absent; the folder above must exist.
 * @throws INVALID_OPTION for a folder that has something in it, or that lies within the store.
 */
export async function backupStore(
  { store, report }: OpenedStore,
  target: string,
  clock: Pick<Clock, 'wall'> = systemClock,
): Promise<BackupReport> {
  const folder = resolve(target);
  const way = relative(report.path, folder);
  if (way === '' || !(way.startsWith('..') || resolve(way) === way))
    throw new InvalidOptionError('target', target, 'a folder outside the store');
  try {
    if (!(await isVacant(folder))) throw new InvalidOptionError('target', target, 'a folder that is empty or absent');
    await readyFolder(folder);
    const data = join(folder, 'data-1');
    await store.backup(data);
    await syncFile(join(data, dataName));
    await syncFolder(data);
    await syncFolder(folder);
    const closed = await fingerprintOf(join(data, dataName));
    const { generation } = report;
    await writeMarker(folder, {
      format: storeFormat,
      created: clock.wall(),
      generation,
      data: 'data-1',
      state: 'clean',
      closed,
    });
    return { path: folder, bytes: closed.bytes };
  } catch (error) {
    throw asUnavailable(folder, error);
  }
}
