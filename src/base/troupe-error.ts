// The base of every error that Troupe raises, and the table of codes. A code is stable: users match on it, the HTTP
// face maps it to a status, `docs/reference/errors.md` is held to this table both ways by a test. The message says
// what was received and what to do; details are typed data.

import { types } from 'node:util';
import { printable } from './printable.ts';

/** One row of the error table. `status` is the HTTP status a server answers with. */
export interface ErrorRow {
  readonly status: number;
  readonly retryable: boolean;
}

/** Every code, with its HTTP status and whether trying again can help. */
export const errorTable = {
  ACTOR_EXISTS: { status: 409, retryable: false },
  ACTOR_NOT_FOUND: { status: 404, retryable: false },
  ACTOR_RESTARTING: { status: 409, retryable: true },
  ASK_TIMEOUT: { status: 504, retryable: true },
  DEAD_LETTER: { status: 410, retryable: false },
  DELEGATION_CYCLE: { status: 422, retryable: false },
  DELEGATION_FORGED: { status: 403, retryable: false },
  DELEGATION_TOO_DEEP: { status: 422, retryable: false },
  INTERRUPTED: { status: 500, retryable: true },
  INVALID_INPUT: { status: 400, retryable: false },
  INVALID_OPTION: { status: 400, retryable: false },
  INVALID_OUTPUT: { status: 502, retryable: false },
  MAILBOX_FULL: { status: 503, retryable: true },
  NO_AGENT: { status: 404, retryable: false },
  PLAN_INVALID: { status: 500, retryable: false },
  QUEUE_FULL: { status: 503, retryable: true },
  RESTART_LIMIT: { status: 500, retryable: false },
  SHUTTING_DOWN: { status: 503, retryable: true },
  START_FAILED: { status: 500, retryable: false },
  START_TIMEOUT: { status: 504, retryable: true },
  STORE_CORRUPT: { status: 500, retryable: false },
  STORE_FULL: { status: 507, retryable: true },
  STORE_LOCKED: { status: 409, retryable: true },
  STORE_UNAVAILABLE: { status: 503, retryable: true },
  STORE_VERSION: { status: 500, retryable: false },
  TASK_CANCELLED: { status: 409, retryable: false },
  TASK_FAILED: { status: 500, retryable: false },
  TASK_TIMEOUT: { status: 504, retryable: false },
  TOPOLOGY_INVALID: { status: 400, retryable: false },
  UNSERIALIZABLE: { status: 400, retryable: false },
  VERSION_CONFLICT: { status: 409, retryable: true },
} as const satisfies Record<string, ErrorRow>;

/** A stable error code. */
export type ErrorCode = keyof typeof errorTable;

/** Options of every error: the error that caused it. */
export interface CauseOption {
  readonly cause?: unknown;
}

/**
 * The base of every error that Troupe raises.
 *
 * `code` is stable, `retryable` says whether the same call can succeed later, `status` is the HTTP status a server
 * answers with, `details` are plain data about what happened.
 */
export abstract class TroupeError<Code extends ErrorCode = ErrorCode, Details extends object = object> extends Error {
  readonly code: Code;
  readonly details: Details;

  protected constructor(code: Code, message: string, details: Details, options?: CauseOption) {
    super(message, options);
    this.name = new.target.name;
    this.code = code;
    this.details = details;
  }

  get retryable(): boolean {
    return errorTable[this.code].retryable;
  }

  get status(): number {
    return errorTable[this.code].status;
  }

  /** Plain data for logs and for the wire: no stack, the cause as its message. */
  toJSON(): { code: Code; message: string; retryable: boolean; details: Details; cause?: string } {
    const { code, message, retryable, details } = this;
    return this.cause === undefined
      ? { code, message, retryable, details }
      : { code, message, retryable, details, cause: describeError(this.cause) };
  }
}

/** What a thrown value says of itself, whatever it is: never throws, never runs to more than 500 characters. */
export function describeError(thrown: unknown): string {
  try {
    if (thrown instanceof Error) {
      const { message, name }: { message: unknown; name: unknown } = thrown; // whatever the types say
      return (String(message) || String(name)).slice(0, 500);
    }
    if (typeof thrown === 'object' && thrown !== null) return 'a thrown object that is not an Error';
    return `thrown: ${String(thrown)}`.slice(0, 500);
  } catch {
    return 'an error that cannot be read';
  }
}

/** The classes by code, so that an error that crossed a boundary can be recognised by its code alone. */
export function isTroupeError(value: unknown): value is TroupeError {
  return value instanceof TroupeError;
}

/** How a received value is quoted in a message: short, and safe for a terminal. */
export function show(value: unknown): string {
  switch (typeof value) {
    case 'string':
      return printable(JSON.stringify(value.length > 80 ? `${value.slice(0, 77)}...` : value), 1_000);
    case 'number':
    case 'boolean':
    case 'undefined':
      return String(value);
    case 'bigint':
      return value > -(2n ** 64n) && value < 2n ** 64n ? `${value}n` : 'a bigint of more than 64 bits';
    case 'function':
      return 'a function';
    case 'symbol':
      return 'a symbol';
    default:
      if (value === null) return 'null';
      if (types.isProxy(value)) return 'a proxy'; // even Array.isArray throws on one that was revoked
      return Array.isArray(value) ? `a list of ${value.length}` : 'an object';
  }
}
