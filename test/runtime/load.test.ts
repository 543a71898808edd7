// Many tasks: ten thousand through one plan, in bounded memory, on real time.

import { expect, test } from 'vitest';
import { agent, createRuntime, defineTopology, director, limits, orchestrator, type Topology } from 'troupe';

test('ten thousand tasks of one plan all get done, in order, and leave nothing behind', async () => {
  const count = 10_000;
  const topology = defineTopology({
    name: 'many',
    orchestrators: {
      main: orchestrator({
        plan: () => ({ all: { type: 'work', each: () => Array.from({ length: count }, (_, index) => index) } }),
        directors: {
          team: director({ agents: { work: agent({ instances: 4, run: async ({ input }) => Number(input) + 1 }) } }),
        },
      }),
    },
  }) as unknown as Topology<{ many: { input: unknown; output: { all: number[] } } }>;
  await using runtime = await createRuntime(topology);
  await runtime.start();
  const heap = process.memoryUsage().heapUsed;
  const run = await runtime.submit({ type: 'many', input: null });
  const { all } = await run.result();
  expect(all).toHaveLength(count);
  expect(all.every((value, index) => value === index + 1)).toBe(true);
  expect(run.status().tasks).toMatchObject({ waiting: 0, running: 0, done: count + 1 });
  let kept = 0;
  for await (const event of run.events()) kept += event.type === 'gap' ? 0 : 1;
  expect(kept).toBe(limits.run.eventsKept_count);
  expect(process.memoryUsage().heapUsed - heap).toBeLessThan(250_000_000);
});
