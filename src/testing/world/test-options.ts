// What a test runtime is made with, checked once, and the store that the options mean: everything after this works
// with values that hold.

import type { RuntimeOptions } from '../../runtime.ts';
import type { Duration } from '../../base/duration.ts';
import { InvalidOptionError } from '../../base/errors.ts';
import type { VirtualClock } from '../../base/virtual-clock.ts';
import { whole } from '../../kernel/spec.ts';
import { memoryStore } from '../../store/memory.ts';
import type { Store } from '../../store/port.ts';
import type { Topology } from '../../topology/define.ts';
import type { Decisions } from './decisions.ts';
import { type DiskFaults, SimulatedDisk } from './disk.ts';
import { KeptInMemory, KeptOnDisk, type KeptStore } from './test-life.ts';

/** A store on a simulated disk: the real engine, with latency, and with faults that the seed decides. */
export interface FaultyStoreOption {
  /** How often each fault happens, about once in so many times; `{}`: never. */
  readonly faults: DiskFaults;
}

type StoreOption = 'memory' | false | FaultyStoreOption | Store;

/** Options of `createTestRuntime`. */
export interface TestRuntimeOptions extends Pick<RuntimeOptions, 'logics' | 'log' | 'inspect' | 'development'> {
  /** Where time, ids, chance and scheduling come from: a whole number from 0; default 1. */
  readonly seed?: number;
  /**
   * What outlives a crash: `'memory'` (default) keeps what has been committed, at once; `{ faults }` is a simulated
   * disk, with latency, that fails as the seed decides; `false` keeps nothing. A store of your own has to live in this
   * process.
   */
  readonly store?: StoreOption;
  /** `'seeded'` (default): the seed decides who has the next turn; `'in order'`: first come, first served. */
  readonly scheduling?: 'seeded' | 'in order';
  /** Calendar time at the beginning; default 1 January 2026. */
  readonly startAt?: Date | number;
}

/** Options of `restart`. */
export interface RestartOptions<T extends Topology> {
  /** How long the process is away; default 1 s. */
  readonly downFor?: Duration;
  /** The topology from now on, for instance a newer version of it. */
  readonly topology?: T;
  /** The logics from now on. */
  readonly logics?: NonNullable<RuntimeOptions['logics']>;
}

const keys = ['seed', 'store', 'scheduling', 'startAt', 'logics', 'log', 'inspect', 'development'];

/** Options that hold. */
export interface CheckedOptions {
  readonly seed: number;
  readonly isSeeded: boolean;
  readonly startAt_ms: number | undefined;
  readonly store: StoreOption;
  readonly runtime: Pick<RuntimeOptions, 'logics' | 'log' | 'inspect' | 'development'>;
}

/** @throws INVALID_OPTION naming the field. */
export function checkOptions(given: TestRuntimeOptions): CheckedOptions {
  const unknown = Object.keys(given).find((key) => !keys.includes(key));
  if (unknown !== undefined) throw new InvalidOptionError(unknown, 'an unknown option', keys.join(', '));
  const { seed = 1, store = 'memory', scheduling = 'seeded', startAt, ...runtime } = given;
  if (scheduling !== 'seeded' && scheduling !== 'in order')
    throw new InvalidOptionError('scheduling', scheduling, "'seeded' | 'in order'");
  return {
    seed: whole(seed, 0, 0xffff_ffff, 'seed'),
    isSeeded: scheduling === 'seeded',
    startAt_ms: startAt === undefined ? undefined : wallOf(startAt, 'startAt'),
    store: checkStore(store),
    runtime,
  };
}

/** Calendar milliseconds. @throws INVALID_OPTION for what is no date. */
export function wallOf(date: Date | number, field: string): number {
  const wall = date instanceof Date ? date.getTime() : date;
  if (Number.isFinite(wall)) return wall;
  throw new InvalidOptionError(field, date, 'a valid Date, or milliseconds since 1970');
}

function checkStore(store: unknown): StoreOption {
  if (store === 'memory' || store === false) return store;
  if (typeof store === 'object' && store !== null) {
    if ('commit' in store && 'get' in store) return store as Store;
    if ('faults' in store && typeof store.faults === 'object' && store.faults !== null)
      return store as FaultyStoreOption;
  }
  throw new InvalidOptionError(
    'store',
    store,
    "'memory', { faults }, false, or a store that lives in this process; one on disk does not follow virtual time",
  );
}

/** What the lives of a test leave behind. */
export interface Estate {
  readonly kept: KeptStore | undefined;
  readonly disk: SimulatedDisk | undefined;
}

/** @throws INVALID_OPTION for a fault that there is not, or a rate that is none. */
export function estateOf(store: StoreOption, clock: VirtualClock, decisions: Decisions): Estate {
  if (store === false) return { kept: undefined, disk: undefined };
  if (store === 'memory') return { kept: new KeptInMemory(memoryStore(clock)), disk: undefined };
  if ('commit' in store) return { kept: new KeptInMemory(store), disk: undefined };
  const disk = new SimulatedDisk({ decisions, faults: store.faults });
  return { kept: new KeptOnDisk(disk), disk };
}
