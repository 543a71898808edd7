// How what is in a store is shown to people: tables without borders, sizes and times as people read them, values as
// they are and not as JSON would have them. Text from the store is made printable.

import { inspect } from 'node:util';
import Table from 'cli-table3';
import { TroupeError } from '../base/errors.ts';
import { printable } from '../base/printable.ts';
import { exitStatus, type ExitStatus } from './command-error.ts';
import { explained } from './explain.ts';
import { resultJson } from './result-json.ts';
import type { Terminal } from './terminal.ts';

/** A column: its head, and whether it holds numbers. */
export interface Column {
  readonly head: string;
  readonly isNumber?: boolean;
}

const bare = {
  top: '',
  'top-mid': '',
  'top-left': '',
  'top-right': '',
  bottom: '',
  'bottom-mid': '',
  'bottom-left': '',
  'bottom-right': '',
  left: '',
  'left-mid': '',
  mid: '',
  'mid-mid': '',
  right: '',
  'right-mid': '',
  middle: '  ',
};

/** A table, with a line break at its end. */
export function table(columns: readonly Column[], rows: readonly (readonly string[])[], terminal: Terminal): string {
  const colours = areColoured(terminal);
  const lines = new Table({
    head: columns.map(({ head }) => (colours ? terminal.colours.bold(head) : head)),
    colAligns: columns.map(({ isNumber }) => (isNumber === true ? 'right' : 'left')),
    chars: bare,
    style: { 'padding-left': 0, 'padding-right': 0, head: [], border: [] },
  });
  lines.push(...rows.map((row) => row.map((cell) => printable(cell, cell_chars))));
  return `${lines
    .toString()
    .split('\n')
    .map((line) => line.trimEnd())
    .join('\n')}\n`;
}

const cell_chars = 2_000;

/** A value as people read it: a Map stays one, a long list is cut. */
export function shownValue(value: unknown, terminal: Terminal, most: { readonly oneLine: boolean }): string {
  const text = inspect(value, {
    depth: most.oneLine ? 4 : 64,
    colors: areColoured(terminal) && !most.oneLine,
    breakLength: most.oneLine ? Infinity : terminal.columns(),
    compact: most.oneLine ? true : 3,
    maxArrayLength: most.oneLine ? 20 : 1_000,
    maxStringLength: most.oneLine ? 200 : 100_000,
    sorted: false,
    numericSeparator: true,
  });
  return text.replace(direction, (mark) => `\\u${mark.charCodeAt(0).toString(16).padStart(4, '0')}`);
}

const direction = /[\p{Bidi_Control}\p{Zl}\p{Zp}]/gu;

function areColoured({ resultsAreSeen, colours }: Terminal): boolean {
  return resultsAreSeen && colours.isColorSupported;
}

const calendar = new Intl.DateTimeFormat('sv-SE', { dateStyle: 'short', timeStyle: 'medium', timeZone: 'UTC' });

/** Calendar time, to the second, in the time of the world: `2026-03-01 09:30:00Z`. */
export function shownTime(at: number): string {
  return Math.abs(at) <= 8.64e15 ? `${calendar.format(at)}Z` : String(at);
}

const units = ['B', 'KB', 'MB', 'GB', 'TB'] as const;

/** A size, to a decimal place. */
export function shownSize(bytes: number): string {
  let size = bytes;
  let unit = 0;
  for (; size >= 1_024 && unit < units.length - 1; unit++) size /= 1_024;
  return `${unit === 0 ? size : size.toFixed(1)} ${units[unit] ?? ''}`;
}

/** Prints one JSON document, or the lines for people. */
export async function answer(
  terminal: Terminal,
  { json }: { readonly json?: boolean },
  document: unknown,
  text: () => string,
): Promise<void> {
  await terminal.result(json === true ? resultJson(document, { compact: false }) : text());
}

/**
 * Does what a command is for. An error of ours becomes status 1 and, with `--json`, a document of its own.
 *
 * @throws CommandError for everything that is not done.
 */
export async function performed(
  terminal: Terminal,
  options: { readonly json?: boolean },
  work: () => Promise<ExitStatus>,
): Promise<ExitStatus> {
  try {
    return await work();
  } catch (error) {
    if (options.json === true && error instanceof TroupeError)
      await terminal.result(resultJson({ error: error.toJSON() }, { compact: false }));
    throw explained(error, exitStatus.failed);
  }
}
