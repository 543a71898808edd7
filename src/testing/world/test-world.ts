// What stays when a process under test goes: virtual time, the decisions of the seed, the store, and everything that
// has been seen so far. In it one life follows another, one at a time.

import { CircularBuffer } from 'mnemonist';
import { InvalidOptionError } from '../../base/errors.ts';
import { limits } from '../../base/limits.ts';
import type { Reason } from '../../base/reason.ts';
import { VirtualClock } from '../../base/virtual-clock.ts';
import type { RuntimeEvent } from '../../observe/events.ts';
import type { RuntimeOptions, StopOptions } from '../../runtime.ts';
import type { Topology } from '../../topology/define.ts';
import { Decisions } from './decisions.ts';
import { seededScheduling } from './seeded-scheduling.ts';
import { Driver } from './test-driver.ts';
import { pendingOf, type Standing } from './test-expectation.ts';
import { Life } from './test-life.ts';
import { type CheckedOptions, type Estate, estateOf } from './test-options.ts';
import { RunTrace } from './test-trace.ts';
import { Waits } from './test-waits.ts';

const { result_ms, runtimeEvents_count } = limits.testing;

/** What a life runs. */
export interface Program<T extends Topology> {
  readonly topology: T;
  readonly logics: RuntimeOptions['logics'];
}

/** The world of one test. */
export class World<T extends Topology> {
  readonly seed: number;
  readonly clock: VirtualClock;
  readonly waits: Waits;
  readonly trace: RunTrace;
  readonly estate: Estate;
  readonly events = new CircularBuffer<RuntimeEvent>(Array, runtimeEvents_count);
  /** How actors have ended in this life. */
  readonly ends = new Map<string, Reason>();
  /** The life that is on, or was the last. */
  last: Life<T> | undefined = undefined;
  readonly #options: CheckedOptions;
  readonly #decisions: Decisions;
  #isAlive = false;
  #lives = 0;
  #handled = 0;

  /** @throws INVALID_OPTION for a fault that there is not, or a rate that is none. */
  constructor(options: CheckedOptions) {
    const { seed, startAt_ms, store } = options;
    this.#options = options;
    this.seed = seed;
    this.clock = new VirtualClock(startAt_ms === undefined ? {} : { wallMs: startAt_ms });
    this.#decisions = new Decisions(seed);
    this.estate = estateOf(store, this.clock, this.#decisions);
    this.trace = new RunTrace(() => this.clock.now());
    this.waits = new Waits(new Driver(this.clock, () => this.#handled), () => this.standing());
  }

  /** The life that is on; undefined when there is none. */
  get alive(): Life<T> | undefined {
    return this.#isAlive ? this.last : undefined;
  }

  /** The life that is on. @throws INVALID_OPTION when there is none. */
  get living(): Life<T> {
    const life = this.alive;
    if (life !== undefined) return life;
    throw new InvalidOptionError(
      'runtime',
      'used after it has ended',
      'a runtime that lives; await test.restart() first',
    );
  }

  /** Where the test stands, for whoever has to say that something has failed. */
  standing(): Standing {
    const { seed, alive: life } = this;
    const at_ms = this.clock.now();
    if (life === undefined) return { seed, at_ms, pending: ['the runtime has ended'] };
    const next = this.clock.nextTimerAt;
    const nextTimer_ms = next === undefined ? undefined : next - at_ms;
    return { seed, at_ms, pending: pendingOf(life.parts, life.runtime.runs(), nextTimer_ms) };
  }

  /** Begins a life; its runtime has not been started. @throws as `createRuntime` does. */
  async begin(program: Program<T>): Promise<Life<T>> {
    this.ends.clear();
    this.#lives += 1;
    this.trace.note('life', this.#lives);
    this.last = await this.waits.settled('restart', this.#begun(program), result_ms);
    this.#isAlive = true;
    return this.last;
  }

  /** Ends the life at once. @throws INVALID_OPTION when there is none. */
  crash(how: 'kill' | 'power'): void {
    this.living.kill(how);
    this.#isAlive = false;
    this.trace.note('crash', how);
  }

  /** Ends the life in order; harmless when there is none. */
  async end(options: StopOptions): Promise<void> {
    await this.waits.free(); // a wait that a failing test has left behind
    const { alive } = this;
    if (alive === undefined) return;
    await this.waits.settled('stop', alive.end(options), result_ms);
    this.#isAlive = false;
  }

  #begun({ topology, logics }: Program<T>): Promise<Life<T>> {
    const { isSeeded, runtime } = this.#options;
    return Life.begin({
      topology,
      options: { ...runtime, ...(logics === undefined ? {} : { logics }) },
      world: this.clock,
      // Each life has chances of its own: two processes make no equal ids.
      random: this.#decisions.random(`chance of life ${this.#lives}`),
      scheduling: isSeeded ? seededScheduling(this.#decisions) : undefined,
      kept: this.estate.kept,
      onEvent: (event) => {
        this.events.push(event);
        this.trace.note('told', event);
        if (event.type === 'actor.stopped') this.ends.set(event.address, event.reason);
      },
      onMessage: (what, { address }, { event, from }) => {
        this.#handled += 1;
        this.trace.note(`${address} ${what} from ${from ?? 'outside'}`, event);
      },
    });
  }
}
