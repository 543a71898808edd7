// Errors as a store keeps them, and back. What comes back has the code, the message, the details and the causes of
// what went in, and is an instance of the same class where that is one of ours, so that whoever asks for the result of
// a run is told the same before and after a restart.

import {
  DelegationCycleError,
  DelegationForgedError,
  DelegationTooDeepError,
  type ErrorCode,
  errorTable,
  InvalidInputError,
  InvalidOptionError,
  InvalidOutputError,
  MailboxFullError,
  NoAgentError,
  PlanInvalidError,
  QueueFullError,
  ShuttingDownError,
  TaskCancelledError,
  TaskFailedError,
  TaskTimeoutError,
  TroupeError,
  UnserializableError,
} from '../base/errors.ts';
import { toPlain } from '../base/plain.ts';
import { toErrorData } from '../base/plain-error.ts';
import type { ErrorRecord } from './records.ts';

const causes_count = 8;

/** The classes that a run can end with. */
const classes: Partial<Readonly<Record<ErrorCode, { readonly prototype: TroupeError }>>> = {
  DELEGATION_CYCLE: DelegationCycleError,
  DELEGATION_FORGED: DelegationForgedError,
  DELEGATION_TOO_DEEP: DelegationTooDeepError,
  INVALID_INPUT: InvalidInputError,
  INVALID_OPTION: InvalidOptionError,
  INVALID_OUTPUT: InvalidOutputError,
  MAILBOX_FULL: MailboxFullError,
  NO_AGENT: NoAgentError,
  PLAN_INVALID: PlanInvalidError,
  QUEUE_FULL: QueueFullError,
  SHUTTING_DOWN: ShuttingDownError,
  TASK_CANCELLED: TaskCancelledError,
  TASK_FAILED: TaskFailedError,
  TASK_TIMEOUT: TaskTimeoutError,
  UNSERIALIZABLE: UnserializableError,
};

/** An error of ours that comes from a record. */
class KeptError extends TroupeError {
  constructor(code: ErrorCode, { name, message, details = {}, cause }: ErrorRecord) {
    super(code, message, details, cause === undefined ? undefined : { cause: errorOf(cause) });
    this.name = name;
  }
}

/** An error as it is kept. Never throws. */
export function recordOf(error: unknown): ErrorRecord {
  return recordAt(error, 0);
}

/** Causes of ours keep their details, as deep as plain error data keeps causes. */
function recordAt(error: unknown, depth: number): ErrorRecord {
  const { cause, ...data } = toErrorData(error);
  if (!(error instanceof TroupeError)) return cause === undefined ? data : { ...data, cause };
  const { stack: _, ...said } = data; // where we raised it helps nobody after a restart
  const details = plainOf(error.details);
  const causeRecord =
    error.cause instanceof TroupeError && depth < causes_count ? recordAt(error.cause, depth + 1) : cause;
  return {
    ...said,
    ...(details === undefined ? {} : { details }),
    ...(causeRecord === undefined ? {} : { cause: causeRecord }),
  };
}

/** The error that a record was made of. */
export function errorOf(record: ErrorRecord): Error {
  const { code, name, message, stack, cause } = record;
  if (typeof code === 'string' && code in errorTable) return ofItsClass(code as ErrorCode, record);
  const error = new Error(message, cause === undefined ? undefined : { cause: errorOf(cause) });
  error.name = name;
  if (stack !== undefined) error.stack = stack;
  return code === undefined ? error : Object.assign(error, { code });
}

/** The error of ours that a run ended with. */
export function runErrorOf(record: ErrorRecord | undefined, run: string): TroupeError {
  const error = record === undefined ? undefined : errorOf(record);
  if (error instanceof TroupeError) return error;
  const place = { task: run, type: '', at: '', hop: 0, attempts: 1 };
  return new TaskFailedError(place, { cause: error });
}

function ofItsClass(code: ErrorCode, record: ErrorRecord): TroupeError {
  const error = new KeptError(code, record);
  const known = classes[code];
  return known === undefined ? error : (Object.setPrototypeOf(error, known.prototype) as TroupeError);
}

function plainOf(details: object): object | undefined {
  try {
    return toPlain(details, 'details') as object;
  } catch {
    return undefined;
  }
}
