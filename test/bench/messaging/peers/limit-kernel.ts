// The hand-written limit: what an actor runtime on Node costs when it does nothing but deliver. A ring mailbox per actor,
// a ring of ready actors, try/catch around the handler, batches of 64, a yield to the event loop every 2,048 messages.
// No addresses, priorities, supervision, bounds or envelopes: every other row is read as a multiple of this one.

const batch = 64;
const slice = 2_048;

// `Array.from` is several times slower, and creation is measured
// oxlint-disable-next-line unicorn/no-new-array
const empty = <T>(capacity: number): (T | undefined)[] => new Array<T | undefined>(capacity).fill(undefined);

/** A growing ring with a power of two of places. */
class Ring<T> {
  #places: (T | undefined)[];
  #mask: number;
  #head = 0;
  #size = 0;

  constructor(capacity: number) {
    this.#places = empty<T>(capacity);
    this.#mask = capacity - 1;
  }

  get size(): number {
    return this.#size;
  }

  push(item: T): void {
    if (this.#size > this.#mask) this.#grow();
    this.#places[(this.#head + this.#size) & this.#mask] = item;
    this.#size += 1;
  }

  shift(): T | undefined {
    if (this.#size === 0) return undefined;
    const head = this.#head;
    const item = this.#places[head];
    this.#places[head] = undefined;
    this.#head = (head + 1) & this.#mask;
    this.#size -= 1;
    return item;
  }

  #grow(): void {
    const capacity = (this.#mask + 1) * 2;
    const places = empty<T>(capacity);
    for (let i = 0; i < this.#size; i += 1) places[i] = this.#places[(this.#head + i) & this.#mask];
    this.#places = places;
    this.#mask = capacity - 1;
    this.#head = 0;
  }
}

/** An actor of messages `M`. */
export abstract class LimitActor<M> {
  readonly mailbox = new Ring<M>(8);
  readonly #dispatcher: Dispatcher;
  readonly name: string;
  ready = false;
  stopped = false;

  constructor(dispatcher: Dispatcher, name: string) {
    this.#dispatcher = dispatcher;
    this.name = name;
    dispatcher.actors.set(name, this);
  }

  abstract receive(message: M): void;

  tell(message: M): void {
    if (this.stopped) return;
    this.mailbox.push(message);
    if (!this.ready) {
      this.ready = true;
      this.#dispatcher.schedule(this);
    }
  }

  stop(): void {
    this.stopped = true;
    this.#dispatcher.actors.delete(this.name);
  }

  /** Handles up to one batch; returns how many messages it handled. */
  work(): number {
    let handled = 0;
    while (handled < batch) {
      const message = this.mailbox.shift();
      if (message === undefined || this.stopped) break;
      handled += 1;
      try {
        this.receive(message);
      } catch (error) {
        this.#dispatcher.failed(this, error);
      }
    }
    return handled;
  }
}

interface Ready {
  readonly mailbox: { readonly size: number };
  ready: boolean;
  work(): number;
}

/** Runs ready actors in turn. */
export class Dispatcher {
  readonly actors = new Map<string, unknown>();
  readonly #ready = new Ring<Ready>(64);
  readonly #drain = (): void => this.drain();
  #scheduled = false;
  #budget = slice;

  schedule(actor: Ready): void {
    this.#ready.push(actor);
    if (!this.#scheduled) {
      this.#scheduled = true;
      queueMicrotask(this.#drain);
    }
  }

  failed(actor: unknown, error: unknown): void {
    queueMicrotask(() => {
      throw new Error('A benchmark actor failed.', { cause: { actor, error } });
    });
  }

  drain(): void {
    for (let actor = this.#ready.shift(); actor !== undefined; actor = this.#ready.shift()) {
      this.#budget -= actor.work();
      if (actor.mailbox.size > 0) this.#ready.push(actor);
      else actor.ready = false;
      if (this.#budget <= 0) {
        this.#budget = slice;
        if (this.#ready.size === 0) break;
        setImmediate(this.#drain);
        return;
      }
    }
    this.#scheduled = false;
  }
}
