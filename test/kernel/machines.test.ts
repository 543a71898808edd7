// Users' own machines in the kernel: self-sends, `after`, invoked and spawned children and what those emit, loops,
// final states, crashes that must leave nothing running.

import { assign, createMachine, type EventObject, fromCallback, fromPromise, raise, sendParent, sendTo, setup, spawnChild } from 'xstate';
import { describe, expect, test } from 'vitest';
import { complete, reply, tell } from '../../src/kernel/actions.ts';
import { effect } from '../../src/kernel/effects.ts';
import { kernelKit } from './kernel-kit.ts';
import { listener, player, rejection } from './players.ts';
import { submit } from './tasks.ts';

const hello = effect.tell('ear', { type: 'hello' });

test('raise and sendTo self arrive, a self-send as a message of its own after what is being handled', async () => {
  const { kernel, settle } = kernelKit();
  const ear = listener();
  kernel.spawn(ear.logic, { id: 'ear' });
  const machine = createMachine({
    on: {
      go: { actions: [sendTo(({ self }) => self, { type: 'sent' }), raise({ type: 'raised' }), tell('ear', { type: 'go' })] },
      sent: { actions: tell('ear', { type: 'sent' }) },
      raised: { actions: tell('ear', { type: 'raised' }) },
    },
  });
  kernel.spawn(machine, { id: 'm' }).tell({ type: 'go' });
  await settle();
  expect(ear.types()).toEqual(['go', 'raised', 'sent']);
});

