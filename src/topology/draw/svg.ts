// Graphviz draws, this file dresses: the SVG loses Graphviz's prolog, comments, ids and fixed fonts and gains a title,
// a description and a style sheet that follows the reader's colour scheme. It has no ids and fetches nothing, so many
// may stand in one page. Graphviz itself is WebAssembly of over a megabyte and is loaded by the first drawing.

import type { Viz } from '@viz-js/viz';
import { InvalidOptionError } from '../../base/errors.ts';
import { escapeXml, tidy } from './escape.ts';
import { drawingStyle } from './palette.ts';

/** What an SVG says of itself to those who cannot see it. */
export interface SvgOptions {
  readonly title: string;
  readonly description?: string;
}

let graphviz: Promise<Viz> | undefined;

/**
 * Draws a graph.
 *
 * @param dot - A digraph in DOT, in the colours of the palette.
 * @throws INVALID_OPTION when Graphviz cannot read or lay out the graph.
 */
export async function renderSvg(dot: string, { title, description }: SvgOptions): Promise<string> {
  graphviz ??= import('@viz-js/viz').then(({ instance }) => instance());
  const result = (await graphviz).render(dot, { format: 'svg' });
  if (result.status === 'failure') {
    const said = result.errors.map(({ message }) => message.trim()).join('; ');
    throw new InvalidOptionError('dot', dot, `a graph that Graphviz can draw (it says: ${said})`);
  }
  return dress(result.output, tidy(title, 200), description === undefined ? undefined : tidy(description, 1_000));
}

function dress(raw: string, title: string, description: string | undefined): string {
  const open = /<svg width="([\d.]+)pt" height="([\d.]+)pt"\s+viewBox="([-\d. ]+)"[^>]*>/.exec(raw);
  if (open === null) throw new InvalidOptionError('dot', raw, 'a graph that Graphviz draws as SVG');
  const [tag, width, height, viewBox] = open;
  const body = raw
    .slice(open.index + tag.length)
    .replace(/<!--.*?-->\n?/gs, '')
    .replace(/<title>[^<]*<\/title>\n?/g, '')
    .replace(/<g id="a_[^"]*"><a xlink:title="([^"]*)">\n?/g, '<g><title>$1</title>\n')
    .replace(/<\/a>\n<\/g>/g, '</g>')
    .replace(/<g id="[^"]*"/g, '<g')
    .replace(/ (?:font-family="[^"]*"|xml:space="preserve")/g, '')
    .replaceAll('class="graph"', '');
  const head = [
    `<svg xmlns="http://www.w3.org/2000/svg" class="troupe-drawing" role="img" aria-label="${escapeXml(title)}" width="${pixels(width)}" height="${pixels(height)}" viewBox="${viewBox ?? ''}">`,
    `<title>${escapeXml(title)}</title>`,
    ...(description === undefined ? [] : [`<desc>${escapeXml(description)}</desc>`]),
    `<style>${drawingStyle()}</style>`,
  ];
  return `${head.join('\n')}${body.trimEnd()}\n`;
}

/** Points of print as pixels of screens, so that 11 point type is as large as it is meant. */
function pixels(points: string | undefined): number {
  return Math.round((Number(points ?? 0) * 4) / 3);
}
