// The kernel: wires mailboxes, dispatcher, supervision, delegation, timers and commit into one actor system. It
// knows nothing of tasks beyond their envelope, of agents, files or networks. Everything it needs is handed in, so
// two kernels in one process share nothing.

import type { AnyActorScope, AnyEventObject, EventObject, Snapshot } from 'xstate';
import type { Clock } from '../base/clock.ts';
import { toMs } from '../base/duration.ts';
import { DeadLetterError, ShuttingDownError, type TroupeError } from '../base/errors.ts';
import { ActorNotFoundError, MailboxFullError } from '../base/errors.ts';
import type { IdSource } from '../base/ids.ts';
import { limits } from '../base/limits.ts';
import { checkEvent, deepFreeze } from '../base/plain.ts';
import { Priority } from '../base/priority.ts';
import type { Random } from '../base/random.ts';
import type { Reason } from '../base/reason.ts';
import type { Store } from '../store/port.ts';
import { type Address, childAddress, instanceAddress, resolveAddress } from './address.ts';
import { Asks } from './asks.ts';
import { Carrier, type CarrierHost } from './carrier.ts';
import { Cell, type CellHost, type Watcher } from './cell.ts';
import { Committer } from './commit.ts';
import { DeadLetters } from './dead-letters.ts';
import { type Delegation, type DelegationRequest, Delegations } from './delegation.ts';
import { Dispatcher } from './dispatcher.ts';
import type { Recipient, SpawnEffect } from './effects.ts';
import { Envelope, systemLane } from './envelope.ts';
import type { DeadLetterReason, KernelEvent, KernelHappening } from './events.ts';
import { guardianId, type LifeHost, Lifecycle } from './lifecycle.ts';
import { HostedLogics, supervisorLogic } from './logics.ts';
import type { StepHost } from './step.ts';
import { ActorRef, type AskOptions, type RefHost } from './ref.ts';
import { Registry } from './registry.ts';
import { type Inspector, Shards } from './shard.ts';
import { actorSpec, type ChildOptions, type RestartOptions, restartSpec, defaultSpec, type SpawnOptions } from './spec.ts';
import type { Supervision } from './supervision.ts';
import { Timers } from './timers.ts';
import { type TopicListener, Topics } from './topics.ts';

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

/** An actor system. */
export class Kernel implements CellHost, LifeHost, CarrierHost, RefHost, StepHost {
  readonly timers: Timers;
  readonly shards: Shards;
  readonly topics = new Topics();
  readonly deadLetters: DeadLetters;
  readonly delegations: Delegations;
  readonly dispatcher: Dispatcher;
  active: Cell | undefined = undefined;
  openScope: AnyActorScope | undefined = undefined;
  readonly #options: KernelOptions;
  readonly #clock: Clock;
  readonly #registry = new Registry();
  readonly #asks: Asks;
  readonly #carrier: Carrier;
  readonly #life: Lifecycle;
  readonly #logics: HostedLogics;
  readonly #committer: Committer | undefined;
  readonly #root: Cell;
  readonly #guardian: Cell;
  readonly #frozen: boolean;
  #incarnating: Cell | undefined = undefined;
  #sequence = 0;
  #collected: (EventObject | undefined)[] = [];
  #collectedCount = 0;
  #fatal: ((error: unknown) => void) | undefined = undefined;
  #stopping: Promise<void> | undefined = undefined;

