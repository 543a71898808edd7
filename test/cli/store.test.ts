// `troupe store` as a user meets it: what each command prints for people and for programs, beside a process that
// writes to the same store where that is safe, and refused where it is not.

import { readdirSync } from 'node:fs';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { openStore } from '../../src/store/opening/open.ts';
import { folder, inProcess } from '../store/store-kit.ts';
import { type Ended, stackLine, troupe } from './cli-kit.ts';

/** A store with actors and shared state in several versions. */
async function store(after?: typeof afterAll): Promise<string> {
  const path = join(await folder(after), 'data');
  const opened = await openStore(path);
  for (const n of [1, 2, 3])
    await opened.store.commit([
      { key: 'actor/main/code', value: { count: n, tags: new Set(['a']), text: '\u001b[31mred' }, keep: 10, schema: 2 },
      { key: 'state/prices', value: { apple: n, pear: 5 }, keep: 10 },
    ]);
  await opened.store.commit([
    { key: 'run/1', value: 'done' },
    { key: 'state/main/code', value: 1, keep: 10 },
  ]);
  await opened.close();
  return path;
}

let shared = '';
beforeAll(async () => {
  shared = await store(afterAll);
});

/** Runs a command on the shared store. */
function run(...words: readonly string[]): Promise<Ended> {
  const [command = '', ...rest] = words;
  return troupe(['store', command, shared, ...rest], { cwd: '/' });
}

/** Runs a command for its document. */
async function document(...words: readonly string[]): Promise<unknown> {
  const { status, stdout, stderr } = await run(...words, '--json');
  expect({ status, stderr }).toEqual({ status: 0, stderr: '' });
  return JSON.parse(stdout);
}

describe('looking', { timeout: 60_000 }, () => {
  test('ls lists keys in columns, in order, a part of them, or from a key on', async () => {
    const { status, stdout, stderr } = await run('ls');
    expect({ status, stderr }).toEqual({ status: 0, stderr: '' });
    const lines = stdout.trimEnd().split('\n');
    expect(lines[0]).toMatch(/^KEY +VERSION +KEPT +SIZE +WRITTEN$/);
    expect(lines[1]).toMatch(/^actor\/main\/code +3 +3 +\d+ B +20\d\d-\d\d-\d\d \d\d:\d\d:\d\dZ$/);
    expect(lines.slice(1).map((line) => line.split(' ')[0])).toEqual([
      'actor/main/code',
      'run/1',
      'state/main/code',
      'state/prices',
    ]);
    expect(await document('ls', 'state/')).toEqual({
      keys: [
        { key: 'state/main/code', version: 1, versions: 1, at: expect.any(Number), bytes: expect.any(Number) },
        { key: 'state/prices', version: 3, versions: 3, at: expect.any(Number), bytes: expect.any(Number) },
      ],
      more: false,
    });
    expect(await document('ls', '--limit', '1', '--after', 'run/1')).toMatchObject({
      keys: [{ key: 'state/main/code' }],
      more: true,
    });
    expect((await run('ls', '--limit', '1')).stderr).toContain("--after 'actor/main/code'");
    expect(await run('ls', 'nope')).toEqual({ status: 0, stdout: '', stderr: "No key begins with 'nope'.\n" });
  });

  test('history lists versions, newest first', async () => {
    const { stdout } = await run('history', 'prices');
    expect(stdout).toMatch(/^state\/prices\n\nVERSION +WRITTEN +SIZE +SCHEMA\n +3 .*\n +2 .*\n +1 .*\n$/);
    expect(await document('history', 'actor/main/code')).toMatchObject({
      key: 'actor/main/code',
      versions: [3, 2, 1].map((version) => ({ version, schema: 2 })),
    });
  });

  test('show shows values as they are, and to a terminal no commands', async () => {
    const { stdout } = await run('show', 'actor/main/code', '--version', '2');
    expect(stdout).toMatch(/^actor\/main\/code, version 2, written .*Z, schema 2\n\n/);
    expect(stdout).toContain("tags: Set(1) { 'a' }");
    expect(stdout).not.toContain('\u001b');
    expect(await document('show', 'state/prices')).toEqual({
      key: 'state/prices',
      version: 3,
      at: expect.any(Number) as number,
      schema: 0,
      value: { apple: 3, pear: 5 },
    });
  });

  test('diff shows each place that differs, before and after', async () => {
    expect((await run('diff', 'prices', '1', '3')).stdout).toMatch(/^PATH +VERSION 1 +VERSION 3\n\.apple +1 +3\n$/);
    expect(await document('diff', 'prices', '2', '3')).toEqual({
      key: 'state/prices',
      before: 2,
      after: 3,
      entries: [{ path: '.apple', before: 2, after: 3 }],
      more: 0,
    });
    expect(await run('diff', 'prices', '2', '2')).toMatchObject({ status: 0, stdout: '' });
  });

  test('verify says how much is whole', async () => {
    expect((await run('verify')).stdout).toMatch(/^Whole: \d+ records checked, 4 keys, 8 versions, /);
    expect(await document('verify')).toMatchObject({ whole: true, state: 'clean', damaged: 0, damage: [], keys: 4 });
  });

  test('backup makes a store that can be looked into', async () => {
    const target = join(await folder(), 'copy');
    expect(await document('backup', target)).toEqual({ path: target, bytes: expect.any(Number) as number });
    expect((await troupe(['store', 'verify', target], { cwd: '/' })).stdout).toMatch(/^Whole: \d+ records/);
  });
});

