// What an incarnation that goes on from a record gets back besides its state: timers for what is left of their time,
// topics, watches, messages it had put aside or sent itself, the tasks it had in hand, and the news that the tasks it
// had delegated are lost. A timer that is past due fires at once, the longest due first; when each is due `DueTimes` says.

import type { AnyActorRef, EventObject } from 'xstate';
import { InterruptedError } from '../../base/errors.ts';
import { Priority } from '../../base/priority.ts';
import type { Address } from '../address.ts';
import type { Cell } from '../cell.ts';
import { type Chain, emptyChain } from '../chain.ts';
import type { Delegations } from '../delegations.ts';
import type { DueTimes, KeptAt } from './due-times.ts';
import { type ActorRecord, actorsOf, type StoredSchedule, type StoredTask } from './durable-record.ts';
import { type Envelope, ownLane } from '../envelope.ts';
import type { KernelHappening } from '../events.ts';
import type { Post } from '../post.ts';
import type { Registry } from '../registry.ts';
import { setSchedule } from '../schedules.ts';
import type { Timers } from '../timers.ts';
import type { Topics } from '../topics.ts';
import type { Watching } from '../watching.ts';

/** What rearming needs of the kernel. */
export interface RearmingParts {
  readonly dueTimes: DueTimes;
  readonly timers: Timers;
  readonly topics: Topics;
  readonly watching: Watching;
  readonly registry: Registry;
  readonly post: Post;
  readonly delegations: Delegations;
  /** Whether something is kept of an actor. */
  readonly isKept: (address: Address) => boolean;
  readonly report: (happening: KernelHappening) => void;
}

/** Gives actors back what they had. */
export class Rearming {
  readonly #parts: RearmingParts;

  /** Whom restored actors watch and who is not there yet, with those who watch. */
  readonly #awaited = new Map<Address, Set<Cell>>();
  #isOpen = false;

  constructor(parts: RearmingParts) {
    this.#parts = parts;
  }

