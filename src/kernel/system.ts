// The kernel: an actor system behind one door. It knows nothing of what tasks mean, of agents, files or networks.
// Everything it needs is handed in, so two kernels in one process share nothing. `parts.ts` puts it together.

import type { EventObject } from 'xstate';
import { toMs } from '../base/duration.ts';
import { ActorNotFoundError, ShuttingDownError } from '../base/errors.ts';
import { limits } from '../base/limits.ts';
import type { Priority } from '../base/priority.ts';
import { type Address, resolveAddress } from './address.ts';
import type { Cell } from './cell.ts';
import type { DeadLetters } from './dead-letters.ts';
import type { Delegation, DelegationRequest } from './delegation.ts';
import type { Delegations } from './delegations.ts';
import type { Dispatcher } from './dispatcher.ts';
import { checkMessage, laneOf } from './door.ts';
import type { Recipient, SpawnEffect } from './effects.ts';
import type { Watcher } from './extras.ts';
import type { DeadLetterReason, KernelHappening } from './events.ts';
import { guardianId } from './lifecycle.ts';
import type { LogicOrName } from './nursery.ts';
import { assemble, type KernelOptions, type KernelParts, type Surroundings } from './parts.ts';
import type { RecoveryReport } from './recovery/recovery.ts';
import { type ActorInfo, ActorRef, type AskOptions, type RefHost } from './ref.ts';
import { type ChildOptions, defaultSpec, expandInstances, restartSpec, type SpawnOptions } from './spec.ts';
import type { Supervision } from './supervision.ts';
import type { Timers } from './timers.ts';
import { type TopicListener, type Topics } from './topics.ts';
import { Watching } from './watching.ts';

export type { KernelOptions } from './parts.ts';
export type { ActorInfo } from './ref.ts';

/** An actor system. */
export class Kernel implements Surroundings, RefHost {
  readonly #parts: KernelParts;
  readonly #root: Cell;
  /** Over the actors spawned from outside; each fails on its own account. */
  readonly #guardian: Cell;
  #onFatal: ((error: unknown) => void) | undefined = undefined;
  #isStopping = false;
  #stopping: Promise<void> | undefined = undefined;

  constructor(options: KernelOptions) {
    this.#parts = assemble(options, () => this);
    this.#root = this.#parts.nursery.root('root', restartSpec(options.restart));
    this.#guardian = this.#parts.nursery.root(guardianId, defaultSpec.restart);
  }

  // --- for whoever embeds it ---

  /** Actors that live. */
  get size(): number {
    return this.#parts.registry.size;
  }

  get pendingAsks(): number {
    return this.#parts.asks.pending;
  }

  get timers(): Timers {
    return this.#parts.timers;
  }

  get topics(): Topics {
    return this.#parts.topics;
  }

  get deadLetters(): DeadLetters {
    return this.#parts.deadLetters;
  }

  get delegations(): Delegations {
    return this.#parts.delegations;
  }

  get dispatcher(): Dispatcher {
    return this.#parts.dispatcher;
  }

