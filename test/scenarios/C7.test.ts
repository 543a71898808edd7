// C7: one command runs a topology, with no server to install. As a new user has it: a folder with one file, an
// environment with nothing in it, and the audit that `npm start` runs.

import { spawn } from 'node:child_process';
import { readdir, readFile, stat } from 'node:fs/promises';
import { basename, join } from 'node:path';
import { pathToFileURL } from 'node:url';
import { describe, expect, test } from 'vitest';
import { commandLine, type Ended, follow, folderWith, repository } from '../cli/cli-kit.ts';

const hello = `import { agent, defineTopology, director, orchestrator } from 'troupe';
const greet = agent({ run: ({ input }: { readonly input: string }) => \`Hello, \${input}!\` });
export default defineTopology({ name: 'hello', orchestrators: { main: orchestrator({ directors: { team: director({ agents: { greet } }) } }) } });
`;

/** Runs a program with nothing in its environment but a way to find Node and git. */
function bare(words: readonly string[], cwd: string): Promise<Ended> {
  const { PATH } = process.env;
  return follow(spawn(process.execPath, words, { cwd, env: { PATH } })).ended;
}

describe('C7 one command', () => {
  test('runs a topology file in an otherwise empty folder and leaves nothing else behind', async () => {
    const cwd = await folderWith({ 'hello.ts': hello });
    const { status, stdout, stderr } = await bare([commandLine, 'run', 'hello.ts', '--input', '"world"'], cwd);
    expect({ status, stdout }).toEqual({ status: 0, stdout: '"Hello, world!"\n' });
    expect(stderr).toContain('greet done');
    expect(await readdir(cwd)).toEqual(['hello.ts']);
  });

  test('opens no port and starts no other process', async () => {
    const watching = `import { createRequire } from 'node:module';
const require = createRequire(import.meta.url);
const opened = [];
const [net, children] = [require('node:net'), require('node:child_process')];
for (const method of ['listen']) { const real = net.Server.prototype[method]; net.Server.prototype[method] = function (...words) { opened.push('port'); return real.apply(this, words); }; }
for (const method of ['spawn', 'fork', 'execFile', 'exec']) children[method] = () => { opened.push(method); throw new Error(method); };
process.on('exit', () => process.stderr.write('opened: ' + JSON.stringify(opened)));
`;
    const cwd = await folderWith({ 'hello.ts': hello, 'watch.mjs': watching });
    const watch = pathToFileURL(join(cwd, 'watch.mjs')).href;
    const { status, stderr } = await bare(
      ['--import', watch, commandLine, 'run', 'hello.ts', '--input', '"world"'],
      cwd,
    );
    expect(status).toBe(0);
    expect(stderr).toContain('opened: []');
  });
});

describe('C7 npm start', () => {
  const start = join(repository, 'docs', 'examples', 'audit', 'start.js');

  test('audits a folder and says where the report is', async () => {
    const cwd = await folderWith({
      'code/a.ts': 'export function a(): number {\n  // TODO: more\n  return 1;\n}\n',
      'code/b.py': 'def b():\n    return 2\n',
    });
    const { status, stdout, stderr } = await bare([start, 'code'], cwd);
    expect(stderr).toContain('audit done');
    expect(status).toBe(0);
    const page = join(cwd, 'troupe-report', 'code', 'report.html');
    expect(stdout).toContain('2 files');
    expect(stdout).toContain('1 marker');
    expect(stdout).toContain(`Report: ${page}`);
    expect(stdout).toContain(pathToFileURL(page).href);
    expect((await readdir(join(cwd, 'troupe-report', 'code'))).toSorted()).toEqual([
      'report.html',
      'report.json',
      'report.md',
    ]);
    const report = JSON.parse(await readFile(join(cwd, 'troupe-report', 'code', 'report.json'), 'utf8')) as {
      title: string;
      totals: object;
    };
    expect(report).toMatchObject({ title: 'code', totals: { files: 2, markers: 1 } });
    expect((await stat(page)).size).toBeGreaterThan(5_000);
  });

  test('leaves the reports of earlier runs out, and takes an empty folder', async () => {
    const cwd = await folderWith({ 'only.ts': 'export const a = 1;\n' });
    const name = basename(cwd);
    await bare([start, '.'], cwd);
    await bare([start, '.'], cwd);
    const report = JSON.parse(await readFile(join(cwd, 'troupe-report', name, 'report.json'), 'utf8')) as {
      totals: { files: number };
    };
    expect(report.totals.files).toBe(1);
    const empty = await folderWith({});
    const { status, stdout } = await bare([start, '.'], empty);
    expect(status).toBe(0);
    expect(stdout).toContain('0 files');
  });

  test.each([
    ['nope', "npm start: there is no folder 'nope'"],
    ['file.txt', "npm start: 'file.txt' is a file; name the folder to audit."],
  ])('refuses %s in one line', async (word, line) => {
    const { status, stdout, stderr } = await bare([start, word], await folderWith({ 'file.txt': 'x' }));
    expect(stderr.trimEnd().split('\n')).toEqual([expect.stringContaining(line)]);
    expect({ status, stdout }).toEqual({ status: 2, stdout: '' });
  });
});
