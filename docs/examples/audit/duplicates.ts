// Finds code that exists more than once, from the window hashes of all files. Neighbouring windows with neighbouring
// twins are merged into maximal runs, so that one copied function is one finding and not forty. Pure and bounded.

import { auditLimits } from './limits.ts';
import type { Block, DuplicateBlock, Duplicates, SourceMetrics } from './schemas.ts';

type Measured = Pick<SourceMetrics, 'path' | 'blocks'>;

interface Place {
  readonly file: number;
  readonly index: number;
}

/** Two places whose windows are equal for `length` windows. */
interface Run {
  readonly a: Place;
  readonly b: Place;
  readonly length: number;
}

/** The places of each hash that is found at least twice and is not on every other page. */
function sharedPlaces(files: readonly Measured[]): Map<number, Place[]> {
  const places = new Map<number, Place[]>();
  for (const [file, { blocks }] of files.entries()) {
    for (const [index, { hash }] of blocks.entries()) {
      const known = places.get(hash);
      if (known === undefined) places.set(hash, [{ file, index }]);
      else known.push({ file, index });
    }
  }
  for (const [hash, found] of places) {
    if (found.length < 2 || found.length > auditLimits.occurrencesPerBlock) places.delete(hash);
  }
  return places;
}

/** Whether the windows of two places cover different lines. */
function apart(a: Place, b: Place, windows: number): boolean {
  return a.file !== b.file || b.index - a.index >= windows + auditLimits.blockWindow_lines - 1;
}

function maximalRuns(files: readonly Measured[], places: ReadonlyMap<number, readonly Place[]>): Run[] {
  const blockAt = ({ file, index }: Place, step: number): Block | undefined => files[file]?.blocks[index + step];
  const same = (a: Place, b: Place, step: number): boolean => {
    const left = blockAt(a, step)?.hash;
    return left !== undefined && places.has(left) && left === blockAt(b, step)?.hash;
  };
  const runs: Run[] = [];
  for (const found of places.values()) {
    for (const [nth, a] of found.entries()) {
      for (const b of found.slice(nth + 1)) {
        if (same(a, b, -1) && apart({ ...a, index: a.index - 1 }, b, 1)) continue; // not where the run begins
        let length = 0;
        while (same(a, b, length) && apart(a, b, length + 1)) length += 1;
        if (length > 0) runs.push({ a, b, length });
      }
    }
  }
  return runs;
}

function occurrence(
  files: readonly Measured[],
  { file, index }: Place,
  length: number,
): DuplicateBlock['occurrences'][number] {
  const { path = '', blocks = [] } = files[file] ?? {};
  return { path, line: blocks[index]?.line ?? 1, endLine: blocks[index + length - 1]?.endLine ?? 1 };
}

const sortKey = ({ occurrences: [first] }: DuplicateBlock): string =>
  `${first?.path}\u0000${String(first?.line).padStart(9, '0')}`;

/** Runs that begin at the same place with the same length are one block with several occurrences. */
function gather(files: readonly Measured[], runs: readonly Run[]): DuplicateBlock[] {
  const gathered = new Map<string, { readonly length: number; readonly places: Map<string, Place> }>();
  for (const { a, b, length } of runs) {
    const key = `${files[a.file]?.blocks[a.index]?.hash}:${length}`;
    const group = gathered.get(key) ?? { length, places: new Map<string, Place>() };
    for (const place of [a, b]) group.places.set(`${place.file}:${place.index}`, place);
    gathered.set(key, group);
  }
  const blocks = [...gathered.values()].map(({ length, places }): DuplicateBlock => {
    const ordered = [...places.values()].sort((x, y) => x.file - y.file || x.index - y.index);
    return {
      lines: length + auditLimits.blockWindow_lines - 1,
      occurrences: ordered.map((place) => occurrence(files, place, length)),
    };
  });
  return blocks.sort(
    (x, y) => y.lines - x.lines || y.occurrences.length - x.occurrences.length || (sortKey(x) < sortKey(y) ? -1 : 1),
  );
}

/** Whether every occurrence lies inside one block that is already kept: a part of a longer finding. */
function isPart(block: DuplicateBlock, kept: readonly DuplicateBlock[]): boolean {
  return kept.some((longer) =>
    block.occurrences.every((one) =>
      longer.occurrences.some(
        (other) => other.path === one.path && other.line <= one.line && other.endLine >= one.endLine,
      ),
    ),
  );
}

/** Windows begin at neighbouring code lines, so a window's index is the number of its first code line. */
function linesPerFile(files: readonly Measured[], runs: readonly Run[]): Duplicates['perFile'] {
  const covered = new Map<number, Set<number>>();
  for (const { a, b, length } of runs) {
    for (const { file, index } of [a, b]) {
      const lines = covered.get(file) ?? new Set<number>();
      covered.set(file, lines);
      for (let line = index; line < index + length + auditLimits.blockWindow_lines - 1; line += 1) lines.add(line);
    }
  }
  return [...covered]
    .map(([file, lines]) => ({ path: files[file]?.path ?? '', lines: lines.size }))
    .sort((x, y) => (x.path < y.path ? -1 : 1));
}

/** Finds the blocks of at least `auditLimits.blockWindow_lines` code lines that occur more than once, longest first. */
export function findDuplicates(metrics: readonly Measured[]): Duplicates {
  const runs = maximalRuns(metrics, sharedPlaces(metrics));
  const blocks: DuplicateBlock[] = [];
  let leftOut = 0;
  for (const block of gather(metrics, runs)) {
    if (isPart(block, blocks)) continue;
    if (blocks.length < auditLimits.duplicateBlocks) blocks.push(block);
    else leftOut += 1;
  }
  const perFile = linesPerFile(metrics, runs);
  return { blocks, leftOut, duplicatedLines: perFile.reduce((sum, { lines }) => sum + lines, 0), perFile };
}
