/**
 * What a supervisor decides when a child ends: leave it, bring it back (alone, with all its siblings, or with those
 * that started after it), or give up.
 *
 * - `supervising`: children run; each end is judged by itself
 * - `regrouping`: a group of siblings is being stopped and started again; a failure in it is judged like any other
 * - `gaveUp`: final
 *
 * An orderly stop is no decision: the kernel stops the children and asks this machine nothing more.
 *
 * Invariants: at most `maxRestarts` restarts within any `withinMs`, the edge counting as inside; a `temporary` child is
 * never brought back; after `gaveUp` nothing is.
 *
 * Strategies, child types and restart intensity are those of Erlang/OTP's `supervisor`; the delay between restarts is
 * the exponential backoff with jitter of Pekko's `RestartSettings`. Time (`now`, monotonic milliseconds) and chance
 * (`random`, in [0, 1)) come with the events.
 */
import { assign, emit, setup } from 'xstate';

/** Settings; see the field docs of `RestartOptions`. */
export interface SupervisorInput {
  readonly strategy: 'one-for-one' | 'one-for-all' | 'rest-for-one';
  readonly maxRestarts: number;
  readonly withinMs: number;
  readonly backoff: {
    readonly initialMs: number;
    readonly factor: number;
    readonly maxMs: number;
    readonly jitter: number;
  };
  /** A child that ran this long starts its backoff afresh. */
  readonly healthyAfterMs: number;
}

/** How often in a row a child has failed, and when it was last to be started. */
export interface Streak {
  readonly failures: number;
  readonly startAt: number;
}

export interface SupervisorContext extends SupervisorInput {
  /** Times of the restarts within the window, oldest first; never longer than `maxRestarts`. */
  readonly restarts: readonly number[];
  readonly streaks: Readonly<Record<string, Streak>>;
  readonly delayMs: number;
}

export type SupervisorEvent =
  | {
      readonly type: 'child.exited';
      readonly id: string;
      readonly child: 'permanent' | 'transient' | 'temporary';
      readonly reason: 'normal' | 'shutdown' | 'killed' | 'error';
      readonly now: number;
      readonly random: number;
    }
  | { readonly type: 'group.restored' };

export type SupervisorEmitted =
  | { readonly type: 'child.left'; readonly id: string; readonly keepSpec: boolean }
  | {
      readonly type: 'child.restart';
      readonly id: string;
      readonly delayMs: number;
      readonly scope: 'one' | 'all' | 'rest';
    }
  | { readonly type: 'supervisor.gaveUp'; readonly id: string };

type Exited = Extract<SupervisorEvent, { type: 'child.exited' }>;

/** The restarts that still count at `now`: OTP's rule, the edge of the window is inside. */
export function restartsWithin(history: readonly number[], now: number, withinMs: number): readonly number[] {
  return history.filter((at) => now - at <= withinMs);
}

/** The delay before restart number `failures` in a row (from 1). */
export function backoffDelay(backoff: SupervisorInput['backoff'], failures: number, random: number): number {
  // Nothing grows to nothing; 0 times the infinity that a long streak's power is would be NaN.
  const grown = backoff.initialMs === 0 ? 0 : backoff.initialMs * backoff.factor ** (failures - 1);
  const base = Math.min(backoff.maxMs, grown);
  return base + base * backoff.jitter * random;
}

function comesBack({ child, reason }: Exited): boolean {
  if (child === 'permanent') return true;
  return child === 'transient' && (reason === 'error' || reason === 'killed');
}

function nextStreak(context: SupervisorContext, event: Exited): number {
  const streak = context.streaks[event.id];
  if (streak === undefined || event.now - streak.startAt >= context.healthyAfterMs) return 1;
  return streak.failures + 1;
}

function record(context: SupervisorContext, event: Exited): Partial<SupervisorContext> {
  const failures = nextStreak(context, event);
  const delayMs = backoffDelay(context.backoff, failures, event.random);
  const fresh = Object.entries(context.streaks).filter(
    ([, streak]) => event.now - streak.startAt < context.healthyAfterMs,
  );
  return {
    restarts: [...restartsWithin(context.restarts, event.now, context.withinMs), event.now],
    streaks: { ...Object.fromEntries(fresh), [event.id]: { failures, startAt: event.now + delayMs } },
    delayMs,
  };
}

const scopes = { 'one-for-one': 'one', 'one-for-all': 'all', 'rest-for-one': 'rest' } as const;

/** The machine; see the head of this file. */
export const supervisorMachine = setup({
  types: {
    context: {} as SupervisorContext,
    events: {} as SupervisorEvent,
    emitted: {} as SupervisorEmitted,
    input: {} as SupervisorInput,
  },
  guards: {
    staysAway: ({ event }) => event.type === 'child.exited' && !comesBack(event),
    tooOften: ({ context, event }) =>
      event.type === 'child.exited' &&
      restartsWithin(context.restarts, event.now, context.withinMs).length >= context.maxRestarts,
    alone: ({ context }) => context.strategy === 'one-for-one',
  },
  actions: {
    recordRestart: assign(({ context, event }) => (event.type === 'child.exited' ? record(context, event) : {})),
    restart: emit(({ context, event }): SupervisorEmitted => ({
      type: 'child.restart',
      id: event.type === 'child.exited' ? event.id : '',
      delayMs: context.delayMs,
      scope: scopes[context.strategy],
    })),
    letGo: emit(({ event }): SupervisorEmitted => ({
      type: 'child.left',
      id: event.type === 'child.exited' ? event.id : '',
      keepSpec: event.type === 'child.exited' && event.child !== 'temporary',
    })),
    giveUp: emit(({ event }): SupervisorEmitted => ({
      type: 'supervisor.gaveUp',
      id: event.type === 'child.exited' ? event.id : '',
    })),
  },
}).createMachine({
  id: 'supervisor',
  context: ({ input }) => ({ ...input, restarts: [], streaks: {}, delayMs: 0 }),
  initial: 'supervising',
  states: {
    supervising: {
      on: {
        'child.exited': [
          { guard: 'staysAway', actions: 'letGo' },
          { guard: 'tooOften', target: 'gaveUp' },
          { guard: 'alone', actions: ['recordRestart', 'restart'] },
          { target: 'regrouping', actions: ['recordRestart', 'restart'] },
        ],
      },
    },
    regrouping: {
      on: {
        'child.exited': [
          { guard: 'staysAway', actions: 'letGo' },
          { guard: 'tooOften', target: 'gaveUp' },
          { actions: ['recordRestart', 'restart'] },
        ],
        'group.restored': 'supervising',
      },
    },
    gaveUp: { type: 'final', entry: 'giveUp' },
  },
  options: { maxIterations: 10_000 },
});
