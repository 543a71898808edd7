// The director: its whole graph, its choices by example, and its invariants under random stories.
import * as fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import {
  type DirectorAgent,
  type DirectorContext,
  type DirectorEmitted,
  type DirectorEvent,
  type DirectorInput,
  directorMachine,
} from '../../machines/director.ts';
import { coverageOf, drive, exploreModel, type ModelStep } from './model.ts';

const assigned = (id: string, taskType = 'm', priority = 5, to?: string): DirectorEvent => {
  return { type: 'task.assigned', id, taskType, priority, ...(to === undefined ? {} : { to }) };
};
const cancelled = (id: string): DirectorEvent => ({ type: 'task.cancelled', id, reason: 'enough' });
const done = (id: string): DirectorEvent => ({ type: 'delegation.done', id });
const failed = (id: string): DirectorEvent => ({ type: 'delegation.failed', id });
const down = (address: string): DirectorEvent => ({ type: 'agent.down', address });
const up = (address: string): DirectorEvent => ({ type: 'agent.up', address });
const drain: DirectorEvent = { type: 'director.drain' };
const delegate = (id: string, to: string): DirectorEmitted => ({ type: 'task.delegate', id, to });

const agentOf = (address: string, accepts: string, capacity: number): DirectorInput['agents'][number] => {
  return { address, accepts: accepts.split(''), capacity };
};
const team = (queue: number, ...agents: DirectorInput['agents']): DirectorInput => ({ agents, queue });

const running = ({ delegated }: DirectorContext): number => delegated.filter(({ cancelled: ended }) => !ended).length;
const accounted = (context: DirectorContext): number => {
  const { done: completed, failed: lost, refused, dropped, waiting } = context;
  return completed + lost + refused + dropped + waiting.length + running(context);
};
const count = (emitted: readonly DirectorEmitted[], type: DirectorEmitted['type']): number =>
  emitted.filter((event) => event.type === type).length;

interface Known {
  readonly id: string;
  readonly taskType: string;
  readonly priority: number;
  readonly to?: string | null;
}

const candidates = (agents: readonly DirectorAgent[], { taskType, to }: Known): readonly DirectorAgent[] =>
  agents
    .filter((agent) => agent.accepts.includes(taskType) && agent.up && agent.busy < agent.capacity)
    .filter(({ address }) => to === undefined || to === null || to === address);

/** Undoes the delegations of one event from the last to the first, and looks at each whether it was the right one. */
function checkChoices({ before, event, after, emitted }: ModelStep<typeof directorMachine>): void {
  const tasks: readonly Known[] = [...before.context.waiting, ...(event.type === 'task.assigned' ? [event] : [])];
  let agents = after.context.agents;
  const waiting = after.context.waiting.map(({ id }) => id);
  for (const made of emitted.toReversed()) {
    if (made.type !== 'task.delegate') continue;
    agents = agents.map((agent) =>
      agent.address === made.to ? { ...agent, busy: agent.busy - 1, assigned: agent.assigned - 1 } : agent,
    );
    const task = tasks.find(({ id }) => id === made.id);
    if (task === undefined) throw new Error(`${made.id} was not there to be delegated`);
    const [best] = candidates(agents, task).toSorted((a, b) => a.busy - b.busy || a.assigned - b.assigned);
    expect(made.to).toBe(best?.address);
    for (const other of tasks.filter(({ id }) => waiting.includes(id))) {
      const isOvertaken = other.priority < task.priority && candidates(agents, other).length > 0;
      expect(isOvertaken, `${task.id} went before ${other.id}`).toBe(false);
    }
    waiting.push(made.id);
  }
}

/** What must hold for every single event. */
function checkStep(step: ModelStep<typeof directorMachine>): void {
  const { before, event, after, emitted } = step;
  for (const [counter, type] of [
    ['done', 'task.complete'],
    ['failed', 'task.fail'],
    ['refused', 'task.refuse'],
    ['dropped', 'task.dropped'],
  ] as const) {
    expect(after.context[counter] - before.context[counter]).toBe(count(emitted, type));
  }
  const offered = event.type === 'task.assigned' ? 1 : 0;
  expect(accounted(after.context)).toBe(accounted(before.context) + offered);
  const { agents, waiting, delegated } = after.context;
  expect(waiting.length).toBeLessThanOrEqual(after.context.queue);
  for (const { address, busy, capacity } of agents) {
    expect(busy).toBeLessThanOrEqual(capacity);
    expect(busy).toBe(delegated.filter(({ to }) => to === address).length);
  }
  expect(waiting.filter((task) => candidates(agents, task).length > 0)).toEqual([]);
  checkChoices(step);
}

