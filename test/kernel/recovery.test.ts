// What a kernel takes up from its store: unread messages once each and in order, actors with registered logic by
// themselves, versions that are damaged or poisonous left for older ones, versions that are asked for put back.

import { createMachine, fromTransition } from 'xstate';
import { describe, expect, test } from 'vitest';
import { effect } from '../../src/kernel/effects.ts';
import type { SpawnOptions } from '../../src/kernel/spec.ts';
import { summing } from './gated-store.ts';
import { type Message, rejection } from './players.ts';
import { begin, machine } from './restart-kit.ts';

const durable = { id: 'a', durable: true } as const;
const contextOf = (snapshot: unknown): unknown => (snapshot as { readonly context?: unknown } | undefined)?.context;
const counter = summing();
const keeping = fromTransition((heard: readonly unknown[], message: Message) => [...heard, message.n], []);

/** It takes messages, and handles none of them before its process ends. */
const busy = { start: () => new Promise<void>(() => {}) };

describe('M15 durable mailbox', () => {
  test('1,000 accepted, process gone, reopened: 1,000 handled once each, in order', async () => {
    const { boot } = machine();
    const first = boot();
    const ref = first.kernel.spawn(keeping, { ...durable, hooks: busy });
    for (let n = 0; n < 1_000; n++) expect(ref.tell({ type: 'n', n })).toBe(true);
    await Promise.all([first.kernel.committed(), first.settle()]);
    const second = boot();
    const again = second.kernel.spawn(keeping, durable);
    await second.settle();
    expect(contextOf(again.snapshot())).toEqual(Array.from({ length: 1_000 }, (_, n) => n));
    const third = boot();
    const last = third.kernel.spawn(keeping, durable);
    await third.settle();
    expect(contextOf(last.snapshot())).toHaveLength(1_000);
  });

  test('S43 messages for an actor that the program spawns later wait for it, over several processes, and are reported', async () => {
    const { boot } = machine();
    const first = boot();
    const ref = first.kernel.spawn(keeping, { ...durable, hooks: busy });
    for (const n of [1, 2, 3]) ref.tell({ type: 'n', n });
    await Promise.all([first.kernel.committed(), first.settle()]);
    const second = boot();
    await begin(second);
    expect(second.kernel.recover()).toMatchObject({ resumed: 0, parked: { messages: 3, addresses: ['a'] } });
    expect(second.all('kernel.recovered')).toMatchObject([{ resumed: 0, parked: 3 }]);
    const third = boot();
    await begin(third);
    const again = third.kernel.spawn(keeping, durable);
    again.tell({ type: 'n', n: 4 });
    await third.settle();
    expect(contextOf(again.snapshot())).toEqual([1, 2, 3, 4]);
    expect(third.kernel.deadLetters.count).toBe(0);
  });
});

