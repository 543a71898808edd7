// Which actors have been idle longest: one queue for each length of time that actors may be idle, each in the order
// of their last activity, over one timer of the kernel. Noting an activity moves an entry to the end of its queue.

import type { Clock } from '../../base/clock.ts';
import type { Cell } from '../cell.ts';
import type { Timer, Timers } from '../timers.ts';

/** What an idle queue needs. */
export interface IdleQueueParts {
  readonly clock: Clock;
  readonly timers: Timers;
  /** How many may be in it before those that have been idle longest are put out early. */
  readonly most: number;
  /** Told of actors that have been idle long enough, in batches. @returns whether it may leave as far as can be seen now. */
  readonly onIdle: (cell: Cell) => boolean;
}

const batch_actors = 1_000;
/** Actors that have something open are looked at again later; so many of them in a row end a sweep. */
const refused_actors = 64;

/** Actors by how long they have been idle. */
export class IdleQueue {
  readonly #parts: IdleQueueParts;
  readonly #queues = new Map<number, Map<Cell, number>>();
  #size = 0;
  #timer: Timer | undefined = undefined;
  #isSweeping = false;

  constructor(parts: IdleQueueParts) {
    this.#parts = parts;
  }

  /** An actor has done something. */
  touch(cell: Cell, idleMs: number): void {
    let queue = this.#queues.get(idleMs);
    if (queue === undefined) {
      queue = new Map();
      this.#queues.set(idleMs, queue);
    }
    if (!queue.delete(cell)) this.#size += 1;
    queue.set(cell, this.#parts.clock.now());
    if (this.#size > this.#parts.most) this.#sweepSoon();
    else if (this.#timer === undefined) this.#arm();
  }

  /** An actor is not in memory any more. */
  forget(cell: Cell, idleMs: number): void {
    if (this.#queues.get(idleMs)?.delete(cell) === true) this.#size -= 1;
  }

  #arm(): void {
    let next = Number.POSITIVE_INFINITY;
    for (const [idleMs, queue] of this.#queues) {
      const [first] = queue.values();
      if (first !== undefined) next = Math.min(next, first + idleMs);
    }
    if (next === Number.POSITIVE_INFINITY) return;
    this.#timer = this.#parts.timers.setAt(next, () => {
      this.#timer = undefined;
      this.#sweep();
    });
  }

  #sweepSoon(): void {
    if (this.#isSweeping) return;
    this.#isSweeping = true;
    this.#parts.clock.yieldThen(() => {
      this.#isSweeping = false;
      this.#sweep();
    });
  }

  /** Puts out who has been idle long enough, and of more than there may be those that have been idle longest. */
  #sweep(): void {
    const now = this.#parts.clock.now();
    const heads = [...this.#queues].map(([idleMs, queue]) => new Head(idleMs, queue));
    let put = 0;
    let refused = 0;
    while (put < batch_actors && refused < refused_actors) {
      const head = longestIdle(heads);
      const cell = head?.cell;
      if (head === undefined || cell === undefined) break;
      if (head.dueAt > now && this.#size <= this.#parts.most) break;
      head.next();
      this.forget(cell, head.idleMs);
      if (this.#parts.onIdle(cell)) put += 1;
      else refused += 1;
    }
    if (put === batch_actors) this.#sweepSoon();
    else if (this.#timer === undefined) this.#arm();
  }
}

/**
 * The front of a queue while it is being emptied. One iterator for all of it: a map that has lost many of its first
 * entries is slow to find the first of the rest.
 */
class Head {
  readonly idleMs: number;
  cell: Cell | undefined = undefined;
  dueAt = Number.POSITIVE_INFINITY;
  readonly #entries: Iterator<[Cell, number]>;

  constructor(idleMs: number, queue: ReadonlyMap<Cell, number>) {
    this.idleMs = idleMs;
    this.#entries = queue.entries();
    this.next();
  }

  next(): void {
    const { done, value } = this.#entries.next();
    this.cell = done === true ? undefined : value[0];
    this.dueAt = done === true ? Number.POSITIVE_INFINITY : value[1] + this.idleMs;
  }
}

function longestIdle(heads: readonly Head[]): Head | undefined {
  let longest: Head | undefined;
  for (const head of heads) if (longest === undefined || head.dueAt < longest.dueAt) longest = head;
  return longest;
}
