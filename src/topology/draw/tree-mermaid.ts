// The supervision tree as a mermaid flowchart, for README files and pull requests: lines without heads lead to
// children, dashed arrows show who says it delegates to whom.

import type { ResolvedTopology } from '../resolved.ts';
import { escapeMermaid, identifiers, tidy } from './escape.ts';
import { colour } from './palette.ts';
import { kindColours } from './tree-dot.ts';
import { flatten, kindCaption, readTree, unknownTargets, type TreeNode } from './tree-words.ts';

/** The tree as mermaid source. */
export function treeMermaid(resolved: ResolvedTopology): string {
  const tree = readTree(resolved);
  const nodes = flatten(tree);
  const outsiders = unknownTargets(tree);
  const name = identifiers();
  const ids = new Map(nodes.map(({ address, title }) => [address, name(address === '' ? title : address)]));
  for (const address of outsiders) ids.set(address, name(address));
  const id = (address: string): string => ids.get(address) ?? 'unknown';
  const lines = ['flowchart LR'];
  for (const node of nodes) lines.push(`  ${id(node.address)}["${label(node)}"]:::${node.kind}`);
  for (const address of outsiders) {
    lines.push(`  ${id(address)}["${escapeMermaid(tidy(address))}<br/>${kindCaption('unknown')}"]:::unknown`);
  }
  for (const node of nodes)
    for (const child of node.children) lines.push(`  ${id(node.address)} --- ${id(child.address)}`);
  for (const node of nodes)
    for (const target of node.delegatesTo) lines.push(`  ${id(node.address)} -.-> ${id(target)}`);
  const kinds = new Set<TreeNode['kind']>([
    ...nodes.map(({ kind }) => kind),
    ...(outsiders.length > 0 ? (['unknown'] as const) : []),
  ]);
  for (const kind of kinds) lines.push(`  classDef ${kind} ${look(kind)}`);
  return `${lines.join('\n')}\n`;
}

function label({ title, kind, lines }: TreeNode): string {
  return [title, kindCaption(kind), ...lines].map(escapeMermaid).join('<br/>');
}

function look(kind: TreeNode['kind']): string {
  const [fill, line] = kindColours[kind];
  return `fill:${colour(fill)},stroke:${colour(line)},color:${colour('ink')}`;
}
