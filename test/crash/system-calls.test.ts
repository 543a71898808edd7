// Kills a process at every write and every sync that it makes for twelve operations. Whatever was acknowledged by then is
// there when the store is opened again, at most one operation more, and every value whole.

import { cpSync } from 'node:fs';
import { afterEach, expect, test } from 'vitest';
import { type Ended, program, start, startProgram, straceMissing, temporaryFolder } from './kill-kit.ts';
import { expectTwelve } from './twelve.ts';

const calls = 'pwrite64,pwritev,pwritev2,writev,fdatasync,fsync,msync,ftruncate,rename,renameat,renameat2';
const missing = straceMissing();
if (missing !== undefined) process.stderr.write(`skipped, kills at system calls: ${missing}\n`);

const folders: { readonly remove: () => void }[] = [];
afterEach(() => {
  for (const folder of folders.splice(0)) folder.remove();
});

interface Cut {
  readonly ended: Ended;
  readonly path: string;
}

/** Runs a program on a folder, a new one or a copy, cut off at the nth call of the thread that makes it. */
async function cutAt(name: string, when: number, from?: string): Promise<Cut> {
  const folder = temporaryFolder();
  folders.push(folder);
  if (from !== undefined) cpSync(from, folder.path, { recursive: true });
  const args = [
    '-f',
    '-qq',
    '-o',
    '/dev/null',
    '-e',
    `trace=${calls}`,
    '-e',
    `inject=${calls}:signal=SIGKILL:when=${when}`,
  ];
  const running = start('strace', [...args, process.execPath, program(name), folder.path], {
    UV_THREADPOOL_SIZE: '1',
  });
  return { ended: await running.ended, path: folder.path };
}

test.skipIf(missing !== undefined)(
  'P01 killed at any write or sync, the acknowledged state is there, or one operation more',
  { timeout: 600_000 },
  async () => {
    let killed = 0;
    for (let when = 1; ; when += 2) {
      // Two at a time, one a core.
      // oxlint-disable-next-line no-await-in-loop
      const cuts = await Promise.all([cutAt('twelve', when), cutAt('twelve', when + 1)]);
      for (const { ended, path } of cuts) {
        const acknowledged = ended.lines.filter((line) => /^\d+$/.test(line)).length;
        // oxlint-disable-next-line no-await-in-loop
        await expectTwelve(path, acknowledged, `killed at call ${when}: ${ended.errors}`);
        if (!ended.lines.includes('end')) killed += 1;
      }
      for (const folder of folders.splice(0)) folder.remove();
      if (cuts.every(({ ended }) => ended.lines.includes('end'))) break;
      expect(when, 'the program never comes to its end').toBeLessThan(2_000);
    }
    process.stderr.write(`P01: killed at ${killed} writes and syncs\n`);
    expect(killed).toBeGreaterThan(24);
  },
);

test.skipIf(missing !== undefined)(
  'P04 killed at any write or sync while it recovers, the store comes to the same state in the end',
  { timeout: 300_000 },
  async () => {
    const left = temporaryFolder();
    const running = startProgram('twelve', [left.path, 'called', '8']);
    const acknowledged = (await running.ended).lines.length;
    expect(acknowledged).toBeGreaterThan(3);
    let killed = 0;
    for (let when = 1; when < 500; when += 2) {
      // oxlint-disable-next-line no-await-in-loop
      const cuts = await Promise.all([cutAt('reopen', when, left.path), cutAt('reopen', when + 1, left.path)]);
      for (const { ended, path } of cuts) {
        // oxlint-disable-next-line no-await-in-loop
        await expectTwelve(path, acknowledged, `killed at call ${when} of a recovery: ${ended.errors}`);
        if (!ended.lines.includes('end')) killed += 1;
      }
      for (const folder of folders.splice(0)) folder.remove();
      if (cuts.every(({ ended }) => ended.lines.includes('end'))) break;
    }
    left.remove();
    process.stderr.write(`P04: killed at ${killed} writes and syncs of a recovery\n`);
    expect(killed).toBeGreaterThan(3);
  },
);
