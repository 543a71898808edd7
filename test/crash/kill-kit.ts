// Runs a program that gets killed, and gives back what it had told by then. Programs are plain JavaScript on the built
// package, as users run it.

import { type ChildProcess, spawn, spawnSync } from 'node:child_process';
import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';

/** The path of a program. */
export function program(name: string): string {
  return fileURLToPath(new URL(`programs/${name}.js`, import.meta.url));
}

/** A folder of its own for a test; `remove` takes it away. */
export function temporaryFolder(): { readonly path: string; readonly remove: () => void } {
  const path = mkdtempSync(join(tmpdir(), 'troupe-crash-'));
  return {
    path,
    remove: () => {
      rmSync(path, { recursive: true, force: true });
    },
  };
}

/** What a program had told when it ended, and of what it died. */
export interface Ended {
  readonly lines: readonly string[];
  readonly errors: string;
  readonly signal: NodeJS.Signals | null;
  readonly code: number | null;
}

/** A program under way. */
export interface Running {
  readonly child: ChildProcess;
  readonly ended: Promise<Ended>;
  /** Resolves when it has told so many lines, or has ended. */
  told(lines: number): Promise<void>;
}

/** Starts a command. */
export function start(command: string, args: readonly string[], env: NodeJS.ProcessEnv = {}): Running {
  const child = spawn(command, args, { env: { ...process.env, ...env }, stdio: ['ignore', 'pipe', 'pipe'] });
  let text = '';
  let errors = '';
  let waiting: { readonly lines: number; readonly resolve: () => void }[] = [];
  const linesOf = (): string[] => text.split('\n').slice(0, -1);
  const wake = (over: boolean): void => {
    const told = linesOf().length;
    for (const { lines, resolve } of waiting) if (over || told >= lines) resolve();
    waiting = waiting.filter(({ lines }) => !over && told < lines);
  };
  child.stdout.setEncoding('utf8').on('data', (part: string) => {
    text += part;
    wake(false);
  });
  child.stderr.setEncoding('utf8').on('data', (part: string) => {
    errors += part;
  });
  const ended = new Promise<Ended>((resolve, reject) => {
    child.on('error', reject);
    child.on('close', (code, signal) => {
      wake(true);
      resolve({ lines: linesOf(), errors, signal, code });
    });
  });
  return {
    child,
    ended,
    told: (lines) =>
      new Promise((resolve) => {
        waiting.push({ lines, resolve });
        wake(child.exitCode !== null || child.signalCode !== null);
      }),
  };
}

/** Starts a program with Node. */
export function startProgram(name: string, args: readonly string[]): Running {
  return start(process.execPath, [program(name), ...args]);
}

/** Why system calls can't be cut off here; undefined when they can. */
export function straceMissing(): string | undefined {
  const tried = spawnSync('strace', ['-f', '-e', 'inject=pwrite64:signal=SIGCONT:when=65000', 'true']);
  if (tried.error !== undefined) return 'there is no strace on this machine';
  return tried.status === 0 ? undefined : `strace may not trace here: ${tried.stderr.toString().trim().slice(0, 200)}`;
}
