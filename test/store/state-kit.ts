// Stores to try shared state on, and a way to wait under a virtual clock. The pipelined store does what one on a disk
// does and memory does not: commits are on their way for a while, `get` shows what has landed, `version` counts what
// was called, and a commit that fails takes all later ones with it until the store is reopened.

import { VirtualClock } from '../../src/base/virtual-clock.ts';
import { StoreFullError, StoreUnavailableError, VersionConflictError } from '../../src/base/errors.ts';
import { type Random, seededRandom } from '../../src/base/random.ts';
import { openLmdb } from '../../src/store/lmdb/lmdb.ts';
import { memoryStore } from '../../src/store/memory.ts';
import type { Store, StoreWrite } from '../../src/store/port.ts';
import { type StateEvent, VersionedState, type VersionedStateOptions } from '../../src/store/state/state.ts';
import { folder } from './store-kit.ts';

interface Called {
  readonly writes: readonly StoreWrite[];
  readonly resolve: () => void;
  readonly reject: (error: unknown) => void;
}

export class PipelinedStore implements Store {
  readonly #clock: VirtualClock;
  readonly #latency_ms: number | undefined;
  readonly #landed: (readonly StoreWrite[])[] = [];
  readonly #inner: Store;
  #ahead: Store;
  #queue: Called[] = [];
  #isArmed = false;
  #isClosed = false;
  /** How many more commits land before one fails. */
  failAfter = Infinity;
  commits = 0;

  /** @param latency_ms - When what was called lands; without it, only when told to. */
  constructor(clock: VirtualClock, latency_ms?: number) {
    this.#clock = clock;
    this.#latency_ms = latency_ms;
    this.#inner = memoryStore(clock);
    this.#ahead = memoryStore(clock);
  }

  get(key: string): ReturnType<Store['get']> {
    return this.#inner.get(key);
  }

  version(key: string): number {
    return this.#ahead.version(key);
  }

  history(key: string): ReturnType<Store['history']> {
    return this.#inner.history(key);
  }

  at(key: string, version: number): ReturnType<Store['at']> {
    return this.#inner.at(key, version);
  }

  keys(prefix: string, after?: string): Iterable<string> {
    return this.#inner.keys(prefix, after);
  }

  count(prefix: string): number {
    return this.#inner.count(prefix);
  }

  scan(prefix: string): ReturnType<Store['scan']> {
    return this.#inner.scan(prefix);
  }

  pack(value: unknown, subject: string): ReturnType<Store['pack']> {
    return this.#inner.pack(value, subject);
  }

  commit(writes: readonly StoreWrite[]): Promise<void> {
    this.commits += 1;
    if (this.#isClosed) return Promise.reject(new StoreUnavailableError('test', 'it has to be reopened'));
    for (const { key, expectedVersion } of writes) {
      const actual = this.version(key);
      if (expectedVersion !== undefined && expectedVersion !== actual) {
        return Promise.reject(new VersionConflictError(key, expectedVersion, actual));
      }
    }
    void this.#ahead.commit(writes);
    return new Promise((resolve, reject) => {
      this.#queue.push({ writes, resolve, reject });
      this.#arm();
    });
  }

  /** Lands the oldest commits, or fails where it is time to. */
  land(count = Infinity): void {
    for (let left = Math.min(count, this.#queue.length); left > 0; left--) {
      if (this.failAfter <= 0) {
        this.fail();
        return;
      }
      const called = this.#queue.shift();
      if (called === undefined) return;
      this.failAfter -= 1;
      this.#landed.push(called.writes);
      void this.#inner.commit(called.writes);
      called.resolve();
    }
  }

  /** Fails everything on its way and closes for writing. */
  fail(): void {
    const failed = this.#queue;
    this.#queue = [];
    this.#isClosed = true;
    this.failAfter = Infinity;
    this.#ahead = memoryStore(this.#clock);
    for (const writes of this.#landed) void this.#ahead.commit(writes);
    for (const { reject } of failed) reject(new StoreFullError('test', 'no space'));
  }

  async reopen(): Promise<void> {
    this.#isClosed = false;
  }

  async close(): Promise<void> {
    this.land();
    await this.#inner.close();
  }

  #arm(): void {
    if (this.#isArmed || this.#latency_ms === undefined) return;
    this.#isArmed = true;
    this.#clock.setTimer(() => {
      this.#isArmed = false;
      this.land();
    }, this.#latency_ms);
  }
}

export interface StateKit<Under extends Store = Store> {
  readonly clock: VirtualClock;
  readonly store: Under;
  readonly state: VersionedState;
  readonly random: Random;
  readonly events: StateEvent[];
  /** What a promise comes to, with the clock going on until it does. */
  readonly ends: <Result>(promise: Promise<Result>) => Promise<Result>;
  readonly end: () => Promise<void>;
}

type Options = Partial<VersionedStateOptions> & { readonly seed?: number };

/** Shared state on a store. */
export function stateKit<Under extends Store>(
  store: Under,
  clock: VirtualClock,
  { seed = 1, ...options }: Options = {},
): StateKit<Under> {
  const random = seededRandom(seed);
  const events: StateEvent[] = [];
  const state = new VersionedState({
    store,
    clock,
    random,
    onEvent: (event) => {
      events.push(event);
    },
    ...options,
  });
  return {
    clock,
    store,
    state,
    random,
    events,
    ends: (promise) => ends(clock, promise),
    end: () => ends(clock, store.close()),
  };
}

/** What a promise comes to, with the clock going on until it does. */
export async function ends<Result>(clock: VirtualClock, promise: Promise<Result>): Promise<Result> {
  let isSettled = false;
  const settled = (): void => {
    isSettled = true;
  };
  promise.then(settled, settled);
  await clock.settle();
  // oxlint-disable-next-line no-unmodified-loop-condition
  while (!isSettled) await clock.advance(5);
  return promise;
}

/** On the pipelined store; what is called lands after 2 ms, or only when told to. */
export function pipelinedKit(
  options: Options & { readonly latency_ms?: number | 'manual' } = {},
): StateKit<PipelinedStore> {
  const { latency_ms = 2, ...rest } = options;
  const clock = new VirtualClock();
  return stateKit(new PipelinedStore(clock, latency_ms === 'manual' ? undefined : latency_ms), clock, rest);
}

type Make = (options?: Options) => Promise<StateKit>;

/** Every store that shared state is tried on; `share` is how much of the work of a test it is given. */
export const kits: readonly (readonly [name: string, make: Make, share: number])[] = [
  [
    'the in-memory store',
    async (options) => {
      const clock = new VirtualClock();
      return stateKit(memoryStore(clock), clock, options);
    },
    1,
  ],
  ['a store with commits on their way', async (options) => pipelinedKit(options), 1],
  [
    'the store on disk',
    async (options) => {
      const clock = new VirtualClock();
      return stateKit(await openLmdb(await folder(), { clock }), clock, options);
    },
    0.2,
  ],
];
