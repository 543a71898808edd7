// A run as its caller sees it: status, events from the beginning and as they come, result; and the book of runs.

import { describe, expect, test } from 'vitest';
import { agent, defineTopology, director, limits, orchestrator, type RunEvent, type Topology } from 'troupe';
import { failureOf, Gate, runtimeKit, solo } from './runtime-kit.ts';

describe('status', () => {
  test('counts the tasks of the run by what became of them', async () => {
    const gates = new Map<unknown, Gate>();
    const topology = defineTopology({
      name: 'counted',
      orchestrators: {
        main: orchestrator({
          run: (_task, ctx) => ctx.fanOut('work', [0, 1, 2, 3], { onError: 'collect' }),
          directors: {
            team: director({
              agents: {
                work: agent({
                  instances: 2,
                  run: ({ input }) => {
                    const gate = new Gate();
                    gates.set(input, gate);
                    return gate.promise;
                  },
                }),
              },
            }),
          },
        }),
      },
    }) as unknown as Topology<{ counted: { input: unknown; output: unknown } }>;
    const { runtime, settle, advance } = await runtimeKit(topology);
    const run = await runtime.submit({ type: 'counted', input: null });
    expect(run.status()).toMatchObject({
      state: 'accepted',
      tasks: { waiting: 0, running: 0, done: 0, failed: 0 },
      elapsedMs: 0,
    });
    await settle();
    expect(run.status()).toMatchObject({ state: 'running', tasks: { waiting: 2, running: 3, done: 0, failed: 0 } });
    gates.get(0)?.open();
    gates.get(1)?.refuse(new Error('one'));
    await advance(50);
    expect(run.status()).toMatchObject({ tasks: { waiting: 0, running: 3, done: 1, failed: 1 }, elapsedMs: 50 });
    gates.get(2)?.open();
    gates.get(3)?.open();
    await advance(1);
    await advance(100);
    expect(run.status()).toMatchObject({
      id: run.id,
      type: 'counted',
      state: 'done',
      tasks: { waiting: 0, running: 0, done: 4, failed: 1 },
      elapsedMs: 50,
    });
    await runtime.stop();
  });
});

describe('events', () => {
  async function collect(run: { events(): AsyncIterable<RunEvent> }, into: RunEvent[]): Promise<void> {
    for await (const event of run.events()) into.push(event);
  }

  test('come from the beginning, then live, to every follower alike, and end with the run', async () => {
    const gate = new Gate();
    const { runtime, settle } = await runtimeKit(
      solo(
        agent({
          run: async (_task, ctx) => {
            ctx.stream('early');
            await gate.promise;
            ctx.stream('late');
          },
        }),
      ),
    );
    const run = await runtime.submit({ type: 'work', input: null });
    await settle();
    const first: RunEvent[] = [];
    const second: RunEvent[] = [];
    const followers = [collect(run, first), collect(run, second)];
    await settle();
    expect(first.at(-1)).toMatchObject({ type: 'stream', part: 'early' });
    gate.open();
    await settle();
    await Promise.all(followers);
    const after: RunEvent[] = [];
    await collect(run, after);
    expect(first.map(({ type }) => type)).toEqual([
      'queued',
      'dispatched',
      'queued',
      'dispatched',
      'queued',
      'started',
      'stream',
      'stream',
      'done',
      'ended',
    ]);
    expect(second).toEqual(first);
    expect(after).toEqual(first);
    await runtime.stop();
  });

  test('who reads slowly, or comes late, is told how many are missing', async () => {
    const gate = new Gate();
    const many = limits.run.eventsKept_count * 2;
    const { runtime, settle } = await runtimeKit(
      solo(
        agent({
          run: async (_task, ctx) => {
            await gate.promise;
            for (let index = 0; index < many; index++) ctx.stream(index);
          },
        }),
      ),
    );
    const run = await runtime.submit({ type: 'work', input: null });
    await settle();
    const slow = run.events();
    expect((await slow.next()).value).toMatchObject({ type: 'queued' });
    gate.open();
    await settle();
    for (const reader of [slow, run.events()]) {
      const rest: RunEvent[] = [];
      for await (const event of reader) rest.push(event);
      expect(rest).toHaveLength(limits.run.eventsKept_count + 1);
      const [gap] = rest;
      expect(gap?.type).toBe('gap');
      const missed = gap?.type === 'gap' ? gap.missed : 0;
      const seen = rest.length - 1 + (reader === slow ? 1 : 0);
      expect(seen + missed).toBe(6 + many + 2);
      expect(rest.at(-1)).toMatchObject({ type: 'ended', state: 'done' });
    }
    await runtime.stop();
  });

  test('a reader that leaves early is let go; too many readers are refused', async () => {
    const { runtime, settle } = await runtimeKit(solo(agent({ run: () => new Promise(() => {}) })));
    const run = await runtime.submit({ type: 'work', input: null });
    await settle();
    for (let index = 0; index < limits.run.subscribers_count * 2; index++) {
      const reader = run.events();
      await reader.next();
      await reader.return();
    }
    const readers = Array.from({ length: limits.run.subscribers_count }, () => run.events());
    await Promise.all(readers.map((reader) => reader.next()));
    expect(await failureOf(run.events().next())).toMatchObject({ code: 'QUEUE_FULL' });
    void runtime.stop();
  });
});

