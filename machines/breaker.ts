/**
 * The circuit breaker: stops calls to something that keeps failing, waits, then lets a single call through to see whether it has recovered.
 *
 * Its driver asks before each call and reports how each call ended, once; the machine keeps no clock and no timer. Every event that carries time moves it.
 *
 * Invariants
 * - Open means that no call is allowed; half-open means that at most one is, the probe.
 * - Each change of state begins a new generation. A result of an older generation changes nothing: neither a late success closes the breaker nor a late
 *   failure from before the opening opens it again. In half-open only the probe's own result counts.
 * - Time never runs backwards: a `now` before the latest one seen is taken as the latest one.
 * - Deadlines are absolute numbers in the context, so a snapshot restored under a clock that went on is open for the rest of its time, no more and no less.
 *
 * The rules, with their edges
 * - A failure opens the breaker when the window holds at least `volume` calls and (`failureRatio` given) failures / calls >= the ratio, or (`failureCount`
 *   given) failures >= the count. The edge belongs to opening: 5 of 10 at 0.5 opens. A success is counted but never opens: an opening always has a failure
 *   as its cause. The failure that opens is in the count; calls that were ignored (filtered errors, cancelled calls) are in neither number.
 * - The window is cut into `buckets` equal parts of absolute time, and a call leaves with its part: it is remembered for more than
 *   `windowMs x (1 - 1/buckets)` and at most `windowMs`.
 * - Open lasts `resetMs x reopenFactor^n`, at most `reopenMaxMs`, n being the failed probes since the breaker was last closed. At the deadline itself the
 *   breaker is half-open, by `time.passed` or by the first call, which is then the probe.
 * - A probe has `probeMs`; at that deadline it counts as failed, whatever comes afterwards. An ignored probe frees its place and the breaker stays half-open.
 *
 * States
 * - `closed`: calls pass and are counted.
 * - `open`: calls are refused and told when to come back.
 * - `halfOpen`: one probe is out, or the next call will be it.
 *
 * Borrowed rules: rolling buckets and the volume threshold are Hystrix's and opossum's, the ratio's edge (>=) is resilience4j's, re-opening with
 * backoff is cockatiel's, the generation that voids late results is sony/gobreaker's.
 */
import { assign, emit, enqueueActions, setup } from 'xstate';

/** Settings of a breaker; `parseBreakerInput` checks them. At least one of `failureRatio` and `failureCount` is given; with both, either opens. */
export interface BreakerInput {
  /** How long a call is remembered. */
  readonly windowMs: number;
  /** Into how many parts the window is cut, 1 to 1,000, each at least 1 ms. */
  readonly buckets: number;
  /** Below this number of calls in the window nothing opens. */
  readonly volume: number;
  /** Greater than 0, at most 1. */
  readonly failureRatio?: number;
  readonly failureCount?: number;
  /** How long it stays open the first time. */
  readonly resetMs: number;
  /** By what the open time grows with each failed probe in a row; 1 keeps it. */
  readonly reopenFactor: number;
  /** The longest open time; at least `resetMs`. */
  readonly reopenMaxMs: number;
  /** How long a probe may take. */
  readonly probeMs: number;
}

/** The calls that ended within one part of the window. */
export interface BreakerBucket {
  /** Which part of absolute time: `floor(now / width)`. */
  readonly index: number;
  readonly succeeded: number;
  readonly failed: number;
}

export interface BreakerContext {
  readonly settings: BreakerInput;
  /** The latest time seen, monotonic ms. */
  readonly now: number;
  readonly generation: number;
  /** Oldest first, at most `settings.buckets`; empty unless closed. */
  readonly buckets: readonly BreakerBucket[];
  /** When open: from when on a call may be the probe; otherwise null. */
  readonly retryAtMs: number | null;
  /** The call that tries whether the target has recovered; null unless half-open. */
  readonly probe: { readonly id: string; readonly deadlineMs: number } | null;
  /** Probes that failed since the breaker was last closed. */
  readonly reopens: number;
  /** Results that changed nothing: of an older generation, or in half-open not the probe's. */
  readonly late: number;
}

/** `now` is monotonic ms. Of `call.succeeded`, `call.failed` and `call.ignored` each allowed call gets one. */
export type BreakerEvent = Readonly<
  | { type: 'call.requested'; id: string; now: number }
  | { type: 'call.succeeded'; id: string; generation: number; now: number }
  | { type: 'call.failed'; id: string; generation: number; now: number }
  | { type: 'call.ignored'; id: string; generation: number; now: number }
  | { type: 'probe.lost'; generation: number; now: number }
  | { type: 'time.passed'; now: number }
>;

export type BreakerEmitted = Readonly<
  | { type: 'call.allowed'; id: string; generation: number }
  | { type: 'call.refused'; id: string; retryAtMs: number }
  | { type: 'breaker.opened'; generation: number; retryAtMs: number }
  | { type: 'breaker.halfOpened'; generation: number }
  | { type: 'breaker.closed'; generation: number }
>;

