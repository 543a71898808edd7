// One question that waits for its answer. It settles once: by a reply, a time-out, the failure of the handler or
// the end of the actor. Whoever comes second is told so by `false` and becomes a dead letter.

import { types } from 'node:util';
import type { EventObject } from 'xstate';
import { InvalidOutputError } from '../base/errors.ts';
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

  /** A reply that a promise would call instead of handing it over is refused. @returns false when it was settled before. */
  answer(reply: EventObject): boolean {
    if (isThenable(reply)) return this.refuse(thenableError(this.target));
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

/** Whether a promise resolved with it would run code of it. Nothing of it is run to find out. */
function isThenable(reply: EventObject): boolean {
  if (types.isProxy(reply)) return true;
  if (!('then' in reply)) return false;
  const then = Object.getOwnPropertyDescriptor(reply, 'then');
  return then === undefined || !('value' in then) || typeof then.value === 'function';
}

function thenableError(target: Address): InvalidOutputError {
  return new InvalidOutputError(`'${target}'`, [
    { path: 'then', message: "it would be called by 'await'; reply with plain data" },
  ]);
}
