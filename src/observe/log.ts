// The runtime's log: what happened, as structured lines with addresses and correlation ids, through pino. Text that
// came from elsewhere is made printable first, so that nobody can write a line of their own into it.

import { type Logger, pino } from 'pino';
import { describeError, TroupeError } from '../base/errors.ts';
import { assertNever } from '../base/assert-never.ts';
import { printable } from '../base/printable.ts';
import type { RuntimeEvent } from './events.ts';
import type { TaskEvent } from './task-events.ts';

/** A log that writes nothing. */
export function silentLog(): Logger {
  return pino({ level: 'silent' });
}

/** Writes an event as one line at the level it deserves. */
export function logEvent(log: Logger, event: RuntimeEvent): void {
  switch (event.type) {
    case 'actor.crashed':
      log.error({ actor: event.address, incarnation: event.incarnation, err: loggable(event.error) }, 'actor crashed');
      break;
    case 'actor.restarting':
      log.warn({ actor: event.address, delayMs: Math.round(event.delayMs), scope: event.scope }, 'actor restarting');
      break;
    case 'actor.stopHookFailed':
      log.error({ actor: event.address, err: loggable(event.error) }, 'stop hook failed');
      break;
    case 'supervisor.gaveUp':
      log.error({ actor: event.address, child: event.child, err: loggable(event.error) }, 'supervisor gave up');
      break;
    case 'message.dead':
      log.warn(
        { actor: event.address, from: event.from, message: printable(event.messageType), reason: event.reason, suppressed: event.suppressed },
        'dead letter',
      );
      break;
    case 'delegation.refused':
      log.warn({ from: event.from, actor: event.to, task: printable(event.task), err: loggable(event.error) }, 'delegation refused');
      break;
    case 'effect.refused':
      log.error({ actor: event.address, effect: printable(event.effect), err: loggable(event.error) }, 'effect refused');
      break;
    case 'kernel.fatal':
      log.fatal({ err: loggable(event.error) }, 'the root gave up; the runtime stops');
      break;
    case 'actor.started':
    case 'actor.stopped':
    case 'delegation.late':
      log.debug({ ...event, type: undefined, at: undefined, error: undefined }, event.type);
      break;
    case 'runtime.started':
    case 'runtime.stopping':
    case 'runtime.stopped':
      log.info({ topology: event.topology }, event.type);
      break;
    case 'run.accepted':
      log.info({ run: event.run, taskType: printable(event.taskType) }, 'run accepted');
      break;
    case 'run.ended':
      logEnd(log, event);
      break;
    case 'run.event':
      logTask(log, event.event);
      break;
    default:
      assertNever(event);
  }
}

function logEnd(log: Logger, event: Extract<RuntimeEvent, { type: 'run.ended' }>): void {
  const { run, taskType, state, tookMs, error } = event;
  const line = { run, taskType: printable(taskType), state, tookMs: Math.round(tookMs) };
  if (error === undefined) log.info(line, 'run ended');
  else log.warn({ ...line, error: printable(error, 2_000) }, 'run ended');
}

function logTask(log: Logger, { run, task, taskType, address, ...body }: TaskEvent): void {
  const subject = { run, task, taskType: printable(taskType), actor: address };
  if (body.type === 'failed') log.warn({ ...subject, code: body.code, error: printable(body.error, 2_000) }, 'task failed');
  else if (body.type === 'retried') {
    log.warn({ ...subject, attempt: body.attempt, delayMs: Math.round(body.delayMs), error: printable(body.error, 2_000) }, 'task retried');
  } else if (body.type !== 'stream') log.debug(subject, `task ${body.type}`);
}

/** An error as pino's serializer gets it: code and message, and the stack of what is not ours to explain. */
function loggable(error: unknown): { readonly message: string; readonly code?: string; readonly cause?: string; readonly stack?: string } {
  const message = printable(describeError(error), 2_000);
  if (!(error instanceof TroupeError)) {
    return error instanceof Error ? { message, stack: printable(String(error.stack), 8_000) } : { message };
  }
  return error.cause === undefined
    ? { message, code: error.code }
    : { message, code: error.code, cause: printable(describeError(error.cause), 2_000) };
}
