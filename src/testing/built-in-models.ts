// The models of the product's own machines: events and abstractions under which each is walked whole. Settings are
// small, so that every limit is met. The invariants of these machines have tests of their own; these models say that
// the machines do in a runtime what their graphs say.

import {
  agentMachine,
  breakerDeadlineMs,
  breakerMachine,
  type BreakerContext,
  directorMachine,
  orchestratorMachine,
  parseBreakerInput,
  supervisorMachine,
  taskMachine,
} from '../../machines/index.ts';
import { MachineTests } from './machine-tests.ts';
import { type AnyModelOptions, modelOptions } from './model-options.ts';

const backoff = { initialMs: 10, factor: 2, maxMs: 30, jitter: 0 };

/** Why `drained` has no way out: whoever drained it stops it. */
const drained = ['drained'];

const agentModel = modelOptions(agentMachine, {
  inputs: [
    { retries: { limit: 1, backoff }, queue: 1 },
    { retries: { limit: 0, backoff }, queue: 0 },
  ],
  events: [
    ...['a', 'b'].flatMap((id) => [
      { type: 'task.assigned', id, priority: 5, now: 7 } as const,
      { type: 'task.cancelled', id, reason: 'enough' } as const,
      { type: 'work.done', id, attempt: 1 } as const,
      { type: 'retry.due', id } as const,
    ]),
    { type: 'work.done', id: 'a', attempt: 2 },
    { type: 'work.failed', id: 'a', attempt: 1, retryable: true, random: 0 },
    { type: 'work.failed', id: 'b', attempt: 1, retryable: false, random: 0 },
  ],
  abstract: ({ context: { waiting, current, draining } }) => {
    return { waiting: waiting.map(({ id }) => id), current: [current?.id, current?.attempt], draining };
  },
  allow: drained,
});

const directorModel = modelOptions(directorMachine, {
  input: { agents: [{ address: 'x', accepts: ['m'], capacity: 1 }], queue: 1 },
  events: [
    ...['a', 'b'].flatMap((id) => [
      { type: 'task.assigned', id, taskType: 'm', priority: 5 } as const,
      { type: 'task.cancelled', id, reason: 'enough' } as const,
      { type: 'delegation.done', id } as const,
      { type: 'delegation.failed', id } as const,
    ]),
    { type: 'task.assigned', id: 'c', taskType: 'unknown', priority: 5 },
    { type: 'agent.down', address: 'x' },
    { type: 'agent.up', address: 'x' },
  ],
  abstract: ({ context: { agents, waiting, delegated } }) => ({
    up: agents.map(({ up }) => up),
    waiting: waiting.map(({ id }) => id),
    delegated: delegated.map(({ id, cancelled }) => [id, cancelled]),
  }),
  allow: drained,
});

const orchestratorModel = modelOptions(orchestratorMachine, {
  input: { open: 1 },
  events: [
    ...['a', 'b'].flatMap((id) => [
      { type: 'task.assigned', id, priority: 5, now: 7 } as const,
      { type: 'task.cancelled', id, reason: 'enough' } as const,
      { type: 'work.done', id, attempt: 1 } as const,
      { type: 'work.failed', id, attempt: 1 } as const,
    ]),
  ],
  abstract: ({ context: { running, stopping } }) => ({ running, stopping }),
  allow: drained,
});

const exited = (child: 'permanent' | 'transient' | 'temporary', reason: 'normal' | 'error', now: number) =>
  ({ type: 'child.exited', id: 'a', child, reason, now, random: 0 }) as const;
const supervisorInput = { maxRestarts: 1, withinMs: 100, backoff, healthyAfterMs: 50 };

const supervisorModel = modelOptions(supervisorMachine, {
  inputs: [
    { ...supervisorInput, strategy: 'one-for-one' },
    { ...supervisorInput, strategy: 'one-for-all', maxRestarts: 2 },
  ],
  events: [
    exited('permanent', 'error', 0),
    exited('transient', 'normal', 0),
    exited('temporary', 'error', 40),
    { type: 'group.restored' },
  ],
  abstract: ({ context: { restarts, streaks } }) => ({ restarts, failures: Math.min(streaks['a']?.failures ?? 0, 3) }),
});

const taskTypes = [
  'queued',
  'dispatched',
  'started',
  'checkpointed',
  'retried',
  'suspended',
  'resumed',
  'succeeded',
  'failed',
  'cancelled',
  'expired',
] as const;

const taskModel = modelOptions(taskMachine, {
  input: { now: 0 },
  events: taskTypes.map((name) => ({ type: `task.${name}` as const, now: 5 })),
  abstract: () => ({}),
});

const breakerInput = {
  windowMs: 4,
  buckets: 1,
  volume: 2,
  resetMs: 4,
  reopenFactor: 2,
  reopenMaxMs: 8,
  probeMs: 2,
  failureCount: 2,
};

const breakerModel = modelOptions(breakerMachine, {
  input: parseBreakerInput(breakerInput),
  events: ({ context }) => {
    const { now, generation, probe } = context;
    const id = probe?.id ?? 'p';
    const later = Math.max(breakerDeadlineMs(context) ?? now + 1, now + 1);
    return [now, later].flatMap((at) => [
      { type: 'call.requested', id: 'p', now: at } as const,
      { type: 'call.succeeded', id, generation, now: at } as const,
      { type: 'call.failed', id, generation, now: at } as const,
      { type: 'call.failed', id, generation: generation - 1, now: at } as const,
      { type: 'call.succeeded', id, generation: generation - 1, now: at } as const,
      { type: 'call.ignored', id, generation, now: at } as const,
      { type: 'probe.lost', generation, now: at } as const,
      { type: 'time.passed', now: at } as const,
    ]);
  },
  abstract: ({ context }) => breakerState(context),
});

/** What of a breaker matters: how long it waits, what is in its window, whether a probe is out. */
function breakerState(context: BreakerContext): object {
  const { now, buckets, probe, reopens } = context;
  const index = Math.floor((now * breakerInput.buckets) / breakerInput.windowMs);
  return {
    window: buckets.map((bucket) => [
      Math.max(bucket.index - index, -breakerInput.buckets),
      Math.min(bucket.succeeded, 2),
      Math.min(bucket.failed, 2),
    ]),
    leftMs: Math.max((breakerDeadlineMs(context) ?? now) - now, 0),
    probe: probe !== null,
    reopens: Math.min(reopens, 1),
  };
}

const models = {
  orchestrator: [orchestratorMachine, orchestratorModel],
  director: [directorMachine, directorModel],
  agent: [agentMachine, agentModel],
  supervisor: [supervisorMachine, supervisorModel],
  task: [taskMachine, taskModel],
  breaker: [breakerMachine, breakerModel],
} as const;

/** A machine of the product's own. */
export type BuiltIn = keyof typeof models;

/** All of them. */
export const builtIns = Object.keys(models) as readonly BuiltIn[];

/** The tests of one of the product's own machines. */
export function builtInTests(name: BuiltIn): MachineTests {
  const [machine, options] = models[name];
  return new MachineTests(machine, { ...(options as AnyModelOptions), name });
}
