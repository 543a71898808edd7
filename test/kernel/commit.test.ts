// Durable actors: nothing they want is seen before the snapshot it came with has been written; a restart begins with
// the last committed one; a store that fails rolls actor and mailbox back. (Restarts of the process come with the
// durability tests.)

import { type AnyActorLogic, createMachine, fromCallback, fromTransition, setup } from 'xstate';
import { describe, expect, test } from 'vitest';
import { VirtualClock } from '../../src/base/virtual-clock.ts';
import { effect } from '../../src/kernel/effects.ts';
import { reply } from '../../src/kernel/actions.ts';
import { memoryStore } from '../../src/store/memory.ts';
import type { Store, StoreWrite } from '../../src/store/port.ts';
import { type KernelKit, kernelKit } from './kernel-kit.ts';
import { type Emit, listener, type Message, rejection } from './players.ts';
import { submit } from './tasks.ts';

/** A memory store whose commits wait until they are let through, or fail. */
class GatedStore implements Store {
  readonly inner = memoryStore(new VirtualClock());
  readonly commits: (readonly StoreWrite[])[] = [];
  isOpen = true;
  #waiting: ((failure?: Error) => void)[] = [];

  get(key: string): ReturnType<Store['get']> {
    return this.inner.get(key);
  }

  keys(prefix: string): Iterable<string> {
    return this.inner.keys(prefix);
  }

  async commit(writes: readonly StoreWrite[]): Promise<void> {
    this.commits.push(writes);
    if (!this.isOpen) {
      await new Promise<void>((resolve, reject) => {
        this.#waiting.push((failure) => {
          if (failure === undefined) resolve();
          else reject(failure);
        });
      });
    }
    await this.inner.commit(writes);
  }

  /** Lets the commit that waits through, or fails it. */
  let(failure?: Error): void {
    this.#waiting.shift()?.(failure);
  }

  close(): Promise<void> {
    return this.inner.close();
  }
}

function durableKit(): KernelKit & { readonly store: GatedStore } {
  const store = new GatedStore();
  return { ...kernelKit({ store }), store };
}

/** Sums what it is told; does what `react` says besides. */
function summing(react: (message: Message, sum: number, emit: Emit) => void = () => {}): AnyActorLogic {
  return fromTransition((sum: number, message: Message, scope) => {
    if (message.type === 'xstate.stop') return sum;
    if (message.type === 'crash') throw new Error('boom');
    const next = sum + (message.n as number);
    react(message, next, (each) => { scope.emit(each); });
    return next;
  }, 0);
}

const announcing = summing((_message, sum, emit) => {
  emit(effect.tell('ear', { type: 'sum', sum } as Message));
  emit(effect.reply({ type: 'sum', sum } as Message));
});

