// What the tree drawings say about a node of a topology, in words shared by both languages: how a supervisor restarts
// its children, how work reaches a node, what it accepts. Text leaves here unescaped.

import { tidy } from './escape.ts';
import { delayText } from './logic-names.ts';
import type { ResolvedAny, ResolvedRestart, ResolvedTopology } from '../resolved.ts';

const longestList_chars = 48;

/** A node as drawn: `children` in the order they start in. */
export interface TreeNode {
  readonly kind: 'topology' | 'orchestrator' | 'director' | 'agent' | 'unknown';
  /** Empty for the topology itself. */
  readonly address: string;
  readonly title: string;
  readonly lines: readonly string[];
  readonly delegatesTo: readonly string[];
  readonly children: readonly TreeNode[];
}

/** The whole topology as one tree. */
export function readTree(resolved: ResolvedTopology): TreeNode {
  return {
    kind: 'topology',
    address: '',
    title: tidy(resolved.name),
    lines: restartLines(resolved.restart),
    delegatesTo: [],
    children: resolved.orchestrators.map(readNode),
  };
}

/** Addresses that are delegated to although no node of the tree has them. */
export function unknownTargets(tree: TreeNode): readonly string[] {
  const nodes = flatten(tree);
  const known = new Set(nodes.map(({ address }) => address));
  return [...new Set(nodes.flatMap(({ delegatesTo }) => delegatesTo).filter((address) => !known.has(address)))];
}

/** A node and all below it, parents first. */
export function flatten(node: TreeNode): readonly TreeNode[] {
  return [node, ...node.children.flatMap(flatten)];
}

/** The topology in one sentence, for those who cannot see it. */
export function treeSummary(resolved: ResolvedTopology): string {
  const nodes = flatten(readTree(resolved));
  const count = (kind: TreeNode['kind']): string => {
    const found = nodes.filter((node) => node.kind === kind).length;
    return `${found} ${kind}${found === 1 ? '' : 's'}`;
  };
  return `Supervision tree of ${tidy(resolved.name)}: ${count('orchestrator')}, ${count('director')}, ${count('agent')}.`;
}

function readNode(node: ResolvedAny): TreeNode {
  const children = node.kind === 'orchestrator' ? node.directors : node.kind === 'director' ? node.agents : [];
  const copies = node.kind === 'agent' && node.instances !== 1 ? ` × ${node.instances}` : '';
  return {
    kind: node.kind,
    address: node.address,
    title: `${tidy(node.name)}${copies}`,
    lines: [
      ...workLines(node),
      ...(node.kind === 'agent' ? [] : restartLines(node.restart)),
      ...(node.accepts.length === 0 ? [] : [`accepts ${tidy(node.accepts.join(', '), longestList_chars)}`]),
      ...(node.resources.length === 0 ? [] : [`needs ${tidy(node.resources.join(', '), longestList_chars)}`]),
      ...(node.child === 'permanent' ? [] : [node.child]),
    ],
    delegatesTo: node.delegatesTo,
    children: (children as readonly ResolvedAny[]).map(readNode),
  };
}

function workLines(node: ResolvedAny): readonly string[] {
  const machine = node.machine === undefined ? [] : ['own machine'];
  if (node.kind === 'agent') return machine;
  const plan = node.kind === 'orchestrator' && node.plan !== undefined;
  const way = plan ? ['works by plan'] : node.run === undefined ? [] : ['works by code'];
  return [...way, ...machine];
}

function restartLines({ strategy, maxRestarts, withinMs }: ResolvedRestart): readonly string[] {
  return [`${strategy}, ${maxRestarts} restart${maxRestarts === 1 ? '' : 's'} in ${delayText(withinMs)}`];
}

/** The kind in words; an agent with several instances says so in its title. */
export function kindCaption(kind: TreeNode['kind']): string {
  return kind === 'unknown' ? 'not in this topology' : kind;
}