  constructor(options: KernelOptions) {
    const { clock, store } = options;
    this.#options = options;
    this.#clock = clock;
    this.#frozen = options.development ?? false;
    this.timers = new Timers(clock);
    this.dispatcher = new Dispatcher(clock);
    this.shards = new Shards({ timers: this.timers, log: options.log ?? (() => {}), inspect: options.inspect });
    this.deadLetters = new DeadLetters(clock, ({ letter, suppressed }) => {
      const { to, from, event, reason, error } = letter;
      this.report({ type: 'message.dead', address: to, messageType: event.type, from, reason, suppressed, error });
    });
    this.#asks = new Asks(this.timers);
    this.#carrier = new Carrier(this);
    this.#life = new Lifecycle(this);
    this.#logics = new HostedLogics(this);
    this.delegations = new Delegations({
      timers: this.timers,
      depth: options.delegationDepth ?? limits.delegation.depth_hops,
      now: () => clock.now(),
      newId: options.newId,
      assign: (delegation) => this.#assign(delegation),
      notify: (to, event, within) => {
        this.notify(to, event, within);
      },
      report: (happening) => {
        this.report(happening);
      },
    });
    this.#committer = store === undefined ? undefined : new Committer(store, clock, {
      carryOut: (cell, effects, envelope) => {
        for (const effect of effects) this.#carrier.carryOut(cell, effect, envelope);
      },
      commitFailed: (cell, error) => {
        this.#life.failed(cell, error);
      },
    });
    this.#root = this.#rootCell('root', restartSpec(options.restart));
    this.#guardian = this.#rootCell(guardianId, defaultSpec.restart);
  }

  // --- for everybody ---

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
   * @throws START_FAILED, START_TIMEOUT
   */
  start(children: readonly ChildOptions[], onFatal: (error: unknown) => void): Promise<void> {
    this.#fatal = onFatal;
    return new Promise((resolve, reject) => {
      const next = (index: number): void => {
        const options = children[index];
        if (options === undefined) {
          this.#root.state = 'running';
          resolve();
          return;
        }
        this.#life.start(this.place(this.#root, options), (failure) => {
          if (failure === undefined) next(index + 1);
          else void this.stop().then(() => { reject(failure as Error); });
        });
      };
      next(0);
    });
  }

  /**
   * Starts an actor under another, or at the top.
   *
   * @throws ACTOR_EXISTS, INVALID_OPTION, START_FAILED when it fails at once, SHUTTING_DOWN.
   */
  spawn(logic: ChildOptions['logic'], options: SpawnOptions, parent?: string): ActorRef {
    if (this.#stopping !== undefined) throw new ShuttingDownError();
    const above = parent === undefined ? this.#guardian : this.#require(parent);
    const cells = expand({ ...options, logic }).map((each) => this.#spawnCell(above, each));
    const [first] = cells;
    if (first === undefined) throw new ActorNotFoundError(options.id);
    return this.refOf(first);
  }

  /** The actor at an address; of a pool, its least busy instance now. */
  find(from: Cell, to: Recipient): Cell | undefined {
    if (to instanceof ActorRef) return ActorRef.cellOf(to, this) ?? this.#registry.get(to.address);
    return this.#registry.get(resolveAddress(from.address, typeof to === 'string' ? to : to.address));
  }

  lookup(address: string): ActorRef | undefined {
    const cell = this.#registry.get(address);
    return cell === undefined ? undefined : this.refOf(cell);
  }

  /** Every live actor, in the order they were added. */
  *actors(): Generator<{ readonly address: string; readonly state: Cell['state']; readonly incarnation: number; readonly waiting: number }> {
    for (const { address, state, incarnation, mailbox } of this.#registry.all()) {
      yield { address, state, incarnation, waiting: mailbox.size };
    }
  }

  /** The supervision of an actor's children; of the root without an address. */
  supervision(address?: string): Supervision {
    return this.#life.supervisionOf(address === undefined ? this.#root : this.#require(address));
  }

  /** Delegates from outside or in the name of an actor. @throws as {@link Delegations.open} does. */
  delegate(request: Omit<DelegationRequest, 'from' | 'to'> & { readonly from?: string; readonly to: string }): Delegation {
    if (this.#stopping !== undefined) throw new ShuttingDownError();
    return this.delegations.open({ ...request, from: request.from as Address | undefined, to: request.to as Address });
  }

  listen(topic: string, listener: TopicListener): () => void {
    return this.topics.listen(topic, listener);
  }

  /** Publishes from outside. */
  publish(topic: string, event: EventObject): void {
    this.#carrier.carryOut(this.#guardian, { type: 'troupe.publish', topic, event } as EventObject, undefined);
  }

  /** Sends an actor an event of the runtime's own, before all others. */
  notify(to: string, event: EventObject, within?: Delegation): void {
    const cell = this.#registry.get(to);
    if (cell !== undefined) this.send(cell, event, undefined, systemLane, within);
  }

  /** Resolves when no message waits for its turn and everything has been committed. */
  async idle(): Promise<void> {
    await this.dispatcher.idle();
    await this.#committer?.settled();
  }

  /** Stops every actor in order and lets go of everything. */
  stop(): Promise<void> {
    this.#stopping ??= this.#stop();
    return this.#stopping;
  }

  async #stop(): Promise<void> {
    await new Promise<void>((resolve) => {
      this.#life.stop(this.#guardian, 'shutdown', resolve);
    });
    await new Promise<void>((resolve) => {
      this.#life.stop(this.#root, 'shutdown', resolve);
    });
    await this.#committer?.settled();
    this.timers.close();
    this.shards.close();
  }

  // --- what refs do ---

  refOf(cell: Cell): ActorRef {
    return new ActorRef(cell, this);
  }

  tell(cell: Cell, event: EventObject, priority: Priority | undefined): boolean {
    checkEvent(event, `The message to '${cell.address}'`);
    return this.send(cell, event, undefined, priority ?? Priority.NORMAL, undefined);
  }

  async ask(cell: Cell, event: EventObject, { timeout, priority }: AskOptions): Promise<EventObject> {
    checkEvent(event, `The question to '${cell.address}'`);
    const timeoutMs = toMs(timeout ?? limits.ask.timeout_ms, 'timeout');
    return this.#asks.open(cell, event, timeoutMs, (ask) =>
      this.#deliver(cell, new Envelope(this.#sequence++, event, undefined, priority ?? Priority.NORMAL, undefined, ask)),
    );
  }

  watch(cell: Cell, watcher: Watcher): () => void {
    if (cell.state === 'stopped') {
      this.#clock.soon(() => {
        watcher({ address: cell.address, reason: cell.endReason ?? 'normal' });
      });
      return () => {};
    }
    cell.need().watchers.add(watcher);
    return () => {
      cell.extras?.watchers.delete(watcher);
    };
  }

  stopCell(cell: Cell): Promise<void> {
    return new Promise((resolve) => {
      this.#life.stop(cell, cell === this.active ? 'normal' : 'shutdown', resolve);
    });
  }

  // --- messages ---

  send(to: Cell, event: EventObject, from: Address | undefined, priority: number, delegation: Delegation | undefined): boolean {
    if (this.#frozen) deepFreeze(event);
    return this.#deliver(to, new Envelope(this.#sequence++, event, from, priority, delegation, undefined));
  }

  #deliver(cell: Cell, envelope: Envelope): boolean {
    if (cell.state === 'stopped') {
      this.deadLetter(cell.address, envelope.from, envelope.event, 'actor stopped');
      return false;
    }
    const { capacity, overflow } = cell.spec;
    const turnedAway = cell.mailbox.put(envelope, capacity, limits.mailbox.systemCapacity_messages, overflow);
    if (turnedAway !== undefined) this.#turnAway(cell, turnedAway, envelope);
    if (!cell.queued) this.dispatcher.wake(cell);
    return turnedAway !== envelope;
  }

  #turnAway(cell: Cell, turnedAway: Envelope, newcomer: Envelope): void {
    const own = turnedAway === newcomer;
    this.deadLetter(cell.address, turnedAway.from, turnedAway.event, own ? 'mailbox full' : 'dropped for a newer message');
    if (own) return;
    const error = new MailboxFullError(cell.address, cell.spec.capacity, limits.mailbox.retryAfter_ms);
    turnedAway.ask?.refuse(error);
    this.#failAssigned(turnedAway, error);
  }

  deadLetter(to: string, from: string | undefined, event: EventObject, reason: DeadLetterReason, error?: unknown): void {
    this.deadLetters.add({ to, from, event, reason, ...(error === undefined ? {} : { error }) });
  }

  requeue(cell: Cell, envelopes: readonly Envelope[]): void {
    for (const envelope of envelopes.toReversed()) cell.mailbox.putBack(envelope);
    this.dispatcher.wake(cell);
  }

  locate(from: Cell, to: Recipient): Address {
    return resolveAddress(from.address, typeof to === 'string' ? to : to.address);
  }

  /** A new incarnation's scope is known. */
  adopt(scope: AnyActorScope): void {
    this.#incarnating?.adopt(scope);
  }

  /** What XState wants to process by itself becomes a message of its own. */
  divert(scope: AnyActorScope, event: AnyEventObject): void {
    const cell = this.#registry.get(scope.id);
    if (cell?.scope === scope) this.send(cell, event, undefined, systemLane, cell.current?.delegation);
  }

  // --- what a cell tells of its turn ---

  collect(effect: EventObject): void {
    this.#collected[this.#collectedCount++] = effect;
  }

  release(cell: Cell, envelope: Envelope): void {
    if (this.#committer !== undefined && cell.spec.durable) {
      const snapshot = cell.snapshot();
      if (snapshot !== undefined) this.#committer.hold(cell, envelope, this.#take(), snapshot);
      return;
    }
    const count = this.#collectedCount;
    if (count === 0) return;
    const collected = this.#collected;
    this.#collectedCount = 0;
    for (let index = 0; index < count; index++) {
      const effect = collected[index];
      collected[index] = undefined;
      if (effect !== undefined) this.#carrier.carryOut(cell, effect, envelope);
    }
  }

  discard(): void {
    this.#take();
  }

  #take(): EventObject[] {
    const effects: EventObject[] = [];
    for (let index = 0; index < this.#collectedCount; index++) {
      const effect = this.#collected[index];
      this.#collected[index] = undefined;
      if (effect !== undefined) effects.push(effect);
    }
    this.#collectedCount = 0;
    return effects;
  }

  carryOutLater(cell: Cell, effect: EventObject): void {
    this.#carrier.carryOut(cell, effect, undefined);
  }

  carryOut(cell: Cell, effects: readonly EventObject[]): void {
    for (const effect of effects) this.#carrier.carryOut(cell, effect, undefined);
  }

  observed(cell: Cell): void {
    const snapshot = cell.snapshot();
    for (const observer of [...(cell.extras?.observers ?? [])]) {
      try {
        observer(snapshot);
      } catch (error) {
        this.report({ type: 'effect.refused', address: cell.address, effect: 'subscribe', error });
      }
    }
  }

  crashed(cell: Cell, envelope: Envelope | undefined, error: unknown): void {
    if (envelope !== undefined) this.#afterCrash(cell, envelope, error);
    this.delegations.actorCrashed(cell.address, error, envelope?.delegation);
    this.#life.failed(cell, error);
  }

  #afterCrash(cell: Cell, envelope: Envelope, error: unknown): void {
    if (envelope.ask !== undefined) {
      envelope.ask.refuse(error);
      return;
    }
    envelope.crashes += 1;
    if (envelope.crashes < limits.message.deliveries_count) {
      cell.mailbox.putBack(envelope);
      return;
    }
    this.deadLetter(cell.address, envelope.from, envelope.event, 'crashed its actor too often', error);
    this.#failAssigned(envelope, error);
  }

  #failAssigned(envelope: Envelope, error: unknown): void {
    const { delegation, event } = envelope;
    if (delegation !== undefined && event.type === 'task.assigned') this.delegations.fail(delegation.to, delegation.id, error);
  }

  finished(cell: Cell): void {
    this.#life.finished(cell);
  }

  wake(cell: Cell): void {
    this.dispatcher.wake(cell);
  }

  // --- what the lifecycle asks for ---

  now(): number {
    return this.#clock.now();
  }

  random(): number {
    return this.#options.random();
  }

  report(happening: KernelHappening): void {
    this.#options.onEvent?.({ at: this.#clock.wall(), ...happening } as KernelEvent);
  }

  place(parent: Cell, options: ChildOptions): Cell {
    return this.#placeCell(parent, options, 'permanent', true);
  }

  #placeCell(parent: Cell, options: ChildOptions, childDefault: 'permanent' | 'transient', declared: boolean): Cell {
    const above = parent.parent === undefined ? undefined : parent.address;
    const cell = new Cell({
      address: childAddress(above, options.id),
      id: options.id,
      parent,
      logic: this.#logics.of(options.logic),
      spec: actorSpec(options, childDefault),
      input: options.input,
      host: this,
      declared,
    });
    this.#registry.add(cell);
    this.#life.supervisionOf(parent).add(cell, declared ? options : undefined);
    return cell;
  }

  spawnChild(parent: Cell, { logic, options }: SpawnEffect): void {
    for (const each of expand({ ...options, logic })) this.#spawnCell(parent, each);
  }

  #spawnCell(parent: Cell, options: ChildOptions): Cell {
    const cell = this.#placeCell(parent, options, 'transient', false);
    let failed: unknown;
    let returned = false;
    this.#life.start(cell, (failure) => {
      failed = failure;
      if (failure === undefined) return;
      if (returned) parent.children?.exited(cell, 'error', failure);
      else this.#life.end(cell, 'error', failure);
    });
    returned = true;
    if (failed !== undefined) throw failed as Error;
    return cell;
  }

  incarnate(
    cell: Cell,
    snapshot: Snapshot<unknown> | undefined,
  ): { readonly effects: readonly EventObject[]; readonly error?: { readonly cause: unknown } } {
    const outer = { active: this.active, openScope: this.openScope, collected: this.#collected, count: this.#collectedCount };
    this.#collected = [];
    this.#collectedCount = 0;
    const shard = this.shards.take();
    this.#incarnating = cell;
    this.active = cell;
    this.openScope = undefined;
    cell.shard = shard;
    cell.actor = shard.create(cell.logic, cell.address, cell.input, snapshot);
    cell.actor.start();
    this.#incarnating = undefined;
    this.active = outer.active;
    this.openScope = outer.openScope;
    const effects = this.#take();
    this.#collected = outer.collected;
    this.#collectedCount = outer.count;
    const started = cell.snapshot();
    return started?.status === 'error' ? { effects: [], error: { cause: started.error } } : { effects };
  }

  recall(cell: Cell): Snapshot<unknown> | undefined {
    return cell.spec.recover === 'snapshot' ? this.#committer?.recall(cell) : undefined;
  }

  incarnationEnded(cell: Cell, error: unknown): void {
    Asks.refuseOpen(cell, error);
    for (const unwatch of cell.extras?.watching.values() ?? []) unwatch();
    cell.extras?.watching.clear();
    if (cell.extras !== undefined && cell.extras.stash.length > 0) this.requeue(cell, cell.extras.stash.splice(0));
  }

  ended(cell: Cell, reason: Reason, error: unknown): void {
    cell.endReason = reason;
    this.#registry.remove(cell);
    this.#buryMail(cell);
    this.delegations.actorStopped(cell.address, error);
    if (cell.spec.durable) this.#committer?.forget(cell.address);
    if (cell.parent !== undefined) this.report({ type: 'actor.stopped', address: cell.address, reason, ...(error === undefined ? {} : { error }) });
    const { extras } = cell;
    if (extras === undefined) return;
    for (const topic of extras.topics) this.topics.unsubscribe(topic, cell);
    for (const watcher of extras.watchers) {
      try {
        watcher({ address: cell.address, reason });
      } catch (watcherError) {
        this.report({ type: 'effect.refused', address: cell.address, effect: 'watch', error: watcherError });
      }
    }
    extras.watchers.clear();
    extras.observers.clear();
  }

  #buryMail(cell: Cell): void {
    for (let envelope = cell.mailbox.take(); envelope !== undefined; envelope = cell.mailbox.take()) {
      if (envelope.priority === systemLane) continue;
      this.deadLetter(cell.address, envelope.from, envelope.event, 'actor stopped');
      envelope.ask?.refuse(new DeadLetterError(cell.address, envelope.event.type, 'the actor has stopped'));
    }
  }

  fatal(error: unknown): void {
    this.report({ type: 'kernel.fatal', error });
    const tell = this.#fatal;
    void this.stop().then(() => tell?.(error));
  }

  // --- watching between actors ---

  watchFrom(watcher: Cell, to: Recipient): void {
    const target = this.find(watcher, to);
    const address = this.locate(watcher, to);
    if (watcher.need().watching.has(address)) return;
    const told: Watcher = (end) => {
      watcher.extras?.watching.delete(address);
      this.notify(watcher.address, { type: 'actor.terminated', ...end } as EventObject);
    };
    if (target === undefined) told({ address, reason: 'normal' });
    else watcher.need().watching.set(address, this.watch(target, told));
  }

  unwatchFrom(watcher: Cell, to: Recipient): void {
    const address = this.locate(watcher, to);
    watcher.extras?.watching.get(address)?.();
    watcher.extras?.watching.delete(address);
  }

  // --- small things ---

  #assign(delegation: Delegation): TroupeError | undefined {
    const cell = this.#registry.get(delegation.to);
    if (cell === undefined) return new ActorNotFoundError(delegation.to);
    const { id, task, priority, from } = delegation;
    const event = { type: 'task.assigned', id, task, priority } as EventObject;
    const kept = this.#deliver(cell, new Envelope(this.#sequence++, event, from, priority, delegation, undefined));
    return kept ? undefined : new MailboxFullError(cell.address, cell.spec.capacity, limits.mailbox.retryAfter_ms);
  }

  #require(address: string): Cell {
    const cell = this.#registry.get(address);
    if (cell === undefined) throw new ActorNotFoundError(address);
    return cell;
  }

  #rootCell(id: string, restart: ReturnType<typeof restartSpec>): Cell {
    const cell = new Cell({
      address: id as Address,
      id,
      parent: undefined,
      logic: this.#logics.of(supervisorLogic),
      spec: { ...defaultSpec, restart, shutdown: limits.shutdown.supervisor_ms },
      input: undefined,
      host: this,
      declared: true,
    });
    cell.state = 'running';
    return cell;
  }
}

/** One child, or each instance of a pool. */
function expand(options: ChildOptions): readonly ChildOptions[] {
  const { instances = 1 } = options;
  if (instances <= 1) return [options];
  return Array.from({ length: instances }, (_, index) => ({
    ...options,
    id: instanceAddress(options.id as Address, index),
  }));
}
