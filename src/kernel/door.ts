// The door for messages: every event that is told, asked, replied or published passes here. It is closed to what is
// no event, to priorities that do not exist, and to the types that only the runtime may send: XState's own, and what
// actors are told of tasks and of each other. Who could send those could forge the result of somebody else's work,
// or stop another actor. Asked of every message, so it looks at the first letter before anything else.

import type { EventObject } from 'xstate';
import { InvalidInputError } from '../base/errors.ts';
import { checkEvent } from '../base/plain.ts';
import { printable } from '../base/printable.ts';
import { Priority, toPriority } from '../base/priority.ts';

const reserved: ReadonlySet<string> = new Set([
  'actor.terminated',
  'delegation.done',
  'delegation.failed',
  'task.assigned',
  'task.cancelled',
]);

const shortest = Math.min(...Array.from(reserved, ({ length }) => length));

/** Whether only the runtime may send events of this type. */
export function isReserved(type: string): boolean {
  const first = type.charCodeAt(0); // a, d, t or x
  return (first === 97 || first === 100 || first === 116 || first === 120) && isTheRuntimes(type, first);
}

function isTheRuntimes(type: string, first: number): boolean {
  if (first === 120) return type.startsWith('xstate.');
  return type.length >= shortest && reserved.has(type);
}

/** The door for what actors send. Most of it is of a type that has just passed, so the last two are at hand. */
export class Door {
  #last = '';
  #before = '';

  /** Lets a message pass. @throws as {@link checkMessage}. */
  check(event: EventObject, from: string): void {
    if (!this.#mayPass(event)) refuse(event, from);
  }

  #mayPass(event: EventObject): boolean {
    try {
      const { type } = event; // read once: a getter may say something else the next time
      if (type === this.#last || type === this.#before) return true;
      if (typeof type !== 'string' || isReserved(type)) return false;
      this.#before = this.#last;
      this.#last = type;
      return true;
    } catch {
      return false;
    }
  }
}

/** Lets a message pass. @throws INVALID_INPUT when it is no event, or one that only the runtime may send. */
export function checkMessage(event: EventObject, to: string): void {
  if (!mayPass(event)) refuse(event, to);
}

function mayPass(event: EventObject): boolean {
  try {
    const { type } = event; // read once: a getter may say something else the next time
    return typeof type === 'string' && !isReserved(type);
  } catch {
    return false;
  }
}

function refuse(event: EventObject, to: string): never {
  const subject = `The message to '${to}'`;
  checkEvent(event, subject);
  const message = `'${printable(typeOf(event))}' is sent by the runtime alone; choose another type`;
  throw new InvalidInputError(subject, [{ path: 'type', message }]);
}

/** The lane of a message: the priority it was given, or NORMAL. @throws INVALID_OPTION when it is no priority. */
export function laneOf(priority: Priority | undefined): Priority {
  return priority === undefined ? Priority.NORMAL : toPriority(priority, 'priority');
}

/** The type of an event for a report, even when reading it throws. */
export function typeOf(event: EventObject): string {
  try {
    return typeof event.type === 'string' ? event.type : '(no type)';
  } catch {
    return '(unreadable type)';
  }
}
