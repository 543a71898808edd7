// What TypeScript knows of a topology, held in place: these tests fail in `tsc`, not at run time.

import { expectTypeOf, test } from 'vitest';
import { z } from 'zod';
import type { WorkContext } from '../../src/topology/context.ts';
import { type TypedTask, agent, director, orchestrator } from '../../src/topology/declare.ts';
import { type InputOf, type OutputOf, type TaskTypes, defineTopology } from '../../src/topology/define.ts';

const Metrics = z.object({ file: z.string(), size: z.number() });
const Report = z.object({ total: z.number(), note: z.string().default('') });

const lister = agent({
  accepts: 'list',
  input: z.object({ dir: z.string() }),
  output: z.array(z.string()),
  run: async ({ input }) => [input.dir],
});
const measure = agent({
  instances: 2,
  input: z.string(),
  output: Metrics,
  run: ({ input }) => ({ file: input, size: input.length }),
});
const report = agent({
  accepts: ['report', 'summary'],
  input: z.array(Metrics),
  output: Report,
  run: async function* ({ input }, ctx: WorkContext<{ next: number }>) {
    for (let next = ctx.checkpoint?.next ?? 0; next < input.length; next++) yield { next };
    return { total: input.length };
  },
});
const code = director({
  restart: { strategy: 'one-for-one', maxRestarts: 3, within: '10s' },
  agents: { lister, measure, report },
});

test('an agent sees what its schema makes of the input, and owes what its output schema takes', () => {
  agent({
    input: z.string().transform(Number),
    run: ({ input }, ctx) => {
      expectTypeOf(input).toEqualTypeOf<number>();
      expectTypeOf(ctx.signal).toEqualTypeOf<AbortSignal>();
      expectTypeOf(ctx.checkpoint).toEqualTypeOf<unknown>();
      expectTypeOf(ctx.delegate('measure', 1)).toEqualTypeOf<Promise<unknown>>();
      expectTypeOf(ctx.step('once', () => 5)).toEqualTypeOf<Promise<number>>();
    },
  });
  // @ts-expect-error the schema wants a number
  agent({ output: z.object({ n: z.number() }), run: async () => ({ n: 'one' }) });
  // @ts-expect-error unknown is not a number
  agent({ output: z.object({ n: z.number() }), run: async ({ input }) => ({ n: input }) });
  agent({ output: z.enum(['good', 'bad']), run: () => 'good' as const });
  agent({
    input: z.number(),
    output: z.object({ kind: z.enum(['good', 'bad']) }),
    run: async ({ input }) => ({ kind: input > 2 ? 'good' : 'bad' }),
  });
  // @ts-expect-error a misspelt option
  agent({ instancess: 2, run: () => 1 });
  // @ts-expect-error a duration has a unit
  agent({ timeout: '5 parsecs', run: () => 1 });
});

test('without schemas, annotations and what run returns decide', () => {
  const counted = agent({ accepts: 'count', run: async (task: TypedTask<string>) => ({ length: task.input.length }) });
  const one = defineTopology({
    name: 'one',
    orchestrators: { main: orchestrator({ directors: { only: director({ agents: { counted } }) } }) },
  });
  expectTypeOf<InputOf<typeof one, 'count'>>().toEqualTypeOf<string>();
  expectTypeOf<OutputOf<typeof one, 'count'>>().toEqualTypeOf<{ length: number }>();
});

test('a generator that annotates its context reads the checkpoint it yields', () => {
  const counted = agent({
    input: z.array(z.string()),
    run: async function* ({ input }, ctx: WorkContext<{ next: number }>) {
      expectTypeOf(ctx.checkpoint).toEqualTypeOf<{ next: number } | undefined>();
      yield { next: 1 };
      return input.length;
    },
  });
  const one = defineTopology({
    name: 'one',
    orchestrators: { main: orchestrator({ directors: { only: director({ agents: { counted } }) } }) },
  });
  expectTypeOf<OutputOf<typeof one, 'counted'>>().toEqualTypeOf<number>();
});

