// `troupe run`: the result alone on stdout, progress on stderr, and a status that tells how it ended.

import { spawn } from 'node:child_process';
import { describe, expect, test } from 'vitest';
import { agentsTopology, commandLine, follow, folderWith, stackLine, troupe, workTopology } from './cli-kit.ts';

const echo = workTopology('({ input }) => input');

describe('a result', () => {
  test('stands alone on stdout, indented, whatever the topology prints', async () => {
    const cwd = await folderWith({
      't.ts': `console.log('while loading');\n${workTopology("({ input }) => { console.log('at work'); return input; }")}`,
    });
    const { status, stdout, stderr } = await troupe(['run', 't.ts', 'work', '--input', '{"a":[1,"b"]}'], { cwd });
    expect(status).toBe(0);
    expect(stdout).toBe('{\n  "a": [\n    1,\n    "b"\n  ]\n}\n');
    expect(stderr).toContain('while loading\n');
    expect(stderr).toContain('at work\n');
  });

  test('is one line with --json, and comes from a file or stdin as well', async () => {
    const cwd = await folderWith({ 't.ts': echo, 'in.json': '\ufeff{"a": 1}' });
    expect((await troupe(['run', 't.ts', '--json', '--input', '@in.json'], { cwd })).stdout).toBe('{"a":1}\n');
    expect((await troupe(['run', 't.ts', '--json', '--input', '@-'], { cwd, stdin: '[true]' })).stdout).toBe(
      '[true]\n',
    );
    expect((await troupe(['run', 't.ts', '--json'], { cwd })).stdout).toBe('null\n');
  });

  test('has nothing that a terminal would obey, and is JSON all the same', async () => {
    const cwd = await folderWith({
      't.ts': workTopology(
        "() => ({ text: '\\u009b31m \\u202e \\u001b[2J', big: 10n, map: new Map([['k', new Set([1])]]), bytes: Buffer.from('hi'), not: NaN })",
      ),
    });
    const { stdout } = await troupe(['run', 't.ts'], { cwd });
    expect(stdout.replaceAll('\n', '')).toMatch(/^[ -~]*$/);
    expect(JSON.parse(stdout)).toEqual({
      text: '\u009b31m \u202e \u001b[2J',
      big: '10',
      map: { k: [1] },
      bytes: 'aGk=',
      not: 'NaN',
    });
  });

  test('that nobody reads to its end is no error', async () => {
    const cwd = await folderWith({ 't.ts': workTopology("() => 'x'.repeat(2_000_000)") });
    const shell = follow(
      spawn('sh', ['-c', `"${process.execPath}" "${commandLine}" run t.ts | head -c 10; true`], { cwd }),
    );
    const { stdout, stderr } = await shell.ended;
    expect(stdout).toHaveLength(10);
    expect(stderr).not.toContain('EPIPE');
  });
});

describe('a topology file', () => {
  test('may be TypeScript in a folder without node_modules, and shares this very package', async () => {
    const cwd = await folderWith({
      'parts/kind.mts': 'export enum Kind { Big = 7 }\nexport const of = <T,>(value: T): T => value;\n',
      't.ts': `import { agent, defineTopology, director, orchestrator, TaskFailedError, TroupeError } from 'troupe';
import { agentMachine } from 'troupe/machines';
import { createMachine } from 'xstate';
import { Kind, of } from './parts/kind.mts';
const fails = agent({ run: () => { throw new RangeError('no'); } });
const work = agent({ run: () => 1 });
export const topology = defineTopology({ name: 'typed', orchestrators: { main: orchestrator({
  run: async (_task, ctx) => { try { await ctx.delegate('fails', null); } catch (error) {
    return { same: error instanceof TaskFailedError && error instanceof TroupeError, kind: of<number>(Kind.Big), machine: agentMachine.id !== '', xstate: typeof createMachine }; } },
  directors: { team: director({ agents: { fails, work } }) } }) } });
`,
    });
    const { status, stdout } = await troupe(['run', 't.ts', '--json'], { cwd });
    expect(JSON.parse(stdout)).toEqual({ same: true, kind: 7, machine: true, xstate: 'function' });
    expect(status).toBe(0);
  });

  test.each(['t.mjs', 't.js', 't.mts', 'a b/t ü.ts'])('may be called %s', async (name) => {
    const cwd = await folderWith({ [name]: echo });
    expect(await troupe(['run', name, '--json', '--input', '1'], { cwd })).toMatchObject({ status: 0, stdout: '1\n' });
  });
});

