// How actors are supervised and how much may wait for them, as users write it. The kernel takes these options for
// any actor and a topology for its nodes, so both speak of the same ones. The words are those of Erlang/OTP.

import type { Duration } from './duration.ts';

/** Which children are restarted when one fails. */
export type Strategy = 'one-for-one' | 'one-for-all' | 'rest-for-one';

/** `permanent` always comes back, `transient` after a failure, `temporary` never. */
export type ChildType = 'permanent' | 'transient' | 'temporary';

/** `initial * factor^n`, at most `max`, plus up to `jitter` of itself by chance. */
export interface BackoffOptions {
  /** Default `'100ms'`. */
  readonly initial?: Duration;
  /** Default 2; at least 1. */
  readonly factor?: number;
  /** Default `'10s'`. */
  readonly max?: Duration;
  /** Share of the delay that chance may add, 0 to 1; default 0.2. */
  readonly jitter?: number;
}

/** How an actor supervises its children. */
export interface RestartOptions {
  /** Default `'one-for-one'`. */
  readonly strategy?: Strategy;
  /** Restarts allowed within the window; default 3, 0 escalates at once. */
  readonly maxRestarts?: number;
  /** The window; default `'10s'`. */
  readonly within?: Duration;
  readonly backoff?: BackoffOptions;
}

export interface MailboxOptions {
  /** Messages that may wait; default 1,000. */
  readonly capacity?: number;
  /** Default `'reject'`. */
  readonly overflow?: Overflow;
}

/** What happens to a message for which there is no room. */
export type Overflow = 'reject' | 'drop-oldest' | 'drop-lowest';
