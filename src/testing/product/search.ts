// Walks every world that a product can come to, nearest first, so that the first world that breaks an invariant has a
// shortest story. Two steps that share nothing are walked in one order only: a world remembers the steps that need not be
// taken from it because they were taken before it (its sleep set, after Godefroid). That leaves out steps and never a
// world, so that invariants may ask about everything at once. The walk stops at its limit and says so.

import { type Action, isOver } from './actions.ts';
import type { Problem } from './draft.ts';
import type { Footprint } from './footprint.ts';
import { problemsIn, problemsOf, type Rules } from './invariants.ts';
import { Keys } from './keys.ts';
import type { Sightings } from './sightings.ts';
import type { Step, Steps } from './steps.ts';
import type { World } from './world.ts';

/** Something that does not hold, and the ids of the actions that lead there. */
export interface Violation extends Problem {
  readonly actions: readonly string[];
}

/** How a search ended. */
export interface SearchResult {
  readonly worlds: number;
  readonly transitions: number;
  /** Steps that were not taken since they had been taken in another order. */
  readonly spared: number;
  /** Worlds in which nothing more can happen. */
  readonly finals: ReadonlySet<string>;
  /** Keys of all worlds. */
  readonly seen: ReadonlySet<string>;
  /** The first of each invariant. */
  readonly violations: readonly Violation[];
  /** The limit that was met; undefined when there is nothing more to walk. */
  readonly cutBy: string | undefined;
}

type Sleep = ReadonlyMap<string, Footprint>;

interface Place {
  readonly before: Place | undefined;
  readonly action: string;
  /** What need not be taken from here, as it stood when the walk last came here. */
  sleep: Sleep;
}

interface Visit {
  readonly place: Place;
  readonly world: World;
  readonly actions: readonly Action[];
  readonly sleep: Sleep;
  /** When the walk has come here again: the only actions that are missing. */
  readonly only: ReadonlySet<string> | undefined;
}

/** What a search is to do. */
export interface SearchOptions {
  readonly steps: Steps;
  readonly rules: Rules;
  readonly worlds: number;
  /** Whether steps that commute are walked in one order only. */
  readonly reduces: boolean;
  readonly sightings?: Sightings;
  /** For comparing the worlds of several searches; default its own. */
  readonly keys?: Keys;
}

/** Walks a product. */
export function search(options: SearchOptions): SearchResult {
  return new Search(options).run();
}

class Search {
  readonly #options: SearchOptions;
  readonly #keys: Keys;
  readonly #places = new Map<string, Place>();
  readonly #finals = new Set<string>();
  readonly #violations = new Map<string, Violation>();
  #queue: Visit[] = [];
  #transitions = 0;
  #spared = 0;
  #isFull = false;
  #cutBy: string | undefined = undefined;

  constructor(options: SearchOptions) {
    this.#options = options;
    this.#keys = options.keys ?? new Keys();
  }

  run(): SearchResult {
    this.#arrive(this.#options.steps.begin(), undefined, '', new Map());
    while (this.#queue.length > 0) {
      const round = this.#queue;
      this.#queue = [];
      for (const visit of round) this.#expand(visit);
    }
    return {
      worlds: this.#places.size,
      transitions: this.#transitions,
      spared: this.#spared,
      finals: this.#finals,
      seen: new Set(this.#places.keys()),
      violations: [...this.#violations.values()],
      cutBy: this.#cutBy,
    };
  }

  #expand({ place, world, actions, sleep, only }: Visit): void {
    const asleep = new Map(sleep);
    for (const action of actions) {
      if (only !== undefined && !only.has(action.id)) continue;
      if (asleep.has(action.id)) {
        this.#spared += 1;
        continue;
      }
      if (this.#isFull) return;
      const step = this.#options.steps.take(world, action);
      this.#transitions += 1;
      const next = new Map<string, Footprint>();
      if (this.#options.reduces) {
        for (const [id, footprint] of asleep) if (footprint.commutesWith(step.footprint)) next.set(id, footprint);
        asleep.set(action.id, step.footprint);
      }
      this.#arrive(step, place, action.id, next);
    }
  }

  #arrive(step: Step, before: Place | undefined, action: string, sleep: Sleep): void {
    const { steps, rules, sightings } = this.#options;
    if (sightings !== undefined) for (const moment of step.moments) sightings.add(moment);
    this.#note(problemsOf(step, rules), { before, action, sleep });
    const key = this.#keys.of(step.world);
    const known = this.#places.get(key);
    if (known !== undefined) {
      this.#comeAgain(known, step.world, sleep);
      return;
    }
    if (this.#places.size >= this.#options.worlds) {
      this.#cutBy = `worlds: ${this.#options.worlds}`;
      this.#isFull = true;
      return;
    }
    const actions = steps.actions(step.world);
    const problems = problemsIn(step.world, actions, rules);
    const place = { before, action, sleep };
    this.#places.set(key, place);
    this.#note(problems, place);
    if (isOver(actions)) this.#finals.add(key);
    // A world in which something does not hold is gone on from as any other: what is left out elsewhere relies on that.
    if (problems.some(({ invariant }) => invariant === 'mailbox')) this.#cutBy ??= `mailbox: ${rules.mailbox}`;
    else this.#queue.push({ place, world: step.world, actions, sleep, only: undefined });
  }

  /** What was left out here for another way, and is not left out for this one, is walked now. */
  #comeAgain(known: Place, world: World, sleep: Sleep): void {
    const missing = new Set([...known.sleep.keys()].filter((id) => !sleep.has(id)));
    if (missing.size === 0) return;
    const both = new Map([...known.sleep].filter(([id]) => sleep.has(id)));
    known.sleep = both;
    this.#queue.push({ place: known, world, actions: this.#options.steps.actions(world), sleep: both, only: missing });
  }

  #note(problems: readonly Problem[], place: Place): void {
    for (const { invariant, message } of problems) {
      if (this.#violations.has(invariant)) continue;
      const actions: string[] = [];
      for (let at: Place | undefined = place; at?.before !== undefined; at = at.before) actions.unshift(at.action);
      this.#violations.set(invariant, { invariant, message, actions });
    }
  }
}
