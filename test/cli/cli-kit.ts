// What tests of the command line share: the built command as a real child process, and topologies in folders that
// have no node_modules. Waiting is always for output or an end, never for time.

import { type ChildProcess, spawn } from 'node:child_process';
import { existsSync } from 'node:fs';
import { fileURLToPath } from 'node:url';

export { folderWith } from '../examples/audit/temp-folder.ts';

export const repository = fileURLToPath(new URL('../..', import.meta.url));
export const commandLine = fileURLToPath(new URL('../../dist/src/cli/main.js', import.meta.url));
if (!existsSync(commandLine))
  throw new Error(`${commandLine} is missing: build first, as npm test does (npm run build).`);

/** How a command ended and what it wrote. */
export interface Ended {
  readonly status: number | null;
  readonly stdout: string;
  readonly stderr: string;
}

export interface StartOptions {
  readonly cwd: string;
  readonly stdin?: string;
  readonly env?: Readonly<Record<string, string>>;
}

/** A command that runs. */
export interface Started {
  readonly child: ChildProcess;
  readonly ended: Promise<Ended>;
  /** Resolves as soon as stderr has the text; rejects when the command ends without. */
  said(text: string | RegExp): Promise<void>;
}

/** Starts `troupe` with some words. */
export function start(words: readonly string[], { cwd, stdin, env = {} }: StartOptions): Started {
  return follow(
    spawn(process.execPath, [commandLine, ...words], { cwd, env: { ...bareEnvironment(), ...env } }),
    stdin,
  );
}

/** Runs `troupe` to its end. */
export function troupe(words: readonly string[], options: StartOptions): Promise<Ended> {
  return start(words, options).ended;
}

/** Follows any child process. */
export function follow(child: ChildProcess, stdin?: string): Started {
  let stdout = '';
  let stderr = '';
  const listeners = new Set<() => void>();
  child.stdout?.setEncoding('utf8').on('data', (text: string) => {
    stdout += text;
  });
  child.stderr?.setEncoding('utf8').on('data', (text: string) => {
    stderr += text;
    for (const listener of listeners) listener();
  });
  child.stdin?.on('error', () => {});
  child.stdin?.end(stdin ?? '');
  const ended = new Promise<Ended>((resolve) => {
    child.on('close', (status) => {
      resolve({ status, stdout, stderr });
    });
  });
  const has = (text: string | RegExp): boolean =>
    typeof text === 'string' ? stderr.includes(text) : text.test(stderr);
  return {
    child,
    ended,
    said: (text) =>
      new Promise((resolve, reject) => {
        const listener = (): void => {
          if (!has(text)) return;
          listeners.delete(listener);
          resolve();
        };
        listeners.add(listener);
        listener();
        void ended.then(() => {
          reject(new Error(`it ended without saying ${String(text)}: ${stderr}`));
        });
      }),
  };
}

/** What a new user's shell has, without what the test runner adds. */
function bareEnvironment(): NodeJS.ProcessEnv {
  const { PATH, HOME, TMPDIR } = process.env;
  return { PATH, HOME, ...(TMPDIR === undefined ? {} : { TMPDIR }) };
}

/** A topology of agents that take their own names as task types. */
export function agentsTopology(agents: string): string {
  return `import { agent, defineTopology, director, orchestrator } from 'troupe';
export default defineTopology({ name: 'small', orchestrators: { main: orchestrator({ directors: { team: director({ agents: { ${agents} } }) } }) } });
`;
}

/** A topology with one agent, `work`. */
export function workTopology(run: string): string {
  return agentsTopology(`work: agent({ run: ${run} })`);
}

/** A line of a stack trace, which a user's mistake never shows. */
export const stackLine = /^\s+at .*(?:\(|node:|dist\/)/m;
