// What happened in a test, line by line: every message that was handled and every event that was told, with its time.
// The newest lines are kept for reading; all go into a hash, by which two runs are seen to be the same.

import { createHash } from 'node:crypto';
import { CircularBuffer } from 'mnemonist';
import { limits } from '../../base/limits.ts';
import type { Cell } from '../../kernel/cell.ts';
import type { Envelope } from '../../kernel/envelope.ts';
import type { KernelParts } from '../../kernel/parts.ts';
import { plainText } from '../environment.ts';

/** The lines of a run. */
export class RunTrace {
  readonly #hash = createHash('sha256');
  readonly #kept = new CircularBuffer<string>(Array, limits.testing.runtimeTrace_lines);
  readonly #now: () => number;

  /** @param now - Milliseconds since the beginning. */
  constructor(now: () => number) {
    this.#now = now;
  }

  /** Notes what happened. */
  note(what: string, data: unknown): void {
    const line = `${this.#now()} ms ${what} ${textOf(data)}`;
    this.#hash.update(line).update('\n');
    this.#kept.push(line);
  }

  /** The newest lines, oldest first. */
  get lines(): readonly string[] {
    return [...this.#kept];
  }

  /** SHA-256 of all lines so far. */
  get hash(): string {
    return this.#hash.copy().digest('hex');
  }
}

function textOf(data: unknown): string {
  try {
    return plainText(data);
  } catch {
    return '(not readable)';
  }
}

/** Told of a message that an actor has handled, or has crashed on. */
export type MessageWatcher = (what: 'handled' | 'crashed on', cell: Cell, envelope: Envelope) => void;

/** Tells of every message that an actor of a kernel handles, in order, before what it leads to. */
export function watchMessages({ turns }: Pick<KernelParts, 'turns'>, told: MessageWatcher): void {
  const release = turns.release.bind(turns);
  const crashed = turns.crashed.bind(turns);
  turns.release = (cell, envelope) => {
    told('handled', cell, envelope);
    release(cell, envelope);
  };
  turns.crashed = (cell, envelope, error) => {
    told('crashed on', cell, envelope);
    crashed(cell, envelope, error);
  };
}
