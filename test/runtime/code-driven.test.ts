// Orchestrators and directors driven by code: what `ctx` can do, and what an attempt leaves to the next one.

import { pino } from 'pino';
import { describe, expect, expectTypeOf, test } from 'vitest';
import { z } from 'zod';
import { agent, defineTopology, director, orchestrator, type Topology } from 'troupe';
import type { TaskContext } from '../../src/work/context.ts';
import { failureOf, Gate, runtimeKit, solo, untilAborted } from './runtime-kit.ts';

type Loose = Topology<{ main: { input: unknown; output: unknown } }>;
type Code = (
  task: { readonly id: string; readonly type: string; readonly input: unknown },
  ctx: TaskContext,
) => unknown;

/** An orchestrator driven by code over agents `double` and `refuse`. */
function coded(run: Code, double: Code = ({ input }) => Number(input) * 2): Loose {
  return defineTopology({
    name: 'coded',
    orchestrators: {
      main: orchestrator({
        run: run as never,
        directors: {
          team: director({
            agents: {
              double: agent({ instances: 2, run: double as never }),
              refuse: agent({
                run: () => {
                  throw new Error('no');
                },
              }),
            },
          }),
        },
      }),
    },
  }) as never;
}

async function resultOf(topology: Loose, input: unknown = null): Promise<unknown> {
  const { runtime, settle } = await runtimeKit(topology);
  const run = await runtime.submit({ type: 'main', input });
  await settle();
  try {
    return await run.result();
  } finally {
    await runtime.stop();
  }
}

describe('an orchestrator driven by code', () => {
  test('delegates one after the other, all at once, and as a fan-out', async () => {
    const result = await resultOf(
      coded(async (_task, ctx) => {
        const one = await ctx.delegate('double', 1);
        const both = await Promise.all([
          ctx.delegate('double', 2),
          ctx.delegate('double', { input: 3, priority: 0, timeout: '1s' }),
        ]);
        const many = await ctx.fanOut('double', [4, 5, 6], { inFlight: 2 });
        return [one, both, many];
      }),
    );
    expect(result).toEqual([2, [4, 6], [8, 10, 12]]);
  });

  test('D14 a fan-out that collects gives every outcome in order', async () => {
    const result = await resultOf(
      coded(async (_task, ctx) => {
        const outcomes = await ctx.fanOut('refuse', [1, 2], { onError: 'collect' });
        return (outcomes as PromiseSettledResult<unknown>[]).map(({ status }) => status);
      }),
    );
    expect(result).toEqual(['rejected', 'rejected']);
  });

  test('D14 of a hundred, the first error cancels the rest', async () => {
    const started: number[] = [];
    const inputs = Array.from({ length: 100 }, (_, index) => index);
    const topology = coded(
      (_task, ctx) => ctx.fanOut('double', inputs, { inFlight: 10 }),
      (task, ctx) => {
        started.push(Number(task.input));
        if (task.input === 5) throw new Error('five');
        return Number(task.input) < 5 ? 1 : untilAborted(ctx.signal);
      },
    );
    expect(await failureOf(resultOf(topology))).toMatchObject({ code: 'TASK_FAILED', cause: { message: 'five' } });
    expect(Math.max(...started)).toBeLessThan(16); // ten at a time, and five were done
  });

  test('a fan-out is typed by the type of its tasks', async () => {
    const topology = defineTopology({
      name: 'typed',
      orchestrators: {
        main: orchestrator({
          input: z.array(z.number()),
          run: async ({ input }, ctx) => {
            const outputs = await ctx.fanOut('words', input);
            expectTypeOf(outputs).toEqualTypeOf<readonly string[]>();
            const outcomes = await ctx.fanOut('words', input, { onError: 'collect' });
            expectTypeOf(outcomes).toEqualTypeOf<readonly PromiseSettledResult<string>[]>();
            // @ts-expect-error a word is no number
            await ctx.fanOut('words', ['one']).catch(() => {});
            return outputs.join(' ') + outcomes.length;
          },
          directors: {
            team: director({
              agents: {
                words: agent({ input: z.number(), output: z.string(), run: ({ input }) => 'x'.repeat(input) }),
              },
            }),
          },
        }),
      },
    });
    const { runtime, settle } = await runtimeKit(topology);
    const run = await runtime.submit({ type: 'typed', input: [1, 3] });
    await settle();
    expect(await run.result()).toBe('x xxx2');
    await runtime.stop();
  });

  test('a fan-out takes its inputs as there is room for them', async () => {
    const taken: number[] = [];
    const gate = new Gate();
    const { runtime, settle } = await runtimeKit(
      coded(
        (_task, ctx) => {
          const inputs = function* (): Generator<number, void, undefined> {
            for (let index = 0; index < 10; index++) {
              taken.push(index);
              yield index;
            }
          };
          return ctx.fanOut('double', inputs(), { inFlight: 3 });
        },
        async ({ input }) => {
          await gate.promise;
          return input;
        },
      ),
    );
    const run = await runtime.submit({ type: 'main', input: null });
    await settle();
    expect(taken).toEqual([0, 1, 2]);
    gate.open();
    await settle();
    expect(await run.result()).toHaveLength(10);
    await runtime.stop();
  });

  test.each([
    ['inputs that are no list', (ctx: TaskContext) => ctx.fanOut('double', 5 as never)],
    ['no room at all', (ctx: TaskContext) => ctx.fanOut('double', [1], { inFlight: 0 })],
    ['an unknown policy', (ctx: TaskContext) => ctx.fanOut('double', [1], { onError: 'ignore' as never })],
    ['an unknown priority', (ctx: TaskContext) => ctx.delegate('double', { input: 1, priority: 99 })],
    ['a bad time-out', (ctx: TaskContext) => ctx.delegate('double', { input: 1, timeout: '-1s' })],
    ['a step without a name', (ctx: TaskContext) => ctx.step('', () => 1)],
  ])('%s: refused by name', async (_what, act) => {
    const error = await failureOf(resultOf(coded((_task, ctx) => act(ctx))));
    expect(error).toMatchObject({ code: 'TASK_FAILED', cause: { code: 'INVALID_OPTION' } });
  });

  test('one key with two inputs is a typed error; with the same input it is the same task', async () => {
    const done: unknown[] = [];
    const double: Code = ({ input }) => {
      done.push(input);
      return Number(input) * 2;
    };
    const same = coded(
      async (_task, ctx) =>
        Promise.all([ctx.delegate('double', { input: 1, key: 'k' }), ctx.delegate('double', { input: 1, key: 'k' })]),
      double,
    );
    expect(await resultOf(same)).toEqual([2, 2]);
    expect(done).toEqual([1]);
    const other = coded(async (_task, ctx) => {
      await ctx.delegate('double', { input: 1, key: 'k' });
      return ctx.delegate('double', { input: 2, key: 'k' });
    });
    expect(await failureOf(resultOf(other))).toMatchObject({
      code: 'TASK_FAILED',
      cause: { code: 'INVALID_OPTION', message: expect.stringContaining('key') as unknown },
    });
  });

  test('a delegation that nobody awaits can fail without ending the process', async () => {
    const result = await resultOf(
      coded(async (_task, ctx) => {
        void ctx.delegate('refuse', 1);
        void ctx.fanOut('refuse', [1, 2]);
        void ctx.step('s', () => {
          throw new Error('no');
        });
        return ctx.delegate('double', 1);
      }),
    );
    expect(result).toBe(2);
  });

  test('code that outlives its task can delegate and report no more', async () => {
    const gate = new Gate();
    const late = new Gate<unknown>();
    const { runtime, settle, events } = await runtimeKit(
      coded((_task, ctx) => {
        void gate.promise.then(async () => {
          ctx.progress(0.5);
          late.open(await ctx.delegate('double', 1).catch((error: unknown) => error));
        });
        return 'done';
      }),
    );
    const run = await runtime.submit({ type: 'main', input: null });
    await settle();
    expect(await run.result()).toBe('done');
    gate.open();
    await settle();
    expect(await late.promise).toMatchObject({ code: 'TASK_CANCELLED' });
    expect(events.some((happened) => happened.type === 'run.event' && happened.event.type === 'progress')).toBe(false);
    await runtime.stop();
  });
});

