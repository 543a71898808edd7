// Machines of every shape that XState 5 knows, for the tests of the drawings.

import {
  and,
  assign,
  cancel,
  createMachine,
  emit,
  fromPromise,
  log,
  not,
  or,
  raise,
  sendTo,
  setup,
  spawnChild,
  stateIn,
  type AnyStateMachine,
} from 'xstate';
import { hostileLabels } from './sample-topology.ts';

const fetchUser = fromPromise(() => Promise.resolve({ name: 'x' }));

/** Nested and delayed, with invokes, history, final states, guards and actions. */
export const fetching: AnyStateMachine = setup({
  types: { context: {} as { tries: number; user: unknown } },
  actors: { fetchUser },
  guards: { canRetry: ({ context }) => context.tries < 3, online: () => true },
  actions: { remember: () => undefined, report: () => undefined },
  delays: { backoff: ({ context }) => context.tries * 100 },
}).createMachine({
  id: 'fetching',
  context: { tries: 0, user: null },
  initial: 'idle',
  on: { 'job.stop': { target: '.stopped', actions: 'report' }, 'note.add': { actions: 'remember' } },
  states: {
    idle: { tags: ['quiet'], on: { 'job.start': { target: 'working', guard: 'online' } } },
    working: {
      initial: 'loading',
      entry: assign({ tries: 0 }),
      exit: cancel('slow'),
      onDone: 'shown',
      on: { 'job.pause': 'paused', 'job.again': { target: 'working', reenter: true } },
      states: {
        loading: {
          entry: ['remember', raise({ type: 'slow' }, { id: 'slow', delay: 5_000 })],
          invoke: {
            src: 'fetchUser',
            onDone: { target: 'loaded', actions: assign({ user: ({ event }) => event.output }) },
            onError: [
              { guard: 'canRetry', target: 'waiting', actions: assign({ tries: 1, user: null }) },
              { target: '#fetching.failed', actions: ['report', log('failed')] },
            ],
          },
          after: { 500: { actions: 'report' } },
        },
        waiting: { after: { backoff: 'loading', 60000: '#fetching.failed' } },
        loaded: { type: 'final' },
        resume: { type: 'history', history: 'deep', target: 'waiting' },
      },
    },
    paused: { on: { 'job.resume': 'working.resume', '*': { actions: 'remember' }, 'job.start': undefined } },
    shown: {
      always: [{ guard: not('online'), target: 'failed' }],
      on: { 'job.start': { target: 'shown', reenter: true } },
    },
    failed: { type: 'final', entry: 'report' },
    stopped: { type: 'final' },
  },
});

/** Parallel regions, a transition with a target in each, waiting for all of them, shallow history. */
export const player: AnyStateMachine = createMachine({
  id: 'player',
  initial: 'off',
  states: {
    off: { on: { 'power.on': ['on'], 'power.resume': { target: ['on.sound.loud', 'on.picture.sharp'] } } },
    on: {
      type: 'parallel',
      onDone: 'off',
      on: { 'power.off': 'off', 'power.reset': { target: 'on', reenter: true }, 'power.back': 'on.picture.last' },
      states: {
        sound: {
          initial: 'quiet',
          states: {
            quiet: { on: { louder: 'loud' } },
            loud: { on: { quieter: 'quiet', mute: { target: 'gone', guard: stateIn({ on: { picture: 'sharp' } }) } } },
            gone: { type: 'final' },
          },
        },
        picture: {
          initial: 'blurred',
          states: {
            blurred: { on: { focus: { target: 'sharp', guard: and(['lit', or(['near', not('far')])]) } } },
            sharp: { after: { 1500: 'blurred' }, on: { close: 'closed', all: '#player.on' } },
            closed: { type: 'final' },
            last: { type: 'history' },
          },
        },
        lamp: {},
      },
    },
  },
});

/** Every inline creator, without a single name. */
export const inline: AnyStateMachine = createMachine({
  id: 'inline',
  context: {},
  invoke: {
    src: fromPromise(() => Promise.resolve(1)),
    onDone: { actions: () => undefined },
    onSnapshot: { actions: () => undefined },
  },
  initial: 'a',
  states: {
    a: {
      entry: [
        () => undefined,
        assign(() => ({})),
        emit({ type: 'was.seen' }),
        sendTo('peer', { type: 'ping' }),
        spawnChild(fetchUser),
      ],
      on: {
        next: { target: 'b', guard: () => true, actions: [{ type: 'track', params: { x: 1 } }, function named() {}] },
      },
    },
    b: {},
  },
});

/** A single state with no inside. */
export const single: AnyStateMachine = createMachine({
  id: 'single',
  entry: 'hello',
  on: { ping: { actions: 'pong' } },
});

/** A hundred states in a ring, each with a way back to the first. */
export const hundred: AnyStateMachine = createMachine({
  id: 'hundred',
  initial: 's0',
  states: Object.fromEntries(
    Array.from({ length: 100 }, (_, at) => [
      `s${at}`,
      { on: { next: `s${(at + 1) % 100}`, ...(at % 10 === 5 ? { reset: 's0' } : {}) } },
    ]),
  ),
});

/** Hostile text as id, state, event, guard, action, tag, description, invoke and delay. */
export function hostileMachine(): AnyStateMachine {
  const labels = hostileLabels.filter((label) => label !== '');
  const keys = labels.map((label) => label.replaceAll('.', '·').replace(/^#/, '＃'));
  return createMachine({
    id: '<script>alert("m")</script>',
    initial: keys[0] ?? '',
    states: Object.fromEntries(
      keys.map((key, at) => [
        key,
        {
          id: `h${at}`,
          description: labels[at],
          tags: [labels[at] ?? ''],
          entry: labels[at],
          exit: { type: labels[at] },
          invoke: { src: labels[at], id: labels[at], onDone: `#h${at}`, onError: { actions: labels[at] } },
          on: { [labels[at] ?? '']: { target: `#h${(at + 1) % keys.length}`, guard: labels[at], actions: labels[at] } },
          after: { [`d${labels[at] ?? ''}`]: { target: `#h${(at + 2) % keys.length}` } },
          ...(at % 4 === 0 ? { initial: key, states: { [key]: {}, end: { type: 'final' } } } : {}),
        },
      ]),
    ),
  } as Parameters<typeof createMachine>[0]);
}
