// Commits on their way: the next turn goes on while earlier ones are written, up to a bound; then durable actors wait,
// in order, and nobody else does.

import { describe, expect, test } from 'vitest';
import { limits } from '../../src/base/limits.ts';
import { effect } from '../../src/kernel/effects.ts';
import type { KernelParts } from '../../src/kernel/parts.ts';
import { contextOf, durableKit, summing } from './gated-store.ts';
import { listener, player } from './players.ts';

const { inFlight_commits: commitsMax, inFlight_bytes: bytesMax, turn_messages: messagesMax } = limits.store;

/** Two durable actors that never stop talking to each other, and what they have said so far. */
function talkers(kernel: ReturnType<typeof durableKit>['kernel']): { said: number } {
  const tally = { said: 0 };
  for (const [id, other] of [
    ['a', 'b'],
    ['b', 'a'],
  ] as const) {
    kernel.spawn(
      player((_message, emit) => {
        tally.said += 1;
        if (tally.said < 40_000) emit(effect.tell(other, { type: 'go' }));
      }),
      { id, durable: true },
    );
  }
  kernel.lookup('a')?.tell({ type: 'go' });
  return tally;
}

describe('pipelining', () => {
  test('a lone turn is written at once, without waiting for a timer', async () => {
    const { kernel, settle, store, clock } = durableKit();
    kernel.spawn(summing(), { id: 'a', durable: true }).tell({ type: 'add', n: 1 });
    await settle();
    expect([contextOf(store, 'a'), clock.now()]).toEqual([1, 0]);
  });

  test('a turn that has landed is let go of, with all that was written', async () => {
    let parts: KernelParts | undefined;
    const { kernel, settle, store } = durableKit({ onAssembled: (each) => (parts = each) });
    const touches = (): unknown[] => ['a', 'b'].map((id) => parts?.registry.living(id)?.touch);
    for (const id of ['a', 'b']) kernel.spawn(summing(), { id, durable: true });
    await settle();
    store.isOpen = false;
    for (const id of ['a', 'b']) kernel.lookup(id)?.tell({ type: 'add', n: 1 });
    await settle();
    kernel.lookup('b')?.tell({ type: 'add', n: 1 });
    await settle();
    expect(touches()).not.toContain(undefined);
    store.let();
    await settle();
    expect(touches().map((touch) => touch === undefined)).toEqual([true, false]);
    store.open();
    await settle();
    expect(touches()).toEqual([undefined, undefined]);
  });

  test('what happens while a commit is on its way shares the next one', async () => {
    const { kernel, settle, store } = durableKit();
    const ref = kernel.spawn(summing(), { id: 'a', durable: true });
    store.isOpen = false;
    for (const n of [1, 2, 3, 4, 5]) {
      ref.tell({ type: 'add', n });
      // oxlint-disable-next-line no-await-in-loop
      await settle();
    }
    expect(store.waiting).toBe(1);
    store.let();
    await settle();
    expect([contextOf(store, 'a'), store.waiting]).toEqual([1, 1]);
    store.open();
    await settle();
    expect([contextOf(store, 'a'), store.commits.length]).toEqual([15, 2]);
  });

  test('no more commits are on their way than may be; then durable actors wait, and go on as commits land', async () => {
    const { kernel, settle, store } = durableKit();
    store.isOpen = false;
    const tally = talkers(kernel);
    await settle();
    expect(store.waiting).toBe(commitsMax);
    const before = tally.said;
    expect(before).toBeGreaterThan(commitsMax * messagesMax);
    expect(before).toBeLessThan((commitsMax + 2) * (messagesMax + limits.dispatcher.slice_messages));
    await settle();
    expect(tally.said).toBe(before);
    store.let();
    await settle();
    expect(store.waiting).toBe(commitsMax);
    expect(tally.said).toBeGreaterThan(before);
    store.open();
    await settle();
    expect(tally.said).toBe(40_000);
    expect(Number(contextOf(store, 'a')) + Number(contextOf(store, 'b'))).toBe(40_000);
  });

  test('so many bytes on their way hold durable actors back, too', async () => {
    const { kernel, settle, store } = durableKit();
    const { inner } = store;
    inner.pack = (value, subject) =>
      Object.assign(Object.getPrototypeOf(inner).pack.call(inner, value, subject), { bytes: { length: bytesMax } });
    store.isOpen = false;
    const ref = kernel.spawn(summing(), { id: 'a', durable: true });
    ref.tell({ type: 'add', n: 1 });
    await settle();
    ref.tell({ type: 'add', n: 2 });
    await settle();
    expect([ref.snapshot(), store.waiting]).toMatchObject([{ context: 1 }, 1]);
    store.open();
    await settle();
    expect(ref.snapshot()).toMatchObject({ context: 3 });
  });

  test('actors that are not durable go on meanwhile, and nothing that waits is lost or out of order', async () => {
    const { kernel, settle, store } = durableKit();
    store.isOpen = false;
    talkers(kernel);
    await settle();
    const [quick, slow] = [listener(), listener()];
    kernel.spawn(quick.logic, { id: 'quick' });
    kernel.spawn(slow.logic, { id: 'slow', durable: true });
    for (let n = 0; n < 100; n++) for (const id of ['quick', 'slow']) kernel.lookup(id)?.tell({ type: 'n', n });
    await settle();
    expect([quick.heard.length, slow.heard.length]).toEqual([100, 0]);
    store.open();
    await settle();
    expect(slow.heard.map(({ n }) => n)).toEqual(Array.from({ length: 100 }, (_, n) => n));
  });

  test.each([
    ['somebody outside waits', true, limits.store.turn_ms],
    ['nobody outside waits', false, limits.store.turnUnawaited_ms],
  ])(
    'a busy turn is written after its time, which is longer while nobody waits: %s',
    async (_, isAwaited, after_ms) => {
      const { kernel, settle, store, clock } = durableKit();
      kernel.spawn(listener().logic, { id: 'outside' });
      const writtenAt: number[] = [];
      let said = 0;
      kernel.spawn(
        player((_message, emit) => {
          clock.jump(1);
          said += 1;
          if (said < 400) emit(effect.tell('a', { type: 'go' }));
          if (isAwaited) emit(effect.tell('outside', { type: 'heard' }));
        }),
        { id: 'a', durable: true },
      );
      await settle();
      const commit = store.commit.bind(store);
      store.commit = (writes): Promise<void> => {
        writtenAt.push(clock.now());
        return commit(writes);
      };
      kernel.lookup('a')?.tell({ type: 'go' });
      await settle();
      // A slice of the dispatcher ends after 16 messages, here 16 ms, and a turn with a slice.
      const slice_ms = limits.dispatcher.clockCheck_messages;
      const apart = writtenAt.slice(1, -1).map((at, index) => at - (writtenAt[index] as number));
      expect(apart.length).toBeGreaterThan(2);
      for (const each of apart) expect([each >= after_ms, each <= after_ms + slice_ms]).toEqual([true, true]);
    },
  );

  test('idle waits for what is held back', async () => {
    const { kernel, settle, store } = durableKit();
    store.isOpen = false;
    const tally = talkers(kernel);
    await settle();
    let isIdle = false;
    void kernel.idle().then(() => {
      isIdle = true;
    });
    await settle();
    expect(isIdle).toBe(false);
    store.open();
    await settle();
    expect([isIdle, tally.said]).toEqual([true, 40_000]);
  });
});

