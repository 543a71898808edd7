// Two kernels in one process share nothing: not addresses, refs, topics, time, ids, nor crashes.

import { createMachine, fromCallback, setup } from 'xstate';
import { expect, test } from 'vitest';
import { effect } from '../../src/kernel/effects.ts';
import { kernelKit } from './kernel-kit.ts';
import { listener, player, rejection } from './players.ts';

test('the same addresses, topics and logic in both; neither hears of the other', async () => {
  const one = kernelKit();
  const two = kernelKit();
  const heard = [listener(), listener()] as const;
  one.kernel.spawn(heard[0].logic, { id: 'a' }).tell({ type: 'for one' });
  two.kernel.spawn(heard[1].logic, { id: 'a' }).tell({ type: 'for two' });
  const news: unknown[] = [];
  two.kernel.listen('news', (event) => news.push(event));
  one.kernel.publish('news', { type: 'note' });
  await one.settle();
  expect(heard[0].types()).toEqual(['for one']);
  expect(heard[1].types()).toEqual([]);
  await two.settle();
  expect(heard[1].types()).toEqual(['for two']);
  expect(news).toEqual([]);
});

test('a ref of one kernel is nobody in the other, whoever lives at its address there', async () => {
  const one = kernelKit();
  const two = kernelKit();
  const { logic, heard } = listener();
  const foreign = one.kernel.spawn(player(), { id: 'a' });
  two.kernel.spawn(logic, { id: 'a' });
  two.kernel
    .spawn(
      player((_message, emit) => {
        emit(effect.tell(foreign, { type: 'lost' }));
        emit(effect.tell({ address: 'a' }, { type: 'by address' }));
      }),
      { id: 'b' },
    )
    .tell({ type: 'go' });
  await two.settle();
  expect(heard).toEqual([{ type: 'by address' }]);
  expect(two.kernel.deadLetters.list()).toMatchObject([{ event: { type: 'lost' }, reason: 'no such actor' }]);
  expect(one.kernel.deadLetters.count).toBe(0);
});

test('a crash and a fatal end in one do not reach the other, not even with one logic object in both', async () => {
  const one = kernelKit({ restart: { maxRestarts: 0 } });
  const two = kernelKit();
  const logic = player((message) => {
    if (message.type === 'crash') throw new Error('boom');
  });
  let fatal: unknown;
  const started = one.kernel.start([{ id: 'a', logic }], (error) => {
    fatal = error;
  });
  await one.settle();
  await started;
  const survivor = two.kernel.spawn(logic, { id: 'a' });
  one.kernel.lookup('a')?.tell({ type: 'crash' });
  await one.advance(1_000);
  expect(fatal).toMatchObject({ code: 'RESTART_LIMIT' });
  expect(one.kernel.size).toBe(0);
  survivor.tell({ type: 'fine' });
  await two.advance(1_000);
  expect(two.kernel.size).toBe(1);
  expect(two.events.map(({ type }) => type)).toEqual(['actor.started']);
  const asked = rejection(survivor.ask({ type: 'crash' }));
  await two.advance(5_000);
  expect(await asked).toMatchObject({ message: 'boom' });
});

test('time and ids are each their own: the same seed gives the same ids in both', async () => {
  const [one, two] = [kernelKit({ seed: 7 }), kernelKit({ seed: 7 })];
  const ids = [one, two].map(({ kernel }) => {
    kernel.spawn(player(), { id: 'a' });
    return kernel.delegate({ to: 'a', task: { type: 'work' }, within: undefined, timeoutMs: 50 }).id;
  });
  expect(ids[0]).toBe(ids[1]);
  await one.advance(100);
  expect(one.kernel.delegations.pending).toBe(0);
  expect(two.kernel.delegations.pending).toBe(1);
});

test('two actors of one kernel may invoke children under the same systemId, also after a restart', async () => {
  const { kernel, advance, seen } = kernelKit();
  let running = 0;
  const machine = setup({
    actors: {
      clock: fromCallback(() => {
        running += 1;
        return () => {
          running -= 1;
        };
      }),
    },
  }).createMachine({
    invoke: { src: 'clock', systemId: 'the clock' },
    on: {
      crash: {
        actions: () => {
          throw new Error('boom');
        },
      },
    },
  });
  for (let n = 0; n < 3; n++) kernel.spawn(machine, { id: `m${n}` });
  expect(running).toBe(3);
  kernel.lookup('m1')?.tell({ type: 'crash' });
  await advance(60_000);
  expect(seen('actor.crashed')).toEqual(['m1', 'm1', 'm1']);
  expect(running).toBe(3);
  await kernel.stop();
  expect(running).toBe(0);
});

test('a machine object that serves in two kernels keeps its own counts in each', async () => {
  const machine = createMachine({ context: {}, on: { note: {} } });
  const one = kernelKit();
  const two = kernelKit();
  const refs = [one, two].map(({ kernel }) => kernel.spawn(machine, { id: 'm' }));
  await refs[0]?.stop();
  expect(refs[0]?.snapshot()).toBeUndefined();
  expect(refs[1]?.tell({ type: 'note' })).toBe(true);
  await two.settle();
  expect(two.kernel.deadLetters.count).toBe(0);
});
