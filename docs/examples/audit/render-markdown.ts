// Renders the report as Markdown for places that show no HTML page: pull requests, terminals, mails. Text from files
// is escaped, so that a file's name can neither become markup nor break out of its table cell.

import { visible } from './escape-html.ts';
import { densityOf, formatCount, formatMoment, formatPlural, formatShare } from './format.ts';
import type { AuditReport } from './schemas.ts';

const listedMarkers = 50;
const listedDuplicates = 20;

function escapeMarkdown(text: string): string {
  return visible(text)
    .replaceAll('&', '&amp;')
    .replaceAll('<', '&lt;')
    .replaceAll('>', '&gt;')
    .replace(/[\\`*_{}[\]()#+!|~$@]/g, (char) => (char === '@' ? '&#64;' : `\\${char}`))
    .replace(/:(?=\/\/)/g, '&#58;');
}

/** A table; the columns after the first `left` are numbers and stand to the right. */
function table(heads: readonly string[], rows: readonly (readonly string[])[], left = 1): string {
  const rule = heads.map((_, index) => (index < left ? '---' : '---:'));
  return [heads, rule, ...rows].map((cells) => `| ${cells.join(' | ')} |`).join('\n');
}

function section(title: string, content: string): string {
  return content === '' ? '' : `\n## ${title}\n\n${content}\n`;
}

function renderTotals({ totals, duplicates }: AuditReport): string {
  return table(
    ['Figure', 'Value'],
    [
      ['Source files', formatCount(totals.files)],
      ['Lines of code', formatCount(totals.codeLines)],
      ['Lines of comment', formatCount(totals.commentLines)],
      ['Decision points', `${formatCount(totals.complexity)} (${densityOf(totals).toFixed(1)} per 100 lines)`],
      ['Functions', formatCount(totals.functions)],
      [
        'Repeated lines',
        `${formatCount(duplicates.duplicatedLines)} (${formatShare(duplicates.duplicatedLines, totals.codeLines)})`,
      ],
      ['Markers', formatCount(totals.markers)],
    ],
  );
}

function renderDuplicates({ duplicates }: AuditReport): string {
  const items = duplicates.blocks.slice(0, listedDuplicates).map(({ lines, occurrences }) => {
    const places = occurrences
      .slice(0, 6)
      .map(({ path, line, endLine }) => `${escapeMarkdown(path)}:${line}–${endLine}`);
    const more =
      occurrences.length > places.length
        ? ` and ${formatPlural(occurrences.length - places.length, 'more place')}`
        : '';
    return `- **${formatPlural(lines, 'line')}**: ${places.join(', ')}${more}`;
  });
  const rest = duplicates.blocks.length + duplicates.leftOut - items.length;
  return [...items, ...(rest > 0 ? [`- ${formatPlural(rest, 'further block')}`] : [])].join('\n');
}

function renderMarkers({ markers, totals }: AuditReport): string {
  const items = markers
    .slice(0, listedMarkers)
    .map(
      ({ kind, path, line, text }) =>
        `- **${kind}** ${escapeMarkdown(path)}:${line}${text === '' ? '' : ` – ${escapeMarkdown(text)}`}`,
    );
  const rest = totals.markers - items.length;
  return [...items, ...(rest > 0 ? [`- ${formatPlural(rest, 'further marker')}`] : [])].join('\n');
}

function renderLists(report: AuditReport): string {
  const { hotSpots, languages, largest, mostComplex, longestFunctions } = report;
  const spots = hotSpots.spots.map(({ path, score, reason }) => [
    escapeMarkdown(path),
    escapeMarkdown(reason),
    score.toFixed(2),
  ]);
  const byLanguage = languages.map((row) => [
    escapeMarkdown(row.language),
    ...[row.files, row.codeLines, row.commentLines, row.complexity, row.functions].map(formatCount),
  ]);
  const functions = longestFunctions.map(({ name, path, line, lines }) => [
    escapeMarkdown(name),
    `${escapeMarkdown(path)}:${line}`,
    formatCount(lines),
  ]);
  const sizes = largest.map((row) => [
    escapeMarkdown(row.path),
    formatCount(row.codeLines),
    formatCount(row.complexity),
  ]);
  const dense = mostComplex.map((row) => [
    escapeMarkdown(row.path),
    formatCount(row.complexity),
    densityOf(row).toFixed(1),
  ]);
  const listed = (heads: readonly string[], rows: readonly (readonly string[])[], left = 1): string =>
    rows.length === 0 ? '' : table(heads, rows, left);
  return [
    section('Where to look first', listed(['File', 'Why', 'Score'], spots, 2)),
    section('Languages', listed(['Language', 'Files', 'Code', 'Comments', 'Decisions', 'Functions'], byLanguage)),
    section('Most complex files', listed(['File', 'Decisions', 'per 100 lines'], dense)),
    section('Largest files', listed(['File', 'Code', 'Decisions'], sizes)),
    section('Longest functions', listed(['Function', 'Where', 'Lines'], functions, 2)),
  ].join('');
}

/** Renders the report as Markdown (GitHub's dialect). */
export function renderMarkdown(report: AuditReport): string {
  const { title, generatedAt, history, notes, files } = report;
  const past =
    history === undefined
      ? ''
      : `, history of ${formatPlural(history.commits, 'commit')} since ${escapeMarkdown(formatMoment(history.since))}`;
  const head = `# Audit of ${escapeMarkdown(title)}\n\n${escapeMarkdown(formatMoment(generatedAt))}${past}.\n`;
  const left = section('Notes', notes.map((note) => `- ${escapeMarkdown(note)}`).join('\n'));
  if (files.length === 0) return `${head}\nThere are no source files in this folder.\n${left}`;
  return [
    head,
    `\n${renderTotals(report)}\n`,
    renderLists(report),
    section('Repeated code', renderDuplicates(report)),
    section('Markers', renderMarkers(report)),
    left,
  ].join('');
}
