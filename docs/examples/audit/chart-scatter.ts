// Change against complexity: a file at the top right is hard to read and changed often. Without history the lines of
// code take the place of changes. The hot spots carry their names, placed so that no two labels touch.

import { scaleLog, scaleSqrt } from 'd3-scale';

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

interface Point {
  readonly file: FileRow;
  readonly x: number;
  readonly y: number;
  readonly radius: number;
  readonly rank: number | undefined;
}

const margin = { top: 14, right: 18, bottom: 46, left: 56 } as const;
const label_px = 12;
const label_height = 15;

/** 1, 2, 5, 10, 20, 50 … within a domain, thinned until neighbours are `gap` apart. */
function logTicks(domain: readonly [number, number], at: (value: number) => number, gap: number): number[] {
  const all: number[] = [];
  for (let decade = 1; decade <= domain[1]; decade *= 10) {
    for (const step of [1, 2, 5]) if (decade * step >= domain[0] && decade * step <= domain[1]) all.push(decade * step);
  }
  const kept: number[] = [];
  for (const value of all) {
    const before = kept.at(-1);
    if (before === undefined || Math.abs(at(value) - at(before)) >= gap) kept.push(value);
  }
  return kept;
}

function placeLabel(point: Point, text: string, plot: Box, taken: readonly Box[]): { readonly box: Box; readonly anchor: string } | undefined {
  const width = textWidth(text, label_px);
  const gap = point.radius + 4;
  const middle = point.y - label_height / 2;
  const places = [
    { anchor: 'start', x: point.x + gap, y: middle },
    { anchor: 'end', x: point.x - gap - width, y: middle },
    { anchor: 'middle', x: point.x - width / 2, y: point.y - gap - label_height },
    { anchor: 'middle', x: point.x - width / 2, y: point.y + gap },
    { anchor: 'start', x: point.x + gap * 0.8, y: point.y - gap - label_height + 4 },
    { anchor: 'start', x: point.x + gap * 0.8, y: point.y + gap - 4 },
    { anchor: 'end', x: point.x - gap * 0.8 - width, y: point.y - gap - label_height + 4 },
    { anchor: 'end', x: point.x - gap * 0.8 - width, y: point.y + gap - 4 },
  ];
  for (const { anchor, x, y } of places) {
    const box = { x, y, width, height: label_height };
    if (contains(plot, box) && !taken.some((other) => overlaps(box, other))) return { box, anchor };
  }
  return undefined;
}

function renderLabels(hot: readonly Point[], plot: Box, limit: number): string {
  const taken: Box[] = hot.map(({ x, y, radius }) => ({ x: x - radius, y: y - radius, width: radius * 2, height: radius * 2 }));
  const texts: string[] = [];
  for (const point of hot) {
    if (texts.length === limit) break;
    const text = fitText(splitPath(point.file.path).name, 170, label_px);
    const placed = text === '' ? undefined : placeLabel(point, text, plot, taken);
    if (placed === undefined) continue;
    taken.push(placed.box);
    const { box, anchor } = placed;
    const x = anchor === 'start' ? box.x : anchor === 'end' ? box.x + box.width : box.x + box.width / 2;
    texts.push(`<text class="spot-name" text-anchor="${anchor}" x="${x.toFixed(1)}" y="${(box.y + 11.5).toFixed(1)}">${escapeHtml(text)}</text>`);
  }
  return texts.join('');
}

function renderPoint({ file, x, y, radius, rank }: Point): string {
  const changes = file.commits === undefined ? [] : [`${formatPlural(file.commits, 'commit')} by ${formatPlural(file.authors ?? 0, 'author')}`];
  const lines = [file.path, formatPlural(file.complexity, 'decision point'), ...changes, `${formatPlural(file.codeLines, 'line')} of code`];
  const tip = (rank === undefined ? lines : [...lines, `hot spot no. ${rank + 1}`]).map(escapeHtml).join('\n');
  const shape = `cx="${x.toFixed(1)}" cy="${y.toFixed(1)}" r="${radius.toFixed(1)}"`;
  return `<circle class="${rank === undefined ? 'dot' : 'dot hot'}" ${shape}><title>${tip}</title></circle>`;
}

function renderAxes(plot: Box, x: (value: number) => number, y: (value: number) => number, most: readonly [number, number], name: string): string {
  const bottom = plot.y + plot.height;
  const across = logTicks([1, most[0]], x, 44).map(
    (tick) =>
      `<line class="grid" x1="${x(tick).toFixed(1)}" x2="${x(tick).toFixed(1)}" y1="${plot.y}" y2="${bottom}"/><text class="tick" text-anchor="middle" x="${x(tick).toFixed(1)}" y="${bottom + 17}">${formatShort(tick)}</text>`,
  );
  const up = logTicks([1, most[1]], y, 26).map(
    (tick) =>
      `<line class="grid" x1="${plot.x}" x2="${plot.x + plot.width}" y1="${y(tick).toFixed(1)}" y2="${y(tick).toFixed(1)}"/><text class="tick" text-anchor="end" x="${plot.x - 8}" y="${(y(tick) + 4).toFixed(1)}">${formatShort(tick)}</text>`,
  );
  const titles =
    `<text class="axis" text-anchor="end" x="${plot.x + plot.width}" y="${bottom + 38}">${name} →</text>` +
    `<text class="axis" text-anchor="end" transform="translate(14 ${plot.y}) rotate(-90)">decision points →</text>`;
  return across.join('') + up.join('') + titles;
}

/** Draws the plot as SVG; an empty text where no file has both numbers. */
export function renderScatter(files: readonly FileRow[], hotSpots: HotSpots, { width, height, labels }: ScatterShape): string {
  const across = (file: FileRow): number => (hotSpots.basis === 'history' ? (file.commits ?? 0) : file.codeLines);
  const drawn = files
    .filter((file) => file.complexity > 0 && across(file) > 0)
    .sort((a, b) => b.score - a.score || (a.path < b.path ? -1 : 1))
    .slice(0, auditLimits.scatterPoints);
  if (drawn.length === 0) return '';
  const most = [Math.max(2, ...drawn.map(across)), Math.max(2, ...drawn.map(({ complexity }) => complexity))] as const;
  const plot: Box = { x: margin.left, y: margin.top, width: width - margin.left - margin.right, height: height - margin.top - margin.bottom };
  const x = scaleLog([0.85, most[0] * 1.2], [plot.x, plot.x + plot.width]);
  const y = scaleLog([0.8, most[1] * 1.3], [plot.y + plot.height, plot.y]);
  const radius = scaleSqrt([0, Math.max(...drawn.map(({ codeLines }) => codeLines))], [2.5, Math.min(18, width / 34)]);
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
  const order = [...points.filter(({ rank }) => rank === undefined).sort((a, b) => b.radius - a.radius), ...hot.toReversed()];
  const name = hotSpots.basis === 'history' ? 'commits that changed the file' : 'lines of code';
  const label = `${formatCount(drawn.length)} files by ${name} and decision points`;
  const axes = renderAxes(plot, x, y, most, name);
  return `<svg class="scatter" viewBox="0 0 ${width} ${height}" role="img" aria-label="${label}">${axes}${order.map(renderPoint).join('')}${renderLabels(hot, plot, labels)}</svg>`;
}
