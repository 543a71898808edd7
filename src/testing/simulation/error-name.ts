// What an error is called in a trace: its code, or its name and message. Two runs of one seed have to say the same, so no
// stack and no path; and users' errors may throw on any access.

import { describeError, isTroupeError } from '../../base/errors.ts';

/** The code of one of Troupe's errors, else what describes it. */
export function errorName(error: unknown): string {
  if (isTroupeError(error)) return error.code;
  try {
    return describeError(error);
  } catch {
    return typeof error;
  }
}
