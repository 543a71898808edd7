// What users say of crash tests, checked once: which files, how many kills, how long each may take. What is left out has
// its default in the table of limits.

import { statSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { basename, dirname, resolve } from 'node:path';
import { fileURLToPath } from 'node:url';
import { type Duration, toPositiveMs } from '../../base/duration.ts';
import { InvalidOptionError } from '../../base/errors.ts';
import { limits } from '../../base/limits.ts';
import { type CrashStep, crashSteps, type Kill, parseKill } from './crash-points.ts';

/** Options of `crashTests`. */
export interface CrashOptions {
  /** The file whose default export is the topology: `new URL('./topology.ts', import.meta.url)`, or a path. */
  readonly topology: URL | string;
  /** The file whose default export is the workload, made by `crashWorkload`. */
  readonly workload: URL | string;
  /** Their name in reports; default the folder of the topology and its file. */
  readonly name?: string;
  /** Steps of commits at which the process is killed; default all four. */
  readonly steps?: readonly CrashStep[];
  /** How often it is killed at a step of a commit, at most; default 100. Fewer than there are are spread evenly. */
  readonly kills?: number;
  /** How often the recovery is killed, too, at most; default 8. */
  readonly recoveryKills?: number;
  /** How often it is killed at a random moment; default 0. */
  readonly randomKills?: number;
  /** Of the random moments; default 1. */
  readonly seed?: number;
  /**
   * How long the workload may take, after a recovery what was taken up again, and the check; default 30 s. Whatever else a
   * process does has 30 s, or this where it is longer.
   */
  readonly timeout?: Duration;
  /** How long the worst recovery may take (opening the store, and `start()`); default: any time. */
  readonly recoveryWithin?: Duration;
  /** The folder in which stores are made, each in one of its own; default that of the system for temporary files. */
  readonly folder?: string;
  /** Only this kill, as a failure names it: `written@7`. Default what the environment variable `TROUPE_CRASH` says. */
  readonly only?: string;
}

/** The options, with their defaults. */
export interface CrashSettings {
  readonly topology: string;
  readonly workload: string;
  readonly name: string;
  readonly steps: readonly CrashStep[];
  readonly kills: number;
  readonly recoveryKills: number;
  readonly randomKills: number;
  readonly seed: number;
  readonly timeout_ms: number;
  readonly recoveryWithin_ms: number | undefined;
  readonly folder: string;
  readonly only: Kill | undefined;
}

const known: readonly string[] = [
  'topology',
  'workload',
  'name',
  'steps',
  'kills',
  'recoveryKills',
  'randomKills',
  'seed',
  'timeout',
  'recoveryWithin',
  'folder',
  'only',
] satisfies (keyof CrashOptions)[];

/** The environment variable that names the only kill. */
export const onlyVariable = 'TROUPE_CRASH';

/** @throws INVALID_OPTION naming the field. */
export function crashSettings(options: CrashOptions): CrashSettings {
  for (const key of Object.keys(options)) {
    if (!known.includes(key))
      throw new InvalidOptionError(`${key} of crashTests()`, 'an unknown option', known.join(', '));
  }
  const { testing } = limits;
  const { steps = crashSteps, timeout = testing.crashPhase_ms, recoveryWithin, folder = tmpdir() } = options;
  const topology = fileOf('topology', options.topology);
  const { name = `${basename(dirname(topology))}/${basename(topology)}` } = options;
  checkSteps(steps);
  if (typeof name !== 'string' || name === '') throw new InvalidOptionError('name', name, 'a text');
  return {
    topology,
    workload: fileOf('workload', options.workload),
    name,
    steps: crashSteps.filter((step) => steps.includes(step)),
    kills: countOf('kills', options.kills, testing.crashKills_count),
    recoveryKills: countOf('recoveryKills', options.recoveryKills, testing.crashRecoveryKills_count),
    randomKills: countOf('randomKills', options.randomKills, 0),
    seed: countOf('seed', options.seed, 1, Number.MAX_SAFE_INTEGER),
    timeout_ms: toPositiveMs(timeout, 'timeout'),
    recoveryWithin_ms: recoveryWithin === undefined ? undefined : toPositiveMs(recoveryWithin, 'recoveryWithin'),
    folder: folderOf(folder),
    only: onlyOf(options),
  };
}

function fileOf(field: string, given: unknown): string {
  const isUrl = given instanceof URL || (typeof given === 'string' && given.startsWith('file:'));
  const expected = "a file: new URL('./topology.ts', import.meta.url), or its path";
  if (!isUrl && (typeof given !== 'string' || given === '')) throw new InvalidOptionError(field, given, expected);
  if (given instanceof URL && given.protocol !== 'file:') throw new InvalidOptionError(field, given.href, expected);
  const path = isUrl ? fileURLToPath(given) : resolve(given);
  if (statSync(path, { throwIfNoEntry: false })?.isFile() !== true)
    throw new InvalidOptionError(field, path, 'the path of a file that is there');
  return path;
}

function folderOf(given: unknown): string {
  if (typeof given === 'string' && given !== '' && statSync(given, { throwIfNoEntry: false })?.isDirectory() === true)
    return resolve(given);
  throw new InvalidOptionError('folder', given, 'the path of a folder that is there');
}

function checkSteps(steps: unknown): void {
  const isGood =
    Array.isArray(steps) && steps.length > 0 && steps.every((step) => crashSteps.includes(step as CrashStep));
  if (!isGood) throw new InvalidOptionError('steps', steps, `a list of steps: ${crashSteps.join(', ')}`);
}

function countOf(
  field: string,
  given: unknown,
  otherwise: number,
  most: number = limits.testing.crashKillsMax_count,
): number {
  if (given === undefined) return otherwise;
  if (typeof given === 'number' && Number.isInteger(given) && given >= 0 && given <= most) return given;
  throw new InvalidOptionError(field, given, `a whole number from 0 to ${most.toLocaleString('en-US')}`);
}

function onlyOf(options: CrashOptions): Kill | undefined {
  const fromOptions = options.only !== undefined;
  const name = options.only ?? process.env[onlyVariable];
  if (name === undefined || name === '') return undefined;
  const kill = typeof name === 'string' ? parseKill(name) : undefined;
  if (kill !== undefined) return kill;
  const field = fromOptions ? 'only' : `the environment variable ${onlyVariable}`;
  throw new InvalidOptionError(field, name, "the name of a kill: 'written@7', 'written@7+before@1' or '37ms'");
}
