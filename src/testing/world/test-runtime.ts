// The real runtime under a test: time, ids, chance and scheduling come from one seed, nothing waits for real, and the
// process can be killed and begun again on what its store has kept. The same seed and the same calls give the same run,
// which its hash shows.

import type { AnyEventObject } from 'xstate';
import { type Duration, toMs } from '../../base/duration.ts';
import { limits } from '../../base/limits.ts';
import type { DeadLetter } from '../../kernel/dead-letters.ts';
import type { RuntimeEvent } from '../../observe/events.ts';
import type { Runtime, StopOptions, SubmitOptions } from '../../runtime.ts';
import type { InputOf, OutputOf, TaskTypes, Topology } from '../../topology/define.ts';
import { Run } from '../../work/run.ts';
import type { SimulatedDisk } from './disk.ts';
import { Probe, type ProbeOptions } from './probe.ts';
import { type OfType, type Within, withinMs } from './probe-expected.ts';
import {
  type CheckedOptions,
  checkOptions,
  type RestartOptions,
  type TestRuntimeOptions,
  wallOf,
} from './test-options.ts';
import { type Program, World } from './test-world.ts';

const { result_ms } = limits.testing;

export type { RestartOptions, TestRuntimeOptions } from './test-options.ts';

interface Placed {
  readonly probe: Probe<never>;
  readonly id: string;
  readonly options: ProbeOptions<never>;
}

/**
 * Starts a topology on virtual time, for a test.
 *
 * @throws INVALID_OPTION naming the option; START_FAILED, START_TIMEOUT as `runtime.start()` does.
 *
 * @example
 * ```ts
 * await using test = await createTestRuntime(topology, { seed: 7 });
 * const audience = test.probe('audience');
 * test.runtime.actor('main/code')?.tell({ type: 'report', to: audience.address });
 * await audience.expectMessage('reported', { within: '1m' });
 * ```
 */
export async function createTestRuntime<T extends Topology>(
  topology: T,
  options: TestRuntimeOptions = {},
): Promise<TestRuntime<T>> {
  const test = new TestRuntime(topology, checkOptions(options));
  await test.restart({ downFor: 0 });
  return test;
}

/** A runtime under test. Everything in it stands still unless the test moves time. */
export class TestRuntime<T extends Topology = Topology> {
  readonly #world: World<T>;
  readonly #probes = new Map<string, Placed>();
  #program: Program<T>;

  /** @internal Made by {@link createTestRuntime}. */
  constructor(topology: T, options: CheckedOptions) {
    this.#program = { topology, logics: options.runtime.logics };
    this.#world = new World(options);
  }

  // --- what there is ---

  /** The runtime that lives now. @throws INVALID_OPTION after a crash or a stop, until `restart()`. */
  get runtime(): Runtime<T> {
    return this.#world.living.runtime;
  }

  get seed(): number {
    return this.#world.seed;
  }

  /** Virtual milliseconds since the beginning, over all lives. */
  get now_ms(): number {
    return this.#world.clock.now();
  }

  /** The simulated disk, to heal it or to see what faults there have been; only with `store: { faults }`. */
  get disk(): SimulatedDisk | undefined {
    return this.#world.estate.disk;
  }

