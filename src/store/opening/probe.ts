// Reads a data file from end to end before LMDB may. LMDB maps the file and trusts its pages: a damaged one ends the
// process that reads it with a signal, or sends it round in circles. So whatever was not closed in order is walked
// page by page with plain reads, and then read by LMDB in a child process; if that dies, the store is damaged, and
// whoever asked is not.

import { type ChildProcess, spawn } from 'node:child_process';
import { stat } from 'node:fs/promises';
import { createRequire } from 'node:module';
import { join } from 'node:path';
import { type Clock, systemClock } from '../../base/clock.ts';
import { describeError, StoreCorruptError, StoreUnavailableError } from '../../base/errors.ts';
import { limits } from '../../base/limits.ts';
import { walkPages } from './probe-pages.ts';
import { probeScript } from './probe-script.ts';

/** What a probe has read. */
export interface ProbeReport {
  readonly records: number;
  readonly bytes: number;
}

/** How a probe is made. */
export interface ProbeOptions {
  /** Reads only, for a store that may not be written to. */
  readonly readOnly?: boolean;
  readonly clock?: Pick<Clock, 'setTimer' | 'clearTimer' | 'yieldThen'> | undefined;
}

interface Ended {
  readonly status: number | null;
  readonly signal: NodeJS.Signals | null;
  readonly stdout: string;
  readonly stderr: string;
  readonly isLate: boolean;
}

/**
 * Reads all of a data folder, page by page and then in a child process.
 *
 * @param store - The store's path, for the messages.
 * @param folder - The folder of the data.
 * @throws STORE_CORRUPT when it can't be read to its end, STORE_UNAVAILABLE when no child can be started.
 */
export async function probe(
  store: string,
  folder: string,
  { readOnly = false, clock = systemClock }: ProbeOptions = {},
): Promise<ProbeReport> {
  const file = join(folder, 'data.mdb');
  const { size } = await stat(file);
  const patience_ms = limits.store.probeBase_ms + (size / 1_048_576) * limits.store.probePerMegabyte_ms;
  const child = start(folder, readOnly);
  const ending = followed(store, child, patience_ms, clock);
  ending.catch(() => {}); // told below, unless the pages tell first
  const { problem, ...report } = await walkPages(file, clock).catch((error: unknown) => {
    child.kill('SIGKILL');
    throw error;
  });
  if (problem !== undefined) child.kill('SIGKILL');
  const ended = await ending;
  if (problem !== undefined) throw new StoreCorruptError(store, problem);
  if (ended.isLate)
    throw new StoreCorruptError(store, `reading it did not end within ${Math.ceil(patience_ms / 1_000)} s`);
  if (!ended.stdout.startsWith('ready'))
    throw new StoreUnavailableError(store, `the process that checks it could not start: ${lastLine(ended)}`);
  if (ended.status === 0) return report;
  const how = ended.signal === null ? lastLine(ended) : `reading it ends a process with ${ended.signal}`;
  throw new StoreCorruptError(store, how);
}

function start(folder: string, readOnly: boolean): ChildProcess {
  const { NODE_OPTIONS: _, ...env } = process.env; // what the parent is run with may not suit a child without a file
  const lmdb = createRequire(import.meta.url).resolve('lmdb');
  const words = ['--input-type=commonjs', '--eval', probeScript, lmdb, folder, readOnly ? 'look' : 'write'];
  return spawn(process.execPath, words, { env, stdio: ['ignore', 'pipe', 'pipe'] });
}

function followed(
  store: string,
  child: ChildProcess,
  patience_ms: number,
  clock: Pick<Clock, 'setTimer' | 'clearTimer'>,
): Promise<Ended> {
  return new Promise((resolve, reject) => {
    const said = { stdout: '', stderr: '' };
    let isLate = false;
    for (const stream of ['stdout', 'stderr'] as const)
      child[stream]?.setEncoding('utf8').on('data', (text: string) => {
        said[stream] = (said[stream] + text).slice(-said_chars);
      });
    const timer = clock.setTimer(() => {
      isLate = true;
      child.kill('SIGKILL');
    }, patience_ms);
    child.on('error', (error) => {
      clock.clearTimer(timer);
      reject(new StoreUnavailableError(store, 'the process that checks it could not start', { cause: error }));
    });
    child.on('close', (status, signal) => {
      clock.clearTimer(timer);
      resolve({ status, signal, ...said, isLate });
    });
  });
}

const said_chars = 10_000;

/** What a child that failed said last: the script's own words, or the error that ended it. */
function lastLine({ stderr, status }: Ended): string {
  const lines = stderr.split('\n').filter((line) => line.trim() !== '');
  const error = lines.find((line) => /^\w*Error: /.test(line)) ?? lines.at(-1);
  return error === undefined ? `it ended with status ${String(status)}` : describeError(new Error(error));
}
