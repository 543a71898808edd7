// Turns results into tables: plain Markdown, readable in a terminal too, so that what a run prints is what
// `docs/benchmarks.md` says.
import { flatProbes, fairnessProbe, heapProbe } from './probes.ts';
import type { Results } from './results.ts';
import { scenarios } from './scenarios.ts';
import { verdicts } from './targets.ts';

type Row = readonly string[];

/** A Markdown table with aligned columns; all columns but the first are right-aligned unless told otherwise. */
export function table(head: Row, rows: readonly Row[], leftColumns = 1): string {
  const widths = head.map((cell, i) => Math.max(3, cell.length, ...rows.map((row) => row[i]?.length ?? 0)));
  const line = (row: Row): string =>
    `| ${widths.map((width, i) => (i < leftColumns ? (row[i] ?? '').padEnd(width) : (row[i] ?? '').padStart(width))).join(' | ')} |`;
  const rule = `| ${widths.map((width, i) => (i < leftColumns ? '-'.repeat(width) : `${'-'.repeat(width - 1)}:`)).join(' | ')} |`;
  return [line(head), rule, ...rows.map(line)].join('\n');
}

const absent = '—';
const whole = (value: number | undefined): string =>
  value === undefined ? absent : Math.round(value).toLocaleString('en-US');
const ratio = (value: number | undefined): string =>
  value === undefined ? absent : value >= 10 ? value.toFixed(0) : value.toFixed(value >= 1 ? 1 : 2);
const ms = (value: number | null): string => (value === null ? absent : value.toFixed(2));

type Cell = (peer: string, id: string) => string;

function matrix(results: Results, names: readonly string[], cell: Cell): string {
  const rows = scenarios
    .map((scenario) => [`${scenario.title} (${scenario.unit})`, ...names.map((name) => cell(name, scenario.id))])
    .filter(([, ...cells]) => cells.some((text) => text !== absent));
  return table(['', ...names], rows);
}

function divided(results: Results, base: string, invert: boolean): Cell {
  return (peer, id) => {
    const own = results.ns(peer, id);
    const other = results.ns(base, id);
    if (own === undefined || other === undefined) return absent;
    return ratio(invert ? other / own : own / other);
  };
}

function flatTable(results: Results, names: readonly string[]): string {
  const rows = flatProbes.flatMap((probe) =>
    names.flatMap((name) => {
      const flat = results.flat(name, probe.id);
      return flat === undefined
        ? []
        : [[probe.title, name, whole(flat.few_ns), whole(flat.many_ns), `${flat.ratio.toFixed(2)}x`]];
    }),
  );
  return rows.length === 0 ? '' : table(['', 'peer', 'few, ns', 'many, ns', 'ratio'], rows, 2);
}

function fairnessTable(results: Results, names: readonly string[]): string {
  const rows = names.flatMap((name) => {
    const seen = results.fairness(name);
    if (seen === undefined) return [];
    const own = ms(seen.ownTimerP99_ms);
    return [[name, ms(seen.p50_ms), ms(seen.p99_ms), ms(seen.max_ms), own, whole(seen.asks), whole(seen.handled)]];
  });
  if (rows.length === 0) return '';
  return table(['', 'p50, ms', 'p99, ms', 'max, ms', 'own timer p99, ms', 'asks answered', 'messages handled'], rows);
}

function verdictTable(results: Results): string {
  const rows = verdicts(results).map((verdict) => [
    verdict.text,
    verdict.value,
    verdict.target,
    verdict.met ? 'met' : 'MISSED',
  ]);
  return rows.length === 0 ? '' : table(['target', 'this run', 'wanted', ''], rows);
}

/** What a neighbour on the machine's cores did to the run; nothing where there was none. */
function disturbance(results: Results): string {
  const { repeated, counted } = results.disturbance();
  if (repeated === 0 && counted.size === 0) return '';
  const rows = [...counted].map(([row, passes]) => `- ${row}: ${passes} ${passes === 1 ? 'pass' : 'passes'}`);
  const again = `${repeated} passes ran again because something else used the core.`;
  return rows.length === 0
    ? again
    : `${again} These count although it did, for want of better ones:\n\n${rows.join('\n')}`;
}

/** The body of the report, headings included. Sections without rows are left out. */
export function report(results: Results): string {
  const names = results.peers.filter((peer) => peer.unavailable === null).map((peer) => peer.name);
  const timed = names.filter((name) => scenarios.some((scenario) => results.ns(name, scenario.id) !== undefined));
  const has = (base: string): boolean => timed.includes(base);
  const heap = names.filter((name) => results.bytes(name) !== undefined);
  const section = (heading: string, text: string, body: string): string =>
    body === '' ? '' : [`## ${heading}`, ...(text === '' ? [] : [text]), body].join('\n\n');
  const seconds = fairnessProbe.duration_ms / 1_000;
  return [
    timed.length === 0
      ? ''
      : section(
          'Nanoseconds',
          'Less is better.',
          matrix(results, timed, (peer, id) => whole(results.ns(peer, id))),
        ),
    has('limit')
      ? section('Multiples of the limit', 'Less is better.', matrix(results, timed, divided(results, 'limit', false)))
      : '',
    has('nact')
      ? section('Times faster than nact', 'More is better.', matrix(results, timed, divided(results, 'nact', true)))
      : '',
    heap.length === 0
      ? ''
      : section(
          heapProbe.title,
          '',
          table(['', ...heap], [['bytes', ...heap.map((name) => whole(results.bytes(name)))]]),
        ),
    section('Flat costs', '', flatTable(results, names)),
    section(
      `${fairnessProbe.title}, ${seconds} s, while two actors ping-pong for ever and one sends to itself`,
      '',
      fairnessTable(results, names),
    ),
    section('Targets', '', verdictTable(results)),
    section('Disturbance', '', disturbance(results)),
    section('Failed rows', '', results.failures.map((failure) => `- ${failure}`).join('\n')),
  ]
    .filter((part) => part !== '')
    .join('\n\n');
}
