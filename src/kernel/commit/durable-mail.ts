// Durable mailboxes: what the commit of a turn leaves unread is written with it, once, and struck off with the commit
// of the turn that reads it. A message that is sent and read within one turn is never written. Records that are all
// but read through are folded into newer ones, so however long a process lives, there are few of them.

import type { EventObject } from 'xstate';
import { limits } from '../../base/limits.ts';
import type { Packed, Store, StoreWrite } from '../../store/port.ts';
import type { Address } from '../address.ts';
import type { Turn } from './commit-turn.ts';
import { isAssignment, ownLane } from '../envelope.ts';
import { Letter } from '../letter.ts';
import {
  isRead,
  keptLetter,
  type KeptLetter,
  type KeptMail,
  type KeptMarks,
  mailKey,
  mailPrefix,
  MailRecord,
  turnOfKey,
} from './mail-record.ts';

const { mailRecords_count: recordsMax, mailFold_count: foldCount, turnMail_messages: newMax } = limits.store;

/** The mail that is in a store. */
export class DurableMail {
  readonly #store: Store;
  /** A message that can't be written. */
  readonly #refuse: (letter: Letter, error: unknown) => void;
  readonly #records = new Map<string, MailRecord>();
  readonly #dirty = new Set<MailRecord>();

  constructor(store: Store, refuse: (letter: Letter, error: unknown) => void) {
    this.#store = store;
    this.#refuse = refuse;
  }

  /** Records that hold something unread. */
  get size(): number {
    return this.#records.size;
  }

  /** Whether something is to be written, though no turn has read or left any. */
  get isDirty(): boolean {
    return this.#dirty.size > 0;
  }

