// What can't be delivered: kept with a reason, counted, reported at most once a second; never a throw in the sender.

import { expect, test } from 'vitest';
import { limits } from '../../src/base/limits.ts';
import { effect } from '../../src/kernel/effects.ts';
import { kernelKit } from './kernel-kit.ts';
import { listener, type Message, player } from './players.ts';

test('M03 a tell to a stopped actor: one dead letter with a reason, false, no throw', async () => {
  const { kernel, events } = kernelKit();
  const ref = kernel.spawn(player(), { id: 'a' });
  await ref.stop();
  expect(ref.tell({ type: 'hello' })).toBe(false);
  expect(kernel.deadLetters.list()).toMatchObject([
    { to: 'a', from: undefined, event: { type: 'hello' }, reason: 'actor stopped' },
  ]);
  expect(events.filter(({ type }) => type === 'message.dead')).toMatchObject([
    { address: 'a', messageType: 'hello', suppressed: 0 },
  ]);
});

test('M03 an actor that tells an unknown address and a stopped ref goes on undisturbed', async () => {
  const { kernel, settle } = kernelKit();
  const gone = kernel.spawn(player(), { id: 'gone' });
  await gone.stop();
  const { logic, heard } = listener();
  kernel.spawn(logic, { id: 'after' });
  kernel
    .spawn(
      player((_message, emit) => {
        emit(effect.tell('nobody/here', { type: 'one' }));
        emit(effect.tell(gone, { type: 'two' }));
        emit(effect.tell('../../..', { type: 'three' }));
        emit(effect.tell('after', { type: 'four' }));
      }),
      { id: 'a' },
    )
    .tell({ type: 'go' });
  await settle();
  expect(heard).toEqual([{ type: 'four' }]);
  expect(kernel.deadLetters.list()).toMatchObject([
    { to: 'nobody/here', from: 'a', event: { type: 'one' }, reason: 'no such actor' },
    { to: 'gone', from: 'a', event: { type: 'two' }, reason: 'actor stopped' },
    { from: 'a', event: { type: 'three' }, reason: 'no such actor' },
  ]);
  expect(kernel.lookup('a')).toBeDefined();
});

test('M03 what waits in the mailbox of an actor that is stopped becomes dead letters, in order', async () => {
  const { kernel, settle } = kernelKit();
  const ref = kernel.spawn(player(), { id: 'a' });
  for (let n = 0; n < 3; n++) ref.tell({ type: 'note', n });
  void ref.stop();
  await settle();
  expect(kernel.deadLetters.list().map(({ event }) => (event as Message).n)).toEqual([0, 1, 2]);
  expect(kernel.deadLetters.counts.get('actor stopped')).toBe(3);
});

test('M03 a ref does not follow its address to another actor that takes it later', async () => {
  const { kernel, settle } = kernelKit();
  const old = kernel.spawn(player(), { id: 'a' });
  await old.stop();
  const { logic, heard } = listener();
  kernel.spawn(logic, { id: 'a' });
  expect(old.tell({ type: 'hello' })).toBe(false);
  await settle();
  expect(heard).toEqual([]);
});

test('M04 the store is bounded; all are counted by reason; the newest are kept', async () => {
  const { kernel } = kernelKit({ development: false });
  const ref = kernel.spawn(player(), { id: 'a' });
  await ref.stop();
  for (let n = 0; n < 2_500; n++) ref.tell({ type: 'note', n });
  expect(kernel.deadLetters.count).toBe(2_500);
  expect(kernel.deadLetters.counts.get('actor stopped')).toBe(2_500);
  const kept = kernel.deadLetters.list();
  expect(kept).toHaveLength(limits.deadLetters.kept_count);
  expect(kept[0]?.event).toMatchObject({ n: 1_500 });
  expect(kept.at(-1)?.event).toMatchObject({ n: 2_499 });
});

test('M04 a storm is reported at most once a second, with the number that was left out', async () => {
  const { kernel, events, advance } = kernelKit();
  const ref = kernel.spawn(player(), { id: 'a' });
  await ref.stop();
  for (let tenth = 0; tenth < 30; tenth++) {
    for (let n = 0; n < 10; n++) ref.tell({ type: 'note', n });
    // oxlint-disable-next-line no-await-in-loop -- a storm of three seconds
    await advance(100);
  }
  await advance(1_000);
  ref.tell({ type: 'last' });
  const reports = events.filter((event) => event.type === 'message.dead');
  expect(reports.map(({ at }) => at - (reports[0]?.at ?? 0))).toEqual([0, 1_000, 2_000, 4_000]);
  expect(reports.map(({ suppressed }) => suppressed)).toEqual([0, 99, 99, 99]);
  expect(reports.length + reports.reduce((sum, { suppressed }) => sum + suppressed, 0)).toBe(kernel.deadLetters.count);
});

test('S43 a message that crashes its actor three times is a dead letter with the error; those behind it are handled in order', async () => {
  const { kernel, advance } = kernelKit();
  const handled: unknown[] = [];
  let tries = 0;
  const ref = kernel.spawn(
    player((message) => {
      if (message.type === 'poison') {
        tries += 1;
        throw new Error('boom');
      }
      handled.push(message.n);
    }),
    { id: 'a' },
  );
  ref.tell({ type: 'note', n: 1 });
  ref.tell({ type: 'poison' });
  ref.tell({ type: 'note', n: 2 });
  ref.tell({ type: 'note', n: 3 });
  await advance(5_000);
  expect(tries).toBe(3);
  expect(handled).toEqual([1, 2, 3]);
  expect(kernel.deadLetters.list()).toMatchObject([
    { event: { type: 'poison' }, reason: 'crashed its actor too often', error: { message: 'boom' } },
  ]);
});