describe('director: its graph', () => {
  const coverage = coverageOf(directorMachine);
  const settled = ['a', 'b', 'c'].flatMap((id) => [cancelled(id), done(id), failed(id)]);
  const types = [
    assigned('a', 'm'),
    assigned('b', 'm', 2),
    assigned('c', 'l'),
    assigned('d', 'none'),
    ...settled,
    drain,
  ];
  const route = [assigned('a', 'm', 5, 'y'), assigned('b', 'm', 2), assigned('c', 'l', 5, 'y'), ...settled, drain];
  const health = [down('x'), up('x'), down('nobody'), up('nobody')];
  it.each([
    ['two types, one agent for both', team(1, agentOf('x', 'ml', 1), agentOf('y', 'm', 1)), [...types, ...health]],
    ['no waiting', team(0, agentOf('x', 'm', 1), agentOf('y', 'm', 2)), [...types, ...health]],
    ['chosen agents', team(2, agentOf('x', 'ml', 1), agentOf('y', 'm', 1)), [...route, ...health]],
  ])('does in every state what the model says: %s', (_, input, events) => {
    const { paths, steps } = exploreModel({
      machine: directorMachine,
      input,
      events,
      coverage,
      check: checkStep,
      abstraction: ({ value, context: { agents, waiting, delegated } }) => {
        const tasks = delegated.map(({ id, to, cancelled: ended }) => `${id}${to}${ended}`).toSorted();
        return { value, waiting: waiting.map(({ id }) => id), tasks, up: agents.map((agent) => agent.up) };
      },
    });
    expect(steps).toBe(paths * events.length);
  });
  it('is seen whole', () => {
    console.log(coverage.table());
    expect(coverage.missed()).toEqual([]);
  });
});

describe('director: the choice', () => {
  it('takes the least busy, then the least used, then the first declared', () => {
    const director = drive(directorMachine, {
      input: team(0, agentOf('x', 'm', 2), agentOf('y', 'm', 2), agentOf('z', 'l', 9)),
    });
    expect(director.send(assigned('a'))).toEqual([delegate('a', 'x')]);
    expect(director.send(assigned('b'))).toEqual([delegate('b', 'y')]);
    expect(director.send(assigned('c'))).toEqual([delegate('c', 'x')]);
    director.send(done('a'));
    director.send(done('b'));
    director.send(done('c'));
    expect(director.send(assigned('d'))).toEqual([delegate('d', 'y')]);
    director.send(done('d'));
    expect(director.send(assigned('e'))).toEqual([delegate('e', 'x')]);
  });

  it('prefers the less busy to the less used', () => {
    const director = drive(directorMachine, { input: team(0, agentOf('x', 'm', 2), agentOf('y', 'm', 2)) });
    director.send(assigned('a'));
    for (const id of ['b', 'c', 'd']) {
      expect(director.send(assigned(id))).toEqual([delegate(id, 'y')]);
      director.send(done(id));
    }
  });

  it('sends a waiting HIGH before a NORMAL that came earlier', () => {
    const director = drive(directorMachine, { input: team(3, agentOf('x', 'm', 1)) });
    director.send(assigned('a'));
    director.send(assigned('normal', 'm', 5));
    director.send(assigned('high', 'm', 2));
    director.send(assigned('high2', 'm', 2));
    expect(director.send(done('a'))).toEqual([{ type: 'task.complete', id: 'a' }, delegate('high', 'x')]);
    expect(director.send(failed('high'))).toEqual([{ type: 'task.fail', id: 'high' }, delegate('high2', 'x')]);
    expect(director.send(done('high2')).at(-1)).toEqual(delegate('normal', 'x'));
  });

  it('does not let a task whose agents are busy hold up one of another type', () => {
    const director = drive(directorMachine, { input: team(3, agentOf('x', 'm', 1), agentOf('y', 'l', 1)) });
    director.send(assigned('a'));
    director.send(assigned('l1', 'l'));
    director.send(assigned('urgent', 'm', 0));
    director.send(assigned('l2', 'l', 8));
    expect(director.send(done('l1'))).toEqual([{ type: 'task.complete', id: 'l1' }, delegate('l2', 'y')]);
  });

  it('uses only the agent that the route chose', () => {
    const director = drive(directorMachine, { input: team(1, agentOf('x', 'm', 1), agentOf('y', 'm', 1)) });
    expect(director.send(assigned('a', 'm', 5, 'y'))).toEqual([delegate('a', 'y')]);
    expect(director.send(assigned('b', 'm', 5, 'y'))).toEqual([]);
    expect(director.send(done('a')).at(-1)).toEqual(delegate('b', 'y'));
  });

  it('leaves out agents that are down, waits for them, and fills them all when they come back', () => {
    const director = drive(directorMachine, { input: team(3, agentOf('x', 'm', 2)) });
    director.send(down('x'));
    expect(director.send(assigned('a'))).toEqual([]);
    director.send(assigned('b'));
    director.send(assigned('c'));
    expect(director.send(up('x'))).toEqual([delegate('a', 'x'), delegate('b', 'x')]);
  });
});

