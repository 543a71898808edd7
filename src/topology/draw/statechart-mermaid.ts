// A statechart as a mermaid stateDiagram-v2. Mermaid has no history states and no arrows between a box and its own
// inside, so history is a state named H, and such arrows start at an 'any state here' or end at the state within that
// they lead to. Every state is declared where it stands; arrows across boxes follow at the end, as mermaid would
// otherwise move their ends.

import { escapeMermaid, identifiers, tidy } from './escape.ts';
import { colour } from './palette.ts';
import { ChartIndex } from './statechart-index.ts';
import { innerTransitions, isInner, stateLines, transitionText } from './statechart-words.ts';
import type { ChartState, ChartTransition, Statechart } from './statechart.ts';

/** The chart as mermaid source. */
export function statechartMermaid(chart: Statechart): string {
  const drawing = new MermaidChart(chart);
  return ['stateDiagram-v2', ...drawing.all(chart.root), ''].join('\n');
}

interface Line {
  readonly from: string;
  readonly to: string;
  readonly label?: string;
}

class MermaidChart {
  readonly #index: ChartIndex;
  readonly #inner: ReadonlyMap<string, readonly ChartTransition[]>;
  readonly #ids = new Map<string, string>();
  readonly #newId = identifiers();
  /** Lines by the box that they are written in; '' is the diagram itself. */
  readonly #lines = new Map<string, Line[]>();
  /** Extra nodes by the box they stand in: their declarations. */
  readonly #extras = new Map<string, string[]>();
  readonly #looks = new Map<'anyState' | 'finalState' | 'historyState' | 'details', string[]>();

  constructor(chart: Statechart) {
    this.#index = new ChartIndex(chart);
    this.#inner = innerTransitions(chart, this.#index);
    this.#nameAll(chart.root);
    for (const transition of chart.transitions) {
      if (!isInner(transition, this.#index)) this.#plan(transition);
    }
  }

  all(root: ChartState): readonly string[] {
    const body = root.states.length === 0 ? this.#leaf(root) : this.#inside(root);
    return indent([...body, ...this.#written(''), ...this.#styles()]);
  }

  #nameAll(state: ChartState): void {
    this.#ids.set(state.id, this.#newId(state.path.length === 0 ? state.key : state.path.join(' ')));
    for (const child of state.states) this.#nameAll(child);
  }

  #id(state: string): string {
    return this.#ids.get(state) ?? 'unknown';
  }

  #plan(transition: ChartTransition): void {
    const { source, targets } = transition;
    const label = escapeMermaid(transitionText(transition));
    const outside = targets.every((target) => !this.#index.holds(source, target)) || !this.#index.isBox(source);
    const from = outside ? { id: this.#id(source), box: this.#index.parent(source) } : this.#anyState(source);
    const ends = targets.map((target) => {
      const end =
        this.#index.isBox(target) && this.#index.holds(target, source) ? this.#index.entryLeaf(target) : target;
      return { id: this.#id(end), box: this.#index.parent(end) };
    });
    const [end] = ends;
    if (end !== undefined && ends.length === 1) {
      this.#line(from.box === end.box ? from.box : undefined, { from: from.id, to: end.id, label });
      return;
    }
    const fork = this.#newId(`${this.#id(source)} fork`);
    this.#add(this.#index.common([source, ...targets]), `state ${fork} <<fork>>`);
    this.#line(undefined, { from: from.id, to: fork, label });
    for (const { id } of ends) this.#line(undefined, { from: fork, to: id });
  }

  #anyState(box: string): { readonly id: string; readonly box: string } {
    const key = `any ${box}`;
    const known = this.#ids.get(key);
    if (known !== undefined) return { id: known, box };
    const id = this.#newId(`${this.#id(box)} any`);
    this.#ids.set(key, id);
    this.#add(box, `state "any state here" as ${id}`);
    this.#look('anyState', id);
    return { id, box };
  }

  #line(box: string | undefined, line: Line): void {
    const key = box === undefined || this.#index.get(box)?.type === 'parallel' ? '' : box;
    const lines = this.#lines.get(key);
    if (lines === undefined) this.#lines.set(key, [line]);
    else lines.push(line);
  }

  #add(box: string | undefined, declaration: string): void {
    const key = box ?? '';
    this.#extras.set(key, [...(this.#extras.get(key) ?? []), declaration]);
  }

  #look(look: 'anyState' | 'finalState' | 'historyState' | 'details', id: string): void {
    this.#looks.set(look, [...(this.#looks.get(look) ?? []), id]);
  }

