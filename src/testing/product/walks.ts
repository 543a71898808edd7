// Random walks through a product: far into it, where a search can't go. Each walk is a function of its seed, and ends
// where nothing more can happen, where something does not hold, or at its length.

import { type Random, seededRandom } from '../../base/random.ts';
import { problemsIn, problemsOf, type Rules } from './invariants.ts';
import { Keys } from './keys.ts';
import type { Violation } from './search.ts';
import type { Sightings } from './sightings.ts';
import type { Steps } from './steps.ts';

/** What is to be walked. */
export interface WalkOptions {
  readonly steps: Steps;
  readonly rules: Rules;
  readonly walks: number;
  /** At most so many steps a walk. */
  readonly length: number;
  readonly seed: number;
  readonly sightings?: Sightings;
}

/** A violation that a walk has come to. */
export interface WalkViolation extends Violation {
  /** The seed of the one walk that found it. */
  readonly seed: number;
}

/** How the walks went. */
export interface WalksResult {
  readonly walks: number;
  readonly transitions: number;
  /** Different worlds. */
  readonly worlds: number;
  /** Walks that went as far as they might, and could have gone further. */
  readonly cut: number;
  /** The first of each invariant. */
  readonly violations: readonly WalkViolation[];
}

/** Walks. Walk n has the seed `seed + n`. */
export function walk({ steps, rules, walks, length, seed, sightings }: WalkOptions): WalksResult {
  const keys = new Keys();
  const worlds = new Set<string>();
  const violations = new Map<string, WalkViolation>();
  let transitions = 0;
  let cut = 0;
  for (let nth = 0; nth < walks; nth++) {
    const own = seed + nth;
    const random = seededRandom(own);
    const story: string[] = [];
    let step = steps.begin();
    for (;;) {
      if (sightings !== undefined) for (const moment of step.moments) sightings.add(moment);
      worlds.add(keys.of(step.world));
      const actions = steps.actions(step.world);
      const problems = [...problemsOf(step, rules), ...problemsIn(step.world, actions, rules)];
      for (const problem of problems) {
        if (!violations.has(problem.invariant))
          violations.set(problem.invariant, { ...problem, actions: [...story], seed: own });
      }
      const action = problems.length > 0 ? undefined : pick(actions, random);
      if (action === undefined) break;
      if (story.length >= length) {
        cut += 1;
        break;
      }
      story.push(action.id);
      step = steps.take(step.world, action);
      transitions += 1;
    }
  }
  return { walks, transitions, worlds: worlds.size, cut, violations: [...violations.values()] };
}

function pick<Item>(items: readonly Item[], random: Random): Item | undefined {
  return items[Math.floor(random() * items.length)];
}
