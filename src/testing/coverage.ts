// What the stories of a machine have seen of it: states that were active, transitions that were taken, and what each
// guard said. Counted from the stories that can happen, each of which the real actor has to follow step by step; so it
// is never more than what was performed.

import type { ModelGraph } from './model-graph.ts';
import type { Story } from './stories.ts';
import type { ModelStep } from './watched.ts';

/** How much of something was seen. */
export interface Share {
  readonly seen: number;
  readonly all: number;
  /** Rounded down, so that 100 means all. */
  readonly percent: number;
}

/** What has been seen of one machine. */
export interface ModelCoverage {
  readonly states: Share;
  readonly transitions: Share;
  /** Guards that were seen both true and false. */
  readonly guards: Share;
  /** Names of what was not seen. */
  readonly missed: {
    readonly states: readonly string[];
    readonly transitions: readonly string[];
    /** `waiting on job.start [ready] to working: never false`. */
    readonly guards: readonly string[];
  };
}

/** Collects what was seen. */
export class CoverageRecord {
  readonly #graph: ModelGraph;
  readonly states = new Set<string>();
  readonly transitions = new Set<string>();
  readonly passed = new Set<string>();
  readonly refused = new Set<string>();

  constructor(graph: ModelGraph) {
    this.#graph = graph;
  }

  add({ steps }: Story): void {
    for (const step of steps) this.#addStep(step);
  }

  #addStep({ visited, microsteps, guards }: ModelStep): void {
    for (const id of visited) this.states.add(id);
    for (const { taken } of microsteps) for (const key of taken) this.transitions.add(key);
    for (const { key, passed } of guards) (passed ? this.passed : this.refused).add(key);
  }

  /** What a guard has never said; undefined when it has said both. */
  guardGap(key: string): string | undefined {
    if (!this.passed.has(key) && !this.refused.has(key)) return 'never asked';
    if (!this.passed.has(key)) return 'never true';
    return this.refused.has(key) ? undefined : 'never false';
  }

  coverage(): ModelCoverage {
    const states = [...this.#graph.states.values()];
    const transitions = [...this.#graph.transitions.values()];
    const guarded = transitions.filter(({ guard }) => guard !== undefined);
    const missedStates = states.filter(({ id }) => !this.states.has(id));
    const missedTransitions = transitions.filter(({ key }) => !this.transitions.has(key));
    const missedGuards = guarded.flatMap(({ key, name }) => {
      const gap = this.guardGap(key);
      return gap === undefined ? [] : [`${name}: ${gap}`];
    });
    return {
      states: share(states.length, missedStates.length),
      transitions: share(transitions.length, missedTransitions.length),
      guards: share(guarded.length, missedGuards.length),
      missed: {
        states: missedStates.map(({ name }) => name),
        transitions: missedTransitions.map(({ name }) => name),
        guards: missedGuards,
      },
    };
  }
}

function share(all: number, missed: number): Share {
  return { seen: all - missed, all, percent: all === 0 ? 100 : Math.floor(((all - missed) * 100) / all) };
}
