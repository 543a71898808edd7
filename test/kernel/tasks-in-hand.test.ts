// What a durable actor has in hand goes on in the next process: on its behalf it delegates from the first moment on,
// whoever delegates it again takes it over or has its outcome, and what nobody delegates again is cancelled.

import { describe, expect, test } from 'vitest';
import { limits } from '../../src/base/limits.ts';
import { VirtualClock } from '../../src/base/virtual-clock.ts';
import type { Outcome } from '../../src/kernel/delegation.ts';
import { effect } from '../../src/kernel/effects.ts';
import type { ActorRecord } from '../../src/kernel/recovery/durable-record.ts';
import { Dormancy } from '../../src/kernel/recovery/dormancy.ts';
import { Timers } from '../../src/kernel/timers.ts';
import { type Emit, type Message, ofType, player } from './players.ts';
import { machine, type Process } from './restart-kit.ts';
import { refusals, worker } from './tasks.ts';

/** The one by which idle actors leave memory. */
const idleTimers = 1;
const durable = { id: 'desk', durable: true } as const;

/** An actor that keeps what it hears, and does what a test says. */
function spawn(
  { kernel }: Process,
  react: (message: Message, emit: Emit) => unknown = () => {},
  options: Parameters<Process['kernel']['spawn']>[1] = durable,
): Message[] {
  const heard: Message[] = [];
  const logic = player((message, emit) => {
    heard.push(message);
    react(message, emit);
  });
  kernel.spawn(logic, options);
  return heard;
}

/** Delegates the task `t` from outside. */
function give({ kernel }: Process, options: { readonly timeoutMs?: number; readonly to?: string } = {}): Outcome[] {
  const outcomes: Outcome[] = [];
  const { to = 'desk', timeoutMs } = options;
  const onSettled = (outcome: Outcome): number => outcomes.push(outcome);
  kernel.delegate({ to, task: { id: 't', type: 'job', input: 1 }, within: undefined, timeoutMs, onSettled });
  return outcomes;
}

/** What the desk hears when it comes back. */
const isBack = ({ id }: Message): boolean => id === 't.s';

/** Gives its task to the worker when it hears what is meant, and answers with what comes back. */
const passing =
  (isMeant: (message: Message) => boolean, id: string) =>
  (message: Message, emit: Emit): void => {
    if (isMeant(message)) emit(effect.delegate('worker', { id, type: 'work' }, { for: 't' }));
    if (message.type === 'delegation.done') emit(effect.complete('t', message.output));
  };

/** A process in which the desk had `t` in hand, and had delegated `t.s` for it. */
async function interrupted(timeoutMs?: number) {
  const disk = machine();
  const first = disk.boot();
  spawn(first, undefined, { id: 'worker' });
  spawn(
    first,
    passing(({ type }) => type === 'task.assigned', 't.s'),
  );
  give(first, timeoutMs === undefined ? {} : { timeoutMs });
  await first.settle();
  return disk;
}

