// Change against complexity: a file at the top right is hard to read and changed often. Without history the lines of
// code take the place of changes. The hot spots carry their names, placed so that no two labels touch.

import { type ScaleLogarithmic, scaleLog, scaleSqrt } from 'd3-scale';

import { escapeHtml } from './escape-html.ts';
import { formatCount, formatPlural, formatShort, splitPath } from './format.ts';
import { auditLimits } from './limits.ts';
import type { FileRow, HotSpots } from './schemas.ts';
import { type Box, contains, fitText, overlaps, textWidth } from './text-fit.ts';

/** The size of a scatter plot and how many hot spots may carry a label. */
export interface ScatterShape {
  readonly width: number;
  readonly height: number;
  readonly labels: number;
}

type Scale = ScaleLogarithmic<number, number>;

interface Point {
  readonly file: FileRow;
  readonly x: number;
  readonly y: number;
  readonly radius: number;
  readonly rank: number | undefined;
}

/** A label's place: its box, the end of the line that leads to it, and how much it covers. */
interface Placed {
  readonly box: Box;
  readonly tip: { readonly x: number; readonly y: number };
  readonly cost: number;
  readonly leads: boolean;
}

const margin = { top: 14, right: 18, bottom: 46, left: 56 } as const;
const label_px = 12;
const label_height = 15;

/** 1, 2, 5, 10, 20, 50 … within a domain, thinned until neighbours are `gap` apart. */
function logTicks([least = 1, most = 1]: readonly number[], at: Scale, gap: number): number[] {
  const all: number[] = [];
  for (let decade = 1; decade <= most; decade *= 10) {
    for (const step of [1, 2, 5]) if (decade * step >= least && decade * step <= most) all.push(decade * step);
  }
  const kept: number[] = [];
  for (const value of all) {
    const before = kept.at(-1);
    if (before === undefined || Math.abs(at(value) - at(before)) >= gap) kept.push(value);
  }
  return kept;
}

/** Where a label may stand around its circle: beside, above, below and at the corners. */
const directions = [
  { across: 1, up: 0 },
  { across: -1, up: 0 },
  { across: 0, up: -1 },
  { across: 0, up: 1 },
  { across: 0.75, up: -0.75 },
  { across: 0.75, up: 0.75 },
  { across: -0.75, up: -0.75 },
  { across: -0.75, up: 0.75 },
] as const;

/** How far from its circle a label may stand; from the second on a line leads to it. */
const distances_px = [4, 18, 34] as const;

function circleBox({ x, y, radius }: Point): Box {
  return { x: x - radius, y: y - radius, width: radius * 2, height: radius * 2 };
}

/** The place that covers the fewest other circles; undefined where every place would touch a label or leave the room. */
function placeLabel(
  point: Point,
  text: string,
  room: Box,
  taken: readonly Box[],
  others: readonly Box[],
): Placed | undefined {
  const width = textWidth(text, label_px);
  let best: Placed | undefined;
  for (const distance of distances_px) {
    for (const { across, up } of directions) {
      const reach = point.radius + distance;
      const tip = { x: point.x + across * reach, y: point.y + up * reach };
      const x = across > 0 ? tip.x : across < 0 ? tip.x - width : tip.x - width / 2;
      const y = up > 0 ? tip.y - 2 : up < 0 ? tip.y - label_height + 2 : tip.y - label_height / 2;
      const box = { x, y, width, height: label_height };
      if (!contains(room, box) || taken.some((other) => overlaps(box, other))) continue;
      const cost = distance / 12 + others.filter((other) => overlaps(box, other)).length;
      if (best === undefined || cost < best.cost) best = { box, tip, cost, leads: distance > distances_px[0] };
    }
  }
  return best;
}

function renderLabels(hot: readonly Point[], points: readonly Point[], room: Box, limit: number): string {
  const taken: Box[] = hot.map(circleBox);
  const others = points.filter(({ rank }) => rank === undefined).map(circleBox);
  const parts: string[] = [];
  for (const point of hot.slice(0, limit)) {
    const text = fitText(splitPath(point.file.path).name, Math.min(170, room.width * 0.5), label_px);
    const placed = text === '' ? undefined : placeLabel(point, text, room, taken, others);
    if (placed === undefined) continue;
    const { box, tip, leads } = placed;
    taken.push(box);
    const line = leads
      ? `<line class="lead-line" x1="${point.x.toFixed(1)}" y1="${point.y.toFixed(1)}" x2="${tip.x.toFixed(1)}" y2="${tip.y.toFixed(1)}"/>`
      : '';
    const x = (box.x + box.width / 2).toFixed(1);
    parts.push(
      `${line}<text class="spot-name" text-anchor="middle" x="${x}" y="${(box.y + 11.5).toFixed(1)}">${escapeHtml(text)}</text>`,
    );
  }
  return parts.join('');
}

