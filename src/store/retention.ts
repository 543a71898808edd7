// Forgets, every hour, the versions that the retention has outlived: what was replaced long ago, of actors and keys that
// are idle as of those that are busy. The current version of anything stays. It works in the small portions of the
// store's own prune, and a prune that fails is tried again the next hour.

import type { Clock, TimerHandle } from '../base/clock.ts';
import { limits } from '../base/limits.ts';
import type { PruneReport, StoreAdmin } from './admin.ts';
import type { Store } from './port.ts';

/** What a retention is made of. */
export interface RetentionOptions {
  readonly clock: Pick<Clock, 'setTimer' | 'clearTimer'>;
  /** How long a version that was replaced stays readable. */
  readonly ageMs: number;
  /** Told when something was forgotten. */
  readonly onPruned: (report: PruneReport) => void;
}

/** Keeps a store from holding more of the past than it should. */
export class Retention {
  readonly #store: Pick<StoreAdmin, 'prune'>;
  readonly #options: RetentionOptions;
  #timer: TimerHandle | undefined = undefined;
  #pruning: Promise<void> | undefined = undefined;
  #isStopped = false;

  constructor(store: Pick<StoreAdmin, 'prune'>, options: RetentionOptions) {
    this.#store = store;
    this.#options = options;
  }

  /** Prunes once, and then every hour. */
  start(): void {
    if (this.#isStopped) return;
    this.#pruning = this.#prune();
    this.#timer = this.#options.clock.setTimer(() => {
      this.start();
    }, limits.store.pruneEvery_ms);
    // It is no reason for a process to go on living.
    if ('unref' in this.#timer && typeof this.#timer.unref === 'function') this.#timer.unref();
  }

  /** Stops, once a prune that is under way has ended. */
  async stop(): Promise<void> {
    this.#isStopped = true;
    if (this.#timer !== undefined) this.#options.clock.clearTimer(this.#timer);
    await this.#pruning;
  }

  async #prune(): Promise<void> {
    try {
      const report = await this.#store.prune({ olderThanMs: this.#options.ageMs });
      if (report.versions > 0) this.#options.onPruned(report);
    } catch {
      // A store that can't be written now says so elsewhere; the past can wait an hour.
    }
  }
}

/** Whether a store keeps a past that has to be pruned. */
export function isPrunable(store: Store | undefined): store is Store & Pick<StoreAdmin, 'prune'> {
  return store !== undefined && typeof (store as Partial<StoreAdmin>).prune === 'function';
}
