// `troupe check` and `troupe graph`: what a topology is, in words, as data and as pictures.

import { readFile } from 'node:fs/promises';
import { join } from 'node:path';
import { describe, expect, test } from 'vitest';
import { folderWith, troupe } from './cli-kit.ts';

const topology = `import { agent, defineTopology, director, orchestrator } from 'troupe';
import { createMachine } from 'xstate';
const door = createMachine({ id: 'door', initial: 'open', states: { open: { on: { close: 'shut' } }, shut: {} } });
export default defineTopology({ name: 'house', resources: { key: { capacity: 1 } }, orchestrators: {
  main: orchestrator({ directors: { rooms: director({ restart: { strategy: 'rest-for-one', maxRestarts: 2, within: '5s' }, agents: {
    door: agent({ machine: door }), cook: agent({ instances: 3, delegatesTo: 'garden/beds/dig', run: () => 1 }) } }) } }),
  garden: orchestrator({ accepts: ['grow', 'mow'], run: () => 1, directors: { beds: director({ agents: { dig: agent({ resources: ['key'], run: () => 1 }) } }) } }),
} });
`;
const broken = `import { defineTopology } from 'troupe';
export default defineTopology({ name: 'x', limitz: 1, orchestrators: {} } as never);
`;

describe('check', () => {
  test('prints tree, accepted types, limits and delegation', async () => {
    const { status, stdout, stderr } = await troupe(['check', 't.ts'], { cwd: await folderWith({ 't.ts': topology }) });
    expect({ status, stderr }).toEqual({ status: 0, stderr: '' });
    expect(stdout).toContain("Topology 'house' is valid.");
    expect(stdout).toContain('├─ main (orchestrator');
    expect(stdout).toContain('rooms (director, rest-for-one, 2 restarts in 5 s, accepts door, cook)');
    expect(stdout).toContain('cook (agent, 3 instances');
    expect(stdout).toContain('door (agent, own machine');
    expect(stdout).toMatch(/ {2}grow +by garden/);
    expect(stdout).toContain('agents            5 of 50');
    expect(stdout).toContain('delegation        3 of 5 hops');
    expect(stdout).toContain('no cycle; longest chain: main > main/rooms > main/rooms/cook > garden/beds/dig (3 hops)');
  });

  test('gives the same as data', async () => {
    const { status, stdout } = await troupe(['check', 't.ts', '--json'], {
      cwd: await folderWith({ 't.ts': topology }),
    });
    expect(status).toBe(0);
    expect(JSON.parse(stdout)).toMatchObject({
      valid: true,
      name: 'house',
      problems: [],
      agents: 5,
      types: [
        { type: 'door', orchestrator: 'main' },
        { type: 'cook', orchestrator: 'main' },
        { type: 'grow', orchestrator: 'garden' },
        { type: 'mow' },
      ],
      delegation: { depth: 3, longestChain: ['main', 'main/rooms', 'main/rooms/cook', 'garden/beds/dig'] },
      tree: [
        { address: 'main', children: [{ address: 'main/rooms', children: [{ accepts: ['door'] }, { instances: 3 }] }] },
        { address: 'garden' },
      ],
    });
  });

  test('lists every problem and ends with 1', async () => {
    const cwd = await folderWith({ 't.ts': broken });
    const words = await troupe(['check', 't.ts'], { cwd });
    expect(words).toMatchObject({ status: 1, stdout: '' });
    expect(words.stderr).toContain('troupe: t.ts has 2 problems:');
    const data = await troupe(['check', 't.ts', '--json'], { cwd });
    expect(data).toMatchObject({ status: 1, stderr: '' });
    const { valid, problems } = JSON.parse(data.stdout) as {
      valid: boolean;
      problems: { path: string; problem: string; mend: string }[];
    };
    expect(valid).toBe(false);
    expect(problems.map(({ path }) => path).toSorted()).toEqual(['limitz', 'orchestrators']);
  });
});

// Laying pictures out takes a second each.
describe('graph', { timeout: 60_000 }, () => {
  test('draws the tree as Mermaid, SVG and a page', async () => {
    const cwd = await folderWith({ 't.ts': topology });
    const mermaid = await troupe(['graph', 't.ts', '--format', 'mermaid'], { cwd });
    expect(mermaid).toMatchObject({ status: 0, stderr: '' });
    expect(mermaid.stdout).toMatch(/^flowchart [\s\S]*cook/);
    const svg = await troupe(['graph', 't.ts', '--format', 'svg'], { cwd });
    expect(svg.stdout).toMatch(/<svg [\s\S]*<\/svg>\s*$/);
    const page = await troupe(['graph', 't.ts'], { cwd });
    expect(page.stdout).toMatch(/^<!doctype html>/i);
    for (const name of ['main/rooms/door', 'orchestrator', 'director', 'agent', 'supervisor', 'task', 'breaker'])
      expect(page.stdout).toContain(name);
  });

  test('draws one statechart, the product’s or a user’s, by the name of the output', async () => {
    const cwd = await folderWith({ 't.ts': topology });
    const own = await troupe(['graph', 't.ts', '--machine', 'main/rooms/door', '--format', 'mermaid'], { cwd });
    expect(own.stdout).toMatch(/^stateDiagram-v2[\s\S]*shut/);
    const { status, stdout, stderr } = await troupe(['graph', 't.ts', '-m', 'agent', '-o', 'agent.svg'], { cwd });
    expect({ status, stdout }).toEqual({ status: 0, stdout: '' });
    expect(stderr).toMatch(/^Wrote agent\.svg \(\d+ KB\)\.\n$/);
    expect(await readFile(join(cwd, 'agent.svg'), 'utf8')).toContain('<svg ');
    await troupe(['graph', 't.ts', '-m', 'task', '-o', 'task.html'], { cwd });
    expect(await readFile(join(cwd, 'task.html'), 'utf8')).toMatch(/^<!doctype html>/i);
  });
});
