// Who gets a task: by the type it accepts, by a route, by load, by priority, by address. Nobody: a typed error.

import { describe, expect, test } from 'vitest';
import { assign, fromTransition, setup } from 'xstate';
import {
  agent,
  complete,
  defineTopology,
  delegate,
  director,
  effect,
  fail,
  limits,
  orchestrator,
  reply,
  type TaskSpec,
  type Topology,
} from 'troupe';
import type { TaskContext } from '../../src/work/context.ts';
import { failureOf, Gate, runtimeKit, solo } from './runtime-kit.ts';

type Loose<Type extends string> = Topology<{ [T in Type]: { input: unknown; output: unknown } }>;
const here = agent({ run: (_task, ctx) => ctx.self });

describe('by type', () => {
  test('a task goes through the default orchestrator and director to the agent that accepts it', async () => {
    const { runtime, settle, events } = await runtimeKit(
      defineTopology({
        name: 'two',
        orchestrators: {
          main: orchestrator({
            directors: { left: director({ agents: { a: here } }), right: director({ agents: { b: here } }) },
          }),
        },
      }),
    );
    const runs = [await runtime.submit({ type: 'a', input: null }), await runtime.submit({ type: 'b', input: null })];
    await settle();
    expect(await Promise.all(runs.map((run) => run.result()))).toEqual(['main/left/a', 'main/right/b']);
    const way = events.flatMap((happened) =>
      happened.type === 'run.event' && happened.event.run === runs[1]?.id
        ? [`${happened.event.address} ${happened.event.type}`]
        : [],
    );
    expect(way).toEqual([
      'main queued',
      'main dispatched',
      'main/right queued',
      'main/right dispatched',
      'main/right/b queued',
      'main/right/b started',
      'main/right/b done',
    ]);
    await runtime.stop();
  });

  test('a type that nobody takes is refused at the door with the types that somebody takes', async () => {
    const { runtime } = await runtimeKit(solo(here));
    expect(await failureOf(runtime.submit({ type: 'wrok' as 'work', input: null }))).toMatchObject({
      code: 'NO_AGENT',
      details: { type: 'wrok', known: ['work'] },
    });
    expect(await failureOf(runtime.submit(null as never))).toMatchObject({ code: 'INVALID_OPTION' });
    expect(await failureOf(runtime.submit({ type: 5 } as never))).toMatchObject({ code: 'INVALID_OPTION' });
    expect(runtime.runs()).toEqual([]);
    await runtime.stop();
  });
});

describe('by route', () => {
  const routed = (route: (task: { readonly input: unknown }) => string): Loose<'work'> =>
    defineTopology({
      name: 'routed',
      orchestrators: {
        main: orchestrator({
          directors: {
            team: director({
              route: route as never,
              agents: {
                small: agent({ accepts: 'work', run: (_task, ctx) => ctx.self }),
                large: agent({ accepts: 'work', run: (_task, ctx) => ctx.self }),
              },
            }),
          },
        }),
      },
    }) as never;

  test('the route names the agent', async () => {
    const { runtime, settle } = await runtimeKit(routed(({ input }) => (Number(input) > 10 ? 'large' : 'small')));
    const runs = [await runtime.submit({ type: 'work', input: 5 }), await runtime.submit({ type: 'work', input: 50 })];
    await settle();
    expect(await Promise.all(runs.map((run) => run.result()))).toEqual(['main/team/small', 'main/team/large']);
    await runtime.stop();
  });

  test.each([
    ['names nobody', () => 'medium', { code: 'INVALID_OPTION' }],
    [
      'throws',
      () => {
        throw new Error('lost');
      },
      { message: 'lost' },
    ],
  ])('a route that %s fails the task at the director', async (_what, route, cause) => {
    const { runtime, settle } = await runtimeKit(routed(route));
    const run = await runtime.submit({ type: 'work', input: 1 });
    await settle();
    expect(await failureOf(run.result())).toMatchObject({
      code: 'TASK_FAILED',
      details: { at: 'main/team', hop: 1 },
      cause,
    });
    await runtime.stop();
  });
});

