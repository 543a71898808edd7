// A reply that waits for its commit may be carried out when its actor has no incarnation any more. It is delivered all
// the same; but to whom an actor sent last is remembered for the next time only, and there is none.

import { expect, test } from 'vitest';
import { effect } from '../../src/kernel/effects.ts';
import type { Cell } from '../../src/kernel/cell.ts';
import type { KernelParts } from '../../src/kernel/parts.ts';
import { durableKit } from './gated-store.ts';
import { type Message, player } from './players.ts';
import { child, freely, supervisor } from './supervision-kit.ts';

/** A durable actor below a supervisor that has a reply to `asker` waiting for its commit. */
async function waiting() {
  let parts: KernelParts | undefined;
  const kit = durableKit({
    restart: freely,
    onAssembled: (assembled) => {
      parts = assembled;
    },
  });
  const { kernel, store, settle } = kit;
  const heard: Message[] = [];
  const desk = child('desk', {
    durable: true,
    logic: player(({ type }, emit) => {
      if (type === 'question') emit(effect.reply({ type: 'answer' }));
    }),
  });
  const started = kernel.start([supervisor('sup', [desk])], () => {});
  await settle();
  await started;
  const asker = kernel.spawn(
    player((message, emit) => {
      if (message.type === 'ask') emit(effect.tell('sup/desk', { type: 'question' }));
      else heard.push(message);
    }),
    { id: 'asker' },
  );
  const cellOf = (address: string): Cell => parts?.registry.living(address) as Cell;
  const cells = { desk: cellOf('sup/desk'), asker: cellOf('asker') };
  store.isOpen = false;
  asker.tell({ type: 'ask' });
  await settle();
  expect([heard, store.waiting]).toEqual([[], 1]);
  return { ...kit, heard, cells };
}

test('an actor that has replied and runs on remembers to whom', async () => {
  const { store, settle, heard, cells } = await waiting();
  store.open();
  await settle();
  expect(heard).toEqual([{ type: 'answer' }]);
  expect(cells.desk.told?.address).toBe('asker');
});

test('an actor that has ended before its reply went out keeps nobody', async () => {
  const { kernel, store, settle, heard, cells } = await waiting();
  void kernel.lookup('sup/desk')?.stop();
  await settle();
  expect([cells.desk.state, heard]).toEqual(['stopped', []]);
  store.open();
  await settle();
  expect(heard).toEqual([{ type: 'answer' }]);
  expect(cells.desk.told?.address).toBeUndefined();
});

test('nor does one that was down when its reply went out, and ends without having been up again', async () => {
  const { kernel, store, settle, heard, cells } = await waiting();
  kernel.lookup('sup')?.tell({ type: 'crash' });
  await settle();
  expect([cells.desk.state, cells.desk.isAlive]).toEqual(['suspended', false]);
  store.open();
  await settle();
  expect([cells.desk.state, heard]).toEqual(['suspended', [{ type: 'answer' }]]);
  void kernel.lookup('sup')?.stop();
  await settle();
  expect(cells.desk.state).toBe('stopped');
  expect(cells.desk.told?.address).toBeUndefined();
});
