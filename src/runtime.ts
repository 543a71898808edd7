// The one place that wires everything: kernel, actors, runs, events and log make a runtime. It is what users embed:
// nothing in it is global, so several live in one process and each stops clean.

import type { Logger } from 'pino';
import type { AnyActorLogic, EmittedFrom, EventFromLogic, SnapshotFrom } from 'xstate';
import type { Desk, Target } from '../actors/desk.ts';
import { actorsOf } from '../actors/tree.ts';
import { type Clock, systemClock } from './base/clock.ts';
import { type Duration, toMs, toPositiveMs } from './base/duration.ts';
import {
  InvalidInputError,
  InvalidOptionError,
  NoAgentError,
  ShuttingDownError,
} from './base/errors.ts';
import { type IdSource, idSource } from './base/ids.ts';
import { limits } from './base/limits.ts';
import { toPlain } from './base/plain.ts';
import { type Priority, toPriority } from './base/priority.ts';
import { type Random, systemRandom } from './base/random.ts';
import type { DeadLetter } from './kernel/dead-letters.ts';
import type { ActorRef } from './kernel/ref.ts';
import type { Inspector } from './kernel/shard.ts';
import type { SpawnOptions } from './kernel/spec.ts';
import type { Supervision } from './kernel/supervision.ts';
import { type ActorInfo, Kernel } from './kernel/system.ts';
import { type RuntimeEvent, RuntimeEvents } from './observe/events.ts';
import { logEvent, silentLog } from './observe/log.ts';
import type { TaskEvent } from './observe/task-events.ts';
import type { Store } from './store/port.ts';
import { type InputOf, isTopology, type OutputOf, type TaskTypes, type Topology } from './topology/define.ts';
import type { ResolvedTopology } from './topology/resolved.ts';
import { type Routes, routesOf } from './topology/routes.ts';
import { validate } from './topology/schema.ts';
import { Run } from './work/run.ts';
import { RunBook, type RunFilter } from './work/run-book.ts';

