// Undoing turns that have not landed: every durable actor they touched goes back to its last record that has, every
// mailbox to what it was. What a turn has sent is gone, since whoever sent it will send it again; what came from
// anywhere else is kept and handled again. Nobody has seen anything of it, but for those who asked: they are refused.

import type { Store, StoreWrite } from '../../store/port.ts';
import type { Cell } from '../cell.ts';
import type { CommitHost } from './commit-host.ts';
import { keyOf, type Touch, type Turn } from './commit-turn.ts';
import type { ActorRecord } from '../recovery/durable-record.ts';
import type { DurableMail } from './durable-mail.ts';
import { ownLane } from '../envelope.ts';
import { Letter } from '../letter.ts';

/** What is left to be done after turns have been undone. */
export interface Remains {
  /** Messages that are in no record. */
  readonly accepted: readonly Letter[];
  /** Actors that ended for good and are still in the store. */
  readonly ended: readonly Cell[];
  /** Actors of which nothing is in the store. */
  readonly unkept: readonly Cell[];
  /** Writes of what happened outside the turns that were undone. */
  readonly added: readonly StoreWrite[];
}

/** What undoing needs. */
export interface UndoParts {
  readonly store: Store;
  readonly mail: DurableMail;
  readonly host: CommitHost;
}

/** Undoes turns, the oldest first. None of them has landed, and none after them. */
export function undo(turns: readonly Turn[], error: unknown, { store, mail, host }: UndoParts): Remains {
  const [first] = turns;
  if (first === undefined) return { accepted: [], ended: [], unkept: [], added: [] };
  for (const turn of turns) {
    turn.state = 'failed';
    refuseHeld(turn, error);
  }
  const touched = new Set(turns.flatMap(({ touches }) => touches.map(({ cell }) => cell)));
  const isGone = (letter: Letter): boolean =>
    (letter.sentByTurn && letter.turn >= first.number) || (letter.priority === ownLane && isTouched(letter, touched));
  const ended = new Set(turns.flatMap(({ touches }) => touches.filter((touch) => touch.ended).map(({ cell }) => cell)));
  const back = takeBack(turns, (letter) => isGone(letter) || (letter.cell !== undefined && ended.has(letter.cell)));
  withdraw(turns.flatMap(({ accepted }) => accepted.filter((letter) => !letter.consumed && isGone(letter))));
  const known = knownLetters(turns, mail);
  // Before the actors go back: who has a notice in its mailbox is not told again.
  for (const [cell, letters] of back) {
    // When the kernel stops, an actor is gone and its messages are kept.
    if (cell.state === 'stopped') continue;
    for (const letter of letters.toReversed()) cell.mailbox.putBack(letter);
  }
  // What the store has of an address whose actor has ended is not of the one that came after it.
  const left = new Set(Array.from(ended, ({ address }) => address));
  const unkept: Cell[] = [];
  for (const cell of touched) {
    if (!cell.isAlive || cell.state === 'stopping' || cell.state === 'stopped') continue;
    const record = left.has(cell.address) ? undefined : store.get(keyOf(cell))?.value;
    if (record === undefined) unkept.push(cell);
    host.rollBack(cell, record as ActorRecord | undefined);
  }
  for (const cell of touched) host.wake(cell);
  mail.resume(known);
  return {
    accepted: [...known.values()].filter((letter) => !letter.consumed && letter.record === undefined),
    ended: [...ended],
    unkept,
    added: turns.flatMap(({ added, foreseen }) => added.filter((write) => !foreseen.has(write))),
  };
}

/** What waits for a turn learns that it has not landed. */
export function refuseHeld(turn: Turn, error: unknown): void {
  for (const held of turn.held) if (held.type === 'next') held.next({ error });
  for (const letter of turn.handled) letter.ask?.refuse(error);
  for (const letter of turn.unclaimed) letter.consumed = true;
  for (const waiter of turn.waiters) waiter({ error });
}

/**
 * Takes an actor whose state can't be kept out of a turn that is about to be written: what it wanted is dropped, and
 * what it sent is withdrawn as far as nobody has read it. @returns the messages it had handled.
 */
export function spoil(turn: Turn, { cell }: Touch, error: unknown): readonly Letter[] {
  remove(turn.touches, (touch) => touch.cell === cell);
  for (const held of remove(turn.held, (each) => each.cell === cell)) {
    if (held.type === 'next') held.next({ error });
  }
  const messages = remove(turn.handled, (letter) => letter.cell === cell);
  withdraw(turn.accepted.filter((letter) => letter.sentByTurn && !letter.consumed && letter.from === cell.address));
  for (const letter of messages) {
    letter.consumed = letter.ask !== undefined;
    letter.ask?.refuse(error);
  }
  cell.touch = undefined;
  return messages.filter(({ consumed }) => !consumed);
}

/** Every message that these turns or the records know of, by its id. */
function knownLetters(turns: readonly Turn[], mail: DurableMail): Map<number, Letter> {
  const known = new Map<number, Letter>();
  const add = (letters: Iterable<Letter | undefined>): void => {
    for (const letter of letters) {
      // A message that was put aside and brought back is there twice; the one that waits is it.
      if (letter !== undefined && known.get(letter.id)?.consumed !== false) known.set(letter.id, letter);
    }
  };
  add(mail.letters());
  for (const { accepted, handled, dropped, removed } of turns) {
    for (const letters of [accepted, handled, dropped, ...removed.map((record) => record.letters)]) add(letters);
  }
  return known;
}

/** The messages that are to be handled again, by who is to; in the order in which they had been taken. */
function takeBack(turns: readonly Turn[], isGone: (letter: Letter) => boolean): Map<Cell, Letter[]> {
  const back = new Map<Cell, Letter[]>();
  for (const letter of turns.flatMap(({ handled }) => handled)) {
    const { cell, ask } = letter;
    if (cell === undefined || ask !== undefined || isGone(letter)) continue;
    letter.consumed = false;
    const letters = back.get(cell);
    if (letters === undefined) back.set(cell, [letter]);
    else letters.push(letter);
  }
  return back;
}

function isTouched({ cell }: Letter, touched: ReadonlySet<Cell>): boolean {
  return cell !== undefined && touched.has(cell);
}

/** Takes messages out of the mailboxes they wait in. */
function withdraw(letters: readonly Letter[]): void {
  for (const letter of letters) letter.consumed = true;
  for (const cell of new Set(letters.map((letter) => letter.cell))) {
    cell?.mail?.withdraw((envelope) => envelope instanceof Letter && envelope.consumed);
  }
}

/** Takes out what fits. */
function remove<Each>(list: Each[], fits: (each: Each) => boolean): Each[] {
  const taken = list.filter(fits);
  if (taken.length > 0) list.splice(0, list.length, ...list.filter((each) => !fits(each)));
  return taken;
}
