// The agent: its whole graph, and its rules by example.
import { describe, expect, it } from 'vitest';
import {
  agentMachine,
  type AgentContext,
  type AgentEmitted,
  type AgentEvent,
  type AgentInput,
} from '../../machines/agent.ts';
import { coverageOf, drive, exploreModel, type ModelStep } from './model.ts';

const BACKOFF = { initialMs: 1_000, factor: 2, maxMs: 10_000, jitter: 0 };
const settings = (limit: number, queue: number): AgentInput => ({ retries: { limit, backoff: BACKOFF }, queue });

const assigned = (id: string, priority = 5): AgentEvent => ({ type: 'task.assigned', id, priority, now: 7 });
const cancelled = (id: string): AgentEvent => ({ type: 'task.cancelled', id, reason: 'enough' });
const done = (id: string, attempt = 1): AgentEvent => ({ type: 'work.done', id, attempt });
const failed = (id: string, attempt = 1, retryable = true, random = 0): AgentEvent => {
  return { type: 'work.failed', id, attempt, retryable, random };
};
const due = (id: string): AgentEvent => ({ type: 'retry.due', id });
const drain: AgentEvent = { type: 'agent.drain' };

/** Tasks that were assigned and have not ended: those that wait, and the current one unless it was reported as dropped. */
const open = (value: unknown, { waiting, current }: AgentContext): number =>
  waiting.length + (current !== null && value !== 'stopping' ? 1 : 0);

const count = (emitted: readonly AgentEmitted[], type: AgentEmitted['type']): number =>
  emitted.filter((event) => event.type === type).length;

const attemptOf = ({ current }: AgentContext): object => ({ id: current?.id, attempt: current?.attempt });

/** What must hold for every single event. */
function checkStep({ before, event, after, emitted }: ModelStep<typeof agentMachine>): void {
  const ends = ['task.complete', 'task.fail', 'task.refuse', 'task.dropped'] as const;
  const ended = ends.reduce((sum, type) => sum + count(emitted, type), 0);
  const offered = event.type === 'task.assigned' ? 1 : 0;
  expect(open(before.value, before.context) + offered).toBe(ended + open(after.value, after.context));
  for (const [counter, type] of [
    ['done', 'task.complete'],
    ['failed', 'task.fail'],
    ['refused', 'task.refuse'],
    ['dropped', 'task.dropped'],
    ['late', 'work.late'],
  ] as const) {
    expect(after.context[counter] - before.context[counter]).toBe(count(emitted, type));
  }
  const { waiting, settings: limits } = after.context;
  expect(waiting.length).toBeLessThanOrEqual(limits.queue);
  expect(waiting.map(({ priority }) => priority)).toEqual(
    waiting.map(({ priority }) => priority).toSorted((a, b) => a - b),
  );
  if (after.value === 'drained') expect(open(after.value, after.context)).toBe(0);
  const isBusy = before.value === 'working' || before.value === 'stopping';
  if (isBusy && count(emitted, 'work.start') > 0) expect(event).toMatchObject(attemptOf(before.context));
  expect(count(emitted, 'work.start')).toBeLessThanOrEqual(1);
}

describe('agent: its graph', () => {
  const coverage = coverageOf(agentMachine);
  const events = [
    ...['a', 'b', 'c'].map((id) => assigned(id, id === 'c' ? 2 : 5)),
    ...['a', 'b', 'c'].map((id) => cancelled(id)),
    ...['a', 'b', 'c'].flatMap((id) => [done(id, 1), done(id, 2), failed(id, 1), failed(id, 2), failed(id, 1, false)]),
    ...['a', 'b'].map((id) => due(id)),
    drain,
  ];
  it.each([settings(0, 0), settings(0, 2), settings(1, 1)])('does in every state what the model says (%j)', (input) => {
    const { paths, steps } = exploreModel({
      machine: agentMachine,
      input,
      events,
      coverage,
      check: checkStep,
      abstraction: ({ value, context: { waiting, current, draining } }) => {
        return { value, draining, waiting: waiting.map(({ id }) => id), current };
      },
    });
    expect(steps).toBe(paths * events.length);
  });
  it('is seen whole', () => {
    console.log(coverage.table());
    expect(coverage.missed()).toEqual([]);
  });
});

describe('agent: one task', () => {
  it('starts at once and completes', () => {
    const agent = drive(agentMachine, { input: settings(0, 0) });
    expect(agent.send(assigned('a'))).toEqual([{ type: 'work.start', id: 'a', attempt: 1 }]);
    expect(agent.send(done('a'))).toEqual([{ type: 'task.complete', id: 'a' }]);
    expect(agent.snapshot().value).toBe('idle');
    expect(agent.snapshot().context).toMatchObject({ current: null, done: 1 });
  });

  it('tries again after 1, 2 and 4 s and then fails with the number of attempts', () => {
    const agent = drive(agentMachine, { input: settings(3, 0) });
    agent.send(assigned('a'));
    for (const [attempt, delayMs] of [
      [1, 1_000],
      [2, 2_000],
      [3, 4_000],
    ] as const) {
      expect(agent.send(failed('a', attempt))).toEqual([{ type: 'retry.arm', id: 'a', delayMs, attempt: attempt + 1 }]);
      expect(agent.snapshot().value).toBe('backingOff');
      expect(agent.send(due('a'))).toEqual([{ type: 'work.start', id: 'a', attempt: attempt + 1 }]);
    }
    expect(agent.send(failed('a', 4))).toEqual([{ type: 'task.fail', id: 'a', attempts: 4 }]);
  });

  it('does not try again what cannot succeed', () => {
    const agent = drive(agentMachine, { input: settings(3, 0) });
    agent.send(assigned('a'));
    expect(agent.send(failed('a', 1, false))).toEqual([{ type: 'task.fail', id: 'a', attempts: 1 }]);
  });

  it('takes the first of two results of an attempt and counts the other', () => {
    const agent = drive(agentMachine, { input: settings(3, 1) });
    agent.send(assigned('a'));
    agent.send(done('a'));
    expect(agent.send(failed('a', 1))).toEqual([{ type: 'work.late', id: 'a', attempt: 1 }]);
    agent.send(assigned('b'));
    agent.send(failed('b', 1));
    expect(agent.send(done('b', 1))).toEqual([{ type: 'work.late', id: 'b', attempt: 1 }]);
    agent.send(due('b'));
    expect(agent.send(done('b', 1))).toEqual([{ type: 'work.late', id: 'b', attempt: 1 }]);
    expect(agent.send(done('b', 2))).toEqual([{ type: 'task.complete', id: 'b' }]);
    expect(agent.snapshot().context).toMatchObject({ done: 2, failed: 0, late: 3 });
  });
});

