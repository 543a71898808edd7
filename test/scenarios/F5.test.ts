// F5: a process crash. Queue, timeline and running jobs survive: what was open goes on where it was, what is over can be
// found with its outcome.

import { expect, test } from 'vitest';
import { agent, defineTopology, director, limits, orchestrator, type Topology } from 'troupe';
import { Lives, over, submitted } from '../runtime/durable-kit.ts';
import { failureOf, Gate, solo } from '../runtime/runtime-kit.ts';

type Loose<Type extends string> = Topology<{ [T in Type]: { input: unknown; output: unknown } }>;

/** A plan of a list, a task for each of its items, and a sum. */
function planned(worked: unknown[], gate: () => Promise<void>): Loose<'sum'> {
  const note = (input: unknown): unknown => {
    worked.push(input);
    return input;
  };
  return defineTopology({
    name: 'sum',
    orchestrators: {
      main: orchestrator({
        plan: () => ({
          list: { type: 'list', input: 'list' },
          items: { type: 'item', needs: ['list'], each: ({ list }) => list as number[] },
          sum: { type: 'add', needs: ['items'], input: ({ items }) => items },
        }),
        result: ({ sum }) => sum,
        directors: {
          team: director({
            agents: {
              list: agent({ run: ({ input }) => (note(input), [1, 2, 3, 4, 5, 6]) }),
              item: agent({
                instances: 3,
                run: async ({ input }) => {
                  note(input);
                  if (Number(input) > 3) await gate();
                  return Number(input);
                },
              }),
              add: agent({ run: ({ input }) => (note('add'), (input as number[]).reduce((a, b) => a + b, 0)) }),
            },
          }),
        },
      }),
    },
  }) as unknown as Loose<'sum'>;
}

test('F5 of a plan: the finished nodes and the finished items of each; the others are done in the next life', async () => {
  const worked: unknown[] = [];
  let gate = new Gate();
  const topology = planned(worked, () => gate.promise);
  const lives = new Lives();
  const first = await lives.begin(topology);
  const run = await submitted(first, 'sum', null);
  await first.settle();
  expect(worked).toEqual(['list', 1, 2, 3, 4, 5, 6]);
  first.kill();
  gate = new Gate();
  const second = await lives.begin(topology);
  gate.open();
  await second.settle();
  expect(await second.runtime.find(run)?.result()).toBe(21);
  expect(worked.slice(7)).toEqual([4, 5, 6, 'add']);
  await second.runtime.stop();
});

test('F5 killed again and again, at every commit in turn, a run ends with the result of an undisturbed one', async () => {
  const worked: unknown[] = [];
  const topology = planned(worked, async () => {});
  const lives = new Lives();
  const first = await lives.begin(topology);
  let run: string | undefined = undefined;
  let life = first;
  for (let lived = 1; lived < 40; lived++) {
    const { store } = life;
    const commit = store.commit.bind(store);
    let count = 0;
    store.commit = async (writes) => {
      count += 1;
      if (count > 2 && lived <= limits.task.recoveries_count) store.kill();
      await commit(writes);
    };
    run ??= await submitted(life, 'sum', null);
    await life.settle();
    if (life.runtime.find(run)?.state === 'done') break;
    life.kill();
    life = await lives.begin(topology);
  }
  expect(await life.runtime.find(run ?? '')?.result()).toBe(21);
  expect(lives.keys()).toEqual(over(run ?? ''));
  await life.runtime.stop();
});

test('F5 runs that are over are found after a restart with their status, result and error', async () => {
  const topology = solo(
    agent({
      timeout: '5s',
      run: ({ input }) => {
        if (input === 'bad') throw new TypeError('it is bad');
        return input === 'slow' ? new Promise(() => {}) : { said: input, at: new Date(5) };
      },
    }),
  );
  const lives = new Lives();
  const first = await lives.begin(topology);
  const ids: string[] = [];
  for (const input of ['good', 'bad', 'slow', 'unwanted']) ids.push(await submitted(first, 'work', input));
  const [good = '', bad = '', slow = '', unwanted = ''] = ids;
  await first.settle();
  void first.runtime.find(unwanted)?.cancel('nobody wants it');
  await first.advance(6_000);
  const before = first.runtime.runs().map((run) => run.status());
  first.kill();
  const { runtime, settle, advance } = await lives.begin(topology, 60_000);
  await settle();
  expect(runtime.runs().map((run) => run.status())).toEqual(
    before.map((status) => ({ ...status, tasks: { waiting: 0, running: 0, done: 0, failed: 0 } })),
  );
  expect(runtime.runs({ status: 'failed' }).map(({ id }) => id)).toEqual([bad]);
  expect(runtime.find(good)?.state).toBe('done');
  expect(await runtime.find(good)?.result()).toEqual({ said: 'good', at: new Date(5) });
  expect(await failureOf(runtime.find(bad)?.result() ?? Promise.resolve())).toMatchObject({
    name: 'TaskFailedError',
    code: 'TASK_FAILED',
    message: "Task 'work' failed at main/team/work (hop 2): it is bad",
    details: { at: 'main/team/work', attempts: 1 },
    cause: { name: 'TypeError', message: 'it is bad' },
  });
  expect(runtime.find(slow)?.state).toBe('timedOut');
  expect(runtime.find(unwanted)?.state).toBe('cancelled');
  const told = [];
  for await (const { type } of runtime.find(good)?.events() ?? []) told.push(type);
  expect(told).toEqual(['ended']);
  await advance(1);
  await runtime.stop();
});