type At = Readonly<{ now: number }>;
type ById = Readonly<{ id: string }>;
type ByGeneration = Readonly<{ generation: number; now: number }>;
type Result = Readonly<{ id: string; generation: number; now: number }>;
type Settled = Pick<BreakerBucket, 'succeeded' | 'failed'>;

const SUCCESS: Settled = { succeeded: 1, failed: 0 };
const FAILURE: Settled = { succeeded: 0, failed: 1 };

const positive = (value: number): boolean => Number.isFinite(value) && value > 0;
const counting = (value: number): boolean => Number.isSafeInteger(value) && value >= 1;

/**
 * Checks the settings of a breaker and returns them.
 * @throws RangeError that names the first wrong field, what it must be and what was received.
 */
export function parseBreakerInput(input: BreakerInput): BreakerInput {
  const { windowMs, buckets, volume, failureRatio, failureCount, resetMs, reopenFactor, reopenMaxMs, probeMs } = input;
  const rules: readonly (readonly [field: keyof BreakerInput, isRight: boolean, what: string])[] = [
    ['windowMs', positive(windowMs), 'a number of milliseconds greater than 0'],
    ['buckets', counting(buckets) && buckets <= 1_000, 'an integer from 1 to 1000'],
    ['buckets', buckets <= windowMs, 'at most windowMs, so that each lasts a millisecond or more'],
    ['volume', counting(volume), 'an integer of at least 1'],
    ['failureRatio', failureRatio === undefined || (failureRatio > 0 && failureRatio <= 1), 'above 0 and at most 1'],
    ['failureCount', failureCount === undefined || counting(failureCount), 'an integer of at least 1'],
    ['failureCount', (failureCount ?? failureRatio) !== undefined, 'given when failureRatio is not'],
    ['resetMs', positive(resetMs), 'a number of milliseconds greater than 0'],
    ['reopenFactor', Number.isFinite(reopenFactor) && reopenFactor >= 1, 'a number of at least 1'],
    ['reopenMaxMs', positive(reopenMaxMs) && reopenMaxMs >= resetMs, 'a number of milliseconds of at least resetMs'],
    ['probeMs', positive(probeMs), 'a number of milliseconds greater than 0'],
  ];
  for (const [field, isRight, what] of rules) {
    if (!isRight) throw new RangeError(`Breaker setting ${field} must be ${what}; received ${String(input[field])}.`);
  }
  return input;
}

/** What follows a failed probe. */
const REOPEN = ['see', 'countReopen', 'open'] as const;

/** When the breaker changes by itself: the driver sends `time.passed` then, and looks again after each event. Null: never. */
export const breakerDeadlineMs = (context: BreakerContext): number | null =>
  context.retryAtMs ?? context.probe?.deadlineMs ?? null;

/** The event itself as the parameters of a guard or an action. */
const that = <T>({ event }: { readonly event: T }): T => event;

/** Written so that NaN, too, is taken as the latest time seen. */
const latest = (context: BreakerContext, { now }: At): number => (now > context.now ? now : context.now);

/** The window with one more call in it, and without the parts that have left it. */
function withCall({ settings, buckets }: BreakerContext, now: number, call: Settled): readonly BreakerBucket[] {
  const index = Math.floor((now * settings.buckets) / settings.windowMs);
  const kept = buckets.filter((bucket) => bucket.index > index - settings.buckets);
  const last = kept.at(-1);
  if (last?.index !== index) return [...kept, { index, ...call }];
  const { succeeded, failed } = last;
  return [...kept.slice(0, -1), { index, succeeded: succeeded + call.succeeded, failed: failed + call.failed }];
}

/** Whether one more failure opens the breaker. */
function opens(context: BreakerContext, now: number): boolean {
  const { volume, failureRatio, failureCount } = context.settings;
  let calls = 0;
  let failures = 0;
  for (const { succeeded, failed } of withCall(context, now, FAILURE)) {
    calls += succeeded + failed;
    failures += failed;
  }
  if (calls < volume) return false;
  return failures / calls >= (failureRatio ?? Infinity) || failures >= (failureCount ?? Infinity);
}

const openMs = ({ settings, reopens }: BreakerContext): number =>
  Math.min(settings.reopenMaxMs, settings.resetMs * settings.reopenFactor ** reopens);

const isOverdue = (context: BreakerContext, event: At): boolean =>
  context.probe !== null && latest(context, event) >= context.probe.deadlineMs;

const isProbe = ({ generation, probe }: BreakerContext, result: Result): boolean =>
  generation === result.generation && probe?.id === result.id;