  /**
   * What the mail of a turn comes to: new messages, and marks for those that were read.
   *
   * @returns messages that wait for the next turn. Only what came from outside ever does: nobody has been told that
   * it is kept, and most of it is read before its turn comes.
   */
  close(turn: Turn, writes: StoreWrite[]): readonly Letter[] {
    for (const letter of turn.handled) this.#strike(letter);
    for (const letter of turn.dropped) this.#strike(letter);
    const kept: Letter[] = this.#fold();
    const later: Letter[] = [];
    let fromOutside = 0;
    for (const letter of turn.accepted) {
      if (letter.consumed || letter.record !== undefined || !isKept(letter)) continue;
      if (letter.sentByTurn || turn.isComplete || ++fromOutside <= newMax) kept.push(letter);
      else later.push(letter);
    }
    for (const letter of turn.unclaimed) if (!letter.consumed) kept.push(letter);
    if (kept.length > 0) this.#write(turn, kept, writes);
    for (const record of this.#dirty) this.#mark(record, turn, writes);
    this.#dirty.clear();
    return later;
  }

  /**
   * Sees what there is in the store, after turns have failed. What they had read is unread again, unless it was given
   * up for good; that is struck off with the next turn.
   *
   * @param known - Every message that may be in there.
   */
  resume(known: ReadonlyMap<number, Letter>): void {
    for (const letter of known.values()) letter.record = undefined;
    this.#load((kept) => {
      const letter = known.get(kept.id);
      return letter === undefined || letter.consumed ? undefined : letter;
    });
  }

  /** What is unread in a store that has just been opened, in the order it was sent. */
  recover(): readonly Letter[] {
    const letters: Letter[] = [];
    this.#load((kept) => {
      const letter = letterOf(kept);
      letters.push(letter);
      return letter;
    });
    return letters.toSorted((a, b) => a.id - b.id);
  }

  /** The highest number of a turn whose mail is in the store. */
  get lastTurn(): number {
    let last = 0;
    for (const key of this.#records.keys()) last = Math.max(last, turnOfKey(key) ?? 0);
    return last;
  }

  /** Every message that is in a record, for {@link resume}. */
  *letters(): Iterable<Letter> {
    for (const { letters } of this.#records.values()) {
      for (const letter of letters) if (letter !== undefined) yield letter;
    }
  }

  #load(find: (kept: KeptLetter) => Letter | undefined): void {
    this.#records.clear();
    this.#dirty.clear();
    for (const key of this.#store.keys(mailPrefix)) {
      if (turnOfKey(key) === undefined) continue;
      const mail = this.#store.get(key)?.value as KeptMail | undefined;
      if (mail !== undefined) this.#restore(key, mail, find);
    }
  }

  #restore(key: string, { letters }: KeptMail, find: (kept: KeptLetter) => Letter | undefined): void {
    const marks = this.#store.get(new MailRecord(key, []).marksKey)?.value as KeptMarks | undefined;
    const record = new MailRecord(
      key,
      letters.map(() => undefined),
      marks === undefined ? undefined : Uint8Array.from(marks.read),
    );
    record.isMarked = marks !== undefined;
    record.live = 0;
    for (const [place, kept] of letters.entries()) {
      if (isRead(marks?.read, place)) continue;
      const letter = find(kept);
      record.put(place, letter);
      if (letter === undefined) this.#dirty.add(record);
    }
    this.#records.set(key, record);
    if (record.live === 0) this.#dirty.add(record);
  }

  #strike(letter: Letter): void {
    const { record } = letter;
    if (record instanceof MailRecord && record.strike(letter.place)) this.#dirty.add(record);
    letter.record = undefined;
  }

  /** Takes what is left of the records that hold least, when there are too many. */
  #fold(): Letter[] {
    if (this.#records.size < recordsMax) return [];
    const smallest = [...this.#records.values()].toSorted((a, b) => a.live - b.live).slice(0, foldCount);
    const taken: Letter[] = [];
    for (const record of smallest) {
      for (const letter of record.letters) if (letter !== undefined) taken.push(letter);
      record.live = 0;
      this.#dirty.add(record);
    }
    return taken;
  }

  /** One record; halves of it when they can't be one, down to the message that can't be kept at all. */
  #write(turn: Turn, letters: Letter[], writes: StoreWrite[]): void {
    const key = mailKey(turn.number, turn.mailParts);
    let packed: Packed;
    try {
      packed = this.#store.pack({ format: 1, letters: letters.map(keptLetter) } satisfies KeptMail, key);
    } catch (error) {
      const half = letters.length >> 1;
      const [only] = letters;
      if (half === 0 && only !== undefined) this.#refuse(only, error);
      for (const part of half === 0 ? [] : [letters.slice(0, half), letters.slice(half)]) {
        this.#write(turn, part, writes);
      }
      return;
    }
    turn.mailParts += 1;
    const record = new MailRecord(key, letters);
    for (const [place, letter] of letters.entries()) {
      letter.record = record;
      letter.place = place;
    }
    this.#records.set(key, record);
    writes.push({ key, packed });
  }

  #mark(record: MailRecord, turn: Turn, writes: StoreWrite[]): void {
    if (record.live > 0) {
      record.isMarked = true;
      const marks: KeptMarks = { format: 1, read: record.read };
      writes.push({ key: record.marksKey, packed: this.#store.pack(marks, record.marksKey) });
      return;
    }
    this.#records.delete(record.key);
    turn.removed.push(record);
    writes.push({ key: record.key });
    if (record.isMarked) writes.push({ key: record.marksKey });
  }
}

/**
 * Nobody waits for the answer to a question after a restart, and a task is given again by whoever has it. What an actor
 * sends itself is kept with its state: the two change together.
 */
function isKept(letter: Letter): boolean {
  if (letter.priority === ownLane) return false;
  return letter.ask === undefined && !(letter.delegation !== undefined && isAssignment(letter, { address: letter.to }));
}

function letterOf({ id, to, from, priority, event }: KeptLetter): Letter {
  const letter = new Letter(
    to as Address,
    undefined,
    id,
    event as EventObject,
    from as Address | undefined,
    priority,
    undefined,
    undefined,
  );
  return letter;
}
