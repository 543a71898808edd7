// The orchestrator: its whole graph, its rules by example, and its invariants under random stories.
import * as fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { orchestratorMachine, type OrchestratorEmitted, type OrchestratorEvent } from '../../machines/orchestrator.ts';
import { coverageOf, drive, exploreModel, type ModelStep } from './model.ts';

const assigned = (id: string): OrchestratorEvent => ({ type: 'task.assigned', id, priority: 5, now: 7 });
const cancelled = (id: string): OrchestratorEvent => ({ type: 'task.cancelled', id, reason: 'enough' });
const done = (id: string, attempt = 1): OrchestratorEvent => ({ type: 'work.done', id, attempt });
const failed = (id: string, attempt = 1): OrchestratorEvent => ({ type: 'work.failed', id, attempt });
const drain: OrchestratorEvent = { type: 'orchestrator.drain' };

const count = (emitted: readonly OrchestratorEmitted[], type: OrchestratorEmitted['type']): number =>
  emitted.filter((event) => event.type === type).length;

const COUNTERS = [
  ['done', 'task.complete'],
  ['failed', 'task.fail'],
  ['refused', 'task.refuse'],
  ['dropped', 'task.dropped'],
  ['late', 'work.late'],
] as const;

/** What must hold for every single event. */
function checkStep({ before, event, after, emitted }: ModelStep<typeof orchestratorMachine>): void {
  for (const [counter, type] of COUNTERS) {
    expect(after.context[counter] - before.context[counter]).toBe(count(emitted, type));
  }
  const ended = COUNTERS.slice(0, 4).reduce((sum, [, type]) => sum + count(emitted, type), 0);
  const offered = event.type === 'task.assigned' ? 1 : 0;
  expect(before.context.running.length + offered).toBe(ended + after.context.running.length);
  const { running, stopping, settings } = after.context;
  expect(running.length + stopping.length).toBeLessThanOrEqual(settings.open);
  expect(new Set([...running, ...stopping]).size).toBe(running.length + stopping.length);
}

describe('orchestrator: its graph', () => {
  const coverage = coverageOf(orchestratorMachine);
  const ids = ['a', 'b', 'c'];
  const events = [
    ...ids.flatMap((id) => [assigned(id), cancelled(id), done(id), failed(id)]),
    done('a', 2),
    failed('a', 2),
    drain,
  ];
  it.each([1, 2])('does in every state what the model says (%i open)', (open) => {
    const { paths, steps } = exploreModel({
      machine: orchestratorMachine,
      input: { open },
      events,
      coverage,
      check: checkStep,
      abstraction: ({ value, context: { running, stopping } }) => ({ value, running, stopping }),
    });
    expect(steps).toBe(paths * events.length);
  });
  it('is seen whole', () => {
    console.log(coverage.table());
    expect(coverage.missed()).toEqual([]);
  });
});

