// P14 at the lock itself: one owner, a dead one's lock is free at once and whatever its number has become, one that
// lives out of sight is believed as long as it gives signs of life.

import { readdirSync, readFileSync, utimesSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { expect, test } from 'vitest';
import { limits } from '../../src/base/limits.ts';
import { type LockOwner, presenceOf, thisProcess } from '../../src/store/opening/lock-owner.ts';
import { lockHolder, takeLock } from '../../src/store/opening/lock.ts';
import { folder, inProcess } from './store-kit.ts';

const now = Date.now();

function writeLock(path: string, number: number, owner: object): string {
  const file = join(path, `troupe-${number}.lock`);
  writeFileSync(file, JSON.stringify(owner));
  return file;
}

test('P14 a lock has one owner, is free again, and its number only grows', async () => {
  const path = await folder();
  const first = await takeLock(path);
  await expect(takeLock(path)).rejects.toMatchObject({ code: 'STORE_LOCKED', details: { pid: process.pid } });
  expect(await lockHolder(path, now)).toEqual({ pid: process.pid });
  await first.release();
  expect(await lockHolder(path, now)).toBeUndefined();
  const second = await takeLock(path);
  expect(second.takenFrom).toBeUndefined();
  expect(readdirSync(path)).toEqual(['troupe-2.lock']);
  expect(await first.beat()).toBe(false);
});

test('P14 of 40 takers at once one has the lock', async () => {
  const path = await folder();
  const taken = await Promise.allSettled(Array.from({ length: 40 }, () => takeLock(path)));
  expect(taken.filter(({ status }) => status === 'fulfilled')).toHaveLength(1);
  const refusals = taken.flatMap((each) =>
    each.status === 'rejected' ? [(each.reason as { code: string }).code] : [],
  );
  expect(new Set(refusals)).toEqual(new Set(['STORE_LOCKED']));
});

test('P14 of 40 takers of a dead lock at once one has it, however often', { timeout: 60_000 }, async () => {
  const path = await folder();
  const dead = { ...(await thisProcess()), began: '1' };
  for (let round = 1; round <= 20; round++) {
    const last = Math.max(0, ...readdirSync(path).map((name) => Number(/\d+/.exec(name)?.[0])));
    writeLock(path, last + 1, dead);
    const taken = await Promise.allSettled(Array.from({ length: 40 }, () => takeLock(path)));
    const won = taken.flatMap((each) => (each.status === 'fulfilled' ? [each.value] : []));
    expect(won).toHaveLength(1);
    expect(won[0]?.takenFrom).toBe(process.pid);
  }
});

test('P14 the lock of a process that was killed is taken over at once', { timeout: 60_000 }, async () => {
  const path = await folder();
  const child = inProcess(
    `const { takeLock } = await source('src/store/opening/lock.ts'); await takeLock(args[0]); say('held'); await forever();`,
    [path],
  );
  expect(await child.line()).toBe('held');
  const { pid } = child.process;
  await expect(takeLock(path)).rejects.toMatchObject({ code: 'STORE_LOCKED', details: { pid } });
  await child.kill();
  expect((await takeLock(path)).takenFrom).toBe(pid);
});

test.skipIf(process.platform !== 'linux')(
  'P14 a process that has the number of a dead owner is not the owner (only Linux says when a process began)',
  async () => {
    const self = await thisProcess();
    expect(self.began).toMatch(/^\d+$/);
    expect(self.space).toMatch(/^pid:/);
    const path = await folder();
    writeLock(path, 7, { ...self, began: String(Number(self.began) - 1) });
    expect((await takeLock(path)).takenFrom).toBe(process.pid);
    expect(readdirSync(path)).toEqual(['troupe-8.lock']);
  },
);

test('P14 after a restart of the machine a lock is free, whatever its number has become', async () => {
  const self: LockOwner = { ...(await thisProcess()), boot: 'now' };
  expect(await presenceOf({ ...self, boot: 'before' }, self, 0)).toBe('dead');
  expect(await presenceOf({ ...self, host: 'elsewhere', boot: 'before' }, self, 0)).toBe('unknown');
  expect(await presenceOf({ ...self, space: 'pid:[1]' }, self, 0)).toBe('unknown');
});

test('P14 an owner in another container is believed while it gives signs of life', async () => {
  const path = await folder();
  const file = writeLock(path, 1, { ...(await thisProcess()), host: 'another-container', pid: 1 });
  await expect(takeLock(path)).rejects.toMatchObject({ code: 'STORE_LOCKED', details: { pid: 1 } });
  const past = Date.now() / 1_000 - limits.store.lockSign_ms / 1_000 - 1;
  utimesSync(file, past, past);
  const lock = await takeLock(path);
  utimesSync(join(path, 'troupe-2.lock'), past, past);
  expect(await lock.beat()).toBe(true);
  expect(await lockHolder(path, Date.now())).toEqual({ pid: process.pid });
});

test('P14 a lock that says nothing is believed for a while too', async () => {
  const path = await folder();
  const file = writeLock(path, 1, []);
  await expect(takeLock(path)).rejects.toMatchObject({ code: 'STORE_LOCKED', details: { pid: undefined } });
  utimesSync(file, 0, 0);
  await takeLock(path);
});

test('a lock that is given back is as long as one that is held', async () => {
  const path = await folder();
  const lock = await takeLock(path);
  const held = readFileSync(join(path, 'troupe-1.lock'), 'utf8');
  await lock.release();
  const free = readFileSync(join(path, 'troupe-1.lock'), 'utf8');
  expect(free).toHaveLength(held.length);
  expect(JSON.parse(free)).toEqual({ ...JSON.parse(held), free: true });
});
