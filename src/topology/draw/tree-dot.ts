// The supervision tree in DOT, from left to right: supervisors point at their children, dashed arrows show who says
// it delegates to whom. Node names are numbers of our own, so that no text of a topology becomes syntax.

import type { ResolvedTopology } from '../resolved.ts';
import { attributes, boxLabel, dotHead } from './dot-label.ts';
import { dotString, dotTooltip, tidy } from './escape.ts';
import { colour, type ColourRole } from './palette.ts';
import { flatten, kindCaption, readTree, unknownTargets, type TreeNode } from './tree-words.ts';

/** The fill, the border and the colour of the caption of each kind. */
export const kindColours: Readonly<Record<TreeNode['kind'], readonly [fill: ColourRole, line: ColourRole]>> = {
  topology: ['topologyFill', 'topologyLine'],
  orchestrator: ['orchestratorFill', 'orchestratorLine'],
  director: ['directorFill', 'directorLine'],
  agent: ['agentFill', 'agentLine'],
  unknown: ['unknownFill', 'error'],
};

/** The tree as a DOT digraph. */
export function treeDot(resolved: ResolvedTopology): string {
  const tree = readTree(resolved);
  const outsiders = unknownTargets(tree).map(outsider);
  const nodes = [...flatten(tree), ...outsiders];
  const names = new Map(nodes.map(({ address }, at) => [address, `n${at}`]));
  const name = ({ address }: TreeNode): string => names.get(address) ?? 'n0';
  const lines = [...dotHead('LR'), 'graph [ranksep=0.8 nodesep=0.18]'];
  const widths = kindWidths(nodes);
  for (const node of nodes) lines.push(`${name(node)} ${look(node, widths.get(node.kind) ?? 0)}`);
  for (const node of nodes) {
    for (const child of node.children) {
      lines.push(`${name(node)} -> ${name(child)} [arrowhead=none class="supervises" headport=w tailport=e]`);
    }
    for (const target of node.delegatesTo) {
      lines.push(
        `${name(node)} -> ${names.get(target) ?? 'n0'} ${delegation(
          node.address,
          target,
          outsiders.some(({ address }) => address === target),
        )}`,
      );
    }
  }
  return [...lines, '}', ''].join('\n');
}

function outsider(address: string): TreeNode {
  return { kind: 'unknown', address, title: tidy(address), lines: [], delegatesTo: [], children: [] };
}

function look({ kind, title, lines, address }: TreeNode, width: number): string {
  const [fill, line] = kindColours[kind];
  const accent = kind === 'topology' ? 'muted' : line;
  return attributes({
    label: boxLabel({ title, caption: kindCaption(kind), accent, lines, width }),
    class: dotString(kind),
    tooltip: dotTooltip(tidy(address === '' ? title : address, 200)),
    fillcolor: `"${colour(fill)}"`,
    color: `"${colour(line)}"`,
    style: kind === 'unknown' ? '"rounded,filled,dashed"' : undefined,
  });
}

/** Boxes of a kind are about as wide as the widest of them, by a guess at the width of its letters in points. */
function kindWidths(nodes: readonly TreeNode[]): ReadonlyMap<TreeNode['kind'], number> {
  const widths = new Map<TreeNode['kind'], number>();
  for (const { kind, title, lines } of nodes) {
    const guess = Math.max(80, title.length * 7, ...lines.map((line) => line.length * 5.2));
    widths.set(kind, Math.round(Math.min(240, Math.max(guess, widths.get(kind) ?? 0))));
  }
  return widths;
}

function delegation(from: string, to: string, outside: boolean): string {
  const tooltip = dotTooltip(`${tidy(from, 200)} delegates to ${tidy(to, 200)}`);
  return attributes({
    style: 'dashed',
    color: `"${colour('delegate')}"`,
    constraint: String(outside),
    class: '"delegates"',
    tooltip,
  });
}
