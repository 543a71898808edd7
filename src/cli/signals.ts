// Ctrl-C and its kin. The first asks the run to come to an end, the second ends the process at once. A launcher such
// as npm passes a signal on that the terminal has already delivered: what follows the first within a quarter of a
// second is the same key press.

import type { Clock } from '../base/clock.ts';
import { exitStatus, type ExitStatus } from './command-error.ts';

const signals = {
  SIGINT: exitStatus.interrupted,
  SIGTERM: exitStatus.terminated,
  SIGHUP: exitStatus.hangup,
} as const satisfies Partial<Record<NodeJS.Signals, ExitStatus>>;

const samePress_ms = 250;

/** What signals do. */
export interface SignalReactions {
  /** The first one. */
  readonly onFirst: (status: ExitStatus, signal: keyof typeof signals) => void;
  /** The next one. */
  readonly onSecond: (status: ExitStatus) => void;
}

/** Reacts to signals until the returned function is called. */
export function listenForSignals(clock: Pick<Clock, 'now'>, { onFirst, onSecond }: SignalReactions): () => void {
  let firstAt: number | undefined;
  const listeners = (Object.keys(signals) as (keyof typeof signals)[]).map((signal) => {
    const listener = (): void => {
      const now = clock.now();
      if (firstAt === undefined) {
        firstAt = now;
        onFirst(signals[signal], signal);
      } else if (now - firstAt > samePress_ms) onSecond(signals[signal]);
    };
    process.on(signal, listener);
    return { signal, listener };
  });
  return () => {
    for (const { signal, listener } of listeners) process.off(signal, listener);
  };
}
