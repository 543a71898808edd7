// Which key a person means: the key as it is typed, or the part behind its first slash, as addresses of actors and
// keys of shared state are written everywhere else. What could be two things is refused, with both.

import type { Store } from '../store/port.ts';
import { printable } from '../base/printable.ts';
import { CommandError, exitStatus, wrongUsage } from './command-error.ts';

/** What keys begin with, in the order in which they are tried. */
const prefixes = ['actor/', 'state/', 'run/', 'task/', 'spawn/', 'idem/', 'step/', 'mail/'] as const;

/**
 * The key that was meant.
 *
 * @throws CommandError: 1 when there is none, with what was looked for; 2 when there is more than one.
 */
export function meantKey(store: Store, typed: string): string {
  if (isThere(store, typed)) return typed;
  const candidates = prefixes.map((prefix) => `${prefix}${typed}`);
  const found = candidates.filter((key) => isThere(store, key));
  const [only] = found;
  if (found.length > 1)
    throw wrongUsage(`'${printable(typed)}' can be more than one key.`, [
      `  Give one of them: ${found.map((key) => printable(key)).join(', ')}.`,
    ]);
  if (only !== undefined) return only;
  throw new CommandError(exitStatus.failed, `there is no '${printable(typed)}' in the store.`, [
    `  Looked for: ${printable(typed)}, ${candidates.map((key) => printable(key)).join(', ')}.`,
    '  See what is there with troupe store ls.',
  ]);
}

function isThere(store: Store, key: string): boolean {
  try {
    return store.history(key).length > 0;
  } catch {
    return false; // too long, or nothing that can be a key
  }
}

/** @throws CommandError (1) for a version that is not kept, with those that are. */
export function noSuchVersion(store: Store, key: string, version: number): CommandError {
  const kept = store.history(key).map((info) => info.version);
  return new CommandError(exitStatus.failed, `there is no version ${version} of '${printable(key)}'.`, [
    `  Kept: ${kept.join(', ')}.`,
  ]);
}
