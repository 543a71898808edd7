// The one place that wires everything: kernel, actors, runs, events and log make a runtime. It is what users embed:
// nothing in it is global, so several live in one process and each stops clean.

import type { Logger } from 'pino';
import type { AnyActorLogic, EventFromLogic, SnapshotFrom } from 'xstate';
import { type Desk, targetOf, tellDirector } from '../actors/desk.ts';
import { Reception, submissionOf } from '../actors/reception.ts';
import { actorsOf, restartOf } from '../actors/tree.ts';
import { type Clock, systemClock } from './base/clock.ts';
import { type Duration, toMs } from './base/duration.ts';
import { InvalidOptionError, ShuttingDownError } from './base/errors.ts';
import { idSource } from './base/ids.ts';
import type { Priority } from './base/priority.ts';
import { type Random, systemRandom } from './base/random.ts';
import type { DeadLetter } from './kernel/dead-letters.ts';
import type { ActorRef } from './kernel/ref.ts';
import type { SpawnOptions } from './kernel/spec.ts';
import type { Supervision } from './kernel/supervision.ts';
import { type ActorInfo, Kernel } from './kernel/system.ts';
import { type RuntimeEvent, RuntimeEvents } from './observe/events.ts';
import { type InspectorLike, inspectorOf } from './observe/inspector.ts';
import { logEvent, logFault, logMachine, silentLog } from './observe/log.ts';
import type { Store } from './store/port.ts';
import { type InputOf, isTopology, type OutputOf, type TaskTypes, type Topology } from './topology/define.ts';
import type { ResolvedTopology } from './topology/resolved.ts';
import { type Routes, routesOf } from './topology/routes.ts';
import type { Run } from './work/run.ts';
import type { RunFilter } from './work/run-book.ts';

/** Options of {@link createRuntime}. */
export interface RuntimeOptions {
  /** Where durable actors keep their state; `false` (the default): nowhere. */
  readonly store?: Store | false;
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

/** Options of `submit`. */
export interface SubmitOptions {
  /** 0 (most urgent) to 10; default that of the orchestrator. */
  readonly priority?: Priority;
  /** How long the whole may take; default that of the orchestrator, else 10 minutes. */
  readonly timeout?: Duration;
}

/** Options of `stop`. */
export interface StopOptions {
  /** How long open runs may take to end before they are cancelled; default 0. */
  readonly drain?: Duration;
}

type Phase = 'created' | 'starting' | 'started' | 'stopping' | 'stopped';

/**
 * Makes a runtime of a topology. It does nothing until `start()`.
 *
 * @throws INVALID_OPTION when it is given something else than a topology.
 *
 * @example
 * ```ts
 * await using runtime = await createRuntime(topology);
 * await runtime.start();
 * console.log(await runtime.run({ type: 'audit', input: { dir: 'src' } }));
 * ```
 */
export async function createRuntime<T extends Topology>(
  topology: T,
  options: RuntimeOptions = {},
): Promise<Runtime<T>> {
  if (!isTopology(topology)) {
    throw new InvalidOptionError('topology', topology, 'what defineTopology() returned');
  }
  return new Runtime<T>(topology.resolved, options);
}

/** A topology that runs. */
export class Runtime<T extends Topology = Topology> {
  /** Everything that happens, as one union. */
  readonly events: RuntimeEvents;
  readonly #topology: ResolvedTopology;
  readonly #routes: Routes;
  readonly #kernel: Kernel;
  readonly #clock: Clock;
  readonly #log: Logger;
  readonly #desk: Desk;
  readonly #reception: Reception;
  #phase: Phase = 'created';
  #stopped: Promise<void> | undefined = undefined;
  #fatal: unknown = undefined;

