// Accounts that tell each other of transfers, on a store that fails and in processes that are killed, at any step. What
// is in the store is whole after every commit: no sum is lost or doubled between a state and a mailbox. What goes on
// from there does each transfer exactly once, and every one that was acknowledged.

import * as fc from 'fast-check';
import { fromTransition } from 'xstate';
import { describe, expect, test } from 'vitest';
import { effect } from '../../src/kernel/effects.ts';
import type { Kernel } from '../../src/kernel/system.ts';
import { contextOf, durableKit, GatedStore, mailKeys, unread } from './gated-store.ts';
import { kernelKit } from './kernel-kit.ts';
import type { Message } from './players.ts';

interface Account {
  readonly balance: number;
  readonly sent: readonly number[];
  readonly got: readonly number[];
}

const ids = ['a', 'b', 'c'];
const opening = 100;
/** Long enough for actors that have crashed often to be back: they wait longer each time. */
const calm_ms = 600_000;

const account = fromTransition(
  (state: Account, message: Message, scope) => {
    if (message.type === 'crash') throw new Error('boom');
    const { type, n, to, amount } = message as Message & { n: number; to: string; amount: number };
    if (type === 'transfer') {
      scope.emit(effect.tell(to, { type: 'credit', n, amount }) as never);
      scope.emit(effect.tell('ear', { type: 'sent', n }) as never);
      return { ...state, balance: state.balance - amount, sent: [...state.sent, n] };
    }
    if (type === 'credit') return { ...state, balance: state.balance + amount, got: [...state.got, n] };
    return state;
  },
  { balance: opening, sent: [], got: [] } satisfies Account as Account,
);

function openAccounts(kernel: Kernel): void {
  for (const id of ids) kernel.spawn(account, { id, durable: true, restart: { maxRestarts: 1_000 } });
}

function accountIn(store: GatedStore['inner'], id: string): Account {
  return (contextOf(store, id) as Account | undefined) ?? { balance: opening, sent: [], got: [] };
}

/** Notes that what was told so far is on disk, if it ever is. */
async function acknowledge(kernel: Kernel, told: number, acknowledged: Set<number>): Promise<void> {
  try {
    await kernel.committed();
  } catch {
    return;
  }
  for (let n = 0; n < told; n++) acknowledged.add(n);
}

/** What a store holds adds up, and holds each transfer once. */
function check(store: GatedStore['inner']): void {
  const accounts = ids.map((id) => accountIn(store, id));
  const onTheWay = unread(store).flatMap(({ event }) =>
    (event as Message).type === 'credit' ? [event as Message] : [],
  );
  const balances = accounts.reduce((sum, { balance }) => sum + balance, 0);
  expect(onTheWay.reduce((sum, { amount }) => sum + (amount as number), balances)).toBe(opening * ids.length);
  const sent = accounts.flatMap((each) => each.sent).toSorted((a, b) => a - b);
  const got = [...accounts.flatMap((each) => each.got), ...onTheWay.map(({ n }) => n as number)];
  expect(got.toSorted((a, b) => a - b)).toEqual(sent);
  expect(new Set(sent).size).toBe(sent.length);
}

/** Checks a store after every commit that lands; what was wrong is thrown when asked for. */
function watchOver({ inner }: GatedStore): () => void {
  const wrong: unknown[] = [];
  const commit = inner.commit.bind(inner);
  inner.commit = async (writes) => {
    await commit(writes);
    try {
      check(inner);
    } catch (error) {
      wrong.push(error);
    }
  };
  return () => {
    if (wrong.length > 0) throw wrong[0] as Error;
  };
}

const step = fc.oneof(
  {
    weight: 6,
    arbitrary: fc.record({
      do: fc.constant('transfer' as const),
      from: fc.nat(2),
      to: fc.nat(2),
      amount: fc.integer({ min: 1, max: 50 }),
    }),
  },
  { weight: 4, arbitrary: fc.record({ do: fc.constant('settle' as const) }) },
  { weight: 3, arbitrary: fc.record({ do: fc.constant('let' as const) }) },
  { weight: 2, arbitrary: fc.record({ do: fc.constant('crash' as const), from: fc.nat(2) }) },
  { weight: 1, arbitrary: fc.record({ do: fc.constant('fail' as const) }) },
  {
    weight: 1,
    arbitrary: fc.record({ do: fc.constantFrom('shut' as const, 'open' as const, 'wait' as const, 'ask' as const) }),
  },
);

