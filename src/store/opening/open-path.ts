// What stands at a store's path, decided before anything is changed: a store, room for a new one, or something that
// is neither. A data file that is gone or empty looks new to LMDB; the marker beside it says that it is not.

import { mkdir, readdir, stat } from 'node:fs/promises';
import { dirname, join } from 'node:path';
import { StoreCorruptError, StoreUnavailableError } from '../../base/errors.ts';
import { dataFolders, syncFolder } from './disk.ts';
import { type Marker, markerName, readMarker } from './marker.ts';

/** The name of LMDB's file in a folder of data. */
export const dataName = 'data.mdb';

/** Makes the store's folder where there is none yet. */
export async function readyFolder(folder: string): Promise<void> {
  if (await isFolder(folder)) return;
  const parent = dirname(folder);
  if (!(await isFolder(parent)))
    throw new StoreUnavailableError(
      folder,
      `its parent folder '${parent}' does not exist: make it, or give another path`,
    );
  await mkdir(folder);
  await syncFolder(parent);
}

async function isFolder(path: string): Promise<boolean> {
  const found = await statOf(path);
  if (found === undefined) return false;
  if (!found.isDirectory())
    throw new StoreUnavailableError(path, 'there is a file at this path, and a store is a folder: give another path');
  return true;
}

async function statOf(path: string): Promise<{ isDirectory(): boolean; readonly size: number } | undefined> {
  try {
    return await stat(path);
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code === 'ENOENT') return undefined;
    throw error;
  }
}

/**
 * Refuses a folder without a marker that holds data all the same.
 *
 * @throws STORE_CORRUPT for a store whose marker is gone, STORE_UNAVAILABLE for somebody else's data.
 */
export async function refuseUnmarked(folder: string): Promise<void> {
  if (((await statOf(join(folder, dataName)))?.size ?? 0) > 0)
    throw new StoreUnavailableError(
      folder,
      `there is a ${dataName} without a ${markerName} beside it, so it is not a Troupe store: give another path`,
    );
  for (const name of await dataFolders(folder))
    if (((await statOf(join(folder, name, dataName)))?.size ?? 0) > 0)
      throw new StoreCorruptError(folder, `${name} holds data, but ${markerName} is missing`);
}

/**
 * The marker of a store that must be there.
 *
 * @throws STORE_UNAVAILABLE when there is none, or none that has ever been opened to its end.
 */
export async function existingStore(folder: string): Promise<Marker> {
  if (!(await isFolder(folder))) throw new StoreUnavailableError(folder, 'there is nothing at this path');
  const marker = await readMarker(folder);
  if (marker === undefined) {
    await refuseUnmarked(folder);
    throw new StoreUnavailableError(folder, `there is no ${markerName} in this folder, so it is not a Troupe store`);
  }
  if (marker.state !== 'creating') return marker;
  throw new StoreUnavailableError(folder, 'it is just being made, or making it was cut short; there is nothing in it');
}

/**
 * The data file that a marker names.
 *
 * @throws STORE_CORRUPT when it is missing or empty: opened, it would look like a new store.
 */
export async function existingData(folder: string, { data }: Marker): Promise<string> {
  const file = join(folder, data, dataName);
  const found = await statOf(file);
  if (found === undefined || found.isDirectory())
    throw new StoreCorruptError(folder, `${markerName} says that its data is in ${data}/${dataName}, which is missing`);
  if (found.size === 0)
    throw new StoreCorruptError(folder, `${data}/${dataName} is empty, and ${markerName} says that it was not`);
  return file;
}

/** Whether a folder is absent or has nothing in it. */
export async function isVacant(folder: string): Promise<boolean> {
  return !(await isFolder(folder)) || (await readdir(folder)).length === 0;
}
