// Reads while a store that has failed is closed and opened again: whoever reads in the very gap is answered, nobody is
// ever given an environment that is closed, and what was begun on one ends on it or goes on in the next.

import { existsSync, readdirSync, readlinkSync } from 'node:fs';
import { join } from 'node:path';
import { expect, onTestFinished, test } from 'vitest';
import type { StoreAdmin } from '../../src/store/admin.ts';
import { type EngineOptions, openEngine } from '../../src/store/lmdb/engine.ts';
import type { Environment, OpenEnvironment, Table } from '../../src/store/lmdb/environment.ts';
import { openLmdbEnvironment } from '../../src/store/lmdb/lmdb-environment.ts';
import { rejection } from '../kernel/players.ts';
import { emptyFolder } from './folders.ts';
import { systemError } from './tamper.ts';

/** LMDB with commits that can be made to fail, and a watch on what is called after it was closed. */
class Watched {
  fails = false;
  /** Whether nothing can be read any more once a commit has failed, as LMDB does it when its meta page fails. */
  panics = false;
  /** What opening fails with: the next one to read, and the next one to write. */
  refused: { read?: Error | undefined; write?: Error | undefined } = {};
  beforeOpening: () => void = () => {};
  /** Holds copies back while it is there. */
  gate: Promise<void> | undefined;
  /** Copies begun so far. */
  copies = 0;
  /** Calls that found their environment closed. */
  readonly late: string[] = [];
  /** The environments that are open, in the order of their opening. */
  readonly there: ('read' | 'write')[] = [];

  readonly open: OpenEnvironment = (folder, options) => {
    const kind = options.readOnly ? 'read' : 'write';
    this.beforeOpening();
    const refused = this.refused[kind];
    if (refused !== undefined) throw refused;
    const environment = openLmdbEnvironment(folder, options);
    this.there.push(kind);
    return this.#watched(environment, kind);
  };

  #watched(environment: Environment, kind: 'read' | 'write'): Environment {
    let isClosed = false;
    let hasPanicked = false;
    const use = (what: string): void => {
      if (isClosed) this.late.push(what);
      if (hasPanicked) throw new Error('MDB_PANIC');
    };
    const table = <Key extends string | number>(inner: Table<Key>): Table<Key> => ({
      get: (key) => (use('get'), inner.get(key)),
      keys: (from, isAfter, count) => (use('keys'), inner.keys(from, isAfter, count)),
      count: (from, until) => (use('count'), inner.count(from, until)),
      last: () => (use('last'), inner.last()),
      size: () => (use('size'), inner.size()),
      entries: (from) => this.#entries(inner.entries(from), use),
      put: (key, value) => {
        inner.put(key, value);
      },
      remove: (key) => {
        inner.remove(key);
      },
    });
    return {
      current: table(environment.current),
      journal: table(environment.journal),
      tombstones: table(environment.tombstones),
      blobs: table(environment.blobs),
      meta: table(environment.meta),
      used_bytes: () => (use('used_bytes'), environment.used_bytes()),
      file_bytes: () => environment.file_bytes(),
      write: async (fill) => {
        use('write');
        hasPanicked = this.fails && this.panics;
        if (this.fails) throw systemError(5);
        await environment.write(fill);
      },
      copyTo: async (to, isCompact) => {
        this.copies += 1;
        await this.gate;
        use('copyTo');
        await environment.copyTo(to, isCompact);
      },
      close: () => {
        if (isClosed) this.late.push('close');
        isClosed = true;
        this.there.splice(this.there.indexOf(kind), 1);
        return environment.close();
      },
    };
  }

  *#entries<Key>(
    inner: IterableIterator<readonly [Key, Uint8Array]>,
    use: (what: string) => void,
  ): IterableIterator<readonly [Key, Uint8Array]> {
    try {
      for (;;) {
        use('entries');
        const { value, done } = inner.next();
        if (done === true) return;
        yield value;
      }
    } finally {
      use('the end of entries');
      inner.return?.();
    }
  }
}

interface Failed {
  readonly disk: Watched;
  readonly store: StoreAdmin;
  readonly folder: string;
}

/** A store with five records whose last commit has failed. */
async function failedStore(disk = new Watched(), options: EngineOptions = {}): Promise<Failed> {
  const folder = emptyFolder();
  const store = await openEngine(folder, options, disk.open);
  onTestFinished(() => store.close());
  await store.commit(['a', 'b', 'c', 'd', 'e'].map((key) => ({ key, value: key, keep: 2 })));
  disk.fails = true;
  expect(await rejection(store.commit([{ key: 'a', value: 'lost' }]))).toMatchObject({ code: 'STORE_UNAVAILABLE' });
  disk.fails = false;
  return { disk, store, folder };
}

/** A turn of the event loop, in which LMDB's own timers run. */
function turn(): Promise<void> {
  return new Promise((resolve) => {
    setImmediate(resolve);
  });
}

/** Calls `look` in every microtask until a promise is settled; now and then a turn goes by. */
async function lookDuring(promise: Promise<unknown>, look: () => void): Promise<number> {
  let isOver = false;
  const settled = promise.finally(() => {
    isOver = true;
  });
  let looks = 0;
  for (; !isOver; looks++) {
    look();
    await (looks % 50 === 49 ? turn() : null);
  }
  await settled;
  return looks;
}