describe('a task in hand', () => {
  test('is not given a second time; what is delegated for it before it is goes on under its new terms', async () => {
    const disk = await interrupted(60_000);
    const second = disk.boot();
    const heard = spawn(second, passing(isBack, 't.2'));
    const work = spawn(
      second,
      ({ type }, emit) => {
        if (type === 'go') emit(effect.complete('t.2', 'worked'));
      },
      { id: 'worker' },
    );
    await second.settle();
    expect(heard).toMatchObject([{ type: 'delegation.failed', id: 't.s', error: { code: 'INTERRUPTED' } }]);
    expect(ofType(work, 'task.assigned')).toHaveLength(1);
    expect(second.kernel.delegations.pending).toBe(1);
    const outcomes = give(second, { timeoutMs: 90_000 });
    expect(second.kernel.delegations.pending).toBe(2);
    expect(second.kernel.delegations.inHand('desk' as never)).toHaveLength(1);
    await second.advance(50_000);
    expect(second.kernel.delegations.assignedTo('desk' as never, 't')).toMatchObject({ task: { input: 1 } });
    expect(outcomes).toEqual([]);
    second.kernel.lookup('worker')?.tell({ type: 'go' });
    await second.settle();
    expect(heard.map(({ type }) => type)).toEqual(['delegation.failed', 'delegation.done']);
    expect(outcomes).toEqual([{ ok: true, output: 'worked' }]);
  });

  test('settles for whoever has delegated it again', async () => {
    const disk = await interrupted();
    const second = disk.boot();
    const heard = spawn(
      second,
      passing(({ type }) => type === 'go', 't.2'),
    );
    second.kernel.spawn(worker('worked'), { id: 'worker' });
    await second.settle();
    const outcomes = give(second);
    second.kernel.lookup('desk')?.tell({ type: 'go' });
    await second.settle();
    expect(outcomes).toEqual([{ ok: true, output: 'worked' }]);
    expect(ofType(heard, 'task.assigned')).toEqual([]);
    expect(second.kernel.delegations).toMatchObject({ pending: 0, late: 0 });
    expect(second.kernel.timers.pending).toBe(idleTimers);
    expect(second.kernel.delegations.dormancy.size).toBe(0);
  });

  test('has its new deadline: with that it ends, and so does what was delegated for it', async () => {
    const disk = await interrupted();
    const second = disk.boot();
    const heard = spawn(second, passing(isBack, 't.2'));
    spawn(second, undefined, { id: 'worker' });
    await second.settle();
    const outcomes = give(second, { timeoutMs: 5_000 });
    await second.advance(5_000);
    expect(outcomes).toMatchObject([{ error: { code: 'TASK_TIMEOUT' } }]);
    expect(heard.slice(1)).toMatchObject([
      { type: 'task.cancelled', id: 't', reason: 'its time is up' },
      { type: 'delegation.failed', id: 't.2', error: { code: 'TASK_CANCELLED' } },
    ]);
    expect(second.kernel.delegations.pending).toBe(0);
  });

  test('whose outcome comes first settles at once when it is delegated again, and not before that has returned', async () => {
    const disk = await interrupted();
    const second = disk.boot();
    const heard = spawn(second, passing(isBack, 't.2'));
    second.kernel.spawn(worker('worked'), { id: 'worker' });
    await second.settle();
    const outcomes = give(second);
    expect(outcomes).toEqual([]);
    await second.settle();
    expect(outcomes).toEqual([{ ok: true, output: 'worked' }]);
    expect(ofType(heard, 'task.assigned')).toEqual([]);
    expect(second.kernel.delegations).toMatchObject({ pending: 0, late: 0 });
    expect(second.kernel.timers.pending).toBe(idleTimers);
  });

  test.each([
    ['its deadline, the time that nobody was there counted', 60_000, 55_000, 'its time is up'],
    ['a while', undefined, limits.task.timeout_ms, 'nobody has delegated it again since the restart'],
  ])('that nobody delegates again is cancelled after %s', async (_name, timeoutMs, leftMs, reason) => {
    const disk = await interrupted(timeoutMs);
    const second = disk.boot({}, 5_000);
    const heard = spawn(second, passing(isBack, 't.2'));
    const work = spawn(second, undefined, { id: 'worker' });
    await second.advance(leftMs - 1);
    expect(heard.map(({ type }) => type)).toEqual(['delegation.failed']);
    await second.advance(1);
    expect(heard.slice(1)).toMatchObject([
      { type: 'task.cancelled', id: 't', reason },
      { type: 'delegation.failed', id: 't.2', error: { code: 'TASK_CANCELLED' } },
    ]);
    expect(work.map(({ type }) => type)).toEqual(['task.assigned', 'task.cancelled']);
    expect(second.kernel.delegations).toMatchObject({ pending: 0 });
    expect(second.kernel.timers.pending).toBe(idleTimers);
    give(second);
    await second.settle();
    expect(ofType(heard, 'task.assigned')).toHaveLength(1);
  });

  test('whose outcome nobody asks for is forgotten when its time is up', async () => {
    const disk = await interrupted(60_000);
    const second = disk.boot();
    const heard = spawn(second, ({ type }, emit) => {
      if (type === 'delegation.failed') emit(effect.fail('t', new Error('no use')));
    });
    await second.advance(60_000);
    expect(heard.map(({ type }) => type)).toEqual(['delegation.failed']);
    expect(second.kernel.delegations.dormancy.size).toBe(0);
    expect(second.kernel.timers.pending).toBe(idleTimers);
  });

  test('goes on over as many restarts as there are, with the time it had', async () => {
    const disk = await interrupted(60_000);
    const second = disk.boot({}, 10_000);
    spawn(second, passing(isBack, 't.2'));
    spawn(second, undefined, { id: 'worker' });
    await second.advance(10_000);
    const third = disk.boot({}, 10_000);
    const heard = spawn(third);
    await third.advance(29_999);
    expect(heard).toMatchObject([{ type: 'delegation.failed', id: 't.2' }]);
    await third.advance(1);
    expect(heard.slice(1)).toMatchObject([{ type: 'task.cancelled', id: 't' }]);
  });

  test('can only be taken over by who had delegated it', async () => {
    const disk = await interrupted();
    const second = disk.boot();
    const heard = spawn(second);
    spawn(second, ({ type }, emit) => type === 'go' && emit(effect.delegate('desk', { id: 't', type: 'job' })), {
      id: 'other',
    });
    second.kernel.lookup('other')?.tell({ type: 'go' });
    await second.settle();
    expect(refusals(second)).toEqual([{ from: 'other', to: 'desk', code: 'INVALID_OPTION' }]);
    const outcomes = give(second);
    await second.settle();
    expect(outcomes).toEqual([]);
    expect(ofType(heard, 'task.assigned')).toEqual([]);
  });

  test('is no leave to act for others: a task it never had is still forged', async () => {
    const disk = await interrupted();
    const second = disk.boot();
    spawn(second, (message, emit) => {
      if (isBack(message)) emit(effect.delegate('worker', { id: 'x', type: 'work' }, { for: 'u' }));
    });
    spawn(second, undefined, { id: 'worker' });
    await second.settle();
    expect(refusals(second)).toEqual([{ from: 'desk', to: 'worker', code: 'DELEGATION_FORGED' }]);
  });

  test('of an instance of a pool is taken over there, whoever is less busy', async () => {
    const disk = machine();
    const first = disk.boot();
    const pool = { id: 'pool', durable: true, instances: 2 } as const;
    spawn(first, undefined, pool);
    give(first, { to: 'pool' });
    await first.settle();
    const { to } = [...['pool:0', 'pool:1']].flatMap(
      (each) => first.kernel.delegations.assignedTo(each as never, 't') ?? [],
    )[0] ?? { to: '' };
    const second = disk.boot();
    const heard = spawn(second, undefined, pool);
    await second.settle();
    give(second, { to: 'pool' });
    await second.settle();
    expect(ofType(heard, 'task.assigned')).toEqual([]);
    expect(second.kernel.delegations.assignedTo(to as never, 't')).toMatchObject({ to, settled: false });
    expect(second.kernel.delegations.load(to as never)).toBe(1);
  });
});

