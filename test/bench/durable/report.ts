// The tables of the durable benchmark and how they stand against the targets. Plain Markdown, readable in a terminal.
import { table } from '../messaging/report.ts';
import type { DurableResults } from './results.ts';

/** The rows, by id: what is asked of a peer and, after the dash, how much. */
export const rowIds: readonly string[] = [
  'one',
  'thousand',
  'machines',
  'ring',
  'recovery-10000',
  'recovery-100000',
  'passivated-100000',
];

interface Line {
  readonly title: string;
  readonly row: string;
  readonly figure: string;
  readonly digits: number;
}

const lines: readonly Line[] = [
  { title: 'One actor, each step on disk before the next (steps/s)', row: 'one', figure: 'perSecond', digits: 0 },
  { title: '… p50 (ms)', row: 'one', figure: 'p50_ms', digits: 3 },
  { title: '… p99 (ms)', row: 'one', figure: 'p99_ms', digits: 3 },
  { title: '1,000 actors: consume, keep, send (steps/s)', row: 'thousand', figure: 'perSecond', digits: 0 },
  { title: '… event loop late, p99 (ms)', row: 'thousand', figure: 'loopDelayP99_ms', digits: 2 },
  { title: '… bytes on disk a step', row: 'thousand', figure: 'bytesPerStep', digits: 0 },
  { title: '1,000 machines, kept (events/s)', row: 'machines', figure: 'durable', digits: 0 },
  { title: '1,000 machines, in memory (events/s)', row: 'machines', figure: 'memory', digits: 0 },
  { title: 'Ring of 100, 1 token (hops/s)', row: 'ring', figure: 'perSecond', digits: 0 },
  { title: '… event loop late, p99 (ms)', row: 'ring', figure: 'loopDelayP99_ms', digits: 2 },
  { title: 'Recovery of 10,000 actors (ms)', row: 'recovery-10000', figure: 'ms', digits: 0 },
  { title: 'Recovery of 100,000 actors (ms)', row: 'recovery-100000', figure: 'ms', digits: 0 },
  { title: 'A passivated actor (bytes of heap)', row: 'passivated-100000', figure: 'bytes', digits: 0 },
];

const shown = (value: number | undefined, digits: number): string =>
  value === undefined
    ? '—'
    : value.toLocaleString('en-US', { minimumFractionDigits: digits, maximumFractionDigits: digits });

interface Target {
  readonly text: string;
  readonly wanted: string;
  readonly value: (results: DurableResults) => number | undefined;
  readonly met: (value: number) => boolean;
  readonly digits: number;
}

const over = (results: DurableResults, row: string, base: string): number | undefined => {
  const own = results.figure('troupe', row, 'perSecond');
  const other = results.figure(base, row, 'perSecond');
  return own === undefined || other === undefined ? undefined : own / other;
};

const targets: readonly Target[] = [
  {
    text: '1,000 actors, of raw lmdb',
    wanted: 'at least 0.5x',
    value: (results) => over(results, 'thousand', 'raw lmdb'),
    met: (value) => value >= 0.5,
    digits: 2,
  },
  {
    text: 'One actor, of a raw flushed put',
    wanted: 'at least 0.7x',
    value: (results) => over(results, 'one', 'raw lmdb'),
    met: (value) => value >= 0.7,
    digits: 2,
  },
  {
    text: 'Machines, of their rate in memory',
    wanted: 'at least 0.6x',
    value: (results) => {
      const durable = results.figure('troupe', 'machines', 'durable');
      const memory = results.figure('troupe', 'machines', 'memory');
      return durable === undefined || memory === undefined ? undefined : durable / memory;
    },
    met: (value) => value >= 0.6,
    digits: 2,
  },
  {
    text: 'Ring, hops/s',
    wanted: 'at least 100,000',
    value: (results) => results.figure('troupe', 'ring', 'perSecond'),
    met: (value) => value >= 100_000,
    digits: 0,
  },
  {
    text: 'Event loop late at 1,000 actors, p99, ms',
    wanted: 'under 20',
    value: (results) => results.figure('troupe', 'thousand', 'loopDelayP99_ms'),
    met: (value) => value < 20,
    digits: 2,
  },
  {
    text: 'Bytes on disk a step',
    wanted: 'at most 700',
    value: (results) => results.figure('troupe', 'thousand', 'bytesPerStep'),
    met: (value) => value <= 700,
    digits: 0,
  },
  {
    text: 'Recovery of 10,000 actors, ms',
    wanted: 'under 150',
    value: (results) => results.figure('troupe', 'recovery-10000', 'ms'),
    met: (value) => value < 150,
    digits: 0,
  },
  {
    text: 'Recovery of 100,000 actors, ms',
    wanted: 'under 1,500',
    value: (results) => results.figure('troupe', 'recovery-100000', 'ms'),
    met: (value) => value < 1_500,
    digits: 0,
  },
  {
    text: 'A passivated actor, bytes of heap',
    wanted: 'at most 300',
    value: (results) => results.figure('troupe', 'passivated-100000', 'bytes'),
    met: (value) => value <= 300,
    digits: 0,
  },
];

/** What counts although a neighbour was on the core. */
function disturbance(results: DurableResults): readonly string[] {
  const rows = [...results.disturbed()].map(([row, windows]) => `- ${row}: ${windows}`);
  if (rows.length === 0) return [];
  return [`## Disturbance\n\nWindows that count although something else used the core:\n\n${rows.join('\n')}`];
}

/** The body of the report, headings included. */
export function durableReport(results: DurableResults): string {
  const names = results.peers.filter(({ unavailable }) => unavailable === null).map(({ name }) => name);
  const rows = lines
    .map(({ title, row, figure, digits }) => [
      title,
      ...names.map((name) => shown(results.figure(name, row, figure), digits)),
    ])
    .filter(([, ...cells]) => cells.some((cell) => cell !== '—'));
  const verdicts = targets.flatMap(({ text, wanted, value, met, digits }) => {
    const measured = value(results);
    return measured === undefined ? [] : [[text, shown(measured, digits), wanted, met(measured) ? 'met' : 'MISSED']];
  });
  return [
    `## Figures\n\n${table(['', ...names], rows)}`,
    ...(verdicts.length === 0 ? [] : [`## Targets\n\n${table(['target', 'this run', 'wanted', ''], verdicts)}`]),
    ...disturbance(results),
    ...(results.failures.length === 0
      ? []
      : [`## Failed rows\n\n${results.failures.map((failure) => `- ${failure}`).join('\n')}`]),
  ].join('\n\n');
}
