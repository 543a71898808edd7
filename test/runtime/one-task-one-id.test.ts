// A task that is given again has the id it had before. Its old code may still be coming back then: it is let go, keeps
// nothing, and holds up nobody.

import { describe, expect, test } from 'vitest';
import { agent, defineTopology, director, memoryStore, orchestrator, type Topology, type WorkContext } from 'troupe';
import { VirtualClock } from '../../src/base/virtual-clock.ts';
import { Lives, submitted } from './durable-kit.ts';
import { failureOf, Gate, runtimeKit, solo } from './runtime-kit.ts';

describe.each([
  ['without a store', () => false as const],
  ['with a store', () => memoryStore(new VirtualClock())],
])('given again right after its time was up, %s', (_name, store) => {
  async function twice(secondTimeout: '1s' | '60s') {
    const begun: { readonly id: string; readonly attempt: number; readonly gate: Gate<string> }[] = [];
    const topology = defineTopology({
      name: 'again',
      orchestrators: {
        main: orchestrator({
          run: async (_task, ctx) => {
            const first = ctx.delegate('work', { input: 1, key: 'k', timeout: '1s' });
            await first.catch(() => {});
            return ctx.delegate('work', { input: 1, key: 'k', timeout: secondTimeout });
          },
          directors: {
            team: director({
              agents: {
                work: agent({
                  shutdown: '5s',
                  run: async ({ id }, ctx) => {
                    const gate = new Gate<string>();
                    begun.push({ id, attempt: ctx.attempt, gate });
                    const said = await gate.promise;
                    return ctx.step('say', () => said);
                  },
                }),
              },
            }),
          },
        }),
      },
    }) as unknown as Topology<{ again: { input: unknown; output: unknown } }>;
    const kit = await runtimeKit(topology, { store: store() });
    const run = kit.runtime.find(await submitted(kit as never, 'again', null));
    await kit.advance(1_000);
    return { ...kit, run, begun };
  }

  test('it is taken when its old code has come back, and has its own result', async () => {
    const { runtime, run, begun, settle } = await twice('60s');
    expect(begun).toHaveLength(1);
    begun[0]?.gate.open('old');
    await settle();
    expect(begun).toHaveLength(2);
    expect(begun[1]?.id).toBe(begun[0]?.id);
    begun[1]?.gate.open('new');
    await settle();
    expect(await run?.result()).toBe('new');
    await runtime.stop();
  });

  test('it is taken when its old code has not come back in time; what that says later is nobody’s', async () => {
    const { runtime, run, begun, advance, settle } = await twice('60s');
    await advance(5_000);
    expect(begun).toHaveLength(2);
    begun[0]?.gate.open('old');
    await settle();
    begun[1]?.gate.open('new');
    await settle();
    expect(await run?.result()).toBe('new');
    await runtime.stop();
  });

  test('its own time is up as well, and the next task gets its turn', async () => {
    const { runtime, run, begun, advance } = await twice('1s');
    await advance(1_000);
    expect(await failureOf(run?.result() ?? Promise.resolve())).toMatchObject({ code: 'TASK_TIMEOUT' });
    await advance(10_000);
    expect(begun).toHaveLength(1);
    void runtime.stop();
  });
});

test('a step that old code was in keeps nothing when the task has been given again meanwhile', async () => {
  const gates: Gate<string>[] = [];
  const topology = defineTopology({
    name: 'late',
    orchestrators: {
      main: orchestrator({
        run: async (_task, ctx) => {
          await ctx.delegate('work', { input: 1, key: 'k', timeout: '1s' }).catch(() => {});
          return ctx.delegate('work', { input: 1, key: 'k' });
        },
        directors: {
          team: director({
            agents: {
              work: agent({
                shutdown: '5s',
                run: (_task, ctx) => {
                  const gate = new Gate<string>();
                  gates.push(gate);
                  return ctx.step('say', () => gate.promise);
                },
              }),
            },
          }),
        },
      }),
    },
  }) as unknown as Topology<{ late: { input: unknown; output: unknown } }>;
  const lives = new Lives();
  const { runtime, settle, advance } = await lives.begin(topology);
  const run = runtime.find(await submitted({ runtime, settle } as never, 'late', null));
  await advance(6_000);
  expect(gates).toHaveLength(2);
  gates[0]?.open('old');
  await settle();
  expect(lives.keys('step/')).toEqual([]);
  gates[1]?.open('new');
  await settle();
  expect(await run?.result()).toBe('new');
  await runtime.stop();
});

test('a generator is never more than the chunk it is in ahead of the store', async () => {
  const chunks: number[] = [];
  const topology = solo(
    agent({
      run: async function* (_task, ctx: WorkContext<number>) {
        for (let next = ctx.checkpoint ?? 0; next < 4; next++) {
          chunks.push(next);
          yield next + 1;
        }
        return 'done';
      },
    }),
  );
  const { runtime, store, settle, events } = await new Lives().begin(topology);
  const commit = store.commit.bind(store);
  const gates: Gate[] = [];
  let tasks = 0;
  store.commit = async (writes) => {
    if (writes.some(({ key, packed }) => key.startsWith('task/') && packed !== undefined) && (tasks += 1) > 1) {
      const gate = new Gate();
      gates.push(gate);
      await gate.promise;
    }
    await commit(writes);
  };
  const run = runtime.find(await submitted({ runtime, settle } as never, 'work', null));
  await settle();
  const told = () => events.filter((event) => event.type === 'run.event' && event.event.type === 'checkpoint').length;
  for (const landed of [0, 1, 2]) {
    expect(chunks).toHaveLength(Math.min(4, landed + 2));
    expect(told()).toBe(landed);
    gates[landed]?.open();
    await settle();
  }
  expect(chunks).toEqual([0, 1, 2, 3]);
  expect(run?.isOver).toBe(false); // its last checkpoint has not landed
  gates[3]?.open();
  await settle();
  expect(await run?.result()).toBe('done');
  const types = events.flatMap((event) => (event.type === 'run.event' ? [event.event.type] : []));
  expect(types.slice(-5)).toEqual(['checkpoint', 'checkpoint', 'checkpoint', 'checkpoint', 'done']);
  await runtime.stop();
});
