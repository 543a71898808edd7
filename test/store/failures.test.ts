// A disk that refuses: what was acknowledged stays, what comes after a failure fails too, reads go on, and a reopen
// really closes and opens what can't be trusted any more. Reads meanwhile: see reopen.test.ts.

import { execFileSync } from 'node:child_process';
import { writeFileSync } from 'node:fs';
import { rm } from 'node:fs/promises';
import { join } from 'node:path';
import { expect, onTestFinished, test } from 'vitest';
import { openLmdb } from '../../src/store/lmdb/lmdb.ts';
import { rejection } from '../kernel/players.ts';
import { emptyFolder, testStore } from './folders.ts';
import { systemError, Tamper } from './tamper.ts';

/** Lets everything that is due run. */
function turn(): Promise<void> {
  return new Promise((resolve) => {
    setImmediate(resolve);
  });
}

test.each([
  [28, 'STORE_FULL'],
  [5, 'STORE_UNAVAILABLE'],
  [24, 'STORE_UNAVAILABLE'],
  [-30_792, 'STORE_FULL'],
])(
  'P11 a commit that fails with %i is refused with %s, and so is all that was called after it',
  async (code, expected) => {
    const tamper = new Tamper();
    const { store } = await testStore({}, tamper.open);
    await store.commit([{ key: 'a', value: 1, keep: 3 }]);
    await turn();
    tamper.failures.push(undefined, systemError(code));
    const results = [2, 3, 4].map((value) => store.commit([{ key: 'a', value, keep: 3 }]));
    await results[0]; // alone on its way, and the others wait for it together
    for (const result of results.slice(1)) {
      expect(await rejection(result)).toMatchObject({ code: expected });
    }
    expect(await rejection(store.commit([{ key: 'b', value: 1 }]))).toMatchObject({ code: expected });
    expect([store.get('a')?.value, store.version('a'), store.get('b')]).toEqual([2, 2, undefined]);
    await store.reopen();
    await store.commit([{ key: 'a', value: 5, keep: 3, expectedVersion: 2 }]);
    expect(store.history('a').map(({ version }) => store.at('a', version)?.value)).toEqual([5, 2, 1]);
  },
);

test('P11 what waits behind a commit that fails is never written', async () => {
  const tamper = new Tamper();
  const { store } = await testStore({}, tamper.open);
  await turn();
  tamper.failures.push(systemError(28));
  const results = [1, 2, 3].map((value) => rejection(store.commit([{ key: `k${value}`, value, keep: 2 }])));
  for (const result of results) expect(await result).toMatchObject({ code: 'STORE_FULL' });
  await store.reopen();
  await store.settled();
  expect([...store.keys('')]).toEqual([]);
  expect(store.stats().journalRecords).toBe(0);
});

test('P12 after a failed sync nothing is acknowledged before the store has been closed and opened', async () => {
  const tamper = new Tamper();
  const { store } = await testStore({}, tamper.open);
  tamper.failures.push(systemError(5), systemError(5));
  expect(await rejection(store.commit([{ key: 'a', value: 1 }]))).toMatchObject({ code: 'STORE_UNAVAILABLE' });
  const { opened, closed, writes } = tamper;
  expect(await rejection(store.commit([{ key: 'a', value: 2 }]))).toMatchObject({ code: 'STORE_UNAVAILABLE' });
  expect(tamper.writes).toBe(writes); // not even tried
  expect(await rejection(store.reopen())).toMatchObject({ code: 'STORE_UNAVAILABLE' });
  expect([tamper.opened, tamper.closed]).toEqual([opened + 1, closed + 1]);
  expect(await rejection(store.commit([{ key: 'a', value: 3 }]))).toMatchObject({ code: 'STORE_UNAVAILABLE' });
  await store.reopen();
  expect([tamper.opened, tamper.closed]).toEqual([opened + 2, closed + 2]);
  await store.commit([{ key: 'a', value: 4 }]);
  expect(store.get('a')).toMatchObject({ version: 1, value: 4 });
});

