// One HTML page with every drawing inlined: it fetches nothing, opens from disk, prints, and reads on a phone. All
// text is escaped, ids of inlined SVGs are made distinct, and a content policy allows the page's own script alone.

import { createHash } from 'node:crypto';
import { escapeXml, identifiers, tidy } from './escape.ts';
import { pageScript } from './page-script.ts';
import { pageStyle } from './page-style.ts';
import { drawingStyle } from './palette.ts';

/** One drawing of a page. */
export interface PageFigure {
  /** Becomes the anchor of the figure; made safe and distinct. */
  readonly id: string;
  readonly title: string;
  readonly note?: string;
  /** From `renderSvg`; it is inlined as it is, but for its ids. */
  readonly svg: string;
  readonly mermaid: string;
}

export interface PageOptions {
  readonly title: string;
  readonly figures: readonly PageFigure[];
}

/** The page as one string of HTML. */
export function renderPage({ title, figures }: PageOptions): string {
  const newId = identifiers();
  const anchored = figures.map((figure) => ({ ...figure, anchor: `figure-${newId(figure.id)}` }));
  const heading = escapeXml(tidy(title, 120));
  const links = anchored.map(({ anchor, title: name }) => `<li><a href="#${anchor}">${escapeXml(tidy(name))}</a></li>`);
  return [
    '<!doctype html>',
    '<html lang="en">',
    '<head>',
    '<meta charset="utf-8">',
    `<meta http-equiv="Content-Security-Policy" content="${policy()}">`,
    '<meta name="viewport" content="width=device-width, initial-scale=1">',
    `<title>${heading}</title>`,
    `<style>\n${pageStyle()}\n</style>`,
    '</head>',
    '<body>',
    '<div class="layout">',
    '<header class="side">',
    `<h1>${heading}</h1>`,
    `<nav aria-label="Figures"><ul>\n${links.join('\n')}\n</ul></nav>`,
    '<button class="theme" type="button" data-needs-script hidden>Dark colours</button>',
    '</header>',
    '<main>',
    ...anchored.map(renderFigure),
    '</main>',
    '</div>',
    `<script>${pageScript}</script>`,
    '</body>',
    '</html>',
    '',
  ].join('\n');
}

function policy(): string {
  const hash = createHash('sha256').update(pageScript).digest('base64');
  return `default-src 'none'; style-src 'unsafe-inline'; script-src 'sha256-${hash}'; base-uri 'none'; form-action 'none'`;
}

function renderFigure({ anchor, title, note, svg, mermaid }: PageFigure & { readonly anchor: string }): string {
  const name = escapeXml(tidy(title, 120));
  const zoom = (act: string, sign: string, label: string): string =>
    `<button type="button" data-zoom="${act}" aria-label="${label}" title="${label}">${sign}</button>`;
  return [
    `<section class="figure" id="${anchor}" aria-labelledby="${anchor}-name">`,
    '<div class="head">',
    `<h2 id="${anchor}-name">${name}</h2>`,
    '<div class="tools" data-needs-script hidden>',
    zoom('out', '−', 'Zoom out') +
      zoom('full', '1:1', 'Full size') +
      zoom('fit', 'Fit', 'Fit to width') +
      zoom('in', '+', 'Zoom in'),
    '</div>',
    ...(note === undefined ? [] : [`<p class="note">${escapeXml(tidy(note, 1_000))}</p>`]),
    '</div>',
    `<div class="view" tabindex="0" role="region" aria-label="${name}">`,
    ownIds(svg.replace(`<style>${drawingStyle()}</style>\n`, ''), anchor).trim(),
    '</div>',
    '<details>',
    '<summary>Mermaid source</summary>',
    '<div class="source"><button class="copy" type="button" data-needs-script hidden>Copy</button>',
    `<pre tabindex="0"><code>${escapeXml(mermaid)}</code></pre></div>`,
    '</details>',
    '</section>',
  ].join('\n');
}

/** Puts an anchor before every id of an SVG and before what refers to one, inside its tags only. */
function ownIds(svg: string, anchor: string): string {
  return svg.replace(/<[a-zA-Z][^>]*>/g, (tag) =>
    tag
      .replace(/(\sid=["'])([^"']+)/g, `$1${anchor}-$2`)
      .replace(/(\b(?:xlink:)?href=["']#)([^"']+)/g, `$1${anchor}-$2`)
      .replace(/(url\(["']?#)([^)"']+)/g, `$1${anchor}-$2`)
      .replace(/(\saria-(?:labelledby|describedby)=["'])([^"']+)/g, (_all, open: string, ids: string) => {
        const own = ids.split(/\s+/).map((id) => `${anchor}-${id}`);
        return `${open}${own.join(' ')}`;
      }),
  );
}
