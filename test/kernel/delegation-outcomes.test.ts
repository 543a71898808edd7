// How delegations end: once, with one typed error that says where, in time, and everything below ends with them.

import { describe, expect, test } from 'vitest';
import { Priority } from '../../src/base/priority.ts';
import { effect } from '../../src/kernel/effects.ts';
import { kernelKit } from './kernel-kit.ts';
import { type Message, ofType, player } from './players.ts';
import { failure, idler, relay, submit, worker } from './tasks.ts';

test('a result travels back up the chain, the origin is told once', async () => {
  const kit = kernelKit();
  kit.kernel.spawn(relay('b'), { id: 'a' });
  kit.kernel.spawn(worker('w'), { id: 'b' });
  const outcomes = submit(kit, 'a');
  await kit.settle();
  expect(outcomes).toEqual([{ ok: true, output: ['w'] }]);
  expect(kit.kernel.delegations.pending).toBe(0);
});

describe('failures', () => {
  test('D12 a delegate dies at hop k: the origin gets one error that names k, the actor and the cause', async () => {
    for (const dying of [0, 1, 2, 3]) {
      const kit = kernelKit();
      for (let n = 0; n < dying; n++) kit.kernel.spawn(relay(`a${n + 1}`), { id: `a${n}` });
      kit.kernel.spawn(
        player(() => {
          throw new Error('boom');
        }),
        { id: `a${dying}`, child: 'temporary' },
      );
      const outcomes = submit(kit, 'a0');
      // oxlint-disable-next-line no-await-in-loop
      await kit.advance(10_000);
      expect(failure(outcomes)).toMatchObject({
        code: 'TASK_FAILED',
        details: { at: `a${dying}`, hop: dying },
        cause: { message: 'boom' },
      });
      expect(kit.kernel.delegations.pending).toBe(0);
    }
  });

  test('D12 a delegate that comes back after its crash fails only what it had begun; what waits is done', async () => {
    const kit = kernelKit();
    let crashes = 0;
    kit.kernel.spawn(
      player((message, emit) => {
        if (message.type === 'crash' && crashes++ === 0) throw new Error('boom');
        if (message.type === 'task.assigned' && crashes > 0) emit(effect.complete(message.id as string, 'done'));
      }),
      { id: 'a' },
    );
    const begun = submit(kit, 'a');
    await kit.settle();
    kit.kernel.lookup('a')?.tell({ type: 'crash' });
    const waiting = submit(kit, 'a');
    await kit.advance(5_000);
    expect(failure(begun)).toMatchObject({ code: 'TASK_FAILED', cause: { message: 'boom' } });
    expect(waiting).toEqual([{ ok: true, output: 'done' }]);
  });

  test('D12 a task whose handling crashes its actor three times fails once with that error', async () => {
    const kit = kernelKit();
    let tries = 0;
    kit.kernel.spawn(
      player((message) => {
        if (message.type !== 'task.assigned') return;
        tries += 1;
        throw new Error(`boom ${tries}`);
      }),
      { id: 'a' },
    );
    const outcomes = submit(kit, 'a');
    await kit.advance(30_000);
    expect(tries).toBe(3);
    expect(failure(outcomes)).toMatchObject({ code: 'TASK_FAILED', cause: { message: 'boom 3' } });
  });

  test('D12 a message that poses as an assignment and crashes its reader does not fail the task it rides on', async () => {
    const kit = kernelKit();
    const { kernel } = kit;
    kernel.spawn(
      player((message, emit) => {
        if (message.type === 'task.assigned') emit(effect.tell('b', { type: 'poison' }));
      }),
      { id: 'a' },
    );
    kernel.spawn(
      player(() => {
        throw new Error('boom');
      }),
      { id: 'b' },
    );
    const outcomes = submit(kit, 'a');
    await kit.advance(30_000);
    expect(kernel.deadLetters.counts.get('crashed its actor too often')).toBe(1);
    expect(outcomes).toEqual([]);
  });

  test('D12 the delegate is stopped, is nobody, or has a full mailbox: one typed error each', async () => {
    const kit = kernelKit();
    const { kernel, settle } = kit;
    const heard: Message[] = [];
    kernel.spawn(
      player((message, emit) => {
        heard.push(message);
        if (message.type === 'go')
          for (const to of ['nobody', 'full', 'idle']) emit(effect.delegate(to, { id: to, type: 'work' }));
      }),
      { id: 'a' },
    );
    const full = kernel.spawn(player(), { id: 'full', mailbox: { capacity: 1 } });
    const idle = kernel.spawn(player(), { id: 'idle' });
    kernel.lookup('a')?.tell({ type: 'go' });
    full.tell({ type: 'fills it' });
    await settle();
    await idle.stop();
    await settle();
    expect(ofType(heard, 'delegation.failed')).toMatchObject([
      { id: 'nobody', error: { code: 'ACTOR_NOT_FOUND' } },
      { id: 'full', error: { code: 'MAILBOX_FULL' } },
      { id: 'idle', error: { code: 'TASK_FAILED', cause: { code: 'ACTOR_NOT_FOUND' } } },
    ]);
    expect(kernel.delegations.pending).toBe(0);
  });

  test('D12 the delegator crashes: what it delegated is cancelled, each told once', async () => {
    const kit = kernelKit();
    const below: Message[] = [];
    kit.kernel.spawn(
      player((message, emit) => {
        if (message.type === 'task.assigned') emit(effect.delegate('b', { type: 'work' }));
        if (message.type === 'crash') throw new Error('boom');
      }),
      { id: 'a' },
    );
    kit.kernel.spawn(idler(below), { id: 'b' });
    const outcomes = submit(kit, 'a');
    await kit.settle();
    kit.kernel.lookup('a')?.tell({ type: 'crash' });
    await kit.advance(1);
    expect(failure(outcomes)).toMatchObject({ code: 'TASK_FAILED' });
    expect(ofType(below, 'task.cancelled')).toHaveLength(1);
  });

  test('B15 done, then failed: the first wins, the second is counted and reported', async () => {
    const kit = kernelKit();
    kit.kernel.spawn(
      player((message, emit) => {
        if (message.type !== 'task.assigned') return;
        emit(effect.complete(message.id as string, 'first'));
        emit(effect.fail(message.id as string, new Error('second')));
        emit(effect.reply({ type: 'task.done', output: 'third' }));
      }),
      { id: 'a' },
    );
    const outcomes = submit(kit, 'a');
    await kit.settle();
    expect(outcomes).toEqual([{ ok: true, output: 'first' }]);
    expect(kit.kernel.delegations.late).toBe(2);
  });
});

