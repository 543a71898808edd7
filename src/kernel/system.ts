// The kernel: wires mailboxes, dispatcher, supervision, delegation, timers and commit into one actor system. It
// knows nothing of what tasks mean, of agents, files or networks. Everything it needs is handed in, so two kernels
// in one process share nothing.

import type { EventObject, Snapshot } from 'xstate';
import type { Clock } from '../base/clock.ts';
import { toMs } from '../base/duration.ts';
import { ActorNotFoundError, ActorRestartingError, RestartLimitError, ShuttingDownError } from '../base/errors.ts';
import type { IdSource } from '../base/ids.ts';
import { limits } from '../base/limits.ts';
import { checkEvent } from '../base/plain.ts';
import { Priority } from '../base/priority.ts';
import type { Random } from '../base/random.ts';
import type { Reason } from '../base/reason.ts';
import type { Store } from '../store/port.ts';
import { type Address, childAddress, resolveAddress } from './address.ts';
import { Asks } from './asks.ts';
import { Carrier, type CarrierHost } from './carrier.ts';
import { Cell, type CellState, type Watcher } from './cell.ts';
import { Committer } from './commit.ts';
import { DeadLetters } from './dead-letters.ts';
import type { Delegation, DelegationRequest } from './delegation.ts';
import { Delegations } from './delegations.ts';
import { Dispatcher } from './dispatcher.ts';
import type { Recipient, SpawnEffect } from './effects.ts';
import type { Envelope } from './envelope.ts';
import type { DeadLetterReason, KernelEvent, KernelHappening } from './events.ts';
import { guardianId, type LifeHost, Lifecycle } from './lifecycle.ts';
import { HostedLogics, supervisorLogic } from './logics.ts';
import { Post } from './post.ts';
import { ActorRef, type AskOptions, type RefHost } from './ref.ts';
import { Registry } from './registry.ts';
import { checkMessage, laneOf, typeOf } from './door.ts';
import { type Inspector, Shards } from './shard.ts';
import {
  actorSpec,
  type ChildOptions,
  type ChildType,
  defaultSpec,
  expandInstances,
  type RestartOptions,
  type RestartSpec,
  restartSpec,
  type SpawnOptions,
} from './spec.ts';
import type { Supervision } from './supervision.ts';
import { Timers } from './timers.ts';
import { type TopicListener, Topics } from './topics.ts';
import { type Incarnation, Turns } from './turns.ts';
import { Watching } from './watching.ts';

/** What a kernel is made of. */
export interface KernelOptions {
  readonly clock: Clock;
  readonly random: Random;
  readonly newId: IdSource;
  /** Told of every rare happening. */
  readonly onEvent?: (event: KernelEvent) => void;
  /** Where XState's `log` action writes. */
  readonly log?: (...args: unknown[]) => void;
  readonly inspect?: Inspector | undefined;
  /** How the actors at the root are supervised. */
  readonly restart?: RestartOptions;
  /** Hops a delegation chain may have; default 5. */
  readonly delegationDepth?: number;
  /** Where durable actors keep their snapshots; none are durable without one. */
  readonly store?: Store | undefined;
  /** Freezes every message as it is sent, so that a change after the send throws in the sender. */
  readonly development?: boolean;
}

/** One live actor, as a list shows it. */
export interface ActorInfo {
  readonly address: string;
  readonly state: CellState;
  readonly incarnation: number;
  /** Messages in its mailbox. */
  readonly waiting: number;
}

/** An actor system. */
export class Kernel implements LifeHost, CarrierHost, RefHost {
  readonly timers: Timers;
  readonly shards: Shards;
  readonly topics = new Topics();
  readonly deadLetters: DeadLetters;
  readonly delegations: Delegations;
  readonly dispatcher: Dispatcher;
  readonly #options: KernelOptions;
  readonly #clock: Clock;
  readonly #registry = new Registry((cell) => loadOf(cell) + this.delegations.load(cell.address));
  readonly #asks: Asks;
  readonly #post: Post;
  readonly #carrier: Carrier;
  readonly #life: Lifecycle;
  readonly #turns: Turns;
  readonly #logics: HostedLogics;
  readonly #watching: Watching;
  readonly #committer: Committer | undefined;
  readonly #root: Cell;
  /** Over the actors spawned from outside; each fails on its own account. */
  readonly #guardian: Cell;
  #onFatal: ((error: unknown) => void) | undefined = undefined;
  #isStopping = false;
  #stopping: Promise<void> | undefined = undefined;