describe('result', () => {
  test('of a run that failed raises no unhandled rejection when nobody asks', async () => {
    const unhandled: unknown[] = [];
    const hear = (reason: unknown): void => {
      unhandled.push(reason);
    };
    process.on('unhandledRejection', hear);
    const { runtime, settle } = await runtimeKit(
      solo(
        agent({
          run: () => {
            throw new Error('unheard');
          },
        }),
      ),
    );
    const run = await runtime.submit({ type: 'work', input: null });
    await settle();
    await new Promise((resolve) => {
      setImmediate(resolve);
    });
    process.off('unhandledRejection', hear);
    expect(run.state).toBe('failed');
    expect(unhandled).toEqual([]);
    expect(await failureOf(run.result())).toMatchObject({ code: 'TASK_FAILED' });
    expect(await failureOf(run.result())).toMatchObject({ code: 'TASK_FAILED' });
    await runtime.stop();
  });
});

describe('the book of runs', () => {
  test('finds open runs and those that are over, and filters by status and type', async () => {
    const { runtime, settle } = await runtimeKit(
      defineTopology({
        name: 'two',
        orchestrators: {
          main: orchestrator({
            directors: {
              team: director({
                agents: {
                  good: agent({ run: () => 1 }),
                  bad: agent({
                    run: () => {
                      throw new Error('bad');
                    },
                  }),
                  slow: agent({ run: () => new Promise(() => {}) }),
                },
              }),
            },
          }),
        },
      }),
    );
    const good = await runtime.submit({ type: 'good', input: null });
    const bad = await runtime.submit({ type: 'bad', input: null });
    const slow = await runtime.submit({ type: 'slow', input: null });
    await settle();
    expect(runtime.find(good.id)).toBe(good);
    expect(runtime.find(slow.id)).toBe(slow);
    expect(runtime.find('run-nobody')).toBeUndefined();
    expect(runtime.runs()).toEqual([good, bad, slow]);
    expect(runtime.runs({ status: 'failed' })).toEqual([bad]);
    expect(runtime.runs({ type: 'slow' })).toEqual([slow]);
    expect(runtime.runs({ status: 'done', type: 'slow' })).toEqual([]);
    void runtime.stop();
  });

  test('keeps the newest of those that are over, and no more', async () => {
    const { RunBook } = await import('../../src/work/run-book.ts');
    const { Run } = await import('../../src/work/run.ts');
    const { VirtualClock } = await import('../../src/base/virtual-clock.ts');
    const clock = new VirtualClock();
    const forgotten: string[] = [];
    const onForgotten = (runs: readonly { readonly id: string }[]): void => {
      forgotten.push(...runs.map(({ id }) => id));
    };
    const book = new RunBook({ clock, openLimit: 5, keptMs: 1_000, onForgotten });
    for (let index = 0; index < limits.run.finishedKept_count + 10; index++) {
      const run = new Run({ id: `run-${index}`, type: 'x', clock, cancel: () => {} });
      book.add(run);
      book.close(run);
    }
    expect(book.list()).toHaveLength(limits.run.finishedKept_count);
    expect(book.find('run-9')).toBeUndefined();
    expect(book.find('run-10')).toBeDefined();
    expect(forgotten).toEqual(Array.from({ length: 10 }, (_, index) => `run-${index}`));
    await clock.advance(1_001);
    expect(book.find('run-10')).toBeUndefined();
    expect(book.list()).toEqual([]);
    expect(forgotten).toHaveLength(limits.run.finishedKept_count + 10);
  });
});