describe('ids', () => {
  test('D13 a retry keeps the delegation id: in every event of both attempts', async () => {
    const kit = kernelKit();
    const below: Message[] = [];
    const above: Message[] = [];
    kit.kernel
      .spawn(
        player((message, emit) => {
          above.push(message);
          if (message.type === 'go' || (message.type === 'delegation.failed' && above.length < 3))
            emit(effect.delegate('b', { id: 'order-1', type: 'work' }));
        }),
        { id: 'a' },
      )
      .tell({ type: 'go' });
    kit.kernel.spawn(
      player((message, emit) => {
        below.push(message);
        if (message.type === 'task.assigned')
          emit(
            below.length === 1 ? effect.fail('order-1', new Error('try again')) : effect.complete('order-1', 'done'),
          );
      }),
      { id: 'b' },
    );
    await kit.settle();
    expect(below).toMatchObject([
      { id: 'order-1', task: { id: 'order-1' } },
      { id: 'order-1', task: { id: 'order-1' } },
    ]);
    expect(above).toMatchObject([
      { type: 'go' },
      { type: 'delegation.failed', id: 'order-1' },
      { type: 'delegation.done', id: 'order-1' },
    ]);
  });

  test('D13 two open tasks between two actors under one id are refused, the first is untouched', async () => {
    const kit = kernelKit();
    kit.kernel.spawn(idler(), { id: 'a' });
    const delegate = (): unknown =>
      kit.kernel.delegate({ to: 'a', task: { id: 'one', type: 'work' }, within: undefined });
    delegate();
    expect(delegate).toThrow(
      expect.objectContaining({ code: 'INVALID_OPTION', details: expect.objectContaining({ field: 'task.id' }) }),
    );
    expect(kit.kernel.delegations.pending).toBe(1);
  });

  test('the priority and correlation of the origin go along', () => {
    const { kernel } = kernelKit();
    for (const id of ['a', 'b']) kernel.spawn(player(), { id });
    const top = kernel.delegate({
      to: 'a',
      task: { type: 'work' },
      within: undefined,
      priority: Priority.HIGH,
      correlation: 'run-1',
    });
    expect(kernel.delegate({ from: 'a', to: 'b', task: { type: 'work' }, within: top })).toMatchObject({
      priority: Priority.HIGH,
      correlation: 'run-1',
    });
  });
});

describe('fan-out', () => {
  const spread = async (
    policy: 'first error' | 'collect',
  ): Promise<{ readonly told: readonly Message[]; readonly settled: readonly Message[] }> => {
    const kit = kernelKit();
    const told: Message[] = [];
    const settled: Message[] = [];
    const targets = Array.from({ length: 100 }, (_, n) => `w${n}`);
    for (const [n, id] of targets.entries()) {
      kit.kernel.spawn(
        player((message, emit) => {
          told.push(message);
          if (message.type === 'task.assigned') emit(effect.schedule('t', { type: 'finish', id: message.id }, n));
          if (message.type === 'finish')
            emit(
              n === 40 ? effect.fail(message.id as string, new Error('no')) : effect.complete(message.id as string, n),
            );
        }),
        { id },
      );
    }
    kit.kernel.spawn(
      player((message, emit) => {
        if (message.type === 'task.assigned')
          for (const to of targets) emit(effect.delegate(to, { id: to, type: 'work' }));
        if (message.type.startsWith('delegation.')) settled.push(message);
        if (message.type === 'delegation.failed' && policy === 'first error')
          for (const to of targets) emit(effect.cancelDelegation(to, 'one failed'));
      }),
      { id: 'a' },
    );
    submit(kit, 'a');
    await kit.advance(1_000);
    expect(kit.kernel.delegations.pending).toBe(1);
    return { told, settled };
  };

  test('D14 fan-out 100, first error cancels the rest: each of the rest told once', async () => {
    const { told, settled } = await spread('first error');
    expect(ofType(settled, 'delegation.done')).toHaveLength(40);
    expect(ofType(settled, 'delegation.failed')).toHaveLength(60);
    expect(ofType(told, 'task.cancelled')).toHaveLength(59);
  });

  test('D14 fan-out 100, collected: all settle, 99 done and one failed', async () => {
    const { told, settled } = await spread('collect');
    expect(ofType(settled, 'delegation.done')).toHaveLength(99);
    expect(ofType(settled, 'delegation.failed')).toHaveLength(1);
    expect(ofType(told, 'task.cancelled')).toEqual([]);
  });
});
