// Folders for tests: made from a map of paths to contents, removed after each test, and turned into git repositories
// with fixed authors and dates where a test asks for one.

import { execFile } from 'node:child_process';
import { mkdir, mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { dirname, join } from 'node:path';
import { promisify } from 'node:util';
import { afterEach } from 'vitest';

const run = promisify(execFile);
const made: string[] = [];

afterEach(async () => {
  for (const folder of made.splice(0)) await rm(folder, { recursive: true, force: true });
});

/** Whether git can be started; tests that need it are skipped with this said in their names. */
export const hasGit = await run('git', ['--version']).then(
  () => true,
  () => false,
);

/** A name that says why a test is skipped. */
export function needsGit(name: string): string {
  return hasGit ? name : `${name} (skipped: git is not installed)`;
}

/** Writes files into a folder. */
export async function fill(folder: string, files: Readonly<Record<string, string | Uint8Array>>): Promise<void> {
  for (const [path, content] of Object.entries(files)) {
    await mkdir(dirname(join(folder, path)), { recursive: true });
    await writeFile(join(folder, path), content);
  }
}

/** A new folder outside any checkout. */
export async function folderWith(files: Readonly<Record<string, string | Uint8Array>>): Promise<string> {
  const folder = await mkdtemp(join(tmpdir(), 'troupe-audit-'));
  made.push(folder);
  await fill(folder, files);
  return folder;
}

/** Runs git as an author at a day of January 2024. */
export async function git(folder: string, args: readonly string[], { author = 'ada', day = 1 } = {}): Promise<void> {
  const date = `2024-01-${String(day).padStart(2, '0')}T12:00:00+02:00`;
  const who = { NAME: author, EMAIL: `${author}@example.org`, DATE: date };
  const identity = Object.entries(who).flatMap(([key, value]) => [
    [`GIT_AUTHOR_${key}`, value],
    [`GIT_COMMITTER_${key}`, value],
  ]);
  const outer = Object.entries(process.env).filter(([name]) => !name.startsWith('GIT_'));
  const env = {
    ...Object.fromEntries(outer),
    ...Object.fromEntries(identity),
    GIT_CONFIG_GLOBAL: '/dev/null',
    GIT_CONFIG_NOSYSTEM: '1',
  };
  await run('git', [...args], { cwd: folder, env });
}

/** Commits everything in the folder. */
export async function commit(folder: string, by: { author?: string; day?: number } = {}): Promise<void> {
  await git(folder, ['add', '--all'], by);
  await git(folder, ['commit', '--quiet', '--no-gpg-sign', '-m', 'change'], by);
}
