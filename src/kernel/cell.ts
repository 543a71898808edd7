// The home of one actor: its mailbox, its current incarnation in XState, what it wants done. A cell outlives the
// incarnations of its actor, so its address, its unread messages and its watchers survive a restart. An idle cell
// is a few words of memory: everything that few actors need hangs in `extras`, made when first needed.

import type { AnyActor, AnyActorScope, EventObject, Snapshot } from 'xstate';
import { DeadLetterError } from '../base/errors.ts';
import type { Reason } from '../base/reason.ts';
import type { Address } from './address.ts';
import type { Ask } from './ask.ts';
import type { Delegation } from './delegation.ts';
import type { Recipient } from './effects.ts';
import { type Envelope, isAssignment } from './envelope.ts';
import { Extras } from './extras.ts';
import { Mailbox } from './mailbox.ts';
import type { Passive } from './recovery/passive.ts';
import type { Shard } from './shard.ts';
import type { ActorSpec, ChildOptions } from './spec.ts';
import type { HostedLogic } from './step.ts';

/**
 * - `starting`: its start hook or its children have not finished starting
 * - `running`: it takes messages
 * - `suspended`: crashed, waits for its supervisor
 * - `quarantined`: what is kept of it can't be read by this program; it takes messages and handles none
 * - `stopping`: in an orderly stop
 * - `stopped`: gone for good
 * - `passive`: not in memory; another cell takes its place when it is needed
 */
export type CellState = 'starting' | 'running' | 'suspended' | 'quarantined' | 'stopping' | 'stopped' | 'passive';

/** What the keeping of durable actors' records needs to know of the kernel. */
export interface Keeping {
  /** Calendar time of an instant of the monotonic clock. */
  wallAt(at: number): number;
  /** Ids of the tasks that an actor has delegated itself and that have not settled. */
  issuedBy(cell: Cell): readonly string[];
  /** The tasks that an actor has handled and not answered. */
  inHand(cell: Cell): readonly Delegation[];
  /** A durable actor has done something. */
  touched(cell: Cell): void;
}

/** What a cell needs of the kernel. */
export interface CellHost {
  /** The cell whose message is being handled. */
  active: Cell | undefined;
  /** The scope whose next event may pass. */
  openScope: AnyActorScope | undefined;
  /** Takes what an actor emits in its turn; shared by all whose logic emits in transitions only. */
  readonly emit: (this: unknown, effect: EventObject) => void;
  /** Collects the effects of the message being handled. */
  collect(effect: EventObject): void;
  /** Carries out an effect that no message caused. */
  carryOutLater(cell: Cell, effect: EventObject): void;
  /** What keeping records of durable actors takes. */
  readonly keeping: Keeping | undefined;
  /** Carries out what was collected. */
  release(cell: Cell, envelope: Envelope): void;
  /** Forgets what was collected. */
  discard(): void;
  /** Whether the step put something off. */
  readonly hasDeferred: boolean;
  /** A light actor has taken a step that put something off, or asked for its XState actor. */
  stepped(cell: Cell): void;
  crashed(cell: Cell, envelope: Envelope, error: unknown): void;
  finished(cell: Cell): void;
  observed(cell: Cell): void;
}

/** One actor's cell. */
export class Cell {
  readonly address: Address;
  readonly id: string;
  readonly parent: Cell | undefined;
  readonly logic: HostedLogic;
  readonly spec: ActorSpec;
  readonly input: unknown;
  readonly host: CellHost;
  /** Whether it was named in its parent's spec. */
  readonly declared: boolean;
  state: CellState = 'starting';
  incarnation = 0;
  actor: AnyActor | undefined = undefined;
  /** The state of an actor that has no XState actor; see `light-scope.ts`. */
  light: Snapshot<unknown> | undefined = undefined;
  scope: AnyActorScope | undefined = undefined;
  shard: Shard | undefined = undefined;
  /** Made with the first message. */
  mail: Mailbox | undefined = undefined;
  /** Present once it has or had children. */
  children: ChildTable | undefined = undefined;
  extras: Extras | undefined = undefined;
  /** The delegation that the message being handled came with. The message itself would cost a write barrier more. */
  onBehalfOf: Delegation | undefined = undefined;
  endReason: Reason | undefined = undefined;
  /** What the last turn that changed it has done to it, when it is durable; the commit's own, see `touchOf`. */
  touch: object | undefined = undefined;
  /** Whose return it is, or whose absence: the same for all cells of an actor that has left memory and come back. */
  passive: Passive | undefined = undefined;
  /**
   * To whom it sent last, and by which name; forgotten with its incarnation, so that no cell that has ended keeps another in
   * memory.
   */
  told: Cell | undefined = undefined;
  toldAs: Recipient | undefined = undefined;
  nextReady: Cell | undefined = undefined;
  queued = false;

