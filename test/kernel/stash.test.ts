// Putting messages aside until the actor is ready for them: order kept, bounded, nothing lost at a crash or a stop.

import { expect, test } from 'vitest';
import { limits } from '../../src/base/limits.ts';
import { effect } from '../../src/kernel/effects.ts';
import { kernelKit } from './kernel-kit.ts';
import { type Message, player } from './players.ts';

/** Puts everything aside until `open`; writes down what it handles then. */
function gate(): { readonly logic: ReturnType<typeof player>; readonly handled: Message[] } {
  const handled: Message[] = [];
  let isOpen = false;
  const logic = player((message, emit) => {
    if (message.type === 'open') {
      isOpen = true;
      emit(effect.unstash());
    } else if (message.type === 'crash') {
      throw new Error('boom');
    } else if (isOpen) {
      handled.push(message);
    } else {
      emit(effect.stash());
    }
  });
  return { logic, handled };
}

test('unstash brings everything back in order, before what waits', async () => {
  const { kernel, settle } = kernelKit();
  const { logic, handled } = gate();
  const ref = kernel.spawn(logic, { id: 'a' });
  for (let n = 1; n <= 3; n++) ref.tell({ type: 'note', n });
  ref.tell({ type: 'open' });
  for (let n = 4; n <= 6; n++) ref.tell({ type: 'note', n });
  await settle();
  expect(handled.map(({ n }) => n)).toEqual([1, 2, 3, 4, 5, 6]);
});

test('the stash is bounded: one more than it holds is a dead letter', async () => {
  const { kernel, settle } = kernelKit();
  const { logic, handled } = gate();
  const ref = kernel.spawn(logic, { id: 'a' });
  for (let n = 0; n <= limits.stash.capacity_messages; n++) ref.tell({ type: 'note', n });
  await settle();
  expect(kernel.deadLetters.list()).toMatchObject([
    { to: 'a', event: { n: limits.stash.capacity_messages }, reason: 'stash full' },
  ]);
  ref.tell({ type: 'open' });
  await settle();
  expect(handled).toHaveLength(limits.stash.capacity_messages);
});

test('S43 what was put aside survives a crash, in order', async () => {
  const { kernel, advance } = kernelKit();
  const { logic, handled } = gate();
  const ref = kernel.spawn(logic, { id: 'a' });
  for (let n = 1; n <= 3; n++) ref.tell({ type: 'note', n });
  ref.tell({ type: 'crash' });
  await advance(30_000);
  expect(handled).toEqual([]);
  ref.tell({ type: 'open' });
  await advance(1);
  expect(handled.map(({ n }) => n)).toEqual([1, 2, 3]);
});

test('M03 what was put aside by an actor that stops becomes dead letters', async () => {
  const { kernel, settle } = kernelKit();
  const ref = kernel.spawn(gate().logic, { id: 'a' });
  ref.tell({ type: 'note', n: 1 });
  await settle();
  void ref.stop();
  await settle();
  expect(kernel.deadLetters.list()).toMatchObject([{ event: { n: 1 }, reason: 'actor stopped' }]);
});

test('putting one message aside twice, or aside and back, does not double it for ever', async () => {
  const { kernel, settle } = kernelKit();
  const handled: unknown[] = [];
  let times = 0;
  const ref = kernel.spawn(
    player((message, emit) => {
      if (message.type === 'open') emit(effect.unstash());
      else if (times++ === 0) for (let n = 0; n < 3; n++) emit(effect.stash());
      else handled.push(message.n);
    }),
    { id: 'a' },
  );
  ref.tell({ type: 'note', n: 1 });
  ref.tell({ type: 'open' });
  ref.tell({ type: 'note', n: 2 });
  await settle();
  expect(handled).toEqual([1, 2]);
});

test('D07 a task that was put aside is not failed by the crash of another message, and is done later', async () => {
  const { kernel, advance } = kernelKit();
  let ready = false;
  kernel.spawn(
    player((message, emit) => {
      if (message.type === 'crash') {
        ready = true;
        throw new Error('boom');
      }
      emit(ready ? effect.complete(message.id as string, 'done') : effect.stash());
    }),
    { id: 'a' },
  );
  const outcomes: unknown[] = [];
  kernel.delegate({
    to: 'a',
    task: { type: 'work' },
    within: undefined,
    onSettled: (outcome) => outcomes.push(outcome),
  });
  kernel.lookup('a')?.tell({ type: 'crash' });
  await advance(5_000);
  expect(outcomes).toEqual([{ ok: true, output: 'done' }]);
  expect(kernel.delegations.late).toBe(0);
});

test('a message that is put aside, brought back and put aside in one turn is there once', async () => {
  const { kernel, settle } = kernelKit();
  let handled = 0;
  const ref = kernel.spawn(
    player((message, emit) => {
      if (message.type === 'back') emit(effect.unstash());
      else if (handled++ === 0) for (const each of [effect.stash(), effect.unstash(), effect.stash()]) emit(each);
    }),
    { id: 'a' },
  );
  ref.tell({ type: 'twice' });
  ref.tell({ type: 'back' });
  await settle();
  expect(handled).toBe(2);
});