test('who reads in any microtask of a reopen is answered, and never by an environment that is closed', async () => {
  const { disk, store } = await failedStore();
  const looks = await lookDuring(store.reopen(), () => {
    expect(store.get('a')).toMatchObject({ version: 1, value: 'a' });
    expect([...store.keys('')]).toEqual(['a', 'b', 'c', 'd', 'e']);
    expect([...store.scan('c')].map((each) => each.value())).toEqual(['c']);
    expect([store.version('b'), store.history('b').length, store.stats().keys]).toEqual([1, 1, 5]);
  });
  expect(looks).toBeGreaterThan(3);
  await turn(); // LMDB's timers of what was closed
  expect(disk.late).toEqual([]);
  expect(disk.there).toEqual(['write']);
  await store.commit([{ key: 'a', value: 2, expectedVersion: 1 }]);
  expect(store.get('a')?.value).toBe(2);
});

test('the next environment is a new one: nobody has the file open when it is opened', async (context) => {
  if (!existsSync('/proc/self/fd')) {
    context.skip('this system does not say which files are open');
    return;
  }
  const { disk, store, folder } = await failedStore();
  const filesOpen = (): number =>
    readdirSync('/proc/self/fd').filter((each) => {
      try {
        return readlinkSync(join('/proc/self/fd', each)).startsWith(join(folder, 'data.mdb'));
      } catch {
        return false; // the one that listed them
      }
    }).length;
  const found: number[] = [];
  disk.beforeOpening = () => found.push(filesOpen());
  expect(filesOpen()).toBeGreaterThan(0);
  await store.reopen();
  expect(found.at(-1)).toBe(0);
});

test('a scan that is under way goes on in the next environment, and misses and repeats nothing', async () => {
  const { disk, store } = await failedStore();
  const scan = store.scan('')[Symbol.iterator]();
  const found = [scan.next().value?.key, scan.next().value?.key];
  await store.reopen();
  await turn();
  for (let next = scan.next(); next.done !== true; next = scan.next()) found.push(next.value.key);
  expect(found).toEqual(['a', 'b', 'c', 'd', 'e']);
  expect(disk.late).toEqual([]);
});

test('a scan that is under way when the store is closed is refused, and touches nothing that is closed', async () => {
  const disk = new Watched();
  const { store } = await failedStore(disk);
  const scan = store.scan('')[Symbol.iterator]();
  scan.next();
  await store.close();
  expect(() => scan.next()).toThrow(expect.objectContaining({ code: 'SHUTTING_DOWN' }));
  expect(disk.late).toEqual([]);
});

test('a reopen and a close wait for a copy that is under way', async () => {
  const { disk, store } = await failedStore();
  let letGo = (): void => {};
  disk.gate = new Promise((resolve) => {
    letGo = resolve;
  });
  const first = store.backup(join(emptyFolder(), 'first'));
  while (disk.copies < 1) await turn();
  const reopened = store.reopen();
  for (let turns = 0; turns < 5; turns++) await turn();
  expect(disk.there).toContain('write');
  expect(store.get('a')?.value).toBe('a');
  letGo();
  await Promise.all([first, reopened]);
  disk.gate = new Promise((resolve) => {
    letGo = resolve;
  });
  const second = store.backup(join(emptyFolder(), 'second'));
  while (disk.copies < 2) await turn();
  const closed = store.close();
  for (let turns = 0; turns < 5; turns++) await turn();
  expect(disk.there).toEqual(['write']);
  letGo();
  await Promise.all([second, closed]);
  expect([disk.there, disk.late]).toEqual([[], []]);
});

test('when there is nothing to read with meanwhile the store stays as it is, and reads go on', async () => {
  const { disk, store } = await failedStore();
  disk.refused = { read: systemError(24) };
  expect(await rejection(store.reopen())).toMatchObject({ code: 'STORE_UNAVAILABLE' });
  expect([store.get('a')?.value, disk.there]).toEqual(['a', ['write']]);
  disk.refused = {};
  await store.reopen();
  expect([store.get('a')?.value, disk.late]).toEqual(['a', []]);
});

test('an environment that does not open again leaves the store out of reach, until it does', async () => {
  const { disk, store } = await failedStore();
  disk.refused = { write: systemError(24) };
  expect(await rejection(store.reopen())).toMatchObject({ code: 'STORE_UNAVAILABLE' });
  expect(() => store.get('a')).toThrow(expect.objectContaining({ code: 'STORE_UNAVAILABLE' }));
  expect(() => [...store.scan('')]).toThrow(expect.objectContaining({ code: 'STORE_UNAVAILABLE' }));
  expect(await rejection(store.reopen())).toMatchObject({ code: 'STORE_UNAVAILABLE' });
  disk.refused = {};
  await store.reopen();
  expect([store.get('a')?.value, disk.there, disk.late]).toEqual(['a', ['write'], []]);
});

test('an environment that answers no reads after a failure is replaced before anybody hears of the failure', async () => {
  const disk = new Watched();
  disk.panics = true;
  const { store } = await failedStore(disk);
  expect(store.get('a')?.value).toBe('a');
  expect(await rejection(store.commit([{ key: 'b', value: 2 }]))).toMatchObject({ code: 'STORE_UNAVAILABLE' });
  disk.fails = true; // still: the write that a reopen begins with fails
  expect(await rejection(store.reopen())).toMatchObject({ code: 'STORE_UNAVAILABLE' });
  expect(store.get('a')?.value).toBe('a');
  disk.fails = false;
  await lookDuring(store.reopen(), () => {
    expect(store.get('a')?.value).toBe('a');
  });
  await store.commit([{ key: 'b', value: 2 }]);
  expect([disk.there, disk.late]).toEqual([['write'], []]);
});

test('a store that is closed while it is opened again is closed for good', async () => {
  const { disk, store } = await failedStore();
  const reopened = store.reopen();
  await Promise.all([reopened, store.close()]);
  await turn();
  expect([disk.there, disk.late]).toEqual([[], []]);
  expect(() => store.get('a')).toThrow(expect.objectContaining({ code: 'SHUTTING_DOWN' }));
});
