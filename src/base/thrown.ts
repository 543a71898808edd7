// What a user's code throws may be anything, a proxy too, whose traps run at the first `instanceof`. Whoever catches
// for the runtime takes it in through here, once; after that it can be looked at like any other error.

import { types } from 'node:util';

/** What was thrown, or an error in its place when even asking what it is would run code. Never throws. */
export function toThrown(thrown: unknown): unknown {
  let at: unknown = thrown;
  while ((typeof at === 'object' && at !== null) || typeof at === 'function') {
    if (types.isProxy(at)) return new Error('a proxy was thrown, which is not looked into');
    at = Object.getPrototypeOf(at) as unknown;
  }
  return thrown;
}
