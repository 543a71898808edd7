// What a kernel is put together from, and the one place that puts it together. The parts know each other through
// narrow interfaces only; where two need one another, the wire between them is a function that looks it up late.

import type { AnyActorLogic } from 'xstate';
import type { RestartOptions } from '../base/supervision-options.ts';
import type { Clock } from '../base/clock.ts';
import type { IdSource } from '../base/ids.ts';
import { limits } from '../base/limits.ts';
import type { Random } from '../base/random.ts';
import type { Store } from '../store/port.ts';
import { Asks } from './asks.ts';
import { Carrier, type CarrierHost } from './carrier.ts';
import type { Cell } from './cell.ts';
import { Committer } from './commit/commit.ts';
import { DueTimes } from './recovery/due-times.ts';
import { recordOf } from './recovery/durable-record.ts';
import { DeadLetters } from './dead-letters.ts';
import { Delegations } from './delegations.ts';
import { Dispatcher, type Scheduling } from './dispatcher.ts';
import { typeOf } from './door.ts';
import type { Envelope } from './envelope.ts';
import type { Letter } from './letter.ts';
import type { KernelEvent, KernelHappening } from './events.ts';
import { Homes, type Household } from './homes.ts';
import { Lifecycle } from './lifecycle.ts';
import { type Durability, durabilityOf, nurseryOf, rosterOf } from './recovery/durability.ts';
import type { Nursery } from './nursery.ts';
import { Post } from './post.ts';
import { Registry } from './registry.ts';
import { RunAhead } from './commit/run-ahead.ts';
import { type Inspector, Shards } from './shard.ts';
import { Timers } from './timers.ts';
import { Topics } from './topics.ts';
import { Turns } from './turns.ts';
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
  /** Versions of a durable actor that stay readable; default 10. */
  readonly versions?: number;
  /** Logic by name: durable actors that are spawned with it come back by themselves in another process. */
  readonly logics?: Readonly<Record<string, AnyActorLogic>>;
  /** Durable actors that may be idle in memory; default 10,000. */
  readonly idleActors?: number;
  /** Freezes every message as it is sent, so that a change after the send throws in the sender. */
  readonly development?: boolean;
  /** Decides who has the next turn; for tests and simulations. */
  readonly scheduling?: Scheduling | undefined;
  /** Told of the parts once they are together, before anything runs; for simulations, which look at all of them. */
  readonly onAssembled?: ((parts: KernelParts) => void) | undefined;
}

/** The parts of one kernel. */
export interface KernelParts extends Durability {
  readonly clock: Clock;
  readonly random: Random;
  readonly dueTimes: DueTimes;
  readonly timers: Timers;
  readonly topics: Topics;
  readonly registry: Registry;
  readonly dispatcher: Dispatcher;
  readonly shards: Shards;
  readonly deadLetters: DeadLetters;
  readonly asks: Asks;
  readonly post: Post;
  readonly delegations: Delegations;
  readonly carrier: Carrier;
  readonly store: Store | undefined;
  readonly committer: Committer | undefined;
  readonly turns: Turns;
  readonly watching: Watching;
  readonly life: Lifecycle;
  readonly nursery: Nursery;
  readonly report: (happening: KernelHappening) => void;
}

/** What the parts need of the kernel around them. */
export interface Surroundings extends CarrierHost, Household {}

type Wires = { -readonly [Part in keyof KernelParts]: KernelParts[Part] };

/** Puts a kernel together. */
export function assemble(options: KernelOptions, around: () => Surroundings): KernelParts {
  const parts = ground(options);
  parts.post = new Post({
    now: () => options.clock.now(),
    registry: parts.registry,
    dispatcher: parts.dispatcher,
    deadLetters: parts.deadLetters,
    freezes: options.development ?? false,
    failTask: ({ to, id }, error) => {
      parts.delegations.fail(to, id, error);
    },
  });
  parts.delegations = new Delegations({
    timers: parts.timers,
    depth: options.delegationDepth ?? limits.delegation.depth_hops,
    now: () => options.clock.now(),
    newId: options.newId,
    soon: (fn) => {
      options.clock.soon(fn);
    },
    pick: (to) => parts.registry.get(to)?.address ?? to,
    assign: (delegation) => parts.post.assign(delegation),
    notify: (to, event, within) => {
      parts.post.notify(to, event, within);
    },
    report: parts.report,
  });
  parts.committer = options.store === undefined ? undefined : committerOn(options.store, parts, options);
  parts.post.committer = parts.committer;
  parts.carrier = new Carrier(around(), parts.post, () => parts.committer);
  parts.turns = turnsOf(parts, options, around());
  parts.watching = new Watching({
    clock: options.clock,
    notify: (to, event) => {
      parts.post.notify(to, event, undefined);
    },
    report: parts.report,
  });
  parts.store = options.store;
  parts.roster = rosterOf(parts);
  parts.life = new Lifecycle(new Homes(parts, around()));
  parts.nursery = nurseryOf(parts, options);
  Object.assign(parts, durabilityOf(parts, options));
  options.onAssembled?.(parts);
  return parts;
}

