// What users may give to look into XState: a function, or an observer as the inspectors of `@statelyai/inspect` are.
// The kernel takes functions only.

import type { Inspector } from '../kernel/shard.ts';

/** Receives XState inspection events. */
export type InspectorLike = Inspector | { readonly next?: Inspector };

/** The function that an inspector comes down to. */
export function inspectorOf(given: InspectorLike | undefined): Inspector | undefined {
  if (given === undefined || typeof given === 'function') return given;
  return (event) => given.next?.(event);
}
