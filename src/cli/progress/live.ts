// Progress on a terminal: a picture that is redrawn in place, at most ten times a second. Trouble is told above it and
// stays; how much of it is bounded.

import { createLogUpdate } from 'log-update';
import type { Clock, TimerHandle } from '../../base/clock.ts';
import type { RuntimeEvent } from '../../observe/events.ts';
import type { Terminal } from '../terminal.ts';
import { drawLive } from './live-view.ts';
import { happening } from './happenings.ts';
import type { Progress } from './progress.ts';
import type { Tally } from './tally.ts';

const redraw_ms = 100;
/** Lines about trouble that one redraw may add. */
const troublePerRedraw_count = 3;

/** What is followed. */
export interface Followed {
  readonly title: string;
  readonly tally: Tally;
  readonly clock: Clock;
  readonly terminal: Terminal;
}

/** Progress that is redrawn in place. */
export class LiveProgress implements Progress {
  readonly #followed: Followed;
  readonly #draw: ReturnType<typeof createLogUpdate>;
  #startedAt: number;
  #timer: TimerHandle | undefined = undefined;
  #stopping: string | undefined = undefined;
  #trouble: string[] = [];
  #untold = 0;

  constructor(followed: Followed) {
    this.#followed = followed;
    this.#draw = createLogUpdate(followed.terminal.stderr);
    this.#startedAt = followed.clock.now();
  }

  take(event: RuntimeEvent): void {
    this.#followed.tally.take(event);
    if (event.type === 'run.accepted') this.#begin();
    const line = happening(event);
    if (line === undefined) return;
    if (this.#trouble.length <= troublePerRedraw_count) this.#trouble.push(line);
    else this.#untold += 1;
  }

  stopping(text: string): void {
    this.#stopping = text;
    if (this.#timer === undefined) this.#begin();
    else this.#redraw();
  }

  end(): void {
    const { clock, terminal } = this.#followed;
    if (this.#timer === undefined) return;
    clock.clearTimer(this.#timer);
    this.#timer = undefined;
    this.#show();
    this.#draw.done();
    terminal.redrawnBy(undefined);
  }

  #begin(): void {
    this.#startedAt = this.#followed.clock.now();
    this.#followed.terminal.redrawnBy((text) => {
      this.#draw.persist(text);
    });
    this.#redraw();
  }

  #tellTrouble(): void {
    const { terminal } = this.#followed;
    if (this.#trouble.length === 0) return;
    const more = this.#untold === 0 ? [] : [`and ${this.#untold} more like these`];
    terminal.note(...[...this.#trouble, ...more].map((line) => terminal.colours.yellow(line)));
    this.#trouble = [];
    this.#untold = 0;
  }

  #redraw(): void {
    const { clock } = this.#followed;
    if (this.#timer !== undefined) clock.clearTimer(this.#timer);
    this.#show();
    this.#timer = clock.setTimer(() => {
      this.#redraw();
    }, redraw_ms);
  }

  #show(): void {
    const { title, tally, clock, terminal } = this.#followed;
    this.#tellTrouble();
    const lines = drawLive({
      title,
      tally,
      elapsedMs: clock.now() - this.#startedAt,
      wallMs: clock.wall(),
      columns: terminal.columns(),
      rows: terminal.rows(),
      colours: terminal.colours,
      stopping: this.#stopping,
    });
    this.#draw(lines.join('\n'));
  }
}
