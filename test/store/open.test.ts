// Opening a store: new, closed in order, left by a process that died; and P10, the data file that is gone. What a
// refusal finds on disk is what it leaves there.

import {
  existsSync,
  mkdirSync,
  readdirSync,
  readFileSync,
  rmSync,
  truncateSync,
  utimesSync,
  writeFileSync,
} from 'node:fs';
import { join } from 'node:path';
import { expect, test } from 'vitest';
import { openStore } from '../../src/store/opening/open.ts';
import { markerName, readMarker } from '../../src/store/opening/marker.ts';
import { contentOf, folder, inProcess } from './store-kit.ts';

/** A store with one key, closed in order. */
async function storeWith(value: unknown): Promise<string> {
  const path = join(await folder(), 'store');
  const { store, close } = await openStore(path);
  await store.commit([{ key: 'state/a', value }]);
  await close();
  return path;
}

/** Opens a store and closes it again. */
async function opened(path: string): Promise<{ readonly value: unknown; readonly report: object }> {
  const { store, report, close } = await openStore(path);
  const value = store.get('state/a')?.value;
  await close();
  return { value, report };
}

test('a store is new once, then clean, and counts how often it was opened', async () => {
  const path = join(await folder(), 'store');
  const first = await opened(path);
  expect(first).toMatchObject({ value: undefined, report: { state: 'new', generation: 1, probed: undefined, path } });
  expect((await readMarker(path))?.state).toBe('clean');
  const second = await opened(path);
  expect(second.report).toMatchObject({ state: 'clean', generation: 2, probed: undefined, removed: [] });
  expect(readdirSync(path).toSorted()).toEqual(['data-1', 'troupe-2.lock', 'troupe.json']);
});

test('what was committed is there at the next open', async () => {
  expect(await opened(await storeWith(7))).toMatchObject({ value: 7, report: { state: 'clean', probed: undefined } });
});

test('the store of a process that was killed is probed, opened, and its remains go', { timeout: 60_000 }, async () => {
  const path = join(await folder(), 'store');
  const child = inProcess(
    `const { store } = await openStore(args[0]);
     await store.commit([{ key: 'state/a', value: 'acknowledged' }]);
     say('committed');
     await forever();`,
    [path],
  );
  expect(await child.line()).toBe('committed');
  await child.kill();
  mkdirSync(join(path, 'data-2.tmp'));
  mkdirSync(join(path, 'data-2'));
  writeFileSync(join(path, `${markerName}.tmp`), '{');
  writeFileSync(join(path, 'mine.txt'), 'not ours');
  const { value, report } = await opened(path);
  expect(value).toBe('acknowledged');
  expect(report).toMatchObject({
    state: 'unclean',
    generation: 2,
    takenFrom: child.process.pid,
    removed: expect.arrayContaining(['data-2', 'data-2.tmp', `${markerName}.tmp`]) as unknown,
  });
  expect((report as { probed: { records: number } }).probed.records).toBeGreaterThan(0);
  expect(readdirSync(path).toSorted()).toEqual(['data-1', 'mine.txt', 'troupe-2.lock', 'troupe.json']);
  expect(await opened(path)).toMatchObject({ report: { state: 'clean', probed: undefined } });
});

test('a file that was touched since it was closed in order is probed', async () => {
  const path = await storeWith(1);
  utimesSync(join(path, 'data-1/data.mdb'), 1, 1);
  const { report } = await opened(path);
  expect(report).toMatchObject({ state: 'clean', probed: { records: expect.any(Number) as number } });
});

test('a store whose making was cut short is made again', async () => {
  const path = join(await folder(), 'store');
  mkdirSync(join(path, 'data-1'), { recursive: true });
  writeFileSync(join(path, 'data-1/data.mdb'), 'half a page');
  writeFileSync(
    join(path, markerName),
    JSON.stringify({ format: 1, created: 1, generation: 0, data: 'data-1', state: 'creating' }),
  );
  await expect(openStore(path, { readOnly: true })).rejects.toMatchObject({ code: 'STORE_UNAVAILABLE' });
  expect((await opened(path)).report).toMatchObject({ state: 'new', generation: 1 });
});

test.each<[string, (path: string) => void, RegExp]>([
  ['is missing', (path) => rmSync(join(path, 'data-1/data.mdb')), /data-1\/data\.mdb, which is missing/],
  ['is missing with its folder', (path) => rmSync(join(path, 'data-1'), { recursive: true }), /which is missing/],
  ['is empty', (path) => truncateSync(join(path, 'data-1/data.mdb'), 0), /is empty/],
])('P10 a data file that %s beside a marker is refused, and not made anew', async (_, spoil, says) => {
  const path = await storeWith(1);
  spoil(path);
  const before = contentOf(path);
  for (const readOnly of [false, true]) {
    const refused = openStore(path, { readOnly });
    await expect(refused).rejects.toMatchObject({
      code: 'STORE_CORRUPT',
      message: expect.stringMatching(says) as string,
    });
  }
  expect(dataOf(contentOf(path))).toEqual(dataOf(before));
});

test('P10 data without its marker is refused, data of somebody else too', async () => {
  const path = await storeWith(1);
  rmSync(join(path, markerName));
  const before = contentOf(path);
  await expect(openStore(path)).rejects.toMatchObject({ code: 'STORE_CORRUPT' });
  expect(contentOf(path)).toEqual(before);
  const theirs = await folder();
  writeFileSync(join(theirs, 'data.mdb'), readFileSync(join(path, 'data-1/data.mdb')));
  await expect(openStore(theirs)).rejects.toMatchObject({
    code: 'STORE_UNAVAILABLE',
    message: expect.stringContaining('not a Troupe store') as string,
  });
  expect(readdirSync(theirs)).toEqual(['data.mdb']);
  writeFileSync(join(theirs, 'data.mdb'), '');
  expect((await opened(theirs)).report).toMatchObject({ state: 'new' });
});

test.each([
  ['of a newer format', '{"format":2,"anything":[]}', 'STORE_VERSION'],
  ['of an older format', '{"format":0}', 'STORE_VERSION'],
  ['that is no JSON', '{"format":1', 'STORE_CORRUPT'],
  ['that is something else', '[]', 'STORE_CORRUPT'],
  [
    'that leads out of the store',
    '{"format":1,"created":1,"generation":1,"data":"../x","state":"clean"}',
    'STORE_CORRUPT',
  ],
])('a store with a marker %s is refused and left as it is', async (_, text, code) => {
  const path = await storeWith(1);
  writeFileSync(join(path, markerName), text);
  const before = contentOf(path);
  await expect(openStore(path)).rejects.toMatchObject({ code });
  await expect(openStore(path, { readOnly: true })).rejects.toMatchObject({ code });
  expect(contentOf(path)).toEqual(before);
});

test('closing twice is no mistake, and looking leaves no trace but LMDB’s own lock', async () => {
  const path = await storeWith(1);
  const before = contentOf(path);
  const looking = await openStore(path, { readOnly: true });
  expect(looking.report).toMatchObject({ state: 'clean', readOnly: true, generation: 1 });
  expect(looking.store.get('state/a')?.value).toBe(1);
  await looking.close();
  await looking.close();
  expect(dataOf(contentOf(path))).toEqual(dataOf(before));
  expect(existsSync(join(path, 'troupe-2.lock'))).toBe(false);
  const writing = await openStore(path);
  await Promise.all([writing.close(), writing.close()]);
});

/** What is on disk but locks. */
function dataOf(content: Readonly<Record<string, string>>): object {
  return Object.fromEntries(Object.entries(content).filter(([name]) => !/lock/.test(name)));
}
