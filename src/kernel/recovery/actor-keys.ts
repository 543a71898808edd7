// The keys under which a store has what belongs to one actor. An actor's record is kept for as long as the actor is; how it
// was spawned and its mark come and go with that record.

import type { StoreWrite } from '../../store/port.ts';

export const actorPrefix = 'actor/';
export const spawnPrefix = 'spawn/';
export const wakefulPrefix = 'wakeful/';

/** The key of what is kept of an actor. */
export function actorKey(address: string): string {
  return actorPrefix + address;
}

/** The mark of an actor that every start looks at. It says all there is to say by being there. */
export function wakefulMark(address: string): StoreWrite {
  return { key: wakefulPrefix + address, value: true };
}
