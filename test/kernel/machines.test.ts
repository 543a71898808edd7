// Users' own machines in the kernel: self-sends, `after`, loops, final states. (Their children have a
// test of their own.)

import { createMachine, fromPromise, raise, sendParent, sendTo, setup } from 'xstate';
import { describe, expect, test } from 'vitest';
import { complete, reply, tell } from '../../src/kernel/actions.ts';
import { effect } from '../../src/kernel/effects.ts';
import { kernelKit } from './kernel-kit.ts';
import { listener, player, rejection } from './players.ts';
import { submit } from './tasks.ts';

test('raise and sendTo self arrive, a self-send as a message of its own after what is being handled', async () => {
  const { kernel, settle } = kernelKit();
  const ear = listener();
  kernel.spawn(ear.logic, { id: 'ear' });
  const machine = createMachine({
    on: {
      go: {
        actions: [sendTo(({ self }) => self, { type: 'sent' }), raise({ type: 'raised' }), tell('ear', { type: 'go' })],
      },
      sent: { actions: tell('ear', { type: 'sent' }) },
      raised: { actions: tell('ear', { type: 'raised' }) },
    },
  });
  kernel.spawn(machine, { id: 'm' }).tell({ type: 'go' });
  await settle();
  expect(ear.types()).toEqual(['go', 'raised', 'sent']);
});

test("`after` runs on the kernel's timers, and is dropped when its state is left, the actor crashes or stops", async () => {
  const { kernel, advance } = kernelKit();
  const ear = listener();
  kernel.spawn(ear.logic, { id: 'ear' });
  const machine = createMachine({
    initial: 'waiting',
    states: {
      waiting: {
        after: { 100: { target: 'rung', actions: tell('ear', { type: 'ring' }) } },
        on: {
          leave: 'left',
          crash: {
            actions: () => {
              throw new Error('boom');
            },
          },
        },
      },
      rung: {},
      left: {},
    },
  });
  const refs = ['rings', 'leaves', 'stops'].map((id) => kernel.spawn(machine, { id }));
  await advance(99);
  expect(ear.heard).toEqual([]);
  refs[1]?.tell({ type: 'leave' });
  await refs[2]?.stop();
  await advance(1_000);
  expect(ear.types()).toEqual(['ring']);
  expect(kernel.timers.pending).toBe(0);
});

describe('loops', () => {
  const loop = createMachine({
    initial: 'idle',
    states: { idle: { on: { go: 'a' } }, a: { always: 'b' }, b: { always: 'a' } },
  });

  test('an `always` loop is a crash, not a hang; others go on', { timeout: 20_000 }, async () => {
    const { kernel, settle, seen } = kernelKit();
    const asked = rejection(kernel.spawn(loop, { id: 'm', child: 'temporary' }).ask({ type: 'go' }));
    const other = kernel
      .spawn(
        player((_message, emit) => {
          emit(effect.reply({ type: 'fine' }));
        }),
        { id: 'other' },
      )
      .ask({ type: 'hi' });
    await settle();
    expect(await asked).toMatchObject({ message: expect.stringContaining('Infinite loop') });
    expect(await other).toEqual({ type: 'fine' });
    expect(seen('actor.crashed')).toEqual(['m']);
  });

  test(
    "a loop in an invoked machine is that child's error, named, inline or two levels down",
    { timeout: 40_000 },
    async () => {
      const child = createMachine({ initial: 'a', states: { a: { always: 'b' }, b: { always: 'a' } } });
      const middle = setup({ actors: { child } }).createMachine({
        invoke: { src: 'child', onError: { actions: sendParent({ type: 'failed' }) } },
      });
      const parents = {
        named: setup({ actors: { child } }).createMachine({
          invoke: { src: 'child', onError: { actions: tell('ear', { type: 'failed' }) } },
        }),
        inline: createMachine({ invoke: { src: child, onError: { actions: tell('ear', { type: 'failed' }) } } }),
        deep: createMachine({ invoke: { src: middle }, on: { failed: { actions: tell('ear', { type: 'failed' }) } } }),
      };
      for (const machine of Object.values(parents)) {
        const { kernel, settle } = kernelKit();
        const ear = listener();
        kernel.spawn(ear.logic, { id: 'ear' });
        kernel.spawn(machine, { id: 'm' });
        // oxlint-disable-next-line no-await-in-loop
        await settle();
        expect(ear.types()).toEqual(['failed']);
      }
    },
  );
});

test('a machine that reaches its final state has ended normally: watchers told once, later messages are dead letters', async () => {
  const { kernel, settle, events } = kernelKit();
  const ends: unknown[] = [];
  const machine = createMachine({
    initial: 'a',
    states: { a: { on: { end: { target: 'b', actions: reply({ type: 'bye' }) } } }, b: { type: 'final' } },
  });
  const ref = kernel.spawn(machine, { id: 'm' });
  ref.watch((end) => ends.push(end));
  const asked = ref.ask({ type: 'end' });
  ref.tell({ type: 'more' });
  await settle();
  expect(await asked).toEqual({ type: 'bye' });
  expect(ends).toEqual([{ address: 'm', reason: 'normal' }]);
  expect(kernel.deadLetters.list()).toMatchObject([{ event: { type: 'more' }, reason: 'actor stopped' }]);
  expect(events.map(({ type }) => type)).toEqual(['actor.started', 'message.dead', 'actor.stopped']);
});

test('a promise as an actor: its result ends it normally, its rejection is a crash', async () => {
  const { kernel, settle, seen } = kernelKit();
  const ends: unknown[] = [];
  kernel
    .spawn(
      fromPromise(() => Promise.resolve(1)),
      { id: 'ok' },
    )
    .watch(({ reason }) => ends.push(reason));
  kernel
    .spawn(
      fromPromise(() => Promise.reject(new Error('no'))),
      { id: 'bad', child: 'temporary' },
    )
    .watch(({ reason }) => ends.push(reason));
  await settle();
  expect(ends).toEqual(['normal', 'error']);
  expect(seen('actor.crashed')).toEqual(['bad']);
});

test('a task in a machine: assigned, completed by an action', async () => {
  const kit = kernelKit();
  kit.kernel.spawn(
    createMachine({
      on: {
        'task.assigned': {
          actions: complete(
            ({ event }) => (event as unknown as { readonly id: string }).id,
            () => 42,
          ),
        },
      },
    }),
    { id: 'm' },
  );
  const outcomes = submit(kit, 'm');
  await kit.settle();
  expect(outcomes).toEqual([{ ok: true, output: 42 }]);
});