test('there are only so many of them', () => {
  const timers = new Timers(new VirtualClock());
  const none = (): void => {};
  const dormancy = new Dormancy({ timers, now: () => 0, soon: none, cancel: none, settle: none, hand: none });
  const task = {
    type: 'job',
    from: undefined,
    chain: [],
    deadlineAt: undefined,
    priority: 5,
    correlation: 'c',
  } as const;
  const most = limits.delegation.pending_count;
  for (let n = 0; n < most; n++) dormancy.wake('desk' as never, { ...task, id: `${n}` });
  expect(() => dormancy.wake('desk' as never, { ...task, id: 'x' })).toThrow(`tasks in hand`);
  expect([dormancy.size, timers.pending]).toEqual([most, most]);
});

describe('what is kept of it', () => {
  const recordOf = ({ store }: ReturnType<typeof machine>): ActorRecord =>
    store.get('actor/desk')?.value as ActorRecord;

  test('is what it takes to go on, and nothing when there is none', async () => {
    const disk = await interrupted(60_000);
    expect(recordOf(disk).inHand).toEqual([{ id: 't', type: 'job', due: new VirtualClock().wall() + 60_000 }]);
    const second = disk.boot();
    spawn(second, ({ type }, emit) => {
      if (type === 'delegation.failed') emit(effect.complete('t', 1));
    });
    await second.settle();
    expect('inHand' in recordOf(disk)).toBe(false);
  });

  test('says on whose behalf: chain, priority and correlation hold for what is delegated before it is again', async () => {
    const disk = machine();
    const first = disk.boot();
    const boss = { id: 'boss' };
    spawn(
      first,
      ({ type }, emit) =>
        type === 'task.assigned' && emit(effect.delegate('desk', { id: 't', type: 'job' }, { priority: 2 })),
      boss,
    );
    spawn(first);
    first.kernel.delegate({ to: 'boss', task: { id: 'run', type: 'all' }, within: undefined });
    await first.settle();
    expect(recordOf(disk).inHand).toEqual([
      { id: 't', type: 'job', from: 'boss', chain: ['boss'], priority: 2, correlation: 'run' },
    ]);
    const second = disk.boot();
    spawn(second, ({ type }, emit) => {
      if (type !== 'go') return;
      emit(effect.delegate('boss', { id: 'up', type: 'all' }, { for: 't' }));
      emit(effect.delegate('worker', { id: 'down', type: 'work' }, { for: 't' }));
    });
    spawn(second, undefined, boss);
    spawn(second, undefined, { id: 'worker' });
    second.kernel.lookup('desk')?.tell({ type: 'go' });
    await second.settle();
    expect(refusals(second)).toEqual([{ from: 'desk', to: 'boss', code: 'DELEGATION_CYCLE' }]);
    expect(second.kernel.delegations.assignedTo('worker' as never, 'down')).toMatchObject({
      chain: ['boss', 'desk'],
      priority: 2,
      correlation: 'run',
    });
  });

  test('is missing in records of older versions, which are gone on from as before: the task is given again', async () => {
    const disk = await interrupted();
    const { inHand: _, ...older } = recordOf(disk);
    await disk.store.commit([{ key: 'actor/desk', value: older, keep: 10 }]);
    const second = disk.boot();
    const heard = spawn(second);
    await second.settle();
    give(second);
    await second.settle();
    expect(heard.map(({ type }) => type)).toEqual(['delegation.failed', 'task.assigned']);
  });
});
