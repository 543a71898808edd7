// What can go wrong between actors: addresses, messages, starts and restarts. One small class a code; the message
// names the actor and says what to do.

import type { Reason } from './reason.ts';
import { type CauseOption, describeError, TroupeError } from './troupe-error.ts';

/** An id or address is taken. */
export class ActorExistsError extends TroupeError<'ACTOR_EXISTS', { address: string }> {
  constructor(address: string) {
    super('ACTOR_EXISTS', `An actor with the address '${address}' is already present; choose another id.`, { address });
  }
}

/** No actor lives at an address. */
export class ActorNotFoundError extends TroupeError<'ACTOR_NOT_FOUND', { address: string }> {
  constructor(address: string) {
    super('ACTOR_NOT_FOUND', `No actor lives at '${address}'; check the address against the topology.`, { address });
  }
}

/** A child is being restarted, so it can be neither restarted nor deleted by hand. */
export class ActorRestartingError extends TroupeError<'ACTOR_RESTARTING', { address: string }> {
  constructor(address: string) {
    super('ACTOR_RESTARTING', `'${address}' is being restarted; wait for it to be up, then try again.`, { address });
  }
}

/** An `ask` had no reply in time. */
export class AskTimeoutError extends TroupeError<'ASK_TIMEOUT', { address: string; type: string; timeoutMs: number }> {
  constructor(address: string, type: string, timeoutMs: number) {
    super(
      'ASK_TIMEOUT',
      `'${address}' did not reply to '${type}' within ${timeoutMs} ms; raise the ask's timeout or look at what the actor waits for.`,
      { address, type, timeoutMs },
    );
  }
}

/** A message could not be delivered. */
export class DeadLetterError extends TroupeError<'DEAD_LETTER', { address: string; type: string; reason: string }> {
  constructor(address: string, type: string, reason: string, options?: CauseOption) {
    super(
      'DEAD_LETTER',
      `'${type}' could not be delivered to '${address}': ${reason}.`,
      { address, type, reason },
      options,
    );
  }
}

/** Something that an actor had begun was broken off by the end of its process, or of its incarnation. */
export class InterruptedError extends TroupeError<'INTERRUPTED', { address: string; what: string }> {
  constructor(address: string, what: string) {
    super(
      'INTERRUPTED',
      `'${address}' was restored, and ${what} had been broken off with an outcome that nobody knows; begin it again if it may be done twice.`,
      { address, what },
    );
  }
}

/** A mailbox has no room. */
export class MailboxFullError extends TroupeError<
  'MAILBOX_FULL',
  { address: string; capacity: number; retryAfterMs: number }
> {
  constructor(address: string, capacity: number, retryAfterMs: number) {
    super(
      'MAILBOX_FULL',
      `The mailbox of '${address}' holds its ${capacity} messages; send again after ${retryAfterMs} ms, or raise mailbox.capacity.`,
      { address, capacity, retryAfterMs },
    );
  }
}

/** A supervisor restarted its children as often as it may. */
export class RestartLimitError extends TroupeError<
  'RESTART_LIMIT',
  { address: string; child: string; maxRestarts: number; withinMs: number }
> {
  constructor(
    details: { address: string; child: string; maxRestarts: number; withinMs: number },
    options?: CauseOption,
  ) {
    super(
      'RESTART_LIMIT',
      `'${details.address}' gave up: its children needed more than ${details.maxRestarts} restarts within ${details.withinMs} ms, last '${details.child}'.`,
      details,
      options,
    );
  }
}

/** A child did not start. */
export class StartFailedError extends TroupeError<'START_FAILED', { address: string }> {
  constructor(address: string, cause: unknown) {
    super('START_FAILED', `'${address}' did not start: ${describeError(cause)}`, { address }, { cause });
  }
}

/** A child took longer to start than it may. */
export class StartTimeoutError extends TroupeError<'START_TIMEOUT', { address: string; timeoutMs: number }> {
  constructor(address: string, timeoutMs: number) {
    super(
      'START_TIMEOUT',
      `'${address}' did not finish starting within ${timeoutMs} ms; raise startTimeout or look at what its start hook waits for.`,
      { address, timeoutMs },
    );
  }
}

/** The runtime is stopping and takes nothing new. */
export class ShuttingDownError extends TroupeError<'SHUTTING_DOWN', { reason: Reason | 'stop' }> {
  constructor(reason: Reason | 'stop' = 'stop') {
    super('SHUTTING_DOWN', 'The runtime is stopping and takes nothing new; submit again after it has been restarted.', {
      reason,
    });
  }
}
