// A topology that runs, as users embed it: start, submit, look, spawn, stop. What it is made of is put together in
// `wiring.ts`; nothing in it is global, so several live in one process and each stops clean.

import type { AnyActorLogic, EventFromLogic, SnapshotFrom } from 'xstate';
import { type SubmitOptions, submissionOf } from '../actors/admission.ts';
import type { Reception } from '../actors/reception.ts';
import { recover } from '../actors/recovery.ts';
import { type RuntimeOptions, type StopOptions, storeOf } from '../actors/settings.ts';
import { actorsOf } from '../actors/tree.ts';
import { systemClock } from './base/clock.ts';
import { toMs } from './base/duration.ts';
import { InvalidOptionError, ShuttingDownError } from './base/errors.ts';
import type { DeadLetter } from './kernel/dead-letters.ts';
import type { ActorRef } from './kernel/ref.ts';
import type { SpawnOptions } from './kernel/spec.ts';
import type { Supervision } from './kernel/supervision.ts';
import type { ActorInfo, Kernel } from './kernel/system.ts';
import type { RuntimeEvents } from './observe/events.ts';
import type { Snapshots } from './store/state/snapshots.ts';
import type { VersionedState } from './store/state/state.ts';
import { type InputOf, isTopology, type OutputOf, type TaskTypes, type Topology } from './topology/define.ts';
import { type RuntimeParts, type Seams, wire } from './wiring.ts';
import type { Run } from './work/run.ts';
import type { RunFilter } from './work/run-book.ts';

export type { SubmitOptions } from '../actors/admission.ts';
export type { RuntimeOptions, StopOptions, StoreOptions } from '../actors/settings.ts';

type Phase = 'created' | 'starting' | 'started' | 'stopping' | 'stopped';

/**
 * Makes a runtime of a topology. It does nothing until `start()`.
 *
 * @throws INVALID_OPTION when it is given something else than a topology; STORE_LOCKED, STORE_CORRUPT, STORE_VERSION
 * and STORE_UNAVAILABLE when its store can't be opened.
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
  return createRuntimeWith(topology, options, {});
}

/** As {@link createRuntime}, with the seams that tests and simulations reach through. @internal */
export async function createRuntimeWith<T extends Topology>(
  topology: T,
  options: RuntimeOptions,
  seams: Seams,
): Promise<Runtime<T>> {
  if (!isTopology(topology)) {
    throw new InvalidOptionError('topology', topology, 'what defineTopology() returned');
  }
  const atHand = await storeOf(options.store, options.clock ?? systemClock);
  return new Runtime<T>(wire(topology.resolved, options, atHand, seams));
}

/** A topology that runs. */
export class Runtime<T extends Topology = Topology> {
  /** Everything that happens, as one union. */
  readonly events: RuntimeEvents;
  /** Versioned state that everybody shares; on disk where there is a store. */
  readonly state: VersionedState;
  /** What is kept of durable actors, by address. */
  readonly snapshots: Snapshots;
  readonly #parts: RuntimeParts;
  readonly #kernel: Kernel;
  readonly #reception: Reception;
  #phase: Phase = 'created';
  #stopped: Promise<void> | undefined = undefined;
  #fatal: unknown = undefined;

  /** @internal Made by {@link createRuntime}. */
  constructor(parts: RuntimeParts) {
    this.#parts = parts;
    this.#kernel = parts.kernel;
    this.#reception = parts.reception;
    this.events = parts.events;
    this.state = parts.state;
    this.snapshots = parts.snapshots;
  }

  get name(): string {
    return this.#parts.topology.name;
  }

  get phase(): Phase {
    return this.#phase;
  }

  /** Why the runtime stopped by itself; undefined when it did not. */
  get fatalError(): unknown {
    return this.#fatal;
  }

