// A house in which everything is used that can go wrong: plans, fan-out, checkpoints, steps, code that delegates, retries,
// cancelled runs, shared accounts, durable and fleeting actors. Its simulation is the one that the runtime itself has
// to survive. Written against the public surface, as a user's would be.

import { agent, defineTopology, director, orchestrator, type WorkContext } from 'troupe';
import { z } from 'zod';

const tries = { limit: 2, backoff: { initial: '200ms', jitter: 0.5 } } as const;

/** Splits an order into parcels. */
const split = agent({
  input: z.object({ parcels: z.number() }),
  output: z.array(z.number()),
  run: ({ input }) => Array.from({ length: input.parcels }, (_, n) => n),
});

/** Packs one parcel; two at a time. */
const pack = agent({
  instances: 2,
  retries: tries,
  input: z.number(),
  output: z.number(),
  run: ({ input }) => input * 10,
});

/** Adds up, checkpoint by checkpoint. */
const add = agent({
  retries: tries,
  input: z.array(z.number()),
  output: z.number(),
  run: async function* ({ input }, ctx: WorkContext<{ next: number; sum: number }>) {
    let { next, sum } = ctx.checkpoint ?? { next: 0, sum: 0 };
    while (next < input.length) {
      sum += input[next] ?? 0;
      next += 1;
      yield { next, sum };
    }
    return sum;
  },
});

const Lots = z.object({ first: z.number(), second: z.number() });

/** Draws a lot once and for all: another attempt would draw another. */
const draw = agent({
  retries: tries,
  input: z.array(z.number()),
  output: Lots,
  run: async ({ input }, ctx) => {
    const first = await ctx.step('first', () => input[ctx.attempt % input.length] ?? -1);
    const second = await ctx.step('second', () => first + 1);
    return { first, second };
  },
});

const Transfer = z.object({ from: z.string(), to: z.string(), amount: z.number() });

/** Moves money between accounts, in one transaction. */
const bank = agent({
  timeout: '30s',
  input: Transfer,
  output: z.number(),
  run: async ({ input: { from, to, amount } }, ctx) =>
    ctx.state.transaction(async (tx) => {
      const before = balance(tx.get(`account/${from}`)?.value);
      tx.set(`account/${from}`, before - amount);
      if (before < amount) throw new Error('there is not enough on the account');
      tx.set(`account/${to}`, balance(tx.get(`account/${to}`)?.value) + amount);
      return before - amount;
    }),
});

/** What is on an account. */
export function balance(value: unknown): number {
  return typeof value === 'number' ? value : 0;
}

/** Wraps a present. */
const wrap = agent({ input: z.number(), output: z.number(), run: ({ input }) => input + 0.5 });

/** Two in a row, by code, which goes on where it was. */
const errands = director({
  accepts: 'errand',
  input: z.number(),
  output: z.object({ wrapped: z.number(), lots: Lots }),
  run: async ({ input }, ctx) => {
    // It may take as long as it likes, and has no longer than the errand itself.
    const wrapped = await ctx.delegate('wrap', { input, timeout: '1h' });
    const lots = await ctx.delegate('lots', [wrapped, wrapped + 7, wrapped + 14]);
    return { wrapped, lots };
  },
  agents: { wrap, lots: draw },
});

/** The house. */
export const house = defineTopology({
  name: 'house',
  restart: { maxRestarts: 1_000, within: '1s' },
  orchestrators: {
    orders: orchestrator({
      accepts: 'order',
      input: z.object({ parcels: z.number() }),
      timeout: '10m',
      plan: ({ input }) => ({
        parts: { type: 'split', input },
        parcels: { type: 'pack', needs: ['parts'], each: ({ parts }) => parts as number[], input: (_r, part) => part },
        total: { type: 'add', needs: ['parcels'], input: ({ parcels }) => parcels },
      }),
      result: ({ total }) => total,
      directors: { desk: director({ agents: { split, pack, add } }) },
    }),
    small: orchestrator({ directors: { errands, counter: director({ agents: { bank } }) } }),
  },
});
