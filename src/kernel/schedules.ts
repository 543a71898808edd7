// The events that actors have scheduled for themselves: each known by its id until it is due or cancelled. A
// schedule with the id of another takes its place.

import type { EventObject } from 'xstate';
import type { Cell } from './cell.ts';
import type { Schedule } from './extras.ts';
import type { Timers } from './timers.ts';

/** Schedules an event. `send` hands it to the actor when it is due. @throws QUEUE_FULL, INVALID_OPTION */
export function setSchedule(
  timers: Timers,
  cell: Cell,
  { id, event, delayMs }: { readonly id: string; readonly event: EventObject; readonly delayMs: number },
  send: () => void,
): void {
  const schedules = (cell.need().schedules ??= new Map<string, Schedule>());
  const timer = timers.set(delayMs, () => {
    schedules.delete(id);
    send();
  });
  cancelSchedule(timers, cell, id);
  schedules.set(id, { timer, event });
}

/** Forgets a schedule; harmless when there is none. */
export function cancelSchedule(timers: Timers, cell: Cell, id: string): void {
  const schedule = cell.extras?.schedules?.get(id);
  if (schedule === undefined) return;
  timers.cancel(schedule.timer);
  cell.extras?.schedules?.delete(id);
}
