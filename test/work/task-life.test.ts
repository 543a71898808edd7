// The life of a run takes steps without an actor for each: whatever happens to it, it is where XState's own `transition`
// would be, with the same times and counts.

import fc from 'fast-check';
import { expect, test } from 'vitest';
import { initialTransition, transition } from 'xstate';
import { type TaskEvent, taskMachine } from '../../machines/task.ts';
import { TaskLife, type TaskState } from '../../src/work/task-life.ts';

const steps: readonly TaskEvent['type'][] = [
  'task.queued',
  'task.dispatched',
  'task.started',
  'task.checkpointed',
  'task.retried',
  'task.suspended',
  'task.resumed',
];
const ends: readonly TaskEvent['type'][] = ['task.succeeded', 'task.failed', 'task.cancelled', 'task.expired'];

test('whatever happens to a run, its life is what the task machine says', () => {
  const middle = fc.array(fc.constantFrom(...steps), { minLength: 40, maxLength: 60 });
  const end = fc.array(fc.constantFrom(...ends, ...steps), { maxLength: 5 });
  fc.assert(
    fc.property(middle, end, (first, last) => {
      const story = [...first, ...last];
      const life = new TaskLife(7);
      let [expected] = initialTransition(taskMachine, { now: 7 });
      for (const [index, type] of story.entries()) {
        const event = { type, now: 10 + index };
        life.take(event);
        [expected] = transition(taskMachine, expected, event);
        expect([life.state, life.isOver]).toEqual([expected.value, expected.status === 'done']);
        expect(life.context).toEqual(expected.context);
      }
    }),
  );
});

test.each<[TaskState, TaskState]>([
  ['done', 'done'],
  ['cancelled', 'cancelled'],
  ['timedOut', 'timedOut'],
  ['failed', 'failed'],
  ['running', 'failed'],
])('a run that ended before as %s has ended as %s, when it did', (kept, state) => {
  const life = new TaskLife(100);
  life.endedBefore(kept, 25);
  expect([life.state, life.isOver]).toEqual([state, true]);
  expect(life.context).toMatchObject({ acceptedAt: 100, endedAt: 125, attempts: state === 'done' ? 1 : 0 });
  life.take({ type: 'task.started', now: 200 });
  expect(life.context.endedAt).toBe(125);
});
