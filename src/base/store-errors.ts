// What can go wrong with a store: somebody else has it, it is full, damaged, out of reach or from a newer Troupe, or a
// version is not the one expected. Each says what to do; nothing on disk has been changed when one is raised.

import { type CauseOption, describeError, TroupeError } from './troupe-error.ts';

/** Another process has the store open. */
export class StoreLockedError extends TroupeError<'STORE_LOCKED', { path: string; pid: number | undefined }> {
  constructor(path: string, pid: number | undefined, options?: CauseOption) {
    const who = pid === undefined ? 'another process' : `process ${pid}`;
    super(
      'STORE_LOCKED',
      `The store at '${path}' is in use by ${who}; stop that one first, or give this one a store of its own.`,
      { path, pid },
      options,
    );
  }
}

/** There is no room for a write: the disk or the store's quota is used up. */
export class StoreFullError extends TroupeError<'STORE_FULL', { path: string; problem: string }> {
  constructor(path: string, problem: string, options?: CauseOption) {
    super(
      'STORE_FULL',
      `The store at '${path}' has no room: ${problem}; free space, prune old versions or raise the quota. Nothing that was acknowledged is lost, and writes resume by themselves.`,
      { path, problem },
      options,
    );
  }
}

/** What is in the store, or in its place, is damaged. */
export class StoreCorruptError extends TroupeError<'STORE_CORRUPT', { path: string; problem: string }> {
  constructor(path: string, problem: string, options?: CauseOption) {
    super(
      'STORE_CORRUPT',
      `The store at '${path}' is damaged: ${problem}; keep the folder as it is, and restore a backup or run 'troupe store verify' on a copy.`,
      { path, problem },
      options,
    );
  }
}

/** The store can't be read or written now: no permission, no such device, an error of the disk. */
export class StoreUnavailableError extends TroupeError<'STORE_UNAVAILABLE', { path: string; problem: string }> {
  constructor(path: string, problem: string, options?: CauseOption) {
    const why = options?.cause === undefined ? '' : ` (${describeError(options.cause)})`;
    super(
      'STORE_UNAVAILABLE',
      `The store at '${path}' can't be used: ${problem}${why}; mend that and try again.`,
      { path, problem },
      options,
    );
  }
}

/** The store was written by another version of Troupe than this one can read. */
export class StoreVersionError extends TroupeError<
  'STORE_VERSION',
  { path: string; found: number; supported: number }
> {
  constructor(path: string, found: number, supported: number) {
    super(
      'STORE_VERSION',
      `The store at '${path}' has format ${found}, this Troupe reads format ${supported}; open it with the Troupe that wrote it.`,
      { path, found, supported },
    );
  }
}

/** A write expected another version than the one that is there. */
export class VersionConflictError extends TroupeError<
  'VERSION_CONFLICT',
  { key: string; expected: number; actual: number }
> {
  constructor(key: string, expected: number, actual: number) {
    super('VERSION_CONFLICT', `'${key}' is at version ${actual}, not at ${expected}; read it again and decide anew.`, {
      key,
      expected,
      actual,
    });
  }
}
