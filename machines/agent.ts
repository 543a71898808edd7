/**
 * The agent: one worker that does one task at a time, keeps a bounded list of tasks that wait, and tries a task again when its work fails.
 *
 * It decides; its driver acts. The driver keeps the tasks' inputs and runs the work; the machine knows ids, priorities and attempts only.
 *
 * Invariants
 * - At most one piece of work runs: from `work.start` until its `work.done` or `work.failed` has come in, no other `work.start` is emitted. A cancelled
 *   piece of work still runs until it has ended, hence the state `stopping`.
 * - Every `task.assigned` ends in exactly one of `task.complete`, `task.fail`, `task.refuse`, `task.dropped`.
 * - A result counts once, and only for the attempt that runs: the first result of an attempt wins, every other one is `work.late` and changes nothing.
 *
 * What the driver owes: exactly one result for each `work.start`, also after `work.abort` (for work that ignores the abort it reports `work.failed` itself
 * when it has killed it), and one `retry.due` for each `retry.arm` that was not disarmed.
 *
 * States
 * - `idle`: nothing to do.
 * - `working`: an attempt runs.
 * - `backingOff`: the attempt failed and the task waits for its next one; the agent takes no other task meanwhile, so the order of tasks is kept.
 * - `stopping`: the running task was cancelled and already reported as dropped; its work has yet to end.
 * - `deciding`: passed through only, between two tasks: takes the next waiting task, or rests, or is drained.
 * - `drained`: everything accepted before `agent.drain` has ended. Not a final state: what is still assigned gets its refusal; the driver stops the agent.
 *
 * Draining is a flag of the context, not a state of its own: what runs and waits is finished in the states above, only new tasks are refused.
 *
 * Borrowed rules: retry delays grow as in Pekko's `BackoffSupervisor` (initial x factor^n, at most max; jitter adds up to a fraction on top, so a delay `d`
 * stays within `[d, d x (1 + jitter)]`); waiting tasks go by priority and then by arrival, as in BullMQ.
 */
import { assign, emit, enqueueActions, setup } from 'xstate';

/** How long to wait before the next attempt: `initialMs x factor^(attempt - 1)`, at most `maxMs`; `jitter` (0 to 1) adds up to that fraction on top. */
export interface AgentBackoff {
  readonly initialMs: number;
  readonly factor: number;
  readonly maxMs: number;
  readonly jitter: number;
}

/** Settings of an agent. They are validated where the topology is read, not here. */
export interface AgentInput {
  /** `limit`: attempts after the first one; 0 means that the first failure is the task's. */
  readonly retries: { readonly limit: number; readonly backoff: AgentBackoff };
  /** How many tasks may wait; 0 means that a busy agent refuses. */
  readonly queue: number;
}

/** A task that waits. */
export interface AgentTask {
  readonly id: string;
  /** 0 is the most urgent. */
  readonly priority: number;
  /** Monotonic ms at which it was assigned. */
  readonly since: number;
}

/** The task that runs, backs off or is being stopped. */
export interface AgentWork extends AgentTask {
  /** 1 for the first attempt. */
  readonly attempt: number;
}

export interface AgentContext {
  readonly settings: AgentInput;
  /** By priority, then by arrival. */
  readonly waiting: readonly AgentTask[];
  readonly current: AgentWork | null;
  readonly draining: boolean;
  readonly done: number;
  readonly failed: number;
  readonly refused: number;
  readonly dropped: number;
  /** Results that came for an attempt or a task that was no longer current. */
  readonly late: number;
}

/** `now` is monotonic ms; `random` is in [0, 1) and makes the jitter. */
export type AgentEvent = Readonly<
  | { type: 'task.assigned'; id: string; priority: number; now: number }
  | { type: 'task.cancelled'; id: string; reason: string }
  | { type: 'work.done'; id: string; attempt: number }
  | { type: 'work.failed'; id: string; attempt: number; retryable: boolean; random: number }
  | { type: 'retry.due'; id: string }
  | { type: 'agent.drain' }
>;

