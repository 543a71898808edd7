// Commit before effect, for durable actors: what a message made them want is held until the snapshot it led to has
// been written. One write a turn of the dispatcher covers every durable actor that turn touched. Actors that are not
// durable never come here.

import type { EventObject, Snapshot } from 'xstate';
import type { Clock } from '../base/clock.ts';
import type { Store, StoreWrite } from '../store/port.ts';
import type { Address } from './address.ts';
import type { Cell } from './cell.ts';
import type { Envelope } from './envelope.ts';

/** What a commit needs of the kernel. */
export interface CommitHost {
  carryOut(cell: Cell, effects: readonly EventObject[], envelope: Envelope | undefined): void;
  /** A commit did not land; the actor goes back to its last committed snapshot. */
  commitFailed(cell: Cell, error: unknown): void;
}

interface Held {
  readonly cell: Cell;
  readonly envelope: Envelope | undefined;
  readonly effects: readonly EventObject[];
}

/** Collects what a turn has done and writes it. */
export class Committer {
  readonly #store: Store;
  readonly #clock: Pick<Clock, 'soon'>;
  readonly #host: CommitHost;
  readonly #latest = new Map<Cell, Snapshot<unknown>>();
  #held: Held[] = [];
  #scheduled = false;
  #last: Promise<void> = Promise.resolve();

  constructor(store: Store, clock: Pick<Clock, 'soon'>, host: CommitHost) {
    this.#store = store;
    this.#clock = clock;
    this.#host = host;
  }

  /** Holds what a message has led to until the turn's commit. */
  hold(cell: Cell, envelope: Envelope | undefined, effects: readonly EventObject[], snapshot: Snapshot<unknown>): void {
    this.#latest.set(cell, snapshot);
    this.#held.push({ cell, envelope, effects });
    if (this.#scheduled) return;
    this.#scheduled = true;
    this.#clock.soon(() => {
      this.#flush();
    });
  }

  /** The newest snapshot of an actor: of the turn that is not yet written, else of the store. */
  recall(cell: Cell): Snapshot<unknown> | undefined {
    const latest = this.#latest.get(cell);
    if (latest !== undefined) return cell.logic.getPersistedSnapshot(latest);
    return this.#store.get(keyOf(cell.address))?.value as Snapshot<unknown> | undefined;
  }

  /** Forgets a durable actor that ended for good. */
  forget(address: Address): void {
    this.#last = this.#last.then(() => this.#store.commit([{ key: keyOf(address), value: undefined }]));
  }

  /** Resolves when everything held so far has been written. */
  async settled(): Promise<void> {
    while (this.#scheduled) {
      await Promise.resolve();
      await this.#last;
    }
    await this.#last;
  }

  #flush(): void {
    this.#scheduled = false;
    const held = this.#held;
    const latest = [...this.#latest];
    this.#held = [];
    this.#latest.clear();
    this.#last = this.#last.then(() => this.#write(held, latest));
  }

  async #write(held: readonly Held[], latest: readonly (readonly [Cell, Snapshot<unknown>])[]): Promise<void> {
    try {
      const writes: StoreWrite[] = latest.map(([cell, snapshot]) => ({
        key: keyOf(cell.address),
        value: cell.logic.getPersistedSnapshot(snapshot),
      }));
      await this.#store.commit(writes);
    } catch (error) {
      for (const [cell] of latest) this.#host.commitFailed(cell, error);
      return;
    }
    for (const { cell, effects, envelope } of held) this.#host.carryOut(cell, effects, envelope);
  }
}

function keyOf(address: Address): string {
  return `actor/${address}`;
}
