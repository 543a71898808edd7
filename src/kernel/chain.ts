// The delegation chain: who delegated to whom, from the first delegator to the last. It lives in the kernel's own
// records and in envelopes, never in what an agent sends, so it cannot be forged. Checked on every hop from the
// envelope alone.

import { DelegationCycleError, DelegationTooDeepError } from '../base/errors.ts';
import { type Address, identityOf } from './address.ts';

/** Delegators, first to last; frozen. */
export type Chain = readonly Address[];

/** The chain of a task that comes from outside. */
export const emptyChain: Chain = Object.freeze([]);

/**
 * The chain after one more hop.
 *
 * @param by - Who delegates now; left out when the task comes from outside.
 * @throws DELEGATION_CYCLE when `to` is `by` or already in the chain.
 * @throws DELEGATION_TOO_DEEP when there would be more than `depth` hops.
 */
export function extendChain(chain: Chain, by: Address | undefined, to: Address, depth: number): Chain {
  if (by === undefined) return chain;
  const next: Chain = Object.freeze([...chain, identityOf(by)]);
  if (next.includes(identityOf(to))) throw new DelegationCycleError(next, identityOf(to));
  if (next.length > depth) throw new DelegationTooDeepError(next, identityOf(to), depth);
  return next;
}