describe('commit before effect', () => {
  test('P02 a tell and a reply go out after the commit, not before', async () => {
    const { kernel, settle, store } = durableKit();
    const ear = listener();
    kernel.spawn(ear.logic, { id: 'ear' });
    store.isOpen = false;
    let replied = false;
    const asked = kernel.spawn(announcing, { id: 'a', durable: true }).ask({ type: 'add', n: 5 });
    void asked.then(() => { replied = true; });
    await settle();
    expect(store.commits).toHaveLength(1);
    expect([ear.heard.length, replied]).toEqual([0, false]);
    store.let();
    await settle();
    expect(ear.heard).toEqual([{ type: 'sum', sum: 5 }]);
    expect(await asked).toEqual({ type: 'sum', sum: 5 });
    expect(store.get('actor/a')).toMatchObject({ version: 1, value: { context: 5 } });
  });

  test('an actor that is not durable pays nothing and waits for nobody', async () => {
    const { kernel, settle, store } = durableKit();
    store.isOpen = false;
    const asked = kernel.spawn(summing((_message, sum, emit) => { emit(effect.reply({ type: 'sum', sum } as Message)); }), { id: 'a' }).ask({ type: 'add', n: 1 });
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
    const machine = setup({ actors: { side: fromCallback(({ emit }) => {
      emitLater = () => { emit(effect.tell('ear', { type: 'from the side' })); };
    }) } }).createMachine({ initial: 'a', states: { a: { on: { go: 'b' } }, b: { invoke: { src: 'side' } } } });
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
    const machine = createMachine({ initial: 'a', states: { a: { on: { end: { target: 'b', actions: reply({ type: 'bye' }) }, note: {} } }, b: { type: 'final' } } });
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
    kit.kernel.spawn(fromTransition((state: number, message: Message, scope) => {
      if (message.type === 'crash') throw new Error('boom');
      if (message.type === 'task.assigned') scope.emit(effect.complete(message.id as string, 'done'));
      return state;
    }, 0), { id: 'a', durable: true });
    const outcomes = submit(kit, 'a');
    void kit.kernel.lookup('a')?.ask({ type: 'crash' }).catch(() => {});
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

  test('stop waits for what has not been written yet', async () => {
    const { kernel, settle, store } = durableKit();
    const ref = kernel.spawn(summing(), { id: 'a', durable: true });
    ref.tell({ type: 'add', n: 1 });
    await settle();
    store.isOpen = false;
    ref.tell({ type: 'add', n: 1 });
    await settle();
    let stopped = false;
    void kernel.stop().then(() => { stopped = true; });
    await settle();
    expect(stopped).toBe(false);
    store.isOpen = true;
    store.let();
    await settle();
    expect(stopped).toBe(true);
    expect(store.get('actor/a')).toMatchObject({ value: { context: 2 } });
  });
});

describe('a store that fails', () => {
  test('P11 no effect is seen, askers get the store\'s error, state and mailbox go back, and it goes on when the store does', async () => {
    const { kernel, settle, advance, store, seen } = durableKit();
    const ear = listener();
    kernel.spawn(ear.logic, { id: 'ear' });
    const ref = kernel.spawn(announcing, { id: 'a', durable: true });
    ref.tell({ type: 'add', n: 1 });
    await settle();
    store.isOpen = false;
    const asked = rejection(ref.ask({ type: 'add', n: 100 }));
    ref.tell({ type: 'add', n: 2 });
    ref.tell({ type: 'add', n: 3 });
    await settle();
    store.isOpen = true;
    store.let(new Error('disk full'));
    await settle();
    expect(await asked).toMatchObject({ message: 'disk full' });
    expect(ear.heard).toEqual([{ type: 'sum', sum: 1 }]);
    expect(seen('actor.crashed')).toEqual(['a']);
    await advance(5_000);
    expect(ear.heard.map(({ sum }) => sum)).toEqual([1, 3, 6]);
    expect(ref.snapshot()).toMatchObject({ context: 6 });
    expect(store.get('actor/a')).toMatchObject({ value: { context: 6 } });
    expect([...kernel.deadLetters.counts]).toEqual([['nobody waits for a reply', 3]]);
  });

  test('P12 a commit that fails takes the later ones with it: nothing is written on top of what is not there', async () => {
    const { kernel, settle, advance, store } = durableKit();
    store.isOpen = false;
    const ref = kernel.spawn(summing(), { id: 'a', durable: true });
    ref.tell({ type: 'add', n: 1 });
    await settle();
    ref.tell({ type: 'add', n: 2 });
    await settle();
    expect(store.commits).toHaveLength(1);
    store.isOpen = true;
    store.let(new Error('fsync'));
    await settle();
    expect(store.commits).toHaveLength(1);
    expect(store.get('actor/a')).toBeUndefined();
    await advance(5_000);
    expect(store.get('actor/a')).toMatchObject({ value: { context: 3 } });
  });

  test('a state that can\'t be kept is the crash of that actor alone; those of the same turn are committed', async () => {
    const { kernel, settle, advance, store, seen, events } = durableKit();
    const bad = fromTransition((state: unknown, message: Message) => (message.type === 'xstate.stop' ? state : { live: () => {} }), 0 as unknown);
    const fine = kernel.spawn(summing(), { id: 'fine', durable: true });
    kernel.spawn(bad, { id: 'bad', durable: true, child: 'temporary' }).tell({ type: 'x' });
    fine.tell({ type: 'add', n: 1 });
    await settle();
    await advance(1);
    expect(seen('actor.crashed')).toEqual(['bad']);
    expect(events.find(({ type }) => type === 'actor.crashed')).toMatchObject({ error: { code: 'UNSERIALIZABLE' } });
    expect(store.get('actor/fine')).toMatchObject({ value: { context: 1 } });
    expect(kernel.lookup('fine')).toBeDefined();
  });

  test('a store that fails while it forgets an actor disturbs nobody', async () => {
    const { kernel, settle, store } = durableKit();
    const ref = kernel.spawn(summing(), { id: 'a', durable: true });
    ref.tell({ type: 'add', n: 1 });
    await settle();
    store.isOpen = false;
    void ref.stop();
    await settle();
    store.isOpen = true;
    store.let(new Error('disk full'));
    await settle();
    const other = kernel.spawn(summing(), { id: 'b', durable: true });
    other.tell({ type: 'add', n: 1 });
    await settle();
    expect(store.get('actor/b')).toMatchObject({ value: { context: 1 } });
    await kernel.stop();
  });
});
