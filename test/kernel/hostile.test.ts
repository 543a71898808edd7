// Hostile things at the kernel's door: events told, asked, replied, published or scheduled, tasks delegated. Each is
// refused with a typed error, and the kernel goes on. (What plain data is, is tested with `src/base/plain.ts`.)

import { createMachine, type EventObject } from 'xstate';
import { describe, expect, test } from 'vitest';
import { effect, type Effect } from '../../src/kernel/effects.ts';
import { type KernelKit, kernelKit } from './kernel-kit.ts';
import { type Emit, listener, type Message, player, rejection } from './players.ts';
import { isAlive } from './canary.ts';

const throwing = {
  get type(): string {
    throw new Error('a trap');
  },
};
const notEvents: Readonly<Record<string, unknown>> = {
  null: null,
  undefined: undefined,
  'a number': 7,
  'a string': 'hello',
  'a symbol': Symbol('s'),
  'a function': () => {},
  'a list': [],
  'no type': {},
  'a number as type': { type: 7 },
  'an object as type': { type: { toString: () => 'x' } },
  'a type that throws': throwing,
  'a proxy that throws': new Proxy(
    {},
    {
      get: () => {
        throw new Error('a trap');
      },
    },
  ),
};

/** Lets an actor emit things on `go`. */
async function emitting(kit: KernelKit, act: (emit: Emit) => void): Promise<void> {
  kit.kernel
    .spawn(
      player((message, emit) => {
        if (message.type === 'go') act(emit);
      }),
      { id: 'hostile' },
    )
    .tell({ type: 'go' });
  await kit.settle();
}

describe('B01 B06 what is no event', () => {
  test.each(Object.entries(notEvents))(
    '%s is refused to tell, ask and publish, as INVALID_INPUT',
    async (_name, event) => {
      const kit = kernelKit();
      const { logic, heard } = listener();
      const ref = kit.kernel.spawn(logic, { id: 'a' });
      const invalid = expect.objectContaining({ code: 'INVALID_INPUT' });
      expect(() => ref.tell(event as EventObject)).toThrow(invalid);
      expect(await rejection(ref.ask(event as EventObject))).toMatchObject({ code: 'INVALID_INPUT' });
      kit.kernel.publish('topic', event as EventObject);
      expect(await isAlive(kit)).toBe(true);
      expect(heard).toEqual([]);
      expect(kit.kernel.pendingAsks).toBe(0);
    },
  );

  test.each(Object.entries(notEvents))(
    '%s from an actor, in every effect that carries an event, is refused and reported',
    async (_name, event) => {
      const kit = kernelKit();
      const { logic, heard } = listener();
      kit.kernel.spawn(logic, { id: 'a' });
      const bad = event as Message;
      await emitting(kit, (emit) => {
        emit(effect.tell('a', bad));
        emit(effect.tell('nobody', bad));
        emit(effect.reply(bad));
        emit(effect.publish('topic', bad));
        emit(effect.schedule('s', bad, 1));
      });
      expect(kit.events.filter(({ type }) => type === 'effect.refused')).toHaveLength(5);
      expect(await isAlive(kit)).toBe(true);
      expect(heard).toEqual([]);
      expect(kit.kernel.deadLetters.count).toBe(0);
    },
  );

  test('what is emitted and is no effect, or a broken one, is reported', async () => {
    const kit = kernelKit();
    const broken = [
      null,
      7,
      {},
      { type: 7 },
      { type: 'troupe.unknown' },
      { type: 'troupe.tell' },
      { type: 'troupe.spawn' },
      { type: 'troupe.delegate' },
      throwing,
      effect.tell(undefined as never, { type: 'x' }),
      effect.tell(7 as never, { type: 'x' }),
      effect.watch(null as never),
    ];
    await emitting(kit, (emit) => {
      for (const each of broken) emit(each as Effect);
    });
    expect(kit.events.filter(({ type }) => type === 'effect.refused').length).toBeGreaterThanOrEqual(broken.length - 4);
    expect(await isAlive(kit)).toBe(true);
  });

  test('B06 a type that lies is read once at the door, and what it breaks later is its receiver alone', async () => {
    const kit = kernelKit({ development: false });
    let reads = 0;
    const liar = {
      get type(): string {
        reads += 1;
        if (reads > 1) throw new Error('a trap');
        return 'innocent';
      },
    };
    const ref = kit.kernel.spawn(createMachine({}), { id: 'a' });
    expect(ref.tell(liar)).toBe(true);
    expect(reads).toBe(1);
    await kit.advance(60_000);
    expect(kit.kernel.deadLetters.list()).toMatchObject([{ to: 'a', reason: 'crashed its actor too often' }]);
    await ref.stop();
    expect(
      ref.tell({
        get type(): string {
          return 'x';
        },
      }),
    ).toBe(false);
    expect(await isAlive(kit)).toBe(true);
  });
});

