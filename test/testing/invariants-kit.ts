// What tests of invariants share: a small simulated process of many lives, with a store that fails and a seed that
// decides everything, and the invariants that look at it after each step.

import { VirtualClock } from '../../src/base/virtual-clock.ts';
import type { KernelParts } from '../../src/kernel/parts.ts';
import type { RuntimeEvent } from '../../src/observe/events.ts';
import { createRuntimeWith, type Runtime } from '../../src/runtime.ts';
import { type CommitFault, faultyStore, type FaultyStore } from '../../src/store/faulty.ts';
import { memoryStore } from '../../src/store/memory.ts';
import type { Store } from '../../src/store/port.ts';
import { builtInInvariants } from '../../src/testing/simulation/invariants/built-in.ts';
import type { Invariant, InvariantWatch, Life, SimulatedRun } from '../../src/testing/simulation/invariant.ts';
import { Witness } from '../../src/testing/simulation/witness.ts';
import { Decisions } from '../../src/testing/world/decisions.ts';
import { LifeClock } from '../../src/testing/world/life-clock.ts';
import { seededScheduling } from '../../src/testing/world/seeded-scheduling.ts';
import type { Topology } from '../../src/topology/define.ts';
import { type Act, beginAnew, clockwork, errands, hand, type Order } from './invariants-actors.ts';

/** What was found wrong. */
export interface Problem {
  readonly invariant: string;
  readonly problem: string;
  readonly step: number;
}

/** How a small world is. */
export interface SmallOptions {
  readonly seed?: number;
  readonly invariants?: readonly Invariant[];
  /** Without a store, nothing is durable. */
  readonly store?: Store | false;
  /** A commit fails about once in so many times; 0: never. */
  readonly faultsOneIn?: number;
  /** Told of the parts before the witness is, to plant a bug below it. */
  readonly plant?: (parts: KernelParts) => void;
  /** Told of the parts after the witness, to plant a bug above it. */
  readonly plantOver?: (parts: KernelParts) => void;
  /** Told of each life before anything runs in it. */
  readonly onLife?: (life: Life) => void;
}

class PresentLife implements Life {
  readonly nth: number;
  readonly runtime: Runtime;
  readonly kernel: KernelParts;
  readonly witness: Witness;
  readonly store: Store | undefined;

  constructor(nth: number, runtime: Runtime, kernel: KernelParts, witness: Witness, store: Store | undefined) {
    this.nth = nth;
    this.runtime = runtime;
    this.kernel = kernel;
    this.witness = witness;
    this.store = store;
  }
}

/** A simulated process. */
export class SmallWorld implements SimulatedRun {
  readonly clock = new VirtualClock();
  readonly decisions: Decisions;
  readonly problems: Problem[] = [];
  readonly topology: Topology;
  /** What has happened, newest last. */
  readonly trace: string[] = [];
  life: PresentLife | undefined = undefined;
  now = (): number => this.clock.now();
  step = 0;
  readonly rots = false;
  lives = 0;
  readonly #options: SmallOptions;
  readonly #disk: Store | undefined;
  readonly #watches: readonly InvariantWatch[];
  #lifeClock = new LifeClock(this.clock);
  #faulty: FaultyStore | undefined = undefined;
  #faults = new Map<number, CommitFault>();