test('reopen on a store that has not failed changes nothing', async () => {
  const tamper = new Tamper();
  const { store } = await testStore({}, tamper.open);
  await store.reopen();
  expect([tamper.opened, tamper.closed]).toEqual([1, 0]);
});

test('V11 over its quota a store takes nothing more, but deletes and prunes, and goes on when there is room', async () => {
  const { store } = await testStore({ quotaBytes: 400_000 });
  const text = 'x'.repeat(20_000);
  let error: unknown;
  let written = 0;
  while (error === undefined) {
    const commit = store.commit([{ key: `k${written % 4}`, value: { written, text }, keep: 10 }]);
    error = await commit.then(
      () => undefined,
      (thrown: unknown) => thrown,
    );
    if (error === undefined) written += 1;
  }
  expect(error).toMatchObject({ code: 'STORE_FULL', message: expect.stringContaining('400000 bytes') });
  expect(store.stats().used_bytes).toBeLessThanOrEqual(400_000);
  expect(store.get(`k${(written - 1) % 4}`)?.value).toMatchObject({ written: written - 1 });
  const pruned = await store.prune({ versions: 1 });
  expect(pruned.freed_bytes).toBeGreaterThan(100_000);
  await store.reopen();
  await store.commit([{ key: 'k0', value: { text } }]);
  await store.commit([{ key: 'k1' }]);
});

test('what was called before a commit that does not fit lands', async () => {
  const { store } = await testStore({ quotaBytes: 300_000 });
  const before = store.commit([{ key: 'a', value: 1 }]);
  const tooMuch = rejection(store.commit([{ key: 'b', value: 'x'.repeat(300_000) }]));
  const after = rejection(store.commit([{ key: 'a', value: 2 }]));
  expect(await tooMuch).toMatchObject({ code: 'STORE_FULL' });
  expect(await after).toMatchObject({ code: 'STORE_FULL' });
  await before;
  expect(store.get('a')?.value).toBe(1);
  await store.reopen();
  await store.commit([{ key: 'a', value: 3, expectedVersion: 1 }]);
});

/** A file system of a few megabytes, where the machine lets us make one; else why not. */
function smallDisk(): { readonly folder: string } | { readonly why: string } {
  const folder = emptyFolder();
  try {
    execFileSync('mount', ['-t', 'tmpfs', '-o', 'size=3m', 'tmpfs', folder], { stdio: 'pipe' });
  } catch (error) {
    return { why: (error as Error).message.split('\n').join(' ') };
  }
  onTestFinished(() => {
    execFileSync('umount', [folder], { stdio: 'pipe' });
  });
  return { folder };
}

test('P11 on a disk that is really full nothing acknowledged is lost, reads go on, and writes resume', async (context) => {
  const disk = smallDisk();
  if ('why' in disk) {
    context.skip(`no small disk could be mounted: ${disk.why}`);
    return;
  }
  const ballast = join(disk.folder, 'ballast');
  writeFileSync(ballast, Buffer.alloc(1_000_000));
  const store = await openLmdb(join(disk.folder, 'store'), {});
  onTestFinished(() => store.close());
  const text = 'x'.repeat(10_000);
  let acknowledged = 0;
  let error: unknown;
  while (error === undefined && acknowledged < 2_000) {
    const commit = store.commit([{ key: `k${acknowledged + 1}`, value: { n: acknowledged + 1, text }, keep: 2 }]);
    error = await commit.then(
      () => undefined,
      (thrown: unknown) => thrown,
    );
    if (error === undefined) acknowledged += 1;
  }
  expect(error).toMatchObject({ code: 'STORE_FULL' });
  expect(acknowledged).toBeGreaterThan(10);
  const expectAll = (): void => {
    expect([...store.keys('')]).toHaveLength(acknowledged);
    for (let n = 1; n <= acknowledged; n++) expect(store.get(`k${n}`)?.value).toEqual({ n, text });
  };
  expectAll();
  await rm(ballast);
  await store.reopen();
  expectAll();
  acknowledged += 1;
  await store.commit([{ key: `k${acknowledged}`, value: { n: acknowledged, text } }]);
  expectAll();
  expect((await store.verify()).damaged).toBe(0);
});
