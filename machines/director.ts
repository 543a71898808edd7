/**
 * The director: routes tasks among its agents by load, keeps a bounded list of the tasks that no agent has room for, and hands them on as room appears.
 *
 * It decides where a task goes; its driver delegates. It knows ids, types and priorities only.
 *
 * Invariants
 * - No agent ever has more than `capacity` delegations, those that were cancelled and have not ended yet included.
 * - No task waits while an agent that may take it has room: after each event every waiting task that can be placed has been placed, the most urgent first.
 * - Every `task.assigned` ends in exactly one of `task.complete`, `task.fail`, `task.refuse`, `task.dropped`, so at any time
 *   offered = done + failed + refused + dropped + waiting + running.
 *
 * The choice: among the agents that accept the task's type, are up and have room (only the one named in `to`, when the route function has chosen already):
 * the least busy, then the one with the fewest tasks so far, then the one declared first. Waiting tasks are tried by priority, then by arrival; one that
 * nobody has room for does not hold up those behind it.
 *
 * What the driver owes: exactly one `delegation.done` or `delegation.failed` for each `task.delegate`, also after `delegation.cancel` and also when the agent
 * died. `agent.down` takes an agent out of the choice and nothing else: its delegations may outlive a restart.
 *
 * States
 * - `routing`: takes tasks.
 * - `draining`: refuses new tasks, finishes what waits and what is delegated.
 * - `drained`: nothing is open. Not a final state: what is still assigned gets its refusal; the driver stops the actor.
 *
 * Borrowed rules: least busy first with ties by use is Pekko's smallest-mailbox routing; a waiting list ordered by priority, then arrival, is BullMQ's.
 */
import { assign, emit, enqueueActions, setup } from 'xstate';

export interface DirectorInput {
  readonly agents: readonly {
    readonly address: string;
    /** The task types it takes. */
    readonly accepts: readonly string[];
    /** How many delegations it may have at once. */
    readonly capacity: number;
  }[];
  /** How many tasks may wait; 0 means that a task nobody has room for is refused. */
  readonly queue: number;
}

/** One agent as the director sees it. */
export interface DirectorAgent {
  readonly address: string;
  readonly accepts: readonly string[];
  readonly capacity: number;
  readonly up: boolean;
  /** Delegations it has now, the cancelled ones that have not ended included. */
  readonly busy: number;
  /** Delegations it has had so far. */
  readonly assigned: number;
}

/** A task that waits. */
export interface DirectorTask {
  readonly id: string;
  readonly taskType: string;
  /** 0 is the most urgent. */
  readonly priority: number;
  /** The only agent that may have it, when a route function has chosen; otherwise null. */
  readonly to: string | null;
}

/** A delegation that has not ended. */
export interface DirectorDelegation {
  readonly id: string;
  readonly to: string;
  /** It was cancelled and reported as dropped; its end frees the agent and is told to nobody. */
  readonly cancelled: boolean;
}

export interface DirectorContext {
  readonly agents: readonly DirectorAgent[];
  readonly queue: number;
  /** By priority, then by arrival. */
  readonly waiting: readonly DirectorTask[];
  readonly delegated: readonly DirectorDelegation[];
  readonly done: number;
  readonly failed: number;
  readonly refused: number;
  readonly dropped: number;
  /** Results of delegations that had ended or were cancelled: discarded. */
  readonly late: number;
}

export type DirectorEvent = Readonly<
  | { type: 'task.assigned'; id: string; taskType: string; priority: number; to?: string }
  | { type: 'task.cancelled'; id: string; reason: string }
  | { type: 'delegation.done'; id: string }
  | { type: 'delegation.failed'; id: string }
  | { type: 'agent.down'; address: string }
  | { type: 'agent.up'; address: string }
  | { type: 'director.drain' }
>;

export type DirectorEmitted = Readonly<
  | { type: 'task.delegate'; id: string; to: string }
  | { type: 'task.complete'; id: string }
  | { type: 'task.fail'; id: string }
  | { type: 'task.refuse'; id: string; reason: 'full' | 'draining' | 'noAgent' | 'duplicate' }
  | { type: 'task.dropped'; id: string; reason: string }
  | { type: 'delegation.cancel'; id: string; reason: string }
  | { type: 'director.drained' }
>;

