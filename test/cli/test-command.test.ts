// `troupe test`: model tests of a topology without a test runner, as a table, as data and as pictures; and the mistakes
// that are the user's, each with one message and no stack.

import { readdir, readFile } from 'node:fs/promises';
import { join } from 'node:path';
import { describe, expect, test } from 'vitest';
import { folderWith, repository, stackLine, troupe } from './cli-kit.ts';

/** One agent with a machine of its own. */
const topology = (machine: string): string => `import { agent, defineTopology, director, orchestrator } from 'troupe';
import { assign, createMachine } from 'xstate';
const door = ${machine};
export default defineTopology({ name: 'house', orchestrators: { main: orchestrator({ directors: { rooms: director({ agents: { door: agent({ machine: door }) } }) } }) } });
`;
const door = topology(
  "createMachine({ id: 'door', initial: 'open', states: { open: { on: { close: 'shut' } }, shut: { on: { open: 'open' }, after: { 500: 'open' } } } })",
);
const stuck = topology(
  "createMachine({ id: 'door', initial: 'open', states: { open: { on: { close: 'shut' } }, shut: {}, attic: { on: { down: 'open' } } } })",
);
const counter = topology(
  "createMachine({ id: 'door', context: { n: 0 }, initial: 'open', states: { open: { on: { knock: { actions: assign({ n: ({ context }) => context.n + 1 }) } } } } })",
);
const hinge = topology(
  "createMachine({ id: 'door', initial: 'open', states: { open: { on: { close: { target: 'shut', actions: () => { throw new Error('the hinge broke'); } } } }, shut: { on: { open: 'open' } } } })",
);

describe('test', { timeout: 60_000 }, () => {
  test('runs everything and prints what is covered', async () => {
    const { status, stdout, stderr } = await troupe(['test', 't.ts'], { cwd: await folderWith({ 't.ts': door }) });
    expect({ status, stderr }).toEqual({ status: 0, stderr: '' });
    expect(stdout).toMatch(/main\/rooms\/door +3\/3 100 % +3\/3 100 % +none +\d+ +\d+ +passed/);
    expect(stdout).toMatch(/supervisor +4\/4 100 % +8\/8 100 % +5\/5 100 %/);
    expect(stdout).toMatch(/main\/rooms\/door +a machine of its own/);
    expect(stdout).toMatch(/Topology 'house': \d+ tests of 5 machines passed\.\n$/);
  });

  test('says what is wrong by name, ends with 1, and is content with a lower goal', async () => {
    const cwd = await folderWith({
      't.ts': stuck,
      'models.ts': "export default { 'main/rooms/door': { allow: ['shut'] } };",
    });
    const { status, stdout, stderr } = await troupe(['test', 't.ts'], { cwd });
    expect({ status, stderr }).toEqual({ status: 1, stderr: 'Models from models.ts.\n' });
    expect(stdout).toContain('✗ states: 75 % of 4 are covered, not 100 %: attic');
    expect(stdout).toContain('· state attic is never reached.');
    expect(stdout).not.toContain('dead');
    expect(await troupe(['test', 't.ts', '--coverage', '50'], { cwd })).toMatchObject({ status: 0 });
  });

  test('a path that fails is printed with its step, what was expected and received', async () => {
    const { status, stdout } = await troupe(['test', 't.ts'], { cwd: await folderWith({ 't.ts': hinge }) });
    expect(status).toBe(1);
    expect(stdout).toMatch(
      /✗ main\/rooms\/door: it threw: the hinge broke\n +story: start > close.*\n +step \d+ of \d+: close\n +expected: "shut"\n +received: "the hinge broke"/,
    );
    expect(stdout).not.toMatch(stackLine);
  });

  test('a machine without an end to its states is named with the option to give', async () => {
    const cwd = await folderWith({ 't.ts': counter });
    const { status, stdout, stderr } = await troupe(['test', 't.ts'], { cwd });
    expect({ status, stderr }).toEqual({ status: 1, stderr: '' });
    expect(stdout).toContain("abstract of machine 'door' is undefined");
    expect(stdout).toContain('context.n grows: it was 0, 1, 2, 3 and more');
    expect(stdout).not.toMatch(stackLine);
  });

  test('gives the same as data', async () => {
    const cwd = await folderWith({ 't.ts': stuck });
    const { status, stdout } = await troupe(['test', 't.ts', '--json'], { cwd });
    expect(status).toBe(1);
    const data = JSON.parse(stdout) as { readonly passed: boolean; readonly machines: readonly object[] };
    expect(data).toMatchObject({ topology: 'house', passed: false, untested: [] });
    expect(data.machines[0]).toMatchObject({
      name: 'main/rooms/door',
      passed: false,
      coverage: { states: { seen: 3, all: 4, percent: 75 }, missed: { states: ['attic'] } },
      findings: [
        { kind: 'unreachable state', name: 'attic' },
        { kind: 'dead state', name: 'shut' },
      ],
    });
  });

  test('writes pictures in which what was not reached is marked', async () => {
    const cwd = await folderWith({ 't.ts': stuck });
    const { stderr } = await troupe(['test', 't.ts', '--out', 'pictures/new'], { cwd });
    expect(stderr).toBe('Wrote 5 pictures and index.html to pictures/new.\n');
    const folder = join(cwd, 'pictures/new');
    expect((await readdir(folder)).toSorted((a, b) => a.localeCompare(b))).toEqual([
      'director.svg',
      'index.html',
      'main-rooms-door.svg',
      'orchestrator.svg',
      'supervisor.svg',
      'task.svg',
    ]);
    expect(await readFile(join(folder, 'main-rooms-door.svg'), 'utf8')).toContain('✗ attic');
    expect(await readFile(join(folder, 'index.html'), 'utf8')).toMatch(/^<!doctype html>/);
  });

  test('the support desk passes with the models beside it', async () => {
    const { status, stdout } = await troupe(['test', join(repository, 'docs/examples/support-desk/topology.ts')], {
      cwd: repository,
    });
    expect(status).toBe(0);
    expect(stdout).toMatch(/desk\/triage +9\/9 100 % +15\/15 100 % +8\/8 100 %/);
  });
});

describe('mistakes', { timeout: 60_000 }, () => {
  test.each([
    [['test'], "missing required argument 'topology'"],
    [['test', 'none.ts'], "there is no file 'none.ts'"],
    [['test', 't.ts', '--coverage', '120'], '--coverage is "120"; it takes a percentage from 0 to 100.'],
    [['test', 't.ts', '--models', 'none.ts'], "--models: there is no file 'none.ts'"],
    [['test', 't.ts', '--models', 'list.ts'], 'list.ts has no models: its default export is no object.'],
    [['test', 't.ts', '--models', 'typo.ts'], 'machines is "main/rooms/dor"'],
    [['test', 't.ts', '--models', 'broken.ts'], "broken.ts can't be loaded: no luck"],
    [['test', 't.ts', '--out', 't.ts'], "--out 't.ts' is no folder to write to"],
  ])('%j', async (words, message) => {
    const cwd = await folderWith({
      't.ts': door,
      'list.ts': 'export default [];',
      'typo.ts': "export default { 'main/rooms/dor': {} };",
      'broken.ts': "throw new Error('no luck');",
    });
    const { status, stdout, stderr } = await troupe(words, { cwd });
    expect({ status, stdout }).toEqual({ status: 2, stdout: '' });
    expect(stderr).toContain(message);
    expect(stderr).not.toMatch(stackLine);
  });
});
