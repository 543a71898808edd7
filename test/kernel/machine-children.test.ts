// The children that a user's machine invokes or spawns inside XState: what they emit goes out in its name, and
// nothing of them is left running when it ends, whatever way it ends.

import { assign, createMachine, type EventObject, fromCallback, fromPromise, sendTo, setup, spawnChild } from 'xstate';
import { describe, expect, test } from 'vitest';
import { tell } from '../../src/kernel/actions.ts';
import { effect } from '../../src/kernel/effects.ts';
import { kernelKit } from './kernel-kit.ts';
import { listener, rejection } from './players.ts';
import { submit } from './tasks.ts';

const hello = effect.tell('ear', { type: 'hello' });

describe("what a machine's own children emit goes out in its name", () => {
  const now = fromCallback(({ emit }) => {
    emit(hello);
  });
  const soon = fromPromise(async ({ emit }) => {
    await Promise.resolve();
    emit(hello);
  });
  const onMessage = fromCallback(({ emit, receive }) => {
    receive(() => {
      emit(hello);
    });
  });
  const inner = setup({ actors: { now } }).createMachine({
    initial: 'wait',
    states: { wait: { after: { 1: 'go' } }, go: { invoke: { src: 'now' } } },
  });
  const ways = {
    'invoked callback, by name, at once': setup({ actors: { now } }).createMachine({ invoke: { src: 'now' } }),
    'invoked callback, inline': createMachine({ invoke: { src: now } }),
    'invoked promise': createMachine({ invoke: { src: soon } }),
    'callback that is sent to': createMachine({
      invoke: { src: onMessage, id: 'c' },
      entry: sendTo('c', { type: 'x' }),
    }),
    spawnChild: createMachine({ entry: spawnChild(now) }),
    'spawn in assign': createMachine({ context: {}, entry: assign(({ spawn }) => ({ ref: spawn(soon) })) }),
    'invoked in a later state': createMachine({
      initial: 'a',
      states: { a: { after: { 5: 'b' } }, b: { invoke: { src: now } } },
    }),
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
      on: {
        'task.assigned': {
          actions: spawnChild(finisher, {
            input: ({ event }: { readonly event: unknown }) => (event as { readonly id: string }).id,
          }),
        },
      },
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
      return () => {
        running -= 1;
      };
    });
    const machine = createMachine({
      invoke: { src: child },
      initial: 'on',
      states: {
        on: {
          on: {
            crash: {
              actions: () => {
                throw new Error('boom');
              },
            },
            end: 'off',
          },
        },
        off: { type: 'final' },
      },
    });
    return { machine: machine, running: () => running };
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
      return () => {
        running -= 1;
      };
    });
    const machine = createMachine({
      invoke: { src: child },
      initial: 'a',
      states: {
        a: {
          entry: () => {
            throw new Error('boom');
          },
        },
      },
    });
    const { kernel } = kernelKit();
    expect(() => kernel.spawn(machine, { id: 'm' })).toThrow(expect.objectContaining({ code: 'START_FAILED' }));
    expect(running).toBe(0);
  });

  test("an invoked promise is aborted by a crash, and its late result is nobody's", async () => {
    const { kernel, settle } = kernelKit();
    let aborted = false;
    let resolve: (value: number) => void = () => {};
    const ear = listener();
    kernel.spawn(ear.logic, { id: 'ear' });
    const machine = createMachine({
      invoke: {
        src: fromPromise(
          ({ signal }) =>
            new Promise<number>((done) => {
              signal.addEventListener('abort', () => {
                aborted = true;
              });
              resolve = done;
            }),
        ),
        onDone: { actions: tell('ear', { type: 'done' }) },
      },
      on: {
        crash: {
          actions: () => {
            throw new Error('boom');
          },
        },
      },
    });
    kernel.spawn(machine, { id: 'm', child: 'temporary' }).tell({ type: 'crash' });
    await settle();
    expect(aborted).toBe(true);
    resolve(1);
    await settle();
    expect(ear.heard).toEqual([]);
  });
});
