// What is checked of the arguments of shared state before anything is read or written: keys, versions and options.
// Keys are kept apart from everything else in a store by their prefix.

import { InvalidOptionError } from '../../base/errors.ts';
import { limits } from '../../base/limits.ts';

/** What the keys of shared state begin with in the store. */
export const statePrefix = 'state/';

const longest_chars = limits.state.keyLength_chars;
// Half a surrogate pair has no UTF-8 of its own: two such keys would become one.
const unfit = /[\p{Cc}\p{Surrogate}]/u;

/**
 * The key in the store of a key of shared state.
 *
 * @throws INVALID_OPTION when it is no text, empty, too long, or holds control characters or halves of characters.
 */
export function storedKey(key: string): string {
  if (typeof key !== 'string' || key === '' || key.length > longest_chars || unfit.test(key)) {
    throw new InvalidOptionError(
      'key',
      key,
      `a text of 1 to ${longest_chars} characters, none of them a control character`,
    );
  }
  return statePrefix + key;
}

/** @throws INVALID_OPTION when it is no version that a record can have. */
export function checkVersion(version: number): void {
  if (!Number.isSafeInteger(version) || version < 1) {
    throw new InvalidOptionError('version', version, 'a whole number from 1');
  }
}

/** @throws INVALID_OPTION when it is nothing that a key can be expected at. */
export function checkExpected(expected: number | undefined): void {
  if (expected === undefined || (Number.isSafeInteger(expected) && expected >= 0)) return;
  throw new InvalidOptionError('expectedVersion', expected, 'a whole number; 0 stands for a key that is absent');
}

/** The error for a version that is not, or no longer, kept. */
export function versionMissing(key: string, version: number, kept: readonly number[]): InvalidOptionError {
  const oldest = kept.at(-1);
  const which = oldest === undefined ? 'none is' : oldest === kept[0] ? `${oldest} is` : `${oldest} to ${kept[0]} are`;
  return new InvalidOptionError('version', version, `a version of '${key}' that is kept (${which})`);
}
