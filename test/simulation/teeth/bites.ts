// Starts the processes in which bugs are planted, two at a time: a bug may hang a process or bring it down, and none may
// be left in the process of the tests.

import { fork } from 'node:child_process';
import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import type { SimulationSettings } from 'troupe/testing';
import { Lanes } from '../../../src/testing/crash/lanes.ts';
import type { Tooth } from './tooth.ts';

/** What a process simulates. */
export interface SeedRun {
  readonly seeds: number | readonly number[];
  /** Operations and tasks that it has; without it, all. */
  readonly only?: readonly string[] | undefined;
  readonly settings: Pick<SimulationSettings, 'steps' | 'faults' | 'shrink'>;
}

/** What a process has to do. */
export interface Order {
  readonly tooth?: Pick<Tooth, 'file' | 'find' | 'replace'>;
  /** A file beside this folder or in it, and the export. */
  readonly topology: readonly [file: string, name: string];
  readonly simulation: string;
  readonly runs?: readonly SeedRun[];
  /** The text of a regression to replay instead. */
  readonly regression?: string;
}

/** What came of it. */
export interface Bite {
  /** Seeds that were run. */
  readonly seeds: number;
  readonly found?: {
    readonly seed: number;
    readonly invariant: string;
    readonly problem: string;
    readonly step: number;
    /** Of the seed that has failed, run twice. */
    readonly hashes: readonly [string, string];
    readonly regression?: string;
  };
  readonly replayed?: { readonly invariant?: string; readonly unasked: number };
  readonly cpu_s: number;
}

/** The built package that bugs are put into as it is loaded. */
export const dist = process.env['TROUPE_TEETH_DIST'] ?? fileURLToPath(new URL('../../../dist', import.meta.url));

const cache = mkdtempSync(join(tmpdir(), 'troupe-teeth-'));
const lanes = new Lanes(2);
/** A safety net: nothing takes a tenth of it on a machine that has time. */
const limit_ms = 300_000;

/** Removes what the processes have kept for each other. */
export function cleanUp(): void {
  rmSync(cache, { recursive: true, force: true });
}

/** Has a process simulate. @throws what it has died of. */
export function bite(order: Order): Promise<Bite> {
  const here = (file: string): string => fileURLToPath(new URL(file, import.meta.url));
  const { topology, simulation } = order;
  const whole = { ...order, dist, cache, topology: [here(topology[0]), topology[1]], simulation: here(simulation) };
  return lanes.run(() => ended(here('bite.js'), JSON.stringify(whole)));
}

function ended(program: string, order: string): Promise<Bite> {
  return new Promise((resolve, reject) => {
    const child = fork(program, [order], {
      execArgv: [],
      stdio: ['ignore', 'ignore', 'pipe', 'ipc'],
      timeout: limit_ms,
    });
    let bitten: Bite | undefined;
    let errors = '';
    child.on('message', (message) => {
      bitten = message as unknown as Bite;
    });
    child.stderr?.setEncoding('utf8').on('data', (text: string) => {
      errors = (errors + text).slice(0, 10_000);
    });
    child.on('error', reject);
    child.on('close', (code, signal) => {
      if (bitten !== undefined) resolve(bitten);
      else reject(new Error(`the process has ended with ${signal ?? code} and said nothing.\n${errors}`));
    });
  });
}