export type AgentEmitted = Readonly<
  | { type: 'work.start'; id: string; attempt: number }
  | { type: 'work.abort'; id: string; reason: string }
  | { type: 'work.late'; id: string; attempt: number }
  | { type: 'task.complete'; id: string }
  | { type: 'task.fail'; id: string; attempts: number }
  | { type: 'task.refuse'; id: string; reason: 'full' | 'draining' | 'duplicate' }
  | { type: 'task.dropped'; id: string; reason: string }
  | { type: 'retry.arm'; id: string; delayMs: number; attempt: number }
  | { type: 'retry.disarm'; id: string }
  | { type: 'agent.drained' }
>;

type ById = Readonly<{ id: string }>;
type Result = Readonly<{ id: string; attempt: number }>;
type Failure = Readonly<{ id: string; attempt: number; retryable: boolean; random: number }>;
type Cancel = Readonly<{ id: string; reason: string }>;
type Refusal = Readonly<{ id: string; reason: 'full' | 'draining' | 'duplicate' }>;

/** The event itself as the parameters of a guard or an action. */
const that = <T>({ event }: { readonly event: T }): T => event;
const asTask = ({ event }: { readonly event: ById & { priority: number; now: number } }): AgentTask => ({
  id: event.id,
  priority: event.priority,
  since: event.now,
});
const because =
  (reason: Refusal['reason']) =>
  ({ event }: { readonly event: ById }): Refusal => ({ id: event.id, reason });

/** Whole ms to wait after the failure of `attempt`; `random` in [0, 1). */
export function retryDelayMs(backoff: AgentBackoff, attempt: number, random: number): number {
  const grown = backoff.initialMs * backoff.factor ** (attempt - 1);
  // 0 x Infinity is NaN, which Math.min would let through.
  const delayMs = grown < backoff.maxMs ? grown : backoff.initialMs === 0 ? 0 : backoff.maxMs;
  return Math.floor(delayMs * (1 + backoff.jitter * random));
}

function insert(waiting: readonly AgentTask[], task: AgentTask): readonly AgentTask[] {
  const before = waiting.findLastIndex((other) => other.priority <= task.priority);
  return waiting.toSpliced(before + 1, 0, task);
}