describe('agent: many tasks', () => {
  it('lets wait by priority, then arrival, up to its limit', () => {
    const agent = drive(agentMachine, { input: settings(0, 3) });
    agent.send(assigned('a'));
    agent.send(assigned('low', 8));
    agent.send(assigned('first', 2));
    agent.send(assigned('second', 2));
    expect(agent.send(assigned('more', 0))).toEqual([{ type: 'task.refuse', id: 'more', reason: 'full' }]);
    const order = ['a', 'first', 'second', 'low'].map((id) => agent.send(done(id)).at(-1));
    expect(order).toEqual([
      { type: 'work.start', id: 'first', attempt: 1 },
      { type: 'work.start', id: 'second', attempt: 1 },
      { type: 'work.start', id: 'low', attempt: 1 },
      { type: 'task.complete', id: 'low' },
    ]);
  });

  it('refuses an id that it has already, running, waiting or being stopped', () => {
    const agent = drive(agentMachine, { input: settings(0, 3) });
    agent.send(assigned('a'));
    agent.send(assigned('b'));
    const refusal = (id: string): AgentEmitted => ({ type: 'task.refuse', id, reason: 'duplicate' });
    expect(agent.send(assigned('a'))).toEqual([refusal('a')]);
    expect(agent.send(assigned('b'))).toEqual([refusal('b')]);
    agent.send(cancelled('a'));
    expect(agent.send(assigned('a'))).toEqual([refusal('a')]);
  });

  it('starts the next task only when a cancelled one has ended', () => {
    const agent = drive(agentMachine, { input: settings(3, 3) });
    agent.send(assigned('a'));
    agent.send(assigned('b'));
    expect(agent.send(cancelled('a'))).toEqual([
      { type: 'work.abort', id: 'a', reason: 'enough' },
      { type: 'task.dropped', id: 'a', reason: 'enough' },
    ]);
    expect(agent.snapshot().value).toBe('stopping');
    expect(agent.send(cancelled('a'))).toEqual([]);
    expect(agent.send(failed('a'))).toEqual([{ type: 'work.start', id: 'b', attempt: 1 }]);
    expect(agent.snapshot().context.late).toBe(0);
  });

  it('counts a success that comes after the cancellation as late', () => {
    const agent = drive(agentMachine, { input: settings(0, 0) });
    agent.send(assigned('a'));
    agent.send(cancelled('a'));
    expect(agent.send(done('a'))).toEqual([{ type: 'work.late', id: 'a', attempt: 1 }]);
    expect(agent.snapshot().context).toMatchObject({ done: 0, dropped: 1, late: 1 });
  });

  it('drops a task that waits, or waits for its retry, without an abort', () => {
    const agent = drive(agentMachine, { input: settings(1, 1) });
    agent.send(assigned('a'));
    agent.send(assigned('b'));
    expect(agent.send(cancelled('b'))).toEqual([{ type: 'task.dropped', id: 'b', reason: 'enough' }]);
    agent.send(failed('a'));
    expect(agent.send(cancelled('a'))).toEqual([
      { type: 'retry.disarm', id: 'a' },
      { type: 'task.dropped', id: 'a', reason: 'enough' },
    ]);
    expect(agent.send(due('a'))).toEqual([]);
  });
});

describe('agent: draining', () => {
  it('finishes what it has accepted, refuses what comes, and says once that it is done', () => {
    const agent = drive(agentMachine, { input: settings(1, 1) });
    agent.send(assigned('a'));
    agent.send(assigned('b'));
    expect(agent.send(drain)).toEqual([]);
    expect(agent.send(assigned('c'))).toEqual([{ type: 'task.refuse', id: 'c', reason: 'draining' }]);
    agent.send(failed('a'));
    agent.send(due('a'));
    expect(agent.send(done('a', 2)).at(-1)).toEqual({ type: 'work.start', id: 'b', attempt: 1 });
    expect(agent.send(done('b'))).toEqual([{ type: 'task.complete', id: 'b' }, { type: 'agent.drained' }]);
    expect(agent.send(drain)).toEqual([]);
    expect(agent.send(assigned('d'))).toEqual([{ type: 'task.refuse', id: 'd', reason: 'draining' }]);
  });

  it('is drained at once when it has nothing', () => {
    const agent = drive(agentMachine, { input: settings(0, 0) });
    expect(agent.send(drain)).toEqual([{ type: 'agent.drained' }]);
    expect(agent.send(assigned('a'))).toEqual([{ type: 'task.refuse', id: 'a', reason: 'draining' }]);
  });
});