test('`after` runs on the kernel\'s timers, and is dropped when its state is left, the actor crashes or stops', async () => {
  const { kernel, advance } = kernelKit();
  const ear = listener();
  kernel.spawn(ear.logic, { id: 'ear' });
  const machine = createMachine({
    initial: 'waiting',
    states: {
      waiting: { after: { 100: { target: 'rung', actions: tell('ear', { type: 'ring' }) } }, on: { leave: 'left', crash: { actions: () => { throw new Error('boom'); } } } },
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
  const loop = createMachine({ initial: 'idle', states: { idle: { on: { go: 'a' } }, a: { always: 'b' }, b: { always: 'a' } } });

  test('an `always` loop is a crash, not a hang; others go on', { timeout: 20_000 }, async () => {
    const { kernel, settle, seen } = kernelKit();
    const asked = rejection(kernel.spawn(loop, { id: 'm', child: 'temporary' }).ask({ type: 'go' }));
    const other = kernel.spawn(player((_message, emit) => { emit(effect.reply({ type: 'fine' })); }), { id: 'other' }).ask({ type: 'hi' });
    await settle();
    expect(await asked).toMatchObject({ message: expect.stringContaining('Infinite loop') });
    expect(await other).toEqual({ type: 'fine' });
    expect(seen('actor.crashed')).toEqual(['m']);
  });

  test('a loop in an invoked machine is that child\'s error, named, inline or two levels down', { timeout: 40_000 }, async () => {
    const child = createMachine({ initial: 'a', states: { a: { always: 'b' }, b: { always: 'a' } } });
    const middle = setup({ actors: { child } }).createMachine({ invoke: { src: 'child', onError: { actions: sendParent({ type: 'failed' }) } } });
    const parents = {
      named: setup({ actors: { child } }).createMachine({ invoke: { src: 'child', onError: { actions: tell('ear', { type: 'failed' }) } } }),
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
  });
});

describe('what a machine\'s own children emit goes out in its name', () => {
  const now = fromCallback(({ emit }) => { emit(hello); });
  const soon = fromPromise(async ({ emit }) => {
    await Promise.resolve();
    emit(hello);
  });
  const onMessage = fromCallback(({ emit, receive }) => { receive(() => { emit(hello); }); });
  const inner = setup({ actors: { now } }).createMachine({ initial: 'wait', states: { wait: { after: { 1: 'go' } }, go: { invoke: { src: 'now' } } } });
  const ways = {
    'invoked callback, by name, at once': setup({ actors: { now } }).createMachine({ invoke: { src: 'now' } }),
    'invoked callback, inline': createMachine({ invoke: { src: now } }),
    'invoked promise': createMachine({ invoke: { src: soon } }),
    'callback that is sent to': createMachine({ invoke: { src: onMessage, id: 'c' }, entry: sendTo('c', { type: 'x' }) }),
    'spawnChild': createMachine({ entry: spawnChild(now) }),
    'spawn in assign': createMachine({ context: {}, entry: assign(({ spawn }) => ({ ref: spawn(soon) })) }),
    'invoked in a later state': createMachine({ initial: 'a', states: { a: { after: { 5: 'b' } }, b: { invoke: { src: now } } } }),
    'a child of an invoked machine, by name': setup({ actors: { inner } }).createMachine({ invoke: { src: 'inner' } }),
    'a child of an invoked machine, inline': createMachine({ invoke: { src: inner } }),
  };

  test.each(Object.entries(ways))('%s', async (_name, machine) => {
    const { kernel, advance } = kernelKit();
    const from: unknown[] = [];
    const ear = listener();
    kernel.spawn(ear.logic, { id: 'ear' });
    kernel.listen('from', (event) => from.push(event));
    kernel.spawn(machine, { id: 'm' });
    await advance(20);
    expect(ear.heard).toEqual([{ type: 'hello' }]);
    expect(kernel.deadLetters.count).toBe(0);
  });

  test('a reply and a completed task from an invoked callback find their way', async () => {
    const kit = kernelKit();
    const finisher = fromCallback<EventObject, string>(({ emit, input }) => {
      emit(effect.complete(input, 'from the child'));
    });
    const machine = createMachine({
      on: { 'task.assigned': { actions: spawnChild(finisher, { input: ({ event }: { readonly event: unknown }) => (event as { readonly id: string }).id }) } },
    });
    kit.kernel.spawn(machine, { id: 'm' });
    const outcomes = submit(kit, 'm');
    await kit.settle();
    expect(outcomes).toEqual([{ ok: true, output: 'from the child' }]);
  });
});

describe('nothing is left running', () => {
  const counted = (): { readonly machine: ReturnType<typeof createMachine>; running: () => number } => {
    let running = 0;
    const child = fromCallback(() => {
      running += 1;
      return () => { running -= 1; };
    });
    const machine = createMachine({
      invoke: { src: child },
      initial: 'on',
      states: { on: { on: { crash: { actions: () => { throw new Error('boom'); } }, end: 'off' } }, off: { type: 'final' } },
    });
    return { machine: machine as unknown as ReturnType<typeof createMachine>, running: () => running };
  };

  test('invoked children of a machine that crashes are stopped before it comes back', async () => {
    const { kernel, advance, settle, seen } = kernelKit();
    const { machine, running } = counted();
    const ref = kernel.spawn(machine, { id: 'm' });
    expect(running()).toBe(1);
    const asked = rejection(ref.ask({ type: 'crash' }));
    await settle();
    expect(running()).toBe(0);
    await advance(5_000);
    expect(await asked).toMatchObject({ message: 'boom' });
    expect(seen('actor.started')).toEqual(['m', 'm']);
    expect(running()).toBe(1);
  });

  test('and those of one that crashes as it starts, ends, stops or is killed', async () => {
    for (const how of ['end', 'stop', 'kill'] as const) {
      const { kernel, settle } = kernelKit();
      const { machine, running } = counted();
      const ref = kernel.spawn(machine, { id: 'm', ...(how === 'kill' ? { shutdown: 'kill' } : {}) });
      if (how === 'end') ref.tell({ type: 'end' });
      else void ref.stop();
      // oxlint-disable-next-line no-await-in-loop
      await settle();
      expect([how, running()]).toEqual([how, 0]);
    }
    let running = 0;
    const child = fromCallback(() => {
      running += 1;
      return () => { running -= 1; };
    });
    const machine = createMachine({ invoke: { src: child }, initial: 'a', states: { a: { entry: () => { throw new Error('boom'); } } } });
    const { kernel } = kernelKit();
    expect(() => kernel.spawn(machine, { id: 'm' })).toThrow(expect.objectContaining({ code: 'START_FAILED' }));
    expect(running).toBe(0);
  });

  test('an invoked promise is aborted by a crash, and its late result is nobody\'s', async () => {
    const { kernel, settle } = kernelKit();
    let aborted = false;
    let resolve: (value: number) => void = () => {};
    const ear = listener();
    kernel.spawn(ear.logic, { id: 'ear' });
    const machine = createMachine({
      invoke: { src: fromPromise(({ signal }) => new Promise<number>((done) => {
        signal.addEventListener('abort', () => { aborted = true; });
        resolve = done;
      })), onDone: { actions: tell('ear', { type: 'done' }) } },
      on: { crash: { actions: () => { throw new Error('boom'); } } },
    });
    kernel.spawn(machine, { id: 'm', child: 'temporary' }).tell({ type: 'crash' });
    await settle();
    expect(aborted).toBe(true);
    resolve(1);
    await settle();
    expect(ear.heard).toEqual([]);
  });
});

test('a machine that reaches its final state has ended normally: watchers told once, later messages are dead letters', async () => {
  const { kernel, settle, events } = kernelKit();
  const ends: unknown[] = [];
  const machine = createMachine({ initial: 'a', states: { a: { on: { end: { target: 'b', actions: reply({ type: 'bye' }) } } }, b: { type: 'final' } } });
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
  kernel.spawn(fromPromise(() => Promise.resolve(1)), { id: 'ok' }).watch(({ reason }) => ends.push(reason));
  kernel.spawn(fromPromise(() => Promise.reject(new Error('no'))), { id: 'bad', child: 'temporary' }).watch(({ reason }) => ends.push(reason));
  await settle();
  expect(ends).toEqual(['normal', 'error']);
  expect(seen('actor.crashed')).toEqual(['bad']);
});

test('a task in a machine: assigned, completed by an action', async () => {
  const kit = kernelKit();
  kit.kernel.spawn(createMachine({
    on: { 'task.assigned': { actions: complete(({ event }) => (event as unknown as { readonly id: string }).id, () => 42) } },
  }), { id: 'm' });
  const outcomes = submit(kit, 'm');
  await kit.settle();
  expect(outcomes).toEqual([{ ok: true, output: 42 }]);
});
