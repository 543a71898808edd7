// A statechart in DOT: states as rounded boxes with what they do, nested states as clusters, initial dots, double
// borders for final states. Node names are numbers of our own, so that no text of a machine becomes syntax.

import { attributes, boxLabel, dotHead } from './dot-label.ts';
import { dotString, dotTooltip, tidy } from './escape.ts';
import { colour, type ColourRole } from './palette.ts';
import { planArrows, headEnd, type Arrow, type ArrowEnd, type ArrowPlan } from './statechart-arrows.ts';
import { ChartIndex } from './statechart-index.ts';
import { innerTransitions, stateLines, transitionLines, transitionText } from './statechart-words.ts';
import type { ChartState, ChartTransition, ChartTrigger, Statechart } from './statechart.ts';

const arrowColours: Readonly<Record<ChartTrigger, ColourRole>> = {
  event: 'line',
  wildcard: 'line',
  always: 'line',
  snapshot: 'line',
  after: 'after',
  done: 'done',
  error: 'error',
};

/** The chart as a DOT digraph. The machine itself is the whole picture, its name stands above; it has no box. */
export function statechartDot(chart: Statechart): string {
  const drawing = new ChartDrawing(chart);
  return [...dotHead('TB'), ...drawing.root(chart.root), ...drawing.arrows(), '}', ''].join('\n');
}

class ChartDrawing {
  readonly #index: ChartIndex;
  readonly #plan: ArrowPlan;
  readonly #inner: ReadonlyMap<string, readonly ChartTransition[]>;
  readonly #names = new Map<string, string>();

  constructor(chart: Statechart) {
    this.#index = new ChartIndex(chart);
    this.#plan = planArrows(chart, this.#index);
    this.#inner = innerTransitions(chart, this.#index);
  }