type ById = Readonly<{ id: string }>;
type ByAddress = Readonly<{ address: string }>;
type Cancel = Readonly<{ id: string; reason: string }>;
type Refusal = Readonly<{ id: string; reason: 'full' | 'draining' | 'noAgent' | 'duplicate' }>;
type Assignment = Readonly<{ id: string; taskType: string; priority: number; to?: string }>;
type Route = Readonly<{ taskType: string; to?: string | null }>;

/** The event itself as the parameters of a guard or an action. */
const that = <T>({ event }: { readonly event: T }): T => event;
const because =
  (reason: Refusal['reason']) =>
  ({ event }: { readonly event: ById }): Refusal => ({ id: event.id, reason });

const mayTake = (agent: DirectorAgent, { taskType, to }: Route): boolean =>
  agent.accepts.includes(taskType) && (to ?? agent.address) === agent.address;

const hasRoom = (agent: DirectorAgent): boolean => agent.up && agent.busy < agent.capacity;

const isBefore = (a: DirectorAgent, b: DirectorAgent): boolean =>
  a.busy === b.busy ? a.assigned < b.assigned : a.busy < b.busy;

/** The agent that gets a task now, or undefined when nobody who may take it has room. */
function choose(agents: readonly DirectorAgent[], task: Route): DirectorAgent | undefined {
  let chosen: DirectorAgent | undefined;
  for (const agent of agents) {
    if (!hasRoom(agent) || !mayTake(agent, task)) continue;
    if (chosen === undefined || isBefore(agent, chosen)) chosen = agent;
  }
  return chosen;
}

/** The first waiting task that somebody has room for, and who. */
function choosePlace({ agents, waiting }: DirectorContext): { task: DirectorTask; agent: DirectorAgent } | undefined {
  if (!agents.some(hasRoom)) return undefined;
  for (const task of waiting) {
    const agent = choose(agents, task);
    if (agent !== undefined) return { task, agent };
  }
  return undefined;
}

function insert(waiting: readonly DirectorTask[], task: DirectorTask): readonly DirectorTask[] {
  const before = waiting.findLastIndex((other) => other.priority <= task.priority);
  return waiting.toSpliced(before + 1, 0, task);
}

const change = (
  agents: readonly DirectorAgent[],
  address: string,
  next: (agent: DirectorAgent) => Partial<DirectorAgent>,
): readonly DirectorAgent[] =>
  agents.map((agent) => (agent.address === address ? { ...agent, ...next(agent) } : agent));

