// What the database below has against a write, in the words of the port: no room, or out of reach. LMDB gives numbers,
// the system's own or its own negative ones, in `code`; file functions of Node give names.

import { statfs } from 'node:fs/promises';
import { StoreFullError, StoreUnavailableError, TroupeError } from '../../base/errors.ts';
import { limits } from '../../base/limits.ts';

const full = new Map<unknown, string>([
  [28, 'the disk is full'],
  ['ENOSPC', 'the disk is full'],
  [122, 'the disk quota of the user is used up'],
  ['EDQUOT', 'the disk quota of the user is used up'],
  [27, 'the file may not grow further'],
  ['EFBIG', 'the file may not grow further'],
  [-30_792, 'the memory map is used up'],
]);

const unavailable = new Map<unknown, string>([
  [5, 'the disk answers with an error'],
  ['EIO', 'the disk answers with an error'],
  [24, 'the process has too many files open'],
  ['EMFILE', 'the process has too many files open'],
  ['ENFILE', 'the system has too many files open'],
  [30, 'the file system is read-only'],
  ['EROFS', 'the file system is read-only'],
  [13, 'there is no permission to write it'],
  ['EACCES', 'there is no permission to write it'],
  ['EPERM', 'there is no permission to write it'],
]);

/** The typed error for whatever a write has failed with. */
export function storeFailure(path: string, error: unknown): TroupeError {
  if (error instanceof TroupeError) return error;
  const code: unknown = typeof error === 'object' && error !== null ? Reflect.get(error, 'code') : undefined;
  const problem = full.get(code);
  if (problem !== undefined) return new StoreFullError(path, problem, { cause: error });
  return new StoreUnavailableError(path, unavailable.get(code) ?? 'a write has failed', { cause: error });
}

const shortWrite = 5;

/**
 * The typed error for a commit that has failed. LMDB calls a write that the disk has taken only a part of an error of
 * the disk: with so little room left, it is a full one.
 */
export async function writeFailure(path: string, error: unknown): Promise<TroupeError> {
  const code: unknown = typeof error === 'object' && error !== null ? Reflect.get(error, 'code') : undefined;
  if (code === shortWrite && (await freeBytes(path)) < limits.store.batch_bytes)
    return new StoreFullError(path, 'the disk is full', { cause: error });
  return storeFailure(path, error);
}

async function freeBytes(path: string): Promise<number> {
  try {
    const { bavail, bsize } = await statfs(path);
    return bavail * bsize;
  } catch {
    return Infinity; // who can't say how much is left has another problem than a full disk
  }
}
