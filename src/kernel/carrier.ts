// Carries effects out, one case an effect. An effect is only ever data here: what it leads to is an envelope in a
// mailbox, a child, a timer, never a call into another actor. What can't be done is reported and, where the actor
// waits for an outcome, comes back to it as one.

import type { EventObject } from 'xstate';
import { type TroupeError, TaskFailedError } from '../base/errors.ts';
import { limits } from '../base/limits.ts';
import { Priority } from '../base/priority.ts';
import type { Address } from './address.ts';
import type { Cell } from './cell.ts';
import type { Committer } from './commit/commit.ts';
import type { DeadLetters } from './dead-letters.ts';
import type { Acting, Delegation } from './delegation.ts';
import type { Delegations } from './delegations.ts';
import type {
  DelegateEffect,
  Effect,
  Recipient,
  ReplyEffect,
  ScheduleEffect,
  SpawnEffect,
  TellEffect,
} from './effects.ts';
import { isEffect } from './effects.ts';
import { type Envelope, isAssignment, ownLane } from './envelope.ts';
import type { KernelHappening } from './events.ts';
import { checkMessage, Door, laneOf, typeOf } from './door.ts';
import type { Post } from './post.ts';
import { ActorRef } from './ref.ts';
import { settles } from './replies.ts';
import { cancelSchedule, setSchedule } from './schedules.ts';
import type { Timers } from './timers.ts';
import type { Topics } from './topics.ts';

/** What carrying effects out needs of the kernel. */
export interface CarrierHost {
  readonly delegations: Delegations;
  readonly topics: Topics;
  readonly timers: Timers;
  readonly deadLetters: DeadLetters;
  /** The cell that a recipient names, and the address it was looked for at. */
  find(from: Cell, to: Recipient): Cell | undefined;
  locate(from: Cell, to: Recipient): Address;
  deadLetter(
    to: string,
    from: string | undefined,
    event: EventObject,
    reason: 'no such actor' | 'nobody waits for a reply' | 'reply came too late' | 'stash full',
  ): void;
  notify(to: Address, event: EventObject, within: Delegation | undefined): void;
  spawnChild(parent: Cell, effect: SpawnEffect): void;
  stopCell(cell: Cell): unknown;
  /** The actor wants to end; its supervisor judges that like any end. */
  finishCell(cell: Cell): void;
  watchFrom(watcher: Cell, to: Recipient): void;
  unwatchFrom(watcher: Cell, to: Recipient): void;
  report(happening: KernelHappening): void;
}

/** Carries out what actors want. */
export class Carrier {
  readonly #host: CarrierHost;
  readonly #post: Post;
  readonly #door = new Door();
  readonly #committer: () => Committer | undefined;
  /** The last message that brought back what was put aside. */
  #unstashedBy: Envelope | undefined = undefined;

  constructor(host: CarrierHost, post: Post, committer: () => Committer | undefined) {
    this.#host = host;
    this.#post = post;
    this.#committer = committer;
  }

  /**
   * Carries out one effect of a cell, on behalf of the message that caused it.
   *
   * @param acting - On whose behalf it delegates, when it has waited for its commit.
   */
  carryOut(cell: Cell, emitted: EventObject, envelope: Envelope | undefined, acting?: Acting): void {
    try {
      if (emitted.type === 'troupe.tell') this.#tell(cell, emitted as TellEffect, envelope);
      else if (emitted.type === 'troupe.reply') this.#reply(cell, (emitted as ReplyEffect).event, envelope);
      else this.#carryOutElse(cell, emitted, envelope, acting);
    } catch (error) {
      this.#refused(cell, emitted, error);
    }
  }

