// The bounded queue of one actor: the runtime's own lanes first, then one lane a priority, first in first out within
// a lane. Lanes are lists linked through the envelopes themselves: a push and a take allocate nothing, an idle
// mailbox holds nothing. Most actors only ever use one lane, so that one is kept in the mailbox itself.

import { Priority } from '../base/priority.ts';
import type { Overflow } from '../base/supervision-options.ts';
import { type Envelope, ownLane } from './envelope.ts';

/** What became of a message that was put: kept, or which one was turned away (itself, or one that waited). */
export type PutOutcome = Envelope | undefined;

/** Where priority 0 is; the runtime's own lanes come before it. */
const firstLane = -ownLane;
const laneCount = firstLane + 11;

/** A list whose last envelope links to its first: one place to write, so one write barrier a message. */
class Lane {
  last: Envelope | undefined = undefined;

  get head(): Envelope | undefined {
    return this.last?.next;
  }

  push(envelope: Envelope): void {
    this.#insert(envelope);
    this.last = envelope;
  }

  unshift(envelope: Envelope): void {
    this.#insert(envelope);
    this.last ??= envelope;
  }

  shift(): Envelope | undefined {
    const { last } = this;
    if (last === undefined) return undefined;
    const head = last.next as Envelope;
    if (head === last) this.last = undefined;
    else last.next = head.next;
    head.next = undefined;
    return head;
  }

  /** Takes the newest; walks the lane, which is only done on overflow. */
  pop(): Envelope | undefined {
    const { last } = this;
    if (last === undefined || last.next === last) return this.shift();
    let before = last.next as Envelope;
    while (before.next !== last) before = before.next as Envelope;
    before.next = last.next;
    last.next = undefined;
    this.last = before;
    return last;
  }

  *each(): Generator<Envelope> {
    const { last } = this;
    for (let envelope = last?.next; envelope !== undefined; envelope = envelope.next) {
      yield envelope;
      if (envelope === last) return;
    }
  }

  /** Between the last and the first. */
  #insert(envelope: Envelope): void {
    const { last } = this;
    if (last === undefined) envelope.next = envelope;
    else {
      envelope.next = last.next;
      last.next = envelope;
    }
  }
}

/** A bounded mailbox with the runtime's own lanes and one lane a priority. */
export class Mailbox extends Lane {
  /** Messages that wait, without the runtime's own. */
  size = 0;
  systemSize = 0;
  /** Every lane but NORMAL, which this object is itself; made when first used. */
  #lanes: (Lane | undefined)[] | undefined = undefined;

  get isEmpty(): boolean {
    return this.size === 0 && this.systemSize === 0;
  }

  /** Puts a message of the usual priority into its lane, when there is room. @returns whether it did. */
  putNormal(envelope: Envelope, capacity: number): boolean {
    if (envelope.priority !== Priority.NORMAL || this.size >= capacity) return false;
    this.size += 1;
    this.push(envelope);
    return true;
  }

  /**
   * Puts a message into its lane.
   *
   * @returns undefined when it was kept without loss, else the message that was turned away: this one, or by policy
   * one that waited.
   */
  put(envelope: Envelope, capacity: number, systemCapacity: number, overflow: Overflow): PutOutcome {
    if (this.putNormal(envelope, capacity)) return undefined;
    if (envelope.priority < 0) {
      if (this.systemSize >= systemCapacity) return envelope;
      this.systemSize += 1;
      this.#lane(envelope.priority).push(envelope);
      return undefined;
    }
    let dropped: Envelope | undefined;
    if (this.size >= capacity) {
      dropped = this.#makeRoom(envelope, overflow);
      if (dropped === envelope) return dropped;
    }
    this.size += 1;
    if (envelope.priority === Priority.NORMAL) this.push(envelope);
    else this.#lane(envelope.priority).push(envelope);
    return dropped;
  }

  /** Puts a message back before all others of its lane, whatever the capacity: it has been counted once. */
  putBack(envelope: Envelope): void {
    if (envelope.priority < 0) this.systemSize += 1;
    else this.size += 1;
    this.#lane(envelope.priority).unshift(envelope);
  }

  /** Forgets what the incarnation that has just ended had sent itself. */
  dropOwn(): void {
    const own = this.#lanes?.[0];
    while (own?.shift() !== undefined) this.systemSize -= 1;
  }

  /** The next message: the runtime's own lanes first, then by priority. */
  take(): Envelope | undefined {
    if (this.#lanes === undefined) {
      const envelope = this.shift();
      if (envelope !== undefined) this.size -= 1;
      return envelope;
    }
    return this.#takeByPriority(this.#lanes);
  }

  /** Every message that waits, in the order in which they will be taken. */
  *[Symbol.iterator](): Generator<Envelope> {
    const lanes = this.#lanes;
    for (let index = 0; index < laneCount; index++) {
      const lane = index === Priority.NORMAL + firstLane ? this : lanes?.[index];
      if (lane !== undefined) yield* lane.each();
    }
  }

  #takeByPriority(lanes: readonly (Lane | undefined)[]): Envelope | undefined {
    const first = this.systemSize > 0 ? 0 : firstLane;
    for (let index = first; index < laneCount; index++) {
      const lane = index === Priority.NORMAL + firstLane ? this : lanes[index];
      const envelope = lane?.shift();
      if (envelope === undefined) continue;
      if (index < firstLane) this.systemSize -= 1;
      else this.size -= 1;
      return envelope;
    }
    return undefined;
  }

  /** Takes out what is not to be handled any more; walks all that waits, which is only done after a failure. */
  withdraw(isGone: (envelope: Envelope) => boolean): void {
    const kept: Envelope[] = [];
    for (let envelope = this.take(); envelope !== undefined; envelope = this.take()) {
      if (!isGone(envelope)) kept.push(envelope);
    }
    for (const envelope of kept.toReversed()) this.putBack(envelope);
  }

  #lane(priority: number): Lane {
    if (priority === Priority.NORMAL) return this;
    this.#lanes ??= Array.from({ length: laneCount }, () => undefined);
    return (this.#lanes[priority + firstLane] ??= new Lane());
  }

  #makeRoom(newcomer: Envelope, overflow: Overflow): Envelope {
    if (overflow === 'reject') return newcomer;
    const victim = overflow === 'drop-oldest' ? this.#oldest()?.shift() : this.#lowest(newcomer.priority)?.pop();
    if (victim === undefined) return newcomer;
    this.size -= 1;
    return victim;
  }

  #oldest(): Lane | undefined {
    let oldest: Lane | undefined;
    for (const lane of this.#waiting()) {
      if (oldest === undefined || (lane.head?.id ?? 0) < (oldest.head?.id ?? 0)) oldest = lane;
    }
    return oldest;
  }

  /** The least urgent lane that holds something less urgent than the newcomer. */
  #lowest(priority: number): Lane | undefined {
    const lane = this.#waiting().at(-1);
    return lane?.head !== undefined && lane.head.priority > priority ? lane : undefined;
  }

  #waiting(): Lane[] {
    const found: Lane[] = [];
    for (let priority = 0; priority < laneCount - firstLane; priority++) {
      const lane = priority === Priority.NORMAL ? this : this.#lanes?.[priority + firstLane];
      if (lane?.head !== undefined) found.push(lane);
    }
    return found;
  }
}
