// One turn of the durable world: everything that one commit makes true at once. It is filled while messages are
// handled, closed when it is written, and let go of when it has landed. Until then it remembers what is needed to
// make it undone: which actors it touched, which messages they consumed, which ones they sent.

import type { EventObject, Snapshot } from 'xstate';
import { limits } from '../../base/limits.ts';
import type { StoreWrite } from '../../store/port.ts';
import type { Address } from '../address.ts';
import type { Cell } from '../cell.ts';
import type { Acting } from '../delegation.ts';
import { actorKey } from '../recovery/actor-keys.ts';
import type { ActorRecord } from '../recovery/durable-record.ts';
import type { Envelope } from '../envelope.ts';
import type { Letter } from '../letter.ts';
import type { MailRecord } from './mail-record.ts';

const { turn_actors: actorsMax, turn_messages: messagesMax } = limits.store;

/** Told that a turn has landed, or why it has not. */
export type Landed = (failure?: { readonly error: unknown }) => void;

/** What waits for a turn to land, in the order it was wanted. */
export type Held =
  | {
      readonly type: 'effect';
      readonly cell: Cell;
      readonly effect: EventObject;
      readonly envelope: Envelope | undefined;
      /** The message it is to send, when nobody was there to have it at once; it is kept with the turn. */
      readonly letter: Letter | undefined;
      /** On whose behalf it delegates. */
      readonly acting: Acting | undefined;
    }
  | { readonly type: 'seen'; readonly cell: Cell; readonly snapshot: Snapshot<unknown> | undefined }
  | { readonly type: 'next'; readonly cell: Cell; readonly next: Landed };

/** What a turn has done to one actor. */
export class Touch {
  readonly cell: Cell;
  readonly turn: Turn;
  /** The state after the last message that it handled well. */
  snapshot: Snapshot<unknown> | undefined = undefined;
  /** What is kept of it; known once it has been sealed. */
  record: ActorRecord | undefined = undefined;
  /** Ready to be written; it may be sealed before the turn ends, when its actor is taken down. */
  write: StoreWrite | undefined = undefined;
  /** Whether the actor ended for good, so that nothing is to be kept. */
  ended = false;

  constructor(cell: Cell, turn: Turn) {
    this.cell = cell;
    this.turn = turn;
  }
}

/** A key and the version it has once a turn has landed. */
export interface Mark {
  readonly key: string;
  readonly version: number;
}

/** What one commit covers. */
export class Turn {
  readonly number: number;
  /** When it began, by the monotonic clock. */
  readonly since: number;
  readonly touches: Touch[] = [];
  /** Messages accepted in it, or before it and not written yet. */
  readonly accepted: Letter[] = [];
  /** Messages consumed in it that it is not the sender of: they come back when it is undone. */
  readonly handled: Letter[] = [];
  /** Messages given up in it, whatever becomes of it. */
  readonly dropped: Letter[] = [];
  readonly held: Held[] = [];
  /** Messages that nobody was there to have; they are written with the turn. */
  readonly unclaimed: Letter[] = [];
  /** Writes that others have added. */
  readonly added: StoreWrite[] = [];
  /** Those of them that are dropped when it is undone. */
  readonly foreseen = new Set<StoreWrite>();
  /** Records of mail that it removes. */
  readonly removed: MailRecord[] = [];
  /** Records that its own mail is in. */
  mailParts = 0;
  /** Whether keys that others have written are there once it has landed. */
  readonly #holds = new Map<string, boolean>();
  readonly waiters: Landed[] = [];
  /** What it has been written with, once it has. */
  writes: readonly StoreWrite[] = [];
  /** What tells that it has landed. */
  mark: Mark | undefined = undefined;
  /** Messages handled in it. */
  messages = 0;
  /** Whether every message accepted so far is to be written with it. */
  isComplete = false;
  bytes = 0;
  state: 'open' | 'in flight' | 'landed' | 'failed' = 'open';

  constructor(number: number, since: number) {
    this.number = number;
    this.since = since;
  }

  /** Adds a write that others want with it. */
  add(write: StoreWrite): void {
    this.added.push(write);
    this.#holds.set(write.key, write.value !== undefined || write.packed !== undefined);
  }

  /** Adds a write that is dropped when it is undone. */
  foresee(write: StoreWrite): void {
    this.add(write);
    this.foreseen.add(write);
  }

  /** Whether a key is there once it has landed; undefined when nothing was added for it. */
  holds(key: string): boolean | undefined {
    return this.#holds.get(key);
  }

  /** Whether it takes what is kept of an actor away, since that has ended. */
  hasEnded(address: Address): boolean {
    return this.touches.some(({ cell, ended }) => ended && cell.address === address);
  }

  /** Whether it is worth a commit while others are on their way. */
  get isBig(): boolean {
    return this.messages >= messagesMax || this.touches.length >= actorsMax;
  }

  /** Whether anybody outside the durable world waits for it to land. */
  get isAwaited(): boolean {
    return this.held.length > 0 || this.waiters.length > 0;
  }

  /** Resolves when it has landed. @throws the store's error when it has not. */
  landing(): Promise<void> {
    return new Promise((resolve, reject) => {
      this.waiters.push((failed) => {
        if (failed === undefined) resolve();
        else reject(failed.error);
      });
    });
  }

  /** Who loses something when it is not written. */
  addresses(): readonly Address[] {
    const unread = this.accepted.filter(({ consumed }) => !consumed);
    return [...this.touches.map(({ cell }) => cell.address), ...unread.map(({ to }) => to)];
  }
}

/** What the last turn that changed an actor has done to it. */
export function touchOf({ touch }: Cell): Touch | undefined {
  return touch as Touch | undefined;
}

/** Whether a key is there once turns have landed, the newest first; undefined when nothing was added for it. */
export function holdsIn(turns: readonly Turn[], key: string): boolean | undefined {
  for (const turn of turns) {
    const isThere = turn.holds(key);
    if (isThere !== undefined) return isThere;
  }
  return undefined;
}

/** The newest record of an actor in turns that have not landed, the newest first. */
export function recordIn(turns: readonly Turn[], cell: Cell): ActorRecord | undefined {
  for (const { touches } of turns) {
    const touch = touches.findLast((each) => each.cell === cell && each.record !== undefined);
    if (touch !== undefined) return touch.record;
  }
  return undefined;
}

/** The key of what is kept of an actor. */
export function keyOf({ address }: Cell): string {
  return actorKey(address);
}