  /** What was told on `runtime.events`, over all lives; the newest 100,000, oldest first. */
  get events(): readonly RuntimeEvent[] {
    return [...this.#world.events];
  }

  /** Those of one type. */
  eventsOf<Type extends RuntimeEvent['type']>(type: Type): readonly OfType<RuntimeEvent, Type>[] {
    return this.events.filter((event): event is OfType<RuntimeEvent, Type> => event.type === type);
  }

  /** Messages that could not be delivered in this life, or in the last one. */
  deadLetters(): readonly DeadLetter[] {
    return this.#world.last?.runtime.deadLetters() ?? [];
  }

  /** Every message handled and every event told, a line each; the newest 10,000, oldest first. */
  get trace(): readonly string[] {
    return this.#world.trace.lines;
  }

  /** A hash of the whole trace: the same seed and the same calls give the same. */
  get hash(): string {
    return this.#world.trace.hash;
  }

  // --- time ---

  /** Lets everything that is ready run; time stands still. @throws ExpectationError when it never comes to rest. */
  settle(): Promise<void> {
    return this.#world.waits.settle();
  }

  /** Moves time, timer by timer. @throws ExpectationError when something never comes to rest, INVALID_OPTION. */
  async advance(duration: Duration): Promise<void> {
    await this.#world.waits.advance('advance', toMs(duration, 'duration'));
  }

  /** Moves time to the next timer and fires it. @returns the milliseconds that passed; undefined when none waits. */
  step(): Promise<number | undefined> {
    return this.#world.waits.step();
  }

  /**
   * Moves time until something holds.
   *
   * @param holds - Asked whenever everything is at rest; what it gives, once it is not falsy, is given back.
   * @throws ExpectationError when it does not hold in time; default 3 s of virtual time.
   */
  async until<Value>(holds: () => Value | Promise<Value>, { within }: Within = {}): Promise<Value> {
    return this.#world.waits.holds(holds, withinMs(within));
  }

  /**
   * Moves time until a promise settles, and gives what it resolves to; of a run, its output.
   *
   * @param options - `within` is 24 h of virtual time by default: whatever has a time-out comes to its end.
   * @throws whatever it rejects with; ExpectationError when nothing is left that could settle it.
   */
  result<Output>(of: Run<Output> | Promise<Run<Output>>, options?: Within): Promise<Output>;
  result<Value>(of: Promise<Value>, options?: Within): Promise<Value>;
  async result(of: Run | Promise<unknown>, { within }: Within = {}): Promise<unknown> {
    const output = outputOf(of);
    return this.#world.waits.settled('result', output, within === undefined ? result_ms : withinMs(within));
  }

  /** Submits a task, and moves time until it is accepted. @throws as `runtime.submit` does. */
  submit<Type extends TaskTypes<T>>(
    task: { readonly type: Type; readonly input: InputOf<T, Type> },
    options?: SubmitOptions,
  ): Promise<Run<OutputOf<T, Type>>> {
    return this.#world.waits.settled('submit', this.runtime.submit(task, options), result_ms);
  }

  /** Submits a task, and moves time until it is over. @throws as `runtime.run` does. */
  run<Type extends TaskTypes<T>>(
    task: { readonly type: Type; readonly input: InputOf<T, Type> },
    options?: SubmitOptions,
  ): Promise<OutputOf<T, Type>> {
    return this.#world.waits.settled('run', this.runtime.run(task, options), result_ms);
  }

  /** Moves the calendar without moving time, as an administrator or a time server does. @throws INVALID_OPTION */
  setWall(date: Date | number): void {
    this.#world.clock.setWall(wallOf(date, 'date'));
  }

  // --- actors of the test's own ---

  /**
   * An actor that records what it is told. It stands at the top, at its id, or under a parent, and comes back with
   * every restart.
   *
   * @throws ACTOR_EXISTS, ACTOR_NOT_FOUND for the parent, INVALID_OPTION.
   */
  probe<Event extends AnyEventObject = AnyEventObject>(id: string, options: ProbeOptions<Event> = {}): Probe<Event> {
    const { parent } = options;
    const address = parent === undefined ? id : `${parent}/${id}`;
    const probe = new Probe<Event>(address, {
      ref: (target) => this.#world.alive?.runtime.actor(target),
      parts: () => this.#world.alive?.parts,
      standing: () => this.#world.standing(),
      now: () => this.now_ms,
      waits: this.#world.waits,
      endOf: (target) => this.#world.ends.get(target),
    });
    const placed = { probe: probe as never, id, options: options as ProbeOptions<never> };
    this.#place(placed);
    this.#probes.set(address, placed);
    return probe;
  }

  // --- lives ---

  /**
   * Ends the process at once: nothing of it goes on, and what was not in its store is lost. `'power'` also loses what
   * the disk had not synced. The test goes on with {@link TestRuntime.restart}.
   */
  crash(how: 'kill' | 'power' = 'kill'): void {
    this.#world.crash(how);
  }

  /**
   * Begins the next life on what is kept, after a crash or a stop; a runtime that lives is stopped in order first.
   *
   * @throws as `createRuntime` and `runtime.start()` do.
   */
  async restart({ downFor = '1s', topology, logics }: RestartOptions<T> = {}): Promise<Runtime<T>> {
    const down_ms = toMs(downFor, 'downFor');
    await this.stop();
    this.#program = { topology: topology ?? this.#program.topology, logics: logics ?? this.#program.logics };
    await this.#world.waits.advance('restart', down_ms);
    const { runtime } = await this.#world.begin(this.#program);
    try {
      this.#placeAll(true);
      await this.#world.waits.settled('restart', runtime.start(), result_ms);
      this.#placeAll(false);
    } catch (error) {
      await this.stop();
      throw error;
    }
    return runtime;
  }

  /** Stops the runtime in order; harmless when it does not live. @throws INVALID_OPTION */
  stop(options: StopOptions = {}): Promise<void> {
    return this.#world.end(options);
  }

  [Symbol.asyncDispose](): Promise<void> {
    return this.stop();
  }

  // --- inside ---

  /** Gives the probes their places in a new life: those at the top before anything starts, the others below parents. */
  #placeAll(atTop: boolean): void {
    for (const placed of this.#probes.values()) {
      if ((placed.options.parent === undefined) === atTop) this.#place(placed);
    }
  }

  #place({ probe, id, options: { parent, answer } }: Placed): void {
    this.runtime.spawn(probe.logic(answer), { id, ...(parent === undefined ? {} : { parent }) });
    probe.placed();
  }
}

/** What a promise comes to; a run comes to its output. */
async function outputOf(of: Run | Promise<unknown>): Promise<unknown> {
  const value = await of;
  return value instanceof Run ? value.result() : value;
}