test('a result of unknown type stays unknown', () => {
  const main = orchestrator({
    plan: () => ({ files: { type: 'list', input: { dir: '.' } } }),
    result: (results): unknown => results,
    directors: { code },
  });
  const hidden = defineTopology({ name: 'hidden', orchestrators: { main } });
  expectTypeOf<OutputOf<typeof hidden, 'main'>>().toEqualTypeOf<unknown>();
});

test('without a schema the input of a plan is what it annotates', () => {
  const main = orchestrator({
    plan: (task: TypedTask<{ dir: string }>) => ({ files: { type: 'list', input: task.input } }),
    directors: { code },
  });
  const noted = defineTopology({ name: 'noted', orchestrators: { main } });
  expectTypeOf<InputOf<typeof noted, 'noted'>>().toEqualTypeOf<{ dir: string }>();
});

test('a plan may be an object: types and plain inputs are checked, the result is typed', () => {
  const main = orchestrator({
    input: z.object({ dir: z.string() }),
    plan: (task) => ({
      files: { type: 'list', input: { dir: task.input.dir } },
      sizes: { type: 'measure', needs: ['files'], each: ({ files }) => files, input: (_r, file) => file },
      report: { type: 'report', needs: ['sizes'], input: ({ sizes }) => sizes },
    }),
    result: ({ report: made, sizes }, task) => {
      expectTypeOf(made).toEqualTypeOf<{ total: number; note: string }>();
      expectTypeOf(sizes).toEqualTypeOf<{ file: string; size: number }[]>();
      expectTypeOf(task.input).toEqualTypeOf<{ dir: string }>();
      return made;
    },
    directors: { code },
  });
  const audit = defineTopology({ name: 'audit', orchestrators: { main } });
  expectTypeOf<TaskTypes<typeof audit>>().toEqualTypeOf<'main' | 'audit'>();
  expectTypeOf<InputOf<typeof audit, 'audit'>>().toEqualTypeOf<{ dir: string }>();
  expectTypeOf<OutputOf<typeof audit, 'audit'>>().toEqualTypeOf<{ total: number; note: string }>();

  // @ts-expect-error nobody accepts 'lst'
  orchestrator({ plan: () => ({ files: { type: 'lst', input: { dir: 'src' } } }), directors: { code } });
  // @ts-expect-error a list takes a dir
  orchestrator({ plan: () => ({ files: { type: 'list', input: { folder: 'src' } } }), directors: { code } });
  orchestrator({
    plan: (_task) => ({
      files: { type: 'list', input: { dir: '.' } },
      sizes: {
        type: 'measure',
        needs: ['files'],
        each: ({ files }: { files: string[] }) => files,
        input: (_r, file) => file,
      },
    }),
    directors: { code },
  });
});

test('a plan built node by node is typed throughout', () => {
  const main = orchestrator({
    accepts: 'go',
    input: z.string(),
    plan: (task, nodes) =>
      nodes
        .add('files', { type: 'list', input: { dir: task.input } })
        .add('sizes', {
          type: 'measure',
          needs: ['files'],
          each: ({ files }) => files,
          input: (results, file, index) => {
            expectTypeOf(results.files).toEqualTypeOf<string[]>();
            expectTypeOf(file).toEqualTypeOf<string>();
            expectTypeOf(index).toEqualTypeOf<number>();
            return file;
          },
        })
        .add('report', { type: 'report', needs: ['sizes'], input: ({ sizes }) => sizes }),
    result: ({ report: made, sizes, files }) => {
      expectTypeOf(sizes).toEqualTypeOf<{ file: string; size: number }[]>();
      return { total: made.total, files: files.length };
    },
    directors: { code },
  });
  const built = defineTopology({ name: 'built', orchestrators: { main } });
  expectTypeOf<TaskTypes<typeof built>>().toEqualTypeOf<'go'>();
  expectTypeOf<OutputOf<typeof built, 'go'>>().toEqualTypeOf<{ total: number; files: number }>();

  orchestrator({
    // @ts-expect-error needs name earlier nodes
    plan: (_task, nodes) => nodes.add('sizes', { type: 'measure', needs: ['files'], input: 'a' }),
    directors: { code },
  });
  orchestrator({
    plan: (_task, nodes) => {
      const listed = nodes.add('files', { type: 'list', input: { dir: '.' } });
      // @ts-expect-error measure takes a string
      return listed.add('sizes', { type: 'measure', needs: ['files'], input: ({ files }) => files });
    },
    directors: { code },
  });
});