  get isStopping(): boolean {
    return this.#isStopping;
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
    this.#parts.recovery?.recover();
    return new Promise((resolve, reject) => {
      this.#parts.life.startRoot(this.#root, all, (failure) => {
        if (failure === undefined) {
          this.#parts.recovery?.open();
          resolve();
        } else
          void this.stop().then(() => {
            reject(failure);
          });
      });
    });
  }

  /** Takes up what the store holds; `start` does it when nobody has. @returns what there was; undefined without a store. */
  recover(): RecoveryReport | undefined {
    return this.#parts.recovery?.recover();
  }

  /**
   * Makes an old version of a durable actor its newest: state, timers, the messages that were unread then.
   *
   * @throws INVALID_OPTION when it is not kept, ACTOR_NOT_FOUND when nothing is.
   */
  async rollbackActor(address: string, version: number): Promise<void> {
    if (this.#parts.restoring === undefined) throw new ActorNotFoundError(address);
    await this.#parts.restoring.rollBack(address, version);
  }

  /**
   * Starts an actor under another, or at the top.
   *
   * @throws ACTOR_EXISTS, INVALID_OPTION, START_FAILED when it fails at once, SHUTTING_DOWN.
   */
  spawn(logic: LogicOrName, options: SpawnOptions, parent?: string): ActorRef {
    if (this.#isStopping) throw new ShuttingDownError();
    const above = parent === undefined ? this.#guardian : this.#require(parent);
    return this.refOf(this.#parts.nursery.spawn(above, logic, options));
  }

  lookup(address: string): ActorRef | undefined {
    const cell = this.#parts.registry.get(address);
    return cell === undefined ? undefined : this.refOf(cell);
  }

  /** Every live actor, in the order they were added. */
  *actors(): Generator<ActorInfo> {
    for (const { address, state, incarnation, waiting } of this.#parts.registry.all()) {
      yield { address, state, incarnation, waiting };
    }
  }

  /** The supervision of an actor's children; of the root without an address. @throws ACTOR_NOT_FOUND */
  supervision(address?: string): Supervision {
    return this.#parts.life.supervisionOf(address === undefined ? this.#root : this.#require(address));
  }

  /** Delegates from outside, or in the name of an actor. @throws as {@link Delegations.open} does. */
  delegate(
    request: Omit<DelegationRequest, 'from' | 'to'> & { readonly from?: string; readonly to: string },
  ): Delegation {
    if (this.#isStopping) throw new ShuttingDownError();
    return this.delegations.open({ ...request, from: request.from as Address | undefined, to: request.to as Address });
  }

  /** Hears every event of a topic. @returns how to stop. */
  listen(topic: string, listener: TopicListener): () => void {
    return this.topics.listen(topic, listener);
  }

  /** Publishes from outside. */
  publish(topic: string, event: EventObject): void {
    this.#parts.carrier.carryOut(this.#guardian, { type: 'troupe.publish', topic, event } as EventObject, undefined);
  }

  /** Resolves when everything accepted so far is on disk. @throws the store's error when it could not be written. */
  async committed(): Promise<void> {
    await this.#parts.committer?.committed();
  }

  /** Somebody else has found that the store takes no commits: it is to be opened again. */
  storeFailed(error: unknown): void {
    this.#parts.committer?.outage.suspect(error);
  }

  /** Resolves when no message waits for its turn and everything has been committed. */
  async idle(): Promise<void> {
    await this.dispatcher.idle();
    await this.#parts.committer?.settled();
  }

  /** Stops every actor in order and lets go of everything. */
  stop(): Promise<void> {
    this.#isStopping = true;
    const { committer } = this.#parts;
    if (committer !== undefined) committer.isClosing = true;
    this.#stopping ??= this.#stop();
    return this.#stopping;
  }

  // --- for refs ---

  refOf(cell: Cell): ActorRef {
    return new ActorRef(cell, this);
  }

  present(cell: Cell): Cell {
    return this.#parts.registry.present(cell);
  }

  tell(cell: Cell, event: EventObject, priority: Priority | undefined): boolean {
    checkMessage(event, cell.address);
    return this.#parts.post.send(cell, event, undefined, laneOf(priority), undefined);
  }

  async ask(cell: Cell, event: EventObject, { timeout, priority }: AskOptions): Promise<EventObject> {
    checkMessage(event, cell.address);
    const lane = laneOf(priority);
    const timeoutMs = timeout === undefined ? limits.ask.timeout_ms : toMs(timeout, 'timeout');
    return this.#parts.asks.open(cell, event, timeoutMs, (ask) =>
      this.#parts.post.send(cell, event, undefined, lane, undefined, ask),
    );
  }

  watch(cell: Cell, watcher: Watcher): () => void {
    return this.#parts.watching.watch(cell, watcher);
  }

  stopCell(cell: Cell): Promise<void> {
    return new Promise((resolve) => {
      this.#parts.life.stop(cell, cell === this.#parts.turns.active ? 'normal' : 'shutdown', resolve);
    });
  }

  finishCell(cell: Cell): void {
    this.#parts.turns.endSelf(cell);
  }

  // --- for effects ---

  find(from: Cell, to: Recipient): Cell | undefined {
    return typeof to === 'string' ? this.#at(from, to) : (ActorRef.cellOf(to, this) ?? this.#named(from, to));
  }

  /** What has an address, and is no ref of this kernel's; another kernel's actor is nobody here. */
  #named(from: Cell, to: { readonly address: string }): Cell | undefined {
    return to instanceof ActorRef ? undefined : this.#at(from, to.address);
  }

  #at(from: Cell, to: string): Cell | undefined {
    return this.#parts.registry.get(resolveAddress(from.address, to));
  }

  locate(from: Cell, to: Recipient): Address {
    return resolveAddress(from.address, typeof to === 'string' ? to : to.address);
  }

  notify(to: string, event: EventObject, within?: Delegation): void {
    this.#parts.post.notify(to, event, within);
  }

  deadLetter(to: string, from: string | undefined, event: EventObject, reason: DeadLetterReason): void {
    this.#parts.post.deadLetter(to, from, event, reason);
  }

  spawnChild(parent: Cell, effect: SpawnEffect): void {
    this.#parts.nursery.spawnFor(parent, effect);
  }

  watchFrom(watcher: Cell, to: Recipient): void {
    this.#parts.watching.watchFrom(watcher, this.locate(watcher, to), this.find(watcher, to));
  }

  unwatchFrom(watcher: Cell, to: Recipient): void {
    Watching.unwatchFrom(watcher, this.locate(watcher, to));
  }

  report(happening: KernelHappening): void {
    this.#parts.report(happening);
  }

  fatal(error: unknown): void {
    this.report({ type: 'kernel.fatal', error });
    void this.stop().then(() => this.#onFatal?.(error));
  }

  // --- inside ---

  async #stop(): Promise<void> {
    const { life, committer, timers, shards } = this.#parts;
    for (const top of [this.#guardian, this.#root]) {
      await new Promise<void>((resolve) => {
        life.stop(top, 'shutdown', resolve);
      });
    }
    await committer?.close(limits.shutdown.hook_ms);
    timers.close();
    shards.close();
  }

  #require(address: string): Cell {
    const cell = this.#parts.registry.get(address);
    if (cell === undefined) throw new ActorNotFoundError(address);
    return cell;
  }
}
