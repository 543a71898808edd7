// While the store takes no commits: actors that are not durable go on, durable ones wait, and a stop does not hang.

import { describe, expect, test } from 'vitest';
import { limits } from '../../src/base/limits.ts';
import { announcing, contextOf, durableKit, summing, unread } from './gated-store.ts';
import { listener, type Message, rejection } from './players.ts';

const { reopenMax_ms } = limits.store;
const full = new Error('disk full');

describe('while the store takes no commits', () => {
  test('actors that are not durable go on, durable ones wait and keep what they are told; within a second of its return they go on', async () => {
    const { kernel, settle, advance, store, events } = durableKit();
    const ear = listener();
    kernel.spawn(ear.logic, { id: 'ear' });
    const ref = kernel.spawn(summing(), { id: 'a', durable: true });
    store.isOpen = false;
    store.ailment = full;
    ref.tell({ type: 'add', n: 1 });
    await settle();
    store.isOpen = true;
    store.let(full);
    await advance(10_000);
    for (const id of ['a', 'ear']) kernel.lookup(id)?.tell({ type: 'add', n: 2 });
    await advance(10_000);
    expect([ear.heard.length, ref.snapshot()]).toMatchObject([1, { context: 0 }]);
    expect(store.reopened).toBe(3 + 1 + 18);
    const told = (): readonly string[] => events.map(({ type }) => type).filter((type) => type.startsWith('store.'));
    expect(told()).toEqual(['store.failed']);
    store.ailment = undefined;
    await advance(reopenMax_ms);
    expect([ref.snapshot(), contextOf(store, 'a')]).toMatchObject([{ context: 3 }, 3]);
    expect(told()).toEqual(['store.failed', 'store.recovered']);
  });

  test('a stop does not wait for ever: it gives up, and says for how many actors', async () => {
    const { kernel, settle, advance, store, events } = durableKit();
    store.isOpen = false;
    store.ailment = full;
    for (const id of ['a', 'b']) kernel.spawn(summing(), { id, durable: true }).tell({ type: 'add', n: 1 });
    await settle();
    let stopped = false;
    void kernel.stop().then(() => {
      stopped = true;
    });
    await settle();
    store.let(full);
    await advance(limits.shutdown.hook_ms - 1);
    expect(stopped).toBe(false);
    await advance(1);
    expect(stopped).toBe(true);
    expect(events.at(-1)).toMatchObject({ type: 'store.abandoned', actors: 2, error: full });
    const before = store.reopened;
    await advance(10_000);
    expect(store.reopened).toBe(before);
  });

  test('a stop that the store recovers from in time keeps what was not read', async () => {
    const { kernel, settle, advance, store } = durableKit();
    store.isOpen = false;
    kernel.spawn(summing(), { id: 'a', durable: true }).tell({ type: 'add', n: 7 });
    await settle();
    void kernel.stop();
    await settle();
    store.isOpen = true;
    store.let(full);
    await advance(1_000);
    expect(unread(store)).toMatchObject([{ to: 'a', event: { n: 7 } }]);
  });

  test('a stop while a commit hangs gives up, too, and refuses who asked', async () => {
    const { kernel, settle, advance, store, events } = durableKit();
    store.isOpen = false;
    const asked = rejection(
      kernel.spawn(announcing, { id: 'a', durable: true }).ask({ type: 'add', n: 1 }, { timeout: '1m' }),
    );
    await settle();
    void kernel.stop();
    await advance(limits.shutdown.hook_ms);
    expect(await asked).toMatchObject({ code: 'SHUTTING_DOWN' });
    expect(events.at(-1)).toMatchObject({ type: 'store.abandoned', actors: 1 });
    store.open();
    await settle();
  });

  test('a store that fails again and again loses nothing and repeats nothing', async () => {
    const { kernel, settle, advance, store } = durableKit();
    const ear = listener();
    kernel.spawn(ear.logic, { id: 'ear' });
    const ref = kernel.spawn(announcing, { id: 'a', durable: true });
    let sum = 0;
    for (let round = 1; round <= 10; round++) {
      store.isOpen = round % 3 === 0;
      for (const n of [round, 1]) {
        ref.tell({ type: 'add', n });
        sum += n;
        // oxlint-disable-next-line no-await-in-loop
        await settle();
      }
      store.isOpen = true;
      store.let(full);
      // oxlint-disable-next-line no-await-in-loop
      await advance(2_000);
    }
    store.open();
    await advance(2_000);
    expect([contextOf(store, 'a'), ear.heard.length]).toEqual([sum, 20]);
    expect(ear.heard.at(-1)).toMatchObject({ sum } satisfies Partial<Message>);
  });
});
