// The map of the code base: every file is a cell, its area the lines of code, its colour how dense the decisions are.
// Only the largest files get a cell of their own; the rest of each top folder shares one, so that the page stays small.

import { hierarchy, type HierarchyRectangularNode, treemap, treemapSquarify } from 'd3-hierarchy';

import { densityStep } from './density-scale.ts';
import { escapeHtml } from './escape-html.ts';
import { densityOf, formatCount, formatPlural } from './format.ts';
import type { FileRow } from './schemas.ts';
import { fitText } from './text-fit.ts';

/** The size of a treemap and how many files get a cell. */
export interface TreemapShape {
  readonly width: number;
  readonly height: number;
  readonly cells: number;
}

/** A folder or a cell. */
interface Branch {
  name: string;
  readonly path: string;
  readonly children: Branch[];
  codeLines: number;
  complexity: number;
  /** Files behind a cell; 0 for a folder. */
  files: number;
}

const header_px = 19;
const label_px = 11;
const figure_px = 10;

function branch(name: string, path: string): Branch {
  return { name, path, children: [], codeLines: 0, complexity: 0, files: 0 };
}

function folderOf(root: Branch, folders: Map<string, Branch>, path: string): Branch {
  const slash = path.lastIndexOf('/');
  if (slash < 0) return root;
  const folder = path.slice(0, slash);
  const known = folders.get(folder);
  if (known !== undefined) return known;
  const made = branch(folder.slice(folder.lastIndexOf('/') + 1), folder);
  folders.set(folder, made);
  folderOf(root, folders, folder).children.push(made);
  return made;
}

/** `a` that holds nothing but `b` becomes `a/b`. */
function collapse(node: Branch, isRoot: boolean): Branch {
  let at = node;
  while (!isRoot && at.children.length === 1 && at.children[0]?.files === 0) {
    const only = at.children[0];
    at = { ...only, name: `${at.name}/${only.name}` };
  }
  return { ...at, children: at.children.map((child) => collapse(child, false)) };
}

function buildTree(files: readonly FileRow[], cells: number): Branch {
  const root = branch('', '');
  const folders = new Map<string, Branch>();
  const rest = new Map<string, Branch>();
  const bySize = files
    .filter(({ codeLines }) => codeLines > 0)
    .sort((a, b) => b.codeLines - a.codeLines || (a.path < b.path ? -1 : 1));
  for (const [index, file] of bySize.entries()) {
    if (index < cells) {
      const leaf = {
        ...branch(file.path.slice(file.path.lastIndexOf('/') + 1), file.path),
        codeLines: file.codeLines,
        complexity: file.complexity,
        files: 1,
      };
      folderOf(root, folders, file.path).children.push(leaf);
      continue;
    }
    const slash = file.path.indexOf('/');
    const topFolder = slash < 0 ? '' : file.path.slice(0, slash);
    const shared = rest.get(topFolder) ?? branch('', topFolder);
    rest.set(topFolder, shared);
    shared.codeLines += file.codeLines;
    shared.complexity += file.complexity;
    shared.files += 1;
  }
  for (const [topFolder, shared] of rest) {
    shared.name = `${formatCount(shared.files)} more`;
    folderOf(root, folders, `${topFolder}/`.replace(/^\/$/, '')).children.push(shared);
  }
  return collapse(root, true);
}

function hasHeader(node: HierarchyRectangularNode<Branch>): boolean {
  return node.depth > 0 && node.depth <= 3 && node.x1 - node.x0 >= 56 && node.y1 - node.y0 >= 52;
}

function renderFolder(node: HierarchyRectangularNode<Branch>): string {
  const width = node.x1 - node.x0;
  const height = node.y1 - node.y0;
  const frame = `<rect class="folder" x="${node.x0}" y="${node.y0}" width="${width}" height="${height}" rx="3"/>`;
  if (!hasHeader(node)) return frame;
  const label = fitText(node.data.name, width - 12, label_px);
  return `${frame}<text class="folder-name" x="${node.x0 + 6}" y="${node.y0 + 13}">${escapeHtml(label)}</text>`;
}

function renderCell(node: HierarchyRectangularNode<Branch>): string {
  const { name, path, codeLines, complexity, files } = node.data;
  const width = node.x1 - node.x0;
  const height = node.y1 - node.y0;
  if (width < 1 || height < 1) return '';
  const density = densityOf({ codeLines, complexity });
  const what = files === 1 ? path : `${formatPlural(files, 'smaller file')}${path === '' ? '' : ` in ${path}`}`;
  const title = `${what}\n${formatPlural(codeLines, 'line')} of code\n${formatPlural(complexity, 'decision point')} (${density.toFixed(1)} per 100 lines)`;
  // Line ends are the tooltip's own, so the parts are escaped one by one.
  const tip = title.split('\n').map(escapeHtml).join('\n');
  const step = densityStep(density);
  const label = height >= 17 ? fitText(name, width - 9, label_px) : '';
  const figure = label !== '' && height >= 32 ? fitText(formatCount(codeLines), width - 9, figure_px) : '';
  const texts = [
    label === '' ? '' : `<text class="t${step}" x="${node.x0 + 5}" y="${node.y0 + 13}">${escapeHtml(label)}</text>`,
    figure === '' ? '' : `<text class="t${step} figure" x="${node.x0 + 5}" y="${node.y0 + 26}">${figure}</text>`,
  ].join('');
  return `<g class="cell"><title>${tip}</title><rect class="f${step}" x="${node.x0}" y="${node.y0}" width="${width}" height="${height}" rx="2"/>${texts}</g>`;
}

/** Draws the map as SVG; an empty text where no file has code. */
export function renderTreemap(files: readonly FileRow[], { width, height, cells }: TreemapShape): string {
  const tree = hierarchy(buildTree(files, cells), ({ children }) => children)
    .sum(({ codeLines }) => codeLines)
    .sort((a, b) => (b.value ?? 0) - (a.value ?? 0));
  if ((tree.value ?? 0) === 0) return '';
  const layout = treemap<Branch>()
    .tile(treemapSquarify.ratio(1.3))
    .size([width, height])
    .round(true)
    .paddingInner(2)
    .paddingOuter((node) => (node.depth === 0 ? 0 : 3))
    .paddingTop((node) => (hasHeader(node) ? header_px : node.depth === 0 ? 0 : 3));
  const parts: string[] = [];
  layout(tree).eachBefore((node) => {
    if (node.depth === 0) return;
    parts.push(node.data.files === 0 ? renderFolder(node) : renderCell(node));
  });
  const label = `Map of ${formatPlural(files.length, 'file')} by lines of code and density of decisions`;
  return `<svg class="treemap" viewBox="0 0 ${width} ${height}" role="img" aria-label="${label}">${parts.join('')}</svg>`;
}
