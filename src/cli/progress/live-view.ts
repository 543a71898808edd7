// The picture that is redrawn while a run goes on: a headline, a table of agents, the tasks that run now. A pure
// function of what is counted and how large the terminal is; it never has more lines or columns than fit.

import { formatMs } from '../../base/duration.ts';
import { printable } from '../../base/printable.ts';
import type { Colours } from '../terminal.ts';
import type { Row, RunningTask, Tally } from './tally.ts';

/** What is drawn. */
export interface View {
  readonly title: string;
  readonly tally: Tally;
  readonly elapsedMs: number;
  /** Calendar time in milliseconds. */
  readonly wallMs: number;
  readonly columns: number;
  readonly rows: number;
  readonly colours: Colours;
  /** What is waited for while the run is being stopped. */
  readonly stopping: string | undefined;
}

const mostLines_count = 24;
const mostRunning_count = 6;
/** What runs for less than this is counted and not named: it would only flicker. */
const shortest_ms = 300;
const headers = ['done', 'running', 'waiting', 'failed'] as const;

/** The lines of the picture. */
export function drawLive(view: View): readonly string[] {
  const { tally, colours, columns, stopping } = view;
  const lines = Math.max(4, Math.min(mostLines_count, view.rows - 2));
  const running = tally
    .running(Math.min(mostRunning_count, Math.max(Math.floor(lines / 4), lines - tally.rows.length - 3)))
    .filter(({ startedAt }) => view.wallMs - startedAt >= shortest_ms);
  const table = drawTable(tally.rows, lines - running.length - 2, view);
  const drawn = [headline(view), ...table, ...running.map((task) => runningLine(task, view))];
  if (stopping === undefined) return drawn.slice(0, lines);
  return [...drawn.slice(0, lines - 1), colours.yellow(cut(stopping, columns))];
}

function headline({ title, tally, elapsedMs, colours, columns }: View): string {
  const { done, running, waiting, failed } = tally.totals();
  const parts = [`${done} done`, `${running} running`, `${waiting} waiting`, `${failed} failed`];
  if (tally.retried > 0) parts.push(`${tally.retried} tried again`);
  if (tally.restarts > 0) parts.push(`${tally.restarts} restarts`);
  const text = `${title}  ${formatMs(elapsedMs)}  ${parts.join(', ')}`;
  const shown = cut(text, columns);
  return shown.startsWith(title) ? colours.bold(title) + shown.slice(title.length) : shown;
}

function drawTable(rows: readonly Row[], room: number, { columns, colours }: View): readonly string[] {
  const shown = busiest(rows, Math.max(1, room - 1));
  const left = rows.length - shown.length;
  const widths = headers.map((header) => Math.max(header.length, ...rows.map((row) => String(row[header]).length)) + 2);
  const numbers = widths.reduce((sum, width) => sum + width, 0);
  const name = Math.max(8, Math.min(columns - numbers - 3, Math.max(...rows.map(({ address }) => address.length), 5)));
  const line = (label: string, cells: readonly string[]): string =>
    cut(
      `  ${cut(label, name + 1).padEnd(name)}${cells.map((cell, index) => cell.padStart(widths[index] ?? 0)).join('')}`,
      columns,
    );
  return [
    colours.dim(line('agent', headers)),
    ...shown.map((row) => {
      const text = line(
        row.address,
        headers.map((header) => (row[header] === 0 ? '·' : String(row[header]))),
      );
      if (row.failed > 0) return colours.red(text);
      if (row.running > 0) return colours.cyan(text);
      return row.waiting > 0 || row.done === 0 ? colours.dim(text) : text;
    }),
    ...(left > 0 ? [colours.dim(cut(`  and ${left} more`, columns))] : []),
  ];
}

/** As many rows as there is room for, those with something to tell first, in the order of the topology. */
function busiest(rows: readonly Row[], room: number): readonly Row[] {
  if (rows.length <= room) return rows;
  const weight = ({ running, failed, waiting, done }: Row): number =>
    (running > 0 ? 8 : 0) + (failed > 0 ? 4 : 0) + (waiting > 0 ? 2 : 0) + (done > 0 ? 1 : 0);
  const chosen = new Set(rows.toSorted((a, b) => weight(b) - weight(a)).slice(0, Math.max(1, room - 1)));
  return rows.filter((row) => chosen.has(row));
}

function runningLine(
  { type, address, startedAt, attempt, fraction, note }: RunningTask,
  { wallMs, columns, colours }: View,
): string {
  const share = fraction === undefined ? '' : ` ${Math.round(fraction * 100)} %`;
  const again = attempt > 1 ? ` attempt ${attempt}` : '';
  const said = note === undefined ? '' : `  ${printable(note)}`;
  return colours.dim(
    cut(
      `  > ${printable(type)} at ${address}  ${formatMs(Math.max(0, wallMs - startedAt))}${again}${share}${said}`,
      columns,
    ),
  );
}

/** Text that fits a width, cut by whole characters. Wide characters count twice, so that no line wraps. */
function cut(text: string, columns: number): string {
  let width = 0;
  let shown = '';
  for (const character of text) {
    const own = widthOf(character);
    if (width + own > columns - 1) return `${shown}…`;
    width += own;
    shown += character;
  }
  return shown;
}

const wide =
  /[\u1100-\u115f\u2e80-\ua4cf\uac00-\ud7a3\uf900-\ufaff\ufe30-\ufe6f\uff00-\uff60\uffe0-\uffe6]|\p{Extended_Pictographic}/u;

function widthOf(character: string): number {
  if (/\p{Mn}|\p{Me}|\u200d|\ufe0f/u.test(character)) return 0;
  return wide.test(character) ? 2 : 1;
}
