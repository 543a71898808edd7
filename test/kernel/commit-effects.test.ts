// Commit before effect, at every kind of effect: nothing that leaves the durable world is seen before its commit has
// landed, whatever it is. What stays in that world runs ahead.

import { describe, expect, test } from 'vitest';
import { effect } from '../../src/kernel/effects.ts';
import type { Effect } from '../../src/kernel/effects.ts';
import { contextOf, durableKit, mailKeys, summing, unread } from './gated-store.ts';
import { listener, type Message, player } from './players.ts';

/** An actor that emits what a message says. */
const doing = (effects: readonly (Effect | Message)[]): ReturnType<typeof player> =>
  player((message, emit) => {
    if (message.type === 'do') for (const each of effects) emit(each);
  });

describe('what leaves the durable world waits for the commit', () => {
  const child = listener();
  const cases: readonly (readonly [string, Effect | Message])[] = [
    ['a tell to an actor that is not durable', effect.tell('ear', { type: 'seen' })],
    ['a tell to nobody', effect.tell('nobody', { type: 'seen' })],
    ['a publish', effect.publish('news', { type: 'seen' })],
    ['a delegation', effect.delegate('ear', { type: 'work', input: 1 })],
    ['a spawn', effect.spawnActor(child.logic, { id: 'child' })],
    ['its own end', effect.stopSelf()],
    ["the end of a child's", effect.stopChild('kid')],
    ['an event for its driver', { type: 'driven' }],
  ];
  for (const [what, wanted] of cases) {
    test(`P02 ${what}`, async () => {
      const { kernel, settle, store, events } = durableKit();
      const ear = listener();
      const outside: unknown[] = [];
      kernel.spawn(ear.logic, { id: 'ear' });
      kernel.listen('news', (event) => outside.push(event));
      const ref = kernel.spawn(doing([wanted]), {
        id: 'a',
        durable: true,
        onEmitted: (event) => outside.push(event),
      });
      kernel.spawn(player(), { id: 'kid' }, 'a');
      ref.watch((end) => outside.push(end));
      await settle();
      store.isOpen = false;
      const before = [...kernel.actors()].map(({ address }) => address);
      const quiet = events.length;
      ref.tell({ type: 'do' });
      await settle();
      expect(store.waiting).toBe(1);
      expect([ear.heard, outside, events.slice(quiet)]).toEqual([[], [], []]);
      expect([...kernel.actors()].map(({ address }) => address)).toEqual(before);
      store.open();
      await settle();
      const seen = [...ear.heard, ...outside, ...events.slice(quiet)];
      const after = [...kernel.actors()].map(({ address }) => address);
      expect([seen.length > 0, ...after]).not.toEqual([false, ...before]);
    });
  }

  test('P02 observers see a state once it has landed, each state once and in order', async () => {
    const { kernel, settle, store } = durableKit();
    const seen: unknown[] = [];
    const ref = kernel.spawn(summing(), { id: 'a', durable: true });
    ref.subscribe((snapshot) => seen.push((snapshot as unknown as { context: number }).context));
    store.isOpen = false;
    for (const n of [1, 2, 3]) ref.tell({ type: 'add', n });
    await settle();
    expect([seen, ref.snapshot()]).toMatchObject([[], { context: 6 }]);
    store.open();
    await settle();
    expect(seen).toEqual([1, 3, 6]);
  });
});

