// Looks up states of a chart and decides where an arrow may touch. Neither Graphviz nor mermaid can draw an arrow
// between a box and something inside that same box, so such an arrow starts or ends at a state within.

import type { ChartState, Statechart } from './statechart.ts';

/** A chart with its states by id and their parents. */
export class ChartIndex {
  readonly #states = new Map<string, ChartState>();
  readonly #parents = new Map<string, string>();

  constructor(chart: Statechart) {
    this.#add(chart.root, undefined);
  }

  #add(state: ChartState, parent: string | undefined): void {
    this.#states.set(state.id, state);
    if (parent !== undefined) this.#parents.set(state.id, parent);
    for (const child of state.states) this.#add(child, state.id);
  }

  get(id: string): ChartState | undefined {
    return this.#states.get(id);
  }

  parent(id: string): string | undefined {
    return this.#parents.get(id);
  }

  /** Whether a state is drawn as a box with others inside. */
  isBox(id: string): boolean {
    return (this.get(id)?.states.length ?? 0) > 0;
  }

  /** Whether `inner` is `outer` or lies in it. */
  holds(outer: string, inner: string): boolean {
    for (let at: string | undefined = inner; at !== undefined; at = this.parent(at)) if (at === outer) return true;
    return false;
  }

  /** The innermost box that holds all of some states, without being one of them. */
  common(ids: readonly string[]): string | undefined {
    const [first] = ids;
    let box = first === undefined ? undefined : this.parent(first);
    while (box !== undefined && !ids.every((id) => id !== box && this.holds(box as string, id))) box = this.parent(box);
    return box;
  }

  /** Where one arrives who enters a state: its initial state, in turn, or the first region of a parallel one. */
  entryLeaf(id: string): string {
    const state = this.get(id);
    const next = state?.initial?.target ?? state?.states[0]?.id;
    return next === undefined || next === id ? id : this.entryLeaf(next);
  }

  /** Where an arrow out of a box starts: its final state if it has one, else its last. */
  exitLeaf(id: string): string {
    const inside = this.get(id)?.states ?? [];
    const next = inside.find(({ type }) => type === 'final') ?? inside.at(-1);
    return next === undefined ? id : this.exitLeaf(next.id);
  }
}
