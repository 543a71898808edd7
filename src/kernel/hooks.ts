// Runs a user's life hook, which may answer at once, later, wrongly or never. Its outcome is told once, whatever it
// does afterwards.

import type { Timers } from './timers.ts';

/** How a hook ended; `abandoned` when nobody needs its outcome any more. */
export type HookOutcome = 'ok' | 'timeout' | 'abandoned' | { readonly error: unknown };

/** @returns how to stop waiting for it, which tells `abandoned`; harmless when it has ended. */
export function runHook(
  timers: Timers,
  hook: () => unknown,
  timeoutMs: number | undefined,
  done: (outcome: HookOutcome) => void,
): () => void {
  let over = false;
  const settle = (outcome: HookOutcome): void => {
    if (over) return;
    over = true;
    if (timer !== undefined) timers.cancel(timer);
    done(outcome);
  };
  const timer =
    timeoutMs === undefined
      ? undefined
      : timers.set(timeoutMs, () => {
          settle('timeout');
        });
  try {
    const result = hook();
    if (!(result instanceof Promise)) settle('ok');
    else
      result.then(
        () => {
          settle('ok');
        },
        (error: unknown) => {
          settle({ error });
        },
      );
  } catch (error) {
    settle({ error });
  }
  return () => {
    settle('abandoned');
  };
}
