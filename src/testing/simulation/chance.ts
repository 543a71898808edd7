// Chance as users of a simulation have it: every call is a decision of the run, under a kind that names what asked.
// Value 0, the first of some things, the least of some numbers: that is what is left when a run is made small.

import type { Decisions } from '../world/decisions.ts';

/** Chance within a simulation. Everything it decides can be told, left out and repeated. */
export interface Chance {
  /** A whole number from 0 up to, and without, `count`. */
  readonly choose: (count: number) => number;
  /** Whether something happens that does about once in `oneIn` times. */
  readonly chance: (oneIn: number) => boolean;
  /** A whole number, both ends included. */
  readonly between: (least: number, most: number) => number;
  readonly pick: <Item>(items: readonly [Item, ...Item[]]) => Item;
}

/** The chance of one kind of decisions. */
export function chanceOf(decisions: Decisions, kind: string): Chance {
  return {
    choose: (count) => decisions.choose(kind, count),
    chance: (oneIn) => decisions.chance(kind, oneIn),
    between: (least, most) => decisions.between(kind, least, most),
    pick: (items) => decisions.pick(kind, items),
  };
}
