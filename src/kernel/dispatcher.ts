// Gives ready cells their turns, one after the other, in the order they became ready. A cell handles at most a
// batch before the next one's turn, and after a slice (by count or by time, whichever comes first) the event loop
// gets its own. Delivery is only ever a put into a mailbox, so no handling nests in another, however long the ring.

import type { Clock } from '../base/clock.ts';
import { limits } from '../base/limits.ts';
import type { Cell } from './cell.ts';

const { batch_messages: batch, clockCheck_messages: checkEvery, slice_messages: slice, slice_ms } = limits.dispatcher;

const quickStartsInARow = 64;

/** Decides in the dispatcher's place; for tests and simulations, where it comes from a seed. */
export interface Scheduling {
  /** Which of the ready actors has its turn next, 0 being the one that has waited longest. */
  pick(ready_count: number): number;
  /** How many messages an actor handles at most in its turn. */
  messages(most: number): number;
  /** Whether the slice ends after a turn; what durable actors did in it is committed together. */
  endsSlice(): boolean;
}

/** The run queue of a kernel. */
export class Dispatcher {
  readonly #clock: Clock;
  #head: Cell | undefined = undefined;
  #tail: Cell | undefined = undefined;
  #scheduled = false;
  /** Starts since the event loop last had its turn for sure: callers that await answers in a loop must not starve it. */
  #quickStarts = 0;
  #idleWaiters: (() => void)[] = [];
  /** Whether durable cells have to wait for the store. */
  #isStalled = false;
  /** Durable cells whose turn came meanwhile. */
  #parked: Cell[] = [];
  readonly #afterSlice: (() => void) | undefined;
  readonly #scheduling: Scheduling | undefined;
  /** Messages handled so far. */
  handled = 0;

  /**
   * @param afterSlice - Called at the end of every slice.
   * @param scheduling - Without it, actors have their turns in the order in which they became ready.
   */
  constructor(clock: Clock, afterSlice?: () => void, scheduling?: Scheduling) {
    this.#clock = clock;
    this.#afterSlice = afterSlice;
    this.#scheduling = scheduling;
  }

  /** Whether a slice is under way or going to come. */
  get isBusy(): boolean {
    return this.#scheduled;
  }

  /** Whether a cell waits for its turn. */
  get hasReady(): boolean {
    return this.#head !== undefined;
  }

  /** Lets durable cells wait, or have their turns again in the order they would have had them. */
  stall(isStalled: boolean): void {
    if (this.#isStalled === isStalled) return;
    this.#isStalled = isStalled;
    if (isStalled) return;
    for (const cell of this.#parked.splice(0)) this.#push(cell);
    if (this.#scheduled) return;
    if (this.#head !== undefined) this.#schedule();
    else this.#tellIdle();
  }

  /** Lets a cell have its turn, if it is ready and doesn't wait for one. */
  wake(cell: Cell): void {
    if (cell.isReady && !cell.queued) this.enqueue(cell);
  }

  /** Lets a cell that is ready, and does not wait for its turn, have one. */
  enqueue(cell: Cell): void {
    cell.queued = true;
    this.#push(cell);
    if (!this.#scheduled) this.#schedule();
  }

  #schedule(): void {
    this.#scheduled = true;
    this.#quickStarts += 1;
    if (this.#quickStarts < quickStartsInARow) {
      this.#clock.soon(this.#drain);
    } else {
      this.#quickStarts = 0;
      this.#clock.yieldThen(this.#drain);
    }
  }

  /** Resolves when no cell is ready. */
  idle(): Promise<void> {
    if (!this.#scheduled && this.#parked.length === 0) return Promise.resolve();
    return new Promise((resolve) => {
      this.#idleWaiters.push(resolve);
    });
  }

  readonly #drain = (): void => {
    this.handled +=
      this.#scheduling === undefined ? this.#work(this.#clock.now() + slice_ms) : this.#workBy(this.#scheduling);
    if (this.#afterSlice === undefined || this.#head === undefined) this.#finish();
    else this.#clock.yieldThen(this.#finish); // a full slice was long, and what comes after it may be, too
  };

  readonly #finish = (): void => {
    this.#afterSlice?.();
    if (this.#head === undefined) this.#rest();
    else this.#clock.yieldThen(this.#drain);
  };

  /** One slice. A function of its own: V8 optimizes a loop that is entered often and never its rare surroundings. */
  #work(until: number): number {
    let handled = 0;
    let checkAt: number = checkEvery;
    let late = false;
    for (let cell = this.#shift(); cell !== undefined; cell = this.#shift()) {
      if (this.#isStalled && cell.spec.durable) {
        this.#parked.push(cell);
        continue;
      }
      for (let turn = 0; turn < batch && !late;) {
        const count = cell.run(checkEvery);
        turn += count;
        handled += count;
        if (handled >= checkAt) {
          late = this.#clock.now() >= until;
          checkAt = handled + checkEvery;
        }
        if (count < checkEvery) break;
      }
      // A cell stays marked while it runs: what it sends to itself must not queue it a second time.
      if (cell.isReady) this.#push(cell);
      else cell.queued = false;
      if (late || handled >= slice) break;
    }
    return handled;
  }

  /** One slice, as somebody else decides. */
  #workBy(scheduling: Scheduling): number {
    let handled = 0;
    for (let ready = this.#countReady(); ready > 0; ready = this.#countReady()) {
      for (let place = scheduling.pick(ready); place > 0; place -= 1) this.#push(this.#shift() as Cell);
      const cell = this.#shift() as Cell;
      if (this.#isStalled && cell.spec.durable) {
        this.#parked.push(cell);
        continue;
      }
      handled += cell.run(scheduling.messages(batch));
      if (cell.isReady) this.#push(cell);
      else cell.queued = false;
      if (scheduling.endsSlice()) break;
    }
    return handled;
  }

  #countReady(): number {
    let ready = 0;
    for (let cell = this.#head; cell !== undefined; cell = cell.nextReady) ready += 1;
    return ready;
  }

  #rest(): void {
    this.#scheduled = false;
    if (this.#parked.length === 0) this.#tellIdle();
  }

  #tellIdle(): void {
    const waiters = this.#idleWaiters;
    this.#idleWaiters = [];
    for (const waiter of waiters) waiter();
  }

  #push(cell: Cell): void {
    if (this.#tail === undefined) this.#head = cell;
    else this.#tail.nextReady = cell;
    this.#tail = cell;
  }

  #shift(): Cell | undefined {
    const cell = this.#head;
    if (cell === undefined) return undefined;
    this.#head = cell.nextReady;
    if (this.#head === undefined) this.#tail = undefined;
    cell.nextReady = undefined;
    return cell;
  }
}
