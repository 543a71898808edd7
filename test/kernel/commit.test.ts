// Durable actors: nothing they want is seen before the snapshot it came with has been written; a restart begins with
// the last committed one; a store that fails rolls actor and mailbox back. (Restarts of the process come with the
// durability tests.)

import { createMachine, fromCallback, fromTransition, setup } from 'xstate';
import { describe, expect, test } from 'vitest';
import { effect } from '../../src/kernel/effects.ts';
import { reply } from '../../src/kernel/actions.ts';
import { listener, type Message, rejection } from './players.ts';
import { submit } from './tasks.ts';
import { announcing, durableKit, summing } from './gated-store.ts';

describe('commit before effect', () => {
  test('P02 a tell and a reply go out after the commit, not before', async () => {
    const { kernel, settle, store } = durableKit();
    const ear = listener();
    kernel.spawn(ear.logic, { id: 'ear' });
    store.isOpen = false;
    let replied = false;
    const asked = kernel.spawn(announcing, { id: 'a', durable: true }).ask({ type: 'add', n: 5 });
    void asked.then(() => {
      replied = true;
    });
    await settle();
    expect(store.commits).toHaveLength(1);
    expect([ear.heard.length, replied]).toEqual([0, false]);
    store.let();
    await settle();
    expect(ear.heard).toEqual([{ type: 'sum', sum: 5 }]);
    expect(await asked).toEqual({ type: 'sum', sum: 5 });
    expect(store.get('actor/a')).toMatchObject({ version: 1, value: { snapshot: { context: 5 } } });
  });

  test('an actor that is not durable pays nothing and waits for nobody', async () => {
    const { kernel, settle, store } = durableKit();
    store.isOpen = false;
    const asked = kernel
      .spawn(
        summing((_message, sum, emit) => {
          emit(effect.reply({ type: 'sum', sum }));
        }),
        { id: 'a' },
      )
      .ask({ type: 'add', n: 1 });
    await settle();
    expect(await asked).toEqual({ type: 'sum', sum: 1 });
    expect(store.commits).toEqual([]);
  });

  test('one commit a turn for all messages and actors of the turn; effects in the order they were wanted', async () => {
    const { kernel, settle, store } = durableKit();
    const ear = listener();
    kernel.spawn(ear.logic, { id: 'ear' });
    for (const id of ['a', 'b']) {
      const ref = kernel.spawn(announcing, { id, durable: true });
      for (let n = 1; n <= 10; n++) ref.tell({ type: 'add', n });
    }
    await settle();
    expect(store.commits).toHaveLength(1);
    expect(store.commits[0]?.map(({ key }) => key)).toEqual(['actor/a', 'actor/b']);
    expect(ear.heard.map(({ sum }) => sum).slice(0, 10)).toEqual([1, 3, 6, 10, 15, 21, 28, 36, 45, 55]);
    expect(ear.heard).toHaveLength(20);
  });

  test('an effect of a callback outside any message waits for what came before it', async () => {
    const { kernel, advance, settle, store } = durableKit();
    const ear = listener();
    kernel.spawn(ear.logic, { id: 'ear' });
    store.isOpen = false;
    let emitLater: () => void = () => {};
    const machine = setup({
      actors: {
        side: fromCallback(({ emit }) => {
          emitLater = () => {
            emit(effect.tell('ear', { type: 'from the side' }));
          };
        }),
      },
    }).createMachine({ initial: 'a', states: { a: { on: { go: 'b' } }, b: { invoke: { src: 'side' } } } });
    kernel.spawn(machine, { id: 'm', durable: true }).tell({ type: 'go' });
    await settle();
    emitLater();
    await advance(10);
    expect(ear.heard).toEqual([]);
    store.let();
    await settle();
    store.let();
    await settle();
    expect(ear.types()).toEqual(['from the side']);
  });
});