describe('a director driven by code', () => {
  test('knows its agents, and its own type is refused by the chain', async () => {
    const topology = defineTopology({
      name: 'directed',
      orchestrators: {
        main: orchestrator({
          directors: {
            team: director({
              accepts: 'both',
              run: (async (task: { readonly input: unknown }, ctx: TaskContext) => [
                await ctx.delegate('one', task.input),
                await ctx.delegate('two', task.input),
                await ctx.delegate('both', 1).catch((error: { readonly code: string }) => error.code),
              ]) as never,
              agents: {
                one: agent({ run: ({ input }) => `1${String(input)}` }),
                two: agent({ run: ({ input }) => `2${String(input)}` }),
              },
            }),
          },
        }),
      },
    }) as unknown as Topology<{ both: { input: unknown; output: unknown } }>;
    const { runtime, settle } = await runtimeKit(topology);
    const run = await runtime.submit({ type: 'both', input: 'x' });
    await settle();
    expect(await run.result()).toEqual(['1x', '2x', 'NO_AGENT']);
    await runtime.stop();
  });
});

describe('what code reports', () => {
  test('progress, parts of the output and topics reach those who listen', async () => {
    const { runtime, settle } = await runtimeKit(
      coded((_task, ctx) => {
        ctx.progress(0.5, 'x'.repeat(1_000));
        ctx.progress(7);
        ctx.progress(Number.NaN);
        ctx.stream({ part: 1 });
        ctx.publish('news', { type: 'hello' });
        return 'end';
      }),
    );
    const heard: unknown[] = [];
    runtime.subscribe('news', (event) => heard.push(event));
    const run = await runtime.submit({ type: 'main', input: null });
    await settle();
    const seen: unknown[] = [];
    for await (const event of run.events()) seen.push(event);
    expect(seen).toMatchObject([
      { type: 'queued' },
      { type: 'started', attempt: 1 },
      { type: 'progress', fraction: 0.5, note: 'x'.repeat(500) },
      { type: 'progress', fraction: 1 },
      { type: 'progress', fraction: 0 },
      { type: 'stream', part: { part: 1 } },
      { type: 'done' },
      { type: 'ended', state: 'done' },
    ]);
    expect(heard).toEqual([{ type: 'hello' }]);
    await runtime.stop();
  });

  test('`ctx.log` names actor, run and task on every line', async () => {
    const lines: string[] = [];
    const log = pino({ level: 'info' }, { write: (line: string) => lines.push(line) });
    const { runtime, settle } = await runtimeKit(
      coded((_task, ctx) => ctx.log.info('mine')),
      { log },
    );
    const run = await runtime.submit({ type: 'main', input: null });
    await settle();
    const mine = lines.map((line) => JSON.parse(line) as Record<string, unknown>).find(({ msg }) => msg === 'mine');
    expect(mine).toMatchObject({ actor: 'main', run: run.id, task: run.id, taskType: 'main' });
    await runtime.stop();
  });
});

