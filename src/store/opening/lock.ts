// One process writes a store. The lock is a file with a number, `troupe-7.lock`; the owner of the highest number has
// the store. To take it, a process links a file it has already written to the next number, which only one can; the
// highest is never removed, only marked as free, so a slow process can't take a number that has been passed. The
// file names its process, so that a dead one's lock is free at once; where the process is out of sight (another
// container), the time of its last sign decides.

import { link, mkdtemp, open, readdir, readFile, rm, stat, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { StoreLockedError, StoreUnavailableError } from '../../base/errors.ts';
import { limits } from '../../base/limits.ts';
import { type LockOwner, presenceOf, thisProcess } from './lock-owner.ts';

/** A lock that this process holds. */
export interface StoreLock {
  /** The process that had it and died without giving it back; undefined when it was free. */
  readonly takenFrom: number | undefined;
  /** Gives a sign of life. @returns whether the lock is still ours. */
  beat(): Promise<boolean>;
  /** Gives it back. */
  release(): Promise<void>;
}

interface LockFile {
  readonly number: number;
  readonly path: string;
  /** What it says; undefined where that can't be read. */
  readonly owner: (LockOwner & { readonly free?: boolean }) | undefined;
  /** Time of the last sign, by the clock of the file system. */
  readonly at: number;
}

const name = /^troupe-(\d+)\.lock$/;
const tries_count = 100;

/**
 * Takes the lock of a store.
 *
 * @throws STORE_LOCKED with the process that has it.
 */
export async function takeLock(folder: string): Promise<StoreLock> {
  const owner = await thisProcess();
  for (let attempt = 0; attempt < tries_count; attempt++) {
    const drafts = await mkdtemp(join(folder, 'troupe-draft-'));
    try {
      const lock = await tryLock(folder, owner, join(drafts, 'lock'));
      if (lock !== undefined) return lock;
    } finally {
      await rm(drafts, { recursive: true, force: true });
    }
  }
  throw new StoreUnavailableError(folder, 'other processes keep taking its lock');
}

async function tryLock(folder: string, owner: LockOwner, draft: string): Promise<StoreLock | undefined> {
  if (!(await drafted(draft, owner))) return undefined;
  const last = await highest(folder);
  const holder = last === undefined ? undefined : await holderOf(last, owner, await changedAt(draft));
  if (holder !== undefined) throw new StoreLockedError(folder, holder.pid);
  const number = (last?.number ?? 0) + 1;
  if (!(await claimed(folder, number, draft))) return undefined;
  const takenFrom = last === undefined || last.owner?.free === true ? undefined : last.owner?.pid;
  return heldLock(folder, number, owner, takenFrom);
}

/** Writes the draft. @returns false where its folder has just been tidied away by whoever has the lock. */
async function drafted(draft: string, owner: LockOwner): Promise<boolean> {
  try {
    await writeFile(draft, textOf(owner, false));
    return true;
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code === 'ENOENT') return false;
    throw error;
  }
}

/** The process that has a store open for writing now; undefined when none has. */
export async function lockHolder(
  folder: string,
  wall: number,
): Promise<{ readonly pid: number | undefined } | undefined> {
  const last = await highest(folder);
  return last === undefined ? undefined : holderOf(last, await thisProcess(), wall);
}

async function holderOf(
  { owner, at }: LockFile,
  self: LockOwner,
  now: number,
): Promise<{ readonly pid: number | undefined } | undefined> {
  if (owner?.free === true) return undefined;
  const age_ms = now - at;
  const presence = owner === undefined ? 'unknown' : await presenceOf(owner, self, age_ms);
  const isHeld = presence === 'unknown' ? age_ms < limits.store.lockSign_ms : presence === 'alive';
  return isHeld ? { pid: owner?.pid } : undefined;
}

/** The file system's own clock, which is the one that signs of life are measured by. */
async function changedAt(draft: string): Promise<number> {
  try {
    return (await stat(draft)).mtimeMs;
  } catch {
    return 0; // tidied away: taken for the past, so that nobody's lock looks old
  }
}

/** Links the draft to a number. @returns whether that number is ours and the highest. */
async function claimed(folder: string, number: number, draft: string): Promise<boolean> {
  const path = pathOf(folder, number);
  try {
    await link(draft, path);
  } catch (error) {
    const { code } = error as NodeJS.ErrnoException;
    if (code === 'EEXIST' || code === 'ENOENT') return false; // somebody was faster, or has tidied our draft away
    throw error;
  }
  const numbers = await numbersIn(folder);
  if (Math.max(...numbers) !== number) {
    await rm(path, { force: true });
    return false;
  }
  for (const passed of numbers) if (passed < number) await rm(pathOf(folder, passed), { force: true });
  return true;
}

function heldLock(folder: string, number: number, owner: LockOwner, takenFrom: number | undefined): StoreLock {
  const path = pathOf(folder, number);
  return {
    takenFrom,
    beat: () => overwritten(path, textOf(owner, false)),
    release: async () => {
      await overwritten(path, textOf(owner, true));
    },
  };
}

/** What a lock says: as long when it is free as when it is held, so that giving it back needs no room on the disk. */
function textOf(owner: LockOwner, free: boolean): string {
  return `${JSON.stringify(owner).slice(0, -1)},"free":${free ? 'true ' : 'false'}}\n`;
}

/** Writes over a lock in place, so that it is never seen empty. @returns whether it was still there. */
async function overwritten(path: string, text: string): Promise<boolean> {
  try {
    const handle = await open(path, 'r+');
    try {
      await handle.write(text, 0);
    } finally {
      await handle.close();
    }
    return true;
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code === 'ENOENT') return false;
    throw error;
  }
}

function pathOf(folder: string, number: number): string {
  return join(folder, `troupe-${number}.lock`);
}

async function numbersIn(folder: string): Promise<readonly number[]> {
  return (await readdir(folder)).flatMap((file) => {
    const found = name.exec(file)?.[1];
    return found === undefined ? [] : [Number(found)];
  });
}

async function highest(folder: string): Promise<LockFile | undefined> {
  for (let attempt = 0; attempt < tries_count; attempt++) {
    const numbers = await numbersIn(folder);
    if (numbers.length === 0) return undefined;
    const number = Math.max(...numbers);
    const path = pathOf(folder, number);
    try {
      const [text, { mtimeMs }] = await Promise.all([readFile(path, 'utf8'), stat(path)]);
      return { number, path, owner: ownerIn(text), at: mtimeMs };
    } catch (error) {
      if ((error as NodeJS.ErrnoException).code !== 'ENOENT') throw error; // passed meanwhile: look again
    }
  }
  throw new StoreUnavailableError(folder, 'other processes keep taking its lock');
}

function ownerIn(text: string): LockFile['owner'] {
  try {
    const value = JSON.parse(text) as Partial<LockOwner>;
    return typeof value.pid === 'number' && typeof value.host === 'string' ? (value as LockOwner) : undefined;
  } catch {
    return undefined;
  }
}
