// The chain of a task as agents see it: no way back, no endless way down, and nobody else's name.

import { describe, expect, test } from 'vitest';
import { agent, defineTopology, director, orchestrator, type Topology } from 'troupe';
import { failureOf, runtimeKit } from './runtime-kit.ts';

type Loose = Topology<{ start: { input: unknown; output: unknown } }>;

/** Agents `a` to `f` of one director; each delegates to the next one of the input's list, or gives the list of nobody. */
function walkers(delegationDepth?: number): Loose {
  const walker = agent({
    run: async ({ input }, ctx) => {
      const [next, ...rest] = input as readonly string[];
      return next === undefined ? ctx.self : ctx.delegate(next.includes('/') ? next : `../${next}`, { input: rest });
    },
  });
  return defineTopology({
    name: 'walk',
    ...(delegationDepth === undefined ? {} : { limits: { delegationDepth } }),
    orchestrators: {
      main: orchestrator({
        accepts: 'start',
        run: ({ input }, ctx) => ctx.delegate('main/team', { input }),
        directors: {
          team: director({
            accepts: 'walk',
            run: ({ input }, ctx) => {
              const [first = '', ...rest] = input as readonly string[];
              return ctx.delegate(`main/team/${first}`, { input: rest });
            },
            agents: {
              a: walker,
              b: walker,
              c: walker,
              d: walker,
              e: walker,
              f: agent({ instances: 2, run: async (_task, ctx) => ctx.delegate('../f', []) }),
            },
          }),
        },
      }),
    },
  });
}

async function walk(way: readonly string[], depth?: number) {
  const { runtime, settle } = await runtimeKit(walkers(depth));
  const run = await runtime.submit({ type: 'start', input: way });
  await settle();
  await runtime.stop();
  return run;
}

describe('the chain', () => {
  test('D01 D12 A to B to C to A is refused, and the error lists the chain', async () => {
    const run = await walk(['a', 'b', 'c', 'a'], 10);
    const chain = ['main', 'main/team', 'main/team/a', 'main/team/b', 'main/team/c'];
    expect(await failureOf(run.result())).toMatchObject({
      code: 'DELEGATION_CYCLE',
      details: { chain, to: 'main/team/a' },
    });
    const started = [];
    for await (const event of run.events()) if (event.type === 'started') started.push(event.address);
    expect(started).toEqual(chain);
  });

  test('D02 to itself is refused; D07 as another instance of its pool, too', async () => {
    expect(await failureOf((await walk(['a', 'a'])).result())).toMatchObject({
      code: 'DELEGATION_CYCLE',
      details: { to: 'main/team/a' },
    });
    expect(await failureOf((await walk(['f'])).result())).toMatchObject({
      code: 'DELEGATION_CYCLE',
      details: { to: 'main/team/f' },
    });
    expect(await failureOf((await walk(['a', 'main/team'])).result())).toMatchObject({
      code: 'DELEGATION_CYCLE',
      details: { to: 'main/team' },
    });
  });

  test('D03 five hops pass, six are refused', async () => {
    expect(await (await walk(['a', 'b', 'c', 'd'])).result()).toBe('main/team/d');
    expect(await failureOf((await walk(['a', 'b', 'c', 'd', 'e'])).result())).toMatchObject({
      code: 'DELEGATION_TOO_DEEP',
      details: { to: 'main/team/e', limit: 5 },
    });
  });

  test('a refusal is not tried again, and is reported once', async () => {
    const { runtime, settle, events } = await runtimeKit(walkers());
    await runtime.submit({ type: 'start', input: ['a', 'a'] });
    await settle();
    expect(events.filter(({ type }) => type === 'delegation.refused')).toMatchObject([
      { from: 'main/team/a', to: 'main/team/a' },
    ]);
    await runtime.stop();
  });

  test('D08 a diamond is allowed', async () => {
    const topology = defineTopology({
      name: 'diamond',
      orchestrators: {
        main: orchestrator({
          run: (_task, ctx) => Promise.all([ctx.delegate('left', null), ctx.delegate('right', null)]),
          directors: {
            team: director({
              agents: {
                left: agent({ run: (_task, ctx) => ctx.delegate('bottom', 'left') }),
                right: agent({ run: (_task, ctx) => ctx.delegate('bottom', 'right') }),
                bottom: agent({ run: ({ input }) => input }),
              },
            }),
          },
        }),
      },
    });
    const { runtime, settle } = await runtimeKit(topology);
    const run = await runtime.submit({ type: 'diamond', input: null });
    await settle();
    expect(await run.result()).toEqual(['left', 'right']);
    await runtime.stop();
  });
});
