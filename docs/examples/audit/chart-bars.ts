// The bar charts: languages, sizes of files, longest functions. They are laid out by the browser, not in SVG, so that
// their text keeps its size on a phone.

import { escapeHtml } from './escape-html.ts';
import { formatCount, formatPlural, formatShare, splitPath } from './format.ts';
import type { AuditReport, FileRow, LanguageTotals } from './schemas.ts';

const shownLanguages = 8;
const shownFunctions = 12;

/** A length as a share of the longest, never invisible. */
function widthOf(value: number, most: number): string {
  return `${Math.max(0.6, (value / Math.max(1, most)) * 100).toFixed(2)}%`;
}

/** A path with its folder in the background and its name in front. */
export function renderPath(path: string, line?: number): string {
  const { folder, name } = splitPath(path);
  const at = line === undefined ? '' : `<span class="at">:${line}</span>`;
  // A path may break after a slash.
  const breakable = escapeHtml(folder).replaceAll('/', '/<wbr>');
  return `<span class="path"><span class="dir">${breakable}</span><span class="base">${escapeHtml(name)}</span>${at}</span>`;
}

/** One strip of all languages by lines of code, and a row for each. */
export function renderLanguages(languages: readonly LanguageTotals[]): string {
  const whole = languages.reduce((sum, { codeLines }) => sum + codeLines, 0);
  const shown = languages.length > shownLanguages ? languages.slice(0, shownLanguages - 1) : languages;
  const others = languages.slice(shown.length);
  const rows = [
    ...shown.map(({ language, codeLines, files }) => ({ language, codeLines, files })),
    ...(others.length === 0
      ? []
      : [
          {
            language: formatPlural(others.length, 'other'),
            codeLines: others.reduce((sum, { codeLines }) => sum + codeLines, 0),
            files: others.reduce((sum, { files }) => sum + files, 0),
          },
        ]),
  ];
  const strip = rows.map(
    ({ language, codeLines }, index) =>
      `<i class="c${index}" style="flex-grow:${codeLines}" title="${escapeHtml(language)}: ${formatShare(codeLines, whole)}"></i>`,
  );
  const list = rows.map(
    ({ language, codeLines, files }, index) =>
      `<li><i class="swatch c${index}"></i><span class="grow">${escapeHtml(language)}</span><span class="quiet">${formatPlural(files, 'file')}</span><b>${formatCount(codeLines)}</b><span class="share">${formatShare(codeLines, whole)}</span></li>`,
  );
  return `<div class="strip">${strip.join('')}</div><ul class="rows">${list.join('')}</ul>`;
}

const sizeBounds = [0, 25, 50, 100, 200, 400, 800, 1_600] as const;

/** How many files have how many lines of code. */
export function renderSizes(files: readonly FileRow[]): string {
  const bins = sizeBounds.map((from, index) => {
    const to = sizeBounds[index + 1] ?? Number.POSITIVE_INFINITY;
    const within = files.filter(({ codeLines }) => codeLines >= from && codeLines < to);
    return { from, to, count: within.length };
  });
  const most = Math.max(1, ...bins.map(({ count }) => count));
  const columns = bins.map(({ from, to, count }) => {
    const range =
      to === Number.POSITIVE_INFINITY
        ? `${formatCount(from)} lines and more`
        : `${from} to ${formatCount(to - 1)} lines`;
    const name =
      from === 1_600 ? '1.6k+' : to === Number.POSITIVE_INFINITY ? `${from}+` : `< ${to === 1_600 ? '1.6k' : to}`;
    const height = count === 0 ? '0' : widthOf(count, most);
    return `<div class="column" title="${range}: ${formatPlural(count, 'file')}"><div class="room"><span class="value">${count === 0 ? '' : formatCount(count)}</span><i style="height:${height}"></i></div><span class="name">${name.replace('<', '&lt;')}</span></div>`;
  });
  return `<div class="columns" role="img" aria-label="Distribution of file sizes">${columns.join('')}</div><p class="axis-note">lines of code in a file</p>`;
}

/** The longest functions as bars. */
export function renderFunctions(functions: AuditReport['longestFunctions']): string {
  const shown = functions.slice(0, shownFunctions);
  const most = shown[0]?.lines ?? 1;
  const rows = shown.map(
    ({ name, path, line, lines }) =>
      `<li><div class="bar-text"><code>${escapeHtml(name)}</code>${renderPath(path, line)}</div><div class="bar"><i style="width:${widthOf(lines, most)}"></i></div><b>${formatCount(lines)}</b></li>`,
  );
  return `<ol class="bars">${rows.join('')}</ol>`;
}
