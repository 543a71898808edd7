// Deadlines and cancelling: a hop is never later than its parent, an end reaches everything below, each told once.

import { describe, expect, test } from 'vitest';
import { effect } from '../../src/kernel/effects.ts';
import { kernelKit } from './kernel-kit.ts';
import { type Message, ofType, player } from './players.ts';
import { failure, idler, relay, submit } from './tasks.ts';

describe('deadlines', () => {
  test('D09 a hop never gets a later deadline than its parent', () => {
    const { kernel, clock } = kernelKit();
    for (const id of ['a', 'b', 'c']) kernel.spawn(player(), { id });
    const top = kernel.delegate({ to: 'a', task: { type: 'work' }, within: undefined, timeoutMs: 1_000 });
    const hop = (from: string, to: string, timeoutMs?: number) =>
      kernel.delegate({ from, to, task: { type: 'work' }, within: top, timeoutMs });
    expect(hop('a', 'b', 5_000).deadlineAt).toBe(top.deadlineAt);
    expect(hop('a', 'b', 400).deadlineAt).toBe(clock.now() + 400);
    expect(hop('a', 'c').deadlineAt).toBe(top.deadlineAt);
  });

  test('D09 a hop after the deadline is refused as TASK_TIMEOUT, before it is queued', async () => {
    const { kernel, advance } = kernelKit();
    kernel.spawn(player(), { id: 'a' });
    const heard: Message[] = [];
    kernel.spawn(idler(heard), { id: 'b' });
    const top = kernel.delegate({ to: 'a', task: { type: 'work' }, within: undefined, timeoutMs: 100 });
    await advance(100);
    expect(() => kernel.delegate({ from: 'a', to: 'b', task: { type: 'work' }, within: top })).toThrow(
      expect.objectContaining({ code: expect.stringMatching(/TASK_(TIMEOUT|CANCELLED)/) }),
    );
    await advance(1);
    expect(heard).toEqual([]);
  });

  test('D10 the parent times out: all descendants are aborted within 100 ms, each told once, the origin gets TASK_TIMEOUT', async () => {
    const kit = kernelKit();
    const { kernel, advance } = kit;
    const heard: Message[] = [];
    kernel.spawn(relay(['b', 'c']), { id: 'a' });
    kernel.spawn(relay('d'), { id: 'b' });
    kernel.spawn(idler(heard), { id: 'c' });
    kernel.spawn(idler(heard), { id: 'd' });
    const outcomes = submit(kit, 'a', 1_000);
    await advance(999);
    expect(ofType(heard, 'task.cancelled')).toEqual([]);
    await advance(1);
    expect(failure(outcomes)).toMatchObject({ code: 'TASK_TIMEOUT', details: { at: 'a', timeoutMs: 1_000 } });
    expect(ofType(heard, 'task.cancelled')).toHaveLength(2);
    expect(kernel.delegations.pending).toBe(0);
    expect(kernel.timers.pending).toBe(0);
  });

  test('D10 hops that share a deadline: the origin is told of the time it asked for, whatever moment they began at', async () => {
    for (const begun of [0.1, 2.093, 6.331, 6.968, 7.709, 8.346]) {
      const { kernel, advance } = kernelKit();
      for (const id of ['a', 'b']) kernel.spawn(player(), { id });
      const told: unknown[] = [];
      const onSettled = (outcome: unknown): void => {
        told.push(outcome);
      };
      await advance(begun / 3);
      const top = kernel.delegate({ to: 'a', task: { type: 'work' }, within: undefined, timeoutMs: 200, onSettled });
      await advance(begun);
      kernel.delegate({ from: 'a', to: 'b', task: { type: 'work' }, within: top, onSettled });
      await advance(300);
      expect(told).toMatchObject([
        { ok: false, error: { code: 'TASK_CANCELLED' } },
        { ok: false, error: { code: 'TASK_TIMEOUT', details: { at: 'a', timeoutMs: 200 } } },
      ]);
    }
  });

  test("D10 a hop's own time-out ends that hop and what is below, not what is above", async () => {
    const kit = kernelKit();
    const { kernel, advance } = kit;
    const below: Message[] = [];
    const above: Message[] = [];
    kernel.spawn(
      player((message, emit) => {
        above.push(message);
        if (message.type === 'task.assigned') emit(effect.delegate('b', { type: 'work' }, { timeoutMs: 50 }));
      }),
      { id: 'a' },
    );
    kernel.spawn(relay('c'), { id: 'b' });
    kernel.spawn(idler(below), { id: 'c' });
    const outcomes = submit(kit, 'a', 1_000);
    await advance(60);
    expect(ofType(above, 'delegation.failed')).toMatchObject([{ error: { code: 'TASK_TIMEOUT' } }]);
    expect(ofType(below, 'task.cancelled')).toHaveLength(1);
    expect(outcomes).toEqual([]);
    expect(kernel.delegations.pending).toBe(1);
  });
});

