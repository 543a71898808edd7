// Lets go of an incarnation: its XState actor leaves its shard with all that it invoked, its schedules are forgotten.
// The cell stays what it is, with its mailbox, its children and whoever watches it.

import type { AnyActor, AnyActorScope, Snapshot } from 'xstate';
import type { Cell } from '../cell.ts';
import type { Shards } from '../shard.ts';
import { type HostedLogic, stopOrphans } from '../step.ts';
import type { Timers } from '../timers.ts';

/** @returns whether there was anything to let go of. */
export function letGo(host: { readonly shards: Shards; readonly timers: Timers }, cell: Cell): boolean {
  const { actor, scope, shard, extras } = cell;
  if (!cell.isAlive) return false;
  if (actor !== undefined) stopOrphans(cell.snapshot(), scope);
  cell.actor = undefined;
  cell.light = undefined;
  cell.scope = undefined;
  cell.shard = undefined;
  cell.told = undefined;
  cell.toldAs = undefined;
  if (extras !== undefined) {
    extras.opened = false;
    for (const { timer } of extras.schedules?.values() ?? []) host.timers.cancel(timer);
    extras.schedules = undefined;
  }
  if (actor !== undefined && shard !== undefined) {
    if (scope !== undefined) cleanUpAfterCrash(cell.logic, actor, scope);
    host.shards.release(shard, actor);
  }
  return true;
}

/**
 * XState calls the cleanup of a callback, and unsubscribes from an observable, when it stops the actor, but not when the
 * actor crashed. What that throws is of no consequence any more.
 */
function cleanUpAfterCrash(logic: HostedLogic, actor: AnyActor, scope: AnyActorScope): void {
  const snapshot = actor.getSnapshot() as Snapshot<unknown>;
  if (snapshot.status !== 'error' || !logic.emitsLater) return;
  try {
    logic.transition(snapshot, { type: 'xstate.stop' }, scope);
  } catch {
    // The actor is gone already.
  }
}
