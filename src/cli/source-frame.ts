// A place in a user's file, and the line that stands there with a mark below the column: what a mistake needs to be
// found, without a stack.

import { readFileSync } from 'node:fs';
import { relative, sep } from 'node:path';
import { fileURLToPath } from 'node:url';
import { printable } from '../base/printable.ts';

/** Lines and columns count from 1. */
export interface Place {
  readonly file: string;
  readonly line: number;
  /** Absent where it is not known: of compiled code only the lines are those that were written. */
  readonly column?: number;
}

const shown_chars = 100;

/** `topology.ts:12:7`; without the column where it is not known. Relative to the current folder where that is shorter. */
export function placeText({ file, line, column }: Place): string {
  return `${shortPath(file)}:${line}${column === undefined ? '' : `:${column}`}`;
}

/** A path as people type it: relative where it lies below the current folder. */
export function shortPath(file: string): string {
  const path = relative(process.cwd(), file);
  return printable(path === '' || path.startsWith(`..${sep}`) ? file : path, 500);
}

/** The line at a place and a mark below its column; nothing where the file can't be read. */
export function frameAt(place: Place): readonly string[] {
  try {
    const text = readFileSync(place.file, 'utf8').split('\n')[place.line - 1];
    return text === undefined ? [] : frameOf(text, place);
  } catch {
    return [];
  }
}

/** A line with its number and, where it is known, a mark below its column; of a long line the part around it. */
export function frameOf(text: string, { line, column }: Pick<Place, 'line' | 'column'>): readonly string[] {
  const at = (column ?? 1) - 1;
  const from = Math.max(0, at - shown_chars / 2);
  const head = from > 0 ? '…' : '';
  // Tabs would shift the mark; everything else that is unsafe to print has its own length once escaped.
  const before = head + printable(text.slice(from, at).replaceAll('	', ' '), shown_chars * 6);
  const after = printable(text.slice(at).replaceAll('	', ' ').trimEnd(), shown_chars);
  const gutter = String(line);
  const mark = column === undefined ? [] : [`${' '.repeat(gutter.length)} | ${' '.repeat(before.length)}^`];
  return [`${gutter} | ${before}${after}`, ...mark];
}

/** Where an error of a user's own code was thrown: the first frame of its stack that is neither Node's nor a package's. */
export function thrownAt(error: unknown): Place | undefined {
  const stack = stackOf(error);
  if (stack === undefined) return undefined;
  for (const frame of stack.slice(0, 20_000).split('\n').slice(0, 60)) {
    const match = /(?:\(|at (?:async )?)((?:file:\/\/)?\/[^()]+|[A-Za-z]:\\[^()]+):(\d+):(\d+)\)?$/.exec(frame);
    const file = match?.[1];
    if (file === undefined || isForeign(file)) continue;
    return { file: file.startsWith('file:') ? fileURLToPath(file) : file, line: Number(match?.[2]) };
  }
  return undefined;
}

const ownFolder = fileURLToPath(new URL('../..', import.meta.url));

function isForeign(file: string): boolean {
  const path = file.replace(/^file:\/\//, '');
  return (
    path.includes(`${sep}node_modules${sep}`) ||
    path.startsWith(`${ownFolder}src${sep}`) ||
    path.startsWith(`${ownFolder}actors${sep}`)
  );
}

function stackOf(error: unknown): string | undefined {
  try {
    const stack: unknown = typeof error === 'object' && error !== null && 'stack' in error ? error.stack : undefined;
    return typeof stack === 'string' ? stack : undefined;
  } catch {
    return undefined;
  }
}