  #state(state: ChartState): readonly string[] {
    if (state.type === 'history') return this.#history(state);
    if (state.states.length === 0) return this.#leaf(state);
    return [`${this.#declare(state)} {`, ...indent(this.#inside(state)), '}'];
  }

  #inside(state: ChartState): readonly string[] {
    const extras = [...this.#details(state), ...(this.#extras.get(state.id) ?? [])];
    if (state.type === 'parallel') {
      const regions = state.states.map((child) => this.#state(child));
      const parts = extras.length === 0 ? regions : [extras, ...regions];
      return parts.flatMap((part, at) => (at === 0 ? part : ['--', ...part]));
    }
    return [
      ...extras,
      ...state.states.flatMap((child) => this.#state(child)),
      ...(state.initial === undefined ? [] : [`[*] --> ${this.#id(state.initial.target)}`]),
      ...this.#written(state.id),
    ];
  }

  /** A box has no room for text of its own in mermaid: its lines stand in a note-like state within. */
  #details(state: ChartState): readonly string[] {
    const text = this.#text(state);
    if (text.length === 0) return [];
    const id = this.#newId(`${this.#id(state.id)} details`);
    this.#look('details', id);
    return [`state "${text.join('<br/>')}" as ${id}`];
  }

  #leaf(state: ChartState): readonly string[] {
    const id = this.#id(state.id);
    const text = this.#text(state);
    if (state.type === 'final') this.#look('finalState', id);
    const end = state.type === 'final' ? [`${id} --> [*]`] : [];
    return [this.#declare(state), ...text.map((line) => `${id} : ${line}`), ...end];
  }

  #history(state: ChartState): readonly string[] {
    const id = this.#id(state.id);
    this.#look('historyState', id);
    for (const fallback of state.history?.fallback ?? []) {
      const inside = this.#index.holds(fallback, state.id);
      this.#line(undefined, {
        from: id,
        to: this.#id(inside ? this.#index.entryLeaf(fallback) : fallback),
        label: 'else',
      });
    }
    return [`state "${escapeMermaid(state.history?.depth === 'deep' ? 'H*' : 'H')}" as ${id}`];
  }

  #declare(state: ChartState): string {
    return `state "${escapeMermaid(tidy(state.key))}" as ${this.#id(state.id)}`;
  }

  #text(state: ChartState): readonly string[] {
    return stateLines(state, this.#inner.get(state.id) ?? []).map(escapeMermaid);
  }

  #written(box: string): readonly string[] {
    return (this.#lines.get(box) ?? []).map(
      ({ from, to, label }) => `${from} --> ${to}${label === undefined ? '' : ` : ${label}`}`,
    );
  }

  #styles(): readonly string[] {
    const looks = {
      anyState: `fill:transparent,stroke:${colour('line')},stroke-dasharray:4 3`,
      finalState: `stroke:${colour('finalLine')},stroke-width:3px`,
      historyState: `stroke:${colour('stateLine')}`,
      details: 'fill:transparent,stroke:transparent',
    };
    return [...this.#looks].flatMap(([look, ids]) => [
      `classDef ${look} ${looks[look]}`,
      `class ${ids.join(',')} ${look}`,
    ]);
  }
}

function indent(lines: readonly string[]): readonly string[] {
  return lines.map((line) => `  ${line}`);
}
