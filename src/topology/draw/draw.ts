// The entry to the drawings: the supervision tree of a topology, one statechart, or everything on one page. Formats
// are text, so that what is drawn can be kept, compared and put into a document.

import type { AnyStateMachine } from 'xstate';
import { assertNever } from '../../base/assert-never.ts';
import type { ResolvedTopology } from '../resolved.ts';
import { tidy } from './escape.ts';
import { renderPage, type PageFigure } from './page.ts';
import { statechartDot } from './statechart-dot.ts';
import { statechartMermaid } from './statechart-mermaid.ts';
import { chartSummary } from './statechart-words.ts';
import { readStatechart } from './statechart.ts';
import { renderSvg } from './svg.ts';
import { treeDot } from './tree-dot.ts';
import { treeMermaid } from './tree-mermaid.ts';
import { treeSummary } from './tree-words.ts';

/** `mermaid` is text for READMEs, `svg` one picture, `html` a self-contained page. */
export type DrawFormat = 'mermaid' | 'svg' | 'html';

export interface NamedMachine {
  readonly name: string;
  readonly machine: AnyStateMachine;
}

/** What can be drawn: its words, its sources, and its picture on demand. */
interface Drawing {
  readonly id: string;
  /** The title of a page that shows nothing else. */
  readonly page: string;
  readonly title: string;
  readonly description: string;
  readonly note: string;
  readonly mermaid: string;
  readonly dot: () => string;
}

/**
 * Draws the supervision tree of a topology.
 *
 * @example
 * ```ts
 * await writeFile('tree.svg', await drawTree(topology, 'svg'));
 * ```
 * @throws INVALID_OPTION when Graphviz cannot lay out the picture.
 */
export async function drawTree(resolved: ResolvedTopology, format: DrawFormat): Promise<string> {
  return draw(tree(resolved), format);
}

/**
 * Draws the statechart of an XState machine.
 *
 * @throws INVALID_OPTION when Graphviz cannot lay out the picture.
 */
export async function drawMachine(machine: AnyStateMachine, format: DrawFormat): Promise<string> {
  return draw(statechart({ name: machine.id, machine }), format);
}

/**
 * Draws a topology with its statecharts on one page, the tree first.
 *
 * @throws INVALID_OPTION when Graphviz cannot lay out a picture.
 */
export async function drawAll(
  { resolved, machines }: { readonly resolved: ResolvedTopology; readonly machines: readonly NamedMachine[] },
  format: 'html',
): Promise<string> {
  const figures: PageFigure[] = [];
  for (const drawing of [tree(resolved), ...machines.map(statechart)]) figures.push(await figure(drawing));
  return format === 'html' ? renderPage({ title: tidy(resolved.name), figures }) : assertNever(format);
}

async function draw(drawing: Drawing, format: DrawFormat): Promise<string> {
  switch (format) {
    case 'mermaid':
      return drawing.mermaid;
    case 'svg':
      return renderSvg(drawing.dot(), { title: drawing.page, description: drawing.description });
    case 'html':
      return renderPage({ title: drawing.page, figures: [await figure(drawing)] });
    default:
      return assertNever(format);
  }
}

async function figure(drawing: Drawing): Promise<PageFigure> {
  const { id, title, note, mermaid } = drawing;
  return {
    id,
    title,
    note,
    mermaid,
    svg: await renderSvg(drawing.dot(), { title: drawing.page, description: drawing.description }),
  };
}

function tree(resolved: ResolvedTopology): Drawing {
  const summary = treeSummary(resolved);
  return {
    id: 'tree',
    page: `Supervision tree of ${tidy(resolved.name)}`,
    title: 'Supervision tree',
    description: summary,
    note: 'Lines lead from a supervisor to what it restarts; dashed arrows lead to what a node declares it delegates to.',
    mermaid: treeMermaid(resolved),
    dot: () => treeDot(resolved),
  };
}

function statechart({ name, machine }: NamedMachine): Drawing {
  const chart = readStatechart(machine);
  return {
    id: `machine ${name}`,
    page: `Statechart of ${tidy(name)}`,
    title: tidy(name),
    description: chartSummary(chart),
    note: chartSummary(chart),
    mermaid: statechartMermaid(chart),
    dot: () => statechartDot(chart),
  };
}