describe('director: refusals, cancellation, draining', () => {
  it('refuses what nobody takes, what it has, and what it has no place for', () => {
    const director = drive(directorMachine, { input: team(1, agentOf('x', 'm', 1)) });
    const refusal = (id: string, reason: string): unknown => ({ type: 'task.refuse', id, reason });
    expect(director.send(assigned('a', 'other'))).toEqual([refusal('a', 'noAgent')]);
    expect(director.send(assigned('a', 'm', 5, 'nobody'))).toEqual([refusal('a', 'noAgent')]);
    director.send(assigned('a'));
    expect(director.send(assigned('a'))).toEqual([refusal('a', 'duplicate')]);
    director.send(assigned('b'));
    expect(director.send(assigned('b'))).toEqual([refusal('b', 'duplicate')]);
    expect(director.send(assigned('c', 'm', 0))).toEqual([refusal('c', 'full')]);
  });

  it('keeps the room of a cancelled delegation until it has ended, and counts its success as late', () => {
    const director = drive(directorMachine, { input: team(1, agentOf('x', 'm', 1)) });
    director.send(assigned('a'));
    director.send(assigned('b'));
    expect(director.send(cancelled('a'))).toEqual([
      { type: 'delegation.cancel', id: 'a', reason: 'enough' },
      { type: 'task.dropped', id: 'a', reason: 'enough' },
    ]);
    expect(director.send(cancelled('a'))).toEqual([]);
    expect(director.send(done('a'))).toEqual([delegate('b', 'x')]);
    expect(director.send(failed('a'))).toEqual([]);
    expect(director.snapshot().context).toMatchObject({ done: 0, dropped: 1, late: 2 });
  });

  it('drops a waiting task without telling any agent', () => {
    const director = drive(directorMachine, { input: team(1, agentOf('x', 'm', 1)) });
    director.send(assigned('a'));
    director.send(assigned('b'));
    expect(director.send(cancelled('b'))).toEqual([{ type: 'task.dropped', id: 'b', reason: 'enough' }]);
    expect(director.send(done('a'))).toEqual([{ type: 'task.complete', id: 'a' }]);
  });

  it('drains: finishes what waits and what is delegated, and says so once', () => {
    const director = drive(directorMachine, { input: team(1, agentOf('x', 'm', 1)) });
    director.send(assigned('a'));
    director.send(assigned('b'));
    expect(director.send(drain)).toEqual([]);
    expect(director.send(assigned('c'))).toEqual([{ type: 'task.refuse', id: 'c', reason: 'draining' }]);
    expect(director.send(done('a')).at(-1)).toEqual(delegate('b', 'x'));
    expect(director.send(done('b'))).toEqual([{ type: 'task.complete', id: 'b' }, { type: 'director.drained' }]);
    expect(director.send(assigned('d'))).toEqual([{ type: 'task.refuse', id: 'd', reason: 'draining' }]);
  });
});

describe('director: any story', () => {
  const agents = fc.array(
    fc.record({ accepts: fc.subarray(['m', 'l', 's'], { minLength: 1 }), capacity: fc.integer({ min: 1, max: 3 }) }),
    { minLength: 1, maxLength: 4 },
  );
  const move = fc.record({
    kind: fc.constantFrom('assign', 'assign', 'assign', 'done', 'done', 'failed', 'cancel', 'down', 'up', 'noise'),
    nth: fc.nat(60),
    taskType: fc.constantFrom('m', 'l', 's'),
    priority: fc.constantFrom(0, 2, 5, 8),
  });

  it('never exceeds capacity, never loses count, and ends each assigned task exactly once', () => {
    fc.assert(
      fc.property(agents, fc.nat(5), fc.array(move, { maxLength: 80 }), (team_, queue, story) => {
        const input = { agents: team_.map((agent, index) => ({ ...agent, address: `x${index}` })), queue };
        const director = drive(directorMachine, { input });
        const open: { id: string; to: string }[] = [];
        const ends = new Map<string, number>();
        let tasks = 0;
        const tell = (event: DirectorEvent): void => {
          for (const emitted of director.send(event)) {
            if (emitted.type === 'task.delegate') open.push(emitted);
            else if (emitted.type.startsWith('task.') && 'id' in emitted) {
              ends.set(emitted.id, (ends.get(emitted.id) ?? 0) + 1);
            }
          }
          for (const { address, capacity } of input.agents) {
            expect(open.filter(({ to }) => to === address).length).toBeLessThanOrEqual(capacity);
          }
          expect(accounted(director.snapshot().context)).toBe(tasks);
        };
        const settle = (nth: number, result: (id: string) => DirectorEvent): void => {
          const [ended] = open.splice(nth % Math.max(open.length, 1), 1);
          if (ended !== undefined) tell(result(ended.id));
        };
        for (const { kind, nth, taskType, priority } of story) {
          const address = `x${nth % input.agents.length}`;
          if (kind === 'assign') tell(assigned(`t${tasks++}`, taskType, priority, nth > 50 ? address : undefined));
          else if (kind === 'done') settle(nth, done);
          else if (kind === 'failed') settle(nth, failed);
          else if (kind === 'cancel') tell(cancelled(`t${nth}`));
          else if (kind === 'noise') tell(done('nobody'));
          else tell(kind === 'up' ? up(address) : down(address));
        }
        tell(drain);
        for (const { address } of input.agents) tell(up(address));
        while (open.length > 0) settle(0, done);
        expect(ends.size).toBe(tasks);
        expect([...ends.values()].every((times) => times === 1)).toBe(true);
        expect(director.snapshot().value).toBe('drained');
      }),
      { numRuns: 200 },
    );
  });
});
