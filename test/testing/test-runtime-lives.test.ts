// Lives of a process under test: what a crash takes and what it leaves, what the next life goes on with, and that
// nothing of a dead one goes on.

import { effect } from 'troupe';
import { expect, test } from 'vitest';
import { type AnyActorLogic, createMachine, fromTransition } from 'xstate';
import { createTestRuntime } from '../../src/testing/world/test-runtime.ts';
import { broken, office, ticker } from './test-runtime-kit.ts';

/** Adds up, and says its sum. */
const sum: AnyActorLogic = fromTransition((total: number, event: { type: string; n?: number }, { emit }) => {
  if (event.type === 'say') emit(effect.reply({ type: 'sum', total }));
  return total + (event.n ?? 0);
}, 0);

const job = { type: 'job', input: 'a' } as const;

test('a durable run goes on after a crash: finished steps are not repeated, the attempt counts on', async () => {
  const made: string[] = [];
  const attempts: number[] = [];
  const topology = office(async (input, ctx) => {
    attempts.push(ctx.attempt);
    const first = await ctx.step('first', () => made.push(`first ${input}`));
    if (ctx.attempt === 1) await new Promise(() => {}); // until the process dies
    return `second after ${first}`;
  });
  await using world = await createTestRuntime(topology);
  const { id } = await world.submit(job);
  await world.settle();
  world.crash();
  await world.restart({ downFor: '5s' });
  const run = world.runtime.find(id);
  expect(run === undefined ? undefined : await world.result(run)).toBe('second after 1');
  expect(made).toEqual(['first a']);
  expect(attempts).toEqual([1, 2]);
  expect(world.eventsOf('runtime.recovered')).toMatchObject([{ resumed: 0 }, { resumed: 1 }]);
});

test.each(['memory', { faults: {} }] as const)('a durable mailbox and its state survive on %j', async (store) => {
  await using world = await createTestRuntime(office(), { store, logics: { sum } });
  const ref = world.runtime.spawn(sum, { id: 'sum', durable: true });
  for (const n of [1, 2, 3]) ref.tell({ type: 'add', n });
  await world.result(world.runtime.committed());
  ref.tell({ type: 'add', n: 100 }); // accepted, and nowhere yet
  world.crash();
  const runtime = await world.restart();
  const answer = runtime.actor('sum')?.ask({ type: 'say' });
  expect(await world.result(answer ?? Promise.reject(new Error('it is not there')))).toEqual({ type: 'sum', total: 6 });
});

test('unread mail survives, and is handled by the next life', async () => {
  await using world = await createTestRuntime(office(), { logics: { sum } });
  const ref = world.runtime.spawn(sum, { id: 'sum', durable: true });
  await world.settle();
  ref.tell({ type: 'add', n: 5 });
  await world.result(world.runtime.committed());
  world.crash();
  const runtime = await world.restart();
  const answer = await world.result(runtime.actor('sum')?.ask({ type: 'say' }) ?? Promise.reject(new Error('gone')));
  expect(answer).toEqual({ type: 'sum', total: 5 });
});

const lamp = createMachine({ id: 'lamp', initial: 'on', states: { on: { after: { 10_000: 'off' } }, off: {} } });

test('a timer of a durable actor fires at its own time, though the process was away', async () => {
  await using world = await createTestRuntime(office(), { logics: { lamp } });
  const value = (): unknown => (world.runtime.actor('lamp')?.snapshot() as { value?: unknown } | undefined)?.value;
  world.runtime.spawn(lamp, { id: 'lamp', durable: true });
  await world.result(world.runtime.committed());
  await world.advance('4s');
  world.crash();
  await world.restart({ downFor: '3s' });
  await world.advance(2_999);
  expect(value()).toBe('on');
  await world.advance(1);
  expect(value()).toBe('off');
});

