// Kills a process at every write and every sync that it makes for twelve operations. Whatever was acknowledged by then is
// there when the store is opened again, at most one operation more, and every value whole.

import { cpSync } from 'node:fs';
import { afterEach, describe, expect, test } from 'vitest';
import { type Ended, program, start, startProgram, straceMissing, temporaryFolder } from './kill-kit.ts';
import { expectTwelve } from './twelve.ts';

// Each is counted by itself: the nth of one kind, in whichever thread comes to it first.
const calls = ['pwrite64', 'writev', 'fdatasync', 'fsync', 'ftruncate', 'rename'] as const;
type Call = (typeof calls)[number];
const missing = straceMissing();
if (missing !== undefined) process.stderr.write(`skipped, kills at system calls: ${missing}\n`);

const folders: { readonly remove: () => void }[] = [];
afterEach(() => {
  for (const folder of folders.splice(0)) folder.remove();
});

interface Place {
  readonly call: Call;
  readonly when: number;
}

interface Cut {
  readonly ended: Ended;
  readonly path: string;
}

/** Runs a program on a folder, a new one or a copy, cut off at the nth call of the thread that makes it. */
async function cutAt(name: string, { call, when }: Place, from?: string): Promise<Cut> {
  const folder = temporaryFolder();
  folders.push(folder);
  if (from !== undefined) cpSync(from, folder.path, { recursive: true });
  const inject = `inject=${call}:signal=SIGKILL:when=${when}`;
  const args = ['-f', '-qq', '-o', '/dev/null', '-e', `trace=${call}`, '-e', inject];
  const running = start('strace', [...args, process.execPath, program(name), folder.path], {
    UV_THREADPOOL_SIZE: '1',
  });
  return { ended: await running.ended, path: folder.path };
}

/** Cuts a program off at every call of a kind until it comes to its end. @returns how often it was killed. */
async function cutEverywhere(
  call: Call,
  name: string,
  check: (cut: Cut, why: string) => Promise<void>,
  from?: string,
): Promise<number> {
  let killed = 0;
  for (let when = 1; when < 1_000; when += 2) {
    // Two at a time, one a core.
    // oxlint-disable-next-line no-await-in-loop
    const cuts = await Promise.all([cutAt(name, { call, when }, from), cutAt(name, { call, when: when + 1 }, from)]);
    for (const cut of cuts) {
      // oxlint-disable-next-line no-await-in-loop
      await check(cut, `killed at ${call} ${when} or the next: ${cut.ended.errors}`);
      if (!cut.ended.lines.includes('end')) killed += 1;
    }
    for (const folder of folders.splice(0)) folder.remove();
    if (cuts.every(({ ended }) => ended.lines.includes('end'))) return killed;
  }
  throw new Error('the program never comes to its end');
}

const acknowledgedOf = ({ lines }: Ended): number => lines.filter((line) => /^\d+$/.test(line)).length;

describe.skipIf(missing !== undefined)('a process killed at any write or sync', () => {
  let killed = 0;

  test.each(calls)(
    'P01 at %s: the acknowledged state is there, or one operation more',
    { timeout: 300_000 },
    async (call) => {
      killed += await cutEverywhere(call, 'twelve', ({ ended, path }, why) =>
        expectTwelve(path, acknowledgedOf(ended), why),
      );
    },
  );

  test('P01 that was at every one of the calls that twelve operations make', () => {
    process.stderr.write(`P01: killed at ${killed} writes and syncs\n`);
    expect(killed).toBeGreaterThan(48);
  });

  test('P04 while it recovers: the store comes to the same state in the end', { timeout: 300_000 }, async () => {
    const left = temporaryFolder();
    const acknowledged = acknowledgedOf(await startProgram('twelve', [left.path, 'called', '8']).ended);
    expect(acknowledged).toBeGreaterThan(3);
    let times = 0;
    for (const call of calls) {
      // oxlint-disable-next-line no-await-in-loop
      times += await cutEverywhere(call, 'reopen', ({ path }, why) => expectTwelve(path, acknowledged, why), left.path);
    }
    left.remove();
    process.stderr.write(`P04: killed at ${times} writes and syncs of a recovery\n`);
    expect(times).toBeGreaterThan(8);
  });
});