describe('registered logic', () => {
  const logics = { counter, keeping };

  test('an actor spawned with it comes back by itself, on its first message, with its options and its state', async () => {
    const { boot, store } = machine();
    const first = boot({ logics });
    first.kernel.spawn('counter', { id: 'a', durable: true, mailbox: { capacity: 7 } }).tell({ type: 'add', n: 5 });
    first.kernel.spawn(keeping, { id: 'b', durable: true });
    await first.settle();
    expect([...store.keys('spawn/')]).toEqual(['spawn/a', 'spawn/b']);
    const second = boot({ logics });
    await begin(second);
    expect(second.kernel.recover()).toMatchObject({ resumed: 2, unregistered: [], parked: { messages: 0 } });
    expect(second.kernel.size).toBe(0);
    const ref = second.kernel.lookup('a');
    expect(second.kernel.size).toBe(1);
    expect(contextOf(ref?.snapshot())).toBe(5);
    for (let n = 1; n <= 8; n++) ref?.tell({ type: 'add', n: 1 });
    await second.settle();
    expect(contextOf(ref?.snapshot())).toBe(12);
    expect(second.kernel.deadLetters.list()).toMatchObject([{ reason: 'mailbox full' }]);
  });

  test('the program may spawn it again: it is the one that came back, once', async () => {
    const { boot } = machine();
    boot({ logics }).kernel.spawn('counter', durable);
    const first = boot({ logics });
    first.kernel.spawn('counter', durable).tell({ type: 'add', n: 5 });
    await first.settle();
    const second = boot({ logics });
    await begin(second);
    expect(contextOf(second.kernel.spawn(counter, durable).snapshot())).toBe(5);
    expect(() => second.kernel.spawn(counter, durable)).toThrow(expect.objectContaining({ code: 'ACTOR_EXISTS' }));
  });

  test('one that ended for good does not come back; nor does one whose logic is gone, which is said and kept', async () => {
    const { boot, store } = machine();
    const first = boot({ logics });
    const ref = first.kernel.spawn('counter', durable);
    first.kernel.spawn('keeping', { id: 'b', durable: true });
    await first.settle();
    await ref.stop();
    await first.settle();
    expect([...store.keys('')]).toEqual(['actor/b', 'logics', 'spawn/b']);
    const second = boot({ logics: { counter } });
    await begin(second);
    expect(second.kernel.recover()).toMatchObject({ resumed: 0, unregistered: ['b'] });
    expect(second.kernel.lookup('b')).toBeUndefined();
    expect([...store.keys('')]).toEqual(['actor/b', 'logics', 'spawn/b']);
  });

  test('mail and open ends wake it without anybody asking', async () => {
    const { boot, store } = machine();
    const first = boot({ logics });
    first.kernel.spawn('keeping', durable);
    await first.settle();
    const letters = [1, 2].map((n) => ({ id: n, to: 'a', priority: 5, event: { type: 'n', n } }));
    await store.commit([{ key: `mail/${'9'.padStart(16, '0')}`, value: { format: 1, letters } }]);
    const second = boot({ logics });
    await begin(second);
    expect(contextOf(second.kernel.lookup('a')?.snapshot())).toEqual([1, 2]);
  });

  test('D16 so does something it had begun: it hears its topic again, and that its task is lost', async () => {
    const hearing = fromTransition((heard: readonly string[], { type }: Message, { emit }) => {
      if (type === 'begin') emit(effect.subscribe('news'));
      if (type === 'begin') emit(effect.delegate('nobody', { type: 'work', id: 't' }));
      return [...heard, type];
    }, []);
    const { boot } = machine();
    const first = boot({ logics: { hearing } });
    first.kernel.spawn(keeping, { id: 'nobody' });
    first.kernel.spawn('hearing', durable).tell({ type: 'begin' });
    await first.settle();
    const second = boot({ logics: { hearing } });
    await begin(second);
    expect(second.kernel.size).toBe(1);
    second.kernel.publish('news', { type: 'extra' });
    await second.settle();
    const heard = ['begin', 'delegation.failed', 'extra'];
    expect(contextOf(second.kernel.lookup('a')?.snapshot())).toEqual(heard);
  });

  const spawning = fromTransition((state: null, { logic, options }: Message, { emit }) => {
    emit(effect.spawnActor(logic as string, options as SpawnOptions));
    return state;
  }, null);

  test('children that a durable actor spawns come back under it', async () => {
    const { boot } = machine();
    const all = { logics: { ...logics, spawning } };
    const first = boot(all);
    first.kernel.spawn('spawning', { id: 'p', durable: true }).tell({ type: 'x', logic: 'counter', options: durable });
    await first.settle();
    first.kernel.lookup('p/a')?.tell({ type: 'add', n: 5 });
    await first.settle();
    const second = boot(all);
    await begin(second);
    expect(contextOf(second.kernel.lookup('p/a')?.snapshot())).toBe(5);
    expect(second.kernel.supervision('p').countChildren()).toEqual({ specs: 1, active: 1 });
  });

  test('a durable child without registered logic, or with live options, is refused, and it says what to do', async () => {
    const { boot } = machine();
    const process = boot({ logics: { keeping } });
    const ref = process.kernel.spawn(spawning, { id: 'p', durable: true });
    ref.tell({ type: 'x', logic: counter, options: durable } as Message);
    ref.tell({ type: 'x', logic: 'keeping', options: { ...durable, onEmitted: () => {} } } as Message);
    await process.settle();
    const refused = process.all('effect.refused').map(({ error }) => error);
    expect(refused).toMatchObject([
      { code: 'INVALID_OPTION', details: { field: 'logic', expected: expect.stringMatching(/'logics'/u) as string } },
      { code: 'INVALID_OPTION', details: { field: 'onEmitted' } },
    ]);
  });

  test('an input that can not be kept is refused, and nobody is there', () => {
    const { kernel } = machine().boot({ logics });
    expect(() => kernel.spawn('counter', { ...durable, input: { live: () => {} } })).toThrow(
      expect.objectContaining({ code: 'UNSERIALIZABLE' }),
    );
    expect(() => kernel.spawn('nothing', durable)).toThrow(/one of: counter, keeping/u);
    expect(kernel.size).toBe(0);
  });
});