export const directorMachine = setup({
  types: {
    input: {} as DirectorInput,
    context: {} as DirectorContext,
    events: {} as DirectorEvent,
    emitted: {} as DirectorEmitted,
  },
  guards: {
    known: ({ context }, { id }: ById) =>
      context.waiting.some((task) => task.id === id) || context.delegated.some((open) => open.id === id),
    nobodyTakes: ({ context }, route: Route) => !context.agents.some((agent) => mayTake(agent, route)),
    full: ({ context }, route: Route) =>
      context.waiting.length >= context.queue && choose(context.agents, route) === undefined,
    waiting: ({ context }, { id }: ById) => context.waiting.some((task) => task.id === id),
    running: ({ context }, { id }: ById) => context.delegated.some((open) => open.id === id && !open.cancelled),
    stopping: ({ context }, { id }: ById) => context.delegated.some((open) => open.id === id && open.cancelled),
    placeable: ({ context }) => choosePlace(context) !== undefined,
    nothingOpen: ({ context }) => context.waiting.length === 0 && context.delegated.length === 0,
  },
  actions: {
    enqueue: assign(({ context }, { id, taskType, priority, to }: Assignment) => ({
      waiting: insert(context.waiting, { id, taskType, priority, to: to ?? null }),
    })),
    place: enqueueActions(({ context, enqueue }) => {
      const place = choosePlace(context);
      if (place === undefined) return;
      const { id } = place.task;
      const to = place.agent.address;
      enqueue.assign({
        waiting: context.waiting.toSpliced(context.waiting.indexOf(place.task), 1),
        delegated: [...context.delegated, { id, to, cancelled: false }],
        agents: change(context.agents, to, ({ busy, assigned }) => ({ busy: busy + 1, assigned: assigned + 1 })),
      });
      enqueue.emit({ type: 'task.delegate', id, to });
    }),
    /** The delegation has ended: its agent has room again. */
    release: assign(({ context }, { id }: ById) => {
      const ended = context.delegated.find((open) => open.id === id);
      return {
        delegated: context.delegated.filter((open) => open !== ended),
        agents: change(context.agents, ended?.to ?? '', ({ busy }) => ({ busy: busy - 1 })),
      };
    }),
    refuse: enqueueActions(({ context, enqueue }, { id, reason }: Refusal) => {
      enqueue.assign({ refused: context.refused + 1 });
      enqueue.emit({ type: 'task.refuse', id, reason });
    }),
    complete: enqueueActions(({ context, enqueue }, { id }: ById) => {
      enqueue.assign({ done: context.done + 1 });
      enqueue.emit({ type: 'task.complete', id });
    }),
    fail: enqueueActions(({ context, enqueue }, { id }: ById) => {
      enqueue.assign({ failed: context.failed + 1 });
      enqueue.emit({ type: 'task.fail', id });
    }),
    cancel: enqueueActions(({ context, enqueue }, { id, reason }: Cancel) => {
      enqueue.assign({
        delegated: context.delegated.map((open) => (open.id === id ? { ...open, cancelled: true } : open)),
      });
      enqueue.emit({ type: 'delegation.cancel', id, reason });
    }),
    drop: enqueueActions(({ context, enqueue }, { id, reason }: Cancel) => {
      enqueue.assign({ waiting: context.waiting.filter((task) => task.id !== id), dropped: context.dropped + 1 });
      enqueue.emit({ type: 'task.dropped', id, reason });
    }),
    countLate: assign(({ context }) => ({ late: context.late + 1 })),
    takeOut: assign(({ context }, { address }: ByAddress) => ({
      agents: change(context.agents, address, () => ({ up: false })),
    })),
    putBack: assign(({ context }, { address }: ByAddress) => ({
      agents: change(context.agents, address, () => ({ up: true })),
    })),
    reportDrained: emit({ type: 'director.drained' }),
  },
}).createMachine({
  id: 'director',
  options: { maxIterations: 10_000 },
  context: ({ input }) => ({
    agents: input.agents.map((agent) => ({ ...agent, up: true, busy: 0, assigned: 0 })),
    queue: input.queue,
    waiting: [],
    delegated: [],
    done: 0,
    failed: 0,
    refused: 0,
    dropped: 0,
    late: 0,
  }),
  initial: 'routing',
  on: {
    'task.assigned': { actions: { type: 'refuse', params: because('draining') } },
    'task.cancelled': [
      { guard: { type: 'waiting', params: that }, actions: { type: 'drop', params: that } },
      {
        guard: { type: 'running', params: that },
        actions: [
          { type: 'cancel', params: that },
          { type: 'drop', params: that },
        ],
      },
    ],
    'delegation.done': [
      {
        guard: { type: 'running', params: that },
        actions: [
          { type: 'release', params: that },
          { type: 'complete', params: that },
        ],
      },
      // A success that came too late is discarded and counted; a failure is what a cancel is meant to bring about.
      { guard: { type: 'stopping', params: that }, actions: [{ type: 'release', params: that }, 'countLate'] },
      { actions: 'countLate' },
    ],
    'delegation.failed': [
      {
        guard: { type: 'running', params: that },
        actions: [
          { type: 'release', params: that },
          { type: 'fail', params: that },
        ],
      },
      { guard: { type: 'stopping', params: that }, actions: { type: 'release', params: that } },
      { actions: 'countLate' },
    ],
    'agent.down': { actions: { type: 'takeOut', params: that } },
    'agent.up': { actions: { type: 'putBack', params: that } },
  },
  always: { guard: 'placeable', actions: 'place' },
  states: {
    routing: {
      on: {
        'task.assigned': [
          { guard: { type: 'known', params: that }, actions: { type: 'refuse', params: because('duplicate') } },
          { guard: { type: 'nobodyTakes', params: that }, actions: { type: 'refuse', params: because('noAgent') } },
          { guard: { type: 'full', params: that }, actions: { type: 'refuse', params: because('full') } },
          { actions: { type: 'enqueue', params: that } },
        ],
        'director.drain': { target: 'draining' },
      },
    },
    draining: { always: { guard: 'nothingOpen', target: 'drained' } },
    drained: { entry: 'reportDrained' },
  },
});
