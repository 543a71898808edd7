// The store with faults: without any it is a store like the others; with them it fails as the port says stores do.

import { expect, test } from 'vitest';
import { systemClock } from '../../src/base/clock.ts';
import { VirtualClock } from '../../src/base/virtual-clock.ts';
import { type CommitFault, faultyStore } from '../../src/store/faulty.ts';
import { memoryStore } from '../../src/store/memory.ts';
import type { Damage } from '../../src/store/port.ts';
import { rejection } from '../kernel/players.ts';
import { storeConformance } from './conformance.ts';
import { movableClock } from './folders.ts';

storeConformance('a store with faults that has none', () => {
  const clock = movableClock();
  return {
    store: faultyStore(memoryStore(clock), {}, systemClock),
    setWall: (wallMs) => {
      clock.setWall(wallMs);
    },
  };
});

const faults = (...entries: [number, CommitFault][]): ReadonlyMap<number, CommitFault> => new Map(entries);

test.each([
  ['ENOSPC', 'STORE_FULL'],
  ['EIO', 'STORE_UNAVAILABLE'],
  ['EMFILE', 'STORE_UNAVAILABLE'],
] as const)('%s fails the commit with %s and all after it, until a reopen', async (code, expected) => {
  const inner = memoryStore();
  const store = faultyStore(inner, { commits: faults([2, { type: 'error', code }]) }, systemClock);
  const [first, second, third] = [1, 2, 3].map((value) => store.commit([{ key: 'a', value }]));
  await first;
  expect(await rejection(second as Promise<void>)).toMatchObject({ code: expected });
  expect(await rejection(third as Promise<void>)).toMatchObject({ code: expected });
  expect(store.get('a')?.value).toBe(1);
  await store.reopen();
  await store.commit([{ key: 'a', value: 4 }]);
  expect(inner.get('a')).toMatchObject({ value: 4, version: 2 });
});

test('a commit that fails may have landed', async () => {
  const plan = { commits: faults([1, { type: 'error', code: 'EIO', lands: true }]), reopens: new Set([1]) };
  const store = faultyStore(memoryStore(), plan, systemClock);
  expect(await rejection(store.commit([{ key: 'a', value: 1 }]))).toMatchObject({ code: 'STORE_UNAVAILABLE' });
  expect(store.get('a')).toBeUndefined();
  expect(await rejection(store.reopen())).toMatchObject({ code: 'STORE_UNAVAILABLE' });
  await store.reopen();
  expect(store.get('a')?.value).toBe(1);
});

test('a slow commit holds back the answers to those after it', async () => {
  const clock = new VirtualClock();
  const store = faultyStore(memoryStore(clock), { commits: faults([1, { type: 'delay', delay_ms: 50 }]) }, clock);
  const done: number[] = [];
  const all = [1, 2].map(async (value) => {
    await store.commit([{ key: 'a', value }]);
    done.push(value);
  });
  await new Promise((resolve) => {
    setImmediate(resolve);
  });
  expect(done).toEqual([]);
  await clock.advance(50);
  await Promise.all(all);
  expect(done).toEqual([1, 2]);
});

test.each([true, false])('after a crash nothing is answered; what the next process finds: landed %s', async (lands) => {
  const inner = memoryStore();
  const store = faultyStore(inner, { commits: faults([2, { type: 'crash', lands }]) }, systemClock);
  await store.commit([{ key: 'a', value: 1 }]);
  const silent = [2, 3].map((value) => store.commit([{ key: 'a', value }]));
  const answer = await Promise.race([...silent, Promise.resolve('nothing')]);
  expect(answer).toBe('nothing');
  expect(store.isCrashed).toBe(true);
  expect(() => store.get('a')).toThrow('crashed');
  await store.close();
  expect(inner.get('a')?.value).toBe(lands ? 2 : 1);
});

test('a damaged read serves the version before, and says so', async () => {
  const damage: Damage[] = [];
  const plan = { damagedReads: new Set([2]), onDamage: (found: Damage) => void damage.push(found) };
  const store = faultyStore(memoryStore(), plan, systemClock);
  for (const value of [1, 2]) {
    await store.commit([{ key: 'a', value, keep: 2 }]);
  }
  expect([1, 2, 3].map(() => store.get('a')?.value)).toEqual([2, 1, 2]);
  expect(damage).toMatchObject([{ key: 'a', version: 2, served: 1 }]);
});
