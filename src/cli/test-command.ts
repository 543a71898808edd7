// `troupe test`: tests of every machine of a topology, made from their statecharts and run without a test runner. What is
// covered goes to stdout as a table, or as JSON; pictures go into a folder.

import { mkdir, writeFile } from 'node:fs/promises';
import { join, resolve } from 'node:path';
import { describeError, isTroupeError } from '../base/errors.ts';
import { printable } from '../base/printable.ts';
import type { TopologyModelOptions, TopologyTests } from '../testing/index.ts';
import { exitStatus, type ExitStatus, wrongUsage } from './command-error.ts';
import { loadTopology, refusal } from './load-topology.ts';
import { shortPath } from './source-frame.ts';
import { consoleToStderr, type Terminal } from './terminal.ts';
import { loadModels, type Testing } from './test-models.ts';

/** Options of `troupe test`. */
export interface TestOptions {
  readonly models?: string;
  /** Percent of states and transitions. */
  readonly coverage?: number;
  readonly out?: string;
  readonly json?: boolean;
}

/** Runs the model tests of a topology. @returns the exit status. */
export async function testTopology(path: string, options: TestOptions, terminal: Terminal): Promise<ExitStatus> {
  consoleToStderr(terminal);
  const testing = await import('../testing/index.ts');
  const topology = await loadTopology(path).catch((error: unknown) => {
    throw refusal(path, error, wrongUsage) ?? error;
  });
  const models = await loadModels(path, options.models, testing);
  if (models !== undefined) terminal.note(`Models from ${shortPath(models.file)}.`);
  const { coverage } = options;
  const given: TopologyModelOptions = {
    ...(models === undefined ? {} : { machines: models.machines as NonNullable<TopologyModelOptions['machines']> }),
    ...(coverage === undefined ? {} : { coverage: { states: coverage, transitions: coverage } }),
  };
  const tests = made(() => testing.modelTests(topology, given));
  if (options.out !== undefined) await checkFolder(options.out);
  const report = await tests.run();
  await terminal.result(options.json === true ? asJson(report, testing) : asText(report, testing, terminal));
  if (options.out !== undefined) await writePictures(options.out, tests, testing, terminal);
  return report.passed ? exitStatus.done : exitStatus.failed;
}

type Report = Awaited<ReturnType<TopologyTests['run']>>;

function asJson(report: Report, { reportData }: Testing): string {
  return `${JSON.stringify(reportData(report), null, 2)}\n`;
}

function asText(report: Report, { topologyText }: Testing, { colours, resultsAreSeen }: Terminal): string {
  const shades = resultsAreSeen ? { good: colours.green, bad: colours.red, faint: colours.dim } : undefined;
  return `${topologyText(report, shades).join('\n')}\n`;
}

/** An option of the models that is wrong is the user's mistake. */
function made<Value>(make: () => Value): Value {
  try {
    return make();
  } catch (error) {
    throw isTroupeError(error) ? wrongUsage(error.message) : error;
  }
}

/** Found out before the tests run, so that nobody waits for a picture that can't be written. */
async function checkFolder(out: string): Promise<void> {
  try {
    await mkdir(resolve(out), { recursive: true });
  } catch (error) {
    throw wrongUsage(`--out '${printable(out)}' is no folder to write to: ${printable(describeError(error))}`, [
      '  Give the path of a folder that you may write to; it is made where it does not exist.',
    ]);
  }
}

async function writePictures(out: string, tests: TopologyTests, testing: Testing, terminal: Terminal): Promise<void> {
  const folder = resolve(out);
  for (const machine of tests.machines) {
    await writeFile(join(folder, `${machine.name.replace(/[^\w.-]+/g, '-')}.svg`), await testing.coverageSvg(machine));
  }
  await writeFile(join(folder, 'index.html'), await testing.coveragePage(`Coverage of ${tests.name}`, tests.machines));
  terminal.note(`Wrote ${tests.machines.length} pictures and index.html to ${shortPath(folder)}.`);
}
