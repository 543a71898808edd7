// The ledger of one life's messages: where each one is that was ever taken into a mailbox, and by which right it moves
// from one place to the next. What has been taken out of a mailbox must come to an end before the step is over.

import type { Cell } from '../../../kernel/cell.ts';
import type { DeadLetter } from '../../../kernel/dead-letters.ts';
import { type Envelope, ownLane } from '../../../kernel/envelope.ts';
import { Letter } from '../../../kernel/letter.ts';
import { named, who } from './words.ts';

/** What one commit of the durable world covers. */
export interface TurnOfMail {
  state: 'open' | 'in flight' | 'landed' | 'undone';
}

type Place =
  /** In a mailbox. */
  | 'waiting'
  /** Taken out, with nothing known of it yet. */
  | 'taken'
  | 'being handled'
  | 'handled'
  | 'crashed'
  /** Turned away, or withdrawn. */
  | 'rejected'
  /** A dead letter, or something that ends with its incarnation. */
  | 'gone';

/** One message. */
export interface Entry {
  readonly envelope: Envelope;
  cell: Cell;
  place: Place;
  /** The turn in which it was accepted, and that in which it was handled; of messages to durable actors. */
  accepted: TurnOfMail | undefined;
  handledIn: TurnOfMail | undefined;
  /** Whether its actor has asked to put it aside. */
  isStashed: boolean;
}

/** The messages of one life. */
export class Ledger {
  readonly #entries = new Map<number, Entry>();
  /** How many messages should wait in each cell that something has happened to. */
  readonly #waiting = new Map<Cell, number>();
  readonly #touched = new Set<Cell>();
  /** Entries whose end is not known. */
  readonly #limbo = new Set<Entry>();
  /** Entries that wait or were put aside: the others need not be looked for. */
  readonly #open = new Set<Entry>();
  readonly #fail: (problem: string) => void;
  readonly #isClosing: () => boolean;
  turn: TurnOfMail = { state: 'open' };

  constructor(fail: (problem: string) => void, isClosing: () => boolean) {
    this.#fail = fail;
    this.#isClosing = isClosing;
  }

  entry(id: number): Entry | undefined {
    return this.#entries.get(id);
  }

  /** A message has come into a mailbox. */
  put(cell: Cell, envelope: Envelope): void {
    const known = this.#entries.get(envelope.id);
    if (known !== undefined && known.envelope !== envelope && known.place !== 'gone' && known.place !== 'rejected')
      this.#fail(`${named(envelope)} is taken in by ${who(cell)}, but it is ${known.place} at ${who(known.cell)}`);
    else if (known !== undefined && known.place === 'handled')
      this.#fail(`${named(envelope)} is taken in by ${who(cell)} again, which has handled it`);
    const accepted = cell.spec.durable ? this.turn : undefined;
    this.#add({ envelope, cell, place: 'waiting', accepted, handledIn: undefined, isStashed: false });
    this.#count(cell, 1);
  }

