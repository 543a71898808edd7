// Runs one read-only git command in a folder that nobody vouches for. The repository's own configuration may name
// programs (fsmonitor, external diff, signature checks): those are switched off, and variables of an outer git are
// dropped, so that auditing a folder inside a hook reads that folder and not the outer repository.

import { execFile } from 'node:child_process';

import type { Abortable } from './abortable.ts';
import { auditLimits } from './limits.ts';

/** What a command printed, or why there is nothing. */
export type GitOutput =
  | { readonly type: 'printed'; readonly text: string; readonly truncated: boolean }
  | { readonly type: 'unavailable'; readonly reason: string };

const outerVariables = [
  'GIT_DIR',
  'GIT_WORK_TREE',
  'GIT_INDEX_FILE',
  'GIT_PREFIX',
  'GIT_OBJECT_DIRECTORY',
  'GIT_COMMON_DIR',
];

const safeSettings = [
  'core.fsmonitor=false',
  'core.quotePath=false',
  'core.hooksPath=/dev/null',
  'log.showSignature=false',
  'diff.external=',
  'protocol.allow=never',
].flatMap((setting) => ['-c', setting]);

function environment(): NodeJS.ProcessEnv {
  const kept = Object.entries(process.env).filter(([name]) => !outerVariables.includes(name));
  return {
    ...Object.fromEntries(kept),
    GIT_OPTIONAL_LOCKS: '0',
    GIT_TERMINAL_PROMPT: '0',
    GIT_NO_LAZY_FETCH: '1',
    LC_ALL: 'C',
  };
}

function firstLine(text: string): string {
  return (
    text
      .split('\n')
      .find((line) => line.trim() !== '')
      ?.trim() ?? ''
  );
}

/**
 * Runs git in `folder` and keeps at most `auditLimits.gitOutput_bytes` of what it prints.
 *
 * Never fails for a folder without git or a machine without it: that is `unavailable`. Rejects only when aborted.
 */
export function runGit(folder: string, args: readonly string[], { signal }: Abortable = {}): Promise<GitOutput> {
  signal?.throwIfAborted();
  const options = {
    cwd: folder,
    env: environment(),
    encoding: 'utf8',
    maxBuffer: auditLimits.gitOutput_bytes,
    windowsHide: true,
    ...(signal === undefined ? {} : { signal }),
  } as const;
  return new Promise((resolve, reject) => {
    execFile('git', [...safeSettings, ...args], options, (error, stdout, stderr) => {
      if (signal?.aborted === true) {
        reject(signal.reason instanceof Error ? signal.reason : new Error('aborted', { cause: signal.reason }));
      } else if (error === null) {
        resolve({ type: 'printed', text: stdout, truncated: false });
      } else if (error.code === 'ERR_CHILD_PROCESS_STDIO_MAXBUFFER') {
        resolve({ type: 'printed', text: stdout, truncated: true });
      } else {
        const missing = error.code === 'ENOENT';
        resolve({ type: 'unavailable', reason: missing ? 'git is not installed' : firstLine(stderr) || error.message });
      }
    });
  });
}
