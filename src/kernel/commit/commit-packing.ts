// Makes a turn ready to be written: the record of each actor it touched, packed once however many messages that
// handled, and its mail. A state that can't be kept is the fault of its actor alone; the others are written.

import type { Packed, Store, StoreWrite } from '../../store/port.ts';
import type { CommitHost } from './commit-host.ts';
import { keyOf, type Touch, type Turn } from './commit-turn.ts';
import { spoil } from './commit-undo.ts';
import type { DurableMail } from './durable-mail.ts';
import type { Letter } from '../letter.ts';
import { withPlainMail } from '../recovery/durable-record.ts';

/** Packs turns. */
export class Packing {
  readonly #store: Store;
  readonly #mail: DurableMail;
  readonly #host: CommitHost;

  constructor(store: Store, mail: DurableMail, host: CommitHost) {
    this.#store = store;
    this.#mail = mail;
    this.#host = host;
  }

  /** Packs what a turn has done to one actor, once. */
  seal(touch: Touch): void {
    const { cell, snapshot, turn } = touch;
    if (touch.write !== undefined) return;
    const key = keyOf(cell);
    const keep = this.#host.keepOf(cell);
    const schema = cell.spec.schema;
    if (touch.ended || snapshot === undefined) {
      touch.write = { key, keep };
      return;
    }
    try {
      touch.record = this.#host.recordOf(cell, snapshot);
      touch.write = { key, packed: this.#pack(touch, key), keep, schema };
      touch.snapshot = undefined;
      if (touch.record !== undefined) this.#host.writing(cell, touch.record, turn);
    } catch (error) {
      touch.record = undefined;
      this.#host.spoiled(cell, error, spoil(turn, touch, error));
    }
  }

  /** A record is refused for its state alone: a message in it that can't be kept is left out. */
  #pack(touch: Touch, key: string): Packed {
    try {
      return this.#store.pack(touch.record, key);
    } catch (error) {
      const plain = touch.record === undefined ? undefined : withPlainMail(touch.record);
      if (plain === undefined) throw error;
      touch.record = plain;
      return this.#store.pack(plain, key);
    }
  }

  /** Everything a turn comes to, and the messages that wait for the next one to be written. */
  close(turn: Turn): { readonly writes: readonly StoreWrite[]; readonly later: readonly Letter[] } {
    for (const touch of [...turn.touches]) this.seal(touch);
    const writes: StoreWrite[] = [];
    for (const { write } of turn.touches) if (write !== undefined) writes.push(write);
    const later = this.#mail.close(turn, writes);
    for (const write of turn.added) writes.push(write);
    return { writes, later };
  }
}
