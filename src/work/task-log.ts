// The one way of task records into the store. What is written in one go of the event loop becomes one commit, and one
// commit is on its way at a time, so that a burst of tasks pays for one write to the disk. The next one is begun when the
// tasks that the last one has let go on have written what they have to write: no later, and not before, since each
// commit costs more than what is in it. Nothing is told as written before it has landed. When the store fails, what may be
// refused is refused with the store's error; what must not be lost waits, in order, until the store takes writes again.

import type { Clock, TimerHandle } from '../base/clock.ts';
import { QueueFullError, ShuttingDownError, TroupeError } from '../base/errors.ts';
import { limits } from '../base/limits.ts';
import type { Store, StoreWrite } from '../store/port.ts';

/** A record that is written, or removed where it has no value. */
export type LogWrite = Pick<StoreWrite, 'key' | 'value'>;

/** The same, with the value as it was when it was given. */
type PackedWrite = Pick<StoreWrite, 'key' | 'packed'>;

interface Entry {
  readonly writes: readonly PackedWrite[];
  readonly bytes: number;
  /** Whether it waits for a store that has failed, and is not refused. */
  readonly waits: boolean;
  /** What takes it back, should it have landed although its commit has failed. */
  readonly revoked: readonly PackedWrite[];
  readonly resolve: () => void;
  readonly reject: (error: unknown) => void;
}

/** Writes records in groups, in the order they were given. */
export class TaskLog {
  readonly store: Store;
  readonly #clock: Clock;
  #waiting: Entry[] = [];
  #waiting_bytes = 0;
  #inFlight: Promise<void> | undefined = undefined;
  #asked = false;
  /** Why the store takes no writes now. */
  #broken: TroupeError | undefined = undefined;
  #retry: TimerHandle | undefined = undefined;
  /** How long the last wait for the store was; 0 once it has taken something. */
  #waited_ms = 0;
  #closed = false;

  constructor(store: Store, clock: Clock) {
    this.store = store;
    this.#clock = clock;
  }

  /** Bytes that wait to be written. */
  get waiting_bytes(): number {
    return this.#waiting_bytes;
  }

