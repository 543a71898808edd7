/**
 * The orchestrator: takes many tasks at once, up to a limit, and has each of them run by its driver. The driver carries out a task's plan, or the user's
 * `run` function; a director that is driven by code is hosted on this machine too.
 *
 * It knows ids only. It does not queue (a task over the limit is refused, and waiting is the business of the scheduler and of directors and agents below)
 * and it does not retry (a plan's steps are retried by the agents that do them), so `attempt` is always 1 and stands in the events only so that the
 * words are the agent's.
 *
 * Invariants
 * - At most `open` pieces of work run, those that were aborted and have not ended yet included.
 * - Every `task.assigned` ends in exactly one of `task.complete`, `task.fail`, `task.refuse`, `task.dropped`.
 * - The first result of a task wins; every other one is `work.late` and changes nothing.
 *
 * What the driver owes: exactly one `work.done` or `work.failed` for each `work.start`, also after `work.abort`.
 *
 * States
 * - `accepting`: takes tasks.
 * - `draining`: refuses new tasks, finishes the open ones.
 * - `drained`: nothing is open. Not a final state: what is still assigned gets its refusal; the driver stops the actor.
 */
import { assign, emit, enqueueActions, setup } from 'xstate';

/** Settings of an orchestrator. */
export interface OrchestratorInput {
  /** How many tasks may be open at once. */
  readonly open: number;
}

export interface OrchestratorContext {
  readonly settings: OrchestratorInput;
  /** Ids of the tasks that run, in the order of their arrival. */
  readonly running: readonly string[];
  /** Ids of the tasks that were cancelled and already reported as dropped, and whose work has yet to end. */
  readonly stopping: readonly string[];
  readonly done: number;
  readonly failed: number;
  readonly refused: number;
  readonly dropped: number;
  /** Results that came for a task that was no longer running. */
  readonly late: number;
}

/** `now` is monotonic ms. */
export type OrchestratorEvent = Readonly<
  | { type: 'task.assigned'; id: string; priority: number; now: number }
  | { type: 'task.cancelled'; id: string; reason: string }
  | { type: 'work.done'; id: string; attempt: number }
  | { type: 'work.failed'; id: string; attempt: number }
  | { type: 'orchestrator.drain' }
>;

export type OrchestratorEmitted = Readonly<
  | { type: 'work.start'; id: string; attempt: number }
  | { type: 'work.abort'; id: string; reason: string }
  | { type: 'work.late'; id: string; attempt: number }
  | { type: 'task.complete'; id: string }
  | { type: 'task.fail'; id: string; attempts: number }
  | { type: 'task.refuse'; id: string; reason: 'full' | 'draining' | 'duplicate' }
  | { type: 'task.dropped'; id: string; reason: string }
  | { type: 'orchestrator.drained' }
>;

type ById = Readonly<{ id: string }>;
type Result = Readonly<{ id: string; attempt: number }>;
type Cancel = Readonly<{ id: string; reason: string }>;
type Refusal = Readonly<{ id: string; reason: 'full' | 'draining' | 'duplicate' }>;

/** The event itself as the parameters of a guard or an action. */
const that = <T>({ event }: { readonly event: T }): T => event;
const because =
  (reason: Refusal['reason']) =>
  ({ event }: { readonly event: ById }): Refusal => ({ id: event.id, reason });
const without = (ids: readonly string[], id: string): readonly string[] => ids.filter((other) => other !== id);

