// What an open store tells of its surroundings: little room on the disk, once each way, a lock that was taken by
// somebody else, and a look that failed. The test says when it looks and how much room there is.

import { readdirSync, renameSync, statSync, utimesSync } from 'node:fs';
import { join } from 'node:path';
import { expect, test } from 'vitest';
import { limits } from '../../src/base/limits.ts';
import { type DiskWatch, type StoreWarning, watchDisk } from '../../src/store/opening/disk-watch.ts';
import { takeLock } from '../../src/store/opening/lock.ts';
import { openStore } from '../../src/store/opening/open.ts';
import { folder } from './store-kit.ts';

interface Watched {
  readonly path: string;
  readonly warnings: StoreWarning[];
  readonly watch: DiskWatch;
  /** Lets the time for the next look come; resolves when it has looked. */
  readonly look: (free_bytes: number | Error) => Promise<void>;
}

async function watched(): Promise<Watched> {
  const path = await folder();
  const warnings: StoreWarning[] = [];
  let free: number | Error = 1_000;
  let due: () => void = () => {};
  let armed: () => void = () => {};
  const watch = await watchDisk({
    folder: path,
    lock: await takeLock(path),
    clock: {
      setTimer: (fn, delay_ms) => {
        expect(delay_ms).toBe(limits.store.diskCheck_ms);
        due = fn;
        armed();
        return {};
      },
      clearTimer: () => {
        due = () => {};
      },
    },
    least_bytes: 100,
    warn: (warning) => warnings.push(warning),
    freeBytes: async () => {
      if (free instanceof Error) throw free;
      return free;
    },
  });
  const look = async (next: number | Error): Promise<void> => {
    free = next;
    const done = new Promise<void>((resolve) => {
      armed = resolve;
    });
    due();
    await done;
  };
  return { path, warnings, watch, look };
}

test('little room is told once, and again when there is enough', async () => {
  const { path, warnings, look, watch } = await watched();
  for (const free of [100, 99, 50, 100, 2_000]) await look(free);
  expect(warnings).toEqual([
    { type: 'disk.low', path, free_bytes: 99, least_bytes: 100 },
    { type: 'disk.enough', path, free_bytes: 100, least_bytes: 100 },
  ]);
  expect(watch.free_bytes).toBe(2_000);
  await watch.stop();
});

test('each look gives the lock a sign of life; one that somebody has taken is told once', async () => {
  const { path, warnings, look, watch } = await watched();
  const file = join(path, 'troupe-1.lock');
  utimesSync(file, 1, 1);
  await look(1_000);
  expect(statSync(file).mtimeMs).toBeGreaterThan(1_000_000);
  utimesSync(file, 1, 1);
  await expect(takeLock(path)).rejects.toMatchObject({ code: 'STORE_LOCKED' }); // it lives: only a dead one's is taken
  renameSync(file, join(path, 'troupe-2.lock'));
  await look(1_000);
  await look(1_000);
  expect(warnings).toEqual([{ type: 'lock.lost', path }]);
  expect(readdirSync(path)).toEqual(['troupe-2.lock']);
  await watch.stop();
});

test('a look that fails is told, and the next one looks again', async () => {
  const { path, warnings, look, watch } = await watched();
  const error = new Error('no such device');
  await look(error);
  await look(1);
  expect(warnings).toEqual([
    { type: 'look.failed', path, error },
    { type: 'disk.low', path, free_bytes: 1, least_bytes: 100 },
  ]);
  await watch.stop();
});

test('a store tells of little room when it is opened', async () => {
  const path = join(await folder(), 'store');
  const warnings: StoreWarning[] = [];
  const least_bytes = Number.MAX_SAFE_INTEGER;
  const { report, close } = await openStore(path, {
    diskFree_bytes: least_bytes,
    onWarning: (warning) => warnings.push(warning),
  });
  expect(warnings).toEqual([{ type: 'disk.low', path, free_bytes: report.diskFree_bytes, least_bytes }]);
  expect(report.diskFree_bytes).toBeGreaterThan(0);
  await close();
});
