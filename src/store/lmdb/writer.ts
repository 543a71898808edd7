// Carries commits to the disk: one LMDB transaction at a time, with every commit that has been called meanwhile in the
// next one. So the disk sees the order of the calls, a sync is shared by all who wait, and a failure takes exactly
// those that come after it. Between two transactions what is on the disk is what has landed, which is when the
// journal is kept in order.

import { ShuttingDownError, StoreFullError, StoreUnavailableError, type TroupeError } from '../../base/errors.ts';
import type { Clock } from '../../base/clock.ts';
import { limits } from '../../base/limits.ts';
import { type BlobChanges, noteBlob, putBlobs } from './blobs.ts';
import type { Draft } from './draft.ts';
import type { Environment } from './environment.ts';
import { writeFailure } from './failure.ts';
import type { Ground } from './ground.ts';
import type { SlabPool } from '../codec/slab.ts';
import { type Upkeep, upkeepOf } from './upkeep.ts';

interface Flight {
  readonly draft: Draft;
  readonly size_bytes: number;
  readonly landed: () => void;
  readonly failed: (error: TroupeError) => void;
}

const measureEvery_bytes = 1_048_576;
/** Batches that take a while to be put: they get a turn of the event loop to themselves. */
const longFrom_bytes = 65_536;

/** What a writer writes with. */
export interface WriterParts {
  readonly ground: Ground;
  readonly pool: SlabPool;
  readonly quota_bytes: number;
  readonly clock: Pick<Clock, 'yieldThen'>;
}

/** The way of commits to the disk. */
export class Writer {
  readonly #ground: Ground;
  readonly #pool: SlabPool;
  readonly #quota_bytes: number;
  readonly #yieldThen: Clock['yieldThen'];
  readonly #onLanded: (draft: Draft) => void;
  #queue: Flight[] = [];
  /** The loop that writes, while it runs. */
  #running: Promise<void> | undefined;
  #failure: TroupeError | undefined;
  /** Whether the environment can't be trusted until it has been closed and opened. */
  #isSuspect = false;
  #reopening: Promise<void> | undefined;
  #used_bytes = 0;
  /** Written or on the way since the pages in use were counted. */
  #since_bytes = 0;
  /** On the way. */
  #flying_bytes = 0;

