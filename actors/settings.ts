// What a runtime is made with, and how its store is come by: given as it is and then its giver's to close, or opened
// here from a path and then the runtime's.

import type { Logger } from 'pino';
import type { AnyActorLogic } from 'xstate';
import type { Clock } from '../src/base/clock.ts';
import { type Duration, type Size, toBytes } from '../src/base/duration.ts';
import { InvalidOptionError } from '../src/base/errors.ts';
import type { Random } from '../src/base/random.ts';
import type { RuntimeEvent } from '../src/observe/events.ts';
import type { InspectorLike } from '../src/observe/inspector.ts';
import type { OpenStoreOptions } from '../src/store/opening/open.ts';
import type { Store } from '../src/store/port.ts';

/** A store on disk that the runtime opens, and closes when it stops. */
export interface StoreOptions {
  /** Its folder; the folder above must exist. */
  readonly path: string;
  /** How much it may hold; beyond that writes are refused with STORE_FULL. Default 100 MB. */
  readonly quota?: Size;
  /** Below this room on the disk there is a `store.warned`. Default 100 MB. */
  readonly diskFree?: Size;
}

/** What the store has to tell, from its opening on; it is opened before there is anybody to tell. */
export class StoreNews {
  #early: RuntimeEvent[] = [];
  #tell: ((event: RuntimeEvent) => void) | undefined = undefined;

  readonly take = (event: RuntimeEvent): void => {
    if (this.#tell === undefined) this.#early.push(event);
    else this.#tell(event);
  };

  /** Passes on what has come and what will. */
  listen(tell: (event: RuntimeEvent) => void): void {
    this.#tell = tell;
    for (const event of this.#early.splice(0)) tell(event);
  }
}

/** Options of `createRuntime`. */
export interface RuntimeOptions {
  /**
   * Where runs, tasks and durable actors are kept: the folder of a store on disk, with options or without, which the
   * runtime opens and closes; a store that you have opened and will close; `false` (the default): nowhere.
   */
  readonly store?: string | StoreOptions | Store | false;
  /** Logic by name. Durable actors spawned with one of them come back by themselves after a restart of the process. */
  readonly logics?: Readonly<Record<string, AnyActorLogic>>;
  /** A pino logger; without one nothing is logged. */
  readonly log?: Logger;
  /** Receives XState inspection events: a function, or an observer such as the `inspect` of `@statelyai/inspect`. */
  readonly inspect?: InspectorLike;
  /** Freezes every message as it is sent, so that changing one after the send throws. Default false. */
  readonly development?: boolean;
  /** Time; default the machine's. */
  readonly clock?: Clock;
  /** Chance; default the machine's. */
  readonly random?: Random;
}

/** Options of `stop`. */
export interface StopOptions {
  /** How long open runs may take to end before their work is stopped; default 0. */
  readonly drain?: Duration;
}

/** A store, and how the runtime lets go of it. */
export interface StoreAtHand {
  readonly store: Store | undefined;
  /** Closes what was opened for the runtime; leaves alone what was given to it. */
  readonly close: () => Promise<void>;
  readonly news: StoreNews;
}

/**
 * The store that the options mean.
 *
 * @throws INVALID_OPTION for something that means none; STORE_LOCKED, STORE_CORRUPT, STORE_VERSION and
 * STORE_UNAVAILABLE when it can't be opened.
 */
export async function storeOf(given: RuntimeOptions['store'], clock: Clock): Promise<StoreAtHand> {
  const news = new StoreNews();
  if (given === undefined || given === false) return { store: undefined, close: async () => {}, news };
  if (isStore(given)) return { store: given, close: async () => {}, news };
  const { path, quota, diskFree } = typeof given === 'string' ? ({ path: given } as StoreOptions) : { ...given };
  if (typeof path !== 'string' || path === '')
    throw new InvalidOptionError('store', given, 'the path of a folder, { path, … }, a store, or false');
  const options: OpenStoreOptions = {
    clock,
    ...(quota === undefined ? {} : { quotaBytes: toBytes(quota, 'store.quota') }),
    ...(diskFree === undefined ? {} : { diskFree_bytes: toBytes(diskFree, 'store.diskFree') }),
    onDamage: (damage) => {
      news.take({ type: 'store.damaged', at: clock.wall(), ...damage });
    },
    onWarning: ({ type: warning, ...rest }) => {
      news.take({ type: 'store.warned', at: clock.wall(), warning, ...rest });
    },
  };
  // Only those who keep something on disk load what that takes.
  const { openStore } = await import('../src/store/opening/open.ts');
  const { store, close } = await openStore(path, options);
  return { store, close, news };
}

function isStore(given: unknown): given is Store {
  return (
    typeof given === 'object' &&
    given !== null &&
    typeof (given as Partial<Store>).commit === 'function' &&
    typeof (given as Partial<Store>).get === 'function'
  );
}