describe('by load', () => {
  test('the least busy instance of a pool gets the next task, and as many run as there are', async () => {
    const gates: Gate[] = [];
    const at: string[] = [];
    const { runtime, settle } = await runtimeKit(
      solo(
        agent({
          instances: 3,
          run: async (_task, ctx) => {
            at.push(ctx.self);
            const gate = new Gate();
            gates.push(gate);
            await gate.promise;
          },
        }),
      ),
    );
    for (let count = 0; count < 5; count++) await runtime.submit({ type: 'work', input: count });
    await settle();
    expect(at.toSorted()).toEqual(['main/team/work:0', 'main/team/work:1', 'main/team/work:2']);
    const freed = at[1];
    gates[1]?.open();
    await settle();
    expect(at).toHaveLength(4);
    expect(at[3]).toBe(freed);
    for (let index = 0; index < 5; index++) {
      gates[index]?.open();
      await settle();
    }
    expect(runtime.runs({ status: 'done' })).toHaveLength(5);
    await runtime.stop();
  });

  test('the more urgent task goes first, then the older', async () => {
    const order: unknown[] = [];
    const gate = new Gate();
    const { runtime, settle } = await runtimeKit(
      solo(
        agent({
          run: async ({ input }) => {
            order.push(input);
            if (input === 'first') await gate.promise;
          },
        }),
      ),
    );
    await runtime.submit({ type: 'work', input: 'first' });
    await settle();
    await runtime.submit({ type: 'work', input: 'low' }, { priority: 8 });
    await runtime.submit({ type: 'work', input: 'normal' });
    await runtime.submit({ type: 'work', input: 'normal too' });
    await runtime.submit({ type: 'work', input: 'critical' }, { priority: 0 });
    await settle();
    gate.open();
    await settle();
    expect(order).toEqual(['first', 'critical', 'normal', 'normal too', 'low']);
    await runtime.stop();
  });

  test('a task over the bounds of the queues is refused with the time to try again', async () => {
    const { runtime, settle } = await runtimeKit(
      solo(
        agent({
          run: (_task, ctx) =>
            new Promise((resolve) => {
              ctx.signal.addEventListener('abort', resolve);
            }),
        }),
      ),
    );
    // One runs, the director takes as many as it may have open, the orchestrator keeps as many again.
    const room = limits.topology.directorQueue_tasks * 2;
    for (let count = 0; count < room; count++) {
      await runtime.submit({ type: 'work', input: count });
      if (count % 100 === 0) await settle();
    }
    await settle();
    const over = await runtime.submit({ type: 'work', input: 'over' });
    await settle();
    expect(await failureOf(over.result())).toMatchObject({
      code: 'QUEUE_FULL',
      retryable: true,
      details: { address: 'main', retryAfterMs: limits.mailbox.retryAfter_ms },
    });
    expect(runtime.runs({ status: 'failed' })).toHaveLength(1);
    const stopped = runtime.stop();
    await settle();
    await stopped;
  });

  test('more open runs than the limit are refused', async () => {
    const { runtime, settle } = await runtimeKit(
      defineTopology({
        name: 'few',
        limits: { openRuns: 2 },
        orchestrators: {
          main: orchestrator({ directors: { team: director({ agents: { work: agent({ run: () => 1 }) } }) } }),
        },
      }),
    );
    await runtime.submit({ type: 'work', input: 1 });
    await runtime.submit({ type: 'work', input: 2 });
    expect(await failureOf(runtime.submit({ type: 'work', input: 3 }))).toMatchObject({
      code: 'QUEUE_FULL',
      details: { capacity: 2 },
    });
    await settle();
    await runtime.submit({ type: 'work', input: 4 });
    await settle();
    expect(runtime.runs({ status: 'done' })).toHaveLength(3);
    await runtime.stop();
  });
});

describe('between agents', () => {
  const pair = (to: string, accepts: string | readonly string[] = 'help'): Loose<'ask'> =>
    defineTopology({
      name: 'pair',
      orchestrators: {
        main: orchestrator({
          directors: {
            team: director({
              agents: {
                ask: agent({
                  run: ((task: { input: unknown }, ctx: TaskContext) => ctx.delegate(to, task.input)) as never,
                }),
                helper: agent({ accepts, instances: 2, run: ({ input, type }, ctx) => [ctx.self, type, input] }),
              },
            }),
          },
        }),
      },
    }) as never;

  test.each(['help', '../helper', 'main/team/helper'])('an agent delegates to its sibling as `%s`', async (to) => {
    const { runtime, settle } = await runtimeKit(pair(to));
    const run = await runtime.submit({ type: 'ask', input: 7 });
    await settle();
    expect(await run.result()).toEqual([expect.stringMatching(/^main\/team\/helper:[01]$/), 'help', 7]);
    await runtime.stop();
  });

  test.each(['nobody', '../nobody', 'main', 'main/team'])('`%s` is nobody to delegate to', async (to) => {
    const { runtime, settle } = await runtimeKit(pair(to));
    const run = await runtime.submit({ type: 'ask', input: 7 });
    await settle();
    const error = await failureOf(run.result());
    expect(['NO_AGENT', 'DELEGATION_CYCLE']).toContain(error.code);
    await runtime.stop();
  });

  test('an address names no type, so one that takes several is refused', async () => {
    const { runtime, settle } = await runtimeKit(pair('../helper', ['help', 'more']));
    const run = await runtime.submit({ type: 'ask', input: 7 });
    await settle();
    expect(await failureOf(run.result())).toMatchObject({ code: 'NO_AGENT' });
    await runtime.stop();
  });
});

