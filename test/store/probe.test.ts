// P09 at the probe: whatever is wrong with the file, a child process meets it first, and who asked gets an answer
// that says what was found. The files are made with LMDB alone.

import { readFileSync, statSync, truncateSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import fc from 'fast-check';
import { open } from 'lmdb';
import { expect, test } from 'vitest';
import { limits } from '../../src/base/limits.ts';
import { probe } from '../../src/store/opening/probe.ts';
import { walkPages } from '../../src/store/opening/probe-pages.ts';
import { folder } from './store-kit.ts';

const records = 4_000;
const page_bytes = 4_096;

/** A folder of data with tables of small and of large records, some of them removed again. */
async function dataFolder(): Promise<string> {
  const path = await folder();
  const root = open({ path, noSubdir: false, encoding: 'binary' });
  const small = root.openDB<Uint8Array, string>('current', { encoding: 'binary' });
  const large = root.openDB<Uint8Array, number>('blobs', { encoding: 'binary' });
  for (let n = 0; n < records + 100; n++) void small.put(`actor/${n}`, Buffer.alloc(200, n));
  for (let n = 0; n < 20; n++) void large.put(n, Buffer.alloc(20_000, n));
  await root.flushed;
  for (let n = 0; n < 100; n++) void small.remove(`actor/${n}`);
  await root.flushed;
  await root.close();
  return path;
}

/** The pages that the trees of the small and large records are made of, as their own headers tell. */
function pagesInUse(bytes: Buffer): number[] {
  const free = new Set(freeNumbers(bytes));
  const numbers: number[] = [];
  for (let number = 2; number < bytes.length / page_bytes; number++) {
    const at = number * page_bytes;
    if (free.has(number) || Number(bytes.readBigUInt64LE(at)) !== number) continue;
    if ([1, 2, 4].includes(bytes.readUInt16LE(at + 18))) numbers.push(number);
    if (bytes.readUInt16LE(at + 18) === 4) number += bytes.readUInt32LE(at + 20) - 1;
  }
  return numbers;
}

/** Where in the file the entries of the list of free pages stand. */
function freeList(bytes: Buffer): number[] {
  const metas = [0, page_bytes].toSorted((a, b) =>
    Number(bytes.readBigUInt64LE(b + 152) - bytes.readBigUInt64LE(a + 152)),
  );
  const root = Number(bytes.readBigUInt64LE((metas[0] ?? 0) + 48 + 40)) * page_bytes;
  const places: number[] = [];
  for (let index = 0; index < bytes.readUInt16LE(root + 20); index += 2) {
    const node = root + 24 + bytes.readUInt16LE(root + 24 + index);
    const value = node + 8 + 8;
    const list = bytes.readUInt16LE(node + 4) === 1 ? Number(bytes.readBigUInt64LE(value)) * page_bytes + 24 : value;
    const length = Number(bytes.readBigInt64LE(list));
    for (let entry = 1; entry <= length; entry++) places.push(list + entry * 8);
  }
  return places;
}

function freeNumbers(bytes: Buffer): number[] {
  let run = 1;
  return freeList(bytes).flatMap((place) => {
    const value = Number(bytes.readBigInt64LE(place));
    if (value < 0) run = -value;
    if (value <= 0) return [];
    const numbers = Array.from({ length: run }, (_, index) => value + index);
    run = 1;
    return numbers;
  });
}

/** What the walk over the pages finds. */
async function problemInPages(file: string): Promise<string | undefined> {
  return (await walkPages(file)).problem;
}

/** Changes bytes of the data file. */
function damage(path: string, change: (bytes: Buffer) => void): void {
  const file = join(path, 'data.mdb');
  const bytes = readFileSync(file);
  change(bytes);
  writeFileSync(file, bytes);
}

test('a whole file is read to its end, and not changed', async () => {
  const path = await dataFolder();
  const before = readFileSync(join(path, 'data.mdb'));
  expect(await probe('the store', path)).toEqual({ records: records + 20, bytes: records * 200 + 20 * 20_000 });
  expect(await probe('the store', path, { readOnly: true })).toMatchObject({ records: records + 20 });
  expect(readFileSync(join(path, 'data.mdb')).equals(before)).toBe(true);
});

test.each<[string, (path: string) => void]>([
  ['cut to a half', (path) => truncateSync(join(path, 'data.mdb'), statSync(join(path, 'data.mdb')).size / 2)],
  ['cut to one page', (path) => truncateSync(join(path, 'data.mdb'), page_bytes)],
  ['cut in a page', (path) => truncateSync(join(path, 'data.mdb'), 100)],
  ['with its first page zeroed', (path) => damage(path, (bytes) => bytes.fill(0, 0, page_bytes))],
  ['with both meta pages zeroed', (path) => damage(path, (bytes) => bytes.fill(0, 0, 2 * page_bytes))],
  [
    'of garbage',
    (path) => damage(path, (bytes) => bytes.forEach((_, at) => (bytes[at] = (at * 2_654_435_761) >>> 24))),
  ],
  ['with garbage behind its meta pages', (path) => damage(path, (bytes) => bytes.fill(0xa5, 2 * page_bytes))],
  ['with a text for a file', (path) => writeFileSync(join(path, 'data.mdb'), 'this is no store\n'.repeat(1_000))],
])('P09 a file %s is STORE_CORRUPT', async (_, spoil) => {
  const path = await dataFolder();
  spoil(path);
  await expect(probe('the store', path)).rejects.toMatchObject({
    code: 'STORE_CORRUPT',
    message: expect.stringMatching(/^The store at 'the store' is damaged: .{10,}; keep the folder as it is/) as string,
  });
});

test(
  'P09 every flipped bit of a page in use that LMDB goes by is found before LMDB meets it',
  { timeout: 120_000 },
  async () => {
    const path = await dataFolder();
    const file = join(path, 'data.mdb');
    const whole = readFileSync(file);
    expect(await problemInPages(file)).toBeUndefined();
    const used = pagesInUse(whole);
    expect(used.length).toBeGreaterThan(200);
    const missed: string[] = [];
    await fc.assert(
      fc.asyncProperty(
        fc.nat(used.length - 1),
        fc.constantFrom(0, 1, 2, 3, 4, 5, 6, 7, 18, 19, 20, 21, 22, 23),
        fc.nat(7),
        async (index, byte, bit) => {
          const spoilt = Buffer.from(whole);
          const place = (used[index] ?? 0) * page_bytes + byte;
          spoilt[place] = (spoilt[place] ?? 0) ^ (1 << bit);
          writeFileSync(file, spoilt);
          if ((await problemInPages(file)) === undefined) missed.push(`page ${used[index]}, byte ${byte}, bit ${bit}`);
        },
      ),
      { numRuns: 300 },
    );
    expect(missed).toEqual([]);
  },
);

test('P09 a page that is on the list of free ones while it is in use is found', { timeout: 60_000 }, async () => {
  const path = await dataFolder();
  const file = join(path, 'data.mdb');
  const whole = readFileSync(file);
  const list = freeList(whole);
  expect(list.length).toBeGreaterThan(2);
  const [used = 0] = pagesInUse(whole);
  for (const [number, says] of [
    [used, 'is used twice'],
    [2 ** 40, 'does not exist'],
  ] as const) {
    const spoilt = Buffer.from(whole);
    spoilt.writeBigInt64LE(BigInt(number), list.at(-1));
    writeFileSync(file, spoilt);
    expect(await problemInPages(file)).toContain(says);
    await expect(probe('the store', path)).rejects.toMatchObject({ code: 'STORE_CORRUPT' });
  }
});

test('P09 any bit flipped anywhere ends no process but the child', { timeout: 120_000 }, async () => {
  const path = await dataFolder();
  const file = join(path, 'data.mdb');
  const whole = readFileSync(file);
  for (let round = 0; round < 24; round++) {
    const spoilt = Buffer.from(whole);
    const place = (round * 2_654_435_761) % whole.length;
    spoilt[place] = (spoilt[place] ?? 0) ^ (1 << (round % 8));
    writeFileSync(file, spoilt);
    const outcome = await probe('the store', path).then(
      () => 'whole',
      (error: unknown) => (error as { code: string }).code,
    );
    expect(['whole', 'STORE_CORRUPT'], `byte ${place}`).toContain(outcome);
  }
});

test('P09 a file that sends its reader round in circles is given up, later for larger files', async () => {
  const path = await dataFolder();
  const size_mb = statSync(join(path, 'data.mdb')).size / 1_048_576;
  let patience_ms = 0;
  const clock = {
    setTimer: (fn: () => void, delay_ms: number): object => {
      patience_ms = delay_ms;
      fn();
      return {};
    },
    clearTimer: (): void => {},
    yieldThen: (fn: () => void): void => fn(),
  };
  await expect(probe('the store', path, { clock })).rejects.toMatchObject({
    code: 'STORE_CORRUPT',
    message: expect.stringContaining('did not end within 31 s') as string,
  });
  expect(patience_ms).toBeCloseTo(limits.store.probeBase_ms + size_mb * limits.store.probePerMegabyte_ms);
});

test('the options that this process is run with do not reach the child', async () => {
  const path = await dataFolder();
  const before = process.env['NODE_OPTIONS'];
  process.env['NODE_OPTIONS'] = '--require ./not-there.cjs';
  try {
    expect(await probe('the store', path)).toMatchObject({ records: records + 20 });
  } finally {
    if (before === undefined) delete process.env['NODE_OPTIONS'];
    else process.env['NODE_OPTIONS'] = before;
  }
});

test('a child that can not begin is no damage', async () => {
  const path = await dataFolder();
  const before = process.execPath;
  process.execPath = join(path, 'no-node');
  try {
    await expect(probe('the store', path)).rejects.toMatchObject({ code: 'STORE_UNAVAILABLE' });
  } finally {
    process.execPath = before;
  }
});