describe('cancelling', () => {
  test('D11 cancel reaches each hop once; late results are discarded and counted', async () => {
    const kit = kernelKit();
    const { kernel, settle, events } = kit;
    const heard: Message[] = [];
    const slow = player((message, emit) => {
      heard.push(message);
      if (message.type === 'task.cancelled') emit(effect.complete(message.id as string, 'too late'));
    });
    kernel.spawn(relay(['b', 'c']), { id: 'a' });
    kernel.spawn(relay('d'), { id: 'b' });
    for (const id of ['c', 'd']) kernel.spawn(slow, { id });
    const outcomes: unknown[] = [];
    const top = kernel.delegate({
      to: 'a',
      task: { type: 'work' },
      within: undefined,
      onSettled: (outcome) => outcomes.push(outcome),
    });
    await settle();
    kernel.delegations.cancel(top, 'no longer needed');
    kernel.delegations.cancel(top, 'again');
    await settle();
    expect(outcomes).toMatchObject([
      { ok: false, error: { code: 'TASK_CANCELLED', details: { reason: 'no longer needed' } } },
    ]);
    expect(ofType(heard, 'task.cancelled')).toHaveLength(2);
    expect(ofType(heard, 'task.cancelled')).toMatchObject([
      { reason: 'no longer needed' },
      { reason: 'no longer needed' },
    ]);
    expect(kernel.delegations.late).toBeGreaterThanOrEqual(2);
    expect(events.filter(({ type }) => type === 'delegation.late').length).toBe(kernel.delegations.late);
    expect(kernel.delegations.pending).toBe(0);
  });

  test('D11 an actor cancels what it delegated, and hears of it once', async () => {
    const kit = kernelKit();
    const heard: Message[] = [];
    const below: Message[] = [];
    kit.kernel.spawn(
      player((message, emit) => {
        heard.push(message);
        if (message.type === 'go') emit(effect.delegate('b', { id: 'mine', type: 'work' }));
        if (message.type === 'stop it') emit(effect.cancelDelegation('mine', 'changed my mind'));
      }),
      { id: 'a' },
    );
    kit.kernel.spawn(idler(below), { id: 'b' });
    const ref = kit.kernel.lookup('a');
    for (const type of ['go', 'stop it', 'stop it']) ref?.tell({ type });
    await kit.settle();
    expect(ofType(heard, 'delegation.failed')).toMatchObject([
      { id: 'mine', error: { code: 'TASK_CANCELLED', details: { reason: 'changed my mind' } } },
    ]);
    expect(ofType(below, 'task.cancelled')).toHaveLength(1);
  });

  test('D11 nothing more is delegated on behalf of a task that was cancelled', async () => {
    const { kernel, settle } = kernelKit();
    const heard: Message[] = [];
    kernel.spawn(player(), { id: 'a' });
    kernel.spawn(idler(heard), { id: 'b' });
    const top = kernel.delegate({ to: 'a', task: { type: 'work' }, within: undefined });
    kernel.delegations.cancel(top, 'over');
    expect(() => kernel.delegate({ from: 'a', to: 'b', task: { type: 'work' }, within: top })).toThrow(
      expect.objectContaining({ code: 'TASK_CANCELLED' }),
    );
    await settle();
    expect(heard).toEqual([]);
  });

  test('D11 when a task is done, what was delegated for it and still runs is cancelled', async () => {
    const kit = kernelKit();
    const below: Message[] = [];
    kit.kernel.spawn(
      player((message, emit) => {
        if (message.type !== 'task.assigned') return;
        emit(effect.delegate('b', { type: 'work' }));
        emit(effect.complete(message.id as string, 'enough'));
      }),
      { id: 'a' },
    );
    kit.kernel.spawn(idler(below), { id: 'b' });
    const outcomes = submit(kit, 'a');
    await kit.settle();
    expect(outcomes).toEqual([{ ok: true, output: 'enough' }]);
    expect(ofType(below, 'task.cancelled')).toHaveLength(1);
    expect(kit.kernel.delegations.pending).toBe(0);
  });
});