  #add(entry: Entry): void {
    const before = this.#entries.get(entry.envelope.id);
    if (before !== undefined) {
      this.#limbo.delete(before);
      this.#open.delete(before);
    }
    this.#entries.set(entry.envelope.id, entry);
    this.#open.add(entry);
  }

  /** A message that waited, or a newcomer, has been turned away. */
  turnedAway(cell: Cell, envelope: Envelope, isNewcomer: boolean): void {
    const known = this.#entries.get(envelope.id);
    if (!isNewcomer) this.#count(cell, -1);
    const entry = known ?? {
      envelope,
      cell,
      place: 'rejected',
      accepted: undefined,
      handledIn: undefined,
      isStashed: false,
    };
    this.#entries.set(envelope.id, entry);
    this.#unsettle(entry, 'rejected');
  }

  taken(cell: Cell, envelope: Envelope): void {
    this.#count(cell, -1);
    const entry = this.#entries.get(envelope.id);
    if (entry === undefined) this.#fail(`${who(cell)} takes ${named(envelope)}, which it never took in`);
    else if (entry.place !== 'waiting') this.#fail(`${who(cell)} takes ${named(envelope)}, which is ${entry.place}`);
    else this.#unsettle(entry, 'taken');
  }

  handling(cell: Cell, envelope: Envelope): void {
    const entry = this.#entries.get(envelope.id);
    if (entry?.place !== 'taken')
      this.#fail(`${who(cell)} handles ${named(envelope)}, which is ${entry?.place ?? 'unknown'}`);
    if (entry !== undefined) this.#unsettle(entry, 'being handled');
  }

  handled(cell: Cell, { id }: Envelope): void {
    const entry = this.#entries.get(id);
    if (entry === undefined) return;
    entry.handledIn = cell.spec.durable ? this.turn : undefined;
    entry.isStashed = false;
    this.#settle(entry, 'handled');
  }

  crashed({ id }: Envelope): void {
    const entry = this.#entries.get(id);
    if (entry !== undefined) this.#unsettle(entry, 'crashed');
  }

  /** @param isSpoiled - Whether the state that it led to could not be kept. */
  back(cell: Cell, envelope: Envelope, isSpoiled: boolean): void {
    const entry = this.#entries.get(envelope.id);
    this.#count(cell, 1);
    if (entry === undefined) {
      const accepted = cell.spec.durable ? this.turn : undefined; // made anew from a record
      this.#add({ envelope, cell, place: 'waiting', accepted, handledIn: undefined, isStashed: false });
      return;
    }
    const problem = wrongReturn(entry, isSpoiled);
    if (problem !== undefined) this.#fail(`${named(envelope)} is brought back to ${who(cell)}, ${problem}`);
    // What was put aside counts as accepted by the turn that brings it back.
    if (entry.isStashed && cell.spec.durable) entry.accepted = this.turn;
    entry.isStashed = false;
    entry.cell = cell;
    this.#settle(entry, 'waiting');
  }

  /** An actor puts the message aside that it handles; it is there once more. */
  stashed({ id }: Envelope): void {
    const entry = this.#entries.get(id);
    if (entry === undefined) return;
    if (entry.place === 'waiting')
      this.#fail(`${named(entry.envelope)} is put aside by ${who(entry.cell)}, and waits there as well`);
    entry.isStashed = true;
    this.#open.add(entry);
  }

  withdrawn(cell: Cell, { id }: Envelope): void {
    this.#count(cell, -1);
    const entry = this.#entries.get(id);
    if (entry === undefined) return;
    const { envelope, accepted } = entry;
    // What a turn has sent that comes to nothing, whoever sent it sends again.
    const isSentAgain = envelope instanceof Letter && envelope.sentByTurn && accepted?.state !== 'landed';
    if (isSentAgain || envelope.priority === ownLane) this.#settle(entry, 'gone');
    else this.#unsettle(entry, 'rejected');
  }

  forgotten(cell: Cell, { id }: Envelope): void {
    this.#count(cell, -1);
    const entry = this.#entries.get(id);
    if (entry !== undefined) this.#settle(entry, 'gone');
  }

  /** A dead letter is the end of the message that it was. */
  dead({ to, event }: Omit<DeadLetter, 'at'>): void {
    for (const entry of this.#limbo) {
      if (entry.envelope.event !== event || entry.cell.address !== to || entry.place === 'being handled') continue;
      this.#settle(entry, 'gone');
      return;
    }
  }

  /** Between two steps nothing is under way, and each mailbox holds what it should. */
  check(): void {
    for (const entry of this.#limbo) {
      if (!this.#endsSo(entry))
        this.#fail(
          `${named(entry.envelope)} to ${who(entry.cell)} has vanished: it was ${entry.place}, and that is all`,
        );
    }
    if (this.#limbo.size > 0) this.#limbo.clear();
    for (const cell of this.#touched) {
      const expected = this.#waiting.get(cell) ?? 0;
      const { mail } = cell;
      const there = mail === undefined ? 0 : mail.size + mail.systemSize;
      if (there !== expected)
        this.#fail(`${who(cell)} (${cell.state}) holds ${there} messages, and should hold ${expected}`);
      if (cell.state === 'stopped') this.#waiting.delete(cell);
    }
    if (this.#touched.size > 0) this.#touched.clear();
  }

  /** Goes through all mailboxes: each message that should wait does. Costs as much as there are messages. */
  audit(cells: Iterable<Cell>): void {
    const there = new Set<number>();
    for (const cell of cells) {
      for (const envelope of cell.mail ?? []) {
        const entry = this.#entries.get(envelope.id);
        if (entry?.place !== 'waiting' || entry.cell !== cell)
          this.#fail(`${named(envelope)} waits at ${who(cell)}, and should be ${entry?.place ?? 'nowhere'}`);
        there.add(envelope.id);
      }
      for (const { id } of cell.extras?.stash ?? []) there.add(id);
    }
    for (const entry of this.#open) {
      const { envelope, cell, place, isStashed } = entry;
      if (place !== 'waiting' && !isStashed) this.#open.delete(entry);
      else if (there.has(envelope.id) || cell.state === 'stopped' || cell.spec.durable) continue;
      else if (place === 'waiting') this.#fail(`${named(envelope)} should wait at ${who(cell)}, and does not`);
      else if (isStashed) this.#fail(`${named(envelope)} was put aside by ${who(cell)}, and is not there`);
    }
  }

  /** What may end so without a word. */
  #endsSo({ envelope, cell, place }: Entry): boolean {
    const { priority, ask } = envelope;
    const isStopped = cell.state === 'stopped';
    switch (place) {
      case 'taken':
        // The runtime's own messages are nobody's loss; what is kept goes on in the next process.
        if (!isStopped) return false;
        return priority < 0 || (envelope instanceof Letter && ask === undefined && this.#isClosing());
      case 'crashed':
        return ask !== undefined;
      case 'rejected':
      case 'waiting':
      case 'being handled':
      case 'handled':
      case 'gone':
        return false;
    }
  }

  #count(cell: Cell, by: number): void {
    this.#waiting.set(cell, (this.#waiting.get(cell) ?? 0) + by);
    this.#touched.add(cell);
  }

  #settle(entry: Entry, place: Place): void {
    entry.place = place;
    this.#limbo.delete(entry);
    if (place === 'waiting') this.#open.add(entry);
  }

  #unsettle(entry: Entry, place: Place): void {
    entry.place = place;
    this.#limbo.add(entry);
  }
}

/** Why a message may not be brought back; undefined when it may. */
function wrongReturn({ place, isStashed, handledIn, cell }: Entry, isSpoiled: boolean): string | undefined {
  if (place === 'crashed' || isStashed) return undefined;
  if (place !== 'handled') return `though it is ${place}`;
  if (handledIn === undefined) return `which has handled it`;
  if (handledIn.state === 'undone' || (isSpoiled && handledIn.state === 'open')) return undefined;
  return `though the commit with which ${who(cell)} has handled it is ${handledIn.state}`;
}
