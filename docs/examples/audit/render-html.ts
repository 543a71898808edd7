// Renders the report as one page that needs nothing else: style, charts and script are inside, and its policy forbids
// every request and every script but its own. What came from files is escaped where it is written.

import { createHash } from 'node:crypto';

import { renderFunctions, renderLanguages, renderSizes } from './chart-bars.ts';
import { renderScatter } from './chart-scatter.ts';
import { renderTreemap } from './chart-treemap.ts';
import { renderDensityLegend } from './density-scale.ts';
import { escapeHtml } from './escape-html.ts';
import { formatMoment } from './format.ts';
import {
  renderCards,
  renderDuplicates,
  renderFileTable,
  renderFooter,
  renderHotSpots,
  renderLead,
  renderMarkers,
  renderSection,
} from './page-sections.ts';
import { pageScript } from './page-script.ts';
import { pageStyle } from './page-style.ts';
import type { AuditReport } from './schemas.ts';

const widths = {
  wide: { map: { width: 1080, height: 600, cells: 600 }, scatter: { width: 1080, height: 500, labels: 10 } },
  medium: { map: { width: 700, height: 560, cells: 300 }, scatter: { width: 700, height: 460, labels: 8 } },
  compact: { map: { width: 350, height: 520, cells: 140 }, scatter: { width: 350, height: 380, labels: 5 } },
} as const;

/** A chart drawn three times: text in an SVG shrinks with it, so a phone and a tablet get drawings of their own. */
function inAllWidths(draw: (width: keyof typeof widths) => string): string {
  const wide = draw('wide');
  return wide === ''
    ? ''
    : `<div class="wide">${wide}</div><div class="medium">${draw('medium')}</div><div class="compact">${draw('compact')}</div>`;
}

function renderCharts(report: AuditReport): string {
  const { files, hotSpots } = report;
  const map = inAllWidths((width) => renderTreemap(files, widths[width].map));
  const scatter = inAllWidths((width) => renderScatter(files, hotSpots, widths[width].scatter));
  const byHistory = hotSpots.basis === 'history';
  const spots =
    hotSpots.spots.length === 0
      ? ''
      : renderSection(
          'Where to look first',
          byHistory
            ? 'Code that is hard to read and changes often is where time goes and bugs come from.'
            : 'The files with the most decisions and the most code, as there are too few changes to go by.',
          renderHotSpots(report),
        );
  return [
    spots,
    map === ''
      ? ''
      : renderSection(
          'Map of the code',
          'Every cell is a file: the larger, the more code; the warmer, the more decisions in each line.',
          map + renderDensityLegend(),
        ),
    scatter === ''
      ? ''
      : renderSection(
          byHistory ? 'Change and complexity' : 'Size and complexity',
          `Each circle is a file, larger with more code. The ${byHistory ? 'hot spots towards the top right are complex and change often' : 'files towards the top right are long and complex'}; both axes are logarithmic.`,
          scatter,
        ),
  ].join('');
}

function renderBody(report: AuditReport): string {
  if (report.files.length === 0) return '';
  const { files, languages, longestFunctions } = report;
  return [
    renderCharts(report),
    `<div class="pair">${renderSection('Languages', 'Share of the lines of code.', renderLanguages(languages))}${renderSection('Sizes of files', 'How many files have how many lines of code.', renderSizes(files))}</div>`,
    longestFunctions.length === 0
      ? ''
      : renderSection(
          'Longest functions',
          'Lines of their own, without those of functions inside them.',
          renderFunctions(longestFunctions),
        ),
    `<div class="pair loose">${renderSection('Repeated code', 'Equal blocks, longest first.', renderDuplicates(report))}${renderSection('Markers', 'What comments say is left to do.', renderMarkers(report))}</div>`,
    renderSection('All files', 'Click a heading to sort. A dash is zero.', renderFileTable(report)),
  ].join('');
}

/**
 * Renders the report as one self-contained HTML document.
 *
 * @example
 * await writeFile('report.html', renderHtml(report));
 */
export function renderHtml(report: AuditReport): string {
  const hash = createHash('sha256').update(pageScript).digest('base64');
  const policy = `default-src 'none'; style-src 'unsafe-inline'; script-src 'sha256-${hash}'; base-uri 'none'; form-action 'none'`;
  const title = escapeHtml(report.title);
  return `<!doctype html>
<html lang="en">
<head>
<meta charset="utf-8">
<meta http-equiv="Content-Security-Policy" content="${policy}">
<meta name="viewport" content="width=device-width, initial-scale=1">
<meta name="color-scheme" content="light dark">
<title>Audit of ${title}</title>
<style>${pageStyle}</style>
</head>
<body>
<header>
<p class="eyebrow">Source audit · ${escapeHtml(formatMoment(report.generatedAt))}</p>
<h1>${title}</h1>
${renderLead(report)}
${report.files.length === 0 ? '' : renderCards(report)}
</header>
<main>${renderBody(report)}</main>
${renderFooter(report)}
<script>${pageScript}</script>
</body>
</html>
`;
}
