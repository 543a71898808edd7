// The machine behind every machine row: each event changes the state and assigns count and sum, the most common shape
// of a real event. Shared, so that raw XState and troupe run the very same statechart.
import { assign, setup } from 'xstate';

/** The one event it knows. */
export interface CountEvent {
  readonly type: 'count';
  readonly value: number;
}

/** What it counted. */
export interface CountContext {
  readonly count: number;
  readonly sum: number;
}

const machineSetup = setup({
  types: { context: {} as CountContext, events: {} as CountEvent },
  actions: {
    add: assign({
      count: ({ context }) => context.count + 1,
      sum: ({ context, event }) => context.sum + event.value,
    }),
  },
});

/** Toggles between `even` and `odd`, counting. */
export const countingMachine = machineSetup.createMachine({
  id: 'counting',
  context: { count: 0, sum: 0 },
  initial: 'even',
  states: {
    even: { on: { count: { target: 'odd', actions: 'add' } } },
    odd: { on: { count: { target: 'even', actions: 'add' } } },
  },
});
