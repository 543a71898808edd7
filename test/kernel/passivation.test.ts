// Idle durable actors leave memory and come back when they are needed. Nothing ends by it: refs work, watchers are
// not told, timers fire; whoever has something open stays.

import { fromPromise, fromTransition, setup } from 'xstate';
import { describe, expect, test } from 'vitest';
import { effect } from '../../src/kernel/effects.ts';
import { tell } from '../../src/kernel/actions.ts';
import type { SpawnOptions } from '../../src/kernel/spec.ts';
import { announcing, summing } from './gated-store.ts';
import { type Message, listener, player } from './players.ts';
import { begin, machine, type Process } from './restart-kit.ts';

const leaving = { id: 'a', durable: true, passivateAfter: '1s' } as const;
const contextOf = (snapshot: unknown): unknown => (snapshot as { readonly context?: unknown } | undefined)?.context;
const living = ({ kernel }: Process): readonly string[] => [...kernel.actors()].map(({ address }) => address);

describe('an idle actor', () => {
  test('leaves memory after its time and comes back on its next message, ask, look and subscription', async () => {
    const process = machine().boot();
    const ear = listener();
    process.kernel.spawn(ear.logic, { id: 'ear' });
    const ref = process.kernel.spawn(announcing, leaving);
    ref.tell({ type: 'add', n: 5 });
    await process.advance(999);
    expect(living(process)).toEqual(['ear', 'a']);
    await process.advance(1);
    expect(living(process)).toEqual(['ear']);
    ref.tell({ type: 'add', n: 1 });
    await process.settle();
    expect(living(process)).toEqual(['ear', 'a']);
    await process.advance(1_000);
    const asked = ref.ask({ type: 'add', n: 1 });
    await process.settle();
    expect(await asked).toEqual({ type: 'sum', sum: 7 });
    await process.advance(1_000);
    expect(living(process)).toEqual(['ear']);
    expect(contextOf(ref.snapshot())).toBe(7);
    await process.advance(1_000);
    const seen: unknown[] = [];
    const stop = ref.subscribe((snapshot) => seen.push(contextOf(snapshot)));
    await process.advance(1_000);
    expect(living(process)).toEqual(['ear']);
    process.kernel.lookup('a')?.tell({ type: 'add', n: 1 });
    await process.settle();
    expect(seen).toEqual([8]);
    stop();
    ref.tell({ type: 'add', n: 1 });
    await process.settle();
    expect(seen).toEqual([8]);
    expect(process.seen('actor.started')).toEqual(['ear', 'a']);
    expect(process.seen('actor.stopped')).toEqual([]);
    expect([...process.kernel.deadLetters.counts.keys()]).toEqual(['nobody waits for a reply']);
  });

  test('messages of other actors find it, by address, by ref and by reply', async () => {
    const process = machine().boot();
    const ref = process.kernel.spawn(summing(), leaving);
    const other = process.kernel.spawn(
      player((message, emit) => {
        emit(effect.tell(message.to as string, { type: 'add', n: 1 }));
      }),
      { id: 'other' },
    );
    for (const to of ['a', '../a', ref]) {
      // oxlint-disable-next-line no-await-in-loop
      await process.advance(1_000);
      expect(living(process)).toEqual(['other']);
      other.tell({ type: 'x', to });
      // oxlint-disable-next-line no-await-in-loop
      await process.settle();
    }
    expect(contextOf(ref.snapshot())).toBe(3);
  });

  test('passivateAfter: false, actors that are declared and actors that are not durable stay', async () => {
    const process = machine().boot();
    const started = process.kernel.start([{ logic: summing(), ...leaving, id: 'declared' }], () => {});
    await process.settle();
    await started;
    process.kernel.spawn(summing(), { ...leaving, id: 'never', passivateAfter: false });
    process.kernel.spawn(summing(), { id: 'light' });
    process.kernel.spawn(summing(), { ...leaving, id: 'usual', passivateAfter: undefined as never });
    await process.advance(599_999);
    expect(living(process)).toEqual(['declared', 'never', 'light', 'usual']);
    await process.advance(1);
    expect(living(process)).toEqual(['declared', 'never', 'light']);
  });

  test('of more than may be idle in memory, those that have been idle longest leave first', async () => {
    const process = machine().boot({ idleActors: 3 });
    const refs = ['a', 'b', 'c', 'd', 'e'].map((id) => process.kernel.spawn(summing(), { id, durable: true }));
    await process.settle();
    expect(living(process)).toEqual(['c', 'd', 'e']);
    refs[2]?.tell({ type: 'add', n: 1 });
    await process.settle();
    refs[0]?.tell({ type: 'add', n: 1 });
    await process.settle();
    expect([...living(process)].toSorted()).toEqual(['a', 'c', 'e']);
  });
});

test('2,000 known with 100 in memory: each is there when it is needed, over a restart too', async () => {
  const { boot } = machine();
  const options = { logics: { sum: summing() }, idleActors: 100 };
  const first = boot(options);
  const ids = Array.from({ length: 2_000 }, (_, index) => `a${index}`);
  for (const id of ids) first.kernel.spawn('sum', { id, durable: true }).tell({ type: 'add', n: 1 });
  await first.settle();
  expect(first.kernel.size).toBe(100);
  const second = boot(options);
  await begin(second);
  expect([second.kernel.recover()?.resumed, second.kernel.size]).toEqual([2_000, 0]);
  for (const id of ids) second.kernel.lookup(id)?.tell({ type: 'add', n: 1 });
  await second.settle();
  expect(second.kernel.size).toBe(100);
  expect(new Set(ids.map((id) => contextOf(second.kernel.lookup(id)?.snapshot())))).toEqual(new Set([2]));
});

