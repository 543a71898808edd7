// How the mail of durable actors is kept: what a turn left unread goes into one record, and a small one beside it
// marks which of its messages have been read since. So a message costs its share of one write, reading one of many
// costs a few bytes, and nothing is written twice.

import type { Letter } from '../letter.ts';

/** One message as it is kept. */
export interface KeptLetter {
  /** Rises with every message; who sent two sent the lower one first. */
  readonly id: number;
  readonly to: string;
  readonly from?: string;
  readonly priority: number;
  readonly event: unknown;
}

/** The value under `mail/<turn>`: messages that the commit of a turn left unread. */
export interface KeptMail {
  readonly format: 1;
  readonly letters: readonly KeptLetter[];
}

/** The value under `mail/<turn>/read`: a bit for each message of the record that has been read. */
export interface KeptMarks {
  readonly format: 1;
  readonly read: Uint8Array;
}

/** Where every key of mail begins. */
export const mailPrefix = 'mail/';
const marksEnd = '/read';
const turnDigits = 16;

/** A record of mail that has been written, or is about to be. */
export class MailRecord {
  readonly key: string;
  /** By their places; those that have been read are gone. */
  readonly letters: (Letter | undefined)[];
  readonly read: Uint8Array;
  /** Messages in it that have not been read. */
  live: number;
  /** Whether its marks have been written. */
  isMarked = false;
  constructor(key: string, letters: (Letter | undefined)[], read?: Uint8Array) {
    this.key = key;
    this.letters = letters;
    this.read = read ?? new Uint8Array(Math.ceil(letters.length / 8));
    this.live = letters.length;
  }

  get marksKey(): string {
    return this.key + marksEnd;
  }

  /** Sets what is at a place of a record that was found in a store; without a message, it has been read. */
  put(place: number, letter: Letter | undefined): void {
    this.letters[place] = letter;
    if (letter === undefined) {
      this.#setRead(place);
      return;
    }
    this.live += 1;
    letter.record = this;
    letter.place = place;
  }

  /** Strikes a message off. @returns whether it was there. */
  strike(place: number): boolean {
    if (this.letters[place] === undefined) return false;
    this.letters[place] = undefined;
    this.#setRead(place);
    this.live -= 1;
    return true;
  }

  #setRead(place: number): void {
    this.read[place >> 3] = (this.read[place >> 3] ?? 0) | (1 << (place & 7));
  }
}

/** Whether a message of a record has been read. */
export function isRead(marks: Uint8Array | undefined, place: number): boolean {
  return marks !== undefined && ((marks[place >> 3] ?? 0) & (1 << (place & 7))) !== 0;
}

/** The key of the mail of a turn; a turn that can't have it all in one record numbers the parts. */
export function mailKey(turn: number, part: number): string {
  const name = mailPrefix + String(turn).padStart(turnDigits, '0');
  return part === 0 ? name : `${name}.${part}`;
}

/** The turn that a key of mail belongs to; undefined for the marks beside a record, and whatever else is there. */
export function turnOfKey(key: string): number | undefined {
  const match = /^mail\/(\d+)(\.\d+)?$/.exec(key);
  return match === null ? undefined : Number(match[1]);
}

export function keptLetter({ id, to, from, priority, event }: Letter): KeptLetter {
  return from === undefined ? { id, to, priority, event } : { id, to, from, priority, event };
}
