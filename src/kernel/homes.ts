// What the beginning and the end of a life mean for everybody else in the kernel: who is told, what is refused, what
// is handed back. The lifecycle decides when; this does it.

import type { Clock } from '../base/clock.ts';
import { RestartLimitError } from '../base/errors.ts';
import type { Random } from '../base/random.ts';
import type { Reason } from '../base/reason.ts';
import { Asks } from './asks.ts';
import type { Carrier } from './carrier.ts';
import type { Cell } from './cell.ts';
import type { Committer } from './commit/commit.ts';
import type { Delegations } from './delegations.ts';
import type { Dispatcher } from './dispatcher.ts';
import type { KernelHappening } from './events.ts';
import type { LifeHost } from './life-host.ts';
import type { Post } from './post.ts';
import type { Passivation } from './recovery/passivation.ts';
import type { Recovery } from './recovery/recovery.ts';
import type { Registry } from './registry.ts';
import type { Beginning, Restoring } from './recovery/restoring.ts';
import type { Shards } from './shard.ts';
import type { ChildOptions } from './spec.ts';
import type { Timers } from './timers.ts';
import type { Topics } from './topics.ts';
import type { Turns } from './turns.ts';
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
  readonly nursery: { place(parent: Cell, options: ChildOptions): Cell; forgetSpawn(address: string): void };
  readonly restoring: Restoring | undefined;
  readonly passivation: Passivation | undefined;
  readonly recovery: Recovery | undefined;
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

  begin(cell: Cell): Beginning {
    const { restoring, turns } = this.#parts;
    if (restoring === undefined || !cell.spec.durable) return turns.incarnate(cell, undefined);
    return restoring.begin(cell, cell.incarnation === 1);
  }

  begun(cell: Cell, { effects, isFresh }: Beginning): void {
    const { committer, turns } = this.#parts;
    if (isFresh === true) {
      // What it begins with is kept, so that it begins once, however early the process ends.
      const snapshot = cell.snapshot();
      if (snapshot !== undefined) committer?.handled(cell, undefined, snapshot);
    }
    turns.begin(cell, effects);
  }

  incarnationEnding(cell: Cell): void {
    if (cell.spec.durable) this.#parts.committer?.seal(cell);
  }

  incarnationEnded(cell: Cell, error: unknown): void {
    // A crash has been told, with the message that may be tried again; what a bystander had begun ends here.
    if (cell.state === 'suspended' && (error === undefined || error instanceof RestartLimitError)) {
      this.#parts.delegations.actorCrashed(cell.address, error, undefined);
    }
    Asks.refuseOpen(cell, error);
    Watching.forget(cell);
    if (!this.#around.isStopping) this.#endChildren(cell);
    this.#bringBackStash(cell);
  }

  /**
   * What an actor had put aside waits for its next incarnation. When that is to go on from a state that has put it
   * aside, it stays there; so it does in the store, when the kernel stops.
   */
  #bringBackStash(cell: Cell): void {
    const { restoring, post } = this.#parts;
    const stash = cell.extras?.stash;
    if (stash === undefined || stash.length === 0) return;
    const isKept = restoring !== undefined && cell.spec.durable && cell.spec.recover === 'snapshot';
    if (isKept && cell.state === 'suspended') return;
    const back = stash.splice(0);
    post.requeue(cell, isKept && this.#around.isStopping ? back.filter(({ ask }) => ask !== undefined) : back);
  }

  /** Actors below it that are not in memory end with it, as the others do. */
  #endChildren(cell: Cell): void {
    const { passivation, watching } = this.#parts;
    for (const { address, extras } of passivation?.endChildrenOf(cell) ?? []) {
      this.report({ type: 'actor.stopped', address, reason: 'shutdown' });
      watching.tell({ address, extras }, 'shutdown');
    }
  }

  ended(cell: Cell, reason: Reason, error: unknown): void {
    const { registry, post, delegations, topics, watching, report } = this.#parts;
    cell.endReason = reason;
    registry.remove(cell);
    post.bury(cell);
    delegations.actorStopped(cell.address, error);
    if (cell.spec.durable) this.#forget(cell);
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

  /** What is kept of an actor goes with it, unless it is only the process that ends. */
  #forget(cell: Cell): void {
    const { restoring, nursery, passivation, recovery } = this.#parts;
    passivation?.ended(cell);
    if (this.#around.isStopping) return;
    if (restoring?.isQuarantined(cell) === true) {
      recovery?.disown(cell.address);
      return;
    }
    restoring?.forget(cell);
    nursery.forgetSpawn(cell.address);
  }

  fatal(error: unknown): void {
    this.#around.fatal(error);
  }
}
