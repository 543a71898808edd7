// Topics: whoever subscribed hears every event as a message of its own, in order; who stopped or unsubscribed hears none.

import { expect, test } from 'vitest';
import { limits } from '../../src/base/limits.ts';
import { effect } from '../../src/kernel/effects.ts';
import { kernelKit } from './kernel-kit.ts';
import { listener, type Message, player } from './players.ts';

function subscriber(topic: string): { readonly logic: ReturnType<typeof player>; readonly heard: Message[] } {
  const heard: Message[] = [];
  const logic = player((message, emit) => {
    if (message.type === 'join') emit(effect.subscribe(topic));
    else if (message.type === 'leave') emit(effect.unsubscribe(topic));
    else if (message.type === 'crash') throw new Error('boom');
    else heard.push(message);
  });
  return { logic, heard };
}

test('actors and listeners hear what actors and the outside publish, in order, the publisher too', async () => {
  const { kernel, settle } = kernelKit();
  const one = subscriber('news');
  const two = subscriber('news');
  for (const [id, { logic }] of [
    ['one', one],
    ['two', two],
  ] as const)
    kernel.spawn(logic, { id }).tell({ type: 'join' });
  const outside: unknown[] = [];
  const stop = kernel.listen('news', (event) => outside.push(event));
  await settle();
  kernel
    .spawn(
      player((_message, emit) => {
        emit(effect.publish('news', { type: 'from actor' }));
      }),
      { id: 'p' },
    )
    .tell({ type: 'go' });
  kernel.publish('news', { type: 'from outside' });
  kernel.publish('other', { type: 'not for them' });
  await settle();
  for (const { heard } of [one, two]) expect(heard).toEqual([{ type: 'from outside' }, { type: 'from actor' }]);
  expect(outside).toEqual([{ type: 'from outside' }, { type: 'from actor' }]);
  stop();
  kernel.publish('news', { type: 'later' });
  expect(outside).toHaveLength(2);
});

test('joining twice is joining once; leaving and stopping end it', async () => {
  const { kernel, settle } = kernelKit();
  const { logic, heard } = subscriber('news');
  const ref = kernel.spawn(logic, { id: 'a' });
  ref.tell({ type: 'join' });
  ref.tell({ type: 'join' });
  await settle();
  kernel.publish('news', { type: 'one' });
  await settle();
  expect(heard).toEqual([{ type: 'one' }]);
  ref.tell({ type: 'leave' });
  await settle();
  kernel.publish('news', { type: 'two' });
  ref.tell({ type: 'join' });
  await settle();
  await ref.stop();
  kernel.publish('news', { type: 'three' });
  await settle();
  expect(heard).toEqual([{ type: 'one' }]);
  expect(kernel.deadLetters.count).toBe(0);
});

test('a subscription outlives a restart', async () => {
  const { kernel, advance, settle } = kernelKit();
  const { logic, heard } = subscriber('news');
  const ref = kernel.spawn(logic, { id: 'a' });
  ref.tell({ type: 'join' });
  await settle();
  void ref.ask({ type: 'crash' }).catch(() => {});
  await advance(5_000);
  kernel.publish('news', { type: 'after' });
  await settle();
  expect(heard).toEqual([{ type: 'after' }]);
});

test('E02 one full subscriber and one listener that throws harm nobody else', async () => {
  const { kernel, events, settle } = kernelKit();
  const full = subscriber('news');
  const fine = subscriber('news');
  kernel.spawn(full.logic, { id: 'full', mailbox: { capacity: 1 } }).tell({ type: 'join' });
  kernel.spawn(fine.logic, { id: 'fine' }).tell({ type: 'join' });
  await settle();
  kernel.listen('news', () => {
    throw new Error('listener');
  });
  for (let n = 0; n < 3; n++) kernel.publish('news', { type: 'note', n } as Message);
  await settle();
  expect(fine.heard.map(({ n }) => n)).toEqual([0, 1, 2]);
  expect(full.heard.map(({ n }) => n)).toEqual([0]);
  expect(kernel.deadLetters.counts.get('mailbox full')).toBe(2);
  expect(events.filter(({ type }) => type === 'effect.refused')).toHaveLength(3);
});

test('the number of topics is bounded, and who is in may join again at the bound', () => {
  const { kernel } = kernelKit();
  for (let n = 0; n < limits.topic.topics_count; n++) kernel.listen(`t${n}`, () => {});
  expect(() => kernel.listen('one more', () => {})).toThrow(expect.objectContaining({ code: 'QUEUE_FULL' }));
  expect(() => kernel.listen('t0', () => {})).not.toThrow();
});

test('M14 a published event is frozen in development, and the same for all', async () => {
  const { kernel, settle } = kernelKit();
  const { logic, heard } = listener();
  kernel
    .spawn(
      player((message, emit) => {
        if (message.type === 'join') emit(effect.subscribe('news'));
        else heard.push(message);
      }),
      { id: 'a' },
    )
    .tell({ type: 'join' });
  kernel.spawn(logic, { id: 'b' });
  await settle();
  const event = { type: 'note', list: [1] };
  kernel.publish('news', event);
  await settle();
  expect(heard[0]).toBe(event);
  expect(() => {
    event.list.push(2);
  }).toThrow(TypeError);
});