  constructor(options: SmallOptions = {}) {
    this.#options = options;
    beginAnew();
    this.decisions = new Decisions(options.seed ?? 1);
    this.topology = errands(this.decisions);
    this.#disk = options.store === false ? undefined : (options.store ?? memoryStore(this.clock));
    const { invariants = builtInInvariants } = options;
    this.#watches = invariants.map(({ name, watch }) =>
      watch(this, (problem) => {
        this.problems.push({ invariant: name, problem, step: this.step });
      }),
    );
  }

  get present(): PresentLife {
    if (this.life === undefined) throw new TypeError('The process is down.');
    return this.life;
  }

  /** The process starts; resolves once it is up. */
  async begin(): Promise<void> {
    this.lives += 1;
    const clock = new LifeClock(this.clock);
    this.#lifeClock = clock;
    this.#faulty = this.#disk === undefined ? undefined : faultyStore(this.#disk, this.#plan(), clock);
    let kernel: KernelParts | undefined;
    let witness: Witness | undefined;
    const runtime = await createRuntimeWith(
      this.topology,
      {
        clock,
        random: this.decisions.random(`life ${this.lives}`),
        store: this.#faulty ?? false,
        logics: { hand, clockwork },
        development: true,
      },
      {
        scheduling: seededScheduling(this.decisions),
        onKernel: (parts) => {
          kernel = parts;
          this.#options.plant?.(parts);
          if (this.#watches.length > 0) witness = new Witness(parts);
          this.#options.plantOver?.(parts);
        },
      },
    );
    if (kernel === undefined) throw new TypeError('The runtime has no kernel.');
    const life = new PresentLife(
      this.lives,
      runtime,
      kernel,
      witness ?? ({ silence: () => {} } as Witness),
      this.#faulty,
    );
    this.life = life;
    runtime.events.on((event) => {
      if (this.life === life) this.event(event);
    });
    if (this.#watches.length > 0)
      life.witness.on('handling', (cell, { id, event, from }) => {
        this.trace.push(`${this.step} ${cell.address} handles #${id} ${event.type} of ${from ?? 'outside'}`);
      });
    for (const watch of this.#watches) watch.born?.(life);
    this.#options.onLife?.(life);
    let isUp = false;
    const started = runtime.start().then(() => {
      isUp = true;
    });
    started.catch(() => {});
    for (let turn = 0; turn < 20_000 && !isUp; turn++) await this.pass();
    await started;
  }

  /** Something has happened in the present life. */
  event(event: RuntimeEvent): void {
    this.trace.push(`${this.step} ${event.type} ${'address' in event ? event.address : ''}`);
    for (const watch of this.#watches) watch.event?.(event, this.present);
  }

  /** The next commit fails. */
  failNext(): void {
    this.#faults.set((this.#faulty?.commits ?? 0) + 1, { type: 'error', code: 'EIO' });
  }

  #plan(): { readonly commits: ReadonlyMap<number, CommitFault> } {
    const commits = new Map<number, CommitFault>();
    this.#faults = commits;
    const { faultsOneIn = 0 } = this.#options;
    for (let nth = 2; nth < 400; nth++) {
      if (!this.decisions.chance('fault.commit', faultsOneIn)) continue;
      const kind = this.decisions.choose('fault.commit.kind', 3);
      if (kind === 0) commits.set(nth, { type: 'error', code: 'ENOSPC' });
      else if (kind === 1) commits.set(nth, { type: 'delay', delay_ms: 50 });
      else commits.set(nth, { type: 'error', code: 'EIO' });
    }
    return { commits };
  }

  /** One turn of the event loop, or one timer. */
  async pass(): Promise<void> {
    this.step += 1;
    const { clock, life } = this;
    if (clock.readyTurns > 0) await clock.runTurn();
    else await clock.fireNext();
    if (life === undefined || life !== this.life) return;
    for (const watch of this.#watches) watch.step?.(life);
  }

  /** Steps until nothing is ready, and time has gone on by so much. */
  async settle(ms = 0): Promise<void> {
    const until = this.clock.now() + ms;
    const isDue = (): boolean => this.clock.readyTurns > 0 || (this.clock.nextTimerAt ?? Infinity) <= until;
    await this.clock.drain();
    for (let turn = 0; turn < 100_000 && isDue(); turn++) await this.pass();
  }

  /** The process is killed. */
  kill(): void {
    const { life } = this;
    if (life === undefined) return;
    this.#lifeClock.kill();
    if (this.#faulty !== undefined) Object.assign(this.#faulty, { isCrashed: true });
    life.witness.silence();
    this.life = undefined;
    for (const watch of this.#watches) watch.over?.(life, 'killed');
  }

  /** The end: what must hold when all is at rest, and an orderly stop. */
  async end(): Promise<void> {
    const { life } = this;
    if (life !== undefined) {
      for (const watch of this.#watches) watch.settled?.(life);
      let isOver = false;
      const stopped = life.runtime.stop().then(() => {
        isOver = true;
      });
      for (let turn = 0; turn < 20_000 && !isOver; turn++) await this.pass();
      await stopped;
      this.life = undefined;
      for (const watch of this.#watches) watch.over?.(life, 'stopped');
      life.witness.silence();
    }
    for (const watch of this.#watches) watch.done?.();
  }
}

/** A world with one invariant, and one bug below its witness. */
export async function planted(
  invariant: Invariant,
  plant: (parts: KernelParts) => void = () => {},
  store: Store | false = memoryStore(),
): Promise<SmallWorld> {
  const world = new SmallWorld({ invariants: [invariant], plant, store });
  await world.begin();
  return world;
}

/** A message that says what is to be done. */
export function order(...acts: readonly Act[]): Order {
  return { type: 'do', n: 0, acts };
}

/** The first thing that was found. */
export function found({ problems }: SmallWorld): string {
  return problems[0]?.problem ?? 'nothing';
}

/** Does something while a method of a class is another one. */
export async function withMethod<Class extends object, Name extends keyof Class>(
  prototype: Class,
  name: Name,
  make: (original: Class[Name]) => Class[Name],
  act: () => Promise<void>,
): Promise<void> {
  const original = prototype[name];
  prototype[name] = make(original);
  try {
    await act();
  } finally {
    prototype[name] = original;
  }
}
