// The git commit of the user's project, for the report of a run that failed: the seed alone says nothing when the code
// has moved on.

import { execFile } from 'node:child_process';
import { promisify } from 'node:util';

const git_ms = 5_000;

/** The commit of the project that a folder is in, with `-dirty` where files differ; undefined without git. */
export async function commitOf(folder: string): Promise<string | undefined> {
  const words = ['-C', folder, 'describe', '--always', '--dirty', '--abbrev=40', '--exclude=*'];
  try {
    const { stdout } = await promisify(execFile)('git', words, { timeout: git_ms });
    return stdout.trim();
  } catch {
    return undefined;
  }
}