describe('restart', () => {
  test('S36 it comes back with the last committed snapshot, and the messages behind the crash', async () => {
    const { kernel, advance, settle } = durableKit();
    const ref = kernel.spawn(summing(), { id: 'a', durable: true });
    ref.tell({ type: 'add', n: 5 });
    await settle();
    ref.tell({ type: 'add', n: 2 });
    void ref.ask({ type: 'crash' }).catch(() => {});
    ref.tell({ type: 'add', n: 10 });
    await advance(5_000);
    expect(ref.snapshot()).toMatchObject({ context: 17 });
  });

  test('S36 recover: initial begins afresh', async () => {
    const { kernel, advance, settle } = durableKit();
    const ref = kernel.spawn(summing(), { id: 'a', durable: true, recover: 'initial' });
    ref.tell({ type: 'add', n: 5 });
    await settle();
    void ref.ask({ type: 'crash' }).catch(() => {});
    await advance(5_000);
    expect(ref.snapshot()).toMatchObject({ context: 0 });
  });

  test('S36 a crash while the commit is under way: what was handled before it lands, is announced, and is where it begins again', async () => {
    const { kernel, advance, settle, store } = durableKit();
    const ear = listener();
    kernel.spawn(ear.logic, { id: 'ear' });
    store.isOpen = false;
    const ref = kernel.spawn(announcing, { id: 'a', durable: true });
    const asked = ref.ask({ type: 'add', n: 5 });
    const crash = rejection(ref.ask({ type: 'crash' }));
    await settle();
    store.isOpen = true;
    store.let();
    await advance(5_000);
    expect(await asked).toEqual({ type: 'sum', sum: 5 });
    expect(await crash).toMatchObject({ message: 'boom' });
    expect(ear.heard).toEqual([{ type: 'sum', sum: 5 }]);
    expect(ref.snapshot()).toMatchObject({ context: 5 });
  });

  test('a durable machine that is done: its last reply is sent, then it ends and its record goes', async () => {
    const { kernel, settle, store } = durableKit();
    const machine = createMachine({
      initial: 'a',
      states: { a: { on: { end: { target: 'b', actions: reply({ type: 'bye' }) }, note: {} } }, b: { type: 'final' } },
    });
    const ends: unknown[] = [];
    const ref = kernel.spawn(machine, { id: 'm', durable: true });
    ref.watch(({ reason }) => ends.push(reason));
    ref.tell({ type: 'note' });
    await settle();
    expect(store.get('actor/m')).toBeDefined();
    const asked = ref.ask({ type: 'end' });
    ref.tell({ type: 'too late' });
    await settle();
    expect(await asked).toEqual({ type: 'bye' });
    expect(ends).toEqual(['normal']);
    expect(store.get('actor/m')).toBeUndefined();
    expect(kernel.deadLetters.list()).toMatchObject([{ event: { type: 'too late' }, reason: 'actor stopped' }]);
  });

  test('a task that a durable actor completes is done once, also when it crashes right after', async () => {
    const kit = durableKit();
    kit.kernel.spawn(
      fromTransition((state: number, message: Message, scope) => {
        if (message.type === 'crash') throw new Error('boom');
        if (message.type === 'task.assigned') scope.emit(effect.complete(message.id as string, 'done'));
        return state;
      }, 0),
      { id: 'a', durable: true },
    );
    const outcomes = submit(kit, 'a');
    void kit.kernel
      .lookup('a')
      ?.ask({ type: 'crash' })
      .catch(() => {});
    await kit.advance(5_000);
    expect(outcomes).toEqual([{ ok: true, output: 'done' }]);
    expect(kit.kernel.delegations.late).toBe(0);
  });

  test('an orderly stop keeps the record, an actor that is stopped by itself loses it', async () => {
    const { kernel, settle, store } = durableKit();
    const refs = ['a', 'b'].map((id) => kernel.spawn(summing(), { id, durable: true }));
    for (const ref of refs) ref.tell({ type: 'add', n: 1 });
    await settle();
    await refs[0]?.stop();
    await settle();
    expect([...store.keys('')]).toEqual(['actor/b']);
    await kernel.stop();
    expect([...store.keys('')]).toEqual(['actor/b']);
  });

  test("M07 a reply that waits for its commit is given, also when the actor is stopped meanwhile; or refused with the store's error", async () => {
    for (const failure of [undefined, new Error('disk full')]) {
      const { kernel, settle, store } = durableKit();
      store.isOpen = false;
      const ref = kernel.spawn(announcing, { id: 'a', durable: true });
      const asked = ref.ask({ type: 'add', n: 5 }).then(
        (answer) => answer.type,
        (error: unknown) => (error as Error).message,
      );
      // oxlint-disable-next-line no-await-in-loop
      await settle();
      void ref.stop();
      // oxlint-disable-next-line no-await-in-loop
      await settle();
      store.isOpen = true;
      store.let(failure);
      // oxlint-disable-next-line no-await-in-loop
      await settle();
      // oxlint-disable-next-line no-await-in-loop
      expect(await asked).toBe(failure?.message ?? 'sum');
      expect(kernel.pendingAsks).toBe(0);
    }
  });

  test('stop waits for what has not been written yet', async () => {
    const { kernel, settle, store } = durableKit();
    const ref = kernel.spawn(summing(), { id: 'a', durable: true });
    ref.tell({ type: 'add', n: 1 });
    await settle();
    store.isOpen = false;
    ref.tell({ type: 'add', n: 1 });
    await settle();
    let stopped = false;
    void kernel.stop().then(() => {
      stopped = true;
    });
    await settle();
    expect(stopped).toBe(false);
    store.isOpen = true;
    store.let();
    await settle();
    expect(stopped).toBe(true);
    expect(store.get('actor/a')).toMatchObject({ value: { snapshot: { context: 2 } } });
  });
});
