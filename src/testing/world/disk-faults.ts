// What a disk does wrong, and when: every fault is a decision of the run, and is counted when it happens. A rate of n
// means about once in n times. Chances are decided anew for each write, each read and each power cut, whatever else
// is wrong at the time: so taking one fault away leaves the others where they were.

import { InvalidOptionError } from '../../base/errors.ts';
import { limits } from '../../base/limits.ts';
import type { Decisions } from './decisions.ts';

const { diskDelay_ms, diskDelayLeast_ms, diskLatency_ms, diskRefusals_count } = limits.testing;

/** How often a disk fails, each about once in so many times; 0 or absent: never. */
export interface DiskFaults {
  /** Of power cuts while a write is under way: nothing of that write is left. */
  readonly lost?: number;
  /** Of power cuts while a write is under way: a part of that write is left, or all but a sector of it. */
  readonly torn?: number;
  /** Of records read: one bit of it has changed where it lies, and stays so until it is written again. */
  readonly flipped?: number;
  /** Of writes: it takes up to seconds. */
  readonly delayed?: number;
  /** Of writes: no space is left (ENOSPC), for some tries. The write has not landed. */
  readonly full?: number;
  /** Of writes: the device answers with an error (EIO), for some tries. The write has landed, has not, or in part. */
  readonly broken?: number;
}

type FaultName = keyof DiskFaults;

const kindOf: Readonly<Record<FaultName, string>> = {
  lost: 'fault.disk.lost',
  torn: 'fault.disk.torn',
  flipped: 'fault.disk.flipped',
  delayed: 'fault.disk.delayed',
  full: 'fault.disk.full',
  broken: 'fault.disk.broken',
};

/** What becomes of a write. */
export interface WriteFate {
  readonly latency_ms: number;
  /** How it fails; undefined when it does not. */
  readonly failure: 'ENOSPC' | 'EIO' | undefined;
  /** How many of its bytes are on the disk when it has failed. */
  readonly left_bytes: number;
}

const sector_bytes = 512;

/** The decisions about one disk. */
export class FaultPlanner {
  readonly #decisions: Decisions;
  readonly #faults: Readonly<Record<FaultName, number>>;
  readonly injected = new Map<string, number>();
  #isOver = false;
  /** An outage that lasts: what every write fails with, and how often still. */
  #outage: { readonly code: 'ENOSPC' | 'EIO'; left: number } | undefined = undefined;

  /** @throws INVALID_OPTION for a fault that there is not, or a rate that is none. */
  constructor(decisions: Decisions, faults: DiskFaults) {
    this.#decisions = decisions;
    this.#faults = checked(faults);
  }

  /** No fault from now on, and an outage ends. */
  end(): void {
    this.#isOver = true;
    this.#outage = undefined;
  }

  /** Decides about a write of so many bytes. */
  ofWrite(length_bytes: number): WriteFate {
    const latency_ms = this.#decisions.between('disk.latency', 0, diskLatency_ms);
    const isDelayed = this.#happens('delayed');
    const isFull = this.#happens('full');
    const isBroken = this.#happens('broken');
    const failure = this.#failure(isFull, isBroken);
    if (isDelayed) this.#count('delayed');
    const delay_ms = isDelayed ? this.#decisions.between('fault.disk.delay', diskDelayLeast_ms, diskDelay_ms) : 0;
    const left_bytes = failure === undefined ? length_bytes : this.#left(failure, length_bytes);
    return { latency_ms: latency_ms + delay_ms, failure, left_bytes };
  }

  #failure(isFull: boolean, isBroken: boolean): WriteFate['failure'] {
    const outage = this.#outage;
    if (outage !== undefined) {
      // What else begins meanwhile is a part of it. It ends with a write that lands: so whoever tries again gets there.
      if (outage.left > 0) {
        outage.left -= 1;
        return outage.code;
      }
      this.#outage = undefined;
      return undefined;
    }
    if (!isFull && !isBroken) return undefined;
    const code = isFull ? 'ENOSPC' : 'EIO';
    this.#count(isFull ? 'full' : 'broken');
    this.#outage = { code, left: this.#decisions.choose('fault.disk.refusals', diskRefusals_count + 1) };
    return code;
  }

  #left(failure: 'ENOSPC' | 'EIO', length_bytes: number): number {
    // A full disk may have taken a part of it; a broken one anything, all of it included.
    const how = this.#decisions.choose('fault.disk.landed', failure === 'EIO' ? 3 : 2);
    if (how === 1) return this.#decisions.choose('fault.disk.part', length_bytes);
    return how === 2 ? length_bytes : 0;
  }

  /** Decides what a kill leaves of a write that is under way: it is all there, or has not begun. */
  ofKill(frame: Uint8Array): Uint8Array | undefined {
    return this.#decisions.choose('disk.killed', 2) === 0 ? frame : undefined;
  }

  /** Decides what a power cut leaves of a write that is not synced. */
  ofPowerCut(frame: Uint8Array): Uint8Array | undefined {
    const isLost = this.#happens('lost');
    const isTorn = this.#happens('torn');
    if (isLost) this.#count('lost');
    if (isLost || !isTorn) return isLost ? undefined : frame;
    this.#count('torn');
    const isCut = this.#decisions.choose('fault.disk.tear', 2) === 0;
    if (isCut) return frame.slice(0, this.#decisions.choose('fault.disk.part', frame.length));
    const sectors = Math.ceil(frame.length / sector_bytes);
    const start = this.#decisions.choose('fault.disk.sector', sectors) * sector_bytes;
    return frame.map((byte, at) => (at >= start && at < start + sector_bytes ? byte ^ 0xff : byte));
  }

  /** Decides whether a record that is read has changed where it lies. @returns the record, or what has become of it. */
  ofRead(record: Uint8Array): Uint8Array {
    if (!this.#happens('flipped') || record.length === 0) return record;
    this.#count('flipped');
    const bit = this.#decisions.choose('fault.disk.bit', record.length * 8);
    return record.map((byte, at) => (at === bit >>> 3 ? byte ^ (1 << (bit & 7)) : byte));
  }

  #happens(name: FaultName): boolean {
    const oneIn = this.#faults[name];
    return oneIn > 0 && !this.#isOver && this.#decisions.chance(kindOf[name], oneIn);
  }

  #count(name: FaultName): void {
    this.injected.set(name, (this.injected.get(name) ?? 0) + 1);
  }
}

function checked(faults: DiskFaults): Readonly<Record<FaultName, number>> {
  const rates: Record<FaultName, number> = { lost: 0, torn: 0, flipped: 0, delayed: 0, full: 0, broken: 0 };
  for (const [name, oneIn] of Object.entries(faults) as readonly [FaultName, number | undefined][]) {
    if (!Object.hasOwn(rates, name))
      throw new InvalidOptionError('faults', name, `faults of a disk: ${Object.keys(rates).join(', ')}`);
    if (oneIn === undefined) continue;
    if (!Number.isInteger(oneIn) || oneIn < 0)
      throw new InvalidOptionError(`faults.${name}`, oneIn, 'a whole number: once in so many times, or 0 for never');
    rates[name] = oneIn;
  }
  return rates;
}
