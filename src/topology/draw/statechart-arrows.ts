// Turns the transitions of a chart into arrows that Graphviz can draw: between two nodes, clipped at the border of a
// box where a box is meant. Transitions with the same ends and kind share an arrow. What happens in any state of a
// box starts at a small 'any state' node in it; a transition with several targets forks at a bar.

import type { ChartIndex } from './statechart-index.ts';
import { isInner } from './statechart-words.ts';
import type { ChartTransition, ChartTrigger, Statechart } from './statechart.ts';

/** One end of an arrow: a node, and the box whose border the arrow stops at. */
export interface ArrowEnd {
  readonly at: 'state' | 'start' | 'any' | 'bar';
  /** The state, or for `bar` its number. */
  readonly id: string;
  readonly clip?: string;
  /** The arrow leads out to a box that holds its own source; it should not shape the layout. */
  readonly upwards?: boolean;
}

export interface Arrow {
  readonly tail: ArrowEnd;
  readonly head: ArrowEnd;
  readonly trigger: ChartTrigger;
  /** What the label tells; none on the prongs behind a bar. */
  readonly transitions: readonly ChartTransition[];
}

export interface ArrowPlan {
  readonly arrows: readonly Arrow[];
  /** Boxes that need an 'any state' node. */
  readonly anyStates: ReadonlySet<string>;
  /** Bars by number, with the box that each stands in. */
  readonly bars: ReadonlyMap<string, string | undefined>;
}

/** Plans all arrows of a chart, initial ones excepted. */
export function planArrows(chart: Statechart, index: ChartIndex): ArrowPlan {
  const arrows: Arrow[] = [];
  const anyStates = new Set<string>();
  const bars = new Map<string, string | undefined>();
  for (const group of grouped(chart.transitions.filter((transition) => !isInner(transition, index)))) {
    const [first] = group;
    if (first === undefined) continue;
    const { source, targets, trigger } = first;
    const tail = tailEnd(index, source, targets);
    if (tail.at === 'any') anyStates.add(source);
    const [target] = targets;
    if (target !== undefined && targets.length === 1) {
      arrows.push({ tail, head: headEnd(index, target, source), trigger, transitions: group });
      continue;
    }
    const bar: ArrowEnd = { at: 'bar', id: String(bars.size) };
    bars.set(bar.id, index.common([source, ...targets]));
    arrows.push({ tail, head: bar, trigger, transitions: group });
    for (const prong of targets) {
      arrows.push({ tail: bar, head: headEnd(index, prong, source), trigger, transitions: [] });
    }
  }
  return { arrows, anyStates, bars };
}

function grouped(transitions: readonly ChartTransition[]): Iterable<readonly ChartTransition[]> {
  const groups = new Map<string, ChartTransition[]>();
  for (const transition of transitions) {
    const kind = transition.trigger === 'wildcard' ? 'event' : transition.trigger;
    const key = JSON.stringify([transition.source, kind, ...transition.targets]);
    const group = groups.get(key);
    if (group === undefined) groups.set(key, [transition]);
    else group.push(transition);
  }
  return groups.values();
}

function tailEnd(index: ChartIndex, source: string, targets: readonly string[]): ArrowEnd {
  if (!index.isBox(source)) return { at: 'state', id: source };
  if (targets.some((target) => index.holds(source, target))) return { at: 'any', id: source };
  return { at: 'state', id: index.exitLeaf(source), clip: source };
}

/** Where an arrow into a state ends: at the state, or at the dot that a box starts from. */
export function headEnd(index: ChartIndex, target: string, source: string | undefined): ArrowEnd {
  if (!index.isBox(target)) return { at: 'state', id: target };
  const inside = source !== undefined && index.holds(target, source);
  return { at: 'start', id: target, ...(inside ? { upwards: true } : { clip: target }) };
}