export const agentMachine = setup({
  types: {
    input: {} as AgentInput,
    context: {} as AgentContext,
    events: {} as AgentEvent,
    emitted: {} as AgentEmitted,
  },
  guards: {
    draining: ({ context }) => context.draining,
    known: ({ context }, { id }: ById) => context.current?.id === id || context.waiting.some((task) => task.id === id),
    waiting: ({ context }, { id }: ById) => context.waiting.some((task) => task.id === id),
    current: ({ context }, { id }: ById) => context.current?.id === id,
    currentAttempt: ({ context }, { id, attempt }: Result) =>
      context.current?.id === id && context.current.attempt === attempt,
    retryLeft: ({ context }, { id, attempt, retryable }: Failure) =>
      context.current?.id === id &&
      context.current.attempt === attempt &&
      retryable &&
      attempt <= context.settings.retries.limit,
    full: ({ context }) => context.waiting.length >= context.settings.queue,
    someoneWaits: ({ context }) => context.waiting.length > 0,
  },
  actions: {
    enqueue: assign(({ context }, task: AgentTask) => ({ waiting: insert(context.waiting, task) })),
    refuse: enqueueActions(({ context, enqueue }, { id, reason }: Refusal) => {
      enqueue.assign({ refused: context.refused + 1 });
      enqueue.emit({ type: 'task.refuse', id, reason });
    }),
    startNext: enqueueActions(({ context, enqueue }) => {
      const [next] = context.waiting;
      if (next === undefined) return;
      const { id, priority, since } = next;
      enqueue.assign({ waiting: context.waiting.slice(1), current: { id, priority, since, attempt: 1 } });
      enqueue.emit({ type: 'work.start', id, attempt: 1 });
    }),
    startAgain: enqueueActions(({ context: { current }, enqueue }) => {
      if (current === null) return;
      const attempt = current.attempt + 1;
      enqueue.assign({ current: { ...current, attempt } });
      enqueue.emit({ type: 'work.start', id: current.id, attempt });
    }),
    rest: assign({ current: null }),
    complete: enqueueActions(({ context, enqueue }, { id }: ById) => {
      enqueue.assign({ done: context.done + 1 });
      enqueue.emit({ type: 'task.complete', id });
    }),
    fail: enqueueActions(({ context, enqueue }, { id, attempt }: Result) => {
      enqueue.assign({ failed: context.failed + 1 });
      enqueue.emit({ type: 'task.fail', id, attempts: attempt });
    }),
    armRetry: emit(({ context }, { id, attempt, random }: Failure) => ({
      type: 'retry.arm',
      id,
      delayMs: retryDelayMs(context.settings.retries.backoff, attempt, random),
      attempt: attempt + 1,
    })),
    disarmRetry: emit((_, { id }: ById) => ({ type: 'retry.disarm', id })),
    abort: emit((_, { id, reason }: Cancel) => ({ type: 'work.abort', id, reason })),
    drop: enqueueActions(({ context, enqueue }, { id, reason }: Cancel) => {
      enqueue.assign({ dropped: context.dropped + 1, waiting: context.waiting.filter((task) => task.id !== id) });
      enqueue.emit({ type: 'task.dropped', id, reason });
    }),
    late: enqueueActions(({ context, enqueue }, { id, attempt }: Result) => {
      enqueue.assign({ late: context.late + 1 });
      enqueue.emit({ type: 'work.late', id, attempt });
    }),
    closeDoor: assign({ draining: true }),
    reportDrained: emit({ type: 'agent.drained' }),
  },
}).createMachine({
  id: 'agent',
  options: { maxIterations: 10_000 },
  context: ({ input }) => ({
    settings: input,
    waiting: [],
    current: null,
    draining: false,
    done: 0,
    failed: 0,
    refused: 0,
    dropped: 0,
    late: 0,
  }),
  initial: 'idle',
  on: {
    'task.assigned': [
      { guard: 'draining', actions: { type: 'refuse', params: because('draining') } },
      { guard: { type: 'known', params: that }, actions: { type: 'refuse', params: because('duplicate') } },
      { guard: 'full', actions: { type: 'refuse', params: because('full') } },
      { actions: { type: 'enqueue', params: asTask } },
    ],
    'task.cancelled': { guard: { type: 'waiting', params: that }, actions: { type: 'drop', params: that } },
    'work.done': { actions: { type: 'late', params: that } },
    'work.failed': { actions: { type: 'late', params: that } },
    'agent.drain': { actions: 'closeDoor' },
  },
  states: {
    idle: {
      on: {
        'task.assigned': { target: 'deciding', actions: { type: 'enqueue', params: asTask } },
        'agent.drain': { target: 'drained', actions: 'closeDoor' },
      },
    },
    deciding: {
      entry: 'rest',
      always: [
        { guard: 'someoneWaits', target: 'working', actions: 'startNext' },
        { guard: 'draining', target: 'drained' },
        { target: 'idle' },
      ],
    },
    working: {
      on: {
        'work.done': {
          guard: { type: 'currentAttempt', params: that },
          target: 'deciding',
          actions: { type: 'complete', params: that },
        },
        'work.failed': [
          {
            guard: { type: 'retryLeft', params: that },
            target: 'backingOff',
            actions: { type: 'armRetry', params: that },
          },
          {
            guard: { type: 'currentAttempt', params: that },
            target: 'deciding',
            actions: { type: 'fail', params: that },
          },
        ],
        'task.cancelled': {
          guard: { type: 'current', params: that },
          target: 'stopping',
          actions: [
            { type: 'abort', params: that },
            { type: 'drop', params: that },
          ],
        },
      },
    },
    backingOff: {
      on: {
        'retry.due': { guard: { type: 'current', params: that }, target: 'working', actions: 'startAgain' },
        'task.cancelled': {
          guard: { type: 'current', params: that },
          target: 'deciding',
          actions: [
            { type: 'disarmRetry', params: that },
            { type: 'drop', params: that },
          ],
        },
      },
    },
    stopping: {
      on: {
        // A success that came too late is discarded and counted; a failure is what an abort is meant to bring about.
        'work.done': {
          guard: { type: 'currentAttempt', params: that },
          target: 'deciding',
          actions: { type: 'late', params: that },
        },
        'work.failed': { guard: { type: 'currentAttempt', params: that }, target: 'deciding' },
      },
    },
    drained: { entry: 'reportDrained' },
  },
});
