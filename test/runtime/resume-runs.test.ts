// What becomes of whole runs that were open when their process went: they have the time they had, all of them are
// taken up, and one that kills its process is given up.

import { describe, expect, test } from 'vitest';
import { agent, defineTopology, director, limits, orchestrator, type Topology } from 'troupe';
import { eventsOf, Lives, over, submitted } from './durable-kit.ts';
import { failureOf, solo } from './runtime-kit.ts';

type Loose<Type extends string> = Topology<{ [T in Type]: { input: unknown; output: unknown } }>;

const nothing = solo(agent({ run: () => null }));
const never = solo(agent({ run: () => new Promise(() => {}) }));

describe('runs that are open', () => {
  test('keep their deadline: what is left of it counts, and none is left of one that has passed', async () => {
    const lives = new Lives();
    const first = await lives.begin(never);
    const short = await submitted(first, 'work', 1, { timeout: '10s' });
    const long = await submitted(first, 'work', 2, { timeout: '60s' });
    await first.advance(5_000);
    first.kill();
    const { runtime, events, settle, advance } = await lives.begin(never, 20_000);
    await settle();
    expect(runtime.find(short)?.status()).toMatchObject({ state: 'timedOut', elapsedMs: 25_000 });
    expect(eventsOf(events, 'runtime.recovered')).toMatchObject([{ resumed: 1, parked: 0, ended: 1 }]);
    expect(await failureOf(runtime.find(short)?.result() ?? Promise.resolve())).toMatchObject({ code: 'TASK_TIMEOUT' });
    await advance(34_999);
    expect(runtime.find(long)?.isOver).toBe(false);
    await advance(1);
    expect(runtime.find(long)?.status()).toMatchObject({ state: 'timedOut', elapsedMs: 60_000 });
    void runtime.stop();
  });

  test('of a type that nobody takes any more fail and say so', async () => {
    const lives = new Lives();
    const first = await lives.begin(never);
    const run = await submitted(first, 'work', 1);
    first.kill();
    const other = defineTopology({
      name: 'other',
      orchestrators: {
        main: orchestrator({ directors: { team: director({ agents: { rest: agent({ run: () => 1 }) } }) } }),
      },
    });
    const second = await lives.begin(other);
    await second.settle();
    const error = await failureOf(second.runtime.find(run)?.result() ?? Promise.resolve());
    expect(error).toMatchObject({ code: 'NO_AGENT', details: { type: 'work' } });
    expect(lives.keys()).toEqual(over(run));
    await second.runtime.stop();
  });

  test('M16 whose process dies each time they are taken up are given up; those of a process that stops in order are not', async () => {
    const lives = new Lives();
    let life = await lives.begin(never);
    const run = await submitted(life, 'work', 1, { timeout: '20h' });
    for (let stops = 0; stops <= limits.task.recoveries_count; stops++) {
      const stopping = life.runtime.stop();
      await life.advance(10_000);
      await stopping;
      life = await lives.begin(never);
    }
    for (let deaths = 0; deaths < limits.task.recoveries_count; deaths++) {
      expect(life.runtime.find(run)?.isOver).toBe(false);
      life.kill();
      life = await lives.begin(never);
    }
    const { runtime, events, settle } = life;
    await settle();
    expect(eventsOf(events, 'runtime.recovered')).toMatchObject([{ resumed: 0, parked: 1, ended: 0 }]);
    const error = await failureOf(runtime.find(run)?.result() ?? Promise.resolve());
    expect(error.code).toBe('TASK_FAILED');
    expect(error.message).toMatch(/its process died 6 times/);
    expect(lives.keys()).toEqual(over(run));
    await runtime.stop();
  });

  test('more than fit into a mailbox at once are all taken up', async () => {
    const topology = defineTopology({
      name: 'many',
      orchestrators: {
        main: orchestrator({
          run: async (_task, ctx) => ctx.delegate('work', 1),
          mailbox: { capacity: 10 },
          directors: { team: director({ agents: { work: agent({ instances: 10, run: () => 1 }) } }) },
        }),
      },
    }) as unknown as Loose<'many'>;
    const lives = new Lives();
    const first = await lives.begin(topology);
    const gate = first.store.hold();
    void first.runtime.submit({ type: 'many', input: 1 });
    await first.settle();
    first.store.hold(); // its acceptance lands, and nothing after that
    gate.open();
    await first.settle();
    first.kill();
    const [one = ''] = lives.keys('run/');
    const record = lives.inner.get(one)?.value;
    await lives.inner.commit(Array.from({ length: 49 }, (_, index) => ({ key: `${one}${index}`, value: record })));
    const { runtime, advance } = await lives.begin(topology);
    await advance(5_000);
    expect(runtime.runs({ status: 'done' })).toHaveLength(50);
    await runtime.stop();
  });

  test('what tasks of runs that are over have left behind goes at the next start', async () => {
    const lives = new Lives();
    const first = await lives.begin(never);
    const run = await submitted(first, 'work', 1);
    await first.settle();
    first.kill();
    const left = [
      'task/run-gone',
      'task/run-gone.work#0',
      'step/run-gone/step/a',
      'resume/run-gone',
      'step/run-zzz.x/step/b',
    ];
    await lives.inner.commit(left.map((key) => ({ key, value: {} })));
    const second = await lives.begin(never);
    await second.settle();
    expect(lives.keys()).toEqual([`resume/${run}`, `run/${run}`, `task/${run}`]);
    void second.runtime.stop();
  });

  test('a start with nothing in its store says so', async () => {
    const { runtime, events } = await new Lives().begin(nothing);
    expect(eventsOf(events, 'runtime.recovered')).toMatchObject([
      { topology: 'solo', resumed: 0, parked: 0, ended: 0 },
    ]);
    await runtime.stop();
  });
});
