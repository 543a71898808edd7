// The actors of the simulated house: each keeps an account of what it has done, so that after any storm it can be told
// whether something was lost, or done twice.

import { effect, type Effect, reply, spawnActor, stash, unstash } from 'troupe';
import { assign, emit, fromTransition, setup } from 'xstate';

type Emitted = { readonly emit: (wanted: Effect) => void };

/** Adds up what it is told, and answers with the sum. */
export type CounterEvent = { readonly type: 'add'; readonly n: number } | { readonly type: 'total' };
export const counter = fromTransition((total: number, event: CounterEvent, { emit: wants }: Emitted) => {
  const next = event.type === 'add' ? total + event.n : total;
  wants(effect.reply({ type: 'total', total: next }));
  return next;
}, 0);

/** One of a ring that hands tokens on; remembers how often it has had each. */
export type RingEvent =
  | { readonly type: 'token'; readonly id: string; readonly left: number }
  | { readonly type: 'report' };
export type RingState = { readonly next: string; readonly hops: Readonly<Record<string, number>> };
export const ringNode = fromTransition(
  (state: RingState, event: RingEvent, { emit: wants }: Emitted): RingState => {
    if (event.type === 'report') {
      wants(effect.reply({ type: 'hops', hops: state.hops }));
      return state;
    }
    if (event.left > 1) wants(effect.tell(state.next, { ...event, left: event.left - 1 }));
    return { ...state, hops: { ...state.hops, [event.id]: (state.hops[event.id] ?? 0) + 1 } };
  },
  ({ input }: { input: { readonly next: string } }) => ({ next: input.next, hops: {} }),
);

/** Has durable children, as many as it is told. */
export type ParentEvent = { readonly type: 'bear' } | { readonly type: 'children' } | { readonly type: 'total' };
export const parent = fromTransition((born: number, event: ParentEvent, { emit: wants }: Emitted) => {
  if (event.type === 'bear' && born < 6) {
    wants(effect.spawnActor('counter', { id: `child-${born}`, durable: true }));
    wants(effect.tell(`./child-${born}`, { type: 'add', n: 1 }));
    return born + 1;
  }
  if (event.type === 'children') wants(effect.reply({ type: 'children', born }));
  return born;
}, 0);

/** Sets itself alarms and counts how they ring; a machine, with a timer of its own. */
export const alarm = setup({
  types: {
    context: {} as { readonly set: number; readonly rung: number },
    events: {} as { type: 'set'; delay: number } | { type: 'ring' } | { type: 'report' },
    emitted: {} as Effect,
  },
  delays: { nap: 20_000 },
}).createMachine({
  id: 'alarm',
  context: { set: 0, rung: 0 },
  initial: 'awake',
  on: {
    set: {
      actions: [
        assign({ set: ({ context }) => context.set + 1 }),
        emit(({ context, event }) => effect.schedule(`alarm-${context.set}`, { type: 'ring' }, event.delay)),
      ],
    },
    ring: { actions: assign({ rung: ({ context }) => context.rung + 1 }) },
    report: { actions: reply(({ context }) => ({ type: 'alarms', ...context })) },
  },
  states: {
    awake: { on: { ring: { target: 'dozing', actions: assign({ rung: ({ context }) => context.rung + 1 }) } } },
    dozing: { after: { nap: 'awake' } },
  },
});

/** A door that puts messages aside while it is shut, and crashes when it is kicked, whatever it wanted of that turn. */
export const door = setup({
  types: {
    context: {} as { readonly guests: number },
    events: {} as { type: 'open' | 'shut' | 'guest' | 'kick' | 'report' },
    emitted: {} as Effect,
  },
}).createMachine({
  id: 'door',
  context: { guests: 0 },
  initial: 'shut',
  on: {
    report: { actions: reply(({ context }) => ({ type: 'guests', guests: context.guests })) },
    kick: {
      actions: [
        emit(() => effect.tell('narrow', { type: 'creak' })),
        () => {
          throw new Error('the door is broken');
        },
      ],
    },
  },
  states: {
    shut: { on: { open: 'open', guest: { actions: stash() } } },
    open: {
      entry: unstash(),
      on: { shut: 'shut', guest: { actions: assign({ guests: ({ context }) => context.guests + 1 }) } },
    },
  },
});

/** Takes whatever comes, slowly overflowing: only the urgent get in when it is full. */
export const narrow = fromTransition((heard: number, _event: { readonly type: string }) => heard + 1, 0);

/** Looks after guests: who is to be told of whose end, until it does not care any more; and may lose its head. */
export type PorterEvent =
  | { readonly type: 'look after' | 'let be'; readonly guest: string }
  | { readonly type: 'trip' }
  | { readonly type: 'actor.terminated' };
export const porter = fromTransition((gone: number, event: PorterEvent, { emit: wants }: Emitted) => {
  if (event.type === 'look after') wants(effect.watch(event.guest));
  if (event.type === 'let be') wants(effect.unwatch(event.guest));
  if (event.type === 'trip') {
    wants(effect.tell('narrow', { type: 'thud' }));
    throw new Error('the porter tripped');
  }
  return event.type === 'actor.terminated' ? gone + 1 : gone;
}, 0);

/** Ends by itself, by crash, or when it is stopped; its children go with it. */
export const guest = setup({
  types: { events: {} as { type: 'leave' | 'fall' | 'friend' }, emitted: {} as Effect },
}).createMachine({
  id: 'guest',
  initial: 'here',
  states: {
    here: {
      on: {
        leave: 'gone',
        fall: {
          actions: () => {
            throw new Error('the guest fell');
          },
        },
        friend: { actions: spawnActor(narrow, { id: 'friend' }) },
      },
    },
    gone: { type: 'final' },
  },
});

/** What durable actors are spawned with by name. */
export const logics = { counter, ringNode, parent, alarm, door };
