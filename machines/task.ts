/**
 * The life of one submitted task as its caller sees it: what `run.status()` says and what the task's record in the store keeps.
 *
 * The machine asks for nothing and emits nothing: it is the one place that says which story of a task is possible. Whoever runs the task reports what
 * happened; what is not possible in the present state is ignored.
 *
 * Invariants
 * - A task ends once. The four ends are final states: after the end nothing changes and nothing is counted, neither in an actor nor by a bare `transition`.
 * - `attempts` counts the starts; a resume after a suspension is the same attempt.
 * - Times are monotonic ms taken from the events; a time that has not come is null. `startedAt` is the first start, `suspendedAt` the last suspension.
 *
 * States
 * - `accepted`: admitted (and, with a store, durably recorded); nothing has been planned yet.
 * - `queued`: waits for an agent or a slot; `task.dispatched` says that it has been given to one.
 * - `running`: an attempt runs; each `task.checkpointed` is a chunk that need not be repeated.
 * - `retrying`: the attempt failed, was interrupted by a crash or lost its worker; another one comes.
 * - `suspended`: preempted at a checkpoint; it holds neither slot nor memory until `task.resumed`.
 * - `done`, `failed`, `cancelled`, `timedOut`: the ends.
 *
 * Borrowed rules: terminal states that absorb everything, and a retry that keeps the task's identity, are Temporal's and BullMQ's.
 */
import { assign, setup } from 'xstate';

export interface TaskInput {
  /** Monotonic ms at which the task was accepted. */
  readonly now: number;
}

export interface TaskContext {
  readonly acceptedAt: number;
  readonly queuedAt: number | null;
  readonly dispatchedAt: number | null;
  readonly startedAt: number | null;
  readonly suspendedAt: number | null;
  readonly endedAt: number | null;
  readonly attempts: number;
  readonly checkpoints: number;
  readonly suspensions: number;
}

/** `now` is monotonic ms. */
export type TaskEvent = Readonly<
  | { type: 'task.queued'; now: number }
  | { type: 'task.dispatched'; now: number }
  | { type: 'task.started'; now: number }
  | { type: 'task.checkpointed'; now: number }
  | { type: 'task.retried'; now: number }
  | { type: 'task.suspended'; now: number }
  | { type: 'task.resumed'; now: number }
  | { type: 'task.succeeded'; now: number }
  | { type: 'task.failed'; now: number }
  | { type: 'task.cancelled'; now: number }
  | { type: 'task.expired'; now: number }
>;

/** The task's life asks for nothing. */
export type TaskEmitted = never;

/** How a task can end before it has succeeded; part of every state that is not an end, so that the ends themselves handle nothing at all. */
const endings = {
  'task.failed': { target: 'failed', actions: 'end' },
  'task.cancelled': { target: 'cancelled', actions: 'end' },
  'task.expired': { target: 'timedOut', actions: 'end' },
} as const;

export const taskMachine = setup({
  types: {
    input: {} as TaskInput,
    context: {} as TaskContext,
    events: {} as TaskEvent,
  },
  actions: {
    queue: assign({ queuedAt: ({ event }) => event.now }),
    dispatch: assign({ dispatchedAt: ({ event }) => event.now }),
    start: assign({
      startedAt: ({ context, event }) => context.startedAt ?? event.now,
      attempts: ({ context }) => context.attempts + 1,
    }),
    checkpoint: assign({ checkpoints: ({ context }) => context.checkpoints + 1 }),
    suspend: assign({
      suspendedAt: ({ event }) => event.now,
      suspensions: ({ context }) => context.suspensions + 1,
    }),
    end: assign({ endedAt: ({ event }) => event.now }),
  },
}).createMachine({
  id: 'task',
  options: { maxIterations: 10_000 },
  context: ({ input }) => ({
    acceptedAt: input.now,
    queuedAt: null,
    dispatchedAt: null,
    startedAt: null,
    suspendedAt: null,
    endedAt: null,
    attempts: 0,
    checkpoints: 0,
    suspensions: 0,
  }),
  initial: 'accepted',
  states: {
    accepted: {
      on: { ...endings, 'task.queued': { target: 'queued', actions: 'queue' } },
    },
    queued: {
      on: {
        ...endings,
        'task.dispatched': { actions: 'dispatch' },
        'task.started': { target: 'running', actions: 'start' },
      },
    },
    running: {
      on: {
        ...endings,
        'task.checkpointed': { actions: 'checkpoint' },
        'task.suspended': { target: 'suspended', actions: 'suspend' },
        'task.retried': { target: 'retrying' },
        'task.succeeded': { target: 'done', actions: 'end' },
      },
    },
    retrying: {
      on: {
        ...endings,
        'task.dispatched': { actions: 'dispatch' },
        'task.started': { target: 'running', actions: 'start' },
      },
    },
    suspended: {
      on: { ...endings, 'task.resumed': { target: 'running' } },
    },
    done: { type: 'final' },
    failed: { type: 'final' },
    cancelled: { type: 'final' },
    timedOut: { type: 'final' },
  },
});
