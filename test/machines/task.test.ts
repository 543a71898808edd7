// The life of a task: its whole graph, and its stories by example.
import { describe, expect, it } from 'vitest';
import { transition } from 'xstate';
import { taskMachine, type TaskEvent } from '../../machines/task.ts';
import { coverageOf, drive, type Driven, exploreModel } from './model.ts';

const TYPES = [
  'task.queued',
  'task.dispatched',
  'task.started',
  'task.checkpointed',
  'task.retried',
  'task.suspended',
  'task.resumed',
  'task.succeeded',
  'task.failed',
  'task.cancelled',
  'task.expired',
] as const;

/** The n-th event of a story happens at n. */
function live(story: readonly TaskEvent['type'][]): Driven<typeof taskMachine> {
  const task = drive(taskMachine, { input: { now: 0 } });
  for (const [index, type] of story.entries()) task.send({ type, now: index + 1 });
  return task;
}

describe('task: its graph', () => {
  const coverage = coverageOf(taskMachine);
  it('does in every state what the model says', () => {
    const { paths, steps } = exploreModel({
      machine: taskMachine,
      input: { now: 0 },
      events: TYPES.map((type) => ({ type, now: 5 })),
      coverage,
      abstraction: ({ value, context: { attempts, checkpoints } }) => {
        return { value, attempts: Math.min(attempts, 2), checkpoints: Math.min(checkpoints, 2) };
      },
      check: ({ before, after }) => {
        const { acceptedAt, startedAt, endedAt, attempts } = after.context;
        expect(acceptedAt).toBe(0);
        expect(endedAt === null).toBe(after.status === 'active');
        expect(startedAt === null).toBe(attempts === 0);
        expect(after.context.checkpoints).toBeGreaterThanOrEqual(before.context.checkpoints);
        if (before.status === 'done') expect(after.context).toEqual(before.context);
      },
    });
    expect(steps).toBe(paths * TYPES.length);
  });
  it('is seen whole', () => {
    console.log(coverage.table());
    expect(coverage.missed()).toEqual([]);
  });
});

describe('task: stories', () => {
  it('goes straight to its end', () => {
    const task = live(['task.queued', 'task.dispatched', 'task.started', 'task.checkpointed', 'task.succeeded']);
    expect(task.snapshot()).toMatchObject({ value: 'done', status: 'done' });
    expect(task.snapshot().context).toEqual({
      acceptedAt: 0,
      queuedAt: 1,
      dispatchedAt: 2,
      startedAt: 3,
      suspendedAt: null,
      endedAt: 5,
      attempts: 1,
      checkpoints: 1,
      suspensions: 0,
    });
  });

  it('counts attempts, keeps the first start, and is suspended within an attempt', () => {
    const task = live([
      'task.queued',
      'task.started',
      'task.retried',
      'task.dispatched',
      'task.started',
      'task.checkpointed',
      'task.suspended',
      'task.resumed',
      'task.checkpointed',
    ]);
    expect(task.snapshot().value).toBe('running');
    expect(task.snapshot().context).toMatchObject({
      dispatchedAt: 4,
      startedAt: 2,
      suspendedAt: 7,
      endedAt: null,
      attempts: 2,
      checkpoints: 2,
      suspensions: 1,
    });
  });

  it('ignores what its state does not allow', () => {
    expect(live(['task.started', 'task.succeeded', 'task.resumed']).snapshot().value).toBe('accepted');
    expect(live(['task.queued', 'task.started', 'task.suspended', 'task.succeeded']).snapshot().value).toBe(
      'suspended',
    );
  });

  it.each([
    ['task.succeeded', 'done'],
    ['task.failed', 'failed'],
    ['task.cancelled', 'cancelled'],
    ['task.expired', 'timedOut'],
  ] as const)('after %s it is %s for ever', (type, value) => {
    const ended = live(['task.queued', 'task.started', type]).snapshot();
    expect(ended).toMatchObject({ value, status: 'done' });
    for (const later of TYPES) {
      const task = live(['task.queued', 'task.started', type]);
      task.send({ type: later, now: 9 });
      expect(task.snapshot().context).toEqual(ended.context);
      const [next, actions] = transition(taskMachine, ended, { type: later, now: 9 });
      expect(next).toMatchObject({ value, context: ended.context });
      expect(actions).toEqual([]);
    }
  });

  it.each([
    [[], 'accepted'],
    [['task.queued'], 'queued'],
    [['task.queued', 'task.started'], 'running'],
    [['task.queued', 'task.started', 'task.retried'], 'retrying'],
    [['task.queued', 'task.started', 'task.suspended'], 'suspended'],
  ] as const)('can be cancelled, expire and fail after %j', (story, value) => {
    expect(live(story).snapshot().value).toBe(value);
    expect(live([...story, 'task.cancelled']).snapshot().value).toBe('cancelled');
    expect(live([...story, 'task.expired']).snapshot().value).toBe('timedOut');
    expect(live([...story, 'task.failed']).snapshot().value).toBe('failed');
  });
});