  /** @param how - When the record was written, and whether the process that wrote it is gone. */
  rearm(cell: Cell, record: ActorRecord, how: { readonly at: number | undefined; readonly isFirst: boolean }): void {
    const { topics, watching, stash, own, delegations } = record;
    for (const topic of topics ?? []) {
      this.#try(cell, 'subscribe', () => {
        this.#parts.topics.subscribe(topic, cell);
      });
    }
    this.#rearmTimers(cell, record, how.at);
    for (const event of own ?? []) this.sendOwn(cell, event);
    for (const address of watching ?? []) this.#watch(cell, address as Address);
    if (!how.isFirst) {
      this.regain(cell, record);
      return;
    }
    for (const task of record.inHand ?? []) this.#takeUp(cell, task, { written: record.written, at: how.at });
    if (stash !== undefined) cell.need().stash = stash.map((message) => this.#parts.post.remade(cell, message));
    for (const id of delegations ?? []) {
      if (isTold(cell, 'delegation.done', 'id', id) || isTold(cell, 'delegation.failed', 'id', id)) continue;
      const error = new InterruptedError(cell.address, `the task '${id}' that it had delegated`);
      this.#parts.post.notify(cell.address, { type: 'delegation.failed', id, error } as EventObject, undefined);
    }
  }

  /** What an actor has in hand in the state that it has gone back to, of the tasks that this process has given it. */
  regain({ address }: Cell, record: ActorRecord | undefined): void {
    this.#parts.delegations.regained(address, new Set(record?.inHand?.map(({ id }) => id)));
  }

  /** A task that it had in hand goes on, unless it has been told that it does not. */
  #takeUp(cell: Cell, task: StoredTask, kept: KeptAt): void {
    const { id, type, from, chain = emptyChain, due, priority = Priority.NORMAL, correlation = id } = task;
    if (isTold(cell, 'task.cancelled', 'id', id)) return;
    const { dueTimes, delegations } = this.#parts;
    this.#try(cell, 'inHand', () => {
      delegations.restore(cell.address, {
        id,
        type,
        from: from as Address | undefined,
        chain: chain as Chain,
        deadlineAt: due === undefined ? undefined : dueTimes.at(due, kept),
        priority: priority as Priority,
        correlation,
      });
    });
  }

  /** Everybody who is declared is there: who is watched and is not, has ended. */
  open(): void {
    if (this.#isOpen) return;
    this.#isOpen = true;
    for (const [address, watchers] of [...this.#awaited]) this.#settle(address, watchers);
  }

  /** A durable actor has taken its place: who watched it before the process ended goes on. */
  appeared(cell: Cell): void {
    const watchers = this.#awaited.get(cell.address);
    if (watchers !== undefined) this.#attach(cell, watchers);
  }

  /**
   * Watches again. Whoever is watched may not have been started yet: that is known once everybody who is declared is
   * there, and of a durable actor that the program is to spawn again not before it has.
   */
  #watch(cell: Cell, address: Address): void {
    const { registry } = this.#parts;
    if (cell.extras?.watching?.has(address) === true || isTold(cell, 'actor.terminated', 'address', address)) return;
    const target = registry.get(address);
    const watchers = this.#awaited.get(address) ?? new Set();
    watchers.add(cell);
    if (target !== undefined) {
      this.#attach(target, watchers);
      return;
    }
    this.#awaited.set(address, watchers);
    if (this.#isOpen) this.#settle(address, watchers);
  }

  #attach(target: Cell, watchers: ReadonlySet<Cell>): void {
    this.#awaited.delete(target.address);
    for (const watcher of watchers) {
      if (watcher.isAlive) this.#parts.watching.watchFrom(watcher, target.address, target);
    }
  }

  #settle(address: Address, watchers: ReadonlySet<Cell>): void {
    const { registry, watching, isKept } = this.#parts;
    const target = registry.get(address);
    if (target !== undefined) {
      this.#attach(target, watchers);
    } else if (!isKept(address)) {
      this.#awaited.delete(address);
      for (const watcher of watchers) if (watcher.isAlive) watching.watchFrom(watcher, address, undefined);
    }
  }

  /** Sends an actor an event in its own name. */
  sendOwn(cell: Cell, event: EventObject): void {
    this.#parts.post.send(cell, event, undefined, ownLane, undefined);
  }

  /** Forgets what is undone: of what was put aside there stays what the record says was. */
  undo(cell: Cell, record: ActorRecord | undefined): void {
    const { extras } = cell;
    if (extras !== undefined) extras.delegating = undefined;
    if (record === undefined) this.regain(cell, undefined);
    for (const topic of [...(extras?.topics ?? [])]) {
      if (record?.topics?.includes(topic) !== true) this.#parts.topics.unsubscribe(topic, cell);
    }
    const kept = new Set(record?.stash?.map(({ id }) => id));
    const still = (extras?.stash ?? []).filter(({ id, ask, delegation }: Envelope) =>
      ask === undefined ? delegation !== undefined || kept.has(id) : !ask.settled,
    );
    // What had been brought back from there is put aside again.
    const there = new Set(still.map(({ id }) => id));
    const again = (record?.stash ?? []).filter(({ id }) => id === undefined || !there.has(id));
    if (extras?.stash === undefined && again.length === 0) return;
    cell.need().stash = [...again.map((message) => this.#parts.post.remade(cell, message)), ...still];
  }

  /** Gives an actor the unread messages of a record in place of those it has; those are dead letters. */
  replaceMail(cell: Cell, { mail = [], stash = [] }: ActorRecord): void {
    this.#parts.post.replaceMail(cell, mail);
    const remade = stash.map((message) => this.#parts.post.remade(cell, message));
    if (cell.extras !== undefined || remade.length > 0) cell.need().stash = remade;
  }

  #rearmTimers(cell: Cell, { schedules = [], delays = [], written }: ActorRecord, at: number | undefined): void {
    if (schedules.length === 0 && delays.length === 0) return;
    const { dueTimes } = this.#parts;
    const kept = { written, at };
    for (const { id, event, due } of byDue(schedules)) {
      this.#try(cell, 'schedule', () => {
        const delayMs = dueTimes.remaining(due, kept);
        setSchedule(this.#parts.timers, cell, { id, event, delayMs }, () => {
          this.sendOwn(cell, event);
        });
      });
    }
    const { actor, shard } = cell;
    if (delays.length === 0 || actor === undefined || shard === undefined) return;
    const actors = new Map<string, AnyActorRef>();
    for (const [each, path] of actorsOf(actor, [], 0)) actors.set(path.join('\n'), each);
    for (const { id, event, due, source = [], target = [] } of byDue(delays)) {
      const from = actors.get(source.join('\n'));
      const to = actors.get(target.join('\n'));
      if (from === undefined || to === undefined) continue;
      this.#try(cell, 'delay', () => {
        shard.delay(from, to, { id, event }, dueTimes.remaining(due, kept));
      });
    }
  }

  /** A limit that is reached is told and is no reason not to come back. */
  #try(cell: Cell, effect: string, act: () => void): void {
    try {
      act();
    } catch (error) {
      this.#parts.report({ type: 'effect.refused', address: cell.address, effect: `troupe.${effect}`, error });
    }
  }
}

/** Whether the outcome of something waits in an actor's mailbox already. */
function isTold(cell: Cell, type: string, field: string, value: string): boolean {
  if (cell.mail === undefined) return false;
  for (const { event } of cell.mail) {
    if (event.type === type && (event as unknown as Record<string, unknown>)[field] === value) return true;
  }
  return false;
}

function byDue<Each extends StoredSchedule>(timers: readonly Each[]): readonly Each[] {
  return timers.toSorted((a, b) => a.due - b.due);
}
