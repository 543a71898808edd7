// Inside the durable world effects don't wait for the disk: a message of one durable actor to another, and whatever
// is part of an actor's own state, is done at once and undone with its turn. Everything else waits until the turn has
// landed. Between two actors the order stays: a message that has to wait makes those behind it wait too.

import type { EventObject } from 'xstate';
import { Priority } from '../../base/priority.ts';
import type { Carrier, CarrierHost } from '../carrier.ts';
import type { Cell } from '../cell.ts';
import type { Committer } from './commit.ts';
import { checkMessage, laneOf, typeOf } from '../door.ts';
import { answeredBy, toldSender } from '../replies.ts';
import type { DelegateEffect, PublishEffect, Recipient, ReplyEffect, SpawnEffect, TellEffect } from '../effects.ts';
import type { Envelope } from '../envelope.ts';
import type { Post } from '../post.ts';

/** What running ahead needs of the kernel. */
export interface AheadParts {
  readonly host: CarrierHost;
  readonly carrier: Carrier;
  readonly post: Post;
  readonly committer: Committer;
  /** Keeps what is about to be spawned. */
  readonly foresee: (cell: Cell, effect: SpawnEffect) => void;
}

/** Does what durable actors want as far as it need not wait, and holds the rest. */
export class RunAhead {
  readonly #parts: AheadParts;

  constructor(parts: AheadParts) {
    this.#parts = parts;
  }

  /** One effect of a durable actor. */
  take(cell: Cell, effect: EventObject, envelope: Envelope | undefined): void {
    const { committer, host } = this.#parts;
    let isDone = true;
    committer.isAhead = true;
    try {
      isDone = this.#isDone(cell, effect, envelope);
    } catch (error) {
      host.report({ type: 'effect.refused', address: cell.address, effect: typeOf(effect), error });
    }
    committer.isAhead = false;
    if (isDone) return;
    const isDelegating = effect.type === 'troupe.delegate';
    const within = envelope?.delegation;
    const acting = isDelegating ? host.delegations.acting(cell.address, effect as DelegateEffect, within) : undefined;
    committer.hold(cell, effect, envelope, acting);
    const answered = answeredBy(cell, effect, envelope);
    if (answered !== undefined) host.delegations.answering(cell.address, answered);
  }

  /** @returns whether nothing of it is left to be done. */
  #isDone(cell: Cell, effect: EventObject, envelope: Envelope | undefined): boolean {
    switch (effect.type) {
      case 'troupe.tell': {
        const { to, event, priority } = effect as TellEffect;
        return this.#send(cell, effect, to, event, laneOf(priority), envelope);
      }
      case 'troupe.reply': {
        const { event } = effect as ReplyEffect;
        const to = toldSender(cell, envelope, event);
        return to !== undefined && this.#send(cell, effect, to, event, Priority.NORMAL, envelope);
      }
      case 'troupe.publish':
        return this.#publish(cell, effect as PublishEffect, envelope);
      case 'troupe.subscribe':
      case 'troupe.unsubscribe':
      case 'troupe.watch':
      case 'troupe.unwatch':
      case 'troupe.stash':
      case 'troupe.unstash':
      case 'troupe.schedule':
      case 'troupe.cancelSchedule':
        this.#parts.carrier.carryOut(cell, effect, envelope);
        return true;
      case 'troupe.spawn':
        this.#parts.foresee(cell, effect as SpawnEffect);
        return false;
      default:
        return false;
    }
  }

  /** A message to a durable actor goes at once; to anybody else it waits, and so does one to nobody: they may come. */
  #send(
    cell: Cell,
    effect: EventObject,
    to: Recipient,
    event: EventObject,
    priority: number,
    envelope: Envelope | undefined,
  ): boolean {
    const { host, post, committer } = this.#parts;
    const target = host.find(cell, to);
    if (target?.spec.durable === false) return false;
    checkMessage(event, cell.address);
    const delegation = envelope?.delegation;
    const address = target?.address ?? host.locate(cell, to);
    if (target !== undefined && !committer.awaited.has(address)) {
      post.send(target, event, cell.address, priority, delegation);
    } else {
      const letter = post.letterFor(address, event, cell.address, priority, delegation);
      committer.holdLetter(cell, effect, envelope, letter);
    }
    return true;
  }

  /** Durable subscribers have it at once, the others and outside listeners when it has landed. */
  #publish(cell: Cell, { topic, event }: PublishEffect, envelope: Envelope | undefined): boolean {
    const { host, post } = this.#parts;
    checkMessage(event, `topic ${topic}`);
    let isDone = true;
    for (const subscriber of Array.from(host.topics.subscribers(topic))) {
      if (subscriber.spec.durable) post.send(subscriber, event, cell.address, Priority.NORMAL, envelope?.delegation);
      else isDone = false;
    }
    return isDone && Array.from(host.topics.listeners(topic)).length === 0;
  }
}
