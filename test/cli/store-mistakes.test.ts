// B (bad input) at `troupe store`: wrong usage ends with status 2, what is not there or can't be used with status 1,
// each as one message without a stack that says what was received and what to do; nothing on disk is changed.

import { cpSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { markerName } from '../../src/store/opening/marker.ts';
import { openStore } from '../../src/store/opening/open.ts';
import { contentOf, folder } from '../store/store-kit.ts';
import { stackLine, troupe } from './cli-kit.ts';

let path = '';
beforeAll(async () => {
  path = join(await folder(afterAll), 'data');
  const { store, close } = await openStore(path);
  const text = 'a text that is found in the file';
  await store.commit([
    { key: 'actor/main/code', value: { text, n: 1 }, keep: 10 },
    { key: 'state/main/code', value: { text, n: 2 }, keep: 10 },
  ]);
  await close();
});

test.each<[string, readonly string[], number, RegExp]>([
  ['no command', [], 2, /Usage: troupe store/],
  ['an unknown command', ['frob'], 2, /unknown command 'frob'\.\n {2}See troupe store --help/],
  ['no folder', ['ls'], 2, /missing required argument 'dir'\.\n {2}See troupe store ls --help/],
  ['no key', ['show', 'DIR'], 2, /missing required argument 'key'/],
  ['one version to compare', ['diff', 'DIR', 'main/code', '1'], 2, /missing required argument 'b'/],
  [
    'a version that is no number',
    ['show', 'DIR', 'x', '--version', 'new'],
    2,
    /'new' is invalid\. Give a whole number/,
  ],
  [
    'a version below one',
    ['rollback', 'DIR', 'x', '0'],
    2,
    /'0' is invalid for argument 'version'\. Give a whole number of 1 or more/,
  ],
  ['an unknown option', ['verify', 'DIR', '--deep'], 2, /unknown option '--deep'/],
  ['too much', ['verify', 'DIR', 'x'], 2, /too many arguments/],
  ['a limit that is none', ['ls', 'DIR', '--limit', '-3'], 2, /'-3' is invalid/],
  ['nothing to prune by', ['prune', 'DIR'], 2, /say what is to go\.\n {2}Give --versions 3/],
  ['an age that is none', ['prune', 'DIR', '--older-than', 'old'], 2, /--older-than.*"old".*'24h'/],
  ['a key that can be two', ['show', 'DIR', 'main/code'], 2, /Give one of them: actor\/main\/code, state\/main\/code/],
  [
    'a key that is not there',
    ['show', 'DIR', 'nope'],
    1,
    /no 'nope' in the store\.\n {2}Looked for: nope, actor\/nope/,
  ],
  ['a key of terminal commands', ['show', 'DIR', '\u001b[2J'], 1, /no '\\x1b\[2J' in the store/],
  ['an endless key', ['show', 'DIR', 'x'.repeat(5_000)], 1, /no 'x+…' in the store/],
  ['a version that is gone', ['show', 'DIR', 'actor/main/code', '--version', '9'], 1, /no version 9 .*\n {2}Kept: 1\./],
  ['a rollback to nowhere', ['rollback', 'DIR', 'actor/main/code', '9'], 1, /no version 9 of/],
  ['a diff with nothing', ['diff', 'DIR', 'actor/main/code', '1', '2'], 1, /no version 2 of/],
  ['a folder that is not there', ['ls', 'DIR/none'], 1, /there is nothing at this path/],
  ['a folder that is no store', ['ls', 'DIR/data-1'], 1, /not a Troupe store/],
  ['a rollback where no store is', ['rollback', 'DIR/none', 'x', '1'], 1, /there is nothing at this path/],
  ['a backup into the store', ['backup', 'DIR', 'DIR/copy'], 1, /a folder outside the store/],
  ['a backup over something', ['backup', 'DIR', 'DIR/..'], 1, /a folder that is empty or absent/],
])('%s', { timeout: 60_000 }, async (_, words, status, says) => {
  const before = contentOf(join(path, '..'));
  const ended = await troupe(['store', ...words.map((word) => word.replace('DIR', path))], { cwd: '/' });
  expect(ended).toMatchObject({ status, stdout: '' });
  expect(ended.stderr).toMatch(says);
  expect(ended.stderr).not.toMatch(stackLine);
  const after = contentOf(join(path, '..'));
  for (const name of ['data/data-1/data.mdb', 'data/troupe.json'].filter(() => words[0] !== 'rollback'))
    expect(after[name], name).toBe(before[name]);
});

describe('a store that can not be used', { timeout: 60_000 }, () => {
  /** A copy of the store. */
  async function copy(): Promise<string> {
    const target = join(await folder(), 'data');
    cpSync(path, target, { recursive: true, preserveTimestamps: true });
    return target;
  }

  test.each<[string, string, (dir: string) => void, RegExp]>([
    [
      'a newer one',
      'STORE_VERSION',
      (dir) => writeFileSync(join(dir, markerName), '{"format":7}'),
      /has format 7, this Troupe reads format 1/,
    ],
    [
      'one without data',
      'STORE_CORRUPT',
      (dir) => rmSync(join(dir, 'data-1'), { recursive: true }),
      /data-1\/data\.mdb, which is missing/,
    ],
    [
      'one of garbage',
      'STORE_CORRUPT',
      (dir) => writeFileSync(join(dir, 'data-1/data.mdb'), 'x'.repeat(50_000)),
      /first page is not one of this format/,
    ],
  ])('%s is refused by every command', async (_, code, spoil, says) => {
    const dir = await copy();
    spoil(dir);
    const before = contentOf(dir);
    for (const words of [
      ['ls'],
      ['show', 'x'],
      ['verify'],
      ['backup', join(dir, '../copy')],
      ['prune', '--versions', '1'],
      ['compact'],
    ]) {
      const [command = '', ...rest] = words;
      const { status, stdout, stderr } = await troupe(['store', command, dir, ...rest, '--json'], { cwd: '/' });
      expect({ command, status }).toEqual({ command, status: 1 });
      expect(JSON.parse(stdout)).toMatchObject({ error: { code, retryable: false } });
      expect(stderr).toMatch(says);
      expect(stderr).not.toMatch(stackLine);
    }
    const kept = ([name]: readonly [string, string]): boolean => !name.includes('lock');
    expect(Object.entries(contentOf(dir)).filter(kept)).toEqual(Object.entries(before).filter(kept));
  });

  test('verify lists what is damaged, and ends with status 1', async () => {
    const dir = await copy();
    const file = join(dir, 'data-1/data.mdb');
    const bytes = readFileSync(file);
    for (let at = bytes.indexOf('a text that is'); at !== -1; at = bytes.indexOf('a text that is', at))
      bytes[at] = 0x62;
    writeFileSync(file, bytes);
    const { status, stdout, stderr } = await troupe(['store', 'verify', dir], { cwd: '/' });
    expect(status).toBe(1);
    expect(stdout).toMatch(/^KEY +DAMAGED +SERVED INSTEAD +PROBLEM\n/);
    expect(stdout).toContain('actor/main/code');
    expect(stderr).toMatch(/\d+ of \d+ records are damaged/);
    const told = await troupe(['store', 'verify', dir, '--json'], { cwd: '/' });
    expect(JSON.parse(told.stdout)).toMatchObject({ whole: false });
  });
});

test('every command has help that says whether a runtime may have the store open', { timeout: 60_000 }, async () => {
  const safe = ['ls', 'history', 'show', 'diff', 'verify', 'backup'];
  for (const command of [...safe, 'rollback', 'prune', 'compact']) {
    const { status, stdout } = await troupe(['store', command, '--help'], { cwd: '/' });
    expect(status).toBe(0);
    const text = stdout.replace(/\s+/g, ' ');
    expect(text, command).toContain(safe.includes(command) ? 'Safe while a runtime' : 'refused with STORE_LOCKED');
    expect(text).toContain(`troupe store ${command} ./data`);
  }
});
