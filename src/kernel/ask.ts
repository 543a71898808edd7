// One question that waits for its answer. It settles once: by a reply, a time-out, the failure of the handler or
// the end of the actor. Whoever comes second is told so by `false` and becomes a dead letter.

import type { EventObject } from 'xstate';
import type { Address } from './address.ts';
import type { Timer } from './timers.ts';

/** A pending `ask`. */
export class Ask {
  readonly target: Address;
  /** The type of the event that asks. */
  readonly question: string;
  /** It has been answered by a durable actor whose commit has not landed yet. */
  replyHeld = false;
  timer: Timer | undefined = undefined;
  readonly #resolve: (reply: EventObject) => void;
  readonly #reject: (error: unknown) => void;
  readonly #onSettled: (ask: Ask) => void;
  #settled = false;

  constructor(
    target: Address,
    question: string,
    handlers: {
      readonly resolve: (reply: EventObject) => void;
      readonly reject: (error: unknown) => void;
      readonly onSettled: (ask: Ask) => void;
    },
  ) {
    this.target = target;
    this.question = question;
    this.#resolve = handlers.resolve;
    this.#reject = handlers.reject;
    this.#onSettled = handlers.onSettled;
  }

  get settled(): boolean {
    return this.#settled;
  }

  /** @returns false when it was settled before. */
  answer(reply: EventObject): boolean {
    if (this.#settled) return false;
    this.#end();
    this.#resolve(reply);
    return true;
  }

  /** @returns false when it was settled before. */
  refuse(error: unknown): boolean {
    if (this.#settled) return false;
    this.#end();
    this.#reject(error);
    return true;
  }

  #end(): void {
    this.#settled = true;
    this.#onSettled(this);
  }
}
