// Runs every peer in every durable row, each in a process and an empty folder of its own, peers interleaved; prints the
// tables and verdicts, and writes `docs/benchmarks-durable.md` with `--write`. Exits 1 when a row could not be run, never
// for a missed target. Options: --quick, --reps=N, --only=file,file, --row=id,id, --write[=path].
import { execFile } from 'node:child_process';
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { dirname, join, resolve } from 'node:path';
import { fileURLToPath } from 'node:url';
import { parseArgs, promisify } from 'node:util';
import { childEnvironment } from '../pace.ts';
import { machine } from '../messaging/document.ts';
import type { ListedPeer } from './child.ts';
import { durableDocument } from './document.ts';
import { DurableResults, type Figures } from './results.ts';
import { peerFiles } from './roster.ts';
import { durableReport, rowIds } from './report.ts';

const here = dirname(fileURLToPath(import.meta.url));
const root = resolve(here, '../../../..');
const execute = promisify(execFile);

async function child(args: readonly string[]): Promise<unknown> {
  const { stdout } = await execute(process.execPath, ['--expose-gc', resolve(here, 'child.js'), ...args], {
    env: environment,
    timeout: 300_000,
    killSignal: 'SIGKILL',
  });
  return JSON.parse(stdout.trim().split('\n').at(-1) ?? '');
}

const attempts = 4;

/** Measures a row in an empty folder, again when some of it counts although a neighbour was there. @returns the least disturbed attempt. */
async function measured(what: readonly string[], amount: string): Promise<Figures> {
  let best: Figures | undefined;
  for (let attempt = 0; attempt < attempts && best?.disturbed !== 0; attempt += 1) {
    const folder = mkdtempSync(join(tmpdir(), 'troupe-bench-'));
    try {
      const figures = (await child(['run', ...what, folder, amount])) as Figures;
      if (best === undefined || (figures.disturbed ?? 0) < (best.disturbed ?? 0)) best = figures;
    } finally {
      rmSync(folder, { recursive: true, force: true });
    }
  }
  return best ?? {};
}

const list = (text: string | undefined): string[] =>
  text === undefined ? [] : text.split(',').map((item) => item.trim());

const { values } = parseArgs({
  args: process.argv.slice(2).map((arg) => (arg === '--write' ? '--write=docs/benchmarks-durable.md' : arg)),
  options: {
    quick: { type: 'boolean', default: false },
    reps: { type: 'string' },
    only: { type: 'string' },
    row: { type: 'string' },
    write: { type: 'string' },
  },
});
const reps = Number(values.reps ?? (values.quick ? 1 : 3));
if (!Number.isInteger(reps) || reps < 1) throw new Error(`--reps wants a whole number from 1, got ${values.reps}.`);
const environment = childEnvironment(values.quick);
const duration_ms = values.quick ? 700 : 3_000;
const wantedFiles = list(values.only);
const wantedRows = list(values.row);
for (const row of wantedRows)
  if (!rowIds.includes(row)) throw new Error(`Unknown row ${row}; known: ${rowIds.join(', ')}.`);

interface Seat extends ListedPeer {
  readonly file: string;
}

const seats: Seat[] = [];
for (const file of peerFiles) {
  if (wantedFiles.length > 0 && !wantedFiles.includes(file)) continue;
  for (const peer of (await child(['list', file])) as ListedPeer[]) seats.push({ ...peer, file });
}
const results = new DurableResults(seats);
console.log(`${machine()}\n`);
for (const seat of seats) if (seat.unavailable !== null) console.log(`skipped ${seat.name}: ${seat.unavailable}`);

const started_ms = performance.now();
for (let rep = 0; rep < reps; rep += 1) {
  for (const row of rowIds) {
    if (wantedRows.length > 0 && !wantedRows.includes(row)) continue;
    const [method = '', amount] = row.split('-');
    const playing = seats.filter((seat) => seat.unavailable === null && seat.rows.includes(method));
    process.stderr.write(`repetition ${rep + 1} of ${reps}, ${row}: ${playing.map(({ name }) => name).join(', ')}\n`);
    for (const [index] of playing.entries()) {
      const seat = playing[(index + rep) % playing.length];
      if (seat === undefined) continue;
      try {
        results.add(seat.name, row, await measured([seat.file, seat.name, method], amount ?? String(duration_ms)));
      } catch (error) {
        const failure = `${seat.name}, ${row}: ${error instanceof Error ? error.message.split('\n').at(-1) : String(error)}`;
        results.failures.push(failure);
        process.stderr.write(`FAILED ${failure}\n`);
      }
    }
  }
}

console.log(durableReport(results));
if (values.write !== undefined) {
  const seconds = Math.round((performance.now() - started_ms) / 1_000);
  const how = `${reps} ${reps === 1 ? 'repetition' : 'repetitions'} of ${duration_ms} ms a row, ${seconds} s in all`;
  writeFileSync(resolve(root, values.write), durableDocument(results, how));
}
process.exitCode = results.failures.length === 0 ? 0 : 1;
