// `troupe run`: one task, from its submission to its end, followed on stderr, with the result on stdout. Told to stop,
// it lets the run come to its end for a while first.

import { createHash } from 'node:crypto';
import { pino } from 'pino';
import { type Clock, systemClock } from '../base/clock.ts';
import { formatMs } from '../base/duration.ts';
import { isTroupeError } from '../base/errors.ts';
import type { Priority } from '../base/priority.ts';
import { createRuntime, type Runtime, type RuntimeOptions, type SubmitOptions } from '../runtime.ts';
import type { Topology } from '../topology/define.ts';
import type { Run } from '../work/run.ts';
import { delayText } from '../topology/draw/logic-names.ts';
import { chooseType } from './choose-type.ts';
import { CommandError, type ExitStatus, exitStatus, wrongUsage } from './command-error.ts';
import { explained } from './explain.ts';
import { loadTopology, refusal } from './load-topology.ts';
import { PlainProgress } from './progress/plain.ts';
import type { Progress } from './progress/progress.ts';
import { Tally } from './progress/tally.ts';
import { readInput } from './read-input.ts';
import { resultJson } from './result-json.ts';
import { listenForSignals } from './signals.ts';
import { consoleToStderr, reportFailure, type Terminal } from './terminal.ts';

/** Options of `troupe run`. */
export interface RunOptions {
  readonly input?: string;
  readonly timeout?: number;
  readonly priority?: Priority;
  readonly json?: boolean;
  /** The folder of a store. */
  readonly store?: string;
  readonly log?: string;
  /** Milliseconds. */
  readonly drain: number;
}

interface Session {
  readonly runtime: Runtime;
  readonly progress: Progress;
  readonly tally: Tally;
  readonly terminal: Terminal;
  readonly clock: Clock;
  readonly startedAt: number;
  readonly drainMs: number;
  /** What the process was told to end with. */
  told: ExitStatus | undefined;
}

/** Runs one task of a topology. @returns the exit status. */
export async function runTask(
  path: string,
  type: string | undefined,
  options: RunOptions,
  terminal: Terminal,
): Promise<ExitStatus> {
  consoleToStderr(terminal);
  const topology = await loaded(path);
  const taskType = chooseType(topology.resolved, type);
  const input = await readInput(options.input, process.stdin, terminal.note);
  const session = await open(topology, taskType, options, terminal);
  const { runtime, progress } = session;
  const unlisten = listenForSignals(session.clock, {
    onFirst: (status, signal) => {
      drain(session, status, signal);
    },
    onSecond: (status) => {
      progress.end();
      terminal.note(`stopped at once; ${leftOver(options)}.`);
      process.exit(status);
    },
  });
  try {
    await started(runtime);
    const run = await submitted(
      runtime,
      { type: taskType, input, given: options.input !== undefined, kept: options.store !== undefined },
      submitOptions(options),
    );
    sayResumed(run, session);
    return await followed(run, session, options);
  } finally {
    await runtime.stop();
    progress.end();
    unlisten();
  }
}

async function loaded(path: string): Promise<Topology> {
  try {
    return await loadTopology(path);
  } catch (error) {
    throw refusal(path, error, wrongUsage) ?? error;
  }
}

async function open(
  topology: Topology,
  taskType: string,
  { log, drain: drainMs, store }: RunOptions,
  terminal: Terminal,
): Promise<Session> {
  const clock = systemClock;
  const runtime = await made(topology, {
    clock,
    ...(store === undefined ? {} : { store }),
    ...(log === undefined ? {} : { log: pino({ level: log }, pino.destination({ fd: 2, sync: true })) }),
  });
  const tally = new Tally(topology.resolved);
  const title = taskType === topology.name ? taskType : `${topology.name} ${taskType}`;
  const parts = { title, tally, clock, terminal };
  // Lines of the log can't be kept out of a picture that is redrawn, so the two exclude each other.
  const progress =
    terminal.isLive && log === undefined
      ? new (await import('./progress/live.ts')).LiveProgress(parts)
      : new PlainProgress(parts);
  runtime.events.on((event) => {
    progress.take(event);
  });
  return { runtime, progress, tally, terminal, clock, startedAt: clock.now(), drainMs, told: undefined };
}

async function made(topology: Topology, options: RuntimeOptions): Promise<Runtime> {
  try {
    return await createRuntime(topology, options);
  } catch (error) {
    throw explained(error, exitStatus.failed);
  }
}

function submitOptions({ priority, timeout }: RunOptions): SubmitOptions {
  return { ...(priority === undefined ? {} : { priority }), ...(timeout === undefined ? {} : { timeout }) };
}

