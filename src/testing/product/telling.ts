// Tells a story again from the ids of its actions: what can't happen is left out, the first thing that does not hold ends
// it. So any part of a story is a story, which is what lets a long one be made short.

import type { Problem } from './draft.ts';
import { problemsIn, problemsOf, type Rules } from './invariants.ts';
import type { Steps } from './steps.ts';
import type { World } from './world.ts';

/** A story as it was told. */
export interface Telling {
  /** The actions that did happen. */
  readonly actions: readonly string[];
  /** What happened, in words. */
  readonly lines: readonly string[];
  readonly world: World;
  /** What does not hold at its end. */
  readonly problems: readonly Problem[];
}

/** Tells a story. */
export function tell(steps: Steps, rules: Rules, story: Iterable<string>): Telling {
  const actions: string[] = [];
  const lines: string[] = [];
  let step = steps.begin();
  let next = steps.actions(step.world);
  const problems = (): readonly Problem[] => [...problemsOf(step, rules), ...problemsIn(step.world, next, rules)];
  let found = problems();
  for (const id of story) {
    if (found.length > 0) break;
    const action = next.find((each) => each.id === id);
    if (action === undefined) continue;
    step = steps.take(step.world, action);
    next = steps.actions(step.world);
    actions.push(id);
    lines.push(step.line);
    found = problems();
  }
  return { actions, lines, world: step.world, problems: found };
}

/**
 * The shortest story found that breaks the same invariant: parts are left out, large ones first, until no single action
 * can be spared (delta debugging, after Zeller).
 */
export function shrink(steps: Steps, rules: Rules, invariant: string, story: readonly string[]): readonly string[] {
  const attempt = (actions: readonly string[]): readonly string[] | undefined => {
    const told = tell(steps, rules, actions);
    return told.problems.some((problem) => problem.invariant === invariant) ? told.actions : undefined;
  };
  let shortest = attempt(story) ?? story;
  for (let size = Math.ceil(shortest.length / 2); size >= 1;) {
    const shorter = withoutPart(shortest, size, attempt);
    if (shorter !== undefined) shortest = shorter;
    else if (size === 1) break;
    size = Math.max(1, Math.min(shorter === undefined ? Math.floor(size / 2) : size, Math.ceil(shortest.length / 2)));
  }
  return shortest;
}

function withoutPart(
  story: readonly string[],
  size: number,
  attempt: (actions: readonly string[]) => readonly string[] | undefined,
): readonly string[] | undefined {
  for (let from = story.length - size; from > -size; from -= size) {
    const start = Math.max(from, 0);
    const told = attempt([...story.slice(0, start), ...story.slice(from + size)]);
    if (told !== undefined && told.length < story.length) return told;
  }
  return undefined;
}
