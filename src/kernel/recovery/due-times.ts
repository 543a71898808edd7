// When that is due which is kept with a due time. It is kept in calendar time, since nothing else outlives a process, and
// beside it what both clocks showed when it was written.
//
// While a process lives the calendar plays no part: what it has written itself is due when it was, however the calendar
// has been set since. Of what an earlier process wrote, the time that passed by the calendar until this one began has
// passed, but a calendar that was set back makes nothing wait longer than it had left when it was written.

import type { Clock } from '../../base/clock.ts';
import type { ActorRecord, StoredMoment } from './durable-record.ts';

/** How it is known when a record was written. */
export interface KeptAt {
  /** Undefined in records that no process has said it of. */
  readonly written?: StoredMoment | undefined;
  /** Calendar time at which it landed; undefined when it has not, or nobody has looked. */
  readonly at?: number | undefined;
}

/** Puts due times down, and reads them. */
export class DueTimes {
  readonly #clock: Pick<Clock, 'now' | 'wall'>;
  readonly #begun: { readonly now: number; readonly wall: number };
  readonly #process: string;

  constructor(clock: Pick<Clock, 'now' | 'wall'>) {
    this.#clock = clock;
    this.#begun = { now: clock.now(), wall: clock.wall() };
    this.#process = `${this.#begun.wall} ${this.#begun.now}`;
  }

  /** Says of a record when it was written, where something in it is due. */
  stamped(record: ActorRecord): ActorRecord {
    const { schedules, delays, inHand } = record;
    if (schedules === undefined && delays === undefined && inHand === undefined) return record;
    return { ...record, written: { process: this.#process, wall: this.#clock.wall(), now: this.#clock.now() } };
  }

  /** When something is due, by the monotonic clock of this process; it may be past. */
  at(due: number, { written, at }: KeptAt): number {
    if (written?.process === this.#process) return due - written.wall + written.now;
    const { now, wall } = this.#begun;
    const keptAt = written?.wall ?? at;
    const left = keptAt === undefined ? due - wall : Math.min(due - wall, due - keptAt);
    return now + Math.max(0, left);
  }

  /** How long something still has to wait, in milliseconds. */
  remaining(due: number, kept: KeptAt): number {
    return Math.max(0, this.at(due, kept) - this.#clock.now());
  }
}
