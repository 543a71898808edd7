// A small shop for crash tests: a till that is a durable actor, and an agent that hands out goods. `ship` writes down for
// which task it has done so; `carry` only counts, and so counts twice when its process dies between that and its end.

import { agent, defineTopology, director, orchestrator, reply } from 'troupe';
import { assign, setup } from 'xstate';

/** Keeps what has been sold. */
export const till = setup({
  types: {
    context: {} as { sales: number[] },
    events: {} as { type: 'sell'; sale: number } | { type: 'read' },
  },
}).createMachine({
  context: { sales: [] },
  on: {
    sell: {
      actions: [assign({ sales: ({ context, event }) => [...context.sales, event.sale] }), reply({ type: 'sold' })],
    },
    read: { actions: reply(({ context }) => ({ type: 'sales', sales: context.sales })) },
  },
});

const ship = agent({
  accepts: 'ship',
  run: async ({ id, input }, ctx) => {
    await ctx.state.set(`shipped/${String(input)}`, id);
  },
});

const carry = agent({
  accepts: 'carry',
  run: async (_task, ctx) => {
    const { value } = await ctx.state.update<number>('carried', (carried = 0) => carried + 1);
    return value;
  },
});

export default defineTopology({
  name: 'shop',
  orchestrators: { main: orchestrator({ directors: { yard: director({ agents: { ship, carry } }) } }) },
});
