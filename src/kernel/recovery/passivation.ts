// Durable actors leave memory when they are idle and come back when they are needed: on a message, an ask, a timer,
// or when somebody looks at their state. Nothing ends by it: watchers are not told, refs go on working, timers fire.
// Only actors that were spawned leave; those that a topology declares are few and stay, and so does whoever has
// children, hears a topic, has hooks, an open task or question, or something under way that memory alone knows of.

import type { Snapshot } from 'xstate';
import type { Clock } from '../../base/clock.ts';
import type { Address } from '../address.ts';
import type { Cell } from '../cell.ts';
import type { Committer } from '../commit/commit.ts';
import { touchOf } from '../commit/commit-turn.ts';
import type { Delegations } from '../delegations.ts';
import { actorsOf } from './durable-record.ts';
import type { Extras } from '../extras.ts';
import { IdleQueue } from './idle-queue.ts';
import { letGo } from './letting-go.ts';
import { Passive } from './passive.ts';
import { poolOf, type Registry } from '../registry.ts';
import { actorKey } from './actor-keys.ts';
import type { Roster } from './roster.ts';
import type { Shards } from '../shard.ts';
import type { Timers } from '../timers.ts';

/** What passivation needs of the kernel. */
export interface PassivationParts {
  readonly clock: Clock;
  readonly timers: Timers;
  readonly registry: Registry;
  readonly shards: Shards;
  readonly committer: Committer;
  readonly roster: Roster;
  readonly delegations: Delegations;
  readonly nursery: {
    kindOf(cell: Cell): Passive['kind'];
    revive(address: Address, passive: Passive): Cell | undefined;
    forgetSpawn(address: string): void;
  };
  /** How many versions of an actor stay readable. */
  readonly keep: number;
  /** Durable actors that may be idle in memory. */
  readonly most: number;
}

/** Takes idle actors out of memory and brings them back. */
export class Passivation {
  readonly #parts: PassivationParts;
  readonly #idle: IdleQueue;
  /** How many actors that are not in memory each actor is the parent of. */
  readonly #under = new Map<string, number>();