describe('exactly once', () => {
  test('P02 killed at any step, on a store that fails at any step: each transfer once, each acknowledged one, in every state in between', async () => {
    await fc.assert(
      fc.asyncProperty(fc.array(step, { minLength: 1, maxLength: 60 }), async (steps) => {
        const { kernel, settle, advance, store } = durableKit();
        const verdict = watchOver(store);
        openAccounts(kernel);
        let n = 0;
        const acknowledged = new Set<number>();
        for (const each of steps) {
          if (each.do === 'transfer') {
            kernel
              .lookup(ids[each.from] ?? '')
              ?.tell({ type: 'transfer', n: n++, to: ids[each.to], amount: each.amount });
          } else if (each.do === 'let') store.let();
          else if (each.do === 'fail') store.let(new Error('disk full'));
          else if (each.do === 'shut') store.isOpen = false;
          else if (each.do === 'open') store.open();
          else if (each.do === 'crash') kernel.lookup(ids[each.from] ?? '')?.tell({ type: 'crash' });
          else if (each.do === 'ask') {
            const told = n;
            void acknowledge(kernel, told, acknowledged);
          } else if (each.do === 'wait') {
            // oxlint-disable-next-line no-await-in-loop
            await advance(200);
          }
          // oxlint-disable-next-line no-await-in-loop
          if (each.do === 'settle') await settle();
        }
        verdict();
        // Killed here: nothing of that process goes on, and what was on its way to the disk is not there.
        const disk = store.inner;
        const promised = [...acknowledged]; // what it goes on to say, nobody hears
        Object.assign(store, { inner: new GatedStore().inner });
        const next = kernelKit({ store: disk });
        const unreadThen = unread(disk).map(({ event }) => (event as Message).n as number);
        const sentThen = ids.flatMap((id) => accountIn(disk, id).sent);
        for (const each of promised) expect([...sentThen, ...unreadThen]).toContain(each);
        openAccounts(next.kernel);
        void next.kernel.start([], () => {});
        await next.advance(calm_ms);
        check(disk);
        // What was for somebody who never came waits on.
        expect(unread(disk).filter(({ to }) => to !== 'ear')).toEqual([]);
        const sent = ids.flatMap((id) => accountIn(disk, id).sent);
        for (const each of promised) expect(sent).toContain(each);
      }),
      { numRuns: 150 },
    );
  });

  test('P03 a store that fails now and then loses nothing that was told: all of it is done once it stays up', async () => {
    await fc.assert(
      fc.asyncProperty(fc.array(step, { minLength: 1, maxLength: 60 }), async (steps) => {
        const { kernel, settle, advance, store } = durableKit();
        const verdict = watchOver(store);
        openAccounts(kernel);
        let n = 0;
        for (const each of steps) {
          if (each.do === 'transfer') {
            kernel
              .lookup(ids[each.from] ?? '')
              ?.tell({ type: 'transfer', n: n++, to: ids[each.to], amount: each.amount });
          } else if (each.do === 'let') store.let();
          else if (each.do === 'fail') store.let(new Error('disk full'));
          else if (each.do === 'shut') store.isOpen = false;
          else if (each.do === 'open') store.open();
          else if (each.do === 'crash') kernel.lookup(ids[each.from] ?? '')?.tell({ type: 'crash' });
          // oxlint-disable-next-line no-await-in-loop
          await (each.do === 'wait' ? advance(200) : settle());
        }
        store.open();
        await advance(calm_ms);
        verdict();
        check(store.inner);
        const sent = ids.flatMap((id) => accountIn(store.inner, id).sent).toSorted((a, b) => a - b);
        expect(sent).toEqual(Array.from({ length: n }, (_, each) => each));
        expect(mailKeys(store.inner)).toEqual([]);
        expect(
          kernel.deadLetters.list().filter(({ reason, event }) => reason !== 'no such actor' && event.type !== 'crash'),
        ).toEqual([]);
      }),
      { numRuns: 150 },
    );
  });
});