  constructor({ ground, pool, quota_bytes, clock }: WriterParts, onLanded: (draft: Draft) => void) {
    this.#ground = ground;
    this.#pool = pool;
    this.#quota_bytes = quota_bytes;
    this.#yieldThen = (then) => {
      clock.yieldThen(then);
    };
    this.#onLanded = onLanded;
    this.#measure();
  }

  /** Why no commit is taken; undefined while they are. */
  get failure(): TroupeError | undefined {
    return this.#failure;
  }

  get used_bytes(): number {
    this.#measure();
    return this.#used_bytes;
  }

  /** Takes a commit. The heads are as it leaves them at once; the promise is settled when the disk has answered. */
  submit(draft: Draft, isUpkeep = false): Promise<void> {
    if (this.#failure !== undefined && (!isUpkeep || this.#isSuspect)) return this.#refuse(draft, this.#failure);
    const { size_bytes } = draft;
    if (draft.stores && !this.#fits(size_bytes)) {
      const problem = `its quota of ${this.#quota_bytes} bytes is used up (${this.#used_bytes} bytes are in use)`;
      this.#failure = new StoreFullError(this.#ground.path, problem);
      return this.#refuse(draft, this.#failure);
    }
    this.#since_bytes += size_bytes;
    this.#flying_bytes += size_bytes;
    draft.apply();
    return new Promise((resolve, reject) => {
      this.#queue.push({ draft, size_bytes, landed: resolve, failed: reject });
      this.#start();
    });
  }

  #refuse(draft: Draft, error: TroupeError): Promise<never> {
    this.#pool.giveBack(draft.slab);
    if (draft.touched.length > 0) this.#ground.heads.clear(); // it failed after a commit that has failed, too
    return Promise.reject(error);
  }

  #fits(size_bytes: number): boolean {
    if (this.#used_bytes + this.#since_bytes + size_bytes <= this.#quota_bytes) return true;
    this.#measure();
    return this.#used_bytes + this.#since_bytes + size_bytes <= this.#quota_bytes;
  }

  #measure(): void {
    this.#used_bytes = this.#ground.environment.used_bytes();
    this.#since_bytes = this.#flying_bytes;
  }

  /** Has the journal kept in order when there is much to do and nobody commits. */
  nudge(): void {
    if (this.#isUpkeepDue(limits.store.upkeep_count)) this.#start();
  }

  #isUpkeepDue(least_count: number): boolean {
    const { counts, readOnly } = this.#ground;
    return !readOnly && !this.#isSuspect && counts.dead.size + counts.ripe(least_count).length >= least_count;
  }

  #start(): void {
    this.#running ??= this.#run().finally(() => {
      this.#running = undefined;
      if (this.#queue.length > 0) this.#start();
    });
  }

  async #run(): Promise<void> {
    while (this.#queue.length > 0 || this.#isUpkeepDue(limits.store.upkeep_count)) {
      if (this.#flying_bytes >= longFrom_bytes) await new Promise<void>(this.#yieldThen);
      const flights = this.#takeBatch();
      if (!(await this.#write(flights))) return;
    }
  }

  #takeBatch(): readonly Flight[] {
    let size_bytes = 0;
    let count = 0;
    for (const flight of this.#queue) {
      size_bytes += flight.size_bytes;
      if (count > 0 && size_bytes > limits.store.batch_bytes) break;
      count += 1;
    }
    return this.#queue.splice(0, count);
  }

  /** One transaction. Says whether it has landed. */
  async #write(flights: readonly Flight[]): Promise<boolean> {
    const { environment } = this.#ground;
    let upkeep: Upkeep;
    try {
      upkeep = upkeepOf(this.#ground);
      await environment.write(() => {
        for (const { draft } of flights) putDraft(environment, draft);
        putBlobs(environment.blobs, blobsOf(flights));
        upkeep.put();
      });
    } catch (error) {
      await this.#fail(await writeFailure(this.#ground.path, error), flights);
      return false;
    }
    upkeep.landed();
    for (const { draft, size_bytes, landed } of flights) {
      this.#flying_bytes -= size_bytes;
      this.#land(draft);
      landed();
    }
    if (this.#since_bytes > measureEvery_bytes) this.#measure();
    return true;
  }

  #land(draft: Draft): void {
    const { counts, heads } = this.#ground;
    for (const { number, count } of draft.parts) counts.born(number, count);
    for (const number of draft.dropped) counts.died(number);
    this.#ground.ringed += draft.ringed;
    for (const { table, start } of draft.changes)
      if (table === 'tombstones' && start >= 0) this.#ground.noteTombstone();
    for (const { key, head, version } of draft.touched) {
      head.flying -= 1;
      head.landed = version;
      if (head.flying === 0 && head.version === 0) heads.forget(key);
    }
    this.#pool.giveBack(draft.slab);
    this.#onLanded(draft);
  }

  async #fail(error: TroupeError, flights: readonly Flight[]): Promise<void> {
    this.#failure = error;
    this.#isSuspect = true;
    const lost = [...flights, ...this.#queue];
    this.#queue = [];
    this.#flying_bytes = 0;
    // Nothing of what was in flight has happened, so nothing that was known of the keys may be believed.
    this.#ground.heads.clear();
    this.#ground.journalReader.forget();
    await this.#keepReadable();
    for (const { failed } of lost) failed(error);
  }

  /** Reads go on after a failure, before anybody hears of it: who does may well read next. */
  async #keepReadable(): Promise<void> {
    if (!this.#ground.isReadable()) await this.#ground.replaceEnvironment().catch(ignore); // a reopen tries again
  }

  /** Everything called so far has landed or failed. */
  async idle(): Promise<void> {
    while (this.#running !== undefined) await this.#running;
  }

  /** Everything called so far has landed or failed, and the journal is in order. */
  async settle(): Promise<void> {
    await this.idle();
    while (this.#isUpkeepDue(1) && (await this.#exclusive([]))) await this.idle();
  }

  /** Writes in line with the loop. */
  async #exclusive(flights: readonly Flight[]): Promise<boolean> {
    const written = this.#write(flights);
    this.#running = written
      .then(() => {})
      .finally(() => {
        this.#running = undefined;
        if (this.#queue.length > 0) this.#start();
      });
    return written;
  }

  /** Takes commits again once a write of its own has landed. */
  reopen(): Promise<void> {
    this.#reopening ??= this.#reopen().finally(() => {
      this.#reopening = undefined;
    });
    return this.#reopening;
  }

  async #reopen(): Promise<void> {
    await this.idle();
    if (this.#failure === undefined) return;
    try {
      if (this.#isSuspect) await this.#ground.replaceEnvironment();
      const { environment } = this.#ground;
      await environment.write(() => {
        environment.meta.put('probe', Buffer.from([1]));
      });
    } catch (error) {
      this.#isSuspect = true;
      this.#failure = await writeFailure(this.#ground.path, error);
      await this.#keepReadable();
      throw this.#failure;
    }
    this.#isSuspect = false;
    this.#failure = undefined;
    this.#measure();
  }

  /** No reopening is under way. */
  async reopened(): Promise<void> {
    await this.#reopening?.catch(ignore);
  }

  /** Lets what was called land, keeps the journal in order once more, and takes nothing further. */
  async close(): Promise<void> {
    await this.idle();
    await this.settle();
    this.#failure = new ShuttingDownError();
    this.#isSuspect = true;
  }
}

function ignore(): void {}

/** Puts what a commit writes into a batch. */
function putDraft(environment: Environment, draft: Draft): void {
  for (const { number, start, end } of draft.parts) environment.journal.put(number, draft.slab.part(start, end));
  for (const { key, table, start, end } of draft.changes) {
    if (start < 0) environment[table].remove(key);
    else environment[table].put(key, draft.slab.part(start, end));
  }
  // A key that is buried or dug up is in one table only: the changes of a commit come in their order.
}

function blobsOf(flights: readonly Flight[]): BlobChanges {
  const all: BlobChanges = new Map();
  for (const { draft } of flights)
    for (const [hash, { delta, bytes }] of draft.blobs) noteBlob(all, hash, delta, bytes);
  return all;
}

/** The error for a write to a store that was opened to be read. */
export function readOnlyError(path: string): StoreUnavailableError {
  return new StoreUnavailableError(path, 'it was opened only to be read; open it for writing');
}
