// How a command ends when it can't do what it was asked: one message for people, lines below it that say more, and
// the exit status. A user's mistake never shows a stack.

/** What the process ends with: done, the run or check failed, wrong usage; 128 and the signal's number when it was told to stop. */
export const exitStatus = { done: 0, failed: 1, usage: 2, hangup: 129, interrupted: 130, terminated: 143 } as const;

export type ExitStatus = (typeof exitStatus)[keyof typeof exitStatus];

/** Ends a command with a message and a status. */
export class CommandError extends Error {
  readonly status: ExitStatus;
  /** Shown below the message, each on a line of its own. */
  readonly detail: readonly string[];

  constructor(status: ExitStatus, message: string, detail: readonly string[] = []) {
    super(message);
    this.name = 'CommandError';
    this.status = status;
    this.detail = detail;
  }
}

/** The command was called wrongly: status 2. */
export function wrongUsage(message: string, detail: readonly string[] = []): CommandError {
  return new CommandError(exitStatus.usage, message, detail);
}