test('a result that an output schema does not take is refused', () => {
  orchestrator({
    output: z.number(),
    plan: () => ({ files: { type: 'list', input: { dir: '.' } } }),
    // @ts-expect-error a list is no number
    result: ({ files }) => files,
    directors: { code },
  });
});

test('without a result function the output is every result by name', () => {
  const main = orchestrator({ plan: () => ({ files: { type: 'list', input: { dir: '.' } } }), directors: { code } });
  const all = defineTopology({ name: 'all', orchestrators: { main } });
  expectTypeOf<OutputOf<typeof all, 'main'>['files']>().toEqualTypeOf<string[]>();
});

test('code that delegates knows the types of its agents', () => {
  const byHand = director({
    agents: { lister, measure },
    accepts: 'sizes',
    input: z.string(),
    run: async ({ input }, ctx) => {
      const files = await ctx.delegate('list', { dir: input });
      expectTypeOf(files).toEqualTypeOf<string[]>();
      const first = await ctx.delegate('measure', { input: files[0] ?? '', key: 'first', timeout: '5s' });
      expectTypeOf(first).toEqualTypeOf<{ file: string; size: number }>();
      expectTypeOf(await ctx.delegate('../other', { any: 'thing' })).toEqualTypeOf<unknown>();
      // @ts-expect-error measure takes a string
      void ctx.delegate('measure', 5);
      // @ts-expect-error nobody accepts 'measur'
      void ctx.delegate('measur', 'a');
      return [first];
    },
  });
  const main = orchestrator({
    run: async (_task, ctx) => {
      const sizes = await ctx.delegate('sizes', 'src');
      expectTypeOf(sizes).toEqualTypeOf<{ file: string; size: number }[]>();
      return sizes.length;
    },
    directors: { byHand },
  });
  const hand = defineTopology({ name: 'hand', orchestrators: { main } });
  expectTypeOf<OutputOf<typeof hand, 'hand'>>().toEqualTypeOf<number>();
});

test('tasks that are passed on are typed by the agents, and several orchestrators stand side by side', () => {
  const direct = orchestrator({ directors: { code } });
  const planned = orchestrator({
    plan: () => ({ files: { type: 'list', input: { dir: '.' } } }),
    result: () => 1,
    directors: { code },
  });
  const two = defineTopology({ name: 'two', orchestrators: { direct, planned } });
  expectTypeOf<TaskTypes<typeof two>>().toEqualTypeOf<'list' | 'measure' | 'report' | 'summary' | 'planned'>();
  expectTypeOf<InputOf<typeof two, 'measure'>>().toEqualTypeOf<string>();
  expectTypeOf<OutputOf<typeof two, 'list'>>().toEqualTypeOf<string[]>();
  expectTypeOf<OutputOf<typeof two, 'planned'>>().toEqualTypeOf<number>();
  const some = defineTopology({
    name: 'some',
    orchestrators: { a: orchestrator({ accepts: 'list', directors: { code } }) },
  });
  expectTypeOf<TaskTypes<typeof some>>().toEqualTypeOf<'list'>();
});

test('a route names children', () => {
  director({ agents: { lister, measure }, route: () => 'measure' });
  // @ts-expect-error no such agent
  director({ agents: { lister, measure }, route: () => 'measured' });
});
