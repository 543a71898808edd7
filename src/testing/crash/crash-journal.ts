// What a process that gets killed leaves besides its store: what it had acknowledged, a line of JSON each, and a mark
// that says where it was killed. Both are written whole before the call returns, so that a kill at any instant loses none.

import { openSync, readFileSync, writeFileSync, writeSync } from 'node:fs';
import { InvalidOptionError } from '../../base/errors.ts';
import { limits } from '../../base/limits.ts';

/** Writes down what is acknowledged. */
export class Journal {
  readonly #file: number;
  #size_bytes = 0;

  constructor(path: string) {
    this.#file = openSync(path, 'a', 0o600);
  }

  /** @throws INVALID_OPTION for what JSON can't hold, and when it is too much. */
  readonly acknowledge = (note: unknown): void => {
    const line = `${lineOf(note)}\n`;
    this.#size_bytes += Buffer.byteLength(line);
    const most_bytes = limits.testing.crashAcknowledged_bytes;
    if (this.#size_bytes > most_bytes) {
      const expected = `at most ${most_bytes.toLocaleString('en-US')} bytes of notes in all: shorter ones, or fewer`;
      throw new InvalidOptionError('what acknowledge() was given', `${this.#size_bytes} bytes`, expected);
    }
    writeSync(this.#file, line);
  };
}

function lineOf(note: unknown): string {
  try {
    const text = JSON.stringify(note ?? null) as string | undefined; // of a function there is none, whatever the types say
    if (text !== undefined) return text;
  } catch {
    // It refers to itself, or holds a bigint: refused below.
  }
  throw new InvalidOptionError('the note of acknowledge()', note, 'what JSON can hold');
}

/** What a process had acknowledged; nothing when it was killed before it could. */
export function readJournal(path: string): readonly unknown[] {
  const lines = (textOf(path) ?? '').split('\n').slice(0, -1);
  return lines.map((line): unknown => JSON.parse(line));
}

/** Says where a process is about to be killed. */
export function markKilled(path: string, point: string): void {
  writeFileSync(path, point);
}

/** Whether a process has been killed where it was to be. */
export function isMarked(path: string): boolean {
  return textOf(path) !== undefined;
}

function textOf(path: string): string | undefined {
  try {
    return readFileSync(path, 'utf8');
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code === 'ENOENT') return undefined;
    throw error;
  }
}
