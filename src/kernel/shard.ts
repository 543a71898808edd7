// XState roots that cells share. A root of its own for each cell would cost 1.8 KB and twice the send time; one
// root for all would make a stop as slow as all pending timers together. So a bounded number of cells live under
// one root, and full or empty roots cost nothing to find. Nothing is ever sent through a root.

import {
  type ActorLogic,
  type AnyActor,
  type AnyActorRef,
  type AnyActorScope,
  createActor,
  type EventObject,
  type InspectionEvent,
  type Snapshot,
} from 'xstate';
import { limits } from '../base/limits.ts';
import { type Delay, Delays } from './recovery/delays.ts';
import type { HostedLogic } from './step.ts';
import type { Timer, Timers } from './timers.ts';

/** What is told of what happens inside XState, for inspectors such as Stately's. */
export type Inspector = (event: InspectionEvent) => void;

export interface ShardOptions {
  readonly timers: Timers;
  readonly log: (...args: unknown[]) => void;
  readonly inspect: Inspector | undefined;
}

type RootSnapshot = Snapshot<undefined>;

/** One XState root and how many cells it holds. */
export class Shard {
  readonly #root: AnyActor;
  #scope: AnyActorScope | undefined;
  readonly #capacity: number;
  readonly #delays: Delays;
  cells = 0;

  constructor({ timers, log, inspect }: ShardOptions, capacity: number) {
    this.#capacity = capacity;
    const logic: ActorLogic<RootSnapshot, EventObject> = {
      transition: (snapshot) => snapshot,
      getInitialSnapshot: (scope) => {
        this.#scope = scope;
        return { status: 'active', output: undefined, error: undefined };
      },
      getPersistedSnapshot: (snapshot) => snapshot,
    };
    this.#root = createActor(logic, {
      clock: {
        setTimeout: (fn: () => void, delayMs: number): Timer =>
          this.#delays.arm((fire) => timers.set(delayMs, fire), fn),
        clearTimeout: (timer: Timer) => {
          timers.cancel(timer);
        },
      },
      logger: log,
      ...(inspect === undefined ? {} : { inspect: guarded(inspect) }),
    });
    this.#delays = new Delays(this.#root.system);
    this.#root.start();
  }

  /** What the actors under this root wait for; undefined when that is nothing. */
  get delays(): Delays | undefined {
    return this.#delays.isEmpty ? undefined : this.#delays;
  }

  /** Sets a delay again that a kept actor was waiting for. */
  delay(source: AnyActorRef, target: AnyActorRef, kept: Pick<Delay, 'id' | 'event'>, delayMs: number): void {
    this.#delays.restore(source, target, kept, delayMs);
  }

  get isFull(): boolean {
    return this.cells >= this.#capacity;
  }

  /** Whether it is for one actor only. */
  get isAlone(): boolean {
    return this.#capacity === 1;
  }

  /** Makes an actor under this root; it has not been started yet. */
  create(logic: HostedLogic, id: string, input: unknown, snapshot: Snapshot<unknown> | undefined): AnyActor {
    this.cells += 1;
    return createActor(
      logic,
      snapshot === undefined ? { id, parent: this.#root, input } : { id, parent: this.#root, input, snapshot },
    );
  }

  /** Stops an actor of this root with everything it invoked or spawned. */
  remove(actor: AnyActor): void {
    this.cells -= 1;
    this.#scope?.stopChild(actor);
    this.#delays.drop(actor);
  }

  close(): void {
    this.#root.stop();
  }
}

/** The shards of a kernel. */
export class Shards {
  readonly #options: ShardOptions;
  readonly #open: Shard[] = [];
  readonly #all = new Set<Shard>();

  constructor(options: ShardOptions) {
    this.#options = options;
  }

  /** A shard with room; `alone` gives one that nobody else shares. */
  take(alone = false): Shard {
    if (alone) return this.#make(1);
    for (let last = this.#open.at(-1); last !== undefined; last = this.#open.at(-1)) {
      if (!last.isFull) return last;
      this.#open.pop();
    }
    const shard = this.#make(limits.shard.actors_count);
    this.#open.push(shard);
    return shard;
  }

  close(): void {
    for (const shard of this.#all) shard.close();
    this.#all.clear();
    this.#open.length = 0;
  }

  /** Takes an actor out of its shard; a shard with room again is used again, an empty one beyond that is let go. */
  release(shard: Shard, actor: AnyActor): void {
    const wasFull = shard.isFull;
    shard.remove(actor);
    if (shard.isAlone) this.#drop(shard);
    else if (wasFull && !this.#open.includes(shard)) this.#open.unshift(shard);
    else if (shard.cells === 0 && this.#open.length > 1) this.#drop(shard);
  }

  #make(capacity: number): Shard {
    const shard = new Shard(this.#options, capacity);
    this.#all.add(shard);
    return shard;
  }

  #drop(shard: Shard): void {
    const index = this.#open.indexOf(shard);
    if (index >= 0) this.#open.splice(index, 1);
    this.#all.delete(shard);
    shard.close();
  }
}

/** An inspector that throws is no reason to end the turn of the actor it looks at. */
function guarded(inspect: Inspector): Inspector {
  return (event) => {
    try {
      inspect(event);
    } catch {
      // It looks on; there is nobody it could tell.
    }
  };
}
