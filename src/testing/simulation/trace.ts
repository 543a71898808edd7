// What happened in a simulated run, line by line: the last fifty are kept for whoever has to understand a failure, and
// all go into a hash, by which two runs are seen to be the same.

import { CircularBuffer } from 'mnemonist';
import { limits } from '../../base/limits.ts';
import { printable } from '../../base/printable.ts';

/** The trace of one run. */
export class Trace {
  readonly #last = new CircularBuffer<string>(Array, limits.testing.trace_lines);
  readonly #now: () => number;
  #high = 0x811c_9dc5;
  #low = 0x1000_0193;
  /** Steps so far. */
  step = 0;

  constructor(now: () => number) {
    this.#now = now;
  }

  add(what: string): void {
    const line = `${this.step} ${this.#now()} ms  ${what}`;
    this.#last.push(line);
    let high = this.#high;
    let low = this.#low;
    for (let index = 0; index < line.length; index++) {
      const code = line.charCodeAt(index);
      high = Math.imul(high ^ code, 0x0100_0193);
      low = Math.imul(low + code, 0x85eb_ca6b) ^ (low >>> 13);
    }
    this.#high = high >>> 0;
    this.#low = low >>> 0;
  }

  /** The same for the same run, and as good as never for two others: 16 hexadecimal digits. */
  get hash(): string {
    return [this.#high, this.#low].map((part) => part.toString(16).padStart(8, '0')).join('');
  }

  /** The last lines, oldest first: step, time, what happened. */
  get last(): readonly string[] {
    return [...this.#last].map((line) => printable(line, limits.testing.traceLine_characters));
  }
}
