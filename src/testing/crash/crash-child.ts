// The program that is killed, and the one that recovers from it. Started by `child-process.ts` with an order; it exists as
// a program of its own because only the end of a real process shows what a store and a runtime make of one.

import { inspect } from 'node:util';
import { systemClock } from '../../base/clock.ts';
import { describeError } from '../../base/errors.ts';
import { limits } from '../../base/limits.ts';
import { createRuntime, type Runtime } from '../../runtime.ts';
import { openStore } from '../../store/opening/open.ts';
import type { StoreAdmin } from '../../store/admin.ts';
import { isTopology, type Topology } from '../../topology/define.ts';
import { Journal, markKilled, readJournal } from './crash-journal.ts';
import type { CrashMessage, CrashOrder, CrashPhase } from './crash-messages.ts';
import { pointName } from './crash-points.ts';
import { checkWorkload, type CrashWorkload } from './crash-workload.ts';
import { armStore, type CommitCount } from './killing-store.ts';
import { exportOf, loaderFor } from './load-module.ts';

interface Loaded {
  readonly topology: Topology;
  readonly workload: CrashWorkload;
}

/** What is wrong with one of the user's files. */
class Unusable extends Error {
  readonly field: 'topology' | 'workload';

  constructor(field: 'topology' | 'workload', expected: string) {
    super(expected);
    this.field = field;
  }
}

function say(message: CrashMessage): Promise<void> {
  return new Promise((resolve) => {
    process.send?.(message, () => {
      resolve();
    });
  });
}

async function enter(phase: CrashPhase, detail = ''): Promise<void> {
  await say({ type: 'phase', phase, detail });
}

function endNow(): void {
  process.kill(process.pid, 'SIGKILL');
}

async function load({ topology: file, workload: other, cache }: CrashOrder): Promise<Loaded> {
  const loader = loaderFor(file, cache);
  const read = async (field: 'topology' | 'workload', path: string): Promise<unknown> => {
    try {
      return await exportOf(loader, path, ['default', field]);
    } catch (error) {
      throw new Unusable(field, `a file that can be loaded; this one throws: ${describeError(error)}`);
    }
  };
  const topology = await read('topology', file);
  if (!isTopology(topology)) throw new Unusable('topology', 'a file whose default export defineTopology() has made');
  const workload = await read('workload', other);
  try {
    checkWorkload(workload);
  } catch (error) {
    throw new Unusable('workload', `a file whose default export crashWorkload() takes: ${describeError(error)}`);
  }
  return { topology, workload };
}

interface Opened {
  readonly store: StoreAdmin;
  readonly close: () => Promise<void>;
  readonly count: CommitCount;
}

async function open({ store: path, point, mark }: CrashOrder): Promise<Opened> {
  await enter('opening');
  const { store, close } = await openStore(path);
  const die = (): void => {
    if (point !== undefined) markKilled(mark, pointName(point));
    endNow();
  };
  return { store, close, count: armStore(store, point, die, systemClock) };
}

async function work(order: CrashOrder, { topology, workload }: Loaded): Promise<void> {
  const journal = new Journal(order.journal);
  const { store, close, count } = await open(order);
  await enter('starting');
  const began_ms = systemClock.now();
  const runtime = await createRuntime(topology, { ...workload.options, store });
  await runtime.start();
  await enter('running');
  await workload.run(runtime, journal.acknowledge);
  await enter('stopping');
  await runtime.stop();
  await close();
  await say({ type: 'worked', commits: count.commits, took_ms: systemClock.now() - began_ms });
}

async function recover(order: CrashOrder, { topology, workload }: Loaded): Promise<void> {
  const began_ms = systemClock.now();
  const { store, close, count } = await open(order);
  const open_ms = systemClock.now() - began_ms;
  await enter('reading');
  const { damaged, damage } = await store.verify();
  await enter('starting');
  const opened_ms = systemClock.now();
  const runtime = await createRuntime(topology, { ...workload.options, store });
  await runtime.start();
  const started_ms = systemClock.now();
  await enter('resuming');
  await resumed(runtime);
  const resume_ms = systemClock.now() - started_ms;
  await say({
    type: 'recovered',
    open_ms,
    start_ms: started_ms - opened_ms,
    resume_ms,
    commits: count.commits,
    damaged,
    damage: damage.slice(0, 3).map(({ key, problem }) => `${key}: ${problem}`),
  });
  if (order.point !== undefined) return; // it was to be killed, and did not commit so often; what it left is recovered next
  await enter('checking');
  await workload.check({ runtime, acknowledged: readJournal(order.journal) });
  await enter('stopping');
  await runtime.stop();
  await close();
}

/** Resolves when every run that was taken up is over and no actor has messages left that are not on disk. */
async function resumed(runtime: Runtime): Promise<void> {
  const patience_ms = limits.testing.crashSettle_ms;
  const began_ms = systemClock.now();
  for (;;) {
    if (runtime.fatalError !== undefined)
      throw new Error(`the runtime has stopped by itself: ${describeError(runtime.fatalError)}`);
    const left = runtime.runs().filter(({ isOver }) => !isOver);
    if (left.length > 0) {
      const named = left.slice(0, 3).map(({ type, id, state }) => `${type} ${id} (${state})`);
      await enter('resuming', `: ${left.length} open runs, ${named.join(', ')}`);
      await Promise.allSettled(left.map((run) => run.result()));
      continue;
    }
    await runtime.committed();
    const isBusy = runtime.actors().some(({ waiting }) => waiting > 0) || runtime.runs().some(({ isOver }) => !isOver);
    // Actors that never rest, such as one that sends to itself, don't keep a recovery from being over.
    if (!isBusy || systemClock.now() - began_ms > patience_ms) return;
    await new Promise<void>((resolve) => {
      systemClock.yieldThen(resolve);
    });
  }
}

/** An error as the one who reads the report wants it. */
function failureOf(thrown: unknown): CrashMessage {
  if (!(thrown instanceof Error)) return { type: 'failed', message: `thrown: ${inspect(thrown)}`, stack: '' };
  const { name, message, stack = '' } = thrown;
  return { type: 'failed', message: name === 'Error' ? message : `${name}: ${message}`, stack };
}

async function main(order: CrashOrder): Promise<void> {
  try {
    await enter('loading');
    const loaded = await load(order);
    await (order.task === 'work' ? work(order, loaded) : recover(order, loaded));
    await say({ type: 'done' });
  } catch (error) {
    await say(
      error instanceof Unusable ? { type: 'unusable', field: error.field, expected: error.message } : failureOf(error),
    );
  }
  endNow(); // whatever the user's code has left open, and nothing more is to be written
}

// Whoever started this is gone: nobody would read what it finds.
process.on('disconnect', endNow);
void main(JSON.parse(process.argv.at(-1) ?? '') as CrashOrder);
