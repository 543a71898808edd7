// The random peers of the `big` workload. Every actor has its own seeded sequence, so that whom it pings does not
// depend on the order in which a library delivers, and the expected sum can be computed beforehand.

/** Returns a function that gives the next target of actor `self`: an index in [0, actors) other than `self`. */
export function bigTargets(seed: number, self: number, actors: number): () => number {
  let state = (seed ^ Math.imul(self + 1, 0x9e37_79b1)) >>> 0;
  return () => {
    // mulberry32, as in src/base/random.ts
    state = (state + 0x6d2b79f5) >>> 0;
    let mixed = Math.imul(state ^ (state >>> 15), state | 1);
    mixed ^= mixed + Math.imul(mixed ^ (mixed >>> 7), mixed | 61);
    const target = ((mixed ^ (mixed >>> 14)) >>> 0) % (actors - 1);
    return target < self ? target : target + 1;
  };
}

/** The sum that all pinged actors together must arrive at. */
export function bigSum(seed: number, actors: number, pings: number): number {
  let sum = 0;
  for (let self = 0; self < actors; self += 1) {
    const next = bigTargets(seed, self, actors);
    for (let ping = 0; ping < pings; ping += 1) sum += next() + 1;
  }
  return sum;
}