export const breakerMachine = setup({
  types: {
    input: {} as BreakerInput,
    context: {} as BreakerContext,
    events: {} as BreakerEvent,
    emitted: {} as BreakerEmitted,
  },
  guards: {
    ofThisGeneration: ({ context }, { generation }: ByGeneration) => generation === context.generation,
    opens: ({ context, event }, { generation }: ByGeneration) =>
      generation === context.generation && opens(context, latest(context, event)),
    resetTimeIsOver: ({ context, event }) => context.retryAtMs !== null && latest(context, event) >= context.retryAtMs,
    probeOverdue: ({ context, event }) => isOverdue(context, event),
    probeIsOut: ({ context }) => context.probe !== null,
    ofTheProbe: ({ context }, result: Result) => isProbe(context, result),
    probeFailed: ({ context, event }, result: Result) => isOverdue(context, event) || isProbe(context, result),
    probeLost: ({ context, event }, { generation }: ByGeneration) =>
      isOverdue(context, event) || (generation === context.generation && context.probe !== null),
  },
  actions: {
    /** First in every transition, so that the actions after it find the time in the context. */
    see: assign(({ context, event }) => ({ now: latest(context, event) })),
    allow: emit(({ context }, { id }: ById) => ({ type: 'call.allowed', id, generation: context.generation })),
    refuse: emit(({ context }, { id }: ById) => ({
      type: 'call.refused',
      id,
      retryAtMs: breakerDeadlineMs(context) ?? context.now,
    })),
    countSuccess: assign(({ context }) => ({ buckets: withCall(context, context.now, SUCCESS) })),
    countFailure: assign(({ context }) => ({ buckets: withCall(context, context.now, FAILURE) })),
    countLate: assign(({ context }) => ({ late: context.late + 1 })),
    open: enqueueActions(({ context, enqueue }) => {
      const generation = context.generation + 1;
      const retryAtMs = context.now + openMs(context);
      enqueue.assign({ generation, retryAtMs, buckets: [], probe: null });
      enqueue.emit({ type: 'breaker.opened', generation, retryAtMs });
    }),
    countReopen: assign(({ context }) => ({ reopens: context.reopens + 1 })),
    halfOpen: enqueueActions(({ context, enqueue }) => {
      const generation = context.generation + 1;
      enqueue.assign({ generation, retryAtMs: null });
      enqueue.emit({ type: 'breaker.halfOpened', generation });
    }),
    close: enqueueActions(({ context, enqueue }) => {
      const generation = context.generation + 1;
      enqueue.assign({ generation, probe: null, reopens: 0 });
      enqueue.emit({ type: 'breaker.closed', generation });
    }),
    sendProbe: assign(({ context }, { id }: ById) => ({
      probe: { id, deadlineMs: context.now + context.settings.probeMs },
    })),
    releaseProbe: assign({ probe: null }),
  },
}).createMachine({
  id: 'breaker',
  options: { maxIterations: 10_000 },
  context: ({ input: settings }) => {
    return { settings, now: 0, generation: 0, buckets: [], retryAtMs: null, probe: null, reopens: 0, late: 0 };
  },
  initial: 'closed',
  on: {
    'call.succeeded': { actions: ['see', 'countLate'] },
    'call.failed': { actions: ['see', 'countLate'] },
    'call.ignored': { actions: 'see' },
    'probe.lost': { actions: 'see' },
    'time.passed': { actions: 'see' },
  },
  states: {
    closed: {
      on: {
        'call.requested': { actions: ['see', { type: 'allow', params: that }] },
        'call.succeeded': { guard: { type: 'ofThisGeneration', params: that }, actions: ['see', 'countSuccess'] },
        'call.failed': [
          { guard: { type: 'opens', params: that }, target: 'open', actions: ['see', 'open'] },
          { guard: { type: 'ofThisGeneration', params: that }, actions: ['see', 'countFailure'] },
        ],
      },
    },
    open: {
      on: {
        'call.requested': [
          {
            guard: 'resetTimeIsOver',
            target: 'halfOpen',
            actions: ['see', 'halfOpen', { type: 'sendProbe', params: that }, { type: 'allow', params: that }],
          },
          { actions: ['see', { type: 'refuse', params: that }] },
        ],
        'time.passed': { guard: 'resetTimeIsOver', target: 'halfOpen', actions: ['see', 'halfOpen'] },
      },
    },
    halfOpen: {
      on: {
        'call.requested': [
          {
            guard: 'probeOverdue',
            target: 'open',
            actions: [...REOPEN, { type: 'refuse', params: that }],
          },
          { guard: 'probeIsOut', actions: ['see', { type: 'refuse', params: that }] },
          { actions: ['see', { type: 'sendProbe', params: that }, { type: 'allow', params: that }] },
        ],
        'call.succeeded': [
          { guard: 'probeOverdue', target: 'open', actions: REOPEN },
          { guard: { type: 'ofTheProbe', params: that }, target: 'closed', actions: ['see', 'close'] },
        ],
        'call.failed': { guard: { type: 'probeFailed', params: that }, target: 'open', actions: REOPEN },
        'call.ignored': [
          { guard: 'probeOverdue', target: 'open', actions: REOPEN },
          { guard: { type: 'ofTheProbe', params: that }, actions: ['see', 'releaseProbe'] },
        ],
        'probe.lost': { guard: { type: 'probeLost', params: that }, target: 'open', actions: REOPEN },
        'time.passed': { guard: 'probeOverdue', target: 'open', actions: REOPEN },
      },
    },
  },
});