function renderPoint({ file, x, y, radius, rank }: Point): string {
  const changes =
    file.commits === undefined
      ? []
      : [`${formatPlural(file.commits, 'commit')} by ${formatPlural(file.authors ?? 0, 'author')}`];
  const lines = [
    file.path,
    formatPlural(file.complexity, 'decision point'),
    ...changes,
    `${formatPlural(file.codeLines, 'line')} of code`,
  ];
  const tip = (rank === undefined ? lines : [...lines, `hot spot no. ${rank + 1}`]).map(escapeHtml).join('\n');
  const shape = `cx="${x.toFixed(1)}" cy="${y.toFixed(1)}" r="${radius.toFixed(1)}"`;
  return `<circle class="${rank === undefined ? 'dot' : 'dot hot'}" ${shape}><title>${tip}</title></circle>`;
}

function renderAxes(plot: Box, x: Scale, y: Scale, name: string): string {
  const bottom = plot.y + plot.height;
  const across = logTicks(x.domain(), x, 44).map(
    (tick) =>
      `<line class="grid" x1="${x(tick).toFixed(1)}" x2="${x(tick).toFixed(1)}" y1="${plot.y}" y2="${bottom}"/><text class="tick" text-anchor="middle" x="${x(tick).toFixed(1)}" y="${bottom + 17}">${formatShort(tick)}</text>`,
  );
  const up = logTicks(y.domain(), y, 26).map(
    (tick) =>
      `<line class="grid" x1="${plot.x}" x2="${plot.x + plot.width}" y1="${y(tick).toFixed(1)}" y2="${y(tick).toFixed(1)}"/><text class="tick" text-anchor="end" x="${plot.x - 8}" y="${(y(tick) + 4).toFixed(1)}">${formatShort(tick)}</text>`,
  );
  const titles =
    `<text class="axis" text-anchor="end" x="${plot.x + plot.width}" y="${bottom + 38}">${name} →</text>` +
    `<text class="axis" text-anchor="end" transform="translate(14 ${plot.y}) rotate(-90)">decision points →</text>`;
  return across.join('') + up.join('') + titles;
}

/** Draws the plot as SVG; an empty text where no file has both numbers. */
export function renderScatter(
  files: readonly FileRow[],
  hotSpots: HotSpots,
  { width, height, labels }: ScatterShape,
): string {
  const across = (file: FileRow): number => (hotSpots.basis === 'history' ? (file.commits ?? 0) : file.codeLines);
  const drawn = files
    .filter((file) => file.complexity > 0 && across(file) > 0)
    .sort((a, b) => b.score - a.score || (a.path < b.path ? -1 : 1))
    .slice(0, auditLimits.scatterPoints);
  if (drawn.length === 0) return '';
  const plot: Box = {
    x: margin.left,
    y: margin.top,
    width: width - margin.left - margin.right,
    height: height - margin.top - margin.bottom,
  };
  const largest = Math.min(18, width / 34);
  const x = scaleLog(
    [Math.min(...drawn.map(across)) * 0.85, Math.max(...drawn.map(across)) * 1.1],
    [plot.x, plot.x + plot.width - largest],
  );
  const y = scaleLog(
    [0.8, Math.max(...drawn.map(({ complexity }) => complexity)) * 1.1],
    [plot.y + plot.height, plot.y + largest + 12],
  );
  const radius = scaleSqrt([0, Math.max(...drawn.map(({ codeLines }) => codeLines))], [2.5, largest]);
  const ranks = new Map(hotSpots.spots.slice(0, 10).map(({ path }, rank) => [path, rank]));
  const points = drawn.map((file): Point => ({
    file,
    x: x(across(file)),
    y: y(file.complexity),
    radius: radius(file.codeLines),
    rank: ranks.get(file.path),
  }));
  const hot = points.filter(({ rank }) => rank !== undefined).sort((a, b) => (a.rank ?? 0) - (b.rank ?? 0));
  // Large circles first, so that small ones can still be pointed at; hot spots on top.
  const order = [
    ...points.filter(({ rank }) => rank === undefined).sort((a, b) => b.radius - a.radius),
    ...hot.toReversed(),
  ];
  const room: Box = { x: plot.x + 2, y: 2, width: width - plot.x - 4, height: plot.y + plot.height - 4 };
  const name = hotSpots.basis === 'history' ? 'commits that changed the file' : 'lines of code';
  const label = `${formatCount(drawn.length)} files by ${name} and decision points`;
  const axes = renderAxes(plot, x, y, name);
  return `<svg class="scatter" viewBox="0 0 ${width} ${height}" role="img" aria-label="${label}">${axes}${order.map(renderPoint).join('')}${renderLabels(hot, points, room, labels)}</svg>`;
}
