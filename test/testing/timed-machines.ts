// Machines with time, invoked actors, nesting, parallel regions, history and steps of their own, for the tests of the
// rewriting and of the runtime against the model.

import { assign, emit, fromPromise, raise, sendTo, setup } from 'xstate';

interface Context {
  readonly tries: number;
  readonly log: readonly string[];
}

const noted = ({ context }: { readonly context: Context }, { text }: { readonly text: string }): Partial<Context> => ({
  log: [...context.log, text].slice(-3),
});
const note = (text: string) => ({ type: 'note', params: { text } }) as const;

/** Nested: a timer in the parent and one in the child, a named delay that depends on the context, an inner final state. */
export const fetcher = setup({
  types: { context: {} as Context, events: {} as { type: 'go' | 'stop' | 'retry' } },
  actors: { load: fromPromise(() => Promise.resolve(1)) },
  actions: { note: assign(noted) },
  delays: { backoff: ({ context }) => 100 * (context.tries + 1), budget: 1_000 },
  guards: { triesLeft: ({ context }) => context.tries < 2 },
}).createMachine({
  id: 'fetcher',
  context: { tries: 0, log: [] },
  initial: 'idle',
  states: {
    idle: { on: { go: 'work' } },
    work: {
      initial: 'loading',
      after: { budget: { target: 'failed', actions: note('late') } },
      on: { stop: 'idle' },
      onDone: { target: 'done', actions: emit({ type: 'loaded' }) },
      exit: note('left work'),
      states: {
        loading: {
          entry: sendTo('loader', { type: 'hello' }),
          invoke: {
            id: 'loader',
            src: 'load',
            onDone: { target: 'loaded', actions: note('got it') },
            onError: [
              { guard: 'triesLeft', target: 'waiting', actions: assign({ tries: ({ context }) => context.tries + 1 }) },
              { target: '#fetcher.failed' },
            ],
          },
          after: { 300: 'slow' },
        },
        slow: { on: { retry: { target: 'loading', reenter: true } } },
        waiting: { entry: emit({ type: 'waits' }), after: { backoff: 'loading' } },
        loaded: { type: 'final' },
      },
    },
    done: { type: 'final' },
    failed: {
      entry: emit({ type: 'gaveUp' }),
      always: { guard: ({ context }) => context.tries > 5, target: 'idle' },
      on: { retry: { target: 'idle', actions: assign({ tries: 0 }) } },
    },
  },
});

/** Parallel: timers in both regions, one re-armed by re-entry, an internal timer that fires once, history, a raise. */
export const signals = setup({
  types: { context: {} as Context, events: {} as { type: 'walk' | 'power' | 'kick' | 'seen' } },
  actions: { note: assign(noted) },
}).createMachine({
  id: 'signals',
  type: 'parallel',
  context: { tries: 0, log: [] },
  states: {
    light: {
      initial: 'lit',
      states: {
        lit: {
          initial: 'green',
          on: { power: 'dark' },
          states: {
            green: { after: { 50: 'yellow' }, on: { walk: 'yellow' } },
            yellow: {
              entry: raise({ type: 'seen' }),
              after: { 20: { target: 'red', actions: emit({ type: 'beep' }) } },
            },
            red: { after: { 40: 'green' } },
            last: { type: 'history' },
          },
        },
        dark: { on: { power: 'lit.last' } },
      },
    },
    counter: {
      initial: 'calm',
      states: {
        calm: { on: { kick: 'busy', seen: { actions: note('seen') } } },
        busy: {
          after: { 30: 'calm', 10: { actions: note('ten') } },
          on: { kick: { target: 'busy', reenter: true } },
        },
      },
    },
  },
});

/** What two runs of a machine have to agree on. */
export function standing(snapshot: {
  readonly value: unknown;
  readonly context: unknown;
  readonly status: unknown;
}): unknown {
  const { value, context, status } = snapshot;
  return JSON.parse(JSON.stringify({ value, context, status })) as unknown;
}