async function started(runtime: Runtime): Promise<void> {
  try {
    await runtime.start();
  } catch (error) {
    throw explained(error, exitStatus.failed);
  }
}

interface Given {
  readonly type: string;
  readonly input: unknown;
  readonly given: boolean;
  /** Whether there is a store that may hold this very run. */
  readonly kept: boolean;
}

async function submitted(runtime: Runtime, task: Given, options: SubmitOptions): Promise<Run> {
  const { type, input, given, kept } = task;
  try {
    return kept ? await resumedOrNew(runtime, task, options) : await runtime.submit({ type, input }, options);
  } catch (error) {
    const isMistake =
      isTroupeError(error) && ['INVALID_INPUT', 'INVALID_OPTION', 'NO_AGENT', 'UNSERIALIZABLE'].includes(error.code);
    const { status, message, detail } = explained(error, isMistake ? exitStatus.usage : exitStatus.failed);
    const advice = given ? [] : ["  No --input was given: add --input '{ … }', --input @file.json or --input @-."];
    throw new CommandError(status, message, [...detail, ...advice]);
  }
}

/** The run of this task that an earlier command has left open, else a new one. */
async function resumedOrNew(runtime: Runtime, { type, input }: Given, options: SubmitOptions): Promise<Run> {
  const task = createHash('sha256')
    .update(JSON.stringify([type, input]))
    .digest('base64url');
  // Runs of this task that are over have their number each; the first that is not over, or not there, is meant.
  for (let number = 0; ; number += 1) {
    const run = await runtime.submit({ type, input }, { ...options, idempotencyKey: `command ${task} ${number}` });
    if (!run.isOver) return run;
  }
}

function sayResumed(run: Run, { terminal, clock, startedAt }: Session): void {
  const age_ms = clock.wall() - run.status().acceptedAt;
  if (age_ms <= clock.now() - startedAt) return;
  terminal.note(
    `going on with ${run.id}, which was begun ${formatMs(age_ms)} ago; what it has finished is not repeated.`,
  );
}

/** What becomes of what is not done. */
function leftOver({ store }: RunOptions): string {
  return store === undefined ? 'what was not done is lost' : 'the same command goes on with it';
}

/** Waits for the run, then says how it ended; what still has to be stopped is not waited for. */
async function followed(run: Run, session: Session, options: RunOptions): Promise<ExitStatus> {
  const { runtime, progress, terminal, clock, startedAt } = session;
  const { colours } = terminal;
  const outcome = await run.result().then(
    (output) => ({ ok: true, output }) as const,
    (error: unknown) => ({ ok: false, error }) as const,
  );
  progress.end();
  const took = formatMs(clock.now() - startedAt);
  const tasks = countedTasks(session.tally);
  if (outcome.ok) {
    terminal.note(`${colours.green(`${run.type} done`)} in ${took}: ${tasks}.`);
    await terminal.result(resultJson(outcome.output, { compact: options.json ?? false }));
    return session.told ?? exitStatus.done;
  }
  const { told } = session;
  if (told !== undefined && runtime.fatalError === undefined) {
    terminal.note(`${colours.yellow(`${run.type} was stopped`)} after ${took}: ${tasks}; ${leftOver(options)}.`);
    return told;
  }
  const error = runtime.fatalError ?? outcome.error;
  const subject = runtime.fatalError === undefined ? `${run.type} failed` : 'the runtime gave up';
  const { message, detail } = explained(error, exitStatus.failed);
  reportFailure(
    terminal,
    new CommandError(exitStatus.failed, `${subject} after ${took}: ${message}`, [...detail, `  ${tasks}.`]),
  );
  return exitStatus.failed;
}

function countedTasks(tally: Tally): string {
  const { done, failed } = tally.totals();
  const parts = [`${done} ${done === 1 ? 'task' : 'tasks'} done`];
  if (failed > 0) parts.push(`${failed} failed`);
  if (tally.cancelled > 0) parts.push(`${tally.cancelled} cancelled`);
  if (tally.retried > 0) parts.push(`${tally.retried} tried again`);
  return parts.join(', ');
}

function drain(session: Session, status: ExitStatus, signal: string): void {
  const { runtime, progress, tally, drainMs } = session;
  session.told = status;
  const { running, waiting } = tally.totals();
  const patience = drainMs === 0 ? 'cancelling' : `waiting up to ${delayText(drainMs)} for`;
  const told = signal === 'SIGINT' ? 'Ctrl-C' : signal;
  progress.stopping(`${told}: ${patience} ${running} running, ${waiting} waiting; again to stop at once.`);
  void runtime.stop({ drain: drainMs });
}