  root(root: ChartState): readonly string[] {
    if (root.states.length === 0) return [this.#leaf(root)];
    const label = this.#header(root);
    return [
      `graph ${attributes({ label, labelloc: 't', tooltip: tooltip(root) })}`,
      ...this.#inside(root, 0),
      ...this.#bars(undefined),
    ];
  }

  #state(state: ChartState, depth: number): readonly string[] {
    if (state.type === 'history') return this.#history(state);
    return state.states.length === 0 ? [this.#leaf(state)] : this.#box(state, depth);
  }

  #box(state: ChartState, depth: number): readonly string[] {
    const parallel = state.type === 'parallel';
    const look = attributes({
      label: this.#header(state),
      class: dotString(parallel ? 'state parallel' : 'state compound'),
      tooltip: tooltip(state),
      style: '"rounded,filled"',
      margin: 14,
      penwidth: 1.3,
      fillcolor: quote(depth % 2 === 1 ? 'compoundFill' : 'nestedFill'),
      color: quote(parallel ? 'parallelLine' : 'compoundLine'),
    });
    return [`subgraph cluster_${this.#name(state.id)} {`, `graph ${look}`, ...this.#inside(state, depth), '}'];
  }

  #inside(state: ChartState, depth: number): readonly string[] {
    return [
      ...this.#start(state),
      ...this.#anyState(state.id),
      ...this.#level(state.id),
      ...this.#bars(state.id),
      ...state.states.flatMap((child) => this.#state(child, depth + 1)),
    ];
  }

  #header(state: ChartState): string {
    const kind = state.type === 'parallel' ? ({ caption: 'parallel', accent: 'parallelLine' } as const) : {};
    return boxLabel({ title: tidy(state.key), lines: this.#lines(state), ...kind });
  }

  #leaf(state: ChartState): string {
    const final = state.type === 'final';
    return `${this.#name(state.id)} ${attributes({
      label: boxLabel({ title: tidy(state.key), lines: this.#lines(state) }),
      class: dotString(final ? 'state final' : 'state'),
      tooltip: tooltip(state),
      fillcolor: quote(final ? 'finalFill' : 'stateFill'),
      color: quote(final ? 'finalLine' : 'stateLine'),
      peripheries: final ? 2 : undefined,
    })}`;
  }

  #history(state: ChartState): readonly string[] {
    const name = this.#name(state.id);
    const label = dotString(state.history?.depth === 'deep' ? 'H*' : 'H');
    const node = attributes({
      label,
      shape: 'circle',
      width: 0.32,
      height: 0.32,
      fixedsize: 'true',
      fontsize: 11,
      class: '"state history"',
      tooltip: tooltip(state),
      fillcolor: quote('stateFill'),
      color: quote('stateLine'),
    });
    const ways = (state.history?.fallback ?? []).map((target) => {
      const end = headEnd(this.#index, target, state.id);
      return `${name} -> ${this.#end(end)} ${attributes({ style: 'dashed', lhead: this.#clip(end), class: '"fallback"' })}`;
    });
    return [`${name} ${node}`, ...ways];
  }

  /** The dot that a box starts from: one arrow to its initial state, or one to each region of a parallel state. */
  #start(state: ChartState): readonly string[] {
    const name = `${this.#name(state.id)}_start`;
    const firsts =
      state.initial === undefined
        ? state.states.filter(({ type }) => type !== 'history').map(({ id }) => id)
        : [state.initial.target];
    const dot = attributes({
      shape: 'circle',
      style: 'filled',
      label: '""',
      width: 0.13,
      height: 0.13,
      fixedsize: 'true',
      class: '"initial"',
      tooltip: '"starts here"',
      fillcolor: quote('ink'),
      color: quote('ink'),
    });
    const arrows = firsts.map((first) => {
      const end = headEnd(this.#index, first, undefined);
      return `${name} -> ${this.#end(end)} ${attributes({ lhead: this.#clip(end), class: '"initial"' })}`;
    });
    return [`${name} ${dot}`, ...arrows];
  }

  #anyState(id: string): readonly string[] {
    if (!this.#plan.anyStates.has(id)) return [];
    const look = attributes({
      label: '"any state here"',
      style: '"rounded,dashed"',
      fontsize: 10,
      height: 0.26,
      margin: '"0.09,0.03"',
      class: '"any"',
      tooltip: '"from any state in this box"',
      fontcolor: quote('muted'),
      color: quote('line'),
    });
    return [`${this.#name(id)}_any ${look}`];
  }

  /** Keeps the two nodes that a box begins with on one line, so that its border is not drawn out upwards. */
  #level(id: string): readonly string[] {
    if (!this.#plan.anyStates.has(id)) return [];
    return [`{rank=same ${this.#name(id)}_start ${this.#name(id)}_any}`];
  }

  /** The fork bars that stand in a box, or outside all. */
  #bars(box: string | undefined): readonly string[] {
    const look = attributes({
      shape: 'box',
      style: 'filled',
      label: '""',
      width: 0.7,
      height: 0.06,
      fixedsize: 'true',
      class: '"fork"',
      tooltip: '"all of these at once"',
      fillcolor: quote('ink'),
      color: quote('ink'),
    });
    return [...this.#plan.bars].filter(([, owner]) => owner === box).map(([bar]) => `bar${bar} ${look}`);
  }

  arrows(): readonly string[] {
    return this.#plan.arrows.map((arrow) => this.#arrow(arrow));
  }

  #arrow({ tail, head, trigger, transitions }: Arrow): string {
    const role = arrowColours[trigger];
    const lines = transitions.flatMap((transition) => transitionLines(transition));
    return `${this.#end(tail)} -> ${this.#end(head)} ${attributes({
      class: dotString(trigger),
      label: lines.length === 0 ? undefined : dotString(...lines.map((line) => `  ${line} `)),
      tooltip:
        lines.length === 0
          ? undefined
          : dotTooltip(transitions.map((transition) => transitionText(transition)).join('; ')),
      color: quote(role),
      fontcolor: role === 'line' ? undefined : quote(role),
      style: trigger === 'always' ? 'dashed' : undefined,
      arrowhead: head.at === 'bar' ? 'none' : undefined,
      constraint: head.upwards === true ? 'false' : undefined,
      ltail: this.#clip(tail),
      lhead: this.#clip(head),
    })}`;
  }

  #lines(state: ChartState): readonly string[] {
    return stateLines(state, this.#inner.get(state.id) ?? []);
  }

  #end({ at, id }: ArrowEnd): string {
    if (at === 'bar') return `bar${id}`;
    return at === 'state' ? this.#name(id) : `${this.#name(id)}_${at}`;
  }

  #clip({ clip }: ArrowEnd): string | undefined {
    return clip === undefined ? undefined : `cluster_${this.#name(clip)}`;
  }

  #name(id: string): string {
    const known = this.#names.get(id);
    if (known !== undefined) return known;
    const name = `s${this.#names.size}`;
    this.#names.set(id, name);
    return name;
  }
}

function quote(role: ColourRole): string {
  return `"${colour(role)}"`;
}

function tooltip({ path, key, type }: ChartState): string {
  const name = path.length === 0 ? key : path.join('.');
  return dotTooltip(`${tidy(name, 200)}${type === 'atomic' ? '' : ` (${type})`}`);
}
