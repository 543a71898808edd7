// Looks every few seconds, while a store is open, at what can go wrong around it: the room left on the disk, and
// whether the lock is still ours, to which it gives the sign of life that other machines go by. It only tells; what
// to do about it is for the one who opened the store.

import { resolve } from 'node:path';
import type { Clock, TimerHandle } from '../../base/clock.ts';
import { limits } from '../../base/limits.ts';
import { freeBytes } from './disk.ts';
import type { StoreLock } from './lock.ts';

/** What the one who opened a store is told about while it is open. */
export type StoreWarning =
  /** Less room is left on the disk than `limits.store.diskFree_bytes`; `disk.enough` follows when there is again. */
  | { readonly type: 'disk.low'; readonly path: string; readonly free_bytes: number; readonly least_bytes: number }
  | { readonly type: 'disk.enough'; readonly path: string; readonly free_bytes: number; readonly least_bytes: number }
  /** Another process has taken the lock, because this one gave no sign for too long: stop writing. */
  | { readonly type: 'lock.lost'; readonly path: string }
  /** A look at the disk, or closing in order, failed; the next one tries again, the next open probes the data. */
  | { readonly type: 'look.failed' | 'close.unclean'; readonly path: string; readonly error: unknown };

/** What a watch is made of. */
export interface WatchOptions {
  readonly folder: string;
  readonly lock: StoreLock;
  readonly clock: Pick<Clock, 'setTimer' | 'clearTimer'>;
  readonly least_bytes: number;
  readonly warn: (warning: StoreWarning) => void;
  /** Room that is left; the disk itself in production. */
  readonly freeBytes?: (folder: string) => Promise<number>;
}

/** A watch that runs until it is stopped. */
export interface DiskWatch {
  /** Room left at the last look. */
  readonly free_bytes: number;
  /** Stops, once a look that is under way has ended. */
  stop(): Promise<void>;
}

/** Looks once, and then every `limits.store.diskCheck_ms`. */
export async function watchDisk(options: WatchOptions): Promise<DiskWatch> {
  const watch = new Watch(options);
  await watch.look();
  return watch;
}

class Watch implements DiskWatch {
  readonly #options: WatchOptions;
  readonly #path: string;
  #timer: TimerHandle | undefined;
  #looking: Promise<void> = Promise.resolve();
  #isLow = false;
  #isLost = false;
  #isStopped = false;
  free_bytes = 0;

  constructor(options: WatchOptions) {
    this.#options = options;
    this.#path = resolve(options.folder);
  }

  async look(): Promise<void> {
    try {
      await this.#lookAtLock();
      await this.#lookAtDisk();
    } catch (error) {
      this.#options.warn({ type: 'look.failed', path: this.#path, error });
    }
    if (!this.#isStopped) this.#arm();
  }

  async stop(): Promise<void> {
    this.#isStopped = true;
    if (this.#timer !== undefined) this.#options.clock.clearTimer(this.#timer);
    await this.#looking;
  }

  #arm(): void {
    this.#timer = this.#options.clock.setTimer(() => {
      this.#looking = this.look();
    }, limits.store.diskCheck_ms);
    // A process with nothing else to do may end: what is committed is on disk, and the lock of a dead process is free.
    if ('unref' in this.#timer && typeof this.#timer.unref === 'function') this.#timer.unref();
  }

  async #lookAtLock(): Promise<void> {
    if (this.#isLost || (await this.#options.lock.beat())) return;
    this.#isLost = true;
    this.#options.warn({ type: 'lock.lost', path: this.#path });
  }

  async #lookAtDisk(): Promise<void> {
    const { least_bytes, warn } = this.#options;
    const free_bytes = await (this.#options.freeBytes ?? freeBytes)(this.#path);
    this.free_bytes = free_bytes;
    const isLow = free_bytes < least_bytes;
    if (isLow === this.#isLow) return;
    this.#isLow = isLow;
    warn({ type: isLow ? 'disk.low' : 'disk.enough', path: this.#path, free_bytes, least_bytes });
  }
}
