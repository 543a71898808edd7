// C6: no global state. Runtimes in one process share nothing, and a runtime that has stopped leaves nothing behind.

import { describe, expect, test } from 'vitest';
import { agent, createRuntime } from 'troupe';
import { runtimeKit, solo } from '../runtime/runtime-kit.ts';

const activeTimers = (): number =>
  process.getActiveResourcesInfo().filter((kind) => kind === 'Timeout' || kind === 'Immediate').length;

describe('C6 runtimes in one process', () => {
  test('of one topology share no actor, run, event, topic or dead letter', async () => {
    const topology = solo(
      agent({
        run: ({ input }, ctx) => {
          ctx.publish('news', { type: 'done' });
          return input;
        },
      }),
    );
    const one = await runtimeKit(topology);
    const two = await runtimeKit(topology);
    const heard: string[] = [];
    one.runtime.subscribe('news', () => heard.push('one'));
    two.runtime.subscribe('news', () => heard.push('two'));
    const before = two.events.length;
    const run = await one.runtime.submit({ type: 'work', input: 'mine' });
    await one.settle();
    await two.settle();
    expect(await run.result()).toBe('mine');
    expect(heard).toEqual(['one']);
    expect(two.events).toHaveLength(before);
    expect(two.runtime.find(run.id)).toBeUndefined();
    expect(two.runtime.runs()).toEqual([]);
    expect(one.runtime.actor('main')).not.toBe(two.runtime.actor('main'));
    await one.runtime.stop();
    const after = await two.runtime.submit({ type: 'work', input: 'still here' });
    await two.settle();
    expect(await after.result()).toBe('still here');
    expect(one.runtime.deadLetters()).toEqual([]);
    await two.runtime.stop();
  });

  test('a ref of one is no address in the other', async () => {
    const topology = solo(agent({ run: () => 1 }));
    const one = await runtimeKit(topology);
    const two = await runtimeKit(topology);
    const ref = one.runtime.actor('main');
    await one.runtime.stop();
    expect(ref?.tell({ type: 'hello' })).toBe(false);
    await two.settle();
    expect(one.runtime.deadLetters()).toHaveLength(1);
    expect(two.runtime.deadLetters()).toEqual([]);
    await two.runtime.stop();
  });

  test('a hundred that come and go leave no timer, no listener and no memory', async () => {
    const topology = solo(
      agent({
        instances: 4,
        retries: { limit: 1, backoff: { initial: '10s' } },
        run: async ({ input }, ctx) => {
          if (input === 'fail') throw new Error('again');
          return ctx.step('s', () => 'x'.repeat(10_000));
        },
      }),
    );
    const cycle = async (): Promise<void> => {
      const runtime = await createRuntime(topology);
      await runtime.start();
      await Promise.all(Array.from({ length: 5 }, () => runtime.run({ type: 'work', input: 'go' })));
      await runtime.submit({ type: 'work', input: 'fail' });
      await runtime.stop();
    };
    for (let warm = 0; warm < 20; warm++) await cycle();
    const listeners = process.eventNames().map((name) => process.listenerCount(name));
    const timers = activeTimers();
    globalThis.gc?.();
    const heap = process.memoryUsage().heapUsed;
    for (let index = 0; index < 100; index++) await cycle();
    expect(activeTimers()).toBeLessThanOrEqual(timers);
    expect(process.eventNames().map((name) => process.listenerCount(name))).toEqual(listeners);
    globalThis.gc?.();
    // Without --expose-gc garbage is part of the figure; 100 runtimes that stayed would be far beyond it.
    expect(process.memoryUsage().heapUsed - heap).toBeLessThan(60_000_000);
  });
});