describe('running ahead', () => {
  test('a ring of durable actors goes on while the first commit is on its way, and its end is seen after them all', async () => {
    const { kernel, settle, store } = durableKit();
    const ear = listener();
    kernel.spawn(ear.logic, { id: 'ear' });
    store.isOpen = false;
    const hop = (next: string): ReturnType<typeof player> =>
      player(({ left }, emit) => {
        const n = left as number;
        emit(n === 0 ? effect.tell('ear', { type: 'there' }) : effect.tell(next, { type: 'hop', left: n - 1 }));
      });
    for (const [id, next] of [
      ['a', 'b'],
      ['b', 'c'],
      ['c', 'a'],
    ] as const)
      kernel.spawn(hop(next), { id, durable: true });
    kernel.lookup('a')?.tell({ type: 'hop', left: 299 });
    await settle();
    expect(['a', 'b', 'c'].map((id) => kernel.lookup(id)?.snapshot())).toMatchObject([
      { context: 100 },
      { context: 100 },
      { context: 100 },
    ]);
    expect(ear.heard).toEqual([]);
    store.open();
    await settle();
    expect(ear.types()).toEqual(['there']);
    expect(['a', 'b', 'c'].map((id) => contextOf(store, id))).toEqual([100, 100, 100]);
    expect(store.commits.flat().filter(({ key }) => key.startsWith('mail/'))).toEqual([]);
  });

  test('a reply and a publish to durable actors run ahead, those to others wait', async () => {
    const { kernel, settle, store } = durableKit();
    const [ear, near] = [listener(), listener()];
    kernel
      .spawn(
        player((_m, emit) => emit(effect.subscribe('news'))),
        { id: 'plain' },
      )
      .tell({ type: 'go' });
    kernel
      .spawn(
        player((m, emit) => (m.type === 'go' ? emit(effect.subscribe('news')) : near.heard.push(m))),
        {
          id: 'near',
          durable: true,
        },
      )
      .tell({ type: 'go' });
    await settle();
    kernel.listen('news', (event) => ear.heard.push(event as Message));
    store.isOpen = false;
    kernel.spawn(doing([effect.publish('news', { type: 'extra' }), effect.reply({ type: 'reply' })]), {
      id: 'a',
      durable: true,
    });
    kernel
      .spawn(
        player((m, emit) => (m.type === 'start' ? emit(effect.tell('a', { type: 'do' })) : near.heard.push(m))),
        { id: 'asker', durable: true },
      )
      .tell({ type: 'start' });
    await settle();
    expect([ear.types(), near.types()]).toEqual([[], ['extra', 'reply']]);
    store.open();
    await settle();
    expect([ear.types(), near.types()]).toEqual([['extra'], ['extra', 'reply']]);
  });

  test('what is told to a durable child before it is there comes first, and is kept with the turn that told it', async () => {
    const heard: unknown[] = [];
    const child = player(({ n }) => {
      if (n !== undefined) heard.push(n);
    });
    const { kernel, settle, store } = durableKit({ logics: { child } });
    const ref = kernel.spawn(
      player(({ type, n }, emit) => {
        if (type === 'spawn') emit(effect.spawnActor(child, { id: 'child', durable: true }));
        emit(effect.tell('a/child', { type: 'n', n }));
      }),
      { id: 'a', durable: true },
    );
    store.isOpen = false;
    ref.tell({ type: 'spawn', n: 1 });
    await settle();
    ref.tell({ type: 'next', n: 2 });
    await settle();
    store.let();
    await settle();
    expect(unread(store).map(({ to, event }) => [to, (event as Message).n])).toEqual([['a/child', 1]]);
    ref.tell({ type: 'next', n: 3 });
    await settle();
    store.open();
    await settle();
    expect(heard).toEqual([1, 2, 3]);
    expect([unread(store), mailKeys(store), kernel.deadLetters.count]).toEqual([[], [], 0]);
  });

  test('what nobody is there to have when its turn has landed is a dead letter, and is not kept', async () => {
    const { kernel, settle, store } = durableKit();
    kernel.spawn(doing([effect.tell('nobody', { type: 'hello' })]), { id: 'a', durable: true }).tell({ type: 'do' });
    await settle();
    expect(kernel.deadLetters.list()).toMatchObject([{ to: 'nobody', from: 'a', reason: 'no such actor' }]);
    expect(mailKeys(store)).toEqual([]);
  });
});
