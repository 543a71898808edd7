// On whose behalf an actor delegates. That is settled when it does: a delegation that waits for a commit takes along what
// was found in its turn, so nothing that its actor reads, answers or loses meanwhile puts it into another task's name.

import { DelegationForgedError, InvalidOptionError, TaskCancelledError } from '../base/errors.ts';
import { toThrown } from '../base/thrown.ts';
import type { Address } from './address.ts';
import type { Acting, Delegation } from './delegation.ts';

type Assigned = ReadonlyMap<string, Delegation> | undefined;

/** What an actor says, and does not have to: the task it names, and that of the message it handles. */
interface Said {
  readonly for?: string | undefined;
  readonly within: Delegation | undefined;
}

/**
 * The delegation on whose behalf an actor delegates: the one it names, that of the message it handles, or the only
 * task it has read and not answered. A chain is never lost on the way through a timer, a promise or a stash.
 *
 * @param assigned - The tasks that the actor was assigned.
 * @throws DELEGATION_FORGED when it names a task that it was not assigned; INVALID_OPTION when it names none of several.
 */
export function actingFor(actor: Address, assigned: Assigned, { for: id, within }: Said): Delegation | undefined {
  if (id !== undefined) {
    const named = assigned?.get(id);
    if (named === undefined || named.answered) throw new DelegationForgedError(actor, id);
    return named;
  }
  if (within !== undefined) return within;
  if (assigned === undefined) return undefined;
  const read = [...assigned.values()].filter(({ handed, answered }) => handed !== undefined && !answered);
  if (read.length <= 1) return read[0];
  throw new InvalidOptionError('for', id, `the id of the task it is for, since '${actor}' has ${read.length}`);
}

/** Finds it for something that is delegated later. Never throws: a refusal is told in its turn, too. */
export function actingLater(find: () => Delegation | undefined): Acting {
  try {
    const parent = find();
    return { parent, isAfter: parent !== undefined && (parent.settled || parent.answered), refusal: undefined };
  } catch (error) {
    return { parent: undefined, isAfter: false, refusal: { error: toThrown(error) } };
  }
}

/**
 * The delegation that was found then.
 *
 * @param id - Of the task that is delegated. With what it is part of it would have been cancelled.
 * @throws what was thrown then; TASK_CANCELLED when the task it is for has ended since.
 */
export function parentOf({ parent, isAfter, refusal }: Acting, id: string): Delegation | undefined {
  if (refusal !== undefined) throw refusal.error;
  if (parent?.settled !== true || isAfter) return parent;
  throw new TaskCancelledError(id, parent.cancelled ?? partEnded);
}

/** Why what was delegated for a task is cancelled with it. */
export const partEnded = 'the task it was part of has ended';
