// The list that every check writes to, so that all mistakes of a topology are told at once. A problem has a path, says
// what is wrong with the value received, and what would mend it. Two checks may find one mistake: it is kept once.

import { type TopologyProblem, describeError } from '../base/errors.ts';
import { printable } from '../base/printable.ts';

/** Collects what is wrong. */
export class Problems {
  readonly found: TopologyProblem[] = [];
  readonly #known = new Set<string>();

  add(path: string, problem: string, mend: string): void {
    const id = `${path}\n${problem}`;
    if (this.#known.has(id)) return;
    this.#known.add(id);
    this.found.push(Object.freeze({ path, problem, mend }));
  }
}

const plainKey = /^[\w$-]{1,80}$/;

/** A path with one more step; keys that are no plain words are quoted and shortened. */
export function pathTo(path: string, key: string): string {
  if (!plainKey.test(key)) return `${path}["${printable(key, 60)}"]`;
  return path === '' ? key : `${path}.${key}`;
}

/** What an action returned, or what it threw, in words. Users' objects may throw on any access. */
export type Attempt<Value> =
  | { readonly ok: true; readonly value: Value }
  | { readonly ok: false; readonly reason: string };

/** Does something with a value that may be hostile. */
export function attempt<Value>(action: () => Value): Attempt<Value> {
  try {
    return { ok: true, value: action() };
  } catch (thrown) {
    return { ok: false, reason: printable(describeError(thrown)) };
  }
}

/** The known word that was probably meant, if one is near enough. */
function nearest(word: string, known: Iterable<string>): string | undefined {
  if (word.length > 60) return undefined;
  const allowed = word.length <= 3 ? 1 : Math.max(2, Math.floor(word.length / 3));
  let best: string | undefined;
  let bestDistance = allowed + 1;
  for (const candidate of known) {
    const distance = editDistance(word.toLowerCase(), candidate.toLowerCase());
    if (distance < bestDistance) [best, bestDistance] = [candidate, distance];
  }
  return best;
}

/** ` Did you mean 'x'?`, or the known words when none is near. */
export function suggestion(word: string, known: readonly string[]): string {
  const meant = nearest(word, known);
  if (meant !== undefined) return `Did you mean '${meant}'?`;
  return known.length === 0
    ? 'There is none to choose from.'
    : `Known: ${known.slice(0, 30).join(', ')}${known.length > 30 ? ' …' : ''}.`;
}

/** Letters to insert, remove, replace or swap with their neighbour to make one word of the other. */
function editDistance(a: string, b: string): number {
  let before: number[] = [];
  let above = Array.from({ length: b.length + 1 }, (_, index) => index);
  for (let i = 1; i <= a.length; i++) {
    const row = [i];
    for (let j = 1; j <= b.length; j++) {
      const replaced = at(above, j - 1) + (a[i - 1] === b[j - 1] ? 0 : 1);
      row[j] = Math.min(replaced, at(above, j) + 1, at(row, j - 1) + 1);
      const swapped = i > 1 && j > 1 && a[i - 1] === b[j - 2] && a[i - 2] === b[j - 1];
      if (swapped) row[j] = Math.min(at(row, j), at(before, j - 2) + 1);
    }
    [before, above] = [above, row];
  }
  return at(above, b.length);
}

function at(row: readonly number[], index: number): number {
  return row[index] ?? Number.POSITIVE_INFINITY;
}
