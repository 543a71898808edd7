// One life of the process that a test is about: a runtime with a clock of its own, begun on what earlier lives have
// left in the store, and ended in order or at once. A life that was killed has no timers and no turns any more, writes
// nothing, and what it still says is heard by nobody.

import type { Clock, TimerHandle } from '../../base/clock.ts';
import type { RuntimeEvent } from '../../observe/events.ts';
import type { KernelParts } from '../../kernel/parts.ts';
import type { Scheduling } from '../../kernel/dispatcher.ts';
import type { Random } from '../../base/random.ts';
import { createRuntimeWith, type Runtime, type RuntimeOptions, type StopOptions } from '../../runtime.ts';
import type { SimulatedDisk } from './disk.ts';
import type { StoreAdmin } from '../../store/admin.ts';
import type { Damage, Packed, ScannedRecord, Store, StoredRecord, StoreWrite, VersionInfo } from '../../store/port.ts';
import type { Topology } from '../../topology/define.ts';
import { LifeClock } from './life-clock.ts';
import { type MessageWatcher, watchMessages } from './test-trace.ts';

/** What a life is made of. */
export interface LifeOptions<T extends Topology> {
  readonly topology: T;
  readonly options: Pick<RuntimeOptions, 'logics' | 'log' | 'inspect' | 'development'>;
  readonly world: Clock;
  readonly random: Random;
  readonly scheduling: Scheduling | undefined;
  readonly kept: KeptStore | undefined;
  /** Told of every event while it lives. */
  readonly onEvent: (event: RuntimeEvent) => void;
  /** Told of every message that an actor handles while it lives. */
  readonly onMessage: MessageWatcher;
}

/** What outlives a process. */
export interface KeptStore {
  /** The store as a new process finds it. */
  open(clock: Clock, onDamage: (damage: Damage) => void): Promise<Store>;
  /** The process that has it open is gone. */
  crash(how: 'kill' | 'power'): void;
  /** The process that has it open lets go of it. */
  close(): Promise<void>;
}

/** A life that has begun. */
export class Life<T extends Topology> {
  readonly runtime: Runtime<T>;
  readonly parts: KernelParts;
  readonly #clock: OwnTime;
  readonly #kept: KeptStore | undefined;

  private constructor(runtime: Runtime<T>, parts: KernelParts, clock: OwnTime, kept: KeptStore | undefined) {
    this.runtime = runtime;
    this.parts = parts;
    this.#clock = clock;
    this.#kept = kept;
  }

  /** Makes the runtime of a life; it has not been started. @throws as `createRuntime` does. */
  static async begin<T extends Topology>(given: LifeOptions<T>): Promise<Life<T>> {
    const { topology, options, world, random, scheduling, kept, onEvent, onMessage } = given;
    const clock = new OwnTime(world);
    const found: KernelParts[] = [];
    const store = await kept?.open(clock, (damage) => {
      if (!clock.isOver) onEvent({ type: 'store.damaged', at: clock.wall(), ...damage });
    });
    const runtime = await createRuntimeWith(
      topology,
      { development: true, ...options, clock, random, store: store ?? false },
      {
        onKernel: (parts) => {
          found.push(parts);
          watchMessages(parts, (...message) => {
            if (!clock.isOver) onMessage(...message);
          });
        },
        ...(scheduling === undefined ? {} : { scheduling }),
      },
    );
    runtime.events.on((event) => {
      if (!clock.isOver) onEvent(event);
    });
    const [parts] = found;
    if (parts === undefined) throw new TypeError('A runtime was made without a kernel.');
    return new Life(runtime, parts, clock, kept);
  }

  /** Ends it in order. */
  async end(options: StopOptions): Promise<void> {
    await this.runtime.stop(options);
    await this.#kept?.close();
  }

  /** Ends it as `kill -9` does, or as a power cut does. */
  kill(how: 'kill' | 'power'): void {
    this.#clock.kill();
    this.#kept?.crash(how);
  }
}

/** The clock of a life: monotonic time begins with it, and its timers go with it. */
class OwnTime extends LifeClock {
  isOver = false;
  readonly #bornAt: number;
  readonly #timers = new Set<TimerHandle>();

  constructor(world: Clock) {
    super(world);
    this.#bornAt = world.now();
  }

  override now(): number {
    return super.now() - this.#bornAt;
  }

  override setTimer(fn: () => void, delayMs: number): TimerHandle {
    const timer = super.setTimer(() => {
      this.#timers.delete(timer);
      fn();
    }, delayMs);
    this.#timers.add(timer);
    return timer;
  }

  override clearTimer(timer: TimerHandle): void {
    this.#timers.delete(timer);
    super.clearTimer(timer);
  }

  override kill(): void {
    this.isOver = true;
    super.kill();
    for (const timer of this.#timers) super.clearTimer(timer);
    this.#timers.clear();
  }
}

/** A store in memory, or one that the test has brought, from which each process is cut off when it is killed. */
export class KeptInMemory implements KeptStore {
  readonly #inner: Store;
  #open: CutStore | undefined = undefined;

  constructor(inner: Store) {
    this.#inner = inner;
  }

  async open(): Promise<Store> {
    this.#open = new CutStore(this.#inner);
    return this.#open;
  }

  async close(): Promise<void> {}

  crash(): void {
    if (this.#open !== undefined) this.#open.isCut = true;
  }
}

/** A simulated disk, which the next life finds as the last one has left it. */
export class KeptOnDisk implements KeptStore {
  readonly #disk: SimulatedDisk;
  #open: StoreAdmin | undefined = undefined;

  constructor(disk: SimulatedDisk) {
    this.#disk = disk;
  }

  async open(clock: Clock, onDamage: (damage: Damage) => void): Promise<Store> {
    this.#open = await this.#disk.open(clock, onDamage);
    return this.#open;
  }

  crash(how: 'kill' | 'power'): void {
    this.#disk.crash(how);
  }

  async close(): Promise<void> {
    await this.#open?.close();
  }
}

/** A store as one process has it open. */
class CutStore implements Store {
  isCut = false;
  readonly #inner: Store;

  constructor(inner: Store) {
    this.#inner = inner;
  }

  get(key: string): StoredRecord | undefined {
    return this.#inner.get(key);
  }

  version(key: string): number {
    return this.#inner.version(key);
  }

  history(key: string): readonly VersionInfo[] {
    return this.#inner.history(key);
  }

  at(key: string, version: number): StoredRecord | undefined {
    return this.#inner.at(key, version);
  }

  keys(prefix: string, after?: string): Iterable<string> {
    return this.#inner.keys(prefix, after);
  }

  count(prefix: string): number {
    return this.#inner.count(prefix);
  }

  scan(prefix: string): Iterable<ScannedRecord> {
    return this.#inner.scan(prefix);
  }

  pack(value: unknown, subject: string): Packed {
    return this.#inner.pack(value, subject);
  }

  commit(writes: readonly StoreWrite[]): Promise<void> {
    return this.isCut ? never() : this.#inner.commit(writes);
  }

  reopen(): Promise<void> {
    return this.isCut ? never() : this.#inner.reopen();
  }

  /** What is kept is for the next process, too. */
  async close(): Promise<void> {}
}

/** What a process that is gone gets for an answer. */
function never(): Promise<never> {
  return new Promise(() => {});
}