test('timers and turns of a dead life never happen, and nobody hears of it', async () => {
  await using world = await createTestRuntime(office());
  const probe = world.probe('audience');
  world.runtime.spawn(ticker('audience', 1_000, 100), { id: 'ticker' }).tell({ type: 'begin' });
  await probe.expectMessage('tick');
  const dead = world.runtime;
  probe.ref.tell({ type: 'too late' });
  world.crash();
  const { length } = world.events;
  dead.actor('ticker')?.tell({ type: 'tick' });
  dead.spawn(sum, { id: 'late' });
  expect(await world.step()).toBeUndefined();
  await world.advance('1m');
  expect(probe.messages).toHaveLength(1);
  expect(world.events).toHaveLength(length);
  await world.restart();
  expect(world.runtime.actor('ticker')).toBeUndefined();
  await probe.expectNoMessage({ within: '1m' });
});

test('what a dead life still does to its store is never written', async () => {
  let goOn: () => void = () => {};
  const topology = office(async (_input, ctx) => {
    if (ctx.attempt > 1) return 'second life';
    await new Promise<void>((resolve) => {
      goOn = resolve;
    });
    await ctx.state.set('written by', 'the dead');
    return 'first life';
  });
  await using world = await createTestRuntime(topology);
  const { id } = await world.submit(job);
  await world.settle();
  world.crash();
  await world.restart();
  goOn();
  const run = world.runtime.find(id);
  expect(run === undefined ? undefined : await world.result(run)).toBe('second life');
  expect(world.runtime.state.get('written by')).toBeUndefined();
});

test('a crash in the middle of a turn ends it there', async () => {
  await using world = await createTestRuntime(office());
  const probe = world.probe('audience', {
    answer: () => {
      world.crash();
      return undefined;
    },
  });
  for (let n = 0; n < 9; n++) probe.ref.tell({ type: 'a', n });
  await world.settle();
  expect(probe.messages).toEqual([{ type: 'a', n: 0 }]);
});

test('without a store nothing is left', async () => {
  await using world = await createTestRuntime(
    office(() => new Promise(() => {})),
    { store: false },
  );
  const { id } = await world.submit(job);
  world.crash();
  await world.restart();
  expect(world.runtime.find(id)).toBeUndefined();
});

test('after a crash the runtime is not to be had until the next life', async () => {
  await using world = await createTestRuntime(office());
  world.crash();
  expect(() => world.runtime).toThrow('runtime is "used after it has ended"; it takes a runtime that lives');
  expect(() => {
    world.crash();
  }).toThrow('used after it has ended');
  const failure: unknown = await world.result(new Promise(() => {})).catch((error: unknown) => error);
  expect(failure).toMatchObject({ pending: ['the runtime has ended'] });
  expect(await world.restart()).toBe(world.runtime);
  await world.stop();
  await world.stop();
  expect(() => world.runtime).toThrow('used after it has ended');
});

test.each(['memory', { faults: {} }] as const)(
  'a restart without a crash stops in order first, on %j',
  async (store) => {
    await using world = await createTestRuntime(office(), { store });
    await world.result(world.runtime.state.set('key', 1));
    await world.restart({ downFor: '1h' });
    expect(world.events.map(({ type }) => type).filter((type) => type.startsWith('runtime.'))).toEqual([
      'runtime.recovered',
      'runtime.started',
      'runtime.stopping',
      'runtime.stopped',
      'runtime.recovered',
      'runtime.started',
    ]);
    expect(world.now_ms).toBeGreaterThanOrEqual(3_600_000);
    expect(world.runtime.state.get('key')?.value).toBe(1);
  },
);

test('a probe comes back with every life, at its address, and keeps what it has heard', async () => {
  await using world = await createTestRuntime(office());
  const [top, below] = [world.probe('top'), world.probe('below', { parent: 'main/team' })];
  top.ref.tell({ type: 'first' });
  await top.expectMessage('first');
  world.crash();
  await world.restart();
  top.ref.tell({ type: 'second' });
  below.ref.tell({ type: 'third' });
  await top.expectMessage('second');
  await below.expectMessage('third');
  expect(top.messages).toEqual([{ type: 'first' }, { type: 'second' }]);
});

