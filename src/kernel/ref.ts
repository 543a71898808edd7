// What users hold of an actor: its address and what can be done with it. A ref survives restarts of its actor; it
// does not follow the address to another actor that takes it later.

import type { AnyEventObject, EventObject, Snapshot } from 'xstate';
import type { Duration } from '../base/duration.ts';
import type { Priority } from '../base/priority.ts';
import type { Cell, CellState } from './cell.ts';
import type { Watcher } from './extras.ts';

export interface AskOptions {
  /** How long to wait for the reply; default 5 s. */
  readonly timeout?: Duration;
  readonly priority?: Priority;
}

/** One live actor, as a list shows it. */
export interface ActorInfo {
  readonly address: string;
  readonly state: CellState;
  readonly incarnation: number;
  /** Messages in its mailbox. */
  readonly waiting: number;
}

/** What a ref needs of the kernel. */
export interface RefHost {
  tell(cell: Cell, event: EventObject, priority: Priority | undefined): boolean;
  ask(cell: Cell, event: EventObject, options: AskOptions): Promise<EventObject>;
  watch(cell: Cell, watcher: Watcher): () => void;
  stopCell(cell: Cell): Promise<void>;
  /** The cell of an actor that has left memory: it is brought back. One that ended meanwhile is stopped. */
  present(cell: Cell): Cell;
}

/**
 * A live actor, from outside.
 *
 * @typeParam TEvent - The events it takes.
 * @typeParam TSnapshot - Its XState snapshot.
 */
export class ActorRef<TEvent extends EventObject = AnyEventObject, TSnapshot = Snapshot<unknown>> {
  #cell: Cell;
  readonly #host: RefHost;

  /** @internal Refs are made by the runtime. */
  constructor(cell: Cell, host: RefHost) {
    this.#cell = cell;
    this.#host = host;
  }

  /** Its path, such as `main/code/measure:0`. */
  get address(): string {
    return this.#cell.address;
  }

  /**
   * Sends an event. Messages from one sender at one priority arrive in order; each is handled at most once. Don't
   * change an event after sending it: the receiver sees the same object.
   *
   * @returns whether it was put into the mailbox; what can't be is a dead letter with a reason, never a throw.
   * @throws INVALID_INPUT when it is no object with a string `type`.
   */
  tell(event: TEvent, options?: { readonly priority?: Priority }): boolean {
    return this.#host.tell(this.#present(), event, options?.priority);
  }

  /**
   * Sends an event and waits for the actor's `reply`.
   *
   * @throws ASK_TIMEOUT when none comes in time, DEAD_LETTER when the actor is gone or ends first, MAILBOX_FULL, or
   * the very error with which the handler failed.
   */
  ask<TReply extends EventObject = AnyEventObject>(event: TEvent, options: AskOptions = {}): Promise<TReply> {
    return this.#host.ask(this.#present(), event, options) as Promise<TReply>;
  }

  /** Its last state; undefined once it is gone. A durable actor that has left memory is brought back to be looked at. */
  snapshot(): TSnapshot | undefined {
    return this.#present().snapshot() as TSnapshot | undefined;
  }

  /** Calls `fn` with its state after each message it has handled, over restarts. @returns how to stop. */
  subscribe(fn: (snapshot: TSnapshot) => void): () => void {
    const observer = fn as (snapshot: unknown) => void;
    (this.#present().need().observers ??= new Set()).add(observer);
    return () => {
      this.#cell.extras?.observers?.delete(observer);
    };
  }

  /** Calls `fn` once, when it ends for good; at once when it has. @returns how to stop. */
  watch(fn: Watcher): () => void {
    return this.#host.watch(this.#present(), fn);
  }

  /** Stops it in order, its children first. Resolves when it is gone; harmless when it is. */
  stop(): Promise<void> {
    return this.#host.stopCell(this.#present());
  }

  /** Its address, wherever a ref is turned into data. */
  toJSON(): string {
    return this.#cell.address;
  }

  /** The cell behind a ref, for the kernel that made it. */
  static cellOf(to: object, host: RefHost): Cell | undefined {
    return #cell in to && to.#host === host ? to.#present() : undefined;
  }

  /** Its cell; an actor that has left memory is brought back. */
  #present(): Cell {
    return this.#cell.state === 'passive' ? this.#broughtBack() : this.#cell;
  }

  #broughtBack(): Cell {
    this.#cell = this.#host.present(this.#cell);
    return this.#cell;
  }
}
