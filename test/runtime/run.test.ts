// A task's way through a declared topology: plan, routing, fan-out, retries, time-outs, cancellation, validation.

import { describe, expect, test } from 'vitest';
import { z } from 'zod';
import { agent, defineTopology, director, orchestrator } from 'troupe';
import { runtimeKit } from './runtime-kit.ts';

function auditLike(measure: (file: string, signal: AbortSignal) => Promise<number> | number) {
  return defineTopology({
    name: 'audit',
    orchestrators: {
      main: orchestrator({
        input: z.object({ files: z.array(z.string()) }),
        plan: ({ input }) => ({
          list: { type: 'list', input: { files: input.files } },
          sizes: {
            type: 'measure',
            needs: ['list'],
            each: ({ list }) => list as string[],
            input: (_results, file) => file,
          },
          total: { type: 'sum', needs: ['sizes'], input: ({ sizes }) => sizes },
        }),
        result: ({ total }) => total,
        directors: {
          code: director({
            agents: {
              list: agent({
                input: z.object({ files: z.array(z.string()) }),
                output: z.array(z.string()),
                run: ({ input }) => input.files,
              }),
              measure: agent({
                input: z.string(),
                output: z.number(),
                instances: 2,
                run: ({ input }, ctx) => measure(input, ctx.signal),
              }),
              sum: agent({
                input: z.array(z.number()),
                output: z.number(),
                run: ({ input }) => input.reduce((a, b) => a + b, 0),
              }),
            },
          }),
        },
      }),
    },
  });
}

describe('a plan', () => {
  test('runs its tasks in the order of their needs and gives the result', async () => {
    const { runtime, settle } = await runtimeKit(auditLike((file) => file.length));
    const run = await runtime.submit({ type: 'audit', input: { files: ['a', 'bb', 'ccc'] } });
    await settle();
    expect(run.status()).toMatchObject({ state: 'done' });
    expect(await run.result()).toBe(6);
    await runtime.stop();
  });

  test('runs on real time as well', async () => {
    const { createRuntime } = await import('troupe');
    await using runtime = await createRuntime(auditLike((file) => file.length));
    await runtime.start();
    expect(
      await runtime.run({
        type: 'audit',
        input: { files: Array.from({ length: 500 }, (_, index) => 'x'.repeat(index % 7)) },
      }),
    ).toBe(1494);
  });
});
