// How far a simulation has come: one line that is redrawn on a terminal, one line a second elsewhere. A simulation has
// no tasks to tell of, only seeds, and how many of them pass in a second.

import type { createLogUpdate } from 'log-update';
import type { Clock } from '../base/clock.ts';
import { formatMs } from '../base/duration.ts';
import { printable } from '../base/printable.ts';
import type { Terminal } from './terminal.ts';

const redraw_ms = 100;
const line_ms = 1_000;

/** Progress over seeds. */
export class SeedsProgress {
  readonly #terminal: Terminal;
  readonly #clock: Clock;
  readonly #draw: ReturnType<typeof createLogUpdate> | undefined;
  readonly #startedAt: number;
  #toldAt: number;
  #seeds = 0;
  #isOver = false;

  /** @param draw - Redraws a line; undefined where lines are written one below the other. */
  constructor(terminal: Terminal, clock: Clock, draw: ReturnType<typeof createLogUpdate> | undefined) {
    this.#terminal = terminal;
    this.#clock = clock;
    this.#draw = draw;
    this.#startedAt = clock.now();
    this.#toldAt = this.#startedAt;
    if (draw !== undefined) {
      terminal.redrawnBy((text) => {
        draw.persist(text);
      });
    }
  }

  /** One more seed is done. */
  readonly onSeed = ({ seeds, of }: { readonly seeds: number; readonly of: number }): void => {
    this.#seeds = seeds;
    const now = this.#clock.now();
    if (now - this.#toldAt < (this.#draw === undefined ? line_ms : redraw_ms) || seeds === of) return;
    this.#toldAt = now;
    this.#say(`${seeds} of ${of} seeds, ${this.#rate(now)}`);
  };

  /** A seed has failed; what comes now takes a while. */
  failed(seed: number, invariant: string, isShrunk: boolean): void {
    const what = `seed ${seed} fails: ${printable(invariant)}`;
    if (isShrunk) this.#say(`${what}; making it smaller …`);
  }

  /** The last line, which stays. */
  end(): void {
    if (this.#isOver) return;
    this.#isOver = true;
    this.#draw?.clear();
    this.#draw?.done();
    this.#terminal.redrawnBy(undefined);
    const now = this.#clock.now();
    if (this.#seeds > 0)
      this.#terminal.note(
        `${this.#seeds} ${this.#seeds === 1 ? 'seed' : 'seeds'} in ${formatMs(now - this.#startedAt)}.`,
      );
  }

  #say(line: string): void {
    if (this.#draw === undefined) this.#terminal.note(line);
    else this.#draw(line);
  }

  #rate(now: number): string {
    const seconds = Math.max(now - this.#startedAt, 1) / 1_000;
    return `${(this.#seeds / seconds).toFixed(1)} seeds/s`;
  }
}

/** Progress of this process. */
export async function seedsProgress(terminal: Terminal, clock: Clock): Promise<SeedsProgress> {
  if (!terminal.isLive) return new SeedsProgress(terminal, clock, undefined);
  const { createLogUpdate } = await import('log-update');
  return new SeedsProgress(terminal, clock, createLogUpdate(terminal.stderr));
}