  /** An effect is the actor's making: whatever is wrong with it is no reason to end anybody else's turn. */
  #refused({ address }: Cell, emitted: EventObject, error: unknown): void {
    this.#host.report({ type: 'effect.refused', address, effect: typeOf(emitted), error });
  }

  #carryOutElse(cell: Cell, emitted: EventObject, envelope: Envelope | undefined, acting?: Acting): void {
    if (isEffect(emitted)) this.#carryOutRare(cell, emitted, envelope, acting);
    else cell.spec.onEmitted?.(emitted, cell);
  }

  #tell(cell: Cell, { to, event, priority }: TellEffect, envelope: Envelope | undefined): void {
    const lane = priority === undefined ? Priority.NORMAL : laneOf(priority);
    this.#send(cell, this.#find(cell, to), to, event, lane, envelope);
  }

  /** Whom a recipient names. Most actors send to the same one again and again, so that one is kept at hand. */
  #find(cell: Cell, to: Recipient): Cell | undefined {
    const { told } = cell;
    if (told !== undefined && cell.toldAs === to && told.state === 'running') return told;
    const found = this.#host.find(cell, to);
    // An actor that has ended, and waited for its commit with this, sends nothing more; and nobody would forget it again.
    if (found !== undefined && cell.isAlive && isNameOf(found, to)) {
      cell.told = found;
      cell.toldAs = to;
    }
    return found;
  }

  #send(
    cell: Cell,
    target: Cell | undefined,
    to: Recipient,
    event: EventObject,
    priority: number,
    envelope: Envelope | undefined,
  ): void {
    this.#door.check(event, cell.address);
    if (target === undefined) this.#sendToNobody(cell, to, event);
    else this.#post.send(target, event, cell.address, priority, envelope?.delegation);
  }

  #sendToNobody(cell: Cell, to: Recipient, event: EventObject): void {
    this.#host.deadLetter(this.#host.locate(cell, to), cell.address, event, 'no such actor');
  }

  #carryOutRare(cell: Cell, effect: Effect, envelope: Envelope | undefined, acting?: Acting): void {
    const { delegations, topics } = this.#host;
    switch (effect.type) {
      case 'troupe.delegate':
        this.#delegate(cell, effect, envelope, acting);
        break;
      case 'troupe.cancelDelegation':
        delegations.cancelIssued(cell.address, effect.id, effect.reason);
        break;
      case 'troupe.complete':
        delegations.complete(cell.address, effect.id, effect.output);
        break;
      case 'troupe.fail':
        delegations.fail(cell.address, effect.id, effect.error);
        break;
      case 'troupe.publish':
        this.#publish(cell, effect.topic, effect.event, envelope);
        break;
      case 'troupe.subscribe':
        topics.subscribe(effect.topic, cell);
        break;
      case 'troupe.unsubscribe':
        topics.unsubscribe(effect.topic, cell);
        break;
      case 'troupe.spawn':
        this.#host.spawnChild(cell, effect);
        break;
      case 'troupe.stop':
        this.#host.finishCell(cell);
        break;
      case 'troupe.stopChild':
        this.#stopChild(cell, effect.id);
        break;
      case 'troupe.watch':
        this.#host.watchFrom(cell, effect.to);
        break;
      case 'troupe.unwatch':
        this.#host.unwatchFrom(cell, effect.to);
        break;
      case 'troupe.stash':
        this.#stash(cell, envelope);
        break;
      case 'troupe.unstash':
        this.#unstashedBy = envelope;
        this.#post.requeue(cell, cell.extras?.stash?.splice(0) ?? []);
        break;
      case 'troupe.schedule':
        this.#schedule(cell, effect, envelope);
        break;
      case 'troupe.cancelSchedule':
        cancelSchedule(this.#host.timers, cell, effect.id);
        break;
      default:
        throw new TypeError(
          `'${(effect as EventObject).type}' is no effect of this runtime; make effects with effect.* or the action creators.`,
        );
    }
  }

  #schedule(cell: Cell, effect: ScheduleEffect, envelope: Envelope | undefined): void {
    checkMessage(effect.event, cell.address);
    setSchedule(this.#host.timers, cell, effect, () => {
      this.#post.send(cell, effect.event, undefined, ownLane, envelope?.delegation);
    });
  }

  #reply(cell: Cell, event: EventObject, envelope: Envelope | undefined): void {
    if (envelope?.ask !== undefined) {
      checkMessage(event, 'the asker');
      if (!envelope.ask.answer(event)) this.#host.deadLetter('the asker', cell.address, event, 'reply came too late');
    } else if (envelope?.delegation !== undefined && isAssignment(envelope, cell) && settles(event)) {
      const { id } = envelope.delegation;
      if (event.type === 'task.done') this.#host.delegations.complete(cell.address, id, event.output);
      else this.#host.delegations.fail(cell.address, id, event.error);
    } else if (envelope?.from !== undefined) {
      this.#send(cell, this.#find(cell, envelope.from), envelope.from, event, Priority.NORMAL, envelope);
    } else {
      checkMessage(event, 'outside');
      this.#host.deadLetter('outside', cell.address, event, 'nobody waits for a reply');
    }
  }

  #delegate(cell: Cell, effect: DelegateEffect, envelope: Envelope | undefined, acting?: Acting): void {
    const { delegations } = this.#host;
    const { to, task, options } = effect;
    cell.extras?.delegating?.delete(effect);
    if (cell.state === 'stopped') return; // who ends takes back what it has delegated, also what waits for its commit
    try {
      delegations.open({
        from: cell.address,
        to: this.#host.locate(cell, to),
        task,
        within: envelope?.delegation,
        for: options.for,
        acting,
        timeoutMs: options.timeoutMs,
        priority: options.priority,
      });
    } catch (error) {
      this.#host.notify(
        cell.address,
        { type: 'delegation.failed', id: task.id ?? task.type, error: refusal(error, task.type, cell) } as EventObject,
        envelope?.delegation,
      );
    }
  }

  #publish(cell: Cell, topic: string, event: EventObject, envelope: Envelope | undefined): void {
    checkMessage(event, `topic ${topic}`);
    // Durable subscribers of a durable actor have had it when it was published.
    const isHeld = cell.spec.durable && this.#committer() !== undefined;
    for (const subscriber of Array.from(this.#host.topics.subscribers(topic))) {
      if (isHeld && subscriber.spec.durable) continue;
      this.#post.send(subscriber, event, cell.address, Priority.NORMAL, envelope?.delegation);
    }
    for (const listener of Array.from(this.#host.topics.listeners(topic))) {
      try {
        listener(event);
      } catch (error) {
        this.#host.report({ type: 'effect.refused', address: cell.address, effect: 'troupe.publish', error });
      }
    }
  }

  #stash(cell: Cell, envelope: Envelope | undefined): void {
    if (envelope === undefined) return;
    const stash = (cell.need().stash ??= []);
    if (stash.some(({ id }) => id === envelope.id)) return;
    // It may have been put aside and brought back in this very turn.
    if (this.#unstashedBy === envelope && [...cell.mailbox].some(({ id }) => id === envelope.id)) return;
    if (isAssignment(envelope, cell) && envelope.delegation !== undefined) envelope.delegation.handed = false;
    if (stash.length < limits.stash.capacity_messages) stash.push(envelope.copy());
    else this.#host.deadLetter(cell.address, envelope.from, envelope.event, 'stash full');
  }

  #stopChild(cell: Cell, id: string): void {
    const child = cell.children?.cells.get(id);
    if (child !== undefined) this.#host.stopCell(child);
  }
}

/** Whether a recipient names this very actor as long as it is there: a pool's name doesn't, and an object may change its mind. */
function isNameOf({ address }: Cell, to: Recipient): boolean {
  return to === address || to instanceof ActorRef;
}

function refusal(error: unknown, type: string, cell: Cell): TroupeError {
  return error instanceof Error && 'code' in error
    ? (error as TroupeError)
    : new TaskFailedError({ task: type, type, at: cell.address, hop: 0, attempts: 0 }, { cause: error });
}