describe('D13 what an attempt leaves to the next', () => {
  const again = { limit: 2, backoff: { initial: 10, jitter: 0 } } as const;

  test('finished steps are not repeated, the attempt rises, the id stays', async () => {
    const seen: unknown[] = [];
    let bought = 0;
    const { runtime, advance } = await runtimeKit(
      solo(
        agent({
          retries: again,
          run: async (task, ctx) => {
            const receipt = await ctx.step('buy', () => ({ receipt: ++bought }));
            seen.push([task.id, ctx.task.id, ctx.attempt, receipt]);
            if (ctx.attempt < 3) throw new Error('later');
            return receipt;
          },
        }),
      ),
    );
    const run = await runtime.submit({ type: 'work', input: null });
    await advance(1_000);
    expect(await run.result()).toEqual({ receipt: 1 });
    expect(seen).toEqual([1, 2, 3].map((attempt) => [run.id, run.id, attempt, { receipt: 1 }]));
    await runtime.stop();
  });

  test('a step that threw is done again', async () => {
    let tries = 0;
    const { runtime, advance } = await runtimeKit(
      solo(
        agent({
          retries: again,
          run: (_task, ctx) =>
            ctx.step('flaky', () => {
              tries += 1;
              if (tries < 2) throw new Error('not yet');
              return tries;
            }),
        }),
      ),
    );
    const run = await runtime.submit({ type: 'work', input: null });
    await advance(1_000);
    expect(await run.result()).toBe(2);
    await runtime.stop();
  });

  test.each(['sync', 'async'] as const)('the last value that a %s generator yielded', async (kind) => {
    const from: unknown[] = [];
    let closed = 0;
    const count = function* (checkpoint: unknown, attempt: number): Generator<{ next: number }, string, undefined> {
      from.push(checkpoint);
      try {
        for (let next = (checkpoint as { next: number } | undefined)?.next ?? 0; next < 4; next++) {
          if (next === 2 && attempt === 1) throw new Error('half-way');
          yield { next: next + 1 };
        }
      } finally {
        closed += 1;
      }
      return 'counted';
    };
    const later = async function* (
      checkpoint: unknown,
      attempt: number,
    ): AsyncGenerator<{ next: number }, string, undefined> {
      return yield* count(checkpoint, attempt);
    };
    const { runtime, advance } = await runtimeKit(
      solo(
        agent({
          retries: again,
          run: ((_task: unknown, ctx: TaskContext) =>
            (kind === 'sync' ? count : later)(ctx.checkpoint, ctx.attempt)) as never,
        }),
      ) as unknown as Topology<{ work: { input: unknown; output: unknown } }>,
    );
    const run = await runtime.submit({ type: 'work', input: null });
    await advance(1_000);
    expect(await run.result()).toBe('counted');
    expect(from).toEqual([undefined, { next: 2 }]);
    expect(closed).toBe(2);
    const types: string[] = [];
    for await (const event of run.events()) types.push(event.type);
    expect(types.filter((type) => type === 'checkpoint')).toHaveLength(4);
    await runtime.stop();
  });

  test('a delegation that was done is not done again', async () => {
    const asked: unknown[] = [];
    const topology = defineTopology({
      name: 'chain',
      orchestrators: {
        main: orchestrator({
          directors: {
            team: director({
              agents: {
                asker: agent({
                  retries: again,
                  delegatesTo: '../helper',
                  run: (async (_task: unknown, ctx: TaskContext) => {
                    const help = await ctx.delegate('helper', 1);
                    if (ctx.attempt === 1) throw new Error('after the help');
                    return help;
                  }) as never,
                }),
                helper: agent({ run: (task) => asked.push(task.id) }),
              },
            }),
          },
        }),
      },
    }) as unknown as Topology<{ asker: { input: unknown; output: unknown } }>;
    const { runtime, advance } = await runtimeKit(topology);
    const run = await runtime.submit({ type: 'asker', input: null });
    await advance(1_000);
    expect(await run.result()).toBe(1);
    expect(asked).toHaveLength(1);
    await runtime.stop();
  });
});