  /** @internal Made by {@link createRuntime}. */
  constructor(topology: ResolvedTopology, options: RuntimeOptions) {
    const {
      clock = systemClock,
      random = systemRandom,
      log = silentLog(),
      store = false,
      development = false,
    } = options;
    const routes = routesOf(topology);
    this.#topology = topology;
    this.#routes = routes;
    this.#clock = clock;
    this.#log = log;
    const newId = idSource(clock, random);
    const emit = (event: RuntimeEvent): void => {
      this.#emit(event);
    };
    this.events = new RuntimeEvents((error) => {
      logFault(log, error, 'an event listener threw');
    });
    this.#kernel = new Kernel({
      clock,
      random,
      newId,
      onEvent: emit,
      log: (...parts) => {
        logMachine(log, parts);
      },
      inspect: inspectorOf(options.inspect),
      restart: restartOf(topology),
      delegationDepth: topology.limits.delegationDepth,
      store: store === false ? undefined : store,
      development,
    });
    this.#reception = new Reception({
      kernel: this.#kernel,
      clock,
      newId,
      routes,
      openLimit: topology.limits.openRuns,
      emit,
    });
    this.#desk = {
      kernel: this.#kernel,
      clock,
      random,
      log,
      note: this.#reception.note,
      resolve: (from, toOrType, input) => targetOf(routes, from, toOrType, input),
    };
  }

  get name(): string {
    return this.#topology.name;
  }

  get phase(): Phase {
    return this.#phase;
  }

  /** Why the runtime stopped by itself; undefined when it did not. */
  get fatalError(): unknown {
    return this.#fatal;
  }

  /**
   * Starts every declared actor, parents before children, in the order they were declared.
   *
   * @throws START_FAILED, START_TIMEOUT naming the actor; everything started before it has been stopped.
   */
  async start(): Promise<void> {
    if (this.#phase !== 'created') throw new InvalidOptionError('start', this.#phase, 'a runtime not started before');
    this.#phase = 'starting';
    try {
      await this.#kernel.start(actorsOf(this.#topology, this.#desk), (error) => {
        this.#fatal = error;
        void this.stop();
      });
    } catch (error) {
      if (this.phase === 'starting') this.#phase = 'stopped';
      throw error;
    }
    if (this.phase !== 'starting') throw new ShuttingDownError();
    this.#phase = 'started';
    this.#emit({ type: 'runtime.started', at: this.#clock.wall(), topology: this.name });
  }

  /**
   * Submits a task. Resolves once it is accepted.
   *
   * @throws NO_AGENT for a type nobody takes, INVALID_INPUT, INVALID_OPTION, UNSERIALIZABLE, QUEUE_FULL with
   * `retryAfterMs`, SHUTTING_DOWN.
   */
  async submit<Type extends TaskTypes<T>>(
    task: { readonly type: Type; readonly input: InputOf<T, Type> },
    options: SubmitOptions = {},
  ): Promise<Run<OutputOf<T, Type>>> {
    const submission = submissionOf(task, options);
    this.#requireStarted();
    const accepted = await this.#reception.check(submission);
    this.#requireStarted(); // it may have been stopped meanwhile
    return this.#reception.open(accepted) as Run<OutputOf<T, Type>>;
  }

  /** Submits a task and waits for its output. @throws as {@link Runtime.submit} and {@link Run.result} do. */
  async run<Type extends TaskTypes<T>>(
    task: { readonly type: Type; readonly input: InputOf<T, Type> },
    options: SubmitOptions = {},
  ): Promise<OutputOf<T, Type>> {
    const run = await this.submit(task, options);
    return run.result();
  }

  /** A run by its id: open, or one of the last 10,000 that are over. */
  find(id: string): Run | undefined {
    return this.#reception.book.find(id);
  }

  /** Runs, oldest first. */
  runs(filter?: RunFilter): readonly Run[] {
    return this.#reception.book.list(filter);
  }

  /** The actor at an address; of a pool, its least busy instance now. */
  actor(address: string): ActorRef | undefined {
    return this.#kernel.lookup(address);
  }

  /** Every live actor. */
  actors(): readonly ActorInfo[] {
    return [...this.#kernel.actors()];
  }

  /** How an actor's children are doing, and the calls of OTP's supervisor. @throws ACTOR_NOT_FOUND */
  supervisor(address?: string): Supervision {
    return this.#kernel.supervision(address);
  }

  /**
   * Starts an actor of any XState logic, supervised by its parent, or on its own account at the top.
   *
   * @throws ACTOR_EXISTS, ACTOR_NOT_FOUND for the parent, INVALID_OPTION, START_FAILED, SHUTTING_DOWN.
   */
  spawn<Logic extends AnyActorLogic>(
    logic: Logic,
    options: SpawnOptions & { readonly parent?: string },
  ): ActorRef<EventFromLogic<Logic>, SnapshotFrom<Logic>> {
    return this.#kernel.spawn(logic, options, options.parent) as ActorRef<EventFromLogic<Logic>, SnapshotFrom<Logic>>;
  }

  /** Sends an event to every subscriber of a topic. */
  publish(topic: string, event: { readonly type: string }): void {
    this.#kernel.publish(topic, event);
  }

  /** Hears every event of a topic. @returns how to stop. */
  subscribe(topic: string, listener: (event: { readonly type: string }) => void): () => void {
    return this.#kernel.listen(topic, listener);
  }

  /** Messages that could not be delivered: the newest thousand, oldest first. */
  deadLetters(): readonly DeadLetter[] {
    return this.#kernel.deadLetters.list();
  }

  /** Takes nothing new, lets open runs end as long as `drain` says, cancels the rest, stops every actor in order. */
  stop(options: StopOptions = {}): Promise<void> {
    this.#stopped ??= this.#stop(toMs(options.drain ?? 0, 'drain'));
    return this.#stopped;
  }

  [Symbol.asyncDispose](): Promise<void> {
    return this.stop();
  }

  async #stop(drainMs: number): Promise<void> {
    const wasStarted = this.#phase === 'started';
    this.#phase = 'stopping';
    if (wasStarted) {
      this.#emit({ type: 'runtime.stopping', at: this.#clock.wall(), topology: this.name });
      if (drainMs > 0) await this.#reception.drain(drainMs);
      await this.#reception.cancelAll('the runtime is stopping');
    }
    await this.#kernel.stop();
    this.#phase = 'stopped';
    this.#emit({ type: 'runtime.stopped', at: this.#clock.wall(), topology: this.name });
  }

  #requireStarted(): void {
    if (this.#phase === 'created' || this.#phase === 'starting') {
      throw new InvalidOptionError('submit', `called while only ${this.#phase}`, 'a runtime that has started');
    }
    if (this.#phase !== 'started') throw new ShuttingDownError();
  }

  #emit(event: RuntimeEvent): void {
    tellDirector(this.#kernel, this.#routes, event);
    logEvent(this.#log, event);
    this.events.emit(event);
  }
}
