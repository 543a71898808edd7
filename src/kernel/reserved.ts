// Event types that only the runtime may send: XState's own and what it tells actors about tasks and other actors.
// An agent that could send them could forge the result of somebody else's work, or stop another actor. Asked of
// every message, so it looks at the first letter before anything else.

import type { EventObject } from 'xstate';
import { InvalidInputError } from '../base/errors.ts';

/** Whether only the runtime may send events of this type. */
export function isReserved(type: string): boolean {
  switch (type.charCodeAt(0)) {
    case 97: // a
      return type === 'actor.terminated';
    case 100: // d
      return type === 'delegation.done' || type === 'delegation.failed';
    case 116: // t
      return type === 'task.assigned' || type === 'task.cancelled';
    case 120: // x
      return type.startsWith('xstate.');
    default:
      return false;
  }
}

/** The refusal of an event that only the runtime may send. */
export function reservedError(type: string, subject: string): InvalidInputError {
  return new InvalidInputError(subject, [
    { path: 'type', message: `'${type}' is sent by the runtime alone; choose another type` },
  ]);
}

/** The type of an event for a report, even when reading it throws. */
export function typeOf(event: EventObject): string {
  try {
    return typeof event.type === 'string' ? event.type : '(no type)';
  } catch {
    return '(unreadable type)';
  }
}
