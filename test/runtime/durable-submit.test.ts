// When promises resolve where there is a store: a submission when its record is there, a result when the end is, a
// step when it can be given back. What the store refuses is refused; what it can't take yet waits.

import { describe, expect, test } from 'vitest';
import { agent, complete, defineTopology, director, limits, orchestrator, StoreFullError, type Topology } from 'troupe';
import { setup } from 'xstate';
import { eventsOf, Lives, over, submitted } from './durable-kit.ts';
import { failureOf, Gate, solo } from './runtime-kit.ts';

const full = new StoreFullError('nowhere', 'it is full');
const echo = solo(agent({ run: ({ input }) => input }));

describe('a submission', () => {
  test('is accepted when its record has landed, and nothing happens before', async () => {
    const { runtime, store, settle, events } = await new Lives().begin(echo);
    store.hold();
    let accepted = false;
    const submitting = runtime.submit({ type: 'work', input: 1 }).then((run) => {
      accepted = true;
      return run;
    });
    await settle();
    expect(accepted).toBe(false);
    expect(events.filter(({ type }) => type.startsWith('run.'))).toEqual([]);
    store.release();
    await settle();
    expect(await (await submitting).result()).toBe(1);
    await runtime.stop();
  });

  test('that the store refuses is refused with its error, and leaves nothing', async () => {
    const lives = new Lives();
    const { runtime, store, settle, advance } = await lives.begin(echo);
    store.failure = full;
    const refused = failureOf(runtime.submit({ type: 'work', input: 1 }));
    await settle();
    expect(await refused).toMatchObject({ code: 'STORE_FULL', retryable: true });
    expect(await failureOf(runtime.submit({ type: 'work', input: 1 }))).toMatchObject({ code: 'STORE_FULL' });
    expect(runtime.runs()).toEqual([]);
    store.failure = undefined;
    await advance(2_000);
    const run = await submitted({ runtime, settle } as never, 'work', 2);
    await settle();
    expect(await runtime.find(run)?.result()).toBe(2);
    expect(lives.keys()).toEqual(over(run));
    await runtime.stop();
  });

  test('that its orchestrator has no room for leaves nothing in the store', async () => {
    const lives = new Lives();
    const topology = defineTopology({
      name: 'narrow',
      orchestrators: {
        main: orchestrator({
          mailbox: { capacity: 1 },
          directors: { team: director({ agents: { work: agent({ run: ({ input }) => input }) } }) },
        }),
      },
    });
    const { runtime, settle } = await lives.begin(topology);
    const submitting = Promise.allSettled([1, 2, 3].map((input) => runtime.submit({ type: 'work', input })));
    await settle();
    const outcomes = await submitting;
    expect(outcomes.map(({ status }) => status)).toEqual(['fulfilled', 'rejected', 'rejected']);
    expect(outcomes[1]).toMatchObject({ reason: { code: 'MAILBOX_FULL' } });
    expect(lives.keys()).toHaveLength(2);
    await runtime.stop();
  });

  test('to an orchestrator that is not durable is kept nowhere', async () => {
    const lives = new Lives();
    const topology = defineTopology({
      name: 'light',
      orchestrators: {
        main: orchestrator({
          durable: false,
          directors: { team: director({ agents: { work: agent({ run: () => 1 }) } }) },
        }),
      },
    });
    const { runtime, settle, store } = await lives.begin(topology);
    const run = await submitted({ runtime, settle } as never, 'work', 2);
    await settle();
    expect(await runtime.find(run)?.result()).toBe(1);
    expect(store.commits).toEqual([]);
    await runtime.stop();
  });
});

