// The one door to time. Everything that waits, measures or yields takes a Clock, so that the whole runtime runs
// under a virtual one. `now` is monotonic and never goes back; `wall` is the calendar and may.

/** A pending timer. */
export type TimerHandle = object;

/** Time, timers and turns of the event loop. */
export interface Clock {
  /** Monotonic milliseconds, with fractions. */
  now(): number;
  /** Calendar time in milliseconds since 1970; only for records that people read. */
  wall(): number;
  /** Calls `fn` once after `delayMs`. */
  setTimer(fn: () => void, delayMs: number): TimerHandle;
  /** Forgets a timer; harmless when it has fired. */
  clearTimer(timer: TimerHandle): void;
  /** Calls `fn` after input, output and timers had a turn. */
  yieldThen(fn: () => void): void;
  /** Calls `fn` as soon as the current stack is empty. */
  soon(fn: () => void): void;
}

const longestTimer_ms = 2_147_483_647;

/** A timer longer than the machine's own can be (25 days; a duration may have 100): armed again until it is due. */
class LongTimer {
  current: NodeJS.Timeout;

  constructor(fn: () => void, delayMs: number) {
    const arm = (left_ms: number): NodeJS.Timeout =>
      left_ms > longestTimer_ms
        ? setTimeout(() => {
            this.current = arm(left_ms - longestTimer_ms);
          }, longestTimer_ms)
        : setTimeout(fn, left_ms);
    this.current = arm(delayMs);
  }
}

/** The machine's own clock. */
export const systemClock: Clock = {
  now: () => performance.now(),
  wall: () => Date.now(),
  setTimer: (fn, delayMs) =>
    delayMs > longestTimer_ms ? new LongTimer(fn, delayMs) : setTimeout(fn, Math.max(0, delayMs)),
  clearTimer: (timer) => {
    clearTimeout(timer instanceof LongTimer ? timer.current : (timer as NodeJS.Timeout));
  },
  yieldThen: (fn) => {
    setImmediate(fn);
  },
  soon: queueMicrotask,
};
