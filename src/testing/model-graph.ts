// What there is to cover in a machine, by name: its states, its transitions (every branch of every event), and the
// guards on them. Names are those of the pictures, so that a line of a report is found in the statechart.

import type { AnyStateMachine } from 'xstate';
import { readStatechart, type ChartTransition, type Statechart } from '../topology/draw/statechart.ts';
import { transitionKey } from './rewrite.ts';

type StateNode = AnyStateMachine['root'];

export interface GraphState {
  readonly id: string;
  /** `waiting.input`; the machine itself is `(machine)`. */
  readonly name: string;
  readonly isFinal: boolean;
  readonly isLeaf: boolean;
}

export interface GraphTransition {
  readonly key: string;
  /** `waiting on job.start [ready] to working`. */
  readonly name: string;
  /** The id of the state it belongs to. */
  readonly source: string;
  readonly guard: string | undefined;
  /** Why it can never be taken, where that is plain to see. */
  readonly shadowed: boolean;
}

/** The parts of a machine, by id and by key. */
export interface ModelGraph {
  readonly chart: Statechart;
  readonly states: ReadonlyMap<string, GraphState>;
  /** In the order of the statechart's own transitions. */
  readonly transitions: ReadonlyMap<string, GraphTransition>;
}

/** Reads the parts of a machine. */
export function modelGraph(machine: AnyStateMachine): ModelGraph {
  const chart = readStatechart(machine);
  const nodes = nodesOf(machine.root).filter(({ type }) => type !== 'history');
  const states = new Map(nodes.map((node) => [node.id, stateOf(node)]));
  const transitions = new Map<string, GraphTransition>();
  let next = 0;
  for (const node of nodesOf(machine.root)) {
    for (const [event, list] of listsOf(node)) {
      const open = list.findIndex(({ guard }) => guard === undefined);
      list.forEach((_, index) => {
        const drawn = chart.transitions[next++];
        if (drawn === undefined) return;
        const key = transitionKey(node.id, event, index);
        const shadowed = open >= 0 && index > open;
        transitions.set(key, { key, name: nameOf(drawn, states), source: node.id, guard: drawn.guard, shadowed });
      });
    }
  }
  return { chart, states, transitions };
}

/** Where a machine is, in a line: `ticket.none, pressure.calm`. */
export function placeOf(graph: ModelGraph, snapshot: { readonly _nodes: readonly { readonly id: string }[] }): string {
  const leaves = snapshot._nodes.flatMap(({ id }) => {
    const state = graph.states.get(id);
    return state?.isLeaf === true ? [state.name] : [];
  });
  return leaves.join(', ');
}

function nodesOf(node: StateNode): readonly StateNode[] {
  return [node, ...(Object.values(node.states) as readonly StateNode[]).flatMap(nodesOf)];
}

function listsOf(node: StateNode): readonly [string, readonly { readonly guard?: unknown }[]][] {
  return [...(node.always === undefined ? [] : [['', node.always] as const]), ...node.transitions].map(
    ([event, list]) => [event, list],
  );
}

function stateOf(node: StateNode): GraphState {
  return {
    id: node.id,
    name: node.path.length === 0 ? '(machine)' : node.path.join('.'),
    isFinal: node.type === 'final',
    isLeaf: node.type === 'atomic' || node.type === 'final',
  };
}

function nameOf({ source, event, guard, targets }: ChartTransition, states: ReadonlyMap<string, GraphState>): string {
  const named = (id: string): string => states.get(id)?.name ?? id;
  const condition = guard === undefined ? '' : ` [${guard}]`;
  const end = targets.length === 0 ? '' : ` to ${targets.map(named).join(' and ')}`;
  return `${named(source)} on ${event}${condition}${end}`;
}