/** What needs nothing but the options. */
function ground({ clock, random, onEvent, log, inspect, scheduling }: KernelOptions): Wires {
  const report = (happening: KernelHappening): void => {
    onEvent?.({ at: clock.wall(), ...happening });
  };
  const timers = new Timers(clock);
  const parts = {
    clock,
    random,
    dueTimes: new DueTimes(clock),
    timers,
    topics: new Topics(),
    dispatcher: new Dispatcher(
      clock,
      () => {
        parts.committer?.goOn();
      },
      scheduling,
    ),
    shards: new Shards({ timers, log: log ?? (() => {}), inspect }),
    deadLetters: new DeadLetters(clock, ({ letter, suppressed }) => {
      const { to, from, event, reason, error } = letter;
      report({ type: 'message.dead', address: to, messageType: typeOf(event), from, reason, suppressed, error });
    }),
    asks: new Asks(timers),
    report,
  } as Wires;
  parts.registry = new Registry((cell) => loadOf(cell) + parts.delegations.load(cell.address));
  return parts;
}

function turnsOf(parts: Wires, options: KernelOptions, host: Surroundings): Turns {
  const { carrier, committer, post } = parts;
  return new Turns({
    ahead:
      committer === undefined
        ? undefined
        : new RunAhead({
            host,
            carrier,
            post,
            committer,
            foresee: (cell, effect) => {
              parts.nursery.foresight.foresee(cell, effect);
            },
          }),
    carrier: parts.carrier,
    committer: parts.committer,
    post: parts.post,
    registry: parts.registry,
    shards: parts.shards,
    inspected: options.inspect !== undefined,
    log: options.log ?? (() => {}),
    onCrash: (cell, envelope, error) => {
      crashed(parts, cell, envelope, error);
    },
    onFinish: (cell) => {
      whenCommitted(parts, cell, () => {
        parts.life.finished(cell);
      });
    },
    onEnd: (cell) => {
      parts.life.finished(cell);
    },
    report: parts.report,
  });
}

function crashed(parts: KernelParts, cell: Cell, envelope: Envelope, error: unknown): void {
  parts.post.afterCrash(cell, envelope, error);
  whenCommitted(parts, cell, () => {
    parts.delegations.actorCrashed(cell.address, error, envelope.delegation);
    parts.life.failed(cell, error);
  });
}

/** What an actor did before its end is seen before its end is: it waits until that has been committed. */
function whenCommitted({ committer }: KernelParts, cell: Cell, then: () => void): void {
  if (committer === undefined || !cell.spec.durable) {
    then();
    return;
  }
  const { incarnation } = cell;
  cell.state = 'suspended';
  committer.after(cell, (failure) => {
    if (cell.state !== 'suspended' || cell.incarnation !== incarnation) return;
    cell.state = 'running';
    if (failure === undefined) then();
  });
}

function committerOn(
  store: Store,
  parts: KernelParts,
  { versions = limits.store.versions_count }: KernelOptions,
): Committer {
  return new Committer(store, parts.clock, {
    recordOf: (cell, snapshot) => parts.dueTimes.stamped(recordOf(cell, snapshot)),
    writing: (cell, record, turn) => {
      parts.roster?.writing(cell, record, turn);
    },
    keepOf: () => versions,
    carryOut: (cell, effect, envelope, acting) => {
      parts.carrier.carryOut(cell, effect, envelope, acting);
    },
    seen: (cell, snapshot) => {
      parts.turns.show(cell, snapshot);
    },
    claim: (letter) => {
      parts.post.claim(letter);
    },
    refused: (letter, error) => {
      parts.post.refuseLetter(letter, error);
    },
    rollBack: (cell, record) => {
      parts.restoring?.putBack(cell, record);
    },
    unkept: ({ passive, address }) => {
      if (passive?.kind.name !== undefined) parts.roster?.mark(address);
    },
    spoiled: (cell, error, messages) => {
      spoiled(parts, cell, error, messages);
    },
    wake: (cell) => {
      parts.dispatcher.wake(cell);
    },
    stall: (isStalled) => {
      parts.dispatcher.stall(isStalled);
    },
    isBusy: () => parts.dispatcher.isBusy,
    hasReady: () => parts.dispatcher.hasReady,
    countFrom: (id) => {
      parts.post.countFrom(id);
    },
    report: parts.report,
  });
}

/** An actor whose state can't be kept has crashed on one of the messages it has handled since it last could. */
function spoiled(parts: KernelParts, cell: Cell, error: unknown, messages: readonly Letter[]): void {
  for (const letter of messages.toReversed()) parts.post.afterCrash(cell, letter, error);
  if (cell.state !== 'running') return;
  const { incarnation } = cell;
  cell.state = 'suspended';
  parts.clock.soon(() => {
    if (cell.state !== 'suspended' || cell.incarnation !== incarnation) return;
    cell.state = 'running';
    parts.life.failed(cell, error);
  });
}

/** How busy a cell is; one that is down comes after every one that runs, however busy that is. */
function loadOf({ state, waiting }: Cell): number {
  return state === 'running' ? waiting : waiting + limits.delegation.pending_count;
}
