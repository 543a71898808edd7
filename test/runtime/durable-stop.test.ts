// A stop is no end where there is a store: what is open is left to the next start. A cancel is one.

import { expect, test } from 'vitest';
import { agent, StoreFullError, type WorkContext } from 'troupe';
import { Lives, over, submitted } from './durable-kit.ts';
import { failureOf, Gate, solo, untilAborted } from './runtime-kit.ts';

test('a stop leaves open runs to the next start, with what they finished; their callers here are told to come again', async () => {
  const steps: string[] = [];
  const waits: WorkContext['signal'][] = [];
  let gate = new Gate();
  const topology = solo(
    agent({
      run: async (_task, ctx) => {
        await ctx.step('one', () => steps.push('one'));
        await ctx.step('two', async () => {
          waits.push(ctx.signal);
          await gate.promise;
          steps.push('two');
        });
        ctx.signal.throwIfAborted();
        return steps.length;
      },
    }),
  );
  const lives = new Lives();
  const first = await lives.begin(topology);
  const run = await submitted(first, 'work', null);
  await first.settle();
  const here = first.runtime.find(run);
  const following = failureOf(collect(here?.events()));
  await first.settle();
  const stopping = first.runtime.stop();
  await first.settle();
  expect(waits[0]?.aborted).toBe(true);
  gate.open(); // code that comes back in time is not done for nothing
  await first.settle();
  await stopping;
  expect(await failureOf(here?.result() ?? Promise.resolve())).toMatchObject({
    code: 'SHUTTING_DOWN',
    retryable: true,
  });
  expect(await following).toMatchObject({ code: 'SHUTTING_DOWN' });
  expect(here?.isOver).toBe(false);
  gate = new Gate();
  const second = await lives.begin(topology);
  await second.settle();
  expect(await second.runtime.find(run)?.result()).toBe(2);
  expect(steps).toEqual(['one', 'two']);
  await second.runtime.stop();
});

test('a drain lets open runs end, which is kept; after its time the others are left to the next start', async () => {
  const gate = new Gate();
  const topology = solo(
    agent({ instances: 2, run: ({ input }, ctx) => (input === 'ends' ? gate.promise : untilAborted(ctx.signal)) }),
  );
  const lives = new Lives();
  const first = await lives.begin(topology);
  const ends = await submitted(first, 'work', 'ends');
  const stays = await submitted(first, 'work', 'stays');
  await first.settle();
  const stopping = first.runtime.stop({ drain: '10s' });
  gate.open();
  await first.advance(9_999);
  expect(first.runtime.find(ends)?.state).toBe('done');
  expect(first.runtime.phase).toBe('stopping');
  await first.advance(1);
  await stopping;
  const second = await lives.begin(topology);
  await second.settle();
  expect(second.runtime.find(ends)?.state).toBe('done');
  expect(second.runtime.find(stays)?.state).toBe('running');
  const stop = second.runtime.stop();
  await second.settle();
  await stop;
});

test('a cancel is an end, and stays one', async () => {
  const topology = solo(agent({ run: (_task, ctx) => untilAborted(ctx.signal) }));
  const lives = new Lives();
  const first = await lives.begin(topology);
  const run = await submitted(first, 'work', null);
  await first.settle();
  void first.runtime.find(run)?.cancel('not needed');
  await first.settle();
  first.kill();
  const second = await lives.begin(topology);
  await second.settle();
  expect(second.runtime.find(run)?.state).toBe('cancelled');
  expect(await failureOf(second.runtime.find(run)?.result() ?? Promise.resolve())).toMatchObject({
    code: 'TASK_CANCELLED',
    details: { reason: 'not needed' },
  });
  expect(lives.keys()).toEqual(over(run));
  await second.runtime.stop();
});

test('a stop while the store takes nothing comes to its end; what could not be written is done again', async () => {
  let count = 0;
  const gate = new Gate();
  const topology = solo(agent({ run: async () => (await gate.promise, (count += 1)) }));
  const lives = new Lives();
  const first = await lives.begin(topology);
  const run = await submitted(first, 'work', null);
  await first.settle();
  first.store.failure = new StoreFullError('nowhere', 'it is full');
  gate.open();
  await first.settle();
  const stopping = first.runtime.stop({ drain: '1s' });
  await first.advance(1_000);
  await stopping;
  expect(first.clock.pendingTimers).toBe(0);
  const second = await lives.begin(topology);
  await second.settle();
  expect(await second.runtime.find(run)?.result()).toBe(2);
  await second.runtime.stop();
});

test('a task that ran out of time and is given again at once is taken, while its old code is still coming back', async () => {
  const attempts: number[] = [];
  const gate = new Gate();
  const topology = solo(
    agent({ instances: 1, shutdown: '5s', run: ({ input }) => (attempts.push(Number(input)), gate.promise) }),
  );
  const { runtime, settle, advance } = await new Lives().begin(topology);
  const run = runtime.find(await submitted({ runtime, settle } as never, 'work', 1, { timeout: '1s' }));
  await advance(1_000);
  expect(run?.state).toBe('timedOut');
  const next = runtime.find(await submitted({ runtime, settle } as never, 'work', 2));
  gate.open();
  await settle();
  expect(next?.state).toBe('done');
  expect(attempts).toEqual([1, 2]);
  await runtime.stop();
});

async function collect(events: AsyncIterable<unknown> | undefined): Promise<unknown[]> {
  const all: unknown[] = [];
  for await (const event of events ?? []) all.push(event);
  return all;
}
