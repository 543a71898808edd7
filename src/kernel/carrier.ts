// Carries effects out, one case an effect. An effect is only ever data here: what it leads to is an envelope in a
// mailbox, a child, a timer, never a call into another actor. What can't be done is reported and, where the actor
// waits for an outcome, comes back to it as one.

import type { EventObject } from 'xstate';
import { type TroupeError, TaskFailedError } from '../base/errors.ts';
import { Priority } from '../base/priority.ts';
import { limits } from '../base/limits.ts';
import type { Address } from './address.ts';
import type { Cell } from './cell.ts';
import type { DeadLetters } from './dead-letters.ts';
import type { Delegation, Delegations } from './delegation.ts';
import type { DelegateEffect, Effect, Recipient, SpawnEffect } from './effects.ts';
import { isEffect } from './effects.ts';
import type { Envelope } from './envelope.ts';
import type { KernelHappening } from './events.ts';
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
  send(to: Cell, event: EventObject, from: Address | undefined, priority: number, delegation: Delegation | undefined): boolean;
  deadLetter(to: string, from: string | undefined, event: EventObject, reason: 'no such actor' | 'nobody waits for a reply' | 'reply came too late' | 'stash full'): void;
  notify(to: Address, event: EventObject, within: Delegation | undefined): void;
  spawnChild(parent: Cell, effect: SpawnEffect): void;
  stopCell(cell: Cell): void;
  watchFrom(watcher: Cell, to: Recipient): void;
  unwatchFrom(watcher: Cell, to: Recipient): void;
  requeue(cell: Cell, envelopes: readonly Envelope[]): void;
  report(happening: KernelHappening): void;
}

/** Carries out what actors want. */
export class Carrier {
  readonly #host: CarrierHost;

  constructor(host: CarrierHost) {
    this.#host = host;
  }

  /** Carries out one effect of a cell, on behalf of the message that caused it. */
  carryOut(cell: Cell, emitted: EventObject, envelope: Envelope | undefined): void {
    if (emitted.type === 'troupe.tell') {
      const { to, event, priority } = emitted as Extract<Effect, { type: 'troupe.tell' }>;
      const target = this.#host.find(cell, to);
      if (target === undefined) {
        this.#host.deadLetter(this.#host.locate(cell, to), cell.address, event, 'no such actor');
        return;
      }
      this.#host.send(target, event, cell.address, priority ?? Priority.NORMAL, envelope?.delegation);
      return;
    }
    if (!isEffect(emitted)) {
      this.#toDriver(cell, emitted);
      return;
    }
    try {
      this.#carryOutRare(cell, emitted, envelope);
    } catch (error) {
      this.#host.report({ type: 'effect.refused', address: cell.address, effect: emitted.type, error });
    }
  }

  #carryOutRare(cell: Cell, effect: Exclude<Effect, { type: 'troupe.tell' }> | Effect, envelope: Envelope | undefined): void {
    const { delegations, topics, timers } = this.#host;
    switch (effect.type) {
      case 'troupe.reply':
        this.#reply(cell, effect.event, envelope);
        break;
      case 'troupe.delegate':
        this.#delegate(cell, effect, envelope);
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
        this.#host.stopCell(cell);
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
        this.#host.requeue(cell, cell.extras?.stash.splice(0) ?? []);
        break;
      case 'troupe.schedule':
        this.#cancelSchedule(cell, effect.id);
        cell.need().schedules.set(
          effect.id,
          timers.set(effect.delayMs, () => {
            cell.extras?.schedules.delete(effect.id);
            this.#host.notify(cell.address, effect.event, envelope?.delegation);
          }),
        );
        break;
      case 'troupe.cancelSchedule':
        this.#cancelSchedule(cell, effect.id);
        break;
      default:
        throw new TypeError(`'${(effect as EventObject).type}' is no effect of this runtime; make effects with effect.* or the action creators.`);
    }
  }

  #reply(cell: Cell, event: EventObject, envelope: Envelope | undefined): void {
    const { deadLetter } = this.#host;
    if (envelope?.ask !== undefined) {
      if (!envelope.ask.answer(event)) this.#host.deadLetter('the asker', cell.address, event, 'reply came too late');
    } else if (envelope?.event.type === 'task.assigned' && envelope.delegation !== undefined && settles(event)) {
      const { id } = envelope.delegation;
      if (event.type === 'task.done') this.#host.delegations.complete(cell.address, id, event.output);
      else this.#host.delegations.fail(cell.address, id, event.error);
    } else if (envelope?.from !== undefined) {
      this.carryOut(cell, { type: 'troupe.tell', to: envelope.from, event, priority: undefined } as EventObject, envelope);
    } else {
      deadLetter.call(this.#host, 'outside', cell.address, event, 'nobody waits for a reply');
    }
  }

  #delegate(cell: Cell, { to, task, options }: DelegateEffect, envelope: Envelope | undefined): void {
    const { delegations } = this.#host;
    try {
      delegations.open({
        from: cell.address,
        to: this.#host.locate(cell, to),
        task,
        within: options.for === undefined ? envelope?.delegation : delegations.behalfOf(cell.address, options.for),
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
    for (const subscriber of [...this.#host.topics.subscribers(topic)]) {
      this.#host.send(subscriber, event, cell.address, Priority.NORMAL, envelope?.delegation);
    }
    for (const listener of [...this.#host.topics.listeners(topic)]) {
      try {
        listener(event);
      } catch (error) {
        this.#host.report({ type: 'effect.refused', address: cell.address, effect: 'troupe.publish', error });
      }
    }
  }

  #stash(cell: Cell, envelope: Envelope | undefined): void {
    if (envelope === undefined) return;
    const { stash } = cell.need();
    if (stash.length < limits.stash.capacity_messages) stash.push(envelope);
    else this.#host.deadLetter(cell.address, envelope.from, envelope.event, 'stash full');
  }

  #stopChild(cell: Cell, id: string): void {
    const child = cell.children?.cells.get(id);
    if (child !== undefined) this.#host.stopCell(child);
  }

  #cancelSchedule(cell: Cell, id: string): void {
    const timer = cell.extras?.schedules.get(id);
    if (timer === undefined) return;
    this.#host.timers.cancel(timer);
    cell.extras?.schedules.delete(id);
  }

  #toDriver(cell: Cell, emitted: EventObject): void {
    try {
      cell.spec.onEmitted?.(emitted, cell);
    } catch (error) {
      this.#host.report({ type: 'effect.refused', address: cell.address, effect: emitted.type, error });
    }
  }
}

type Settling = { readonly type: 'task.done'; readonly output: unknown } | { readonly type: 'task.failed'; readonly error: unknown };

function settles(event: EventObject): event is Settling {
  return event.type === 'task.done' || event.type === 'task.failed';
}

function refusal(error: unknown, type: string, cell: Cell): TroupeError {
  return error instanceof Error && 'code' in error
    ? (error as TroupeError)
    : new TaskFailedError({ task: type, type, at: cell.address, hop: 0, attempts: 0 }, { cause: error });
}
