// So many at a time and no more, so that the processes of a crash test leave room for each other: whoever comes when all
// lanes are taken waits for one, in the order of coming.

/** Lanes for things that take a while. */
export class Lanes {
  #free: number;
  readonly #waiting: (() => void)[] = [];

  constructor(count: number) {
    this.#free = count;
  }

  /** Calls `fn` once there is a lane for it. */
  async run<Result>(fn: () => Promise<Result>): Promise<Result> {
    if (this.#free > 0) this.#free -= 1;
    else
      await new Promise<void>((resolve) => {
        this.#waiting.push(resolve);
      });
    try {
      return await fn();
    } finally {
      const next = this.#waiting.shift();
      if (next === undefined) this.#free += 1;
      else next();
    }
  }
}