describe('writing', { timeout: 60_000 }, () => {
  test('rollback writes the old content as a new version and keeps the history', async () => {
    const path = await store();
    const done = await troupe(['store', 'rollback', path, 'prices', '1', '--json'], { cwd: '/' });
    expect(JSON.parse(done.stdout)).toEqual({ key: 'state/prices', from: 1, version: 4 });
    const { stdout } = await troupe(['store', 'history', path, 'prices', '--json'], { cwd: '/' });
    expect((JSON.parse(stdout) as { versions: object[] }).versions).toHaveLength(4);
    const shown = await troupe(['store', 'show', path, 'prices', '--json'], { cwd: '/' });
    expect(JSON.parse(shown.stdout)).toMatchObject({ version: 4, value: { apple: 1 } });
  });

  test('prune forgets versions, compact gives the room back', async () => {
    const path = await store();
    const pruned = await troupe(['store', 'prune', path, '--versions', '1', '--json'], { cwd: '/' });
    expect(JSON.parse(pruned.stdout)).toEqual({ keys: 4, versions: 4, freedBytes: expect.any(Number) as number });
    const compacted = await troupe(['store', 'compact', path, '--json'], { cwd: '/' });
    const { beforeBytes, afterBytes } = JSON.parse(compacted.stdout) as Record<string, number>;
    expect(afterBytes).toBeLessThan(beforeBytes ?? 0);
    expect((await troupe(['store', 'ls', path], { cwd: '/' })).stdout).toContain('actor/main/code        3     1 ');
  });
});

test('beside a process that writes, looking goes on and writing is refused', { timeout: 120_000 }, async () => {
  const path = await store();
  const writer = inProcess(
    `const { store } = await openStore(args[0]);
     for (let n = 4; ; n++) { await store.commit([{ key: 'state/prices', value: { apple: n }, keep: 10 }]); if (n === 4) say('on'); }`,
    [path],
  );
  expect(await writer.line()).toBe('on');
  const target = join(await folder(), 'copy');
  const lookers = [
    ['ls'],
    ['history', 'prices'],
    ['show', 'prices'],
    ['verify'],
    ['diff', 'actor/main/code', '1', '2'],
  ];
  for (const [command = '', ...rest] of [...lookers, ['backup', target]])
    expect(await troupe(['store', command, path, ...rest, '--json'], { cwd: '/' }), command).toMatchObject({
      status: 0,
      stderr: '',
    });
  for (const [command = '', ...rest] of [['rollback', 'prices', '1'], ['prune', '--versions', '1'], ['compact']]) {
    const { status, stdout, stderr } = await troupe(['store', command, path, ...rest, '--json'], { cwd: '/' });
    expect({ command, status }).toEqual({ command, status: 1 });
    expect(JSON.parse(stdout)).toMatchObject({ error: { code: 'STORE_LOCKED', details: { pid: writer.process.pid } } });
    expect(stderr).toContain(`in use by process ${writer.process.pid}`);
    expect(stderr).not.toMatch(stackLine);
  }
  expect(readdirSync(path).filter((name) => name.startsWith('data-'))).toEqual(['data-1']);
  await writer.kill();
  const { stderr } = await troupe(['store', 'ls', path], { cwd: '/' });
  expect(stderr).toContain('The process that had this store has died');
});
