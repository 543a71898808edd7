// An actor leaves memory when everything that it has done has landed: also what it has done since it was found idle. Else
// it would come back from a state that is older than the one it had.

import { expect, test } from 'vitest';
import { contextOf, GatedStore, summing } from './gated-store.ts';
import { machine } from './restart-kit.ts';

const leaving = { id: 'a', durable: true, passivateAfter: '1s' } as const;

/** Was found idle while its first turn was on its way to the disk, has done something since, and then the first has landed. */
async function busyAgain() {
  const store = new GatedStore();
  const process = machine(() => store).boot();
  const ref = process.kernel.spawn(summing(), leaving);
  await process.settle();
  store.isOpen = false;
  ref.tell({ type: 'add', n: 1 });
  await process.advance(1_000);
  ref.tell({ type: 'add', n: 2 });
  await process.settle();
  store.let();
  await process.settle();
  expect([contextOf(store, 'a'), store.waiting]).toEqual([1, 1]);
  return { store, process, ref };
}

test('what is on its way when it is needed again is not forgotten', async () => {
  const { store, process, ref } = await busyAgain();
  ref.tell({ type: 'add', n: 4 });
  await process.settle();
  store.open();
  await process.settle();
  expect(ref.snapshot()).toMatchObject({ context: 7 });
  expect(contextOf(store, 'a')).toBe(7);
});

test('what could not be kept is done again', async () => {
  const { store, process } = await busyAgain();
  store.isOpen = true;
  store.let(new Error('disk full'));
  await process.advance(100);
  expect(contextOf(store, 'a')).toBe(3);
});

test('it leaves when all of that has landed and it has been idle for as long again', async () => {
  const { store, process } = await busyAgain();
  store.open();
  await process.advance(999);
  expect(process.kernel.size).toBe(1);
  await process.advance(1);
  expect(process.kernel.size).toBe(0);
});
