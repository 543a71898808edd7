// P13 and P14 with real processes: a path that can't be used, a user who may not, a disk that is read-only or full, too
// many open files, and two processes on one store. Each refusal names the path and what to do, and changes nothing.

import { spawnSync } from 'node:child_process';
import { chmodSync, chownSync, mkdirSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { expect, onTestFinished, test } from 'vitest';
import { openStore } from '../../src/store/opening/open.ts';
import { contentOf, folder, inProcess } from './store-kit.ts';

const tryIt = `try { const { close } = await openStore(args[0]); await close(); say('opened'); } catch (error) { tell(error); }`;
const nobody = 65_534;
const isRoot = process.getuid?.() === 0;

interface Told {
  readonly code: string;
  readonly message: string;
  readonly details: { readonly path: string; readonly pid?: number };
}

/** Opens a store in another process. @returns its refusal. */
async function refusal(path: string, options: Parameters<typeof inProcess>[2] = {}): Promise<Told> {
  const child = inProcess(tryIt, [path], options);
  const told = await child.line();
  expect(await child.ended).toMatchObject({ status: 0, signal: null });
  return JSON.parse(told) as Told;
}

/** A store with one key, closed in order. */
async function storeIn(path: string): Promise<void> {
  const { store, close } = await openStore(path);
  await store.commit([{ key: 'state/a', value: 1 }]);
  await close();
}

test('P13 a path that is a file, goes through one, or has no folder above it is refused and named', async () => {
  const parent = await folder();
  const file = join(parent, 'file');
  writeFileSync(file, 'text');
  for (const [path, says] of [
    [file, /there is a file at this path, and a store is a folder/],
    [join(file, 'store'), /part of the path is a file/],
    [join(parent, 'no', 'store'), /its parent folder '.*\/no' does not exist: make it/],
    [join(parent, 'x'.repeat(300)), /too long/],
  ] as const)
    for (const readOnly of [false, ...(path.endsWith('no/store') ? [] : [true])])
      await expect(openStore(path, { readOnly })).rejects.toMatchObject({
        code: 'STORE_UNAVAILABLE',
        details: { path },
        message: expect.stringMatching(says) as string,
      });
  expect(Object.keys(contentOf(parent))).toEqual(['file']);
});

test('P13 to look at nothing is refused and makes nothing', async () => {
  const parent = await folder();
  const path = join(parent, 'store');
  await expect(openStore(path, { readOnly: true })).rejects.toMatchObject({
    code: 'STORE_UNAVAILABLE',
    details: { path },
  });
  mkdirSync(path);
  await expect(openStore(path, { readOnly: true })).rejects.toMatchObject({
    code: 'STORE_UNAVAILABLE',
    message: expect.stringContaining('not a Troupe store') as string,
  });
  expect(contentOf(parent)).toEqual({});
});

test('P13 a folder that this user may not write to is refused', { timeout: 60_000 }, async () => {
  const parent = await folder();
  chmodSync(parent, 0o755);
  const path = join(parent, 'store');
  await storeIn(path);
  const before = contentOf(parent);
  // For root no folder is closed: there another user's process tries.
  chmodSync(path, 0o555);
  const told = await refusal(path, isRoot ? { uid: nobody } : {});
  expect(told).toMatchObject({ code: 'STORE_UNAVAILABLE', details: { path } });
  expect(told.message).toContain('may not read and write there');
  if (isRoot) chownSync(path, nobody, nobody);
  chmodSync(path, 0o000);
  expect(await refusal(path, isRoot ? { uid: nobody } : {})).toMatchObject({ code: 'STORE_UNAVAILABLE' });
  chmodSync(path, 0o755);
  expect(contentOf(parent)).toEqual(before);
});

/** A small disk of its own; undefined where this machine lets nobody make one. */
async function smallDisk(size: string): Promise<string | undefined> {
  const path = await folder();
  if (spawnSync('mount', ['-t', 'tmpfs', '-o', `size=${size}`, 'tmpfs', path]).status !== 0) return undefined;
  onTestFinished(() => {
    spawnSync('umount', ['-l', path]);
  });
  return path;
}

test('P13 a read-only disk is refused for writing; looking is allowed', { timeout: 60_000 }, async ({ skip }) => {
  const disk = await smallDisk('16m');
  if (disk === undefined) return skip('no tmpfs can be mounted here (needs root)');
  const path = join(disk, 'store');
  await storeIn(path);
  const before = contentOf(disk);
  spawnSync('mount', ['-o', 'remount,ro', disk]);
  for (const where of [path, join(disk, 'new')]) {
    const told = await refusal(where);
    expect(told).toMatchObject({ code: 'STORE_UNAVAILABLE', details: { path: where } });
    expect(told.message).toContain('the file system is read-only');
  }
  const looking = await openStore(path, { readOnly: true });
  expect(looking.store.get('state/a')?.value).toBe(1);
  await looking.close();
  expect(contentOf(disk)).toEqual(before);
});

test('P13 a disk that is full at any moment of opening ends no process', { timeout: 60_000 }, async ({ skip }) => {
  const disk = await smallDisk('1m');
  if (disk === undefined) return skip('no tmpfs can be mounted here (needs root)');
  const child = inProcess(
    `const { rmSync, statfsSync, writeFileSync } = await import('node:fs');
     const seen = {};
     const attempt = async (write) => {
       try {
         const { store, close } = await openStore(args[0]);
         try { if (write) await store.commit([{ key: 'state/a', value: 1 }]); } finally { await close(); }
         seen.opened = (seen.opened ?? 0) + 1;
       } catch (error) { seen[error.code] = (seen[error.code] ?? 0) + 1; }
     };
     const leave = (pages) => {
       rmSync(args[1], { force: true });
       const { bfree, bsize } = statfsSync(args[2]);
       writeFileSync(args[1], Buffer.alloc((bfree - pages) * bsize));
     };
     for (let pages = 1; pages < 120; pages += 2) {
       rmSync(args[0], { recursive: true, force: true });
       leave(pages);
       await attempt(true);
     }
     for (let pages = 0; pages < 12; pages++) {
       leave(pages);
       await attempt(false);
     }
     say(JSON.stringify(seen));`,
    [join(disk, 'store'), join(disk, 'filler'), disk],
  );
  const seen = JSON.parse(await child.line()) as object;
  expect(Object.keys(seen).toSorted()).toEqual(['STORE_FULL', 'opened']);
  writeFileSync(join(disk, 'filler'), '');
  await storeIn(join(disk, 'store'));
});

test('P13 too many open files are refused as that', { timeout: 60_000 }, async () => {
  const path = join(await folder(), 'store');
  await storeIn(path);
  const child = inProcess(
    `const { openSync, closeSync } = await import('node:fs');
     await source('src/store/lmdb/lmdb.ts');
     const held = [];
     try { for (;;) held.push(openSync('/dev/null')); } catch {}
     try { await openStore(args[0]); say('opened'); } catch (error) { tell(error); }
     for (const one of held) closeSync(one);
     const { store, close } = await openStore(args[0]);
     say(String(store.get('state/a').value));
     await close();`,
    [path],
    { wrapper: ['sh', '-c', 'ulimit -n 80; exec "$@"', 'sh'] },
  );
  const told = JSON.parse(await child.line()) as Told;
  expect(told).toMatchObject({ code: 'STORE_UNAVAILABLE', details: { path } });
  expect(told.message).toContain('too many files open');
  expect(await child.line()).toBe('1');
  expect((await child.ended).status).toBe(0);
});

test('P14 a second process is refused with the pid of the first; looking is allowed', { timeout: 60_000 }, async () => {
  const path = join(await folder(), 'store');
  const child = inProcess(
    `const { store } = await openStore(args[0]);
     for (let n = 0; ; n++) {
       await store.commit([{ key: 'state/a', value: n, keep: 3 }, { key: 'state/b', value: -n, keep: 3 }]);
       if (n === 0) say('committed');
     }`,
    [path],
  );
  expect(await child.line()).toBe('committed');
  const { pid } = child.process;
  await expect(openStore(path)).rejects.toMatchObject({
    code: 'STORE_LOCKED',
    details: { path, pid },
    message: expect.stringContaining(`process ${pid}`) as string,
  });
  expect(await refusal(path)).toMatchObject({ code: 'STORE_LOCKED', details: { path, pid } });
  const { store, report, close } = await openStore(path, { readOnly: true });
  expect(report).toMatchObject({ state: 'in use', readOnly: true, probed: undefined });
  const first = store.get('state/a')?.value as number;
  expect(await store.verify()).toMatchObject({ damaged: 0 });
  while ((store.get('state/a')?.value as number) <= first) await store.verify();
  await expect(store.commit([{ key: 'state/a', value: 'mine' }])).rejects.toMatchObject({
    code: expect.any(String) as string,
  });
  await close();
  await child.kill();
  const after = await openStore(path);
  expect(after.report).toMatchObject({ state: 'unclean', takenFrom: pid });
  expect(after.store.get('state/b')?.value).toBe(-(after.store.get('state/a')?.value as number));
  await after.close();
});

test('P14 two runtimes of one process do not share a store', async () => {
  const path = join(await folder(), 'store');
  const first = await openStore(path);
  await expect(openStore(path)).rejects.toMatchObject({ code: 'STORE_LOCKED', details: { path, pid: process.pid } });
  await first.close();
  await (await openStore(path)).close();
});
