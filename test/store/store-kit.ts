// What tests of a store on disk share: folders that go away, and real processes that run a few lines against the
// sources, hold a store open, and are killed when the test says so.

import { type ChildProcess, spawn } from 'node:child_process';
import { createHash } from 'node:crypto';
import { readdirSync, readFileSync } from 'node:fs';
import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join, relative } from 'node:path';
import { fileURLToPath } from 'node:url';
import { onTestFinished } from 'vitest';

const root = fileURLToPath(new URL('../..', import.meta.url));

/** A folder that is gone after the test; `after` is told what is to be done then, for one that lives longer. */
export async function folder(after: (tidy: () => Promise<void>) => void = onTestFinished): Promise<string> {
  const path = await mkdtemp(join(tmpdir(), 'troupe-store-'));
  after(() => rm(path, { recursive: true, force: true }));
  return path;
}

/** Every file below a folder, with what is in it: to see that nothing has changed. */
export function contentOf(path: string): Readonly<Record<string, string>> {
  const files = readdirSync(path, { recursive: true, withFileTypes: true }).filter((entry) => entry.isFile());
  return Object.fromEntries(
    files.map((entry) => {
      const file = join(entry.parentPath, entry.name);
      return [relative(path, file), createHash('sha256').update(readFileSync(file)).digest('hex')];
    }),
  );
}

/** A process that runs. */
export interface Child {
  readonly process: ChildProcess;
  /** The next line it prints; rejects with what it said when it ends first. */
  line(): Promise<string>;
  /** How it ended. */
  readonly ended: Promise<{
    readonly status: number | null;
    readonly signal: NodeJS.Signals | null;
    readonly said: string;
  }>;
  /** Ends it as a power cut would, and waits until it is gone. */
  kill(): Promise<void>;
}

/**
 * Runs TypeScript against the sources in a process of its own, with `openStore`, `say` and the arguments `args`.
 *
 * `wrapper` is a command that runs the process, such as one that limits it; `uid` the user it runs as.
 */
export function inProcess(
  body: string,
  args: readonly string[] = [],
  { wrapper = [], uid }: { readonly wrapper?: readonly string[]; readonly uid?: number } = {},
): Child {
  const code = `
    import { createJiti } from 'jiti';
    import { writeSync } from 'node:fs';
    const jiti = createJiti(${JSON.stringify(`${root}/test/`)});
    const source = (path) => jiti.import(${JSON.stringify(`${root}/`)} + path);
    const { openStore } = await source('src/store/opening/open.ts');
    const args = process.argv.slice(1);
    const say = (text) => writeSync(1, text + '\\n');
    const forever = () => new Promise((resolve) => process.stdin.on('end', resolve).resume());
    const tell = (error) => say(JSON.stringify({ code: error.code, message: error.message, details: error.details }));
    ${body}
  `;
  const [command = '', ...words] = [...wrapper, process.execPath, '--input-type=module', '-e', code, ...args];
  const child = spawn(command, words, {
    cwd: root,
    stdio: ['pipe', 'pipe', 'pipe'],
    ...(uid === undefined ? {} : { uid, gid: uid }),
  });
  onTestFinished(() => {
    child.kill('SIGKILL');
  });
  return new Following(child);
}

class Following implements Child {
  readonly process: ChildProcess;
  readonly ended: Child['ended'];
  readonly #lines: string[] = [];
  #rest = '';
  #said = '';
  #changed: () => void = () => {};

  constructor(child: ChildProcess) {
    this.process = child;
    child.stdout?.setEncoding('utf8').on('data', (text: string) => {
      const parts = `${this.#rest}${text}`.split('\n');
      this.#rest = parts.pop() ?? '';
      this.#lines.push(...parts);
      this.#changed();
    });
    child.stderr?.setEncoding('utf8').on('data', (text: string) => {
      this.#said += text;
    });
    this.ended = new Promise((resolve) => {
      child.on('close', (status, signal) => {
        resolve({ status, signal, said: this.#said });
      });
    });
  }

  async line(): Promise<string> {
    let isOver = false;
    void this.ended.then(() => {
      isOver = true;
      this.#changed();
    });
    while (this.#lines.length === 0) {
      if (isOver) throw new Error(`it ended without a line: ${this.#said}`);
      await new Promise<void>((resolve) => {
        this.#changed = resolve;
      });
    }
    return this.#lines.shift() ?? '';
  }

  async kill(): Promise<void> {
    this.process.kill('SIGKILL');
    await this.ended;
  }
}
