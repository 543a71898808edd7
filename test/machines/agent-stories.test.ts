// The agent under random stories, and its retry delays.
import * as fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { agentMachine, type AgentEvent, type AgentInput, retryDelayMs } from '../../machines/agent.ts';
import { drive } from './model.ts';

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

describe('agent: retry delays', () => {
  it('grow 1, 2, 4, 8, 10, 10 s', () => {
    expect([1, 2, 3, 4, 5, 6].map((attempt) => retryDelayMs(BACKOFF, attempt, 0.9))).toEqual([
      1_000, 2_000, 4_000, 8_000, 10_000, 10_000,
    ]);
  });

  it('stay within [d, d x (1 + jitter)], whatever the attempt', () => {
    fc.assert(
      fc.property(
        fc.record({
          initialMs: fc.nat(60_000),
          factor: fc.integer({ min: 1, max: 10 }),
          maxMs: fc.nat(600_000),
          jitter: fc.double({ min: 0, max: 1, noNaN: true }),
        }),
        fc.integer({ min: 1, max: 10_000 }),
        fc.double({ min: 0, max: 1, maxExcluded: true, noNaN: true }),
        (backoff, attempt, random) => {
          const d = retryDelayMs({ ...backoff, jitter: 0 }, attempt, random);
          const delayMs = retryDelayMs(backoff, attempt, random);
          expect(d).toBeLessThanOrEqual(backoff.maxMs);
          expect(delayMs).toBeGreaterThanOrEqual(d);
          expect(delayMs).toBeLessThanOrEqual(d * (1 + backoff.jitter));
        },
      ),
    );
  });
});

describe('agent: any story', () => {
  /** A step of a story; ids and attempts of results are those of the work that really runs, or made up. */
  const step = fc.oneof(
    { weight: 5, arbitrary: fc.record({ do: fc.constant('assign' as const), priority: fc.nat(10) }) },
    {
      weight: 5,
      arbitrary: fc.record({ do: fc.constant('settle' as const), well: fc.boolean(), again: fc.boolean() }),
    },
    { weight: 2, arbitrary: fc.record({ do: fc.constant('cancel' as const), task: fc.nat(30) }) },
    { weight: 2, arbitrary: fc.record({ do: fc.constant('noise' as const), task: fc.nat(30), well: fc.boolean() }) },
    { weight: 3, arbitrary: fc.constant({ do: 'due' as const }) },
    { weight: 1, arbitrary: fc.constant({ do: 'repeat' as const }) },
  );

  it('runs one task at a time and ends each assigned task exactly once', () => {
    fc.assert(
      fc.property(
        fc.array(step, { maxLength: 60 }),
        fc.nat(2),
        fc.nat(4),
        fc.boolean(),
        (story, limit, queue, drains) => {
          const agent = drive(agentMachine, { input: settings(limit, queue) });
          const ends = new Map<string, number>();
          let running: { id: string; attempt: number } | undefined;
          let armed: string | undefined;
          let tasks = 0;
          let late = 0;
          const tell = (event: AgentEvent): void => {
            for (const emitted of agent.send(event)) {
              if (emitted.type === 'work.start') {
                expect(running, 'a second task at once').toBeUndefined();
                expect(armed).toBeUndefined();
                running = emitted;
              } else if (emitted.type === 'retry.arm') armed = emitted.id;
              else if (emitted.type === 'retry.disarm') armed = undefined;
              else if (emitted.type === 'work.late') late += 1;
              else if ('id' in emitted && emitted.type !== 'work.abort') {
                ends.set(emitted.id, (ends.get(emitted.id) ?? 0) + 1);
              }
            }
          };
          const settle = (well: boolean, again: boolean): void => {
            if (running === undefined) return;
            const { id, attempt } = running;
            running = undefined;
            tell(well ? done(id, attempt) : failed(id, attempt, again, 0.5));
          };
          const fire = (): void => {
            if (armed === undefined) return;
            const id = armed;
            armed = undefined;
            tell(due(id));
          };
          for (const move of story) {
            if (move.do === 'assign') tell(assigned(`t${tasks++}`, move.priority));
            else if (move.do === 'settle') settle(move.well, move.again);
            else if (move.do === 'cancel') tell(cancelled(`t${move.task}`));
            else if (move.do === 'due') fire();
            else if (move.do === 'noise') tell(move.well ? done(`t${move.task}`, 9) : failed(`t${move.task}`, 9));
            else if (running !== undefined) {
              const before = late;
              const { id, attempt } = running;
              settle(true, false);
              tell(failed(id, attempt));
              expect(late).toBeGreaterThan(before);
            }
          }
          if (drains) tell(drain);
          for (let left = 0; left < 100; left += 1) {
            fire();
            settle(true, false);
          }
          expect(ends.size).toBe(tasks);
          expect(
            [...ends.values()].every((times) => times === 1),
            JSON.stringify([...ends]),
          ).toBe(true);
          const { context, value } = agent.snapshot();
          expect(context.done + context.failed + context.refused + context.dropped).toBe(tasks);
          expect(context.late).toBe(late);
          expect(value).toBe(drains ? 'drained' : 'idle');
        },
      ),
      { numRuns: 300 },
    );
  });
});
