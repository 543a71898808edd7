// What durable mailboxes leave in the store: nothing of what a turn reads itself, one record of what it leaves unread,
// and less and less of that as it is read.

import { describe, expect, test } from 'vitest';
import { limits } from '../../src/base/limits.ts';
import { effect } from '../../src/kernel/effects.ts';
import { contextOf, durableKit, mailKeys, summing, unread } from './gated-store.ts';
import { listener, type Message, player } from './players.ts';

const { mailRecords_count: recordsMax, turnMail_messages: mailMax } = limits.store;

/** A durable actor that takes no messages until it is let: its start hook waits. */
function sleeper(
  kit: ReturnType<typeof durableKit>,
  id: string,
): { readonly wake: () => void; readonly heard: Message[] } {
  const { logic, heard } = listener();
  let wake = (): void => {};
  const awake = new Promise<void>((resolve) => {
    wake = resolve;
  });
  kit.kernel.spawn(logic, { id, durable: true, mailbox: { capacity: 100_000 }, hooks: { start: () => awake } });
  return { wake, heard };
}

const numbers = (heard: readonly Message[]): readonly unknown[] => heard.map(({ n }) => n);

describe('durable mailboxes', () => {
  test('5.3 what is sent and read within one turn is never written', async () => {
    const kit = durableKit();
    const { kernel, settle, store } = kit;
    kernel.spawn(summing(), { id: 'b', durable: true });
    kernel.spawn(
      player((_m, emit) => emit(effect.tell('b', { type: 'add', n: 1 }))),
      { id: 'a', durable: true },
    );
    for (let n = 0; n < 10; n++) kernel.lookup('a')?.tell({ type: 'go' });
    await settle();
    expect(contextOf(store, 'b')).toBe(10);
    expect(store.commits.flat().filter(({ key }) => key.startsWith('mail/'))).toEqual([]);
  });

  test('5.3 what a turn leaves unread is in one record, whoever it is for, and gone once it has been read', async () => {
    const kit = durableKit();
    const { kernel, settle, store } = kit;
    const sleepers = ['x', 'y'].map((id) => sleeper(kit, id));
    kernel.spawn(
      player((m, emit) => {
        for (const to of ['x', 'y']) emit(effect.tell(to, { type: 'n', n: m.n }));
      }),
      { id: 'a', durable: true },
    );
    for (const n of [1, 2, 3]) kernel.lookup('a')?.tell({ type: 'go', n });
    kernel.lookup('x')?.tell({ type: 'n', n: 'from outside' });
    await settle();
    expect(mailKeys(store)).toHaveLength(1);
    expect(unread(store).map(({ to, from, event }) => [to, from, (event as Message).n])).toEqual([
      ['x', undefined, 'from outside'],
      ...[1, 2, 3].flatMap((n) => [
        ['x', 'a', n],
        ['y', 'a', n],
      ]),
    ]);
    for (const { wake } of sleepers) wake();
    await settle();
    expect(sleepers.map(({ heard }) => numbers(heard))).toEqual([
      ['from outside', 1, 2, 3],
      [1, 2, 3],
    ]);
    expect(mailKeys(store)).toEqual([]);
  });

  test('a record that is partly read is marked, not written again', async () => {
    const kit = durableKit();
    const { kernel, settle, store } = kit;
    const [x, y] = [sleeper(kit, 'x'), sleeper(kit, 'y')];
    for (let n = 0; n < 100; n++) for (const id of ['x', 'y']) kernel.lookup(id)?.tell({ type: 'n', n });
    await settle();
    const [key = ''] = mailKeys(store);
    x.wake();
    await settle();
    expect(mailKeys(store)).toEqual([key, `${key}/read`]);
    expect(unread(store).map(({ to }) => to)).toEqual(Array.from({ length: 100 }, () => 'y'));
    expect(store.version(key)).toBe(1);
    y.wake();
    await settle();
    expect([mailKeys(store), y.heard.length]).toEqual([[], 100]);
  });

  test('however many turns leave something unread, there are few records, and reading them all leaves none', async () => {
    const kit = durableKit();
    const { kernel, settle, store } = kit;
    const x = sleeper(kit, 'x');
    let most = 0;
    for (let n = 0; n < 300; n++) {
      kernel.lookup('x')?.tell({ type: 'n', n });
      // oxlint-disable-next-line no-await-in-loop
      await settle();
      most = Math.max(most, mailKeys(store).length);
    }
    expect(most).toBe(recordsMax);
    expect(unread(store).map(({ event }) => (event as Message).n)).toEqual(Array.from({ length: 300 }, (_, n) => n));
    const written = store.commits.flat().filter(({ key, packed }) => key.startsWith('mail/') && packed !== undefined);
    expect(written.length).toBe(300);
    x.wake();
    await settle();
    expect([mailKeys(store), numbers(x.heard)]).toEqual([[], Array.from({ length: 300 }, (_, n) => n)]);
  });

  test('a flood from outside is written over several turns, or at once for who asks whether it is on disk', async () => {
    const kit = durableKit();
    const { kernel, settle, store } = kit;
    const x = sleeper(kit, 'x');
    await settle();
    store.isOpen = false;
    for (let n = 0; n < mailMax * 2.5; n++) kernel.lookup('x')?.tell({ type: 'n', n });
    await settle();
    store.let();
    await settle();
    expect(unread(store)).toHaveLength(mailMax);
    store.open();
    await settle();
    expect(unread(store)).toHaveLength(mailMax * 2.5);
    for (let n = 0; n < mailMax * 2; n++) kernel.lookup('x')?.tell({ type: 'n', n });
    const before = store.commits.length;
    void kernel.committed();
    await settle();
    expect([unread(store).length, store.commits.length - before]).toEqual([mailMax * 4.5, 1]);
    x.wake();
    await settle();
    expect([mailKeys(store), x.heard.length]).toEqual([[], mailMax * 4.5]);
  });

  test("P24 a message that can't be kept is a dead letter with that error; the others of its turn are kept", async () => {
    const kit = durableKit({ development: false });
    const { kernel, settle, store } = kit;
    const x = sleeper(kit, 'x');
    kernel.lookup('x')?.tell({ type: 'n', n: 1 });
    kernel.lookup('x')?.tell({ type: 'n', n: () => {} });
    kernel.lookup('x')?.tell({ type: 'n', n: 3 });
    await settle();
    expect(kernel.deadLetters.list()).toMatchObject([
      { to: 'x', reason: 'can not be kept', error: { code: 'UNSERIALIZABLE' } },
    ]);
    expect(unread(store).map(({ event }) => (event as Message).n)).toEqual([1, 3]);
    x.wake();
    await settle();
    expect([numbers(x.heard), mailKeys(store)]).toEqual([[1, 3], []]);
  });

  test('a question is not kept: who asked is gone with the process', async () => {
    const kit = durableKit();
    const { kernel, settle, store } = kit;
    sleeper(kit, 'x');
    void kernel
      .lookup('x')
      ?.ask({ type: 'n', n: 1 })
      .catch(() => {});
    await settle();
    expect(unread(store)).toEqual([]);
    await kernel.stop().catch(() => {});
  });

  test('S43 what a durable actor has not read when the kernel stops is kept, and no dead letter', async () => {
    const kit = durableKit();
    const { kernel, settle, store } = kit;
    sleeper(kit, 'x');
    kernel.lookup('x')?.tell({ type: 'n', n: 1 });
    void kernel.stop();
    await settle();
    expect(unread(store).map(({ event }) => (event as Message).n)).toEqual([1]);
    expect(kernel.deadLetters.count).toBe(0);
  });

  test('what an actor that is stopped for good has not read is a dead letter, and is kept no more', async () => {
    const kit = durableKit();
    const { kernel, settle, store } = kit;
    sleeper(kit, 'x');
    kernel.lookup('x')?.tell({ type: 'n', n: 1 });
    await settle();
    expect(unread(store)).toHaveLength(1);
    void kernel.lookup('x')?.stop();
    await settle();
    expect(kernel.deadLetters.list()).toMatchObject([{ to: 'x', reason: 'actor stopped' }]);
    expect([...store.keys('')]).toEqual([]);
  });

  test('what is put aside is kept with its actor, and is mail again when it is brought back', async () => {
    const { kernel, settle, store } = durableKit();
    const heard: unknown[] = [];
    const ref = kernel.spawn(
      player(({ type, n }, emit) => {
        if (type === 'open') emit(effect.unstash());
        else if (n === 1 && heard.length === 0) {
          heard.push('later');
          emit(effect.stash());
        } else heard.push(n);
      }),
      { id: 'a', durable: true },
    );
    ref.tell({ type: 'n', n: 1 });
    await settle();
    expect([unread(store), store.get('actor/a')]).toMatchObject([[], { value: { stash: [{ event: { n: 1 } }] } }]);
    ref.tell({ type: 'open' });
    await settle();
    expect(heard).toEqual(['later', 1]);
    expect([mailKeys(store), store.get('actor/a')?.value]).toMatchObject([
      [],
      expect.not.objectContaining({ stash: [] }),
    ]);
  });
});
