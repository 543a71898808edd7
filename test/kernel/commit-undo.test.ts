// A turn that fails takes every later one with it: states, mailboxes and what was sent go back to the last commit that
// landed; what came from outside is handled again; who asked is refused. Then the store comes back, and all goes on.

import { describe, expect, test } from 'vitest';
import { limits } from '../../src/base/limits.ts';
import { effect } from '../../src/kernel/effects.ts';
import { announcing, contextOf, durableKit, mailKeys, summing } from './gated-store.ts';
import { listener, player, rejection } from './players.ts';

const { turn_messages: turnMax, reopenMax_ms } = limits.store;
const full = new Error('disk full');

/** Tells an actor more than one turn may handle, so that several commits are on their way. */
async function fill(kit: ReturnType<typeof durableKit>, id: string, turns: number): Promise<number> {
  let told = 0;
  for (let turn = 0; turn < turns; turn++) {
    for (let n = 0; n < turnMax; n += 500) {
      for (let each = 0; each < 500; each++, told++) kit.kernel.lookup(id)?.tell({ type: 'add', n: 1 });
      // oxlint-disable-next-line no-await-in-loop
      await kit.settle();
    }
  }
  return told;
}

describe('a turn that fails', () => {
  test('P12 turn N fails with N+1 and N+2 on their way: all go back, and all is handled again once the store is back', async () => {
    const kit = durableKit();
    const { kernel, settle, advance, store, seen, events } = kit;
    const ear = listener();
    kernel.spawn(ear.logic, { id: 'ear', mailbox: { capacity: 100_000 } });
    const ref = kernel.spawn(announcing, { id: 'a', durable: true });
    ref.tell({ type: 'add', n: 1 });
    await settle();
    store.isOpen = false;
    const told = await fill(kit, 'a', 2.5);
    expect(store.waiting).toBeGreaterThanOrEqual(3);
    store.isOpen = true;
    store.let(full);
    await settle();
    expect(ref.snapshot()).toMatchObject({ context: 1 });
    expect(ear.heard).toHaveLength(1);
    expect(events.filter(({ type }) => type.startsWith('store.'))).toMatchObject([
      { type: 'store.failed', error: full },
    ]);
    await advance(100);
    expect(ref.snapshot()).toMatchObject({ context: 1 + told });
    expect(ear.heard.map(({ sum }) => sum)).toEqual(Array.from({ length: told + 1 }, (_, n) => n + 1));
    expect(contextOf(store, 'a')).toBe(told + 1);
    expect(seen('actor.crashed').concat(seen('actor.restarting'), seen('actor.started').slice(2))).toEqual([]);
    expect(events.filter(({ type }) => type.startsWith('store.'))).toMatchObject([
      {},
      { type: 'store.recovered', downMs: 100 },
    ]);
  });

  test('what a durable actor sent in it is gone, and is sent again by itself; what came from others is kept, in order', async () => {
    const { kernel, settle, advance, store } = durableKit();
    const heard: unknown[] = [];
    kernel.spawn(
      player(({ from, n }) => {
        heard.push(`${String(from)}${String(n)}`);
      }),
      { id: 'b', durable: true },
    );
    kernel.spawn(
      player(({ n }, emit) => emit(effect.tell('b', { type: 'n', from: 'a', n }))),
      { id: 'a', durable: true },
    );
    kernel.spawn(
      player(({ n }, emit) => emit(effect.tell('b', { type: 'n', from: 'plain', n }))),
      { id: 'plain' },
    );
    await settle();
    store.isOpen = false;
    for (const n of [1, 2, 3]) {
      kernel.lookup('a')?.tell({ type: 'go', n });
      kernel.lookup('plain')?.tell({ type: 'go', n });
      kernel.lookup('b')?.tell({ type: 'n', from: 'out', n });
      // oxlint-disable-next-line no-await-in-loop
      await settle();
    }
    store.isOpen = true;
    heard.length = 0;
    store.let(full);
    await settle();
    expect(heard).toEqual([]);
    await advance(100);
    for (const from of ['a', 'plain', 'out']) {
      expect(heard.filter((each) => String(each).startsWith(from))).toEqual([1, 2, 3].map((n) => `${from}${n}`));
    }
    expect([contextOf(store, 'b'), mailKeys(store)]).toEqual([9, []]);
  });

  test('who asked is refused with the error of the store, whether the answer was held or not given yet', async () => {
    const { kernel, settle, advance, store } = durableKit();
    store.isOpen = false;
    const answering = kernel.spawn(announcing, { id: 'a', durable: true });
    const silent = kernel.spawn(summing(), { id: 'b', durable: true });
    const errors = [answering, silent].map((ref) => rejection(ref.ask({ type: 'add', n: 1 })));
    await settle();
    store.isOpen = true;
    store.let(full);
    await settle();
    expect(await Promise.all(errors)).toEqual([full, full]);
    await advance(reopenMax_ms);
    expect([answering.snapshot(), silent.snapshot()]).toMatchObject([{ context: 0 }, { context: 0 }]);
    expect(await Promise.all([answering.ask({ type: 'add', n: 1 }), advance(1)])).toMatchObject([
      { sum: 1 },
      undefined,
    ]);
  });

  test('its timers, its stash and its topics go back with it', async () => {
    const { kernel, settle, advance, store } = durableKit();
    const heard: unknown[] = [];
    const wants = [
      effect.schedule('tick', { type: 'tick' }, 50),
      effect.stash(),
      effect.subscribe('news'),
      effect.watch('ear'),
    ];
    kernel.spawn(player(), { id: 'ear' });
    const ref = kernel.spawn(
      player(({ type }, emit) => {
        heard.push(type);
        if (type === 'do') for (const each of wants) emit(each);
        if (type === 'open') emit(effect.unstash());
      }),
      { id: 'a', durable: true },
    );
    ref.tell({ type: 'warm up' });
    await settle();
    store.isOpen = false;
    store.ailment = full;
    ref.tell({ type: 'do' });
    await settle();
    store.isOpen = true;
    store.let(full);
    await settle();
    kernel.publish('news', { type: 'news' });
    await kernel.lookup('ear')?.stop();
    await advance(60);
    expect(heard).toEqual(['warm up', 'do']);
    store.ailment = undefined;
    await advance(1_000);
    expect(heard).toEqual(['warm up', 'do', 'do', 'actor.terminated', 'tick']);
    expect(store.get('actor/a')?.value).toMatchObject({ topics: ['news'], stash: [{ event: { type: 'do' } }] });
  });

  test('what it had brought back from aside is put aside again', async () => {
    const { kernel, settle, advance, store } = durableKit();
    const heard: unknown[] = [];
    const ref = kernel.spawn(
      player(({ type, n }, emit) => {
        heard.push(type === 'n' ? n : type);
        if (type === 'aside') emit(effect.stash());
        if (type === 'open') emit(effect.unstash());
      }),
      { id: 'a', durable: true },
    );
    ref.tell({ type: 'aside' });
    await settle();
    store.isOpen = false;
    ref.tell({ type: 'open' });
    await settle();
    store.isOpen = true;
    store.let(full);
    await advance(100);
    expect(heard).toEqual(['aside', 'open', 'aside', 'open', 'aside']);
    expect(store.get('actor/a')?.value).toMatchObject({ stash: [{ event: { type: 'aside' } }] });
    expect(mailKeys(store)).toEqual([]);
  });

  test('a message that an earlier turn had written is unread again, and is struck off once', async () => {
    const { kernel, settle, advance, store } = durableKit();
    const { logic, heard } = listener();
    let wake = (): void => {};
    const awake = new Promise<void>((resolve) => {
      wake = resolve;
    });
    kernel.spawn(logic, { id: 'x', durable: true, hooks: { start: () => awake } });
    for (const n of [1, 2, 3]) kernel.lookup('x')?.tell({ type: 'n', n });
    await settle();
    const [key = ''] = mailKeys(store);
    store.isOpen = false;
    wake();
    await settle();
    expect(heard).toHaveLength(3);
    store.isOpen = true;
    store.let(full);
    await settle();
    expect(mailKeys(store)).toEqual([key]);
    await advance(100);
    expect(heard.map(({ n }) => n)).toEqual([1, 2, 3, 1, 2, 3]);
    expect([mailKeys(store), contextOf(store, 'x')]).toEqual([[], 3]);
  });

  test('an actor that crashed in it is not counted as crashed, and one that was stopped in it is gone', async () => {
    const { kernel, settle, advance, store, seen } = durableKit();
    const crashing = kernel.spawn(summing(), { id: 'c', durable: true });
    const stopped = kernel.spawn(summing(), { id: 's', durable: true });
    for (const ref of [crashing, stopped]) ref.tell({ type: 'add', n: 1 });
    await settle();
    store.isOpen = false;
    for (const ref of [crashing, stopped]) ref.tell({ type: 'add', n: 1 });
    crashing.tell({ type: 'crash' });
    await settle();
    void stopped.stop();
    await settle();
    store.isOpen = true;
    store.let(full);
    await settle();
    expect(seen('actor.crashed')).toEqual([]);
    expect([...store.keys('actor/')]).toEqual(['actor/c', 'actor/s']);
    await advance(100);
    expect([...store.keys('actor/')]).toEqual(['actor/c']);
    await advance(5_000);
    expect(crashing.snapshot()).toMatchObject({ context: 2 });
    expect(kernel.deadLetters.list()).toMatchObject([{ to: 'c', reason: 'crashed its actor too often' }]);
  });
});
