// What the store does with the disk beside its data: files that are there whole or not at all, folders made durable,
// room that is left, and the remains of work that was cut short. LMDB looks after its own file alone.

import { existsSync } from 'node:fs';
import { link, mkdtemp, open, readdir, rename, rm, statfs, writeFile } from 'node:fs/promises';
import { dirname, join } from 'node:path';
import { StoreFullError, StoreUnavailableError, TroupeError } from '../../base/errors.ts';

/** Makes what a folder lists durable: a rename in it is one only then. */
export async function syncFolder(folder: string): Promise<void> {
  if (process.platform === 'win32') return; // folders can't be opened there; NTFS keeps a journal of its names
  const handle = await open(folder, 'r');
  try {
    await handle.sync();
  } finally {
    await handle.close();
  }
}

/** Makes what a file holds durable. */
export async function syncFile(path: string): Promise<void> {
  const handle = await open(path, 'r+');
  try {
    await handle.sync();
  } finally {
    await handle.close();
  }
}

/** Writes a file so that after any crash the old text or the new is there, whole. */
export async function replaceFile(path: string, text: string): Promise<void> {
  const draft = `${path}.tmp`;
  try {
    const handle = await open(draft, 'w');
    try {
      await handle.writeFile(text);
      await handle.sync();
    } finally {
      await handle.close();
    }
    await rename(draft, path);
  } catch (error) {
    await rm(draft, { force: true }).catch(() => {}); // what went wrong is told, and the next open tidies up
    throw error;
  }
  await syncFolder(dirname(path));
}

const readers_bytes = 12_288;

/**
 * Takes the room of LMDB's table of readers before LMDB does. LMDB maps that file without having written it, so that
 * on a full disk its first touch would end the process with SIGBUS; writing it fails in words.
 */
export async function reserveReaders(data: string): Promise<void> {
  const path = join(data, 'lock.mdb');
  if (existsSync(path)) return;
  const drafts = await mkdtemp(join(dirname(data), 'troupe-draft-'));
  try {
    const draft = join(drafts, 'lock.mdb');
    await writeFile(draft, Buffer.alloc(readers_bytes));
    await link(draft, path).catch((error: unknown) => {
      if ((error as NodeJS.ErrnoException).code !== 'EEXIST') throw error; // another reader was faster
    });
  } finally {
    await rm(drafts, { recursive: true, force: true });
  }
}

const new_bytes = 262_144;

/**
 * Makes sure that there is room for a new store, by taking it and giving it back: where LMDB can't write the first
 * pages of a file, it ends the process with SIGSEGV.
 */
export async function checkRoom(folder: string): Promise<void> {
  const drafts = await mkdtemp(join(folder, 'troupe-draft-'));
  try {
    await writeFile(join(drafts, 'room'), Buffer.alloc(new_bytes), { flush: true });
  } finally {
    await rm(drafts, { recursive: true, force: true });
  }
}

/** Room left on the disk for this process, in bytes. */
export async function freeBytes(folder: string): Promise<number> {
  const { bavail, bsize } = await statfs(folder);
  return bavail * bsize;
}

const ours = /^(?:troupe\.json\.tmp|data-\d+\.tmp|troupe-draft-\w+)$/;
const dataFolder = /^data-\d+$/;

/** Folders of data in a store's folder, whoever points to them. */
export async function dataFolders(folder: string): Promise<readonly string[]> {
  return (await readdir(folder)).filter((name) => dataFolder.test(name));
}

/**
 * Removes what runs that were cut short have left: drafts, copies that were never finished, data that a finished
 * compaction has replaced. Only under the store's lock.
 *
 * @param current - The folder of data that the marker names.
 * @returns the names of what was removed.
 */
export async function removeRemains(folder: string, current: string): Promise<readonly string[]> {
  const remains = (await readdir(folder)).filter(
    (name) => ours.test(name) || (dataFolder.test(name) && name !== current),
  );
  for (const name of remains) await rm(join(folder, name), { recursive: true, force: true });
  return remains;
}

/** An error of the system with the words for it, where it is one that people can mend. */
const words: Readonly<Record<string, string>> = {
  EACCES: 'this user may not read and write there',
  EPERM: 'this user may not read and write there, or the file system has no hard links',
  EROFS: 'the file system is read-only',
  ENOENT: 'something that belongs there is missing',
  ENOTDIR: 'a part of the path is a file',
  EMFILE: 'this process has too many files open (raise `ulimit -n`)',
  ENFILE: 'the machine has too many files open',
  EIO: 'the disk reports an error',
  ELOOP: 'the path is a ring of symbolic links',
  ENAMETOOLONG: 'the path is too long',
};

const fullWords: Readonly<Record<string, string>> = {
  ENOSPC: 'the disk is full',
  EDQUOT: 'the quota of this user is used up',
};

/** What the system has against a path, as an error of ours; anything else is returned as it is. */
export function asUnavailable(path: string, error: unknown): unknown {
  if (error instanceof TroupeError) return error;
  const { code = '' } = (error ?? {}) as NodeJS.ErrnoException;
  if (code in fullWords) return new StoreFullError(path, fullWords[code] ?? code, { cause: error });
  return code in words ? new StoreUnavailableError(path, words[code] ?? code, { cause: error }) : error;
}