/** Options of {@link createRuntime}. */
export interface RuntimeOptions {
  /** Where durable actors keep their state; `false` (the default): nowhere. */
  readonly store?: Store | false;
  /** A pino logger; without one nothing is logged. */
  readonly log?: Logger;
  /** Receives XState inspection events, for instance those of `@statelyai/inspect`. */
  readonly inspect?: Inspector;
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

type Phase = 'created' | 'started' | 'stopping' | 'stopped';

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
export async function createRuntime<T extends Topology>(topology: T, options: RuntimeOptions = {}): Promise<Runtime<T>> {
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
  readonly #newId: IdSource;
  readonly #log: Logger;
  readonly #desk: Desk;
  readonly #book: RunBook;
  #phase: Phase = 'created';
  #stopped: Promise<void> | undefined = undefined;
  #fatal: unknown = undefined;

  /** @internal Made by {@link createRuntime}. */
  constructor(topology: ResolvedTopology, options: RuntimeOptions) {
    const { clock = systemClock, random = systemRandom, log = silentLog() } = options;
    this.#topology = topology;
    this.#routes = routesOf(topology);
    this.#clock = clock;
    this.#newId = idSource(clock, random);
    this.#log = log;
    this.#book = new RunBook(topology.limits.openRuns);
    this.events = new RuntimeEvents((error) => {
      log.error({ err: error }, 'an event listener threw');
    });
    this.#kernel = new Kernel({
      clock,
      random,
      newId: this.#newId,
      onEvent: (event) => {
        this.#emit(event);
      },
      log: (...parts) => {
        log.info({ parts }, 'machine log');
      },
      inspect: options.inspect,
      restart: restartOf(topology),
      delegationDepth: topology.limits.delegationDepth,
      store: options.store === false ? undefined : options.store,
      development: options.development ?? false,
    });
    this.#desk = {
      kernel: this.#kernel,
      clock,
      random,
      log,
      note: (subject, body) => {
        this.#note({ at: clock.wall(), ...subject, ...body } as TaskEvent);
      },
      resolve: (from, toOrType, input) => this.#resolve(from, toOrType, input),
    };
  }

  get name(): string {
    return this.#topology.name;
  }

  /** Where the runtime stands. */
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
    if (this.#phase !== 'created') throw new InvalidOptionError('start', this.#phase, 'a runtime that has not been started');
    this.#phase = 'started';
    try {
      await this.#kernel.start(actorsOf(this.#topology, this.#desk), (error) => {
        this.#fatal = error;
        void this.stop();
      });
    } catch (error) {
      this.#phase = 'stopped';
      throw error;
    }
    this.#emit({ type: 'runtime.started', at: this.#clock.wall(), topology: this.name });
  }

  /**
   * Submits a task. Resolves once it is accepted.
   *
   * @throws NO_AGENT for a type nobody takes, INVALID_INPUT, UNSERIALIZABLE, QUEUE_FULL with `retryAfterMs`, SHUTTING_DOWN.
   */
  async submit<Type extends TaskTypes<T>>(
    task: { readonly type: Type; readonly input: InputOf<T, Type> },
    options: SubmitOptions = {},
  ): Promise<Run<OutputOf<T, Type>>> {
    if (this.#phase === 'created') throw new InvalidOptionError('submit', 'called before start()', 'a started runtime');
    if (this.#phase !== 'started') throw new ShuttingDownError();
    const orchestrator = this.#routes.orchestratorFor(task.type);
    if (orchestrator === undefined) throw new NoAgentError(String(task.type), this.#routes.types);
    const priority = options.priority === undefined ? orchestrator.priority : toPriority(options.priority, 'priority');
    const timeoutMs =
      options.timeout === undefined
        ? (orchestrator.timeoutMs ?? limits.task.timeout_ms)
        : toPositiveMs(options.timeout, 'timeout');
    const input = await this.#checkedInput(task.type, toPlain(task.input, 'input'), orchestrator.input);
    if (this.#phase !== 'started') throw new ShuttingDownError();
    return this.#open({ type: task.type, input, to: orchestrator.address, priority, timeoutMs }) as Run<OutputOf<T, Type>>;
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
    return this.#book.find(id);
  }

  /** Runs, oldest first. */
  runs(filter?: RunFilter): readonly Run[] {
    return this.#book.list(filter);
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
    const { parent, ...own } = options;
    return this.#kernel.spawn(logic, own, parent) as ActorRef<EventFromLogic<Logic>, SnapshotFrom<Logic>>;
  }

  /** Sends an event to every subscriber of a topic. */
  publish(topic: string, event: EmittedFrom<AnyActorLogic>): void {
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
      if (drainMs > 0) await this.#drain(drainMs);
      await Promise.all(this.#book.open().map((run) => run.cancel('the runtime is stopping')));
    }
    await this.#kernel.stop();
    this.#phase = 'stopped';
    this.#emit({ type: 'runtime.stopped', at: this.#clock.wall(), topology: this.name });
  }

  #drain(drainMs: number): Promise<void> {
    return new Promise((resolve) => {
      const timer = this.#kernel.timers.set(drainMs, resolve);
      this.#book.whenIdle(() => {
        this.#kernel.timers.cancel(timer);
        resolve();
      });
    });
  }

  #resolve(from: string, toOrType: string, input: unknown): Target {
    const node = this.#routes.resolveFrom(from, toOrType, { id: '', type: toOrType, input });
    const [only, ...others] = node.accepts;
    const taskType = node.accepts.includes(toOrType) ? toOrType : only;
    if (taskType === undefined || (taskType !== toOrType && others.length > 0)) throw new NoAgentError(toOrType, node.accepts);
    return { address: node.address, taskType, timeoutMs: node.timeoutMs };
  }

  async #checkedInput(type: string, input: unknown, schema: Parameters<typeof validate>[0] | undefined): Promise<unknown> {
    if (schema === undefined) return input;
    const checked = await validate(schema, input);
    if (checked.issues !== undefined) throw new InvalidInputError(`The input of task '${type}'`, checked.issues);
    return checked.value;
  }

  #open(task: {
    readonly type: string;
    readonly input: unknown;
    readonly to: string;
    readonly priority: Priority;
    readonly timeoutMs: number;
  }): Run {
    const id = this.#newId('run');
    const run: Run = new Run({
      id,
      type: task.type,
      clock: this.#clock,
      cancel: (reason) => {
        const delegation = this.#kernel.delegations.assignedTo(task.to as never, id);
        if (delegation !== undefined) this.#kernel.delegations.cancel(delegation, reason);
      },
    });
    this.#book.add(run);
    this.#emit({ type: 'run.accepted', at: this.#clock.wall(), run: id, taskType: task.type });
    try {
      this.#kernel.delegate({
        to: task.to,
        task: { id, type: task.type, input: task.input },
        within: undefined,
        timeoutMs: task.timeoutMs,
        priority: task.priority,
        correlation: id,
        onSettled: (outcome) => {
          this.#ended(run, outcome);
        },
      });
    } catch (error) {
      this.#book.forget(run);
      throw error;
    }
    return run;
  }

  #ended(run: Run, outcome: Parameters<Run['end']>[0]): void {
    run.end(outcome);
    this.#book.close(run);
    const { state, elapsedMs } = run.status();
    this.#emit({
      type: 'run.ended',
      at: this.#clock.wall(),
      run: run.id,
      taskType: run.type,
      state: state as 'done' | 'failed' | 'cancelled' | 'timedOut',
      tookMs: elapsedMs,
      ...(outcome.ok ? {} : { error: outcome.error.message }),
    });
  }

  #note(event: TaskEvent): void {
    this.#book.find(event.run)?.take(event);
    this.#emit({ type: 'run.event', at: event.at, event });
  }

  #emit(event: RuntimeEvent): void {
    if (event.type === 'actor.crashed' || event.type === 'actor.started') this.#tellDirector(event);
    logEvent(this.#log, event);
    this.events.emit(event);
  }

  /** A director routes around an agent that is down. */
  #tellDirector({ type, address }: { readonly type: 'actor.crashed' | 'actor.started'; readonly address: string }): void {
    const node = this.#routes.node(address);
    if (node?.kind !== 'agent' || node.address !== address) return;
    const director = address.slice(0, address.lastIndexOf('/'));
    this.#kernel.notify(director, { type: type === 'actor.crashed' ? 'agent.down' : 'agent.up', address } as { type: string });
  }
}

function restartOf({ restart }: ResolvedTopology): {
  readonly strategy: ResolvedTopology['restart']['strategy'];
  readonly maxRestarts: number;
  readonly within: number;
  readonly backoff: { readonly initial: number; readonly factor: number; readonly max: number; readonly jitter: number };
} {
  const { initialMs, factor, maxMs, jitter } = restart.backoff;
  return {
    strategy: restart.strategy,
    maxRestarts: restart.maxRestarts,
    within: restart.withinMs,
    backoff: { initial: initialMs, factor, max: maxMs, jitter },
  };
}

