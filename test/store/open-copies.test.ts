// P29 at the store, and compaction: what is copied while it is written to is one state of it, and a compaction that is
// killed at any of its steps leaves the store as it was or as it is to be.

import { cpSync, readdirSync, readFileSync, statSync, truncateSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { expect, test } from 'vitest';
import { openStore } from '../../src/store/opening/open.ts';
import { backupStore } from '../../src/store/opening/open-backup.ts';
import { compactSteps, compactStore } from '../../src/store/opening/open-compact.ts';
import { readMarker } from '../../src/store/opening/marker.ts';
import { folder, inProcess } from './store-kit.ts';

const accounts = 10;

/** A store that has held a lot more than it does. */
async function sparseStore(): Promise<string> {
  const path = join(await folder(), 'store');
  const { store, close } = await openStore(path);
  const keys = Array.from({ length: 500 }, (_, n) => `state/${n}`);
  await store.commit(keys.map((key) => ({ key, value: 'x'.repeat(2_000) })));
  await store.commit(keys.slice(10).map((key) => ({ key })));
  await close();
  return path;
}

/** The keys of a store, read in order. */
async function keysOf(path: string): Promise<readonly string[]> {
  const { store, close } = await openStore(path);
  const keys = [...store.keys('')];
  expect(await store.verify()).toMatchObject({ damaged: 0 });
  await close();
  return keys;
}

test('P29 backups under load open elsewhere and add up', { timeout: 60_000 }, async () => {
  const path = join(await folder(), 'store');
  const child = inProcess(
    `const { store } = await openStore(args[0]);
     const balance = Array.from({ length: ${accounts} }, () => 100);
     const write = (n) => ({ key: 'state/' + n, value: balance[n], keep: 3 });
     await store.commit(balance.map((_, n) => write(n)));
     say('begun');
     for (let turn = 0; ; turn++) {
       const from = turn % ${accounts}, to = (turn * 7 + 3) % ${accounts};
       balance[from] -= 1; balance[to] += 1;
       await store.commit([write(from), write(to)]);
     }`,
    [path],
  );
  expect(await child.line()).toBe('begun');
  const looking = await openStore(path, { readOnly: true });
  for (let round = 0; round < 5; round++) {
    const target = join(await folder(), `copy-${round}`);
    const { bytes } = await backupStore(looking, target);
    expect(bytes).toBe(statSync(join(target, 'data-1/data.mdb')).size);
    const copy = await openStore(target);
    expect(copy.report).toMatchObject({ state: 'clean', probed: undefined });
    const sum = [...copy.store.keys('state/')].reduce((all, key) => all + (copy.store.get(key)?.value as number), 0);
    expect(sum).toBe(accounts * 100);
    expect(await copy.store.verify()).toMatchObject({ damaged: 0 });
    await copy.close();
  }
  await looking.close();
  await child.kill();
});

test('a backup goes where nothing is, and not into the store', async () => {
  const path = await sparseStore();
  const opened = await openStore(path);
  const taken = await folder();
  writeFileSync(join(taken, 'mine.txt'), 'not ours');
  for (const target of [taken, path, join(path, 'data-9')])
    await expect(backupStore(opened, target)).rejects.toMatchObject({ code: 'INVALID_OPTION' });
  await expect(backupStore(opened, join(taken, 'no/copy'))).rejects.toMatchObject({ code: 'STORE_UNAVAILABLE' });
  expect(readdirSync(taken)).toEqual(['mine.txt']);
  await opened.close();
});

test('a backup that was cut short is refused, and one that was cut later is found', async () => {
  const path = await sparseStore();
  const opened = await openStore(path);
  const target = join(await folder(), 'copy');
  await backupStore(opened, target);
  await opened.close();
  const short = join(await folder(), 'short');
  cpSync(join(target, 'data-1'), join(short, 'data-1'), { recursive: true });
  await expect(openStore(short)).rejects.toMatchObject({ code: 'STORE_CORRUPT' });
  truncateSync(join(target, 'data-1/data.mdb'), 100_000);
  await expect(openStore(target)).rejects.toMatchObject({ code: 'STORE_CORRUPT' });
});

test('a compaction makes the file smaller and changes nothing in it', async () => {
  const path = await sparseStore();
  const keys = await keysOf(path);
  const { before_bytes, after_bytes } = await compactStore(path);
  expect(after_bytes).toBeLessThan(before_bytes / 4);
  expect(readdirSync(path).toSorted()).toEqual(['data-2', 'troupe-3.lock', 'troupe.json']);
  const { report, close } = await openStore(path);
  expect(report).toMatchObject({ state: 'clean', probed: undefined });
  await close();
  expect(await keysOf(path)).toEqual(keys);
  expect(keys).toHaveLength(10);
});

test('a compaction of a store in use is refused', async () => {
  const path = await sparseStore();
  const { close } = await openStore(path);
  await expect(compactStore(path)).rejects.toMatchObject({ code: 'STORE_LOCKED' });
  await close();
  await expect(compactStore(join(path, 'none'))).rejects.toMatchObject({ code: 'STORE_UNAVAILABLE' });
});

test('a compaction does not make clean what was left by a process that died', { timeout: 60_000 }, async () => {
  const path = await sparseStore();
  const child = inProcess(`await openStore(args[0]); say('open'); await forever();`, [path]);
  await child.line();
  await child.kill();
  await compactStore(path);
  expect((await readMarker(path))?.state).toBe('open');
  const { report, close } = await openStore(path);
  expect(report).toMatchObject({ state: 'unclean' });
  await close();
});

test('a store with a damaged record is not compacted', async () => {
  const path = await sparseStore();
  const file = join(path, 'data-1/data.mdb');
  const bytes = readFileSync(file);
  const opened = await openStore(path, { readOnly: true });
  const { version } = opened.store.history('state/3')[0] ?? { version: 0 };
  expect(version).toBe(1);
  await opened.close();
  for (let at = bytes.indexOf('x'.repeat(1_900)); at !== -1; at = bytes.indexOf('x'.repeat(1_900), at + 2_000))
    bytes[at + 50] = 0x79;
  writeFileSync(file, bytes);
  await expect(compactStore(path)).rejects.toMatchObject({
    code: 'STORE_CORRUPT',
    message: expect.stringMatching(/\d+ records are damaged/) as string,
  });
  expect(readdirSync(path)).toContain('data-1');
  expect(readdirSync(path)).not.toContain('data-2.tmp');
  await expect(compactStore(path)).rejects.toMatchObject({ code: 'STORE_CORRUPT' });
});

test.each(compactSteps)(
  'a compaction that is killed when it has %s leaves a whole store',
  { timeout: 60_000 },
  async (step) => {
    const path = await sparseStore();
    const child = inProcess(
      `const { compactStore } = await source('src/store/opening/open-compact.ts');
     await compactStore(args[0], {}, (step) => { if (step === args[1]) process.kill(process.pid, 'SIGKILL'); });
     say('not killed');`,
      [path, step],
    );
    expect(await child.ended).toMatchObject({ signal: 'SIGKILL' });
    expect(await keysOf(path)).toHaveLength(10);
    const marker = await readMarker(path);
    const isSwitched = compactSteps.indexOf(step) >= compactSteps.indexOf('switched');
    expect(marker?.data).toBe(isSwitched ? 'data-2' : 'data-1');
    expect(readdirSync(path).filter((name) => name.startsWith('data-'))).toEqual([marker?.data]);
  },
);