test('monotonic time begins with each life, as that of a process does', async () => {
  await using world = await createTestRuntime(office());
  await world.advance('1h');
  world.crash();
  await world.restart();
  world.runtime.actor('main/team/work');
  await world.run(job);
  const assigned = world.trace.findLast((line) => line.includes('"type":"task.assigned"'));
  expect(assigned).toContain('"now":0');
});

test('a later version of a topology takes up what an earlier one has left', async () => {
  await using world = await createTestRuntime(office(() => new Promise(() => {})));
  const { id } = await world.submit(job);
  world.crash();
  await world.restart({ topology: office(async () => 'by the new version') });
  const run = world.runtime.find(id);
  expect(run === undefined ? undefined : await world.result(run)).toBe('by the new version');
});

test('a topology that does not start says why, and leaves the store to the next life', async () => {
  await expect(createTestRuntime(broken())).rejects.toMatchObject({ code: 'START_FAILED' });
  await using world = await createTestRuntime(office(), { store: { faults: {} } });
  await world.result(world.runtime.state.set('key', 1));
  await expect(world.restart({ topology: broken() as never })).rejects.toMatchObject({ code: 'START_FAILED' });
  expect(() => world.runtime).toThrow('used after it has ended');
  await world.restart({ topology: office() });
  expect(world.runtime.state.get('key')?.value).toBe(1);
});

test('a later version of a logic takes up what an earlier one has left', async () => {
  await using world = await createTestRuntime(office(), { logics: { sum } });
  const ref = world.runtime.spawn(sum, { id: 'sum', durable: true });
  ref.tell({ type: 'add', n: 2 });
  await world.result(world.runtime.committed());
  const tenfold: AnyActorLogic = fromTransition((total: number, _event, { emit }) => {
    emit(effect.reply({ type: 'sum', total: total * 10 }));
    return total;
  }, 0);
  await world.restart({ logics: { sum: tenfold } });
  const answer = world.runtime.actor('sum')?.ask({ type: 'say' });
  expect(await world.result(answer ?? Promise.reject(new Error('gone')))).toEqual({ type: 'sum', total: 20 });
});

test('an end of the last life is none in this one', async () => {
  await using world = await createTestRuntime(office());
  const probe = world.probe('audience');
  const ref = world.runtime.spawn(sum, { id: 'sum' });
  await world.result(ref.stop());
  await probe.expectTerminated('sum');
  world.crash();
  await world.restart();
  await expect(probe.expectTerminated('sum')).rejects.toThrow('nobody has lived there');
});

test('two lives at one instant make no equal ids', async () => {
  await using world = await createTestRuntime(office());
  const first = await world.submit(job);
  world.crash();
  await world.restart({ downFor: 0 });
  expect((await world.submit(job)).id).not.toBe(first.id);
});

test('a restart that is asked for wrongly leaves the runtime as it is', async () => {
  await using world = await createTestRuntime(office());
  await expect(world.restart({ downFor: 'soon' as never })).rejects.toMatchObject({ code: 'INVALID_OPTION' });
  expect(world.runtime.phase).toBe('started');
});

test('a disk that fails is healed when the test says so, and counts what it did', async () => {
  await using world = await createTestRuntime(office(), { store: { faults: { delayed: 2 } } });
  for (let n = 0; n < 10; n++) await world.result(world.runtime.state.set('key', n));
  expect(world.disk?.injected.get('delayed')).toBeGreaterThan(1);
  world.disk?.heal();
  const before = world.disk?.injected.get('delayed');
  for (let n = 0; n < 10; n++) await world.result(world.runtime.state.set('key', n));
  expect(world.disk?.injected.get('delayed')).toBe(before);
  expect(world.runtime.state.get('key')?.value).toBe(9);
});

test('damage on the disk is told as the runtime tells of it', async () => {
  await using world = await createTestRuntime(office(), { store: { faults: { flipped: 1 } } });
  await world.result(world.runtime.state.set('key', 'value'));
  world.runtime.state.get('key');
  expect(world.eventsOf('store.damaged')).toMatchObject([
    { key: expect.stringContaining('key') as string, version: 1 },
  ]);
});