  constructor(place: {
    readonly address: Address;
    readonly id: string;
    readonly parent: Cell | undefined;
    readonly logic: HostedLogic;
    readonly spec: ActorSpec;
    readonly input: unknown;
    readonly host: CellHost;
    readonly declared: boolean;
  }) {
    this.address = place.address;
    this.id = place.id;
    this.parent = place.parent;
    this.logic = place.logic;
    this.spec = place.spec;
    this.input = place.input;
    this.host = place.host;
    this.declared = place.declared;
  }

  get isReady(): boolean {
    return this.state === 'running' && this.mail !== undefined && !this.mail.isEmpty;
  }

  /** Whether it takes no messages any more; an actor that has left memory has another cell when it is back. */
  get isGone(): boolean {
    return this.state === 'stopped' || this.state === 'passive';
  }

  get mailbox(): Mailbox {
    return (this.mail ??= new Mailbox());
  }

  /** Messages that wait, without the runtime's own. */
  get waiting(): number {
    return this.mail === undefined ? 0 : this.mail.size;
  }

  /** What only few cells need, made on first use. */
  need(): Extras {
    return (this.extras ??= new Extras());
  }

  snapshot(): Snapshot<unknown> | undefined {
    return this.light ?? (this.actor?.getSnapshot() as Snapshot<unknown> | undefined);
  }

  /** Whether it has an incarnation. */
  get isAlive(): boolean {
    return this.actor !== undefined || this.light !== undefined;
  }

  /** Takes a new incarnation's scope as its own, so that what it emits lands here. */
  adopt(scope: AnyActorScope): void {
    this.scope = scope;
    if (!this.logic.emitsLater) {
      scope.emit = this.host.emit;
      return;
    }
    scope.emit = (effect: EventObject): void => {
      if (this.host.active === this) this.host.collect(effect);
      else if (this.scope === scope) this.host.carryOutLater(this, effect);
    };
  }

  /** Handles up to `max` messages. @returns how many. */
  run(max: number): number {
    const { mail } = this;
    if (mail === undefined) return 0;
    let handled = 0;
    while (handled < max && !mail.isEmpty && this.state === 'running') {
      this.handle(mail.take() as Envelope);
      handled += 1;
    }
    return handled;
  }

  /** Hands one message to the actor and sees what it wants. */
  handle(envelope: Envelope): void {
    const { host, incarnation, light } = this;
    if (light === undefined && this.actor === undefined) return;
    const { ask, delegation } = envelope;
    const task = delegation !== undefined && isAssignment(envelope, this) ? delegation : undefined;
    if (task?.settled === true) {
      host.release(this, envelope); // nobody waits for that task any more: it counts as read
      return;
    }
    this.onBehalfOf = delegation;
    const snapshot = light === undefined ? this.#send(envelope) : this.#step(light, envelope);
    if (snapshot.status === 'error') {
      this.#crash(envelope, snapshot.error);
      return;
    }
    if (task !== undefined) task.handed = true;
    host.release(this, envelope);
    this.onBehalfOf = undefined;
    if (ask !== undefined && !ask.settled) this.#leaveOpen(ask, incarnation);
    if (this.extras?.observers !== undefined) host.observed(this);
    if (snapshot.status !== 'active') host.finished(this);
  }

  #crash(envelope: Envelope, error: unknown): void {
    this.host.discard();
    this.onBehalfOf = undefined;
    this.host.crashed(this, envelope, error);
  }

  /** Hands it to the XState actor. */
  #send(envelope: Envelope): Snapshot<unknown> {
    const { host, actor } = this;
    host.active = this;
    host.openScope = this.scope;
    actor?.send(envelope.event);
    host.openScope = undefined;
    host.active = undefined;
    return actor?.getSnapshot() as Snapshot<unknown>;
  }

  /** Takes the step itself: a light actor. */
  #step(light: Snapshot<unknown>, envelope: Envelope): Snapshot<unknown> {
    const { host } = this;
    host.active = this;
    try {
      const next = this.logic.next(light, envelope.event, this.scope as AnyActorScope);
      host.active = undefined;
      this.light = next;
      if (host.hasDeferred || this.actor !== undefined) host.stepped(this);
      return next;
    } catch (error) {
      host.active = undefined;
      return { status: 'error', output: undefined, error };
    }
  }

  /** A question that was handled without an answer: one may come later, unless that very message ended the actor. */
  #leaveOpen(ask: Ask, by: number): void {
    if (this.incarnation === by && this.isAlive) (this.need().openAsks ??= new Set()).add(ask);
    else ask.refuse(new DeadLetterError(this.address, ask.question, 'the actor ended before it replied'));
  }
}

/** The children of a cell in start order, with what their supervisor does. */
export interface ChildTable {
  readonly cells: ReadonlyMap<string, Cell>;
  add(cell: Cell, options: ChildOptions | undefined): void;
  remove(cell: Cell, keepSpec: boolean): void;
  exited(cell: Cell, reason: Reason, error: unknown): void;
  /** The parent has started. */
  opened(): void;
  reset(): void;
}
