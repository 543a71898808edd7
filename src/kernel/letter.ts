// A message to a durable actor, with what the commit has to know of it: in which turn it was accepted, whether that
// turn sent it itself, whether it has been read, and where it is kept when it has not. Messages to other actors are
// plain envelopes and carry none of this.

import type { EventObject } from 'xstate';
import type { Address } from './address.ts';
import type { Ask } from './ask.ts';
import type { Cell } from './cell.ts';
import type { Delegation } from './delegation.ts';
import { Envelope } from './envelope.ts';

/** What keeps messages in the store. */
export interface LetterKeeper {
  /** Strikes the message at a place off. @returns whether it was there. */
  strike(place: number): boolean;
}

/** A message to a durable actor. */
export class Letter extends Envelope {
  /** Whom it is for, by address: who is to have it may not be there yet. */
  readonly to: Address;
  /** In whose mailbox it is or was. */
  cell: Cell | undefined;
  /** The turn in which it was accepted. */
  turn = 0;
  /** Whether a durable actor's turn sent it, and will send it again when that turn is undone. */
  sentByTurn = false;
  /** Whether it is no longer to be handled: its receiver has, or it was given up. */
  consumed = false;
  /** The record that keeps it, once it has been written, and where in there. */
  record: LetterKeeper | undefined = undefined;
  place = 0;

  constructor(
    to: Address,
    cell: Cell | undefined,
    id: number,
    event: EventObject,
    from: Address | undefined,
    priority: number,
    delegation: Delegation | undefined,
    ask: Ask | undefined,
  ) {
    super(id, event, from, priority, delegation, ask);
    this.to = to;
    this.cell = cell;
  }

  override copy(): Letter {
    const { id, event, from, priority, delegation, ask } = this;
    const copy = new Letter(this.to, this.cell, id, event, from, priority, delegation, ask);
    copy.crashes = this.crashes;
    return copy;
  }
}
