// The crash kit on a small shop: a workload that keeps its promises passes wherever its process is killed, planted mistakes
// are found and named, and processes that hang, die by themselves or can't be loaded are told apart. The first child
// compiles the sources, which takes some seconds; each one after it half a second, and a kill needs two of them.

import { spawn } from 'node:child_process';
import { existsSync, mkdtempSync, readdirSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { basename, join } from 'node:path';
import { afterAll, afterEach, beforeAll, expect, test, vi } from 'vitest';
import { childWords, compiledFolder } from '../../src/testing/crash/compiled.ts';
import type { CrashMessage, CrashOrder } from '../../src/testing/crash/crash-messages.ts';
import type { CrashOptions } from '../../src/testing/crash/crash-options.ts';
import { crashText } from '../../src/testing/crash/crash-report.ts';
import { crashTests } from '../../src/testing/crash/crash-tests.ts';
import { Lanes } from '../../src/testing/crash/lanes.ts';

const folder = mkdtempSync(join(tmpdir(), 'troupe-crash-test-'));
beforeAll(async () => {
  await shop(file('twice'), { only: 'before@1' }).run(); // compiles the sources, so that no test has to wait for that
}, 120_000);
afterAll(() => {
  rmSync(folder, { recursive: true });
  rmSync(compiledFolder(), { recursive: true, force: true });
});

afterEach(() => {
  for (const name of kept()) rmSync(join(folder, name), { recursive: true });
});

const timeout = 120_000; // on a machine that is busy with other tests

function file(name: string): URL {
  return new URL(`crash-programs/${name}.ts`, import.meta.url);
}

/** A plain module, as those write who take no types. */
function written(name: string, text: string): string {
  const path = join(folder, `${name}.mjs`);
  writeFileSync(path, text);
  return path;
}

function shop(workload: URL | string, options: Partial<CrashOptions> = {}): ReturnType<typeof crashTests> {
  return crashTests({ topology: file('shop'), workload, folder, recoveryKills: 0, timeout: '60s', ...options });
}

/** The stores that were kept. */
function kept(): readonly string[] {
  return readdirSync(folder).filter((name) => name.startsWith('troupe-crash-'));
}

test(
  'durable actors, shared state and tasks recover from every step, from a kill of the recovery and from a moment',
  { timeout },
  async () => {
    const report = await shop(file('healthy'), { kills: 4, recoveryKills: 1, randomKills: 1 }).run();
    console.log(crashText(report).join('\n'));
    expect(report.failures).toEqual([]);
    expect(report).toMatchObject({ passed: true, problems: [], recoveryKills: 1 });
    expect(report.commits).toBeGreaterThanOrEqual(4);
    expect(report.ofSteps).toBe(report.commits * 4);
    expect(report.kills).toBe(4);
    expect(report.stages.map(({ name, kills, late, failed }) => [name, kills + late, failed])).toEqual([
      ['before the write', 1, 0],
      ['while it is written', 1, 0],
      ['written, not yet answered', 1, 0],
      ['answered', 1, 0],
      ['while it recovered', 1, 0],
      ['at a random moment', 1, 0],
    ]);
    const { median = 0, worst = 0 } = report.recovery_ms ?? {};
    expect(median).toBeGreaterThan(0);
    expect(worst).toBeGreaterThanOrEqual(median);
    expect(kept()).toEqual([]);
  },
);

test('what is acknowledged before its commit is found, and can be had again by itself', { timeout }, async () => {
  const report = await shop(file('hasty'), { steps: ['before'], kills: 1, recoveryWithin: 1 }).run();
  expect(report.passed).toBe(false);
  const [failure] = report.failures;
  expect(failure).toMatchObject({ step: 'before', phase: 'checking', acknowledged_count: failure?.lastAcknowledged });
  expect(failure?.message).toMatch(/^the check failed: AssertionError: sale \d is lost/);
  expect(failure?.stack).toContain('hasty.ts');
  expect(failure?.replay).toBe(`TROUPE_CRASH=before@${failure?.commit}`);
  expect(existsSync(join(failure?.folder ?? '', 'store-as-killed', 'troupe.json'))).toBe(true);
  expect(report.problems).toEqual([expect.stringMatching(/^the worst recovery took .* not 1 ms at most$/)]);
  const text = crashText(report).join('\n');
  expect(text).toContain(`✗ killed at commit ${failure?.commit}, before the write: the check failed`);
  expect(text).toContain(`acknowledged ${failure?.acknowledged_count}, the last ${failure?.acknowledged_count}`);

  vi.stubEnv('TROUPE_CRASH', failure?.kill ?? '');
  const tests: { readonly name: string; readonly body: () => Promise<void> }[] = [];
  shop(file('hasty')).register({
    describe: (_name, body) => {
      body();
    },
    test: (name, body) => tests.push({ name, body }),
  });
  vi.unstubAllEnvs();
  expect(tests.map(({ name }) => name)).toEqual([`recovers: commit ${failure?.commit}, before the write`]);
  await expect(tests[0]?.body()).rejects.toThrow(/1 of 1 failed\n✗ killed at .* sale \d is lost/);
});

test('work that counts twice when it is started again is found', { timeout }, async () => {
  // The first commit accepts the run, the second is its attempt, the third what it counts, the fourth its end.
  const report = await shop(file('twice'), { only: 'written@3' }).run();
  expect(report).toMatchObject({
    passed: false,
    kills: 1,
    failures: [{ step: 'written', commit: 3, phase: 'checking' }],
  });
  expect(report.failures[0]?.message).toContain('2 !== 1');
});

test('what goes wrong without any kill is told apart', { timeout }, async () => {
  const never = 'new Promise(() => {})';
  const cases: readonly (readonly [string, RegExp])[] = [
    [`{ run: () => ${never}, check() {} }`, /^running the workload was not over after 2\.0 s$/],
    [`{ run() {}, check: () => ${never} }`, /^running the check was not over after 2\.0 s$/],
    [
      `{ run: () => process.exit(3), check() {} }`,
      /^the process ended by itself with status 3 while running the workload$/,
    ],
    [
      `{ run: () => { Promise.reject(new Error('nobody hears')); return ${never} }, check() {} }`,
      /^the process ended by itself with status 1 while running the workload: Error: nobody hears$/,
    ],
    [`{ run() { throw new TypeError('oh') }, check() {} }`, /^the workload failed: TypeError: oh$/],
    [`{ run: () => process.kill(process.pid, 'SIGKILL'), check() {} }`, /killed from outside \(SIGKILL\)/],
  ];
  const lanes = new Lanes(2);
  const failures = await Promise.all(
    cases.map(async ([text], index) => {
      const tests = shop(written(`case-${index}`, `export default ${text};`), { timeout: '2s' });
      const report = await lanes.run(() => tests.run());
      expect(report).toMatchObject({ passed: false, kills: 0, failures: [{ kill: 'none', step: undefined }] });
      return report.failures[0]?.message;
    }),
  );
  for (const [index, [, message]] of cases.entries()) expect(failures[index]).toMatch(message);
});

test('tests that kill nothing do not pass', { timeout }, async () => {
  const [idle, late] = await Promise.all([
    shop(written('idle', 'export default { run() {}, check() {} };')).run(),
    shop(file('healthy'), { only: 'before@1000' }).run(),
  ]);
  expect(idle).toMatchObject({ passed: false, failures: [], kills: 0 });
  expect(idle.problems).toEqual([expect.stringMatching(/^the workload commits nothing/)]);
  expect(late).toMatchObject({ passed: false, failures: [] });
  expect(late.problems).toEqual(['the process had come to its end before commit 1000, before the write']);
});

test('files that hold something else are refused by name', { timeout }, async () => {
  const empty = written('empty', 'export const other = 1;');
  await expect(shop(written('half', 'export default { run() {} };')).run()).rejects.toThrow(
    'check of the workload is undefined; it takes a function.',
  );
  const broken = written('broken', "import './nowhere.mjs';");
  await expect(shop(broken).run()).rejects.toThrow(
    /^workload is ".*broken.mjs"; it takes a file that can be loaded; .*nowhere/,
  );
  await expect(crashTests({ topology: empty, workload: empty, folder }).run()).rejects.toThrow(
    /^topology is ".*empty.mjs"; it takes a file whose default export defineTopology\(\) has made\.$/,
  );
  await expect(shop(written('broken', 'export default {')).run()).rejects.toThrow(
    /a file that can be loaded; this one/,
  );
  expect(kept()).toEqual([]);
});

test.each<[Partial<CrashOptions> & Record<string, unknown>, RegExp]>([
  [{ kils: 3 }, /^kils of crashTests\(\) is "an unknown option"; it takes topology, workload/],
  [{ topology: './nowhere.ts' }, /^topology is ".*nowhere\.ts"; it takes the path of a file that is there\.$/],
  [{ workload: new URL('http://localhost/x.ts') }, /^workload is "http:/],
  [{ steps: [] }, /^steps is .* a list of steps: before, writing, written, answered\.$/],
  [{ kills: -1 }, /^kills is -1; it takes a whole number from 0 to 100,000\.$/],
  [{ timeout: 0 }, /^timeout is 0/],
  [{ only: 'landed@3' }, /^only is "landed@3"; it takes the name of a kill: 'written@7'/],
  [{ folder: '/nowhere' }, /^folder is "\/nowhere"/],
])('%o is refused', (options, message) => {
  expect(() => shop(file('healthy'), options)).toThrow(message);
});

test('a runner gets a test for each kind of kill', () => {
  const names: string[] = [];
  shop(file('healthy'), {
    steps: ['written', 'before'],
    recoveryKills: 2,
    randomKills: 3,
    recoveryWithin: '2s',
  }).register({
    describe: (name, body) => {
      names.push(name);
      body();
    },
    test: (name, _body, timeout_ms) => {
      names.push(name);
      expect(timeout_ms).toBeGreaterThan(1_000_000);
    },
  });
  expect(names).toEqual([
    'crash-programs/shop.ts when its process is killed',
    'comes to its end without a kill',
    'recovers from every commit: before the write',
    'recovers from every commit: written, not yet answered',
    'recovers when it is killed while it recovers',
    'recovers from random moments',
    'recovers within 2.0 s',
  ]);
});

test('a child does not outlive the process that has started it', { timeout }, async () => {
  const waits = written('waits', 'export default { run: () => new Promise(() => {}), check() {} };');
  const at = join(folder, basename(waits, '.mjs'));
  const order: CrashOrder = {
    task: 'work',
    topology: file('shop').pathname,
    workload: waits,
    store: `${at}-store`,
    journal: `${at}-journal`,
    mark: `${at}-mark`,
    cache: compiledFolder(),
  };
  const words = [...childWords(), JSON.stringify(order)];
  const child = spawn(process.execPath, words, { stdio: ['ignore', 'ignore', 'ignore', 'ipc'] });
  const ended = new Promise((resolve) => {
    child.on('exit', (_status, signal) => {
      resolve(signal);
    });
  });
  child.on('message', (message: CrashMessage) => {
    if (message.type === 'phase' && message.phase === 'running') child.disconnect();
  });
  expect(await ended).toBe('SIGKILL');
});
