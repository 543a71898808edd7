// The post: every message goes through here, from whoever to whomever. It puts an envelope into a mailbox and wakes
// the cell, or turns it into a dead letter with a reason. It never runs anybody's code.

import type { EventObject } from 'xstate';
import {
  ActorNotFoundError,
  ActorRestartingError,
  DeadLetterError,
  MailboxFullError,
  type TroupeError,
} from '../base/errors.ts';
import { limits } from '../base/limits.ts';
import { deepFreeze } from '../base/plain.ts';
import { Priority } from '../base/priority.ts';
import type { Address } from './address.ts';
import type { Ask } from './ask.ts';
import type { Cell } from './cell.ts';
import type { Committer } from './commit/commit.ts';
import type { DeadLetters } from './dead-letters.ts';
import type { Delegation } from './delegation.ts';
import type { Dispatcher } from './dispatcher.ts';
import type { StoredMessage } from './recovery/durable-record.ts';
import { Envelope, isAssignment, systemLane } from './envelope.ts';
import { Letter } from './letter.ts';
import type { DeadLetterReason } from './events.ts';
import type { Registry } from './registry.ts';

const { systemCapacity_messages: systemCapacity } = limits.mailbox;

/** Delivers the messages of a kernel. */
export class Post {
  readonly #now: () => number;
  readonly #registry: Registry;
  readonly #dispatcher: Dispatcher;
  readonly #deadLetters: DeadLetters;
  /** Freezes each message as it is sent, so that a later change throws in the sender. */
  readonly #freezes: boolean;
  /** Fails a task whose assignment can't be handled. */
  readonly #failTask: (delegation: Delegation, error: unknown) => void;
  /** Keeps what durable actors get; set when there is a store. */
  committer: Committer | undefined = undefined;
  #sequence = 0;

  constructor(parts: {
    readonly now: () => number;
    readonly registry: Registry;
    readonly dispatcher: Dispatcher;
    readonly deadLetters: DeadLetters;
    readonly freezes: boolean;
    readonly failTask: (delegation: Delegation, error: unknown) => void;
  }) {
    this.#now = parts.now;
    this.#registry = parts.registry;
    this.#dispatcher = parts.dispatcher;
    this.#deadLetters = parts.deadLetters;
    this.#freezes = parts.freezes;
    this.#failTask = parts.failTask;
  }

