// Says which files to look at first: those that are hard to read and are changed often. Both are ranked within the
// folder, so that one giant does not flatten the rest. Without history, size stands in for change.

import { auditLimits } from './limits.ts';
import type { FileHistory, History, HotSpot, HotSpots, SourceMetrics } from './schemas.ts';

type Measured = Pick<SourceMetrics, 'path' | 'complexity' | 'codeLines'>;

/** The rank of each value among all, 0 for the least and 1 for the greatest; equal values share their rank. */
export function rankNormalise(values: readonly number[]): number[] {
  const sorted = [...values].sort((a, b) => a - b);
  const last = sorted.length - 1;
  const ranks = new Map<number, number>();
  for (let from = 0; from < sorted.length;) {
    const value = sorted[from] ?? 0;
    let to = from;
    while (sorted[to + 1] === value) to += 1;
    ranks.set(value, last <= 0 ? 1 : (from + to) / 2 / last);
    from = to + 1;
  }
  // Nothing is not a little: a file without decisions or changes is no hot spot, however many are like it.
  return values.map((value) => (value <= 0 ? 0 : (ranks.get(value) ?? 0)));
}

function times(commits: number): string {
  return commits === 1 ? 'changed once' : `changed ${commits.toLocaleString('en-US')} times`;
}

function reasonOf(file: Measured, known: FileHistory | undefined, basis: HotSpots['basis']): string {
  const decisions = `${file.complexity.toLocaleString('en-US')} decision point${file.complexity === 1 ? '' : 's'}`;
  const lines = `${file.codeLines.toLocaleString('en-US')} lines of code`;
  if (basis === 'size' || known === undefined) return `${decisions} in ${lines}.`;
  const people = known.authors === 1 ? 'one author' : `${known.authors.toLocaleString('en-US')} authors`;
  return `${decisions} in ${lines}, ${times(known.commits)} by ${people}.`;
}

/** Scores every file; `spots` holds those above 0, highest first, all of them. */
export function scoreFiles(metrics: readonly Measured[], history: History | undefined): HotSpots {
  const known = new Map(history?.files.map((file) => [file.path, file]));
  // Where nothing was changed twice, the history does not tell files apart.
  const basis = metrics.some(({ path }) => (known.get(path)?.commits ?? 0) > 1) ? 'history' : 'size';
  const hard = rankNormalise(metrics.map(({ complexity }) => complexity));
  const moved = rankNormalise(
    metrics.map(({ path, codeLines }) => (basis === 'history' ? (known.get(path)?.commits ?? 0) : codeLines)),
  );
  const spots: HotSpot[] = [];
  for (const [index, file] of metrics.entries()) {
    const score = Math.round(Math.sqrt((hard[index] ?? 0) * (moved[index] ?? 0)) * 1_000) / 1_000;
    if (score === 0) continue;
    const changes = known.get(file.path);
    spots.push({
      path: file.path,
      score,
      complexity: file.complexity,
      codeLines: file.codeLines,
      ...(changes === undefined ? {} : { commits: changes.commits }),
      reason: reasonOf(file, changes, basis),
    });
  }
  spots.sort((a, b) => b.score - a.score || b.complexity - a.complexity || (a.path < b.path ? -1 : 1));
  return { basis, spots };
}

/** The `auditLimits.topRows` files to look at first, highest score first. */
export function findHotSpots(metrics: readonly Measured[], history?: History): HotSpots {
  const { basis, spots } = scoreFiles(metrics, history);
  return { basis, spots: spots.slice(0, auditLimits.topRows) };
}
