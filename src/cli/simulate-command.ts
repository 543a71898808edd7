// `troupe simulate`: a topology under many seeds, or one run that failed once. The outcome goes to stdout for people or
// as JSON; a run that fails can be kept in a file. Told to stop, it ends after the present seed.

import { mkdir, readFile, stat, writeFile } from 'node:fs/promises';
import { dirname, resolve } from 'node:path';
import { systemClock } from '../base/clock.ts';
import { describeError, isTroupeError } from '../base/errors.ts';
import { printable } from '../base/printable.ts';
import type { Topology } from '../topology/define.ts';
import { exitStatus, type ExitStatus, wrongUsage } from './command-error.ts';
import { loadTopology, refusal } from './load-topology.ts';
import { listenForSignals } from './signals.ts';
import { commitOf } from './simulate-commit.ts';
import { loadSimulation, type LoadedSimulation } from './simulate-options.ts';
import { seedsProgress } from './simulate-progress.ts';
import { shortPath } from './source-frame.ts';
import { consoleToStderr, type Terminal } from './terminal.ts';
import type { Testing } from './test-models.ts';

/** Options of `troupe simulate`. */
export interface SimulateOptions {
  readonly seeds?: number;
  readonly seed?: number;
  readonly steps?: number;
  readonly faults?: string;
  readonly simulation?: string;
  readonly replay?: string;
  readonly out?: string;
  readonly shrink: boolean;
  readonly json?: boolean;
}

interface Session {
  readonly path: string;
  readonly options: SimulateOptions;
  readonly topology: Topology;
  readonly simulation: LoadedSimulation;
  readonly testing: Testing;
  readonly terminal: Terminal;
}

type Report = Awaited<ReturnType<Testing['simulate']>>;

/** Simulates a topology. @returns the exit status. */
export async function simulateTopology(
  path: string,
  options: SimulateOptions,
  terminal: Terminal,
): Promise<ExitStatus> {
  consoleToStderr(terminal);
  checkTogether(options);
  const testing = await import('../testing/index.ts');
  const topology = await loadTopology(path).catch((error: unknown) => {
    throw refusal(path, error, wrongUsage) ?? error;
  });
  const simulation = await loadSimulation(path, options.simulation, topology, testing);
  const from = simulation.file === undefined ? 'No simulation.ts: tasks without an input.' : shortPath(simulation.file);
  terminal.note(simulation.file === undefined ? from : `Simulation from ${from}.`);
  const session = { path, options, topology, simulation, testing, terminal };
  if (options.out !== undefined) await checkFile(options.out);
  return options.replay === undefined ? simulated(session) : replayed(session, options.replay);
}

async function simulated({ options, topology, simulation, testing, ...rest }: Session): Promise<ExitStatus> {
  const { terminal } = rest;
  const stop = new AbortController();
  let told: ExitStatus | undefined;
  const settings = settingsOf(options, testing);
  const progress = await seedsProgress(terminal, systemClock);
  const unlisten = listenForSignals(systemClock, {
    onFirst: (status) => {
      told = status;
      stop.abort();
      terminal.note('stops after this seed; once more to stop at once.');
    },
    onSecond: (status) => {
      progress.end();
      process.exit(status);
    },
  });
  try {
    const report = await asked(() =>
      testing.simulate(topology, {
        ...simulation.options,
        ...settings,
        onSeed: progress.onSeed,
        onFailure: ({ seed, invariant }) => {
          progress.failed(seed, invariant, options.shrink);
        },
        signal: stop.signal,
      }),
    );
    progress.end();
    const session = { options, topology, simulation, testing, ...rest };
    await tell(session, report);
    return report.passed ? (told ?? exitStatus.done) : exitStatus.failed;
  } finally {
    progress.end();
    unlisten();
  }
}

async function replayed(session: Session, file: string): Promise<ExitStatus> {
  const { topology, simulation, testing } = session;
  const text = await readFile(resolve(file), 'utf8').catch((error: unknown) => {
    throw wrongUsage(`--replay '${printable(file)}' can't be read: ${printable(describeError(error))}`);
  });
  const report = await asked(() =>
    testing.replay(topology, simulation.options, testing.readRegression(text, shortPath(resolve(file)))),
  );
  await tell(session, report);
  return report.passed ? exitStatus.done : exitStatus.failed;
}

