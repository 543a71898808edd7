// The time during which the store takes no commits: said once when it begins and once when it is over. Meanwhile the
// store is asked to open again, soon at first and then every second, so that writes go on by themselves.

import type { Clock } from '../../base/clock.ts';
import { limits } from '../../base/limits.ts';
import type { Store } from '../../store/port.ts';
import type { KernelHappening } from '../events.ts';
import type { TakeBack } from './commit-takeback.ts';

const { reopenInitial_ms, reopenMax_ms } = limits.store;

/** Who is told of an outage. */
export interface OutageHost {
  report(happening: KernelHappening): void;
  /** Whether durable actors have to wait. */
  stall(stalled: boolean): void;
}

/** Watches over a store that has failed. */
export class Outage {
  readonly #store: Pick<Store, 'reopen'>;
  readonly #clock: Clock;
  readonly #host: OutageHost;
  readonly #takeBack: TakeBack;
  readonly #onOver: () => void;
  #since = 0;
  #delay: number = reopenInitial_ms;
  #timer: object | undefined = undefined;
  #isClosed = false;
  /** What is wrong with the store; undefined while it takes commits. */
  failure: { readonly error: unknown } | undefined = undefined;

  /**
   * @param onOver - Called when the store takes commits again.
   */
  constructor(store: Pick<Store, 'reopen'>, clock: Clock, host: OutageHost, takeBack: TakeBack, onOver: () => void) {
    this.#takeBack = takeBack;
    this.#store = store;
    this.#clock = clock;
    this.#host = host;
    this.#onOver = onOver;
  }

  /** A commit has failed. Said once, however many fail with it. */
  begin(error: unknown): void {
    if (this.failure !== undefined) return;
    this.failure = { error };
    this.#since = this.#clock.now();
    this.#host.report({ type: 'store.failed', error });
    this.#host.stall(true);
  }

  /** Somebody else's commit has failed: the store takes no others until it has been opened again. */
  suspect(error: unknown): void {
    if (this.failure !== undefined) return;
    this.begin(error);
    this.retry();
  }

  /** Tries to open the store again after a while, longer each time until a commit has landed. */
  retry(): void {
    if (this.#isClosed || this.#timer !== undefined) return;
    const delay = this.#delay;
    this.#delay = Math.min(delay * 2, reopenMax_ms);
    this.#timer = this.#clock.setTimer(() => {
      this.#timer = undefined;
      void this.#reopen();
    }, delay);
  }

  /** A commit has landed: all is well. */
  landed(): void {
    this.#delay = reopenInitial_ms;
  }

  /** Gives the store up. */
  close(): void {
    this.#isClosed = true;
    if (this.#timer !== undefined) this.#clock.clearTimer(this.#timer);
  }

  async #reopen(): Promise<void> {
    try {
      await this.#store.reopen();
      await this.#takeBack.run();
    } catch (error) {
      this.failure = { error };
      this.retry();
      return;
    }
    if (this.#isClosed) return;
    this.failure = undefined;
    this.#host.report({ type: 'store.recovered', downMs: this.#clock.now() - this.#since });
    this.#onOver();
  }
}

/** Waits for something, but no longer than `limitMs`. */
export async function within(clock: Clock, limitMs: number, done: Promise<void>): Promise<void> {
  let timer: object | undefined;
  const late = new Promise<void>((resolve) => {
    timer = clock.setTimer(resolve, limitMs);
  });
  await Promise.race([done, late]);
  if (timer !== undefined) clock.clearTimer(timer);
}