describe('committed()', () => {
  test('resolves when everything accepted so far is on disk, read or not', async () => {
    const { kernel, settle, store } = durableKit();
    const done: string[] = [];
    const ref = kernel.spawn(summing(), { id: 'a', durable: true });
    await settle();
    await kernel.committed();
    store.isOpen = false;
    ref.tell({ type: 'add', n: 1 });
    void kernel.committed().then(() => done.push('first'));
    await settle();
    ref.tell({ type: 'add', n: 2 });
    void kernel.committed().then(() => done.push('second'));
    await settle();
    expect(done).toEqual([]);
    store.let();
    await settle();
    expect([done, contextOf(store, 'a')]).toEqual([['first'], 1]);
    store.open();
    await settle();
    expect([done, contextOf(store, 'a')]).toEqual([['first', 'second'], 3]);
  });

  test("rejects with the store's error, at once while the store takes no commits", async () => {
    const { kernel, settle, advance, store } = durableKit();
    store.isOpen = false;
    store.ailment = new Error('still full');
    kernel.spawn(summing(), { id: 'a', durable: true }).tell({ type: 'add', n: 1 });
    const errors: unknown[] = [];
    const ask = (): unknown => kernel.committed().catch((error: unknown) => errors.push((error as Error).message));
    void ask();
    await settle();
    store.let(new Error('disk full'));
    await settle();
    void ask();
    await settle();
    expect(errors).toEqual(['disk full', 'disk full']);
    store.ailment = undefined;
    store.open();
    await advance(1_000);
    await kernel.committed();
    expect(contextOf(store, 'a')).toBe(1);
  });
});