describe('timers of an actor that is not in memory', () => {
  const ringing = setup({}).createMachine({
    initial: 'idle',
    states: {
      idle: { on: { go: 'waiting' } },
      waiting: { after: { 10_000: { target: 'idle', actions: tell('ear', { type: 'rang' }) } } },
    },
  });
  const scheduling = fromTransition((state: null, message: Message, { emit }) => {
    if (message.type === 'go') emit(effect.schedule('s', { type: 'ring' }, 10_000));
    else emit(effect.tell('ear', { type: 'rang' }));
    return state;
  }, null);

  test.each([
    ['after', ringing],
    ['schedule', scheduling],
  ])('%s fires at its time, with one timer of the kernel meanwhile', async (_name, logic) => {
    const process = machine().boot();
    const ear = listener();
    process.kernel.spawn(ear.logic, { id: 'ear' });
    process.kernel.spawn(logic, leaving).tell({ type: 'go' });
    await process.advance(9_999);
    expect(living(process)).toEqual(['ear']);
    expect(process.kernel.timers.pending).toBe(1);
    await process.advance(1);
    expect(ear.types()).toEqual(['rang']);
    await process.advance(10_000);
    expect(ear.types()).toEqual(['rang']);
    expect(process.kernel.timers.pending).toBe(0);
  });

  test('P22 also after a restart of the process, when nobody has asked for it', async () => {
    const { boot } = machine();
    const logics = { ringing };
    const first = boot({ logics });
    first.kernel.spawn('ringing', leaving).tell({ type: 'go' });
    await first.advance(2_000);
    const second = boot({ logics }, 3_000);
    const ear = listener();
    second.kernel.spawn(ear.logic, { id: 'ear' });
    await begin(second);
    expect(second.kernel.recover()).toMatchObject({ resumed: 1, timers: 1 });
    await second.advance(4_999);
    expect([living(second), ear.types()]).toEqual([['ear'], []]);
    await second.advance(1);
    expect(ear.types()).toEqual(['rang']);
  });
});

describe('ends', () => {
  test('S46 its watchers are told when it ends, not when it leaves; a ref of it does not follow the address', async () => {
    const process = machine().boot();
    const ref = process.kernel.spawn(summing(), leaving);
    const told: string[] = [];
    ref.watch(({ reason }) => told.push(reason));
    ref.tell({ type: 'add', n: 5 });
    await process.advance(1_000);
    expect([living(process), told]).toEqual([[], []]);
    const copy = process.kernel.lookup('a');
    await process.advance(1_000);
    const stopped = copy?.stop();
    await process.settle();
    await stopped;
    expect(told).toEqual(['shutdown']);
    const other = process.kernel.spawn(summing(), leaving);
    expect(ref.tell({ type: 'add', n: 1 })).toBe(false);
    expect(ref.snapshot()).toBeUndefined();
    expect(contextOf(other.snapshot())).toBe(0);
  });

  test('its address is taken', async () => {
    const process = machine().boot();
    process.kernel.spawn(summing(), leaving);
    await process.advance(1_000);
    expect(() => process.kernel.spawn(summing(), leaving)).toThrow(expect.objectContaining({ code: 'ACTOR_EXISTS' }));
  });

  test('S34 it ends with its parent, whose stop and restart its watchers are told of', async () => {
    const { boot, store } = machine();
    const process = boot({ logics: { kid: summing() } });
    const parent = process.kernel.spawn(player(), { id: 'p' });
    const told: string[] = [];
    process.kernel.spawn('kid', leaving, 'p').watch(({ address }) => told.push(address));
    await process.advance(1_000);
    expect(living(process)).toEqual(['p']);
    const stopped = parent.stop();
    await process.settle();
    await stopped;
    expect(told).toEqual(['p/a']);
    expect([...store.keys('')]).toEqual(['logics']);
    expect(process.kernel.lookup('p/a')).toBeUndefined();
  });

  test('when the kernel stops it stays in the store', async () => {
    const { boot, store } = machine();
    const process = boot();
    process.kernel.spawn(summing(), leaving).tell({ type: 'add', n: 5 });
    await process.advance(1_000);
    await process.kernel.stop();
    expect(store.get('actor/a')?.value).toMatchObject({ snapshot: { context: 5 } });
  });
});

describe('whoever has something open stays', () => {
  const doing = (
    effects: Parameters<Parameters<typeof player>[0] & object>[1] extends (each: infer E) => void ? E[] : never,
  ) =>
    player((_message, emit) => {
      for (const each of effects) emit(each);
    });
  const never = setup({ actors: { work: fromPromise(() => new Promise(() => {})) } }).createMachine({
    invoke: { src: 'work' },
  });
  const child: SpawnOptions = { id: 'kid' };
  test.each([
    ['a message put aside', doing([effect.stash()])],
    ['a topic it hears', doing([effect.subscribe('news')])],
    ['a child', doing([effect.spawnActor(player(), child)])],
    ['a task it has delegated', doing([effect.delegate('busy', { type: 'work', id: 't' })])],
    ['a promise under way', never],
  ])('%s', async (_name, logic) => {
    const process = machine().boot();
    process.kernel.spawn(player(), { id: 'busy' });
    process.kernel.spawn(logic, leaving).tell({ type: 'x' });
    await process.advance(10_000);
    expect(living(process)).toContain('a');
  });

  test('a question it has not answered; it leaves once it has', async () => {
    const process = machine().boot();
    const ref = process.kernel.spawn(player(), leaving);
    const asked = ref.ask({ type: 'x' }, { timeout: '5s' }).catch(() => 'timeout');
    await process.advance(4_999);
    expect(living(process)).toEqual(['a']);
    await process.advance(2_000);
    expect(await asked).toBe('timeout');
    expect(living(process)).toEqual([]);
  });
});
