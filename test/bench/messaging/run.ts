// Runs every peer in every scenario, each in its own child process, peers interleaved within a repetition so that all share
// the machine's moods; prints the tables and verdicts. Exits 1 when a row failed its verification, never for a missed target.
// Options: --quick, --reps=N, --only=peer,peer (a name, or the file's name for all its rows), --scenario=id,id, --write[=path].
import { spawn } from 'node:child_process';
import { writeFileSync } from 'node:fs';
import { dirname, resolve } from 'node:path';
import { fileURLToPath } from 'node:url';
import { parseArgs } from 'node:util';
import { childEnvironment } from '../pace.ts';
import type { ListedPeer } from './child.ts';
import { document, machine } from './document.ts';
import type { Measured } from './measure.ts';
import { fairnessProbe, flatProbes, heapProbe } from './probes.ts';
import { report } from './report.ts';
import { Results } from './results.ts';
import { peerFiles } from './roster.ts';
import { scenarios } from './scenarios.ts';
import { versionOf } from './version-of.ts';

const here = dirname(fileURLToPath(import.meta.url));
// dist/messaging → the repository
const root = resolve(here, '../../../..');
const childTimeout_ms = 180_000;

interface Seat extends ListedPeer {
  readonly file: string;
}

/** Runs child.js and returns its last line of output, parsed. */
function child(args: readonly string[]): Promise<unknown> {
  return new Promise((settle, refuse) => {
    const run = spawn(process.execPath, ['--expose-gc', resolve(here, 'child.js'), ...args], {
      env: environment,
      stdio: ['ignore', 'pipe', 'pipe'],
      timeout: childTimeout_ms,
      killSignal: 'SIGKILL',
    });
    let out = '';
    let err = '';
    run.stdout.setEncoding('utf8').on('data', (text: string) => (out += text));
    run.stderr.setEncoding('utf8').on('data', (text: string) => (err += text));
    run.on('error', refuse);
    run.on('close', (code, signal) => {
      if (code === 0) return settle(JSON.parse(out.trim().split('\n').at(-1) ?? ''));
      const reason = err.match(/^\w*Error: .*$/m)?.[0] ?? err.trim().split('\n').at(-1) ?? '';
      return refuse(
        new Error(
          `${signal === 'SIGKILL' ? `no result within ${childTimeout_ms} ms` : `exit ${String(code)}`}: ${reason}`,
        ),
      );
    });
  });
}

async function seats(only: readonly string[]): Promise<Seat[]> {
  const all: Seat[] = [];
  for (const file of peerFiles) {
    const peers = (await child(['list', file])) as ListedPeer[];
    for (const peer of peers) {
      if (only.length === 0 || only.includes(file) || only.includes(peer.name)) all.push({ ...peer, file });
    }
  }
  return all;
}

const list = (text: string | undefined): string[] =>
  text === undefined ? [] : text.split(',').map((item) => item.trim());

const { values } = parseArgs({
  // `--write` without a path is allowed
  args: process.argv.slice(2).map((arg) => (arg === '--write' ? '--write=docs/benchmarks.md' : arg)),
  options: {
    quick: { type: 'boolean', default: false },
    reps: { type: 'string' },
    only: { type: 'string' },
    scenario: { type: 'string' },
    write: { type: 'string' },
  },
});
const reps = Number(values.reps ?? (values.quick ? 1 : 3));
if (!Number.isInteger(reps) || reps < 1)
  throw new Error(`--reps wants a whole number from 1, got ${String(values.reps)}.`);
// Short, since it is in short moments that a shared machine's core is ours.
const environment = childEnvironment(values.quick);
const target_ms = values.quick ? 30 : 50;
const passes = values.quick ? 5 : 11;
const allIds = [...scenarios.map(({ id }) => id), heapProbe.id, ...flatProbes.map(({ id }) => id), fairnessProbe.id];
const wanted = list(values.scenario);
for (const id of wanted)
  if (!allIds.includes(id)) throw new Error(`Unknown scenario ${id}; known: ${allIds.join(', ')}.`);
const ids = wanted.length === 0 ? allIds : allIds.filter((id) => wanted.includes(id));

const taken = await seats(list(values.only));
if (taken.length === 0) throw new Error(`--only=${String(values.only)} names no peer; files: ${peerFiles.join(', ')}.`);
const results = new Results(taken);
console.log(`${machine()}\n`);
for (const seat of taken) if (seat.unavailable !== null) console.log(`skipped ${seat.name}: ${seat.unavailable}`);

const started_ms = performance.now();
for (let rep = 0; rep < reps; rep += 1) {
  for (const id of ids) {
    const playing = taken.filter((seat) => seat.unavailable === null && seat.takesPart.includes(id));
    process.stderr.write(`repetition ${rep + 1} of ${reps}, ${id}: ${playing.map(({ name }) => name).join(', ')}\n`);
    for (const [i] of playing.entries()) {
      // another peer begins each time
      const seat = playing[(i + rep) % playing.length];
      if (seat === undefined) continue;
      try {
        const args = ['run', seat.file, seat.name, id, String(target_ms), String(id.startsWith('flat-') ? 5 : passes)];
        results.add(seat.name, id, (await child(args)) as Measured);
      } catch (error) {
        const failure = `${seat.name}, ${id}: ${error instanceof Error ? error.message : String(error)}`;
        results.failures.push(failure);
        process.stderr.write(`FAILED ${failure}\n`);
      }
    }
  }
}

const took_s = Math.round((performance.now() - started_ms) / 1_000);
const how = `${reps} repetition${reps === 1 ? '' : 's'} of ${passes} passes of about ${target_ms} ms${values.quick ? ' (--quick)' : ''}, ${took_s} s in all`;
console.log(`${report(results)}\n\n${how}`);
if (values.write !== undefined) {
  const path = resolve(root, values.write);
  writeFileSync(path, document(results, how));
  console.log(`wrote ${path}`);
}
if (results.failures.length > 0) process.exitCode = 1;
