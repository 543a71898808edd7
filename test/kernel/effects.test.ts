// Every effect, wanted by every kind of logic: as an action of a machine, and emitted by transitions, callbacks,
// promises, observables and custom logic. Effects are data until the transition has committed.

import {
  type AnyActorLogic,
  type AnyActorScope,
  createMachine,
  fromCallback,
  fromObservable,
  fromPromise,
  fromTransition,
  setup,
  type Snapshot,
  type Subscribable,
} from 'xstate';
import { describe, expect, test } from 'vitest';
import * as actions from '../../src/kernel/actions.ts';
import { effect, type Effect } from '../../src/kernel/effects.ts';
import { kernelKit } from './kernel-kit.ts';
import { listener, type Message, player } from './players.ts';

/** Each effect with its action creator, made from the same arguments. */
const pairs: readonly (readonly [Effect, AnyAction])[] = [
  [effect.tell('b', { type: 'x' }, { priority: 2 }), actions.tell('b', { type: 'x' }, { priority: 2 })],
  [effect.reply({ type: 'x' }), actions.reply({ type: 'x' })],
  [effect.delegate('b', { type: 'x' }, { timeoutMs: 5 }), actions.delegate('b', { type: 'x' }, { timeoutMs: 5 })],
  [effect.delegate('b', { type: 'x' }), actions.delegate('b', { type: 'x' })],
  [effect.cancelDelegation('t', 'why'), actions.cancelDelegation('t', 'why')],
  [effect.complete('t', 1), actions.complete('t', 1)],
  [effect.fail('t', 'no'), actions.fail('t', 'no')],
  [effect.publish('t', { type: 'x' }), actions.publish('t', { type: 'x' })],
  [effect.subscribe('t'), actions.subscribe('t')],
  [effect.unsubscribe('t'), actions.unsubscribe('t')],
  [effect.stopSelf(), actions.stopSelf()],
  [effect.stopChild('c'), actions.stopActor('c')],
  [effect.watch('b'), actions.watch('b')],
  [effect.unwatch('b'), actions.unwatch('b')],
  [effect.stash(), actions.stash()],
  [effect.unstash(), actions.unstash()],
  [effect.schedule('s', { type: 'x' }, 5), actions.schedule('s', { type: 'x' }, 5)],
  [effect.cancelSchedule('s'), actions.cancelSchedule('s')],
];
type AnyAction = ReturnType<typeof actions.stopSelf>;

test.each(pairs)('action creator of $type emits the effect as data', async (wanted, action) => {
  const emitted: unknown[] = [];
  const machine = createMachine({ on: { go: { actions: action } } });
  const { createActor } = await import('xstate');
  const actor = createActor(machine);
  actor.on('*', (event) => emitted.push(event));
  actor.start().send({ type: 'go' });
  expect(emitted).toEqual([wanted]);
});

test('arguments may be functions of context and event; creators fit `setup`, `entry`, `onDone` and named actions', async () => {
  const { kernel, settle } = kernelKit();
  const { logic, heard } = listener();
  kernel.spawn(logic, { id: 'ear' });
  const machine = setup({
    types: { context: {} as { readonly to: string }, events: {} as { readonly type: 'go'; readonly n: number } },
    actors: { add: fromPromise(({ input }: { readonly input: number }) => Promise.resolve(input + 1)) },
    actions: { hello: actions.tell('ear', { type: 'hello' }) },
  }).createMachine({
    context: { to: 'ear' },
    entry: 'hello',
    on: {
      go: {
        actions: actions.tell(
          ({ context }) => context.to,
          ({ event }) => ({ type: 'n', n: event.n }) as Message,
        ),
      },
    },
    invoke: {
      src: 'add',
      input: 1,
      onDone: { actions: actions.tell('ear', ({ event }) => ({ type: 'sum', n: event.output }) as Message) },
    },
  });
  kernel.spawn(machine, { id: 'm' }).tell({ type: 'go', n: 7 });
  await settle();
  expect(heard.toSorted((a, b) => a.type.localeCompare(b.type))).toEqual([
    { type: 'hello' },
    { type: 'n', n: 7 },
    { type: 'sum', n: 2 },
  ]);
});

describe('every kind of logic', () => {
  const hello = effect.tell('ear', { type: 'hello' });
  const observable = {
    subscribe: () => ({ unsubscribe: () => {} }),
  } as unknown as Subscribable<number>;
  const custom = {
    transition: (snapshot: Snapshot<unknown>, event: { readonly type: string }, scope: AnyActorScope) => {
      if (event.type === 'go') scope.emit(hello);
      return snapshot;
    },
    getInitialSnapshot: () => ({ status: 'active', output: undefined, error: undefined }),
    getPersistedSnapshot: (snapshot: Snapshot<unknown>) => snapshot,
  } as AnyActorLogic;
  const kinds: Readonly<Record<string, AnyActorLogic>> = {
    'a machine': createMachine({ on: { go: { actions: actions.tell('ear', { type: 'hello' }) } } }),
    fromTransition: fromTransition((state: number, event, scope) => {
      if (event.type === 'go') scope.emit(hello);
      return state;
    }, 0),
    'fromCallback in its body': fromCallback(({ emit }) => {
      emit(hello);
    }),
    'fromCallback on a message': fromCallback(({ emit, receive }) => {
      receive(() => {
        emit(hello);
      });
    }),
    'fromPromise before it settles': fromPromise(async ({ emit }) => {
      await Promise.resolve();
      emit(hello);
    }),
    fromObservable: fromObservable(({ emit }) => {
      emit(hello);
      return observable;
    }),
    'custom logic': custom,
  };

  test.each(Object.entries(kinds))('%s tells', async (_name, logic) => {
    const { kernel, settle } = kernelKit();
    const ear = listener();
    kernel.spawn(ear.logic, { id: 'ear' });
    kernel.spawn(logic, { id: 'a' }).tell({ type: 'go' });
    await settle();
    expect(ear.heard).toEqual([{ type: 'hello' }]);
  });

  test('events that are no effects go to the driver, in the name of the actor', async () => {
    const { kernel, settle } = kernelKit();
    const driven: unknown[] = [];
    kernel
      .spawn(
        player((_message, emit) => {
          emit({ type: 'own', n: 1 });
        }),
        {
          id: 'a',
          onEmitted: (event, self) => driven.push([event, self.address]),
        },
      )
      .tell({ type: 'go' });
    await settle();
    expect(driven).toEqual([[{ type: 'own', n: 1 }, 'a']]);
  });
});

