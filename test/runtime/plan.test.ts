// A plan: tasks in the order of their needs, one task an item, a bounded number at a time, refused as a whole when it
// is wrong, ended by its first failure.

import { describe, expect, test } from 'vitest';
import { z } from 'zod';
import { agent, defineTopology, director, limits, orchestrator, type Topology } from 'troupe';
import { failureOf, Gate, runtimeKit, untilAborted } from './runtime-kit.ts';

/** An orchestrator whose plan is `plan` and whose agents `a`, `b`, `c` run `run`. */
function planned(
  plan: (input: unknown) => unknown,
  run: (input: unknown, type: string, signal: AbortSignal) => unknown,
  result?: (results: Readonly<Record<string, unknown>>) => unknown,
): Topology<{ main: { input: unknown; output: unknown } }> {
  const worker = agent({ instances: 2, run: (task, ctx) => run(task.input, task.type, ctx.signal) });
  return defineTopology({
    name: 'planned',
    orchestrators: {
      main: orchestrator({
        plan: ((task: { readonly input: unknown }) => plan(task.input)) as never,
        ...(result === undefined ? {} : { result: result }),
        directors: { team: director({ agents: { a: worker, b: worker, c: worker } }) },
      }),
    },
  }) as never;
}

async function outcomeOf(topology: ReturnType<typeof planned>, input: unknown = null) {
  const { runtime, settle } = await runtimeKit(topology);
  const run = await runtime.submit({ type: 'main', input });
  await settle();
  const outcome = await run.result().then(
    (output: unknown) => ({ output, error: undefined }),
    (error: unknown) => ({ output: undefined, error }),
  );
  await runtime.stop();
  return outcome;
}

describe('the order of a plan', () => {
  test('a task starts when all that it needs is there, and not before', async () => {
    const gates = { a: new Gate<string>(), b: new Gate<string>(), c: new Gate<string>() };
    const started: string[] = [];
    const topology = planned(
      () => ({
        last: { type: 'c', needs: ['first', 'second'], input: (done: object) => ({ ...done }) },
        first: { type: 'a', input: 1 },
        second: { type: 'b', input: 2 },
      }),
      (_input, type) => {
        started.push(type);
        return gates[type as 'a'].promise;
      },
    );
    const { runtime, settle } = await runtimeKit(topology);
    const run = await runtime.submit({ type: 'main', input: null });
    await settle();
    expect(started).toEqual(['a', 'b']);
    gates.a.open('A');
    await settle();
    expect(started).toEqual(['a', 'b']);
    gates.b.open('B');
    await settle();
    expect(started).toEqual(['a', 'b', 'c']);
    gates.c.open('C');
    await settle();
    expect(await run.result()).toEqual({ first: 'A', second: 'B', last: 'C' });
    await runtime.stop();
  });

  test('`each` makes one task an item, with item and index, and keeps their order', async () => {
    const { output } = await outcomeOf(
      planned(
        () => ({
          list: { type: 'a', input: ['x', 'y', 'z'] },
          each: {
            type: 'b',
            needs: ['list'],
            each: ({ list }: { list: string[] }) => new Set(list),
            input: (_: unknown, item: string, index: number) => `${index}${item}`,
          },
        }),
        (input) => input,
        (results) => results['each'],
      ),
    );
    expect(output).toEqual(['0x', '1y', '2z']);
  });

  test('an input that is left out is the item itself', async () => {
    const { output } = await outcomeOf(
      planned(
        () => ({ each: { type: 'b', each: () => [3, 1, 2] } }),
        (input) => input,
      ),
    );
    expect(output).toEqual({ each: [3, 1, 2] });
  });

  test('an empty `each` gives an empty list', async () => {
    const { output } = await outcomeOf(
      planned(
        () => ({ each: { type: 'b', each: () => [] } }),
        () => 1,
      ),
    );
    expect(output).toEqual({ each: [] });
  });
});

describe('the window of a fan-out', () => {
  test('no more tasks are in flight than the limit says, and all get done', async () => {
    const count = limits.delegation.fanOutInFlight_count * 3;
    const topology = defineTopology({
      name: 'wide',
      orchestrators: {
        main: orchestrator({
          plan: () => ({ all: { type: 'work', each: () => Array.from({ length: count }, (_, index) => index) } }),
          directors: { team: director({ agents: { work: agent({ instances: 10, run: ({ input }) => input }) } }) },
        }),
      },
    });
    const { runtime, settle, events } = await runtimeKit(topology);
    const run = await runtime.submit({ type: 'wide', input: null });
    await settle();
    let open = 0;
    let most = 0;
    for (const happened of events) {
      if (happened.type !== 'run.event' || happened.event.address !== 'main/team') {
        if (happened.type === 'run.event' && happened.event.type === 'done' && happened.event.taskType === 'work')
          open -= 1;
      } else if (happened.event.type === 'queued') open += 1;
      most = Math.max(most, open);
    }
    expect(run.state).toBe('done');
    expect(most).toBe(limits.delegation.fanOutInFlight_count);
    await runtime.stop();
  });
});

