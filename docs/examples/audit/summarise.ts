// Turns measurements into the one report that all renderers read. Pure: time is passed in, order is fixed, so the
// same measurements always give the same bytes.

import { findDuplicates } from './duplicates.ts';
import { findHotSpots, scoreFiles } from './hot-spots.ts';
import { auditLimits } from './limits.ts';
import type {
  AuditReport,
  Duplicates,
  FileRow,
  History,
  HotSpots,
  LanguageTotals,
  SourceMetrics,
  Totals,
} from './schemas.ts';

/** What a report is made of. */
export interface Findings {
  /** The heading: usually the folder's name. */
  readonly title: string;
  /** ISO date and time, from the caller's clock. */
  readonly generatedAt: string;
  readonly metrics: readonly SourceMetrics[];
  readonly history?: History | undefined;
  /** Found from the metrics where they are not given. */
  readonly duplicates?: Duplicates | undefined;
  readonly hotSpots?: HotSpots | undefined;
  /** What was left out so far, for people to read. */
  readonly notes?: readonly string[] | undefined;
}

const nothing: Totals = {
  files: 0,
  bytes: 0,
  lines: 0,
  codeLines: 0,
  commentLines: 0,
  blankLines: 0,
  complexity: 0,
  functions: 0,
  markers: 0,
};

function add(sum: Totals, file: SourceMetrics): Totals {
  return {
    files: sum.files + 1,
    bytes: sum.bytes + file.bytes,
    lines: sum.lines + file.lines,
    codeLines: sum.codeLines + file.codeLines,
    commentLines: sum.commentLines + file.commentLines,
    blankLines: sum.blankLines + file.blankLines,
    complexity: sum.complexity + file.complexity,
    functions: sum.functions + file.functions,
    markers: sum.markers + file.markers.length,
  };
}

function perLanguage(metrics: readonly SourceMetrics[]): LanguageTotals[] {
  const sums = new Map<string, Totals>();
  for (const file of metrics) sums.set(file.language, add(sums.get(file.language) ?? nothing, file));
  const rows = [...sums].map(([language, totals]) => ({ language, ...totals }));
  return rows.sort((a, b) => b.codeLines - a.codeLines || (a.language < b.language ? -1 : 1));
}

function toRows(
  metrics: readonly SourceMetrics[],
  { history, duplicates }: { history: History | undefined; duplicates: Duplicates },
): FileRow[] {
  const scores = new Map(scoreFiles(metrics, history).spots.map(({ path, score }) => [path, score]));
  const known = new Map(history?.files.map((file) => [file.path, file]));
  const copied = new Map(duplicates.perFile.map(({ path, lines }) => [path, lines]));
  return metrics.map((file) => {
    const changes = known.get(file.path);
    return {
      path: file.path,
      language: file.language,
      bytes: file.bytes,
      lines: file.lines,
      codeLines: file.codeLines,
      commentLines: file.commentLines,
      complexity: file.complexity,
      functions: file.functions,
      ...(file.longestFunction === undefined ? {} : { longestFunction: file.longestFunction }),
      markers: file.markers.length,
      duplicatedLines: copied.get(file.path) ?? 0,
      ...(changes === undefined
        ? {}
        : {
            commits: changes.commits,
            authors: changes.authors,
            churn: changes.added + changes.removed,
            lastChanged: changes.lastChanged,
          }),
      score: scores.get(file.path) ?? 0,
    };
  });
}

/** The first `auditLimits.topRows` rows by a number, greatest first, without zeros. */
function top(rows: readonly FileRow[], by: (row: FileRow) => number): FileRow[] {
  return rows
    .filter((row) => by(row) > 0)
    .sort((a, b) => by(b) - by(a) || (a.path < b.path ? -1 : 1))
    .slice(0, auditLimits.topRows);
}

function allNotes({ metrics, history, notes = [] }: Findings, { basis, spots }: HotSpots, markers: number): string[] {
  const cut = metrics.filter(({ blocks }) => blocks.length === auditLimits.blocksPerFile).length;
  const limit = auditLimits.blocksPerFile.toLocaleString('en-US');
  return [
    ...notes,
    ...(basis === 'size' && spots.length > 0
      ? [
          `${history === undefined ? 'No git history' : 'No file was changed twice'}: hot spots rest on complexity and size.`,
        ]
      : []),
    ...(history?.complete === false
      ? [`The history covers the last ${history.commits.toLocaleString('en-US')} commits.`]
      : []),
    ...(cut > 0
      ? [
          `Duplicates were searched in the first ${limit} blocks of ${cut === 1 ? 'one very long file' : `${cut} very long files`}.`,
        ]
      : []),
    ...(markers > auditLimits.reportedMarkers
      ? [`Of ${markers.toLocaleString('en-US')} markers the first ${auditLimits.reportedMarkers} are listed.`]
      : []),
  ];
}

/**
 * Builds the report.
 *
 * @example
 * const report = summarise({ title: 'my-project', generatedAt: new Date(clock.wall()).toISOString(), metrics, history, notes });
 */
export function summarise(findings: Findings): AuditReport {
  const metrics = [...findings.metrics].sort((a, b) => (a.path < b.path ? -1 : a.path > b.path ? 1 : 0));
  const { title, generatedAt, history } = findings;
  const duplicates = findings.duplicates ?? findDuplicates(metrics);
  const hotSpots = findings.hotSpots ?? findHotSpots(metrics, history);
  const files = toRows(metrics, { history, duplicates });
  const markers = metrics.flatMap(({ path, markers: found }) => found.map((marker) => ({ path, ...marker })));
  const urgency = { FIXME: 0, HACK: 1, XXX: 2, TODO: 3 } as const;
  return {
    version: 1,
    title,
    generatedAt,
    totals: metrics.reduce(add, nothing),
    languages: perLanguage(metrics),
    largest: top(files, ({ codeLines }) => codeLines),
    mostComplex: top(files, ({ complexity }) => complexity),
    longestFunctions: metrics
      .flatMap(({ path, longFunctions }) => longFunctions.map((span) => ({ path, ...span })))
      .sort((a, b) => b.lines - a.lines || (a.path < b.path ? -1 : a.path > b.path ? 1 : a.line - b.line))
      .slice(0, auditLimits.topRows),
    markers: markers.sort((a, b) => urgency[a.kind] - urgency[b.kind]).slice(0, auditLimits.reportedMarkers),
    duplicates,
    hotSpots,
    ...(history === undefined
      ? {}
      : {
          history: { commits: history.commits, since: history.since, until: history.until, complete: history.complete },
        }),
    files,
    notes: allNotes(findings, hotSpots, markers.length),
  };
}
