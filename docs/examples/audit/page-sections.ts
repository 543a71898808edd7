// The text parts of the page: key figures, hot spots, findings and the file table. Each takes the report and gives
// HTML in which everything that came from a file is escaped.

import { renderPath } from './chart-bars.ts';
import { escapeHtml } from './escape-html.ts';
import { densityOf, formatCount, formatDay, formatPlural, formatShare, formatShort } from './format.ts';
import { auditLimits } from './limits.ts';
import type { AuditReport, DuplicateBlock, FileRow, HotSpot } from './schemas.ts';

const openDuplicates = 8;
const openMarkers = 12;
const openOccurrences = 4;
const openSpots = 8;

/** A section with a heading and a sentence that says how to read it. */
export function renderSection(title: string, about: string, content: string): string {
  return `<section><h2>${title}</h2><p class="about">${about}</p><div class="panel">${content}</div></section>`;
}

/** The key figures. */
export function renderCards({ totals, languages, longestFunctions, duplicates, files }: AuditReport): string {
  const marked = files.filter(({ markers }) => markers > 0).length;
  const longest = longestFunctions[0];
  const cards = [
    ['Source files', formatCount(totals.files), `in ${formatPlural(languages.length, 'language')}`],
    ['Lines of code', formatShort(totals.codeLines), `${formatShort(totals.commentLines)} of comments`],
    ['Decision points', formatShort(totals.complexity), `${densityOf(totals).toFixed(1)} per 100 lines`],
    [
      'Functions',
      formatShort(totals.functions),
      longest === undefined ? 'none found' : `longest ${formatPlural(longest.lines, 'line')}`,
    ],
    [
      'Repeated code',
      formatShare(duplicates.duplicatedLines, totals.codeLines),
      formatPlural(duplicates.duplicatedLines, 'line'),
    ],
    [
      'Markers',
      formatCount(totals.markers),
      totals.markers === 0 ? 'none in comments' : `in ${formatPlural(marked, 'file')}`,
    ],
  ];
  const items = cards.map(
    ([name, figure, about]) =>
      `<li class="card"><span>${name}</span><span class="figure">${figure}</span><span>${about}</span></li>`,
  );
  return `<ul class="cards">${items.join('')}</ul>`;
}

/** The sentence under the title. */
export function renderLead({ totals, languages, hotSpots, history, duplicates }: AuditReport): string {
  const main = languages[0];
  if (main === undefined) return '<p class="lead">There are no source files in this folder.</p>';
  const mostly = languages.length === 1 ? `of ${escapeHtml(main.language)}` : `, mostly ${escapeHtml(main.language)}`;
  const first = hotSpots.spots[0];
  const spot = first === undefined ? '' : ` Look first at <b>${escapeHtml(first.path)}</b>.`;
  const share =
    duplicates.duplicatedLines === 0
      ? 'No block of code is repeated.'
      : `${formatShare(duplicates.duplicatedLines, totals.codeLines)} of the code exists more than once.`;
  const [since, until] = [escapeHtml(formatDay(history?.since ?? '')), escapeHtml(formatDay(history?.until ?? ''))];
  const span = since === until ? `of ${until}` : `from ${since} to ${until}`;
  const past = history === undefined ? '' : ` The history covers ${formatPlural(history.commits, 'commit')} ${span}.`;
  return `<p class="lead"><b>${formatPlural(totals.codeLines, 'line')} of code</b>${mostly.startsWith(',') ? '' : ' '}${mostly}. ${share}${spot}${past}</p>`;
}

/** The files to look at first, and how complex and how busy each is. */
export function renderHotSpots({ hotSpots }: AuditReport): string {
  const byHistory = hotSpots.basis === 'history';
  const shown = hotSpots.spots.slice(0, openSpots);
  const change = ({ commits, codeLines }: HotSpot): number => (byHistory ? (commits ?? 0) : codeLines);
  const hardest = Math.max(1, ...shown.map(({ complexity }) => complexity));
  const busiest = Math.max(1, ...shown.map(change));
  const gauge = (name: string, value: number, most: number): string =>
    `<span>${name}</span><div class="bar"><i style="width:${Math.max(1, (value / most) * 100).toFixed(1)}%"></i></div>`;
  // The scores of the first few are all close to 1: what sets them apart are the two numbers behind them.
  const items = shown.map((spot) => {
    const gauges =
      gauge('complexity', spot.complexity, hardest) + gauge(byHistory ? 'change' : 'size', change(spot), busiest);
    return `<li><div>${renderPath(spot.path)}<p>${escapeHtml(spot.reason)}</p></div><div class="gauges">${gauges}</div></li>`;
  });
  return `<ol class="spots">${items.join('')}</ol>`;
}

/** A list of which the rest is folded away. */
function renderFolded(items: readonly string[], open: number, noun: string): string {
  const rest = items.slice(open);
  const folded =
    rest.length === 0
      ? ''
      : `<details><summary>${formatPlural(rest.length, `more ${noun}`)}</summary><ul class="found">${rest.join('')}</ul></details>`;
  return `<ul class="found">${items.slice(0, open).join('')}</ul>${folded}`;
}

