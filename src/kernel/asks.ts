// Every question that waits for an answer: bounded, each with a time-out in the kernel's own timers. What an actor
// leaves unanswered when it ends is refused, so nobody waits for ever.

import type { EventObject } from 'xstate';
import { AskTimeoutError, DeadLetterError, MailboxFullError, QueueFullError } from '../base/errors.ts';
import { limits } from '../base/limits.ts';
import { Ask } from './ask.ts';
import type { Cell } from './cell.ts';
import { typeOf } from './door.ts';
import type { Timers } from './timers.ts';

/** The pending asks of a kernel. */
export class Asks {
  readonly #timers: Timers;
  #pending = 0;

  constructor(timers: Timers) {
    this.#timers = timers;
  }

  get pending(): number {
    return this.#pending;
  }

  /** Asks; `send` puts the question into the mailbox and says whether that worked. */
  open(cell: Cell, question: EventObject, timeoutMs: number, send: (ask: Ask) => boolean): Promise<EventObject> {
    return new Promise((resolve, reject) => {
      if (this.#pending >= limits.ask.pending_count) {
        reject(new QueueFullError('the table of asks', limits.ask.pending_count, limits.mailbox.retryAfter_ms));
        return;
      }
      const ask = new Ask(cell.address, typeOf(question), { resolve, reject, onSettled: this.#settled(cell) });
      ask.timer = this.#timers.set(timeoutMs, () => {
        ask.refuse(new AskTimeoutError(cell.address, ask.question, timeoutMs));
      });
      this.#pending += 1;
      if (send(ask)) return;
      ask.refuse(
        cell.state === 'stopped'
          ? new DeadLetterError(cell.address, ask.question, 'the actor has stopped')
          : new MailboxFullError(cell.address, cell.spec.capacity, limits.mailbox.retryAfter_ms),
      );
    });
  }

  /** Fails every ask that an actor has taken and not answered; one that it has put aside will be answered yet. */
  static refuseOpen(cell: Cell, error: unknown): void {
    const open = cell.extras?.openAsks;
    if (open === undefined || open.size === 0) return;
    for (const ask of Array.from(open)) {
      if (ask.replyHeld || cell.extras?.stash?.some((envelope) => envelope.ask === ask)) continue;
      ask.refuse(error ?? new DeadLetterError(cell.address, ask.question, 'the actor ended before it replied'));
    }
  }

  #settled(cell: Cell): (ask: Ask) => void {
    return (ask) => {
      this.#pending -= 1;
      cell.extras?.openAsks?.delete(ask);
      if (ask.timer !== undefined) this.#timers.cancel(ask.timer);
    };
  }
}