/** What was typed goes before what the simulation says. */
function settingsOf({ seeds, seed, steps, faults, shrink }: SimulateOptions, { readFaults }: Testing): object {
  return {
    ...(seed === undefined ? {} : { firstSeed: seed, seeds: 1 }),
    ...(seeds === undefined ? {} : { seeds }),
    ...(steps === undefined ? {} : { steps }),
    ...(faults === undefined ? {} : { faults: usage(() => readFaults(faults, '--faults')) }),
    ...(shrink ? {} : { shrink }),
  };
}

async function tell(session: Session, report: Report): Promise<void> {
  const { options, path, terminal, testing } = session;
  const { simulationText, simulationData } = testing;
  if (options.out !== undefined) await keep(options.out, report, session);
  const origin = report.passed
    ? {}
    : { commit: await commitOf(dirname(resolve(path))), command: command(session, report) };
  const { colours, resultsAreSeen } = terminal;
  const shades = resultsAreSeen ? { good: colours.green, bad: colours.red, faint: colours.dim } : undefined;
  await terminal.result(
    options.json === true
      ? `${JSON.stringify(simulationData(report, origin), null, 2)}\n`
      : `${simulationText(report, shades, origin).join('\n')}\n`,
  );
}

async function keep(out: string, report: Report, { testing, terminal }: Session): Promise<void> {
  const regression = testing.regressionOf(report);
  if (regression === undefined) {
    terminal.note(`Nothing failed, so nothing was written to ${shortPath(resolve(out))}.`);
    return;
  }
  await writeFile(resolve(out), testing.regressionText(regression));
  terminal.note(`Wrote the run that failed to ${shortPath(resolve(out))}.`);
}

/** What to type to see a failure again. */
function command({ path, options, testing }: Session, { failure, odds }: Report): string {
  const file = options.out ?? options.replay;
  const words = ['npx troupe simulate', quoted(path)];
  if (options.simulation !== undefined) words.push('--simulation', quoted(options.simulation));
  if (file !== undefined) words.push('--replay', quoted(file));
  else if (failure !== undefined) words.push(testing.runWords(failure, odds));
  return words.join(' ');
}

/** A word as a shell takes it. */
function quoted(word: string): string {
  return /^[\w./@:+-]+$/.test(word) ? word : `'${word.replaceAll("'", String.raw`'\''`)}'`;
}

function checkTogether({ replay, seed, seeds, steps, faults }: SimulateOptions): void {
  if (replay === undefined) return;
  const others = Object.entries({ seed, seeds, steps, faults }).filter(([, value]) => value !== undefined);
  if (others.length === 0) return;
  const named = others.map(([name]) => `--${name}`).join(', ');
  throw wrongUsage(`--replay says seed, steps and faults by itself; it can't go with ${named}.`);
}

/** Found out before the seeds run, so that nobody waits for a file that can't be written. */
async function checkFile(out: string): Promise<void> {
  const file = resolve(out);
  const problem = await mkdir(dirname(file), { recursive: true }).then(
    async () => ((await stat(file).catch(() => undefined))?.isDirectory() === true ? 'it is a folder' : undefined),
    (error: unknown) => describeError(error),
  );
  if (problem === undefined) return;
  throw wrongUsage(`--out '${printable(out)}' can't be written: ${printable(problem)}.`, [
    '  Give the path of a JSON file; folders on the way are made.',
  ]);
}

/** A simulation that is wrong is the user's mistake. */
async function asked<Value>(ask: () => Promise<Value>): Promise<Value> {
  try {
    return await ask();
  } catch (error) {
    throw isTroupeError(error) ? wrongUsage(error.message) : error;
  }
}

function usage<Value>(read: () => Value): Value {
  try {
    return read();
  } catch (error) {
    throw isTroupeError(error) ? wrongUsage(error.message) : error;
  }
}
