// A promise that actors resolve from their handlers: how a workload learns that its last message was handled.
// (`Promise.withResolvers` needs Node 22.)

/** A promise with its resolver beside it. */
export class Signal<T = void> {
  readonly promise: Promise<T>;
  resolve!: (value: T) => void;

  constructor() {
    this.promise = new Promise((resolve) => {
      this.resolve = resolve;
    });
  }
}

/** Resolves when `arrive` was called `count` times. */
export class Countdown {
  readonly #signal = new Signal();
  #left: number;

  constructor(count: number) {
    this.#left = count;
  }

  get promise(): Promise<void> {
    return this.#signal.promise;
  }

  arrive(): void {
    this.#left -= 1;
    if (this.#left === 0) this.#signal.resolve();
  }
}
