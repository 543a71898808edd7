// What the beginning and the end of a life mean for everybody else in the kernel: who is told, what is refused, what
// is handed back. The lifecycle decides when; this does it.

import type { EventObject, Snapshot } from 'xstate';
import type { Clock } from '../base/clock.ts';
import { RestartLimitError } from '../base/errors.ts';
import type { Random } from '../base/random.ts';
import type { Reason } from '../base/reason.ts';
import { Asks } from './asks.ts';
import type { Carrier } from './carrier.ts';
import type { Cell } from './cell.ts';
import type { Committer } from './commit.ts';
import type { Delegations } from './delegations.ts';
import type { Dispatcher } from './dispatcher.ts';
import type { KernelHappening } from './events.ts';
import type { LifeHost } from './life-host.ts';
import type { Post } from './post.ts';
import type { Registry } from './registry.ts';
import type { Shards } from './shard.ts';
import type { ChildOptions } from './spec.ts';
import type { Timers } from './timers.ts';
import type { Topics } from './topics.ts';
import type { Incarnation, Turns } from './turns.ts';
import { Watching } from './watching.ts';

/** What a life's beginning and end touch. */
export interface HomeParts {
  readonly clock: Clock;
  readonly random: Random;
  readonly timers: Timers;
  readonly shards: Shards;
  readonly dispatcher: Dispatcher;
  readonly registry: Registry;
  readonly post: Post;
  readonly delegations: Delegations;
  readonly carrier: Carrier;
  readonly committer: Committer | undefined;
  readonly turns: Turns;
  readonly topics: Topics;
  readonly watching: Watching;
  readonly nursery: { place(parent: Cell, options: ChildOptions): Cell };
  readonly report: (happening: KernelHappening) => void;
}

/** What the kernel as a whole decides. */
export interface Household {
  readonly isStopping: boolean;
  /** The root has given up. */
  fatal(error: unknown): void;
}

/** The kernel as the lifecycle sees it. */
export class Homes implements LifeHost {
  readonly #parts: HomeParts;
  readonly #around: Household;

  constructor(parts: HomeParts, around: Household) {
    this.#parts = parts;
    this.#around = around;
  }

  get timers(): Timers {
    return this.#parts.timers;
  }

  get shards(): Shards {
    return this.#parts.shards;
  }

  now(): number {
    return this.#parts.clock.now();
  }

  random(): number {
    return this.#parts.random();
  }

  report(happening: KernelHappening): void {
    this.#parts.report(happening);
  }

  wake(cell: Cell): void {
    this.#parts.dispatcher.wake(cell);
  }

  place(parent: Cell, options: ChildOptions): Cell {
    return this.#parts.nursery.place(parent, options);
  }

  carryOut(cell: Cell, effects: readonly EventObject[]): void {
    for (const effect of effects) this.#parts.carrier.carryOut(cell, effect, undefined);
  }

  incarnate(cell: Cell, snapshot: Snapshot<unknown> | undefined): Incarnation {
    return this.#parts.turns.incarnate(cell, snapshot);
  }

  recall(cell: Cell): Snapshot<unknown> | undefined {
    return cell.spec.recover === 'snapshot' ? this.#parts.committer?.recall(cell) : undefined;
  }

  incarnationEnded(cell: Cell, error: unknown): void {
    // A crash has been told, with the message that may be tried again; what a bystander had begun ends here.
    if (cell.state === 'suspended' && (error === undefined || error instanceof RestartLimitError)) {
      this.#parts.delegations.actorCrashed(cell.address, error, undefined);
    }
    Asks.refuseOpen(cell, error);
    Watching.forget(cell);
    const stash = cell.extras?.stash;
    if (stash !== undefined && stash.length > 0) this.#parts.post.requeue(cell, stash.splice(0));
  }

  ended(cell: Cell, reason: Reason, error: unknown): void {
    const { registry, post, delegations, committer, topics, watching, report } = this.#parts;
    cell.endReason = reason;
    registry.remove(cell);
    post.bury(cell);
    delegations.actorStopped(cell.address, error);
    if (cell.spec.durable && !this.#around.isStopping) committer?.forget(cell);
    if (cell.parent !== undefined) {
      const { address } = cell;
      report(
        error === undefined
          ? { type: 'actor.stopped', address, reason }
          : { type: 'actor.stopped', address, reason, error },
      );
    }
    for (const topic of cell.extras?.topics ?? []) topics.unsubscribe(topic, cell);
    watching.tell(cell, reason);
  }

  fatal(error: unknown): void {
    this.#around.fatal(error);
  }
}