  constructor(parts: PassivationParts) {
    this.#parts = parts;
    const { clock, timers, most } = parts;
    this.#idle = new IdleQueue({
      clock,
      timers,
      most,
      onIdle: (cell) => this.#consider(cell),
    });
    parts.registry.revive = (address, passive) => this.#revive(address, passive);
  }

  /** A durable actor has done something. */
  touched(cell: Cell): void {
    const { passivateAfterMs } = cell.spec;
    if (passivateAfterMs !== undefined && !cell.declared) this.#idle.touch(cell, passivateAfterMs);
  }

  /** An actor has ended for good. */
  ended(cell: Cell): void {
    this.#forget(cell);
  }

  /** It leaves: that its last turn was written meanwhile is no activity, and what is gone must not stop a sweep. */
  #forget(cell: Cell): void {
    if (cell.spec.passivateAfterMs !== undefined) this.#idle.forget(cell, cell.spec.passivateAfterMs);
  }

  /** An actor's children end with its incarnation, also those that are not in memory. @returns who watched them, to be told. */
  endChildrenOf({ address }: Cell): readonly { readonly address: Address; readonly extras: Extras | undefined }[] {
    if (!this.#under.has(address)) return [];
    const { registry, committer, nursery, timers } = this.#parts;
    const below = `${address}/`;
    const ended: { address: Address; extras: Extras | undefined }[] = [];
    for (const [each, passive] of registry.passives()) {
      if (!each.startsWith(below)) continue;
      if (passive.timer !== undefined) timers.cancel(passive.timer);
      this.#drop(each, passive);
      committer.add({ key: actorKey(each), keep: this.#parts.keep });
      nursery.forgetSpawn(each);
      ended.push({ address: each as Address, extras: passive.extras });
    }
    return ended;
  }

  /** Notes an actor that is in the store and not in memory. @throws QUEUE_FULL */
  add(address: string, passive: Passive, wakeAt: number | undefined): void {
    const { registry, timers } = this.#parts;
    registry.addPassive(address, passive);
    const { parent } = passive.kind;
    if (parent !== undefined) this.#under.set(parent, (this.#under.get(parent) ?? 0) + 1);
    if (wakeAt !== undefined) passive.timer = timers.setAt(wakeAt, () => registry.get(address));
  }

  /** Lets an actor leave once everything it has done has landed, unless it has something to do again by then. */
  #consider(cell: Cell): boolean {
    if (!this.#isIdle(cell)) {
      // It stays for now; it is looked at again when it has been idle for as long again.
      if (cell.state !== 'stopped' && cell.state !== 'passive') this.touched(cell);
      return false;
    }
    this.#parts.committer.after(cell, (failure) => {
      if (failure === undefined && this.#isIdle(cell) && !isUnlanded(cell)) this.#leave(cell);
      else if (cell.state !== 'stopped' && cell.state !== 'passive') this.touched(cell);
    });
    return true;
  }

  #isIdle(cell: Cell): boolean {
    const { state, spec, mail, children, extras, logic, actor } = cell;
    if (state !== 'running' || cell.queued || logic.emitsLater || poolOf(cell.address) !== undefined) return false;
    if (spec.recover !== 'snapshot' || spec.hooks !== undefined || spec.children.length > 0) return false;
    if (mail?.isEmpty === false || (children?.cells.size ?? 0) > 0 || this.#under.has(cell.address)) return false;
    if (extras !== undefined && hasOpen(extras)) return false;
    const { delegations } = this.#parts;
    if (delegations.load(cell.address) > 0 || delegations.issuedBy(cell.address).length > 0) return false;
    if (actor === undefined) return true;
    for (const [each, path] of actorsOf(actor, [], 0)) {
      if (path.length > 0 && isUnderWay(each.getSnapshot() as Snapshot<unknown>)) return false;
    }
    return true;
  }

  #leave(cell: Cell): void {
    const { registry } = this.#parts;
    const passive = cell.passive ?? new Passive(this.#parts.nursery.kindOf(cell), false);
    const wakeAt = firstDue(cell);
    const { extras } = cell;
    this.#forget(cell);
    letGo(this.#parts, cell);
    cell.parent?.children?.remove(cell, false);
    registry.remove(cell);
    cell.state = 'passive';
    cell.passive = passive;
    cell.mail = undefined;
    passive.hasBegun = true;
    passive.extras = extras !== undefined && isWatched(extras) ? extras : undefined;
    if (!passive.kind.hasInput) passive.input = cell.input;
    this.add(cell.address, passive, wakeAt);
    this.atRest(cell.address, passive.kind);
  }

  /** The next start need not look at an actor that has nothing to go on with. */
  atRest(address: Address, { parent, name, spec }: Passive['kind']): void {
    if (name !== undefined && parent === undefined && spec.passivateAfterMs !== undefined)
      this.#parts.roster.unmark(address);
  }

  #revive(address: Address, passive: Passive): Cell | undefined {
    const { timers, nursery } = this.#parts;
    const cell = nursery.revive(address, passive);
    if (cell === undefined) return undefined;
    if (passive.timer !== undefined) timers.cancel(passive.timer);
    passive.timer = undefined;
    this.touched(cell);
    return cell;
  }

  /** An actor is in memory again, or nowhere any more. */
  left(address: string, passive: Passive): void {
    this.#drop(address, passive);
  }

  #drop(address: string, { kind: { parent } }: Passive): void {
    this.#parts.registry.dropPassive(address);
    if (parent === undefined) return;
    const left = (this.#under.get(parent) ?? 1) - 1;
    if (left === 0) this.#under.delete(parent);
    else this.#under.set(parent, left);
  }
}

/** Whether it has done something, since it was found idle, that may still be undone: of that the store knows nothing. */
function isUnlanded(cell: Cell): boolean {
  const state = touchOf(cell)?.turn.state;
  return state === 'open' || state === 'in flight';
}

/** Whether it has something open that only memory knows of. */
function hasOpen({ openAsks, stash, topics, lowering, abandonStart }: Extras): boolean {
  return (
    (openAsks?.size ?? 0) > 0 ||
    (stash?.length ?? 0) > 0 ||
    (topics?.size ?? 0) > 0 ||
    lowering !== undefined ||
    abandonStart !== undefined
  );
}

function isWatched({ watchers, watching, observers }: Extras): boolean {
  return (watchers?.size ?? 0) > 0 || (watching?.size ?? 0) > 0 || (observers?.size ?? 0) > 0;
}

/** Whether a child is a promise, a callback or an observable that has not ended: their snapshots have an input. */
function isUnderWay(snapshot: Snapshot<unknown>): boolean {
  return snapshot.status === 'active' && !('value' in snapshot) && 'input' in snapshot;
}

/** When the first of an actor's timers is due, by the monotonic clock. */
function firstDue({ extras, actor, shard }: Cell): number | undefined {
  let first: number | undefined;
  const see = (at: number): void => {
    if (first === undefined || at < first) first = at;
  };
  for (const { timer } of extras?.schedules?.values() ?? []) see(timer.at);
  if (actor === undefined || shard?.delays === undefined) return first;
  for (const [each] of actorsOf(actor, [], 0)) for (const { timer } of shard.delays.of(each)) see(timer.at);
  return first;
}