describe('a run that fails', () => {
  test('says why and where with status 1, and prints no result', async () => {
    const cwd = await folderWith({ 't.ts': workTopology("() => {\n  throw new Error('disk \\u001b[2Jfull');\n}") });
    const { status, stdout, stderr } = await troupe(['run', 't.ts'], { cwd });
    expect({ status, stdout }).toEqual({ status: 1, stdout: '' });
    expect(stderr).toContain('troupe: work failed after');
    expect(stderr).toContain("Task 'work' failed at main/team/work (hop 2): disk \\x1b[2Jfull\n  at t.ts:3\n");
    expect(stderr).not.toMatch(stackLine);
  });

  test('by its time-out is told, though its agent never comes back', async () => {
    const cwd = await folderWith({ 't.ts': workTopology('() => new Promise(() => {})') });
    const { status, stderr } = await troupe(['run', 't.ts', '--timeout', '200ms'], { cwd });
    expect(status).toBe(1);
    expect(stderr).toContain('within 200 ms');
  });

  test('because the runtime gave up tells the cause', async () => {
    const machine = `createMachine({ on: { 'task.assigned': { actions: () => { throw new Error('broken machine'); } } } })`;
    const cwd = await folderWith({
      't.ts': `import { createMachine } from 'xstate';\n${agentsTopology(`work: agent({ machine: ${machine} })`)
        .replaceAll('orchestrator({', "orchestrator({ restart: { maxRestarts: 0, within: '1s' },")
        .replaceAll('director({', "director({ restart: { maxRestarts: 0, within: '1s' },")
        .replace("name: 'small',", "name: 'small', restart: { maxRestarts: 0, within: '1s' },")}`,
    });
    const { status, stderr } = await troupe(['run', 't.ts', '--timeout', '20s'], { cwd });
    expect(stderr).toContain('main/team/work crashed: broken machine');
    expect(stderr).toMatch(/troupe: the runtime gave up after .*: 'root' gave up/);
    expect(stderr).toContain("because: 'main' gave up");
    expect(stderr).toContain('because: broken machine');
    expect(status).toBe(1);
  });

  test('because an error escaped from its code shows that code', async () => {
    const cwd = await folderWith({
      't.ts': workTopology(
        "() => {\n  void Promise.reject(new Error('nobody caught me'));\n  return new Promise(() => {});\n}",
      ),
    });
    const { status, stderr } = await troupe(['run', 't.ts'], { cwd });
    expect(status).toBe(1);
    expect(stderr).toContain('an error escaped');
    expect(stderr).toMatch(/nobody caught me\n.*t\.ts:3/);
  });
});

describe('progress without a terminal', () => {
  test('is plain lines: the first of each type, trouble, and one line a second for the rest', async () => {
    const cwd = await folderWith({
      't.ts': `import { agent, defineTopology, director, orchestrator } from 'troupe';
let failures = 0;
const page = agent({ instances: 2, retries: { limit: 3, backoff: { initial: '1ms' } }, run: async ({ input }) => {
  if (input === 5 && failures++ === 0) throw new Error('flaky\\nline');
  await new Promise((resolve) => setTimeout(resolve, 15)); return input; } });
export default defineTopology({ name: 'crawl', orchestrators: { main: orchestrator({
  plan: () => ({ pages: { type: 'page', each: () => Array.from({ length: 250 }, (_, index) => index) } }),
  result: ({ pages }) => (pages as unknown[]).length,
  directors: { web: director({ agents: { page } }) } }) } });
`,
    });
    const { status, stdout, stderr } = await troupe(['run', 't.ts'], { cwd, env: { FORCE_COLOR: '1' } });
    expect({ status, stdout }).toEqual({ status: 0, stdout: '250\n' });
    const lines = stderr.trimEnd().split('\n');
    expect(lines[0]).toMatch(/^ +0 ms {2}crawl started$/);
    expect(lines.filter((line) => line.includes('page done at main/web/page:'))).toHaveLength(3);
    expect(stderr).toContain('is tried again in');
    expect(stderr).toContain('flaky\\nline');
    expect(stderr).toMatch(/1\.\d s {2}\d+ done, 2 running, \d+ waiting, 0 failed/);
    expect(lines.at(-1)).toMatch(/^crawl done in .*: 250 tasks done, 1 tried again\.$/);
    expect(lines.length).toBeLessThan(15);
    expect(stderr).not.toContain('\u001b');
  });

  test('can be joined by a log of JSON lines', async () => {
    const cwd = await folderWith({ 't.ts': echo });
    const { stdout, stderr } = await troupe(['run', 't.ts', '--log', 'info', '--input', '3'], { cwd });
    expect(stdout).toBe('3\n');
    const messages = stderr
      .split('\n')
      .filter((line) => line.startsWith('{'))
      .map((line) => (JSON.parse(line) as { msg: string }).msg);
    expect(messages).toContain('run accepted');
    expect(messages).toContain('run ended');
  });
});

describe('help', () => {
  test.each(['', 'run', 'check', 'graph'])('of troupe %s has examples', async (command) => {
    const words = command === '' ? [] : [command];
    const { status, stdout, stderr } = await troupe([...words, '--help'], { cwd: await folderWith({}) });
    expect({ status, stderr }).toEqual({ status: 0, stderr: '' });
    expect(stdout).toContain('Examples:\n  troupe ');
    expect(stdout).toContain('Exit status: 0 done');
  });

  test('the version is that of the package', async () => {
    const { status, stdout } = await troupe(['--version'], { cwd: await folderWith({}) });
    expect(status).toBe(0);
    expect(stdout).toMatch(/^\d+\.\d+\.\d+\n$/);
  });
});