export const orchestratorMachine = setup({
  types: {
    input: {} as OrchestratorInput,
    context: {} as OrchestratorContext,
    events: {} as OrchestratorEvent,
    emitted: {} as OrchestratorEmitted,
  },
  guards: {
    known: ({ context }, { id }: ById) => context.running.includes(id) || context.stopping.includes(id),
    full: ({ context }) => context.running.length + context.stopping.length >= context.settings.open,
    running: ({ context }, { id }: ById) => context.running.includes(id),
    runningAttempt: ({ context }, { id, attempt }: Result) => attempt === 1 && context.running.includes(id),
    stoppingAttempt: ({ context }, { id, attempt }: Result) => attempt === 1 && context.stopping.includes(id),
    nothingOpen: ({ context }) => context.running.length === 0 && context.stopping.length === 0,
  },
  actions: {
    start: enqueueActions(({ context, enqueue }, { id }: ById) => {
      enqueue.assign({ running: [...context.running, id] });
      enqueue.emit({ type: 'work.start', id, attempt: 1 });
    }),
    refuse: enqueueActions(({ context, enqueue }, { id, reason }: Refusal) => {
      enqueue.assign({ refused: context.refused + 1 });
      enqueue.emit({ type: 'task.refuse', id, reason });
    }),
    complete: enqueueActions(({ context, enqueue }, { id }: ById) => {
      enqueue.assign({ running: without(context.running, id), done: context.done + 1 });
      enqueue.emit({ type: 'task.complete', id });
    }),
    fail: enqueueActions(({ context, enqueue }, { id, attempt }: Result) => {
      enqueue.assign({ running: without(context.running, id), failed: context.failed + 1 });
      enqueue.emit({ type: 'task.fail', id, attempts: attempt });
    }),
    abort: enqueueActions(({ context, enqueue }, { id, reason }: Cancel) => {
      enqueue.assign({ running: without(context.running, id), stopping: [...context.stopping, id] });
      enqueue.emit({ type: 'work.abort', id, reason });
    }),
    drop: enqueueActions(({ context, enqueue }, { id, reason }: Cancel) => {
      enqueue.assign({ dropped: context.dropped + 1 });
      enqueue.emit({ type: 'task.dropped', id, reason });
    }),
    release: assign(({ context }, { id }: ById) => ({ stopping: without(context.stopping, id) })),
    late: enqueueActions(({ context, enqueue }, { id, attempt }: Result) => {
      enqueue.assign({ late: context.late + 1 });
      enqueue.emit({ type: 'work.late', id, attempt });
    }),
    reportDrained: emit({ type: 'orchestrator.drained' }),
  },
}).createMachine({
  id: 'orchestrator',
  options: { maxIterations: 10_000 },
  context: ({ input }) => ({
    settings: input,
    running: [],
    stopping: [],
    done: 0,
    failed: 0,
    refused: 0,
    dropped: 0,
    late: 0,
  }),
  initial: 'accepting',
  on: {
    'task.assigned': { actions: { type: 'refuse', params: because('draining') } },
    'task.cancelled': {
      guard: { type: 'running', params: that },
      actions: [
        { type: 'abort', params: that },
        { type: 'drop', params: that },
      ],
    },
    'work.done': [
      { guard: { type: 'runningAttempt', params: that }, actions: { type: 'complete', params: that } },
      // A success that came too late is discarded and counted; a failure is what an abort is meant to bring about.
      {
        guard: { type: 'stoppingAttempt', params: that },
        actions: [
          { type: 'release', params: that },
          { type: 'late', params: that },
        ],
      },
      { actions: { type: 'late', params: that } },
    ],
    'work.failed': [
      { guard: { type: 'runningAttempt', params: that }, actions: { type: 'fail', params: that } },
      { guard: { type: 'stoppingAttempt', params: that }, actions: { type: 'release', params: that } },
      { actions: { type: 'late', params: that } },
    ],
  },
  states: {
    accepting: {
      on: {
        'task.assigned': [
          { guard: { type: 'known', params: that }, actions: { type: 'refuse', params: because('duplicate') } },
          { guard: 'full', actions: { type: 'refuse', params: because('full') } },
          { actions: { type: 'start', params: that } },
        ],
        'orchestrator.drain': { target: 'draining' },
      },
    },
    draining: { always: { guard: 'nothingOpen', target: 'drained' } },
    drained: { entry: 'reportDrained' },
  },
});