describe('a plan that fails', () => {
  test('D14 the first failure cancels what runs and keeps the rest from starting', async () => {
    const started: string[] = [];
    const aborted: string[] = [];
    const topology = planned(
      () => ({ bad: { type: 'a' }, slow: { type: 'b' }, after: { type: 'c', needs: ['slow'] } }),
      async (_input, type, signal) => {
        started.push(type);
        if (type === 'a') throw new Error('broken');
        signal.addEventListener('abort', () => aborted.push(type));
        return untilAborted(signal);
      },
    );
    const { error } = await outcomeOf(topology);
    expect(error).toMatchObject({
      code: 'TASK_FAILED',
      details: { at: expect.stringMatching(/^main\/team\/a:[01]$/) as unknown, type: 'a', hop: 2 },
      cause: { message: 'broken' },
    });
    expect(started).toEqual(['a', 'b']);
    expect(aborted).toEqual(['b']);
  });

  test('one that is wrong starts nothing and lists every problem', async () => {
    const started: unknown[] = [];
    const { error } = await outcomeOf(
      planned(
        () => ({
          one: { type: 'aa' },
          two: { type: 'b', needs: ['on', 'two'] },
          three: { type: 'c', each: 5, colour: 'red' },
        }),
        (input) => started.push(input),
      ),
    );
    expect(error).toMatchObject({ code: 'PLAN_INVALID' });
    const { issues } = (error as { details: { issues: readonly { path: string }[] } }).details;
    expect(issues.map(({ path }) => path).toSorted()).toEqual([
      'one.type',
      'three.colour',
      'three.each',
      'two.needs',
      'two.needs',
    ]);
    expect(started).toEqual([]);
  });

  test.each([
    ['null', null],
    ['a list', []],
    ['a promise', Promise.resolve({})],
    ['a cycle of needs', { x: { type: 'a', needs: ['y'] }, y: { type: 'b', needs: ['x'] } }],
    ['no nodes at all', {}],
  ])('%s is no plan', async (_what, plan) => {
    const { error } = await outcomeOf(
      planned(
        () => plan,
        () => 1,
      ),
    );
    expect(error).toMatchObject({ code: 'PLAN_INVALID' });
  });

  test.each([
    [
      'plan',
      planned(
        () => {
          throw new Error('no idea');
        },
        () => 1,
      ),
    ],
    [
      'each',
      planned(
        () => ({
          x: {
            type: 'a',
            each: () => {
              throw new Error('no idea');
            },
          },
        }),
        () => 1,
      ),
    ],
    [
      'input',
      planned(
        () => ({
          x: {
            type: 'a',
            input: () => {
              throw new Error('no idea');
            },
          },
        }),
        () => 1,
      ),
    ],
    [
      'result',
      planned(
        () => ({ x: { type: 'a' } }),
        () => 1,
        () => {
          throw new Error('no idea');
        },
      ),
    ],
  ])('a `%s` that throws fails the task at the orchestrator', async (_which, topology) => {
    const { error } = await outcomeOf(topology);
    expect(error).toMatchObject({
      code: 'TASK_FAILED',
      details: { at: 'main', hop: 0 },
      cause: { message: 'no idea' },
    });
  });

  test('an `each` that gives no list is named', async () => {
    const { error } = await outcomeOf(
      planned(
        () => ({ x: { type: 'a', each: () => 7 } }),
        () => 1,
      ),
    );
    expect(error).toMatchObject({
      code: 'TASK_FAILED',
      cause: { code: 'INVALID_OPTION', message: expect.stringContaining("node 'x'") as unknown },
    });
  });

  test('an endless `each` ends at its limit', async () => {
    let taken = 0;
    const endless = function* (): Generator<number, void, undefined> {
      for (;;) yield taken++;
    };
    const { error } = await outcomeOf(
      planned(
        () => ({ x: { type: 'a', each: endless } }),
        () => 1,
      ),
    );
    expect(error).toMatchObject({
      code: 'TASK_FAILED',
      cause: { message: expect.stringContaining(`${limits.task.planItems_count}`) as unknown },
    });
    expect(taken).toBe(limits.task.planItems_count + 1);
  });
});

describe('the builder of plans', () => {
  test('gives the same as a literal', async () => {
    const topology = defineTopology({
      name: 'built',
      orchestrators: {
        main: orchestrator({
          plan: (task, nodes) =>
            nodes
              .add('numbers', { type: 'list', input: 4 })
              .add('squares', {
                type: 'square',
                needs: ['numbers'],
                each: ({ numbers }) => numbers,
                input: (_, number) => number,
              })
              .add('sum', { type: 'add', needs: ['squares'], input: ({ squares }) => squares }),
          result: ({ sum }) => sum,
          directors: {
            team: director({
              agents: {
                list: agent({
                  accepts: 'list',
                  input: z.number(),
                  output: z.array(z.number()),
                  run: ({ input }) => Array.from({ length: input }, (_, index) => index),
                }),
                square: agent({
                  accepts: 'square',
                  input: z.number(),
                  output: z.number(),
                  instances: 2,
                  run: ({ input }) => input * input,
                }),
                add: agent({
                  accepts: 'add',
                  input: z.array(z.number()),
                  output: z.number(),
                  run: ({ input }) => input.reduce((a, b) => a + b, 0),
                }),
              },
            }),
          },
        }),
      },
    });
    const { runtime, settle } = await runtimeKit(topology);
    const run = await runtime.submit({ type: 'built', input: null });
    await settle();
    expect(await run.result()).toBe(14);
    await runtime.stop();
  });

  test('refuses a name that is taken', async () => {
    const { runtime, settle } = await runtimeKit(
      defineTopology({
        name: 'twice',
        orchestrators: {
          main: orchestrator({
            plan: (_task, nodes) => nodes.add('x', { type: 'work', input: 1 }).add('x', { type: 'work', input: 2 }),
            directors: { team: director({ agents: { work: agent({ run: () => 1 }) } }) },
          }),
        },
      }),
    );
    const run = await runtime.submit({ type: 'twice', input: null });
    await settle();
    expect(await failureOf(run.result())).toMatchObject({ code: 'TASK_FAILED', cause: { code: 'INVALID_OPTION' } });
    await runtime.stop();
  });
});
