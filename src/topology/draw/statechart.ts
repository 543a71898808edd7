// Reads an XState machine into a plain model that knows nothing of XState: nested states with what they do, and a
// list of transitions. Both drawing languages are written from it. State ids are XState's own, so they are unique.
// Entry and exit actions come from the config: XState adds its own timer actions to the node's lists for `after`.

import type { AnyActorLogic, AnyStateMachine, AnyStateNode } from 'xstate';
import { actionName, delayText, guardName } from './logic-names.ts';

/** An actor that a state runs while it is active. */
export interface ChartInvoke {
  readonly id: string;
  /** The id where the machine gives one, else the name of the source, else 'actor'. */
  readonly name: string;
  /** The registered name of what runs; absent for logic given inline. */
  readonly source?: string;
}

export interface ChartState {
  readonly id: string;
  readonly key: string;
  readonly path: readonly string[];
  readonly type: 'atomic' | 'compound' | 'parallel' | 'final' | 'history';
  /** The child that a compound state starts in, and the actions on the way. */
  readonly initial?: { readonly target: string; readonly actions: readonly string[] };
  /** Of a history state: how deep it remembers, and where it leads when it has nothing to remember. */
  readonly history?: { readonly depth: 'shallow' | 'deep'; readonly fallback: readonly string[] };
  readonly entry: readonly string[];
  readonly exit: readonly string[];
  readonly invokes: readonly ChartInvoke[];
  readonly tags: readonly string[];
  readonly description?: string;
  readonly states: readonly ChartState[];
}

/** What sets a transition off. */
export type ChartTrigger = 'event' | 'wildcard' | 'always' | 'after' | 'done' | 'error' | 'snapshot';

export interface ChartTransition {
  readonly source: string;
  /** None: nothing is left or entered. Several: one in each region of a parallel state. */
  readonly targets: readonly string[];
  readonly trigger: ChartTrigger;
  /** For readers: `job.start`, `after 500 ms`, `done: fetchUser`, `always`. */
  readonly event: string;
  readonly guard?: string;
  readonly actions: readonly string[];
  /** The source itself is neither left nor entered. */
  readonly internal: boolean;
  readonly reenter: boolean;
}

export interface Statechart {
  readonly id: string;
  readonly root: ChartState;
  readonly transitions: readonly ChartTransition[];
}

/** Tells a state machine, which has a statechart to draw, from other actor logic, which has none. */
export function isMachine(logic: AnyActorLogic): logic is AnyStateMachine {
  return 'root' in logic && typeof logic.root === 'object' && logic.root !== null && 'states' in logic.root;
}

/** The statechart of a machine. */
export function readStatechart(machine: AnyStateMachine): Statechart {
  const transitions: ChartTransition[] = [];
  const root = readState(machine.root, transitions);
  return { id: machine.id, root, transitions };
}

function readState(node: AnyStateNode, transitions: ChartTransition[]): ChartState {
  const config = node.config as { readonly entry?: unknown; readonly exit?: unknown };
  for (const found of node.always ?? []) transitions.push(readTransition(node, found as RawTransition));
  for (const group of node.transitions.values()) {
    for (const found of group) transitions.push(readTransition(node, found as RawTransition));
  }
  const initial = readInitial(node);
  return {
    id: node.id,
    key: node.parent === undefined ? node.machine.id : node.key,
    path: node.path,
    type: node.type,
    ...(initial === undefined ? {} : { initial }),
    ...(node.type === 'history' ? { history: readHistory(node) } : {}),
    entry: list(config.entry).map(actionName),
    exit: list(config.exit).map(actionName),
    invokes: readInvokes(node),
    tags: [...node.tags],
    ...(typeof node.description === 'string' ? { description: node.description } : {}),
    states: children(node).map((child) => readState(child, transitions)),
  };
}

function readInitial(node: AnyStateNode): ChartState['initial'] {
  if (node.type !== 'compound') return undefined;
  const { target, actions } = node.initial as { target: readonly AnyStateNode[]; actions: readonly unknown[] };
  const first = target[0];
  return first && { target: first.id, actions: actions.map(actionName) };
}