  /** Sends a message. @returns whether the receiver's mailbox took it. */
  send(
    to: Cell,
    event: EventObject,
    from: Address | undefined,
    priority: number,
    delegation: Delegation | undefined,
    ask?: Ask,
  ): boolean {
    if (this.#freezes) deepFreeze(event);
    const id = this.#sequence++;
    if (to.spec.durable && this.committer !== undefined) {
      return this.#deliver(to, new Letter(to.address, to, id, event, from, priority, delegation, ask), this.committer);
    }
    const envelope = new Envelope(id, event, from, priority, delegation, ask);
    // Most messages are of the usual kind, to an actor that runs and has room.
    if (to.state !== 'running' || !to.mailbox.putNormal(envelope, to.spec.capacity)) {
      return this.#deliver(to, envelope, undefined);
    }
    if (!to.queued) this.#dispatcher.enqueue(to);
    return true;
  }

  /** A message of a durable actor to somebody who is not there, or not yet. */
  letterFor(
    to: Address,
    event: EventObject,
    from: Address,
    priority: number,
    delegation: Delegation | undefined,
  ): Letter {
    if (this.#freezes) deepFreeze(event);
    return new Letter(to, undefined, this.#sequence++, event, from, priority, delegation, undefined);
  }

  /** Brings a message that is kept to whoever is to have it now; nobody, and it is a dead letter. */
  claim(letter: Letter): void {
    const { to, event, from, priority, delegation } = letter;
    const cell = this.#registry.get(to);
    if (cell?.spec.durable === true) {
      letter.cell = cell;
      // It is kept already, so there is room for it.
      cell.mailbox.put(letter, Number.POSITIVE_INFINITY, Number.POSITIVE_INFINITY, 'reject');
      this.#dispatcher.wake(cell);
      return;
    }
    this.committer?.dropped(letter);
    if (cell === undefined) this.deadLetter(to, from, event, 'no such actor');
    else this.send(cell, event, from, priority, delegation);
  }

  /** A message can't be kept: it is a dead letter, and whoever waits for the task in it is told. */
  refuseLetter(letter: Letter, error: unknown): void {
    letter.consumed = true;
    letter.cell?.mail?.withdraw((envelope) => envelope === letter);
    this.deadLetter(letter.to, letter.from, letter.event, 'can not be kept', error);
  }

  /** A message that is kept with its actor, as it was; it has been counted. */
  remade(cell: Cell, { event, from, priority = Priority.NORMAL }: StoredMessage): Letter {
    const sender = from as Address | undefined;
    return new Letter(cell.address, cell, this.#sequence++, event, sender, priority, undefined, undefined);
  }

  /** Gives an actor these messages in place of those it has not read; the runtime's own stay. */
  replaceMail(cell: Cell, messages: readonly StoredMessage[]): void {
    const replaced = [...cell.mailbox].filter(({ priority }) => priority >= 0);
    cell.mailbox.withdraw(({ priority }) => priority >= 0);
    for (const envelope of replaced) {
      this.#drop(envelope);
      this.deadLetter(cell.address, envelope.from, envelope.event, 'rolled back');
      envelope.ask?.refuse(new DeadLetterError(cell.address, envelope.ask.question, 'the actor was rolled back'));
      this.#failAssigned(envelope, cell, new ActorRestartingError(cell.address));
    }
    for (const message of messages) this.#deliver(cell, this.remade(cell, message), this.committer);
  }

  /** Numbers messages from here on, after those that are kept. */
  countFrom(id: number): void {
    this.#sequence = id;
  }

  /** Sends an event of the runtime's own, before all others. Nobody is there: nobody needs it any more. */
  notify(to: string, event: EventObject, within: Delegation | undefined): void {
    const cell = this.#registry.get(to);
    if (cell !== undefined) this.send(cell, event, undefined, systemLane, within);
  }

  /** Hands a task over. @returns why not, when that can't be. */
  assign(delegation: Delegation): TroupeError | undefined {
    const cell = this.#registry.get(delegation.to);
    if (cell === undefined) return new ActorNotFoundError(delegation.to);
    const { id, task, priority, from } = delegation;
    const event = { type: 'task.assigned', id, task, priority, now: this.#now() } as EventObject;
    return this.send(cell, event, from, priority, delegation) ? undefined : fullError(cell);
  }

  /** Puts messages back before those that wait, in their order. */
  requeue(cell: Cell, envelopes: readonly Envelope[]): void {
    for (const envelope of envelopes.toReversed()) {
      cell.mailbox.putBack(envelope);
      if (envelope instanceof Letter) this.committer?.accepted(envelope);
    }
    this.#dispatcher.wake(cell);
  }

  /** What becomes of the message on which an actor crashed: tried again, but not for ever. */
  afterCrash(cell: Cell, envelope: Envelope, error: unknown): void {
    if (envelope.ask !== undefined) {
      envelope.ask.refuse(error);
      this.#drop(envelope);
      return;
    }
    envelope.crashes += 1;
    if (envelope.crashes < limits.message.deliveries_count) {
      cell.mailbox.putBack(envelope);
      return;
    }
    this.#drop(envelope);
    this.deadLetter(cell.address, envelope.from, envelope.event, 'crashed its actor too often', error);
    this.#failAssigned(envelope, cell, error);
  }

  /** The end of what an actor that is gone has not read. */
  bury(cell: Cell): void {
    for (let envelope = cell.mail?.take(); envelope !== undefined; envelope = cell.mail?.take()) {
      // What is kept of a durable actor that goes on in the next process is not lost.
      if (envelope instanceof Letter && this.committer?.isClosing === true && envelope.ask === undefined) continue;
      this.#drop(envelope);
      if (envelope.priority < 0) continue;
      this.deadLetter(cell.address, envelope.from, envelope.event, 'actor stopped');
      envelope.ask?.refuse(new DeadLetterError(cell.address, envelope.ask.question, 'the actor has stopped'));
    }
  }

  deadLetter(
    to: string,
    from: string | undefined,
    event: EventObject,
    reason: DeadLetterReason,
    error?: unknown,
  ): void {
    this.#deadLetters.add({ to, from, event, reason, ...(error === undefined ? {} : { error }) });
  }

  #drop(envelope: Envelope): void {
    if (envelope instanceof Letter) this.committer?.dropped(envelope);
  }

  /** @param keeper - Who is to keep the message, when it is for a durable actor and not kept yet. */
  #deliver(cell: Cell, envelope: Envelope, keeper: Committer | undefined): boolean {
    if (cell.isGone) {
      this.deadLetter(cell.address, envelope.from, envelope.event, 'actor stopped');
      return false;
    }
    const { capacity, overflow } = cell.spec;
    const turnedAway = cell.mailbox.put(envelope, capacity, systemCapacity, overflow);
    if (turnedAway !== undefined) this.#turnAway(cell, turnedAway, envelope);
    if (turnedAway === envelope) return false;
    if (keeper !== undefined) keeper.accepted(envelope as Letter);
    this.#dispatcher.wake(cell);
    return true;
  }

  #turnAway(cell: Cell, turnedAway: Envelope, newcomer: Envelope): void {
    const own = turnedAway === newcomer;
    const reason = own ? 'mailbox full' : 'dropped for a newer message';
    this.deadLetter(cell.address, turnedAway.from, turnedAway.event, reason);
    if (own) return;
    this.#drop(turnedAway);
    const error = fullError(cell);
    turnedAway.ask?.refuse(error);
    this.#failAssigned(turnedAway, cell, error);
  }

  #failAssigned(envelope: Envelope, cell: Cell, error: unknown): void {
    const { delegation } = envelope;
    if (delegation !== undefined && isAssignment(envelope, cell)) this.#failTask(delegation, error);
  }
}

function fullError(cell: Cell): MailboxFullError {
  return new MailboxFullError(cell.address, cell.spec.capacity, limits.mailbox.retryAfter_ms);
}