test('an effect of a transition that throws is not carried out', async () => {
  const { kernel, settle } = kernelKit();
  const ear = listener();
  kernel.spawn(ear.logic, { id: 'ear' });
  kernel
    .spawn(
      player((_message, emit) => {
        emit(effect.tell('ear', { type: 'never' }));
        throw new Error('boom');
      }),
      { id: 'a', child: 'temporary' },
    )
    .tell({ type: 'go' });
  await settle();
  expect(ear.heard).toEqual([]);
});

describe('children', () => {
  test('spawnActor starts a supervised child, stopChild ends it, also from a machine', async () => {
    const { kernel, settle, seen } = kernelKit();
    const machine = createMachine({
      entry: actions.spawnActor(player(), { id: 'early' }),
      on: {
        spawn: { actions: actions.spawnActor(player(), ({ event }) => ({ id: (event as Message).id as string })) },
        stop: { actions: actions.stopActor(({ event }) => (event as Message).id as string) },
      },
    });
    const ref = kernel.spawn(machine, { id: 'm' });
    ref.tell({ type: 'spawn', id: 'late' });
    ref.tell({ type: 'spawn', id: 'late' });
    await settle();
    expect([...kernel.actors()].map(({ address }) => address)).toEqual(['m', 'm/early', 'm/late']);
    expect(seen('effect.refused')).toEqual(['m']);
    ref.tell({ type: 'stop', id: 'late' });
    ref.tell({ type: 'stop', id: 'nobody' });
    await settle();
    expect([...kernel.actors()].map(({ address }) => address)).toEqual(['m', 'm/early']);
  });

  test('stopSelf ends the actor with the reason normal', async () => {
    const { kernel, settle } = kernelKit();
    const ends: unknown[] = [];
    const ref = kernel.spawn(createMachine({ on: { end: { actions: actions.stopSelf() } } }), { id: 'a' });
    ref.watch((end) => ends.push(end));
    ref.tell({ type: 'end' });
    ref.tell({ type: 'unread' });
    await settle();
    expect(ends).toEqual([{ address: 'a', reason: 'normal' }]);
    expect(kernel.deadLetters.list()).toMatchObject([{ event: { type: 'unread' }, reason: 'actor stopped' }]);
  });

  test('S46 watch: one actor.terminated; unwatch: none; nobody there: one at once', async () => {
    const { kernel, settle } = kernelKit();
    const heard: Message[] = [];
    const one = kernel.spawn(player(), { id: 'one' });
    const two = kernel.spawn(player(), { id: 'two' });
    kernel
      .spawn(
        player((message, emit) => {
          heard.push(message);
          if (message.type !== 'go') return;
          for (const id of ['one', 'one', 'two', 'nobody']) emit(effect.watch(id));
          emit(effect.unwatch('two'));
        }),
        { id: 'w' },
      )
      .tell({ type: 'go' });
    await settle();
    await one.stop();
    await two.stop();
    await settle();
    expect(heard.slice(1)).toEqual([
      { type: 'actor.terminated', address: 'nobody', reason: 'normal' },
      { type: 'actor.terminated', address: 'one', reason: 'shutdown' },
    ]);
  });
});

describe('time', () => {
  test('schedule, replace, cancel; a stop drops what is left', async () => {
    const { kernel, advance } = kernelKit();
    const heard: string[] = [];
    const ref = kernel.spawn(
      player((message, emit) => {
        heard.push(message.type);
        if (message.type !== 'go') return;
        emit(effect.schedule('a', { type: 'replaced' }, 10));
        emit(effect.schedule('a', { type: 'a' }, 20));
        emit(effect.schedule('b', { type: 'cancelled' }, 10));
        emit(effect.cancelSchedule('b'));
        emit(effect.cancelSchedule('never set'));
        emit(effect.schedule('c', { type: 'too late' }, 1_000));
      }),
      { id: 'a' },
    );
    ref.tell({ type: 'go' });
    await advance(100);
    expect(heard).toEqual(['go', 'a']);
    await ref.stop();
    expect(kernel.timers.pending).toBe(0);
  });

  test('a reply to a tell goes to its sender, and to nobody from outside', async () => {
    const { kernel, settle } = kernelKit();
    const heard: Message[] = [];
    kernel
      .spawn(
        player((_message, emit) => {
          emit(effect.reply({ type: 'pong' }));
        }),
        { id: 'b' },
      )
      .tell({ type: 'from outside' });
    kernel
      .spawn(
        player((message, emit) => {
          heard.push(message);
          if (message.type === 'go') emit(effect.tell('b', { type: 'ping' }));
        }),
        { id: 'a' },
      )
      .tell({ type: 'go' });
    await settle();
    expect(heard).toEqual([{ type: 'go' }, { type: 'pong' }]);
    expect(kernel.deadLetters.list()).toMatchObject([
      { from: 'b', event: { type: 'pong' }, reason: 'nobody waits for a reply' },
    ]);
  });
});
