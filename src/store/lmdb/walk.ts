// Counts, after opening, what lives in each journal record: once through all current records, in slices, on the state
// that was there at the opening. Commits that land meanwhile change the same counts, so the sum is right when the walk
// is over. Then records that a crash has left without anybody who needs them are let go of.

import type { Ground } from './ground.ts';
import { numberOf } from './journal.ts';
import type { Damage } from '../port.ts';
import { entryPlaces, readEntry } from './entries.ts';
import { readHead } from './record.ts';
import { type SliceClock, Slices } from './slices.ts';

const numbersAtOnce_count = 500;
/** Nobody waits for the walk, and everybody who opens a store for what comes next: it takes little at a time. */
const slice_ms = 1;

/** The walk through a store that has been opened. */
export class Walk {
  readonly #ground: Ground;
  readonly #clock: SliceClock;
  readonly #onDamage: (damage: Damage) => void;
  #isStopped = false;
  /** Resolves when it is over; it never fails. */
  readonly done: Promise<void>;

  /** Begins at once: what is there now is what is counted. */
  constructor(ground: Ground, clock: SliceClock, onDamage: (damage: Damage) => void) {
    this.#ground = ground;
    this.#clock = clock;
    this.#onDamage = onDamage;
    ground.counts.clear();
    ground.ringed = 0;
    this.done = this.#run();
  }

  /** Ends it where it is. */
  async stop(): Promise<void> {
    this.#isStopped = true;
    await this.done;
  }

  async #run(): Promise<void> {
    const { counts, nextNumber } = this.#ground;
    const slices = new Slices(this.#clock, slice_ms);
    try {
      await this.#count(slices, nextNumber);
      if (this.#isStopped) return;
      counts.complete();
      if (!this.#ground.readOnly) await this.#sweep(slices, nextNumber);
    } catch {
      // What can't be read is not counted: then nothing that was there may be deleted.
      counts.trustedFrom = nextNumber;
    }
  }

  async #count(slices: Slices, before: number): Promise<void> {
    const { counts, environment } = this.#ground;
    for (const [key, record] of environment.current.entries()) {
      const head = readHead(record, key);
      if (head === undefined) counts.trustedFrom = before; // its versions can't be counted
      else this.#countRing(head.ring);
      if (!slices.isOver) continue;
      await slices.next();
      if (this.#isStopped) return;
    }
  }

  #countRing(ring: readonly number[]): void {
    if (ring.length > 0) this.#ground.ringed += 1;
    for (const place of ring) this.#ground.counts.found(numberOf(place));
  }

  /** Lets go of records from before the opening in which nothing lives. */
  async #sweep(slices: Slices, before: number): Promise<void> {
    const { counts } = this.#ground;
    let last: number | undefined;
    while (!this.#isStopped) {
      const numbers: readonly number[] = this.#ground.environment.journal.keys(
        last,
        last !== undefined,
        numbersAtOnce_count,
      );
      for (const number of numbers) {
        if (number >= before) return;
        if (counts.live(number) > 0) counts.judge(number);
        else if (this.#isNeedless(number)) counts.judge(number);
      }
      last = numbers.at(-1);
      if (numbers.length < numbersAtOnce_count) return;
      if (slices.isOver) await slices.next();
    }
  }

  /** Whether a record without living entries is that because its versions were dropped, not because a key was set back. */
  #isNeedless(number: number): boolean {
    const { environment } = this.#ground;
    const record = environment.journal.get(number);
    if (record === undefined) return false;
    for (const place of entryPlaces(record).places) {
      const entry = readEntry(record, place);
      const current = entry === undefined ? undefined : environment.current.get(entry.key);
      const head = entry === undefined || current === undefined ? undefined : readHead(current, entry.key);
      if (entry === undefined || head === undefined) continue;
      if (!isSetBack(head, entry.version, number)) continue;
      const problem = `an older version, ${head.version}, stands in its place`;
      this.#onDamage({ key: entry.key, version: entry.version, served: undefined, problem });
      return false;
    }
    return true;
  }
}

/** Whether a journal entry shows that the current record of its key is older than it must be. */
export function isSetBack(
  head: { readonly version: number; readonly ring: readonly number[] },
  version: number,
  number: number,
): boolean {
  const [newest] = head.ring;
  return newest !== undefined && head.version < version && numberOf(newest) < number;
}
