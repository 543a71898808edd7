// A store that fails: no effect is seen, state and mailbox go back to the last commit, and it goes on when the store
// does.

import { fromTransition } from 'xstate';
import { describe, expect, test } from 'vitest';
import { listener, type Message, rejection } from './players.ts';
import { announcing, durableKit, summing } from './gated-store.ts';

describe('a store that fails', () => {
  test("P11 no effect is seen, askers get the store's error, state and mailbox go back, and it goes on when the store does", async () => {
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
    expect(seen('actor.crashed')).toEqual([]);
    expect(seen('actor.restarting')).toEqual([]);
    await advance(5_000);
    expect(ear.heard.map(({ sum }) => sum)).toEqual([1, 3, 6]);
    expect(ref.snapshot()).toMatchObject({ context: 6 });
    expect(store.get('actor/a')).toMatchObject({ value: { snapshot: { context: 6 } } });
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
    expect(store.get('actor/a')).toMatchObject({ value: { snapshot: { context: 3 } } });
  });

  test("a state that can't be kept is the crash of that actor alone; those of the same turn are committed", async () => {
    const { kernel, settle, advance, store, seen, events } = durableKit();
    const bad = fromTransition(
      (state: unknown, message: Message) => (message.type === 'xstate.stop' ? state : { live: () => {} }),
      0,
    );
    const fine = kernel.spawn(summing(), { id: 'fine', durable: true });
    kernel.spawn(bad, { id: 'bad', durable: true, child: 'temporary' }).tell({ type: 'x' });
    fine.tell({ type: 'add', n: 1 });
    await settle();
    await advance(1);
    expect(seen('actor.crashed')).toEqual(['bad']);
    expect(events.find(({ type }) => type === 'actor.crashed')).toMatchObject({ error: { code: 'UNSERIALIZABLE' } });
    expect(store.get('actor/fine')).toMatchObject({ value: { snapshot: { context: 1 } } });
    expect(kernel.lookup('fine')).toBeDefined();
  });

  test('a store that fails while it forgets an actor disturbs nobody', async () => {
    const { kernel, settle, advance, store } = durableKit();
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
    await advance(100);
    expect([...store.keys('actor/')]).toEqual(['actor/b']);
    expect(store.get('actor/b')).toMatchObject({ value: { snapshot: { context: 1 } } });
    await kernel.stop();
  });
});
