// What a killed process leaves is taken up by the next one: runs under their ids, tasks under theirs, with what they
// had finished, where they were.

import { describe, expect, test } from 'vitest';
import { agent, defineTopology, director, orchestrator, type Topology, type WorkContext } from 'troupe';
import { eventsOf, Lives, over, submitted } from './durable-kit.ts';
import { failureOf, Gate, solo } from './runtime-kit.ts';

type Loose<Type extends string> = Topology<{ [T in Type]: { input: unknown; output: unknown } }>;

/** A world outside that counts what is done to it, by idempotency key. */
class Outside {
  readonly calls: string[] = [];
  readonly done = new Set<string>();

  charge(key: string): string {
    this.calls.push(key);
    this.done.add(key);
    return `receipt ${this.calls.length}`;
  }
}

describe('work in flight at a kill', () => {
  test('P23 starts again with the same task id and a higher attempt; its finished step is not repeated', async () => {
    const outside = new Outside();
    const attempts: { readonly id: string; readonly attempt: number }[] = [];
    let gate = new Gate();
    const topology = solo(
      agent({
        run: async (task, ctx) => {
          attempts.push({ id: task.id, attempt: ctx.attempt });
          const receipt = await ctx.step('charge', () => outside.charge(task.id));
          await gate.promise;
          return receipt;
        },
      }),
    );
    const lives = new Lives();
    const first = await lives.begin(topology);
    const run = await submitted(first, 'work', { amount: 5 });
    await first.settle();
    first.kill();
    gate = new Gate();
    const second = await lives.begin(topology);
    const found = second.runtime.find(run);
    expect(found?.state).toBe('running');
    gate.open();
    await second.settle();
    expect(await found?.result()).toBe('receipt 1');
    expect(attempts).toEqual([
      { id: run, attempt: 1 },
      { id: run, attempt: 2 },
    ]);
    expect(outside.calls).toEqual([run]);
    expect(eventsOf(second.events, 'runtime.recovered')).toMatchObject([{ resumed: 1, parked: 0, ended: 0 }]);
    expect(lives.keys()).toEqual(over(run));
    await second.runtime.stop();
  });

  test('P23 an attempt whose beginning has not landed has not begun', async () => {
    let begun = 0;
    const topology = solo(agent({ run: () => (begun += 1) }));
    const lives = new Lives();
    const { store, settle, runtime, kill } = await lives.begin(topology);
    const submitting = runtime.submit({ type: 'work', input: null });
    await settle();
    const run = await submitting;
    await run.result();
    expect(begun).toBe(1);
    const again = runtime.submit({ type: 'work', input: null });
    const landed = new Gate();
    let isHeld = false;
    const { commit } = Object.getPrototypeOf(store) as { commit: typeof store.commit };
    store.commit = async (writes) => {
      if (writes.some(({ key }) => key.startsWith('task/') && !key.includes(run.id))) {
        isHeld = true;
        await landed.promise;
      }
      await commit.call(store, writes);
    };
    await settle();
    await again;
    await settle();
    expect(isHeld).toBe(true);
    expect(begun).toBe(1);
    kill();
    landed.open();
    const second = await lives.begin(topology);
    await second.settle();
    expect(begun).toBe(2);
    await second.runtime.stop();
  });

  test('D13 a task delegated by code has one id over every retry and every restart, and each sibling its own', async () => {
    const seen = new Map<unknown, Set<string>>();
    let gate = new Gate();
    const topology = defineTopology({
      name: 'ids',
      orchestrators: {
        main: orchestrator({
          run: (_task, ctx) =>
            Promise.all([
              ctx.delegate('work', 0),
              ctx.delegate('work', 1),
              ctx.delegate('work', { input: 2, key: 'a key of its own' }),
              ctx.fanOut('work', [3, 4]),
              ctx.delegate('work', { input: 5, key: 'x'.repeat(5_000) }),
            ]),
          directors: {
            team: director({
              agents: {
                work: agent({
                  instances: 6,
                  retries: { limit: 1, backoff: { initial: '1s', jitter: 0 } },
                  run: async ({ id, input }, ctx) => {
                    seen.set(input, (seen.get(input) ?? new Set()).add(id));
                    if (ctx.attempt === 1) throw new Error('once');
                    await gate.promise;
                    return input;
                  },
                }),
              },
            }),
          },
        }),
      },
    }) as unknown as Loose<'ids'>;
    const lives = new Lives();
    const first = await lives.begin(topology);
    const run = await submitted(first, 'ids', null);
    await first.advance(1_500);
    first.kill();
    gate = new Gate();
    const second = await lives.begin(topology);
    await second.settle();
    gate.open();
    await second.settle();
    expect(await second.runtime.find(run)?.result()).toEqual([0, 1, 2, [3, 4], 5]);
    const ids = [...seen.values()].map((each) => [...each]);
    expect(ids.every((each) => each.length === 1)).toBe(true);
    expect(new Set(ids.flat()).size).toBe(6);
    expect(ids.flat().every((id) => id.startsWith(`${run}.`) && id.length <= 200)).toBe(true);
    expect(lives.keys()).toEqual(over(run));
    await second.runtime.stop();
  });

  test('D16 a chain that is cut in the middle is taken up at its head and at its end', async () => {
    const log: string[] = [];
    let gate = new Gate();
    const topology = defineTopology({
      name: 'chain',
      orchestrators: {
        main: orchestrator({
          run: async (_task, ctx) => {
            log.push(`main ${ctx.attempt}`);
            return ctx.delegate('lead', 1);
          },
          directors: {
            team: director({
              accepts: 'lead',
              run: async (_task, ctx) => {
                log.push(`lead ${ctx.attempt}`);
                const prepared = await ctx.step('prepare', () => log.push('prepare'));
                return [prepared, await ctx.delegate('work', 2)];
              },
              agents: {
                work: agent({
                  run: async ({ input }, ctx) => {
                    log.push(`work ${ctx.attempt}`);
                    await gate.promise;
                    return input;
                  },
                }),
              },
            }),
          },
        }),
      },
    }) as unknown as Loose<'chain'>;
    const lives = new Lives();
    const first = await lives.begin(topology);
    const run = await submitted(first, 'chain', null);
    await first.settle();
    first.kill();
    gate = new Gate();
    const second = await lives.begin(topology);
    gate.open();
    await second.settle();
    expect(await second.runtime.find(run)?.result()).toEqual([3, 2]);
    expect(log).toEqual(['main 1', 'lead 1', 'prepare', 'work 1', 'main 2', 'lead 2', 'work 2']);
    await second.runtime.stop();
  });

  test('a generator goes on after the last chunk whose checkpoint has landed', async () => {
    const chunks: number[] = [];
    let gate = new Gate();
    const topology = solo(
      agent({
        run: async function* (_task, ctx: WorkContext<{ next: number }>) {
          for (let next = ctx.checkpoint?.next ?? 0; next < 5; next++) {
            chunks.push(next);
            if (next === 3) await gate.promise;
            yield { next: next + 1 };
          }
          return chunks.length;
        },
      }),
    );
    const lives = new Lives();
    const first = await lives.begin(topology);
    const run = await submitted(first, 'work', null);
    await first.settle();
    expect(chunks).toEqual([0, 1, 2, 3]);
    first.kill();
    gate = new Gate();
    const second = await lives.begin(topology);
    gate.open();
    await second.settle();
    expect(chunks).toEqual([0, 1, 2, 3, 3, 4]);
    expect(await second.runtime.find(run)?.result()).toBe(6);
    await second.runtime.stop();
  });

  test('a key that meets another input after the restart is refused and not mixed up', async () => {
    let isSecond = false;
    let gate = new Gate();
    const topology = defineTopology({
      name: 'mixed',
      orchestrators: {
        main: orchestrator({
          run: async (_task, ctx) => {
            await ctx.delegate('work', isSecond ? 'other' : 'one');
            await gate.promise;
          },
          directors: { team: director({ agents: { work: agent({ run: ({ input }) => input }) } }) },
        }),
      },
    }) as unknown as Loose<'mixed'>;
    const lives = new Lives();
    const first = await lives.begin(topology);
    const run = await submitted(first, 'mixed', null);
    await first.settle();
    first.kill();
    isSecond = true;
    gate = new Gate();
    const second = await lives.begin(topology);
    await second.settle();
    const error = await failureOf(second.runtime.find(run)?.result() ?? Promise.resolve());
    expect(error).toMatchObject({ code: 'TASK_FAILED', cause: { code: 'INVALID_OPTION', details: { field: 'key' } } });
    await second.runtime.stop();
  });
});