  constructor(options: KernelOptions) {
    const { clock, store } = options;
    const report = (happening: KernelHappening): void => {
      this.report(happening);
    };
    this.#options = options;
    this.#clock = clock;
    this.timers = new Timers(clock);
    this.dispatcher = new Dispatcher(clock);
    this.shards = new Shards({ timers: this.timers, log: options.log ?? (() => {}), inspect: options.inspect });
    this.deadLetters = new DeadLetters(clock, ({ letter, suppressed }) => {
      const { to, from, event, reason, error } = letter;
      report({ type: 'message.dead', address: to, messageType: typeOf(event), from, reason, suppressed, error });
    });
    this.#asks = new Asks(this.timers);
    this.#post = new Post({
      now: () => clock.now(),
      registry: this.#registry,
      dispatcher: this.dispatcher,
      deadLetters: this.deadLetters,
      freezes: options.development ?? false,
      failTask: ({ to, id }, error) => {
        this.delegations.fail(to, id, error);
      },
    });
    this.delegations = new Delegations({
      timers: this.timers,
      depth: options.delegationDepth ?? limits.delegation.depth_hops,
      now: () => clock.now(),
      newId: options.newId,
      pick: (to) => this.#registry.get(to)?.address ?? to,
      assign: (delegation) => this.#post.assign(delegation),
      notify: (to, event, within) => {
        this.#post.notify(to, event, within);
      },
      report,
    });
    this.#carrier = new Carrier(this, this.#post);
    this.#committer = store === undefined ? undefined : this.#commitTo(store);
    this.#life = new Lifecycle(this);
    this.#turns = new Turns({
      carrier: this.#carrier,
      committer: this.#committer,
      post: this.#post,
      registry: this.#registry,
      shards: this.shards,
      onCrash: (cell, envelope, error) => {
        this.#crashed(cell, envelope, error);
      },
      onFinish: (cell) => {
        this.#whenCommitted(cell, () => {
          this.#life.finished(cell);
        });
      },
      report,
    });
    this.#logics = new HostedLogics(this.#turns);
    this.#watching = new Watching({ clock, notify: (to, event) => this.#post.notify(to, event, undefined), report });
    this.#root = this.#rootCell('root', restartSpec(options.restart));
    this.#guardian = this.#rootCell(guardianId, defaultSpec.restart);
  }

  // --- for whoever embeds it ---

  /** Actors that live. */
  get size(): number {
    return this.#registry.size;
  }

  get pendingAsks(): number {
    return this.#asks.pending;
  }

  /**
   * Starts the actors at the root, in order; the first that fails ends those before it.
   *
   * @param onFatal - Told once, after everything has stopped, when the root itself gave up.
   * @throws START_FAILED, START_TIMEOUT
   */
  start(children: readonly ChildOptions[], onFatal: (error: unknown) => void): Promise<void> {
    this.#onFatal = onFatal;
    const all = children.flatMap(expandInstances);
    return new Promise((resolve, reject) => {
      this.#life.startRoot(this.#root, all, (failure) => {
        if (failure === undefined) resolve();
        else void this.stop().then(() => { reject(failure as Error); });
      });
    });
  }

  /**
   * Starts an actor under another, or at the top.
   *
   * @throws ACTOR_EXISTS, INVALID_OPTION, START_FAILED when it fails at once, SHUTTING_DOWN.
   */
  spawn(logic: ChildOptions['logic'], options: SpawnOptions, parent?: string): ActorRef {
    if (this.#isStopping) throw new ShuttingDownError();
    const above = parent === undefined ? this.#guardian : this.#require(parent);
    const [first] = expandInstances({ ...options, logic }).map((each) => this.#spawnCell(above, each));
    if (first === undefined) throw new ActorNotFoundError(options.id);
    return this.refOf(first);
  }

  lookup(address: string): ActorRef | undefined {
    const cell = this.#registry.get(address);
    return cell === undefined ? undefined : this.refOf(cell);
  }

  /** Every live actor, in the order they were added. */
  *actors(): Generator<ActorInfo> {
    for (const { address, state, incarnation, waiting } of this.#registry.all()) {
      yield { address, state, incarnation, waiting };
    }
  }

  /** The supervision of an actor's children; of the root without an address. @throws ACTOR_NOT_FOUND */
  supervision(address?: string): Supervision {
    return this.#life.supervisionOf(address === undefined ? this.#root : this.#require(address));
  }

  /** Delegates from outside, or in the name of an actor. @throws as {@link Delegations.open} does. */
  delegate(request: Omit<DelegationRequest, 'from' | 'to'> & { readonly from?: string; readonly to: string }): Delegation {
    if (this.#isStopping) throw new ShuttingDownError();
    return this.delegations.open({ ...request, from: request.from as Address | undefined, to: request.to as Address });
  }

  /** Hears every event of a topic. @returns how to stop. */
  listen(topic: string, listener: TopicListener): () => void {
    return this.topics.listen(topic, listener);
  }

  /** Publishes from outside. */
  publish(topic: string, event: EventObject): void {
    this.#carrier.carryOut(this.#guardian, { type: 'troupe.publish', topic, event } as EventObject, undefined);
  }

  /** Resolves when no message waits for its turn and everything has been committed. */
  async idle(): Promise<void> {
    await this.dispatcher.idle();
    await this.#committer?.settled();
  }

  /** Stops every actor in order and lets go of everything. */
  stop(): Promise<void> {
    this.#isStopping = true;
    this.#stopping ??= this.#stop();
    return this.#stopping;
  }

  // --- for refs ---

  refOf(cell: Cell): ActorRef {
    return new ActorRef(cell, this);
  }

  tell(cell: Cell, event: EventObject, priority: Priority | undefined): boolean {
    checkMessage(event, cell.address);
    return this.#post.send(cell, event, undefined, laneOf(priority), undefined);
  }

  async ask(cell: Cell, event: EventObject, { timeout, priority }: AskOptions): Promise<EventObject> {
    checkMessage(event, cell.address);
    const lane = laneOf(priority);
    const timeoutMs = timeout === undefined ? limits.ask.timeout_ms : toMs(timeout, 'timeout');
    return this.#asks.open(cell, event, timeoutMs, (ask) => this.#post.send(cell, event, undefined, lane, undefined, ask));
  }

  watch(cell: Cell, watcher: Watcher): () => void {
    return this.#watching.watch(cell, watcher);
  }

  stopCell(cell: Cell): Promise<void> {
    return new Promise((resolve) => {
      this.#life.stop(cell, cell === this.#turns.active ? 'normal' : 'shutdown', resolve);
    });
  }

  finishCell(cell: Cell): void {
    this.#life.finished(cell);
  }

  // --- for effects ---

  find(from: Cell, to: Recipient): Cell | undefined {
    if (to instanceof ActorRef) return ActorRef.cellOf(to, this);
    return this.#registry.get(this.locate(from, to));
  }

  locate(from: Cell, to: Recipient): Address {
    return resolveAddress(from.address, typeof to === 'string' ? to : to.address);
  }

  send(to: Cell, event: EventObject, from: Address | undefined, priority: number, delegation: Delegation | undefined): boolean {
    return this.#post.send(to, event, from, priority, delegation);
  }

  notify(to: string, event: EventObject, within?: Delegation): void {
    this.#post.notify(to, event, within);
  }

  deadLetter(to: string, from: string | undefined, event: EventObject, reason: DeadLetterReason): void {
    this.#post.deadLetter(to, from, event, reason);
  }

  requeue(cell: Cell, envelopes: readonly Envelope[]): void {
    this.#post.requeue(cell, envelopes);
  }

  spawnChild(parent: Cell, { logic, options }: SpawnEffect): void {
    for (const each of expandInstances({ ...options, logic })) this.#spawnCell(parent, each);
  }

  watchFrom(watcher: Cell, to: Recipient): void {
    this.#watching.watchFrom(watcher, this.locate(watcher, to), this.find(watcher, to));
  }

  unwatchFrom(watcher: Cell, to: Recipient): void {
    Watching.unwatchFrom(watcher, this.locate(watcher, to));
  }

  // --- for the lifecycle ---

  now(): number {
    return this.#clock.now();
  }

  random(): number {
    return this.#options.random();
  }

  report(happening: KernelHappening): void {
    this.#options.onEvent?.({ at: this.#clock.wall(), ...happening } as KernelEvent);
  }

  wake(cell: Cell): void {
    this.dispatcher.wake(cell);
  }

  carryOut(cell: Cell, effects: readonly EventObject[]): void {
    for (const effect of effects) this.#carrier.carryOut(cell, effect, undefined);
  }

  incarnate(cell: Cell, snapshot: Snapshot<unknown> | undefined): Incarnation {
    return this.#turns.incarnate(cell, snapshot);
  }

  recall(cell: Cell): Snapshot<unknown> | undefined {
    return cell.spec.recover === 'snapshot' ? this.#committer?.recall(cell) : undefined;
  }

  incarnationEnded(cell: Cell, error: unknown): void {
    // A crash has been told, with the message that may be tried again; what a bystander had begun ends here.
    if (cell.state === 'suspended' && (error === undefined || error instanceof RestartLimitError)) {
      this.delegations.actorCrashed(cell.address, error, undefined);
    }
    Asks.refuseOpen(cell, error);
    Watching.forget(cell);
    const stash = cell.extras?.stash;
    if (stash !== undefined && stash.length > 0) this.requeue(cell, stash.splice(0));
  }

  ended(cell: Cell, reason: Reason, error: unknown): void {
    cell.endReason = reason;
    this.#registry.remove(cell);
    this.#post.bury(cell);
    this.delegations.actorStopped(cell.address, error);
    if (cell.spec.durable && !this.#isStopping) this.#committer?.forget(cell);
    if (cell.parent !== undefined) {
      this.report({ type: 'actor.stopped', address: cell.address, reason, ...(error === undefined ? {} : { error }) });
    }
    for (const topic of cell.extras?.topics ?? []) this.topics.unsubscribe(topic, cell);
    this.#watching.tell(cell, reason);
  }

  fatal(error: unknown): void {
    this.report({ type: 'kernel.fatal', error });
    void this.stop().then(() => this.#onFatal?.(error));
  }

  place(parent: Cell, options: ChildOptions): Cell {
    return this.#placeCell(parent, options, 'permanent', true);
  }

  // --- inside ---

  #placeCell(parent: Cell, options: ChildOptions, childDefault: ChildType, declared: boolean): Cell {
    const cell = new Cell({
      address: childAddress(parent.parent === undefined ? undefined : parent.address, options.id),
      id: options.id,
      parent,
      logic: this.#logics.of(options.logic),
      spec: actorSpec(options, childDefault),
      input: options.input,
      host: this.#turns,
      declared,
    });
    this.#registry.add(cell);
    this.#life.supervisionOf(parent).add(cell, declared ? options : undefined);
    return cell;
  }

  #spawnCell(parent: Cell, options: ChildOptions): Cell {
    if (parent.state === 'suspended') throw new ActorRestartingError(parent.address);
    if (parent.state === 'stopping' || parent.state === 'stopped') throw new ActorNotFoundError(parent.address);
    const cell = this.#placeCell(parent, options, 'transient', false);
    let failure: unknown;
    let returned = false;
    this.#life.start(cell, (cause) => {
      failure = cause;
      if (cause === undefined) return;
      if (returned) parent.children?.exited(cell, 'error', cause);
      else this.#life.end(cell, 'error', cause);
    });
    returned = true;
    if (failure !== undefined) throw failure as Error;
    return cell;
  }

  #crashed(cell: Cell, envelope: Envelope, error: unknown): void {
    this.#post.afterCrash(cell, envelope, error);
    this.#whenCommitted(cell, () => {
      this.delegations.actorCrashed(cell.address, error, envelope.delegation);
      this.#life.failed(cell, error);
    });
  }

  /** What an actor did before its end is seen before its end is: it waits until that has been committed. */
  #whenCommitted(cell: Cell, then: () => void): void {
    if (this.#committer === undefined || !cell.spec.durable) {
      then();
      return;
    }
    const { incarnation } = cell;
    cell.state = 'suspended';
    this.#committer.after(cell, (failure) => {
      if (cell.state !== 'suspended' || cell.incarnation !== incarnation) return;
      cell.state = 'running';
      if (failure === undefined) then();
    });
  }

  #commitTo(store: Store): Committer {
    return new Committer(store, this.#clock, {
      carryOut: (cell, effects, envelope) => {
        for (const effect of effects) this.#carrier.carryOut(cell, effect, envelope);
      },
      commitFailed: (cell, error, undone) => {
        this.#post.requeue(cell, undone);
        this.#life.failed(cell, error);
      },
    });
  }

  async #stop(): Promise<void> {
    for (const top of [this.#guardian, this.#root]) {
      await new Promise<void>((resolve) => {
        this.#life.stop(top, 'shutdown', resolve);
      });
    }
    await this.#committer?.settled();
    this.timers.close();
    this.shards.close();
  }

  #require(address: string): Cell {
    const cell = this.#registry.get(address);
    if (cell === undefined) throw new ActorNotFoundError(address);
    return cell;
  }

  #rootCell(id: string, restart: RestartSpec): Cell {
    const cell = new Cell({
      address: id as Address,
      id,
      parent: undefined,
      logic: this.#logics.of(supervisorLogic),
      spec: { ...defaultSpec, restart, shutdown: limits.shutdown.supervisor_ms },
      input: undefined,
      host: this.#turns,
      declared: true,
    });
    cell.state = 'running';
    return cell;
  }
}

/** How busy a cell is, for choosing among the instances of a pool; one that is down comes after all that are up. */
function loadOf({ state, waiting }: Cell): number {
  return state === 'running' ? waiting : waiting + limits.delegation.pending_count;
}