function renderDuplicate({ lines, occurrences }: DuplicateBlock): string {
  const places = occurrences.slice(0, openOccurrences).map(({ path, line }) => renderPath(path, line));
  const more =
    occurrences.length > places.length
      ? `<span class="quiet">and ${formatPlural(occurrences.length - places.length, 'more place')}</span>`
      : '';
  return `<li><p><b>${formatPlural(lines, 'line')}</b> <span class="quiet">in ${formatPlural(occurrences.length, 'place')}</span></p>${places.join('')}${more}</li>`;
}

/** Code that exists more than once. */
export function renderDuplicates({ duplicates }: AuditReport): string {
  if (duplicates.blocks.length === 0) return '<p class="quiet">No block of six lines or more is repeated.</p>';
  const note =
    duplicates.leftOut === 0
      ? ''
      : `<p class="axis-note">${formatPlural(duplicates.leftOut, 'shorter block')} not listed.</p>`;
  return renderFolded(duplicates.blocks.map(renderDuplicate), openDuplicates, 'block') + note;
}

/** What developers left for later. */
export function renderMarkers({ markers }: AuditReport): string {
  if (markers.length === 0) return '<p class="quiet">No TODO, FIXME, HACK or XXX in any comment.</p>';
  const items = markers.map(
    ({ kind, path, line, text }) =>
      `<li><p><span class="chip ${kind}">${kind}</span>${text === '' ? '' : escapeHtml(text)}</p>${renderPath(path, line)}</li>`,
  );
  return renderFolded(items, openMarkers, 'marker');
}

interface Column {
  readonly name: string;
  readonly class: string;
  readonly value: (row: FileRow) => number;
  readonly text?: (row: FileRow) => string;
}

function columnsOf({ history }: AuditReport): readonly Column[] {
  const changes: readonly Column[] = [
    { name: 'Commits', class: 'c-mid', value: ({ commits }) => commits ?? 0 },
    { name: 'Authors', class: 'c-low', value: ({ authors }) => authors ?? 0 },
  ];
  return [
    { name: 'Code', class: '', value: ({ codeLines }) => codeLines },
    { name: 'Comments', class: 'c-low', value: ({ commentLines }) => commentLines },
    { name: 'Decisions', class: '', value: ({ complexity }) => complexity },
    { name: 'per 100', class: 'c-low', value: densityOf, text: (row) => densityOf(row).toFixed(1) },
    { name: 'Functions', class: 'c-low', value: ({ functions }) => functions },
    { name: 'Longest', class: 'c-mid', value: ({ longestFunction }) => longestFunction?.lines ?? 0 },
    { name: 'Repeated', class: 'c-mid', value: ({ duplicatedLines }) => duplicatedLines },
    ...(history === undefined ? [] : changes),
    { name: 'Score', class: '', value: ({ score }) => score, text: ({ score }) => score.toFixed(2) },
  ];
}

/** Every file with its numbers: sortable and filterable, ordered by score. */
export function renderFileTable(report: AuditReport): string {
  const columns = columnsOf(report);
  const attribute = (column: Column): string => (column.class === '' ? '' : ` class="${column.class}"`);
  const rows = [...report.files].sort(
    (a, b) => b.score - a.score || b.codeLines - a.codeLines || (a.path < b.path ? -1 : 1),
  );
  const body = rows.slice(0, auditLimits.tableRows).map((row) => {
    const cells = columns.map((column) => {
      const value = column.value(row);
      const text = column.text?.(row) ?? formatCount(value);
      return `<td${attribute(column)} data-v="${Number(value.toFixed(4))}">${value === 0 ? '<span class="quiet">–</span>' : text}</td>`;
    });
    return `<tr><td>${renderPath(row.path)}</td><td class="c-mid">${escapeHtml(row.language)}</td>${cells.join('')}</tr>`;
  });
  const heads = columns.map(
    (column) =>
      `<th${attribute(column)}${column.name === 'Score' ? ' aria-sort="descending"' : ''}><button type="button">${column.name}</button></th>`,
  );
  const cut =
    rows.length > auditLimits.tableRows
      ? `<p class="axis-note">${formatPlural(rows.length - auditLimits.tableRows, 'further file')} in report.json.</p>`
      : '';
  return (
    `<div class="tools"><input id="filter" type="search" placeholder="Filter by path or language" aria-label="Filter files"><span id="shown"></span></div>` +
    `<table id="files"><thead><tr><th><button type="button">File</button></th><th class="c-mid"><button type="button">Language</button></th>${heads.join('')}</tr></thead>` +
    `<tbody>${body.join('')}</tbody></table><button id="more" type="button">Show all</button>${cut}`
  );
}

/** Notes and how things were measured. */
export function renderFooter({ notes }: AuditReport): string {
  const left =
    notes.length === 0 ? '' : `<h2>Notes</h2><ul>${notes.map((note) => `<li>${escapeHtml(note)}</li>`).join('')}</ul>`;
  return (
    `<footer><div>${left}<h2>How this was measured</h2><p>A decision point is a branch, loop, case, handler or short-circuit; comments and strings do not count. ` +
    `A function's lines are its own, without the functions inside it. Repeated code is at least six equal lines, spaces and comments aside. ` +
    `The score of a hot spot is the geometric mean of two ranks within this folder, so it compares files and not projects.</p></div></footer>`
  );
}
