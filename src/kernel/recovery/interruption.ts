// Promises, callbacks and observables that a machine had invoked when its incarnation was broken off. XState starts
// them again when the machine is restored, which is right for work that may be repeated. Where it is not, the actor's
// option `interrupted: 'fail'` has the machine told that they failed, as if they had.

import type { EventObject } from 'xstate';
import { InterruptedError } from '../../base/errors.ts';
import type { Cell } from '../cell.ts';

interface KeptSnapshot {
  readonly status?: string;
  readonly children?: Readonly<Record<string, KeptChild>>;
}
interface KeptChild {
  readonly snapshot?: KeptSnapshot;
}

/** Whether a kept child is a promise, a callback or an observable that is under way: not a machine, not a transition. */
function isUnderWay(snapshot: KeptSnapshot | undefined): boolean {
  if (snapshot === undefined || snapshot.status !== 'active' || 'value' in snapshot) return false;
  return !('context' in snapshot) || 'input' in snapshot;
}

/** Whether a kept state holds something that is under way, at any depth. */
export function hasUnderWay(snapshot: unknown): boolean {
  const { children } = (snapshot ?? {}) as KeptSnapshot;
  if (children === undefined) return false;
  return Object.values(children).some((child) => isUnderWay(child.snapshot) || hasUnderWay(child.snapshot));
}

/** The state to go on from, and what the actor is told by itself: what was under way starts again, or has failed. */
export function interruptedIn(
  cell: Cell,
  snapshot: unknown,
): { readonly snapshot: unknown; readonly events: readonly EventObject[] } {
  if (cell.spec.interrupted === 'retry' || !hasUnderWay(snapshot)) return { snapshot, events: [] };
  const events: EventObject[] = [];
  const { children = {} } = snapshot as KeptSnapshot;
  const failed = Object.entries(children).map(([id, child]) => {
    if (!isUnderWay(child.snapshot)) return [id, child] as const;
    const error = new InterruptedError(cell.address, `what it had invoked as '${id}'`);
    events.push({ type: `xstate.error.actor.${id}`, error, actorId: id } as EventObject);
    return [id, { ...child, snapshot: { ...child.snapshot, status: 'error', error } }] as const;
  });
  return { snapshot: { ...(snapshot as KeptSnapshot), children: Object.fromEntries(failed) }, events };
}
