// A store with faults by plan, for tests and for the simulation: the nth commit fails as a full disk or a broken one
// does, is slow, or is the last thing the process did; a read meets a damaged record. Around the faults it keeps the
// promises of the port, so that whoever works with a store can be shown every way in which one may fail.

import type { Clock } from '../base/clock.ts';
import { ShuttingDownError, StoreUnavailableError, type TroupeError } from '../base/errors.ts';
import { storeFailure } from './lmdb/failure.ts';
import type { Damage, Packed, ScannedRecord, Store, StoredRecord, StoreWrite, VersionInfo } from './port.ts';
import { scanByGet } from './scan-by-get.ts';

/** What happens to a commit. */
export type CommitFault =
  /**
   * It fails, and takes with it what comes after it until a reopen. `lands`: it is on the disk all the same, which is seen
   * when the store has been opened again.
   */
  | { readonly type: 'error'; readonly code: 'ENOSPC' | 'EIO' | 'EMFILE'; readonly lands?: boolean }
  /** It lands; whoever waits for it learns of that so much later. */
  | { readonly type: 'delay'; readonly delay_ms: number }
  /** The process is gone: nothing is answered any more. `lands`: the commit itself is on the disk. */
  | { readonly type: 'crash'; readonly lands?: boolean };

/** Which calls meet a fault; calls are counted from 1. */
export interface FaultPlan {
  readonly commits?: ReadonlyMap<number, CommitFault>;
  /** Calls of `reopen` that fail. */
  readonly reopens?: ReadonlySet<number>;
  /** Calls of `get` that meet a damaged record: the version before it is served, as a store on disk does. */
  readonly damagedReads?: ReadonlySet<number>;
  readonly onDamage?: (damage: Damage) => void;
}

/** A store with faults. */
export interface FaultyStore extends Store {
  /** Commits called so far. */
  readonly commits: number;
  /** Whether the process is gone; the inner store is what a new one finds. */
  readonly isCrashed: boolean;
}

const path = 'a store with faults';

class Faulty implements FaultyStore {
  readonly #inner: Store;
  readonly #plan: FaultPlan;
  readonly #clock: Pick<Clock, 'setTimer'>;
  #reads = 0;
  #reopens = 0;
  commits = 0;
  isCrashed = false;
  #isClosed = false;
  #failure: TroupeError | undefined;
  /** What is on the disk and is not seen yet. */
  readonly #landing: StoreWrite[] = [];
  /** Commits are answered in the order of their calls. */
  #answered: Promise<unknown> = Promise.resolve();

  constructor(inner: Store, plan: FaultPlan, clock: Pick<Clock, 'setTimer'>) {
    this.#inner = inner;
    this.#plan = plan;
    this.#clock = clock;
  }

  get(key: string): StoredRecord | undefined {
    this.#refuseDead();
    this.#reads += 1;
    const record = this.#inner.get(key);
    if (record === undefined || this.#plan.damagedReads?.has(this.#reads) !== true) return record;
    const before = this.#inner.history(key)[1];
    const served = before === undefined ? undefined : this.#inner.at(key, before.version);
    const { version } = record;
    this.#plan.onDamage?.({ key, version, served: served?.version, problem: 'its record fails its checksum' });
    return served;
  }

  version(key: string): number {
    this.#refuseDead();
    return this.#inner.version(key);
  }

  history(key: string): readonly VersionInfo[] {
    this.#refuseDead();
    return this.#inner.history(key);
  }

  at(key: string, version: number): StoredRecord | undefined {
    this.#refuseDead();
    return this.#inner.at(key, version);
  }

  count(prefix: string): number {
    this.#refuseDead();
    return this.#inner.count(prefix);
  }

  keys(prefix: string, after?: string): Iterable<string> {
    this.#refuseDead();
    return this.#inner.keys(prefix, after);
  }

  scan(prefix: string): Iterable<ScannedRecord> {
    return scanByGet(this, prefix);
  }

  pack(value: unknown, subject: string): Packed {
    return this.#inner.pack(value, subject);
  }

  commit(writes: readonly StoreWrite[]): Promise<void> {
    if (this.#isClosed) return Promise.reject(new ShuttingDownError());
    this.commits += 1;
    const fault = this.#plan.commits?.get(this.commits);
    if (this.isCrashed) return new Promise(() => {});
    if (this.#failure !== undefined) return this.#inTurn(Promise.reject(this.#failure));
    switch (fault?.type) {
      case 'error':
        return this.#inTurn(this.#fail(writes, fault.code, fault.lands ?? false));
      case 'crash':
        this.isCrashed = true;
        if (fault.lands === true) this.#inner.commit(writes).catch(ignore);
        return new Promise(() => {});
      case 'delay':
        return this.#inTurn(this.#later(this.#inner.commit(writes), fault.delay_ms));
      default:
        return this.#inTurn(this.#inner.commit(writes));
    }
  }

  #fail(writes: readonly StoreWrite[], code: string, lands: boolean): Promise<never> {
    const cause = Object.assign(new Error(`${code}: planned`), { code });
    const failure = storeFailure(path, cause);
    this.#failure = failure;
    if (lands) this.#landing.push(...writes);
    return Promise.reject(failure);
  }

  async #later(landed: Promise<void>, delay_ms: number): Promise<void> {
    await landed;
    await new Promise<void>((resolve) => {
      this.#clock.setTimer(resolve, delay_ms);
    });
  }

  async #inTurn(landed: Promise<void>): Promise<void> {
    const before = this.#answered;
    this.#answered = landed.catch(ignore).then(() => before);
    landed.catch(ignore); // it may be answered later than it fails
    await before;
    if (this.isCrashed) await new Promise(() => {});
    await landed;
  }

  #refuseDead(): void {
    if (this.isCrashed) throw new StoreUnavailableError(path, 'its process has crashed, as was planned');
  }

  async reopen(): Promise<void> {
    this.#refuseDead();
    this.#reopens += 1;
    if (this.#plan.reopens?.has(this.#reopens) === true)
      throw new StoreUnavailableError(path, 'it stays out of reach, as was planned');
    await this.#answered;
    await this.#inner.reopen();
    await this.#inner.commit(this.#landing.splice(0));
    this.#failure = undefined;
  }

  async close(): Promise<void> {
    this.#isClosed = true;
    if (this.isCrashed) return;
    await this.#answered;
    await this.#inner.close();
  }
}

function ignore(): void {}

/**
 * A store that fails by plan.
 *
 * @param clock - For delays.
 */
export function faultyStore(inner: Store, plan: FaultPlan, clock: Pick<Clock, 'setTimer'>): FaultyStore {
  return new Faulty(inner, plan, clock);
}
