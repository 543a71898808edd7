// U2: the queue fails with its process. It is durable: jobs that wait and jobs in flight survive a restart, each is done
// to its end once, in the order of their priorities, and none is lost or invented.

import { expect, test } from 'vitest';
import { agent } from 'troupe';
import { Lives, over, submitted } from '../runtime/durable-kit.ts';
import { Gate, solo } from '../runtime/runtime-kit.ts';

test('U2 jobs in flight and jobs that wait are there after a restart, with their order and their keys', async () => {
  const finished: unknown[] = [];
  let gate = new Gate();
  const topology = solo(
    agent({
      run: async ({ input }, ctx) => {
        if (input !== 'quick') await gate.promise;
        await ctx.step('finish', () => finished.push(input));
      },
    }),
  );
  const lives = new Lives();
  const first = await lives.begin(topology);
  const jobs = ['quick', 'in flight', 'last', 'second', 'first'];
  const priorities = [5, 5, 9, 5, 1] as const;
  const ids: string[] = [];
  for (const [index, job] of jobs.entries()) {
    const options = { priority: priorities[index] ?? 5, idempotencyKey: job };
    ids.push(await submitted(first, 'work', job, options));
    await first.settle();
  }
  expect(finished).toEqual(['quick']);
  expect(first.runtime.runs().map(({ state }) => state)).toEqual(['done', 'running', 'queued', 'queued', 'queued']);
  first.kill();
  gate = new Gate();
  const second = await lives.begin(topology);
  await second.settle();
  expect(second.runtime.runs().map(({ id }) => id)).toEqual(ids);
  // Whoever was not told whether a job was taken asks again, and gets the same one.
  expect(await submitted(second, 'work', 'second', { idempotencyKey: 'second' })).toBe(ids[3]);
  gate.open();
  await second.settle();
  expect(finished).toEqual(['quick', 'first', 'in flight', 'second', 'last']);
  expect(second.runtime.runs({ status: 'done' })).toHaveLength(5);
  const kept = [...ids.flatMap(over), ...jobs.filter((job) => !job.includes(' ')).map((job) => `idem/${job}`)];
  expect(lives.keys().filter((key) => !key.startsWith('idem/~'))).toEqual(kept.toSorted());
  await second.runtime.stop();
});