describe('what can not be gone on from', () => {
  const picky = createMachine({ initial: 'one', states: { one: { on: { next: 'two' } }, two: {} } });

  test('versions that are poisonous are left one by one for the one before, with an event', async () => {
    const { boot, store } = machine();
    const first = boot();
    first.kernel.spawn(picky, durable).tell({ type: 'next' });
    await first.settle();
    const good = store.version('actor/a');
    await store.commit([
      { key: 'actor/a', keep: 10, value: { format: 1, snapshot: { value: 'three', children: {} } } },
    ]);
    await store.commit([{ key: 'actor/a', keep: 10, value: 'garbage' }]);
    const second = boot();
    const ref = second.kernel.spawn(picky, durable);
    expect(ref.snapshot()).toMatchObject({ value: 'two' });
    expect(second.all('actor.rolledBack')).toMatchObject([
      { address: 'a', from: good + 2, to: good, error: { code: 'START_FAILED' } },
    ]);
    expect(second.kernel.recover()).toMatchObject({ rolledBack: ['a'] });
  });

  test('when none is left it begins afresh, and the next process goes on from there', async () => {
    const { boot, store } = machine();
    await store.commit([{ key: 'actor/a', keep: 10, value: { format: 9, snapshot: {} } }]);
    const first = boot();
    const ref = first.kernel.spawn(picky, durable);
    expect(ref.snapshot()).toMatchObject({ value: 'one' });
    expect(first.all('actor.rolledBack')).toMatchObject([{ address: 'a', from: 1, to: 'initial' }]);
    ref.tell({ type: 'next' });
    await first.settle();
    const second = boot();
    expect(second.kernel.spawn(picky, durable).snapshot()).toMatchObject({ value: 'two' });
    expect(second.all('actor.rolledBack')).toEqual([]);
  });
});

describe('rollback', () => {
  const scheduling = fromTransition((heard: readonly unknown[], message: Message, { emit }) => {
    if (message.type === 'set') emit(effect.schedule('s', { type: 'rang', n: 'rang' }, message.ms as number));
    if (message.type === 'cancel') emit(effect.cancelSchedule('s'));
    return [...heard, message.n ?? message.type];
  }, []);

  test('P19 state, unread messages and schedules go back together, as a new version', async () => {
    const { boot, store } = machine();
    const { kernel, settle, advance } = boot();
    const ref = kernel.spawn(scheduling, durable);
    ref.tell({ type: 'set', ms: 1_000 });
    await settle();
    const version = store.version('actor/a');
    ref.tell({ type: 'cancel' });
    for (let n = 0; n < 5; n++) ref.tell({ type: 'n', n });
    await settle();
    const before = store.version('actor/a');
    await Promise.all([kernel.rollbackActor('a', version), settle()]);
    expect(contextOf(ref.snapshot())).toEqual(['set']);
    expect(store.version('actor/a')).toBe(before + 1);
    await advance(999);
    expect(contextOf(ref.snapshot())).toEqual(['set']);
    await advance(1);
    expect(contextOf(ref.snapshot())).toEqual(['set', 'rang']);
  });

  test('P19 messages that were unread at that version are unread again', async () => {
    const { boot, store } = machine();
    const { kernel, settle } = boot();
    const value = {
      format: 1,
      snapshot: { status: 'active', context: ['old'] },
      mail: [{ event: { type: 'n', n: 1 } }],
    };
    await store.commit([{ key: 'actor/a', value, keep: 10 }]);
    const ref = kernel.spawn(scheduling, durable);
    ref.tell({ type: 'n', n: 2 });
    await settle();
    expect(contextOf(ref.snapshot())).toEqual(['old', 2]);
    await Promise.all([kernel.rollbackActor('a', 1), settle()]);
    await settle();
    expect(contextOf(ref.snapshot())).toEqual(['old', 1]);
  });

  test('P20 a version that is not kept: an error, nothing changed; the last 10 are kept', async () => {
    const { boot, store } = machine();
    const { kernel, settle } = boot();
    const ref = kernel.spawn(counter, durable);
    for (let n = 0; n < 15; n++) {
      ref.tell({ type: 'add', n: 1 });
      // oxlint-disable-next-line no-await-in-loop
      await settle();
    }
    const kept = store.history('actor/a').map(({ version }) => version);
    expect(kept).toHaveLength(10);
    for (const version of [0, 2, 999, 1.5]) {
      // oxlint-disable-next-line no-await-in-loop
      const [error] = await Promise.all([rejection(kernel.rollbackActor('a', version)), settle()]);
      expect(error).toMatchObject({ code: 'INVALID_OPTION', details: { field: 'version' } });
    }
    const [error] = await Promise.all([rejection(kernel.rollbackActor('b', 1)), settle()]);
    expect(error).toMatchObject({ code: 'ACTOR_NOT_FOUND' });
    expect(store.history('actor/a').map(({ version }) => version)).toEqual(kept);
    expect(contextOf(ref.snapshot())).toBe(15);
  });

  test('P19 an actor that is not there goes on from it when it is spawned', async () => {
    const { boot, store } = machine();
    const first = boot();
    const ref = first.kernel.spawn(counter, durable);
    for (const n of [1, 10]) {
      ref.tell({ type: 'add', n });
      // oxlint-disable-next-line no-await-in-loop
      await first.settle();
    }
    const second = boot();
    await Promise.all([second.kernel.rollbackActor('a', store.version('actor/a') - 1), second.settle()]);
    expect(contextOf(second.kernel.spawn(counter, durable).snapshot())).toBe(1);
  });
});