describe("a user's own machine", () => {
  type Assigned = { readonly type: 'task.assigned'; readonly id: string; readonly task: Required<TaskSpec> };
  type Told =
    | { readonly type: 'delegation.done'; readonly id: string; readonly output: unknown }
    | { readonly type: 'delegation.failed'; readonly id: string; readonly error: unknown };

  test('is an agent that completes, fails or replies', async () => {
    const machine = setup({ types: { events: {} as Assigned } }).createMachine({
      on: {
        'task.assigned': [
          {
            guard: ({ event }) => event.task.input === 'fail',
            actions: fail(({ event }) => event.id, new Error('it would not')),
          },
          {
            guard: ({ event }) => event.task.input === 'reply',
            actions: reply(({ event }) => ({ type: 'task.done', output: event.id }) as { type: string }),
          },
          {
            actions: complete(
              ({ event }) => event.id,
              ({ event }: { event: Assigned }) => event.task,
            ),
          },
        ],
      },
    });
    const { runtime, settle } = await runtimeKit(solo(agent({ machine })));
    const runs = await Promise.all(['x', 'fail', 'reply'].map((input) => runtime.submit({ type: 'work', input })));
    await settle();
    expect(await runs[0]?.result()).toMatchObject({ type: 'work', input: 'x' });
    expect(await failureOf(runs[1]?.result() ?? Promise.resolve())).toMatchObject({
      code: 'TASK_FAILED',
      details: { at: 'main/team/work', hop: 2 },
      cause: { message: 'it would not' },
    });
    expect(await runs[2]?.result()).toBe(runs[2]?.id);
    await runtime.stop();
  });

  test.each(['director', 'orchestrator'] as const)('is a %s that delegates and answers', async (kind) => {
    const below = kind === 'director' ? 'main/team/work' : 'main/team';
    const machine = setup({
      types: { context: {} as { readonly open: Readonly<Record<string, string>> }, events: {} as Assigned | Told },
    }).createMachine({
      context: { open: {} },
      on: {
        'task.assigned': {
          actions: [
            assign({ open: ({ context, event }) => ({ ...context.open, [`sub-${event.id}`]: event.id }) }),
            delegate(
              below,
              ({ event }) => ({ id: `sub-${event.id}`, type: 'work', input: event.task.input }),
              ({ event }) => ({ for: event.id }),
            ),
          ],
        },
        'delegation.done': {
          actions: complete(
            ({ context, event }) => context.open[event.id] ?? '',
            ({ event }: { event: Told }) => ['machine', 'output' in event ? event.output : undefined],
          ),
        },
        'delegation.failed': {
          actions: fail(
            ({ context, event }) => context.open[event.id] ?? '',
            ({ event }: { event: Told }) => ('error' in event ? event.error : undefined),
          ),
        },
      },
    });
    const work = agent({
      run: ({ input }) => {
        if (input === 'bad') throw new Error('bad work');
        return input;
      },
    });
    const topology = (kind === 'director'
      ? defineTopology({
          name: 'own',
          orchestrators: {
            main: orchestrator({ accepts: 'work', directors: { team: director({ machine, agents: { work } }) } }),
          },
        })
      : defineTopology({
          name: 'own',
          orchestrators: {
            main: orchestrator({ machine, accepts: 'work', directors: { team: director({ agents: { work } }) } }),
          },
        })) as unknown as Loose<'work'>;
    const { runtime, settle } = await runtimeKit(topology);
    const runs = await Promise.all(['x', 'y', 'bad'].map((input) => runtime.submit({ type: 'work', input })));
    await settle();
    expect(await runs[0]?.result()).toEqual(['machine', 'x']);
    expect(await runs[1]?.result()).toEqual(['machine', 'y']);
    expect(await failureOf(runs[2]?.result() ?? Promise.resolve())).toMatchObject({
      code: 'TASK_FAILED',
      details: { at: 'main/team/work', hop: 2 },
      cause: { message: 'bad work' },
    });
    await runtime.stop();
  });

  test('may be any other logic', async () => {
    const logic = fromTransition((count: number, event: Assigned, { emit }) => {
      emit(effect.complete(event.id, count));
      return count + 1;
    }, 10);
    const { runtime, settle } = await runtimeKit(solo(agent({ machine: logic })));
    const runs = [await runtime.submit({ type: 'work', input: 1 }), await runtime.submit({ type: 'work', input: 1 })];
    await settle();
    expect(await Promise.all(runs.map((run) => run.result()))).toEqual([10, 11]);
    await runtime.stop();
  });
});
