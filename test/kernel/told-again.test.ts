// An actor that sends to the same one again and again, or the same type, has both at hand. What it has at hand is right
// only as long as nothing has changed.

import { expect, test } from 'vitest';
import { effect, type Recipient } from '../../src/kernel/effects.ts';
import { kernelKit, type KernelKit } from './kernel-kit.ts';
import { listener, type Message, player } from './players.ts';

/** An actor that sends what it is told to send to whom it is told to. */
function messenger({ kernel, settle }: KernelKit) {
  const ref = kernel.spawn(
    player(({ to, event }, emit) => {
      emit(effect.tell(to as Recipient, event as Message));
    }),
    { id: 'messenger' },
  );
  return async (to: Recipient, event: Message): Promise<void> => {
    ref.tell({ type: 'send', to, event });
    await settle();
  };
}

test('a name goes to whoever has it now; a ref stays with the one it was of', async () => {
  const kit = kernelKit();
  const { kernel, settle } = kit;
  const send = messenger(kit);
  const [first, second] = [listener(), listener()];
  const ref = kernel.spawn(first.logic, { id: 'ear' });
  for (const to of ['ear', ref, 'ear', 'ear'] as const) await send(to, { type: 'one' });
  void ref.stop();
  await settle();
  await send('ear', { type: 'nobody' });
  kernel.spawn(second.logic, { id: 'ear' });
  for (const to of [ref, 'ear', 'ear', ref] as const) await send(to, { type: 'two' });
  expect([first.types(), second.types()]).toEqual([
    ['one', 'one', 'one', 'one'],
    ['two', 'two'],
  ]);
  const reasons = kernel.deadLetters.list().map(({ event, reason }) => [event.type, reason]);
  expect(reasons).toEqual([
    ['nobody', 'no such actor'],
    ['two', 'actor stopped'],
    ['two', 'actor stopped'],
  ]);
});

test('a name that is relative to the sender, and an object that says another address the next time', async () => {
  const kit = kernelKit();
  const send = messenger(kit);
  const [left, right] = [listener(), listener()];
  kit.kernel.spawn(left.logic, { id: 'left' });
  kit.kernel.spawn(right.logic, { id: 'right' });
  let address = 'left';
  const named = {
    get address() {
      return address;
    },
  };
  await send(named, { type: 'to the left' });
  address = 'right';
  await send(named, { type: 'to the right' });
  for (const to of ['../left', '../left', '../right']) await send(to, { type: `to ${to}` });
  expect([left.types(), right.types()]).toEqual([
    ['to the left', 'to ../left', 'to ../left'],
    ['to the right', 'to ../right'],
  ]);
});

test('an actor that waits for its restart still gets what it is told', async () => {
  const kit = kernelKit();
  const { kernel, settle, advance } = kit;
  const send = messenger(kit);
  const heard: string[] = [];
  kernel.spawn(
    player(({ type }) => {
      if (type === 'crash') throw new Error('on purpose');
      heard.push(type);
    }),
    { id: 'ear' },
  );
  for (const type of ['before', 'crash', 'meanwhile']) await send('ear', { type });
  await advance(60_000);
  await settle();
  await send('ear', { type: 'after' });
  expect(heard).toEqual(['before', 'meanwhile', 'after']);
});

test('a type that only the runtime may send is refused after others that passed, and each time', async () => {
  const kit = kernelKit();
  const send = messenger(kit);
  const ear = listener();
  kit.kernel.spawn(ear.logic, { id: 'ear' });
  for (const type of ['note', 'task.assigned', 'task.assigned', 'note', 'xstate.stop', 'note'])
    await send('ear', { type });
  await send('ear', { type: undefined } as unknown as Message);
  expect(ear.types()).toEqual(['note', 'note', 'note']);
  expect(kit.seen('effect.refused')).toEqual(['messenger', 'messenger', 'messenger', 'messenger']);
});