describe('orchestrator: its rules', () => {
  it('runs many at once, and refuses the one over its limit and the one it has', () => {
    const actor = drive(orchestratorMachine, { input: { open: 2 } });
    expect(actor.send(assigned('a'))).toEqual([{ type: 'work.start', id: 'a', attempt: 1 }]);
    expect(actor.send(assigned('b'))).toEqual([{ type: 'work.start', id: 'b', attempt: 1 }]);
    expect(actor.send(assigned('c'))).toEqual([{ type: 'task.refuse', id: 'c', reason: 'full' }]);
    expect(actor.send(assigned('a'))).toEqual([{ type: 'task.refuse', id: 'a', reason: 'duplicate' }]);
    expect(actor.send(failed('a'))).toEqual([{ type: 'task.fail', id: 'a', attempts: 1 }]);
    expect(actor.send(assigned('c'))).toEqual([{ type: 'work.start', id: 'c', attempt: 1 }]);
  });

  it('keeps the place of cancelled work until it has ended', () => {
    const actor = drive(orchestratorMachine, { input: { open: 1 } });
    actor.send(assigned('a'));
    expect(actor.send(cancelled('a'))).toEqual([
      { type: 'work.abort', id: 'a', reason: 'enough' },
      { type: 'task.dropped', id: 'a', reason: 'enough' },
    ]);
    expect(actor.send(cancelled('a'))).toEqual([]);
    expect(actor.send(assigned('b'))).toEqual([{ type: 'task.refuse', id: 'b', reason: 'full' }]);
    expect(actor.send(done('a'))).toEqual([{ type: 'work.late', id: 'a', attempt: 1 }]);
    expect(actor.send(assigned('b'))).toEqual([{ type: 'work.start', id: 'b', attempt: 1 }]);
  });

  it('takes the first of two results and counts the other', () => {
    const actor = drive(orchestratorMachine, { input: { open: 1 } });
    actor.send(assigned('a'));
    expect(actor.send(done('a', 2))).toEqual([{ type: 'work.late', id: 'a', attempt: 2 }]);
    expect(actor.send(done('a'))).toEqual([{ type: 'task.complete', id: 'a' }]);
    expect(actor.send(failed('a'))).toEqual([{ type: 'work.late', id: 'a', attempt: 1 }]);
    expect(actor.snapshot().context).toMatchObject({ done: 1, failed: 0, late: 2 });
  });

  it('drains: finishes what is open, aborted work included, and says so once', () => {
    const actor = drive(orchestratorMachine, { input: { open: 2 } });
    actor.send(assigned('a'));
    actor.send(assigned('b'));
    actor.send(cancelled('b'));
    expect(actor.send(drain)).toEqual([]);
    expect(actor.send(assigned('c'))).toEqual([{ type: 'task.refuse', id: 'c', reason: 'draining' }]);
    expect(actor.send(done('a'))).toEqual([{ type: 'task.complete', id: 'a' }]);
    expect(actor.send(failed('b'))).toEqual([{ type: 'orchestrator.drained' }]);
    expect(actor.send(drain)).toEqual([]);
    expect(actor.send(assigned('d'))).toEqual([{ type: 'task.refuse', id: 'd', reason: 'draining' }]);
  });
});

describe('orchestrator: any story', () => {
  it('never has more open than allowed and ends each assigned task exactly once', () => {
    const move = fc.record({
      kind: fc.constantFrom('assign', 'assign', 'done', 'failed', 'cancel', 'noise'),
      task: fc.nat(40),
    });
    fc.assert(
      fc.property(fc.array(move, { maxLength: 80 }), fc.integer({ min: 1, max: 4 }), (story, open) => {
        const actor = drive(orchestratorMachine, { input: { open } });
        const works: string[] = [];
        const ends = new Map<string, number>();
        let tasks = 0;
        const tell = (event: OrchestratorEvent): void => {
          for (const emitted of actor.send(event)) {
            if (emitted.type === 'work.start') works.push(emitted.id);
            else if (emitted.type.startsWith('task.') && 'id' in emitted) {
              ends.set(emitted.id, (ends.get(emitted.id) ?? 0) + 1);
            }
          }
          expect(works.length).toBeLessThanOrEqual(open);
        };
        const settle = (nth: number, result: (id: string) => OrchestratorEvent): void => {
          const [id] = works.splice(nth % Math.max(works.length, 1), 1);
          if (id !== undefined) tell(result(id));
        };
        for (const { kind, task } of story) {
          if (kind === 'assign') tell(assigned(`t${tasks++}`));
          else if (kind === 'done') settle(task, done);
          else if (kind === 'failed') settle(task, failed);
          else if (kind === 'cancel') tell(cancelled(`t${task}`));
          else tell(done(`t${task}`, 2));
        }
        tell(drain);
        while (works.length > 0) settle(0, done);
        expect(ends.size).toBe(tasks);
        expect([...ends.values()].every((times) => times === 1)).toBe(true);
        expect(actor.snapshot().value).toBe('drained');
      }),
      { numRuns: 200 },
    );
  });
});