describe("the runtime's own", () => {
  test('B05 events that only the runtime may send are refused from outside and from actors', async () => {
    const kit = kernelKit();
    const { logic, heard } = listener();
    const ref = kit.kernel.spawn(logic, { id: 'a' });
    const reserved = [
      'xstate.stop',
      'xstate.init',
      'xstate.error.actor.x',
      'xstate.promise.resolve',
      'task.assigned',
      'task.cancelled',
      'delegation.done',
      'delegation.failed',
      'actor.terminated',
    ];
    for (const type of reserved)
      expect(() => ref.tell({ type })).toThrow(expect.objectContaining({ code: 'INVALID_INPUT' }));
    await emitting(kit, (emit) => {
      for (const type of reserved) emit(effect.tell('a', { type }));
    });
    expect(kit.events.filter(({ type }) => type === 'effect.refused')).toHaveLength(reserved.length);
    expect(ref.tell({ type: 'task.mine' })).toBe(true);
    expect(ref.tell({ type: 'xstates' })).toBe(true);
    await kit.settle();
    expect(heard.map(({ type }) => type)).toEqual(['task.mine', 'xstates']);
  });

  test("Q09 a priority that is none is refused, by tell, ask, effect and task; the system lane can't be reached", async () => {
    const kit = kernelKit();
    const ref = kit.kernel.spawn(player(), { id: 'a' });
    for (const priority of [-1, -2, 11, 5.5, Number.NaN, '5', null] as never[]) {
      expect(() => ref.tell({ type: 'x' }, { priority })).toThrow(expect.objectContaining({ code: 'INVALID_OPTION' }));
      // oxlint-disable-next-line no-await-in-loop
      expect(await rejection(ref.ask({ type: 'x' }, { priority }))).toMatchObject({ code: 'INVALID_OPTION' });
      expect(() => kit.kernel.delegate({ to: 'a', task: { type: 'x' }, within: undefined, priority })).toThrow(
        expect.objectContaining({ code: 'INVALID_OPTION' }),
      );
    }
    await emitting(kit, (emit) => {
      emit(effect.tell('a', { type: 'x' }, { priority: -1 as never }));
    });
    expect(kit.events).toContainEqual(expect.objectContaining({ type: 'effect.refused', effect: 'troupe.tell' }));
    expect([...kit.kernel.actors()].map(({ waiting }) => waiting)).toEqual([0, 0]);
    expect(await isAlive(kit)).toBe(true);
  });

  test('B04 durations that are none are refused where they are given', async () => {
    const kit = kernelKit();
    const heard: Message[] = [];
    kit.kernel.spawn(player(), { id: 'a' });
    kit.kernel
      .spawn(
        player((message, emit) => {
          heard.push(message);
          if (message.type !== 'go') return;
          for (const delay of [Number.NaN, '5', {}] as never[]) {
            emit(effect.schedule('s', { type: 'tick' }, delay));
            emit(effect.delegate('a', { type: 'work' }, { timeoutMs: delay }));
          }
        }),
        { id: 'hostile' },
      )
      .tell({ type: 'go' });
    await kit.advance(10_000);
    expect(heard.slice(1)).toHaveLength(3);
    expect(heard.slice(1)).toMatchObject(
      [1, 2, 3].map(() => ({ type: 'delegation.failed', error: { code: 'INVALID_OPTION' } })),
    );
    expect(kit.kernel.timers.pending).toBe(0);
    expect(await isAlive(kit)).toBe(true);
  });

  test.each([
    null,
    undefined,
    7,
    'task',
    {},
    { type: 7 },
    { type: '' },
    { type: 'x', id: 7 },
    { type: 'x', id: '' },
    { type: 'x', id: 'x'.repeat(10_000) },
  ])('a task that is none is refused: %j', async (task) => {
    const kit = kernelKit();
    kit.kernel.spawn(player(), { id: 'a' });
    expect(() => kit.kernel.delegate({ to: 'a', task: task as never, within: undefined })).toThrow(
      expect.objectContaining({ code: 'INVALID_OPTION' }),
    );
    await emitting(kit, (emit) => {
      emit(effect.delegate('a', task as never));
    });
    expect(kit.events.filter(({ type }) => type === 'delegation.refused')).toHaveLength(2);
    expect(await isAlive(kit)).toBe(true);
  });
});