function readHistory(node: AnyStateNode): { depth: 'shallow' | 'deep'; fallback: readonly string[] } {
  const depth = node.history === 'deep' ? 'deep' : 'shallow';
  const config = node.config as { readonly target?: unknown };
  const named = list(config.target).flatMap((target) => {
    const found = typeof target === 'string' ? resolve(node, target) : undefined;
    return found === undefined ? [] : [found.id];
  });
  return { depth, fallback: named };
}

/** The state that a history's `target` names: '#id', or a path from its parent. */
function resolve(node: AnyStateNode, target: string): AnyStateNode | undefined {
  const byId = /^#([^.]+)(.*)$/.exec(target);
  let at: AnyStateNode | undefined = node.parent;
  let path = target;
  if (byId !== null) {
    at = find(node.machine.root, byId[1] ?? '') ?? find(node.machine.root, target.slice(1));
    path = at?.id === target.slice(1) ? '' : (byId[2] ?? '');
  }
  for (const key of path.split('.').filter((part) => part !== '')) {
    at = at === undefined ? undefined : children(at).find((child) => child.key === key);
  }
  return at;
}

function find(node: AnyStateNode, id: string): AnyStateNode | undefined {
  if (node.id === id) return node;
  for (const child of children(node)) {
    const found = find(child, id);
    if (found !== undefined) return found;
  }
  return undefined;
}

interface RawTransition {
  readonly target: readonly AnyStateNode[] | undefined;
  readonly eventType: string;
  readonly delay?: number | string;
  readonly guard?: unknown;
  readonly actions: readonly unknown[];
  readonly reenter: boolean;
}

function readTransition(node: AnyStateNode, raw: RawTransition): ChartTransition {
  const targets = raw.target ?? [];
  const guard = guardName(raw.guard);
  return {
    source: node.id,
    targets: targets.map((target) => target.id),
    ...readEvent(node, raw),
    ...(guard === undefined ? {} : { guard }),
    actions: raw.actions.map(actionName),
    internal: !raw.reenter && targets.every((target) => within(target, node)),
    reenter: raw.reenter,
  };
}

function within(node: AnyStateNode, ancestor: AnyStateNode): boolean {
  return node === ancestor || (node.parent !== undefined && within(node.parent, ancestor));
}

function readEvent(node: AnyStateNode, { eventType, delay }: RawTransition): { trigger: ChartTrigger; event: string } {
  if (delay !== undefined) return { trigger: 'after', event: `after ${delayText(delay)}` };
  if (eventType === '') return { trigger: 'always', event: 'always' };
  if (eventType === '*') return { trigger: 'wildcard', event: 'any other event' };
  const [, outcome, id] = /^xstate\.(done\.state|done\.actor|error\.actor|snapshot)\.(.*)$/s.exec(eventType) ?? [];
  if (outcome === undefined || id === undefined) return { trigger: 'event', event: eventType };
  if (outcome === 'done.state') return { trigger: 'done', event: id === node.id ? 'done' : `done: ${id}` };
  const name = readInvokes(node).find((invoke) => invoke.id === id)?.name ?? id;
  const trigger = outcome === 'done.actor' ? 'done' : outcome === 'error.actor' ? 'error' : 'snapshot';
  return { trigger, event: `${trigger}: ${name}` };
}

function readInvokes(node: AnyStateNode): readonly ChartInvoke[] {
  const configs = list((node.config as { readonly invoke?: unknown }).invoke);
  return node.invoke.map(({ id, src }, at) => {
    const given = (configs[at] as { readonly id?: unknown } | undefined)?.id;
    const source = typeof src === 'string' && !src.startsWith('xstate.invoke.') ? src : undefined;
    const name = typeof given === 'string' ? given : (source ?? 'actor');
    return { id, name, ...(source === undefined ? {} : { source }) };
  });
}

function children(node: AnyStateNode): readonly AnyStateNode[] {
  return Object.values(node.states as Readonly<Record<string, AnyStateNode>>);
}

function list(value: unknown): readonly unknown[] {
  return value === undefined ? [] : Array.isArray(value) ? value : [value];
}
