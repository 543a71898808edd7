// What a reply is: an answer to who has asked, the end of the task being handled, or a message to whoever sent one. Asked
// when it is carried out and, of a durable actor, in the turn that wants it.

import type { EventObject } from 'xstate';
import type { Address } from './address.ts';
import type { Cell } from './cell.ts';
import type { CompleteEffect, ReplyEffect } from './effects.ts';
import { type Envelope, isAssignment } from './envelope.ts';

/** The actor that a reply is told to; undefined when it goes to who asked, settles a task, or goes nowhere. */
export function toldSender(cell: Cell, envelope: Envelope | undefined, event: EventObject): Address | undefined {
  if (envelope === undefined || envelope.ask !== undefined) return undefined;
  return isAssignment(envelope, cell) && settles(event) ? undefined : envelope.from;
}

/** The id of the task that an effect says the end of. */
export function answeredBy(cell: Cell, effect: EventObject, envelope: Envelope | undefined): string | undefined {
  if (effect.type === 'troupe.complete' || effect.type === 'troupe.fail') return (effect as CompleteEffect).id;
  if (effect.type !== 'troupe.reply' || envelope?.ask !== undefined) return undefined;
  const isAnswer = envelope !== undefined && isAssignment(envelope, cell) && settles((effect as ReplyEffect).event);
  return isAnswer ? envelope.delegation?.id : undefined;
}

type Settling =
  | { readonly type: 'task.done'; readonly output: unknown }
  | { readonly type: 'task.failed'; readonly error: unknown };

/** Whether an event says the end of the task that its sender handles. */
export function settles(event: EventObject): event is Settling {
  return event.type === 'task.done' || event.type === 'task.failed';
}
