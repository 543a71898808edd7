// The runtime's log: what happened, as structured lines with addresses and correlation ids, through pino. Text that
// came from elsewhere is made printable first, so that nobody can write a line of their own into it.

import { type Logger, pino } from 'pino';
import { assertNever } from '../base/assert-never.ts';
import { printable } from '../base/printable.ts';
import { loggable } from './loggable.ts';
import { writeStoreEvent } from './log-store.ts';
import type { RuntimeEvent } from './events.ts';
import type { TaskEvent } from './task-events.ts';

/** A log that writes nothing. */
export function silentLog(): Logger {
  return pino({ level: 'silent' });
}

/** Writes an event as one line at the level it deserves. Never throws. */
export function logEvent(log: Logger, event: RuntimeEvent): void {
  if (log.level === 'silent') return;
  safely(() => {
    writeEvent(log, event);
  });
}

/** Writes that something outside the actors went wrong. Never throws. */
export function logFault(log: Logger, error: unknown, what: string): void {
  safely(() => {
    log.error({ err: loggable(error) }, what);
  });
}

/** Writes what a machine's `log` action says. Never throws. */
export function logMachine(log: Logger, parts: readonly unknown[]): void {
  safely(() => {
    log.info({ parts: parts.map((part) => (typeof part === 'string' ? printable(part, 2_000) : part)) }, 'machine log');
  });
}

/** A logger that throws is no reason to end anybody's turn, and there is nobody to tell. */
function safely(write: () => void): void {
  try {
    write();
  } catch {
    // The line is lost; what it said has also gone to whoever listens to events.
  }
}

function writeEvent(log: Logger, event: RuntimeEvent): void {
  switch (event.type) {
    case 'actor.crashed':
    case 'actor.restarting':
    case 'actor.stopHookFailed':
    case 'actor.rolledBack':
    case 'actor.quarantined':
    case 'actor.started':
    case 'actor.stopped':
      writeLife(log, event);
      break;
    case 'supervisor.gaveUp':
      log.error(
        { actor: printable(event.address), child: printable(event.child), err: loggable(event.error) },
        'supervisor gave up',
      );
      break;
    case 'message.dead':
      logDeadLetter(log, event);
      break;
    case 'delegation.refused':
      logRefusal(log, event);
      break;
    case 'effect.refused':
      log.error(
        { actor: printable(event.address), effect: printable(event.effect), err: loggable(event.error) },
        'effect refused',
      );
      break;
    case 'store.failed':
    case 'store.recovered':
    case 'store.abandoned':
    case 'store.damaged':
    case 'store.pruned':
    case 'store.warned':
    case 'state.conflict':
    case 'state.watcherFailed':
    case 'state.writesLost':
      writeStoreEvent(log, event);
      break;
    case 'kernel.fatal':
      log.fatal({ err: loggable(event.error) }, 'the root gave up; the runtime stops');
      break;
    case 'kernel.recovered':
      log.info(
        { resumed: event.resumed, parked: event.parked, timers: event.timers, tookMs: Math.round(event.tookMs) },
        'recovered',
      );
      break;
    case 'delegation.late':
      log.debug({ actor: printable(event.address), task: printable(event.task) }, event.type);
      break;
    case 'runtime.started':
    case 'runtime.stopping':
    case 'runtime.stopped':
    case 'runtime.recovered':
      writeRuntime(log, event);
      break;
    case 'run.accepted':
      log.info({ run: event.run, taskType: printable(event.taskType) }, 'run accepted');
      break;
    case 'run.ended':
      logEnd(log, event);
      break;
    case 'run.event':
      if (isLogged(log, event.event)) logTask(log, event.event);
      break;
    default:
      assertNever(event);
  }
}

type Life = Extract<RuntimeEvent, { type: `actor.${string}` }>;

function writeLife(log: Logger, event: Life): void {
  switch (event.type) {
    case 'actor.crashed':
      log.error(
        { actor: printable(event.address), incarnation: event.incarnation, err: loggable(event.error) },
        'actor crashed',
      );
      break;
    case 'actor.restarting':
      log.warn(
        { actor: printable(event.address), delayMs: Math.round(event.delayMs), scope: event.scope },
        'actor restarting',
      );
      break;
    case 'actor.stopHookFailed':
      log.error({ actor: printable(event.address), err: loggable(event.error) }, 'stop hook failed');
      break;
    case 'actor.rolledBack':
      log.error(
        { actor: printable(event.address), from: event.from, to: event.to, err: loggable(event.error) },
        'actor rolled back: its kept state could not be gone on from',
      );
      break;
    case 'actor.quarantined':
      log.error(
        { actor: printable(event.address), schema: event.schema, err: loggable(event.error) },
        'actor quarantined: its kept state could not be migrated',
      );
      break;
    case 'actor.started':
      log.debug({ actor: printable(event.address), incarnation: event.incarnation }, event.type);
      break;
    case 'actor.stopped':
      log.debug({ actor: printable(event.address), reason: event.reason }, event.type);
      break;
    default:
      assertNever(event);
  }
}

function writeRuntime(log: Logger, event: Extract<RuntimeEvent, { type: `runtime.${string}` }>): void {
  const { type, topology } = event;
  if (type !== 'runtime.recovered') log.info({ topology }, type);
  else log.info({ topology, resumed: event.resumed, parked: event.parked, ended: event.ended }, type);
}

function logRefusal(log: Logger, event: Extract<RuntimeEvent, { type: 'delegation.refused' }>): void {
  const { from, to, task, error } = event;
  log.warn(
    { from: shown(from), actor: printable(to), task: printable(task), err: loggable(error) },
    'delegation refused',
  );
}

function logEnd(log: Logger, event: Extract<RuntimeEvent, { type: 'run.ended' }>): void {
  const { run, taskType, state, tookMs, error } = event;
  const line = { run, taskType: printable(taskType), state, tookMs: Math.round(tookMs) };
  if (error === undefined) log.info(line, 'run ended');
  else log.warn({ ...line, error: printable(error, 2_000) }, 'run ended');
}

/** Progress is frequent and of interest to few. */
function isLogged(log: Logger, { type }: TaskEvent): boolean {
  return type === 'failed' || type === 'retried' || log.isLevelEnabled('debug');
}

function logDeadLetter(log: Logger, event: Extract<RuntimeEvent, { type: 'message.dead' }>): void {
  const { address, from, messageType, reason, suppressed } = event;
  log.warn(
    { actor: printable(address), from: shown(from), message: printable(messageType), reason, suppressed },
    'dead letter',
  );
}

function logTask(log: Logger, { run, task, taskType, address, ...body }: TaskEvent): void {
  const subject = {
    run: printable(run),
    task: printable(task),
    taskType: printable(taskType),
    actor: printable(address),
  };
  if (body.type === 'failed')
    log.warn({ ...subject, code: body.code, error: printable(body.error, 2_000) }, 'task failed');
  else if (body.type === 'retried') {
    log.warn(
      { ...subject, attempt: body.attempt, delayMs: Math.round(body.delayMs), error: printable(body.error, 2_000) },
      'task retried',
    );
  } else if (body.type !== 'stream') log.debug(subject, `task ${body.type}`);
}

function shown(text: string | undefined): string | undefined {
  return text === undefined ? undefined : printable(text);
}
