// The statechart of a machine in which what no test has reached is marked: with a cross and a red border or arrow, and a
// guard that has only ever said one thing with what it never said. Drawn by the same code as every other picture.

import { colour } from '../topology/draw/palette.ts';
import { type PageFigure, renderPage } from '../topology/draw/page.ts';
import { statechartDot } from '../topology/draw/statechart-dot.ts';
import { statechartMermaid } from '../topology/draw/statechart-mermaid.ts';
import type { ChartState, ChartTransition, Statechart } from '../topology/draw/statechart.ts';
import { renderSvg } from '../topology/draw/svg.ts';
import type { Share } from './coverage.ts';
import type { MachineTests } from './machine-tests.ts';

const cross = '✗ ';

/** One picture as SVG. */
export async function coverageSvg(tests: MachineTests): Promise<string> {
  return renderSvg(reddened(statechartDot(marked(tests))), {
    title: `Coverage of ${tests.name}`,
    description: legend(tests),
  });
}

/** All pictures on one page of HTML, which needs nothing but itself. */
export async function coveragePage(title: string, machines: readonly MachineTests[]): Promise<string> {
  const figures: PageFigure[] = [];
  for (const tests of machines) {
    figures.push({
      id: `machine ${tests.name}`,
      title: tests.name,
      note: legend(tests),
      svg: await coverageSvg(tests),
      mermaid: statechartMermaid(marked(tests)),
    });
  }
  return renderPage({ title, figures });
}

function legend({ coverage: { states, transitions, guards } }: MachineTests): string {
  const whole = [states, transitions, guards].every(({ seen, all }) => seen === all);
  const counts = `states ${text(states)}, transitions ${text(transitions)}, guards both ways ${text(guards)}.`;
  return `Reached by the tests: ${counts}${whole ? '' : ` ${cross}marks what was not.`}`;
}

function text({ seen, all }: Share): string {
  return `${seen} of ${all}`;
}

/** The chart with its marks. */
function marked({ graph, record }: MachineTests): Statechart {
  const transitions = [...graph.transitions.values()];
  const markState = (state: ChartState): ChartState => {
    const reached = state.type === 'history' || record.states.has(state.id);
    return {
      ...state,
      key: reached ? state.key : `${cross}${state.key}`,
      states: state.states.map(markState),
    };
  };
  const markTransition = (drawn: ChartTransition, index: number): ChartTransition => {
    const key = transitions[index]?.key ?? '';
    if (!record.transitions.has(key)) return { ...drawn, event: `${cross}${drawn.event}`, trigger: 'error' };
    const gap = drawn.guard === undefined ? undefined : record.guardGap(key);
    return gap === undefined ? drawn : { ...drawn, guard: `${drawn.guard ?? ''} ${cross}${gap}` };
  };
  const { id, root } = graph.chart;
  return { id, root: markState(root), transitions: graph.chart.transitions.map(markTransition) };
}

/** Gives boxes whose name begins with the mark the colours of what is wrong. */
function reddened(dot: string): string {
  return dot
    .split('\n')
    .map((line) =>
      line.includes(`<b>${cross}`)
        ? line
            .replace(/ fillcolor="[^"]*"/, ` fillcolor="${colour('unknownFill')}"`)
            .replace(/ color="#[^"]*"(?=[^<>]*\]$)/, ` color="${colour('error')}"`)
        : line,
    )
    .join('\n');
}