  /**
   * Writes, or is refused. Resolves once the writes have landed.
   *
   * @throws UNSERIALIZABLE for a value that can't be kept, STORE_FULL, STORE_UNAVAILABLE, SHUTTING_DOWN; QUEUE_FULL
   * when `limits.task.logWaiting_bytes` wait already.
   *
   * @param are - `new`: these keys were absent, and are to be so again when the writes were refused. A device may fail a
   * commit and have written it; then they are removed as soon as the store takes it.
   */
  async write(writes: readonly LogWrite[], are?: 'new'): Promise<void> {
    if (this.#broken !== undefined) throw this.#broken;
    const most = limits.task.logWaiting_bytes;
    if (this.#waiting_bytes >= most) throw new QueueFullError('the task log', most, limits.mailbox.retryAfter_ms);
    return this.#add(writes, false, are === 'new' ? writes.map(({ key }) => ({ key })) : []);
  }

  /**
   * Writes, as soon as the store lets it: it waits out a store that has failed. What waits is as much as the tasks
   * that are open have to say.
   *
   * @throws UNSERIALIZABLE for a value that can't be kept; SHUTTING_DOWN when the log is closed before it has landed.
   */
  async keep(writes: readonly LogWrite[]): Promise<void> {
    return this.#add(writes, true);
  }

  /** Takes nothing more; what waits lands first, where the store lets it, and is refused where it does not. */
  async close(): Promise<void> {
    this.#closed = true;
    while (this.#inFlight !== undefined || (this.#waiting.length > 0 && this.#broken === undefined)) {
      this.#flush();
      await this.#inFlight;
    }
    if (this.#retry !== undefined) this.#clock.clearTimer(this.#retry);
    for (const entry of this.#taken()) entry.reject(new ShuttingDownError());
  }

  #add(writes: readonly LogWrite[], waits: boolean, revoked: readonly PackedWrite[] = []): Promise<void> {
    if (this.#closed) throw new ShuttingDownError();
    // Packed now: nobody can change it any more, and what can't be kept is refused alone.
    let bytes = 0;
    const packed = writes.map(({ key, value }): PackedWrite => {
      if (value === undefined) return { key };
      const ready = this.store.pack(value, key);
      bytes += ready.bytes.byteLength;
      return { key, packed: ready };
    });
    const landed = new Promise<void>((resolve, reject) => {
      this.#waiting.push({ writes: packed, bytes, waits, revoked, resolve, reject });
    });
    this.#waiting_bytes += bytes;
    if (!this.#asked && this.#inFlight === undefined) {
      this.#asked = true;
      this.#clock.soon(() => {
        this.#asked = false;
        this.#flush();
      });
    }
    return landed;
  }

  #flush(): void {
    if (this.#inFlight !== undefined || this.#broken !== undefined || this.#waiting.length === 0) return;
    this.#inFlight = this.#send(this.#taken());
  }

  async #send(entries: readonly Entry[]): Promise<void> {
    await this.#commit(entries);
    this.#inFlight = undefined;
    this.#gather(-1, this.#clock.now() + limits.store.turn_ms);
  }

  /** Writes what waits after the first turn of the event loop in which nothing more has come, or when it is time. */
  #gather(before_count: number, until_ms: number): void {
    const count = this.#waiting.length;
    if (count === before_count || this.#clock.now() >= until_ms) {
      this.#flush();
      return;
    }
    this.#asked = true;
    this.#clock.yieldThen(() => {
      this.#asked = false;
      this.#gather(count, until_ms);
    });
  }

  #taken(): readonly Entry[] {
    const entries = this.#waiting;
    this.#waiting = [];
    this.#waiting_bytes = 0;
    return entries;
  }

  async #commit(entries: readonly Entry[]): Promise<void> {
    try {
      await this.store.commit(entries.flatMap(({ writes }) => writes));
      this.#waited_ms = 0;
      for (const { resolve } of entries) resolve();
    } catch (error) {
      if (isStoreFailure(error)) this.#failed(entries, error);
      else if (entries.length > 1) for (const entry of entries) await this.#commit([entry]);
      else for (const { reject } of entries) reject(error);
    }
  }

  /** Refuses what may be refused and keeps the rest, in front of what came later. */
  #failed(entries: readonly Entry[], error: TroupeError): void {
    this.#broken ??= error;
    const later = this.#taken();
    const all = [...entries, ...later];
    const unsure = entries.flatMap(({ revoked }) => revoked);
    const revoking = unsure.length === 0 ? [] : [revokes(unsure)];
    this.#waiting = [...entries, ...revoking, ...later].filter(({ waits }) => waits);
    this.#waiting_bytes = this.#waiting.reduce((sum, { bytes }) => sum + bytes, 0);
    for (const { waits, reject } of all) if (!waits) reject(error);
    if (this.#retry === undefined) this.#tryAgain();
  }

  /** Longer and longer: a store that fails anew each time it has been reopened is not worn out. */
  #tryAgain(): void {
    const { logRetryInitial_ms, logRetryMax_ms } = limits.task;
    this.#waited_ms = Math.min(Math.max(this.#waited_ms * 2, logRetryInitial_ms), logRetryMax_ms);
    this.#retry = this.#clock.setTimer(() => {
      this.store.reopen().then(
        () => {
          this.#retry = undefined;
          this.#broken = undefined;
          this.#flush();
        },
        () => {
          if (!this.#closed) this.#tryAgain();
        },
      );
    }, this.#waited_ms);
  }
}

function revokes(writes: readonly PackedWrite[]): Entry {
  return { writes, bytes: 0, waits: true, revoked: [], resolve: () => {}, reject: () => {} };
}

/** Whether it was the store that failed, rather than what it was given. */
function isStoreFailure(error: unknown): error is TroupeError {
  return error instanceof TroupeError && (error.code.startsWith('STORE_') || error.code === 'SHUTTING_DOWN');
}
