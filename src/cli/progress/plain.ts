// Progress as plain lines, for pipes, files and CI. The first tasks of each type are told one by one; a fan-out of
// thousands becomes one line a second.

import type { Clock, TimerHandle } from '../../base/clock.ts';
import { formatMs } from '../../base/duration.ts';
import { printable } from '../../base/printable.ts';
import type { RuntimeEvent } from '../../observe/events.ts';
import type { TaskEvent } from '../../observe/task-events.ts';
import { happening } from './happenings.ts';
import type { Followed } from './live.ts';
import type { Progress } from './progress.ts';

const summary_ms = 1_000;
/** A run that goes on for longer than a minute is told of less often. */
const lateSummary_ms = 10_000;
const late_ms = 60_000;
/** Tasks of each type that are told one by one. */
const toldPerType_count = 3;
/** Lines about trouble between two summaries. */
const troublePerSummary_count = 10;

/** Progress that is written line by line. */
export class PlainProgress implements Progress {
  readonly #followed: Followed;
  readonly #clock: Clock;
  #startedAt: number;
  readonly #told = new Map<string, number>();
  #timer: TimerHandle | undefined = undefined;
  #trouble = 0;

  constructor(followed: Followed) {
    this.#followed = followed;
    this.#clock = followed.clock;
    this.#startedAt = followed.clock.now();
  }

  take(event: RuntimeEvent): void {
    this.#followed.tally.take(event);
    if (event.type === 'run.accepted') this.#begin();
    const line = happening(event);
    if (line !== undefined) this.#complain(line);
    else if (event.type === 'run.event') this.#takeTask(event.event);
  }

  stopping(text: string): void {
    this.#say(text);
  }

  end(): void {
    if (this.#timer !== undefined) this.#clock.clearTimer(this.#timer);
    this.#timer = undefined;
  }

  #begin(): void {
    this.#startedAt = this.#clock.now();
    this.#say(`${this.#followed.title} started`);
  }

  #takeTask(event: TaskEvent): void {
    if (event.type === 'done' && event.address.includes('/')) {
      const told = this.#told.get(event.taskType) ?? 0;
      this.#told.set(event.taskType, told + 1);
      if (told < toldPerType_count) {
        this.#say(`${printable(event.taskType)} done at ${event.address} in ${formatMs(event.tookMs)}`);
        return;
      }
    }
    if (event.type !== 'done' && event.type !== 'progress') return;
    this.#arm();
  }

  #complain(line: string): void {
    this.#trouble += 1;
    if (this.#trouble <= troublePerSummary_count) this.#say(line);
    this.#arm();
  }

  #arm(): void {
    this.#timer ??= this.#clock.setTimer(
      () => {
        this.#timer = undefined;
        this.#summarise();
      },
      this.#clock.now() - this.#startedAt < late_ms ? summary_ms : lateSummary_ms,
    );
  }

  #summarise(): void {
    const { done, running, waiting, failed } = this.#followed.tally.totals();
    const unsaid = this.#trouble - troublePerSummary_count;
    const [oldest] = this.#followed.tally.running(1);
    const note = oldest?.note === undefined ? '' : `; ${printable(oldest.type)}: ${printable(oldest.note)}`;
    this.#say(
      `${done} done, ${running} running, ${waiting} waiting, ${failed} failed${unsaid > 0 ? `, ${unsaid} more troubles` : ''}${note}`,
    );
    this.#trouble = 0;
  }

  #say(line: string): void {
    this.#followed.terminal.note(`${formatMs(this.#clock.now() - this.#startedAt).padStart(8)}  ${line}`);
  }
}
