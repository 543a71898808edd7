// Where an actor lives: a path of ids joined by '/', an instance of a pool marked ':n' (`main/code/measure:0`).
// Addresses are made by the parsers here and nowhere else. Two addresses that differ only in the instance are one
// identity in a delegation chain, so that a cycle through a pool is still a cycle.

import { InvalidOptionError } from '../base/errors.ts';
import { limits } from '../base/limits.ts';

/** The path of an actor. */
export type Address = string & { readonly __address: unique symbol };

const idForm = /^[A-Za-z0-9_][A-Za-z0-9_.-]*(?::\d+)?$/;

/**
 * Joins a parent's address and a child's id.
 *
 * @throws INVALID_OPTION when the id has other characters than letters, digits, `_`, `-`, `.` or the address grows too long.
 */
export function childAddress(parent: Address | undefined, id: string): Address {
  if (typeof id !== 'string' || !idForm.test(id)) {
    throw new InvalidOptionError('id', id, "letters, digits, '_', '-' or '.', and no '/'");
  }
  const address = parent === undefined ? id : `${parent}/${id}`;
  if (address.length > limits.actor.addressLength_chars) {
    throw new InvalidOptionError(
      'id',
      id,
      `an id that keeps the address within ${limits.actor.addressLength_chars} characters`,
    );
  }
  return address as Address;
}

/** The address of one instance of a pool. */
export function instanceAddress(pool: Address, index: number): Address {
  return `${pool}:${index}` as Address;
}

/** What `to` means when `from` says it: absolute, or relative with a leading `.` or `..` (`../report`). */
export function resolveAddress(from: Address | undefined, to: string): Address {
  if (to.charCodeAt(0) !== 46) return to as Address;
  const path = from === undefined ? [] : from.split('/');
  for (const part of to.split('/')) {
    if (part === '..') path.pop();
    else if (part !== '.' && part !== '') path.push(part);
  }
  return path.join('/') as Address;
}

/** The address without its instance: who somebody is in a delegation chain. */
export function identityOf(address: Address): Address {
  return address.includes(':') ? (address.replace(/:\d+/g, '') as Address) : address;
}
