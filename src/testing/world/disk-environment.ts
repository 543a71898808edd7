// A simulated disk as the database below the real store engine: five tables of bytes and one atomic batch at a time.
// Everything above it is the engine that runs in production, with its record format, checksums, journal and writer, so
// that what is wrong with any of them shows under simulated faults. A batch becomes a frame in the page cache at once,
// and its changes reach the tables when it is synced, after a latency and never in the same turn.

import type { Clock } from '../../base/clock.ts';
import { StoreUnavailableError } from '../../base/errors.ts';
import type { Environment, Table } from '../../store/lmdb/environment.ts';
import type { FaultPlanner } from './disk-faults.ts';
import { Frame, FrameDraft, readFrame } from './disk-frame.ts';
import { type DiskKey, Pages } from './disk-pages.ts';

/** What the engine's errors call the place of the store. */
export const diskPath = 'the simulated disk';

/** What outlives a process. */
export class DiskGround {
  readonly current = new Pages<string>();
  readonly journal = new Pages<number>();
  readonly tombstones = new Pages<string>();
  readonly blobs = new Pages<string>();
  readonly meta = new Pages<string>();
  readonly tables: readonly Pages[] = [this.current, this.journal, this.tombstones, this.blobs, this.meta];
  readonly planner: FaultPlanner;
  /** What has been written of a batch that is not synced yet, or, in bytes, what a failure has left of it. */
  unsynced: Frame | Uint8Array | undefined = undefined;

  constructor(planner: FaultPlanner) {
    this.planner = planner;
  }

  /** What was written is in the tables, if it is whole; else it has never been. */
  settle(): void {
    const { unsynced, tables } = this;
    this.unsynced = undefined;
    if (unsynced === undefined) return;
    const changes = unsynced instanceof Frame ? unsynced.changes : readFrame(unsynced);
    if (changes === undefined) return;
    for (const { table, key, bytes } of changes) {
      if (bytes === undefined) tables[table]?.delete(key);
      else tables[table]?.set(key, bytes);
    }
  }
}

/** One life of a process, as its disk sees it. */
export interface DiskLife {
  readonly clock: Pick<Clock, 'setTimer' | 'yieldThen'>;
  isOver: boolean;
}

/** The tables as one life has them open. */
export class DiskEnvironment implements Environment {
  readonly current: Table<string>;
  readonly journal: Table<number>;
  readonly tombstones: Table<string>;
  readonly blobs: Table<string>;
  readonly meta: Table<string>;
  readonly #ground: DiskGround;
  readonly #life: DiskLife;
  readonly #draft = new FrameDraft();
  isClosed = false;

  /** Finds what is there: a batch that an earlier life or a failure has left is whole, or is nothing. */
  constructor(ground: DiskGround, life: DiskLife) {
    this.#ground = ground;
    this.#life = life;
    if (!life.isOver) ground.settle();
    const table = <Key extends DiskKey>(place: number, pages: Pages<Key>): Table<Key> =>
      new DiskTable(this, place, pages);
    this.current = table(0, ground.current);
    this.journal = table(1, ground.journal);
    this.tombstones = table(2, ground.tombstones);
    this.blobs = table(3, ground.blobs);
    this.meta = table(4, ground.meta);
  }

  /** Whether nothing may be read: as the real one, it answers nobody who still asks after it was closed. */
  refuseClosed(): void {
    if (this.isClosed) throw new Error('the disk has been closed');
  }

  /** A record is about to be read, and may be found changed. Who is dead reads without a trace. */
  touched(record: Uint8Array): Uint8Array {
    return this.#life.isOver ? record : this.#ground.planner.ofRead(record);
  }

  add(table: number, key: DiskKey, bytes: Uint8Array | undefined): void {
    this.#draft.add(table, key, bytes);
  }

  async write(fill: () => void): Promise<void> {
    if (this.#life.isOver) return never();
    this.refuseClosed();
    const ground = this.#ground;
    this.#draft.clear();
    fill();
    const frame = this.#draft.seal();
    const { latency_ms, failure, left_bytes } = ground.planner.ofWrite(frame.length);
    ground.unsynced = left_bytes === frame.length ? frame : frame.bytes.slice(0, left_bytes);
    await this.#pass(latency_ms);
    if (this.#life.isOver) return never(); // its clock may go on
    if (failure === undefined) ground.settle();
    else throw Object.assign(new Error(`${failure}: simulated`), { code: failure });
  }

  async #pass(latency_ms: number): Promise<void> {
    const { clock } = this.#life;
    await new Promise<void>((resolve) => {
      if (latency_ms > 0) clock.setTimer(resolve, latency_ms);
      else clock.yieldThen(resolve);
    });
  }

  used_bytes(): number {
    return this.#ground.tables.reduce((sum, { used_bytes }) => sum + used_bytes, 0);
  }

  file_bytes(): number {
    return this.used_bytes() + (this.#ground.unsynced?.length ?? 0);
  }

  copyTo(): Promise<void> {
    return Promise.reject(new StoreUnavailableError(diskPath, 'it lives in memory and is not copied to a folder'));
  }

  async close(): Promise<void> {
    this.isClosed = true;
  }
}

/** Who is dead learns nothing any more. */
function never(): Promise<never> {
  return new Promise(() => {});
}

/** One table, as one life reads it. */
class DiskTable<Key extends DiskKey> implements Table<Key> {
  readonly #environment: DiskEnvironment;
  readonly #place: number;
  readonly #pages: Pages<Key>;

  constructor(environment: DiskEnvironment, place: number, pages: Pages<Key>) {
    this.#environment = environment;
    this.#place = place;
    this.#pages = pages;
  }

  get(key: Key): Uint8Array | undefined {
    this.#environment.refuseClosed();
    const record = this.#pages.get(key);
    return record === undefined ? undefined : this.#read(key, record);
  }

  keys(from: Key | undefined, isAfter: boolean, count: number): Key[] {
    this.#environment.refuseClosed();
    return this.#pages.keys(from, isAfter, count);
  }

  count(from: Key, until: Key | undefined): number {
    const keys = this.keys(from, false, Infinity);
    return until === undefined ? keys.length : keys.filter((key) => key < until).length;
  }

  last(): Key | undefined {
    this.#environment.refuseClosed();
    return this.#pages.last();
  }

  *entries(from?: Key): IterableIterator<readonly [Key, Uint8Array]> {
    this.#environment.refuseClosed();
    // Taken together, so that what lands meanwhile is not among them.
    const records = this.#pages.keys(from).map((key) => [key, this.#pages.get(key) as Uint8Array] as const);
    for (const [key, record] of records) yield [key, this.#read(key, record)];
  }

  /** Nobody changes the bytes of a record: a bit that flips makes another one. So they need not be copied. */
  #read(key: Key, record: Uint8Array): Uint8Array {
    const found = this.#environment.touched(record);
    if (found !== record && this.#pages.get(key) === record) this.#pages.set(key, found);
    return found;
  }

  size(): number {
    this.#environment.refuseClosed();
    return this.#pages.size;
  }

  put(key: Key, value: Uint8Array): void {
    this.#environment.add(this.#place, key, value);
  }

  remove(key: Key): void {
    this.#environment.add(this.#place, key, undefined);
  }
}
