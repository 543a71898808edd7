// Lives on a simulated disk: who is dead writes nothing, learns nothing and takes nothing from who lives, even when the
// world forgets to take its clock away.

import { expect, test } from 'vitest';
import { Decisions } from '../../src/testing/world/decisions.ts';
import { DiskEnvironment, DiskGround } from '../../src/testing/world/disk-environment.ts';
import { FaultPlanner } from '../../src/testing/world/disk-faults.ts';
import { DiskWorld, fault, pair, scripted } from './disk-kit.ts';

test('the dead write nothing', async () => {
  const world = scripted({});
  const dead = await world.open(false);
  expect(await world.outcome(dead.commit(pair(1)))).toBe('landed');
  let store = await world.crash('kill');
  expect(await world.outcome(dead.commit(pair(2)))).toBe('nothing');
  store = await world.crash('kill');
  expect(store.get('a')).toMatchObject({ version: 1, value: { n: 1 } });
  expect(await world.outcome(store.commit(pair(3)))).toBe('landed');
  expect(store.get('a')).toMatchObject({ version: 2, value: { n: 3 } });
});

test('the dead are not told what became of their writes', async () => {
  const world = scripted({}, fault('disk.latency', 3));
  const dead = await world.open(false);
  const commit = dead.commit(pair(1));
  await world.clock.settle();
  const store = await world.crash('kill');
  expect(await world.outcome(commit)).toBe('nothing');
  expect(store.get('a')?.version).toBe(1);
});

test('the dead read, and decide nothing by it', async () => {
  const world = new DiskWorld({ flipped: 1 }, new Decisions(1));
  const dead = await world.open(false);
  expect(await world.outcome(dead.commit(pair(1)))).toBe('landed');
  world.disk.crash('kill');
  expect(dead.get('a')?.value).toMatchObject({ n: 1 });
  expect(world.disk.injected.size).toBe(0);
});

test('the dead who open their store again take nothing from who lives', async () => {
  const world = scripted({ broken: 9 }, fault('broken'), fault('disk.latency', 3, 2));
  const dead = await world.open(false);
  expect(await world.outcome(dead.commit(pair(1)))).toBe('STORE_UNAVAILABLE');
  const store = await world.crash('kill');
  const commit = store.commit(pair(2));
  await world.clock.settle();
  void dead.reopen();
  await world.clock.settle();
  expect(dead.get('a')).toBeUndefined(); // it is under way, and not landed by somebody's look
  expect(await world.outcome(commit)).toBe('landed');
  expect(store.get('a')).toMatchObject({ version: 1, value: { n: 2 } });
  await store.close();
  expect((await world.open()).get('a')?.version).toBe(1);
});

test('one environment after another: a closed one answers nobody, and what is read in a row is of one moment', async () => {
  const ground = new DiskGround(new FaultPlanner(new Decisions(1, []), {}));
  const life = { clock: { setTimer: (): object => ({}), yieldThen: (fn: () => void): void => fn() }, isOver: false };
  const environment = new DiskEnvironment(ground, life);
  const { journal } = environment;
  await environment.write(() => {
    for (const number of [10, 9, 2]) journal.put(number, Uint8Array.of(number));
  });
  const read: (readonly [number, readonly number[]])[] = [];
  for (const [number, bytes] of journal.entries(3)) {
    read.push([number, [...bytes]]);
    await environment.write(() => {
      journal.remove(10);
      journal.put(11, Uint8Array.of(11));
    });
  }
  expect(read).toEqual([
    [9, [9]],
    [10, [10]],
  ]);
  expect([journal.keys(undefined, false, 9), journal.last()]).toEqual([[2, 9, 11], 11]);
  await environment.close();
  const looks = [() => journal.get(2), () => journal.keys(2, false, 1), () => [...journal.entries()]];
  for (const look of [...looks, () => journal.last(), () => journal.size()]) expect(look).toThrow('closed');
  await expect(environment.write(() => {})).rejects.toThrow('closed');
  await expect(environment.copyTo()).rejects.toThrow('the simulated disk');
});
