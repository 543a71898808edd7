// Commit before effect, for durable actors: what a message made them want is held until the snapshot it led to has
// been written. One write a turn of the dispatcher covers every durable actor that the turn touched, and turns land
// in their order. A turn that fails takes every later one with it, since later snapshots build on it: the actors
// touched go back to their last committed snapshot with the messages they had consumed since, and whoever asked is
// refused with the store's error. Actors that are not durable never come here.

import type { EventObject, Snapshot } from 'xstate';
import type { Clock } from '../base/clock.ts';
import { toPlain } from '../base/plain.ts';
import type { Store, StoreWrite } from '../store/port.ts';
import type { Address } from './address.ts';
import type { Cell } from './cell.ts';
import { type Envelope, ownLane } from './envelope.ts';

/** What a commit needs of the kernel. */
export interface CommitHost {
  carryOut(cell: Cell, effects: readonly EventObject[], envelope: Envelope | undefined): void;
  /** A commit did not land; the actor goes back to its last committed snapshot, with the messages undone. */
  commitFailed(cell: Cell, error: unknown, undone: readonly Envelope[]): void;
}

/** What waits for a turn to land: effects of one message, or something to be done. */
interface Held {
  readonly cell: Cell;
  readonly envelope: Envelope | undefined;
  readonly effects: readonly EventObject[];
  readonly next: ((failure?: { readonly error: unknown }) => void) | undefined;
}

/** What one turn of the dispatcher has done to durable actors. */
interface Turn {
  held: Held[];
  /** The last snapshot of each actor touched; undefined when it has ended. */
  readonly snapshots: Map<Cell, Snapshot<unknown> | undefined>;
  readonly writes: Map<Cell, StoreWrite>;
}

/** Collects what a turn has done and writes it. */
export class Committer {
  readonly #store: Store;
  readonly #clock: Pick<Clock, 'soon'>;
  readonly #host: CommitHost;
  #open: Turn | undefined = undefined;
  /** Being written or waiting for it, oldest first. */
  #unwritten: Turn[] = [];
  #last: Promise<void> = Promise.resolve();

  constructor(store: Store, clock: Pick<Clock, 'soon'>, host: CommitHost) {
    this.#store = store;
    this.#clock = clock;
    this.#host = host;
  }

  /** Holds what a message has led to until the turn's commit. */
  hold(cell: Cell, envelope: Envelope | undefined, effects: readonly EventObject[], snapshot: Snapshot<unknown>): void {
    const turn = this.#turn();
    turn.snapshots.set(cell, snapshot);
    turn.held.push({ cell, envelope, effects, next: undefined });
    const ask = envelope?.ask;
    if (ask !== undefined) ask.replyHeld ||= effects.some(({ type }) => type === 'troupe.reply');
  }

  /** Does something once everything that an actor has done so far has landed, or did not. */
  after(cell: Cell, next: (failure?: { readonly error: unknown }) => void): void {
    const busy = [...this.#unwritten, ...(this.#open === undefined ? [] : [this.#open])].some(({ snapshots }) =>
      snapshots.has(cell),
    );
    if (busy) this.#turn().held.push({ cell, envelope: undefined, effects: [], next });
    else next();
  }

  /** The newest snapshot of an actor: of a turn that has not landed yet, else of the store. */
  recall(cell: Cell): Snapshot<unknown> | undefined {
    this.#flush();
    for (const { writes } of this.#unwritten.toReversed()) {
      const write = writes.get(cell);
      if (write !== undefined) return write.value as Snapshot<unknown> | undefined;
    }
    return this.#store.get(keyOf(cell.address))?.value as Snapshot<unknown> | undefined;
  }

  /** Forgets a durable actor that ended for good. */
  forget(cell: Cell): void {
    this.#turn().snapshots.set(cell, undefined);
  }

  /** Resolves when everything held so far has been written. */
  async settled(): Promise<void> {
    do {
      this.#flush();
      await this.#last;
    } while (this.#open !== undefined);
  }

  #turn(): Turn {
    if (this.#open === undefined) {
      const turn: Turn = { held: [], snapshots: new Map(), writes: new Map() };
      this.#open = turn;
      this.#clock.soon(() => {
        if (this.#open === turn) this.#flush();
      });
    }
    return this.#open;
  }

  /** Ends the turn: its snapshots are encoded now, whatever happens to the actors before it lands. */
  #flush(): void {
    const turn = this.#open;
    if (turn === undefined) return;
    this.#open = undefined;
    for (const [cell, snapshot] of turn.snapshots) this.#encode(turn, cell, snapshot);
    this.#unwritten.push(turn);
    this.#last = this.#last.then(() => this.#write(turn));
  }

  /** A state that can't be kept is the fault of its actor alone, and the others of the turn are written. */
  #encode(turn: Turn, cell: Cell, snapshot: Snapshot<unknown> | undefined): void {
    const key = keyOf(cell.address);
    try {
      const value = snapshot === undefined ? undefined : toPlain(cell.logic.getPersistedSnapshot(snapshot), key);
      turn.writes.set(cell, { key, value });
    } catch (error) {
      const own = turn.held.filter((held) => held.cell === cell);
      turn.held = turn.held.filter((held) => held.cell !== cell);
      this.#clock.soon(() => {
        this.#undo(own, error);
      });
    }
  }

  async #write(turn: Turn): Promise<void> {
    if (this.#unwritten[0] !== turn) return;
    try {
      await this.#store.commit([...turn.writes.values()]);
    } catch (error) {
      this.#failed(error);
      return;
    }
    this.#unwritten.shift();
    for (const { cell, effects, envelope, next } of turn.held) {
      this.#host.carryOut(cell, effects, envelope);
      next?.();
    }
  }

  #failed(error: unknown): void {
    const turns = this.#open === undefined ? this.#unwritten : [...this.#unwritten, this.#open];
    this.#unwritten = [];
    this.#open = undefined;
    this.#undo(
      turns.flatMap(({ held }) => held),
      error,
    );
  }

  #undo(all: readonly Held[], error: unknown): void {
    const undone = new Map<Cell, Envelope[]>();
    for (const { cell, envelope, next } of all) {
      const messages = undone.get(cell) ?? [];
      undone.set(cell, messages);
      next?.({ error });
      if (envelope === undefined) continue;
      if (envelope.ask !== undefined) envelope.ask.refuse(error);
      else if (envelope.priority !== ownLane) messages.push(envelope);
    }
    for (const [cell, messages] of undone) this.#host.commitFailed(cell, error, messages);
  }
}

function keyOf(address: Address): string {
  return `actor/${address}`;
}
