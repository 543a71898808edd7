// The one door to randomness. A seeded source makes a run repeatable; the system source is for real life. Nothing
// else in the house draws a number.

/** A source of numbers in [0, 1). */
export type Random = () => number;

/** Numbers that nobody can foretell. */
export const systemRandom: Random = () => Math.random();

/**
 * The same numbers for the same seed.
 *
 * The generator is mulberry32: 32 bits of state, public domain, by Tommy Ettinger.
 */
export function seededRandom(seed: number): Random {
  let state = seed >>> 0;
  return () => {
    state = (state + 0x6d2b79f5) >>> 0;
    let mixed = Math.imul(state ^ (state >>> 15), state | 1);
    mixed ^= mixed + Math.imul(mixed ^ (mixed >>> 7), mixed | 61);
    return ((mixed ^ (mixed >>> 14)) >>> 0) / 4_294_967_296;
  };
}