describe('an end', () => {
  test('is told of when it has landed', async () => {
    const { runtime, store, settle, events } = await new Lives().begin(echo);
    const commit = store.commit.bind(store);
    const gate = new Gate();
    let ends = 0;
    store.commit = async (writes) => {
      if (writes.some(({ key }) => key.startsWith('end/')) && (ends += 1) === 1) await gate.promise;
      await commit(writes);
    };
    const run = runtime.find(await submitted({ runtime, settle } as never, 'work', 1));
    await settle();
    expect(ends).toBe(1);
    expect(run?.isOver).toBe(false);
    expect(eventsOf(events, 'run.ended')).toEqual([]);
    gate.open();
    await settle();
    expect(run?.state).toBe('done');
    expect(await run?.result()).toBe(1);
    expect(eventsOf(events, 'run.ended')).toHaveLength(1);
    await runtime.stop();
  });

  test('U1 that the store can not take yet waits, and is told of when the store is back', async () => {
    const gate = new Gate();
    const { runtime, store, settle, advance } = await new Lives().begin(solo(agent({ run: () => gate.promise })));
    const run = runtime.find(await submitted({ runtime, settle } as never, 'work', 1));
    await settle();
    store.failure = full;
    gate.open();
    await advance(60_000);
    expect(run?.isOver).toBe(false);
    store.failure = undefined;
    await advance(2_000);
    expect(run?.state).toBe('done');
    await runtime.stop();
  });

  test('with an output that can not be kept is a failure that says so', async () => {
    const logic = setup({ types: { events: {} as { type: 'task.assigned'; id: string } } }).createMachine({
      on: {
        'task.assigned': {
          actions: complete(
            ({ event }) => event.id,
            () => () => 'a function',
          ),
        },
      },
    });
    const { runtime, settle } = await new Lives().begin(solo(agent({ machine: logic })));
    const run = runtime.find(await submitted({ runtime, settle } as never, 'work', 1));
    await settle();
    expect(await failureOf(run?.result() ?? Promise.resolve())).toMatchObject({ code: 'UNSERIALIZABLE' });
    await runtime.stop();
  });

  test('takes the records of its tasks with it, many in small commits', async () => {
    const lives = new Lives();
    const topology = defineTopology({
      name: 'steps',
      orchestrators: {
        main: orchestrator({
          run: async (_task, ctx) => {
            for (let index = 0; index < 1_200; index++) await ctx.step(`step ${index}`, () => index);
            await ctx.delegate('work', 1);
          },
          directors: {
            team: director({ agents: { work: agent({ run: (_task, ctx) => ctx.step('one', () => 1) }) } }),
          },
        }),
      },
    }) as unknown as Topology<{ steps: { input: unknown; output: unknown } }>;
    const { runtime, settle, store } = await lives.begin(topology);
    const run = await submitted({ runtime, settle } as never, 'steps', 1);
    await settle();
    expect(runtime.find(run)?.state).toBe('done');
    expect(lives.keys()).toEqual(over(run));
    expect(Math.max(...store.commits.map(({ length }) => length))).toBeLessThanOrEqual(500);
    await runtime.stop();
  });
});

describe('steps', () => {
  test('input and output may each be as large as a value can be, of a run and of a delegation', async () => {
    const large = 'x'.repeat(limits.message.size_bytes - 1_000);
    const topology = defineTopology({
      name: 'large',
      orchestrators: {
        main: orchestrator({
          run: async ({ input }, ctx) => {
            const output = await ctx.delegate('work', input);
            if (ctx.attempt === 1) await new Promise(() => {});
            return output;
          },
          directors: { team: director({ agents: { work: agent({ run: ({ input }) => input }) } }) },
        }),
      },
    }) as unknown as Topology<{ large: { input: unknown; output: unknown } }>;
    const lives = new Lives();
    const first = await lives.begin(topology);
    const run = await submitted(first, 'large', large);
    await first.settle();
    expect(lives.keys(`step/${run}/`)).toHaveLength(2);
    first.kill();
    const { runtime, settle } = await lives.begin(topology);
    await settle();
    expect((await runtime.find(run)?.result()) === large).toBe(true);
    expect(lives.keys()).toEqual(over(run));
    await runtime.stop();
  });

  test('a step resolves when it has landed; what a delegated task left goes in the commit that keeps its result', async () => {
    const order: string[] = [];
    const topology = defineTopology({
      name: 'order',
      orchestrators: {
        main: orchestrator({
          run: async (_task, ctx) => {
            await ctx.delegate('work', 1);
            order.push('delegated');
          },
          directors: {
            team: director({
              agents: {
                work: agent({
                  run: async (_task, ctx) => {
                    await ctx.step('one', () => order.push('made'));
                    order.push('kept');
                  },
                }),
              },
            }),
          },
        }),
      },
    }) as unknown as Topology<{ order: { input: unknown; output: unknown } }>;
    const { runtime, settle, store } = await new Lives().begin(topology);
    const commit = store.commit.bind(store);
    store.commit = async (writes) => {
      await commit(writes);
      if (writes.some(({ key, packed }) => packed !== undefined && key.startsWith('step/'))) order.push('landed');
    };
    const run = await submitted({ runtime, settle } as never, 'order', 1);
    await settle();
    expect(order).toEqual(['made', 'landed', 'kept', 'landed', 'delegated']);
    const child = `${run}.work#0`;
    expect(store.commits.find((keys) => keys.includes(`step/${run}/delegate/work#0`))).toEqual([
      `step/${run}/delegate/work#0`,
      `-task/${child}`,
      `-step/${child}/step/one`,
    ]);
    await runtime.stop();
  });

  test('a failing store holds a step up, and does not fail it; a cancel gets through', async () => {
    const gate = new Gate();
    const { runtime, store, settle, advance } = await new Lives().begin(
      solo(agent({ instances: 2, run: async (_task, ctx) => (await gate.promise, ctx.step('one', () => 'made')) })),
    );
    const kit = { runtime, settle } as never;
    const kept = runtime.find(await submitted(kit, 'work', 1));
    const cancelled = runtime.find(await submitted(kit, 'work', 2));
    await settle();
    store.failure = full;
    gate.open();
    await advance(10_000);
    expect(kept?.state).toBe('running');
    void cancelled?.cancel('enough');
    await advance(10_000);
    expect(cancelled?.isOver).toBe(false); // not before that is in the store
    store.failure = undefined;
    await advance(2_000);
    expect(await kept?.result()).toBe('made');
    expect(cancelled?.state).toBe('cancelled');
    await runtime.stop();
  });
});
