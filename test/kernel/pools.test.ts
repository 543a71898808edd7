// Pools: several equal actors behind one address. Messages and tasks go to the least busy one; a chain sees one identity.

import { expect, test } from 'vitest';
import { effect } from '../../src/kernel/effects.ts';
import { kernelKit } from './kernel-kit.ts';
import { player } from './players.ts';

test('a message to the pool goes to one instance, in turn while all are idle', async () => {
  const { kernel, settle } = kernelKit();
  kernel.spawn(player(), { id: 'pool', instances: 3 });
  expect([...kernel.actors()].map(({ address }) => address)).toEqual(['pool:0', 'pool:1', 'pool:2']);
  kernel.spawn(
    player((message, emit) => {
      emit(effect.tell('pool', message));
    }),
    { id: 'sender' },
  );
  for (let n = 0; n < 9; n++) {
    kernel.lookup('sender')?.tell({ type: 'note', n });
    // oxlint-disable-next-line no-await-in-loop -- each finds all instances idle
    await settle();
  }
  const handled = [0, 1, 2].map((n) => kernel.lookup(`pool:${n}`)?.snapshot());
  expect(handled).toMatchObject([{ context: 3 }, { context: 3 }, { context: 3 }]);
});

test('the least busy instance gets the next message', () => {
  const { kernel } = kernelKit();
  kernel.spawn(player(), { id: 'pool', instances: 3 });
  for (const [id, count] of [
    ['pool:0', 4],
    ['pool:1', 1],
    ['pool:2', 2],
  ] as const) {
    for (let n = 0; n < count; n++) kernel.lookup(id)?.tell({ type: 'note' });
  }
  for (let n = 0; n < 5; n++) kernel.lookup('pool')?.tell({ type: 'note' });
  expect([...kernel.actors()].map(({ waiting }) => waiting)).toEqual([4, 4, 4]);
});

test('an instance is addressed by its own name, and is a dead letter once it is gone while the pool lives on', async () => {
  const { kernel, settle } = kernelKit();
  kernel.spawn(player(), { id: 'pool', instances: 2 });
  const first = kernel.lookup('pool:0');
  await first?.stop();
  expect(kernel.lookup('pool:0')).toBeUndefined();
  expect(kernel.lookup('pool')?.address).toBe('pool:1');
  await kernel.lookup('pool')?.stop();
  await settle();
  expect(kernel.lookup('pool')).toBeUndefined();
});

test('D07 D14 tasks delegated to a pool spread over it and all come back', async () => {
  const { kernel, settle } = kernelKit();
  kernel.spawn(
    player((message, emit) => {
      if (message.type === 'task.assigned') emit(effect.complete(message.id as string, 'done'));
    }),
    { id: 'pool', instances: 4 },
  );
  const outcomes: unknown[] = [];
  for (let n = 0; n < 12; n++) {
    kernel.delegate({
      to: 'pool',
      task: { type: 'work' },
      within: undefined,
      onSettled: (outcome) => outcomes.push(outcome),
    });
  }
  expect([...kernel.actors()].map(({ waiting }) => waiting)).toEqual([3, 3, 3, 3]);
  await settle();
  expect(outcomes).toEqual(Array.from({ length: 12 }, () => ({ ok: true, output: 'done' })));
  expect(kernel.delegations.pending).toBe(0);
});

test('D12 an instance that dies fails its own tasks only', async () => {
  const { kernel, advance } = kernelKit();
  kernel.spawn(
    player((message) => {
      if (message.type === 'crash') throw new Error('boom');
    }),
    { id: 'pool', instances: 2, child: 'temporary' },
  );
  const outcomes: [number, string][] = [];
  for (let n = 0; n < 4; n++) {
    kernel.delegate({
      to: 'pool',
      task: { type: 'work', id: `t${n}` },
      within: undefined,
      onSettled: (outcome) => outcomes.push([n, outcome.ok ? 'ok' : outcome.error.code]),
    });
  }
  await advance(1);
  kernel.lookup('pool:0')?.tell({ type: 'crash' });
  await advance(1);
  expect(outcomes).toHaveLength(2);
  expect(outcomes.map(([, code]) => code)).toEqual(['TASK_FAILED', 'TASK_FAILED']);
  expect(kernel.delegations.pending).toBe(2);
});
