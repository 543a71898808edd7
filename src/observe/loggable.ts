// An error as the log writes it: code and message made printable, the cause as its message, and a stack only of what
// is not ours to explain.

import { describeError, TroupeError } from '../base/errors.ts';
import { printable } from '../base/printable.ts';

/** An error as pino's serializer gets it: code and message, and the stack of what is not ours to explain. */
export function loggable(error: unknown): {
  readonly message: string;
  readonly code?: string;
  readonly cause?: string;
  readonly stack?: string;
} {
  const message = printable(describeError(error), 2_000);
  if (!(error instanceof TroupeError)) {
    return error instanceof Error ? { message, stack: printable(String(error.stack), 8_000) } : { message };
  }
  return error.cause === undefined
    ? { message, code: error.code }
    : { message, code: error.code, cause: printable(describeError(error.cause), 2_000) };
}