  /**
   * Starts every declared actor, parents before children, in the order they were declared; then takes up the runs
   * that an earlier process has left open in the store.
   *
   * @throws START_FAILED, START_TIMEOUT naming the actor, STORE_FULL, STORE_UNAVAILABLE; everything started before it
   * has been stopped.
   */
  async start(): Promise<void> {
    if (this.#phase !== 'created') throw new InvalidOptionError('start', this.#phase, 'a runtime not started before');
    this.#phase = 'starting';
    try {
      if (this.#parts.runs !== undefined) this.#kernel.delegations.dormancy.withhold();
      await this.#kernel.start(actorsOf(this.#parts.topology, this.#parts.desk), (error) => {
        this.#fatal = error;
        void this.stop();
      });
      await this.#recover();
    } catch (error) {
      if (this.phase === 'starting') await this.#end();
      throw error;
    }
    if (this.phase !== 'starting') throw new ShuttingDownError();
    this.#phase = 'started';
    this.#parts.emit({ type: 'runtime.started', at: this.#parts.clock.wall(), topology: this.name });
  }

  /**
   * Submits a task. Resolves once it is accepted: with a store, once it is in there.
   *
   * @throws NO_AGENT for a type nobody takes, INVALID_INPUT, INVALID_OPTION, UNSERIALIZABLE, QUEUE_FULL with
   * `retryAfterMs`, STORE_FULL, STORE_UNAVAILABLE, STORE_CORRUPT for an idempotency key whose record is damaged,
   * SHUTTING_DOWN.
   */
  async submit<Type extends TaskTypes<T>>(
    task: { readonly type: Type; readonly input: InputOf<T, Type> },
    options: SubmitOptions = {},
  ): Promise<Run<OutputOf<T, Type>>> {
    const submission = submissionOf(task, options);
    this.#requireStarted();
    const accepted = await this.#reception.check(submission);
    this.#requireStarted(); // it may have been stopped meanwhile
    return (await this.#reception.open(accepted)) as Run<OutputOf<T, Type>>;
  }

  /** Submits a task and waits for its output. @throws as {@link Runtime.submit} and {@link Run.result} do. */
  async run<Type extends TaskTypes<T>>(
    task: { readonly type: Type; readonly input: InputOf<T, Type> },
    options: SubmitOptions = {},
  ): Promise<OutputOf<T, Type>> {
    const run = await this.submit(task, options);
    return run.result();
  }

  /** A run by its id: open, or one of the last 10,000 that are over; with a store, from before a restart too. */
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

  /**
   * Resolves when everything that durable actors have accepted so far is on disk; at once without a store.
   *
   * @throws STORE_FULL, STORE_UNAVAILABLE when it could not be written.
   */
  committed(): Promise<void> {
    return this.#kernel.committed();
  }

  /**
   * Takes nothing new, lets open runs end as long as `drain` says, stops the work of the rest and every actor in
   * order. Runs that the store keeps are taken up by the next start; the others are cancelled.
   */
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
      this.#parts.emit({ type: 'runtime.stopping', at: this.#parts.clock.wall(), topology: this.name });
      if (drainMs > 0) await this.#reception.drain(drainMs);
    }
    await this.#reception.letGo('the runtime is stopping');
    await this.#end();
    this.#parts.emit({ type: 'runtime.stopped', at: this.#parts.clock.wall(), topology: this.name });
  }

  /** Stops every actor, lets what they leave land, and lets go of the store. */
  async #end(): Promise<void> {
    this.#reception.leave();
    await this.#kernel.stop();
    await this.#reception.close();
    await this.#parts.retention?.stop();
    await this.#parts.closeStore();
    this.#phase = 'stopped';
  }

  async #recover(): Promise<void> {
    const { runs, emit, clock, retention } = this.#parts;
    if (runs === undefined || this.phase !== 'starting') return;
    const recovered = await recover(this.#reception, runs);
    void runs.sweep();
    retention?.start();
    emit({ type: 'runtime.recovered', at: clock.wall(), topology: this.name, ...recovered });
  }

  #requireStarted(): void {
    if (this.#phase === 'created' || this.#phase === 'starting') {
      throw new InvalidOptionError('submit', `called while only ${this.#phase}`, 'a runtime that has started');
    }
    if (this.#phase !== 'started') throw new ShuttingDownError();
  }
}
