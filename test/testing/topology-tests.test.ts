// A whole topology: the machine of every node, each by its address, and the product's own machines that the other nodes
// run on. The product's machines and both examples are covered whole.

import { describe, expect, test } from 'vitest';
import { assign, createMachine, fromTransition } from 'xstate';
import models from '../../docs/examples/support-desk/models.ts';
import audit from '../../docs/examples/audit/topology.ts';
import desk from '../../docs/examples/support-desk/topology.ts';
import { agent, defineTopology, director, orchestrator } from '../../src/index.ts';
import { builtIns, builtInTests } from '../../src/testing/built-in-models.ts';
import { coveragePage, coverageSvg, coverageTable, modelTests, topologyText } from '../../src/testing/index.ts';

const whole = { states: { percent: 100 }, transitions: { percent: 100 } };

describe('the machines of the product', () => {
  test.each(builtIns)(
    '%s: every path does in the runtime what the model says, all states and transitions',
    async (name) => {
      const report = await builtInTests(name).run();
      console.log(coverageTable([report]).at(-1));
      expect(report.failures.map(String)).toEqual([]);
      expect(report).toMatchObject({
        passed: true,
        problems: [],
        coverage: { ...whole, missed: { states: [], transitions: [] } },
      });
    },
  );
});

describe('the examples', () => {
  test('support desk: its own machine by address, and what the others run on', async () => {
    const report = await modelTests(desk, { machines: models }).run();
    console.log(topologyText(report).join('\n'));
    expect(report).toMatchObject({ passed: true, untested: [] });
    for (const machine of report.machines) expect(machine.coverage).toMatchObject(whole);
    expect(report.machines[0]?.coverage.guards.percent).toBe(100);
    expect(report.nodes).toEqual([
      { address: 'desk', kind: 'orchestrator', tests: 'orchestrator' },
      { address: 'desk/triage', kind: 'director', tests: 'desk/triage' },
      { address: 'desk/triage/frontline', kind: 'agent', tests: 'agent' },
      { address: 'desk/triage/expert', kind: 'agent', tests: 'agent' },
    ]);
  });

  test('audit: three kinds of nodes on the machines of the product', () => {
    const tests = modelTests(audit);
    expect(tests.machines.map(({ name }) => name)).toEqual(['orchestrator', 'director', 'agent', 'supervisor', 'task']);
    for (const machine of tests.machines) expect(machine.coverage).toMatchObject(whole);
    expect(tests.nodes).toHaveLength(11);
  });
});

const endless = createMachine({
  id: 'endless',
  context: { n: 0 },
  initial: 'on',
  states: { on: { on: { more: { actions: assign({ n: ({ context }) => (context as { n: number }).n + 1 }) } } } },
});
const dead = createMachine({
  id: 'dead',
  initial: 'a',
  states: { a: { on: { go: 'b' } }, b: {}, c: { on: { go: 'a' } } },
});

function house(machines: Readonly<Record<string, object>>) {
  const agents = Object.fromEntries(
    Object.entries(machines).map(([name, machine]) => [name, agent({ machine: machine as typeof dead })]),
  );
  return defineTopology({
    name: 'house',
    orchestrators: { main: orchestrator({ directors: { rooms: director({ agents }) } }) },
  });
}

describe('any topology', () => {
  test('a machine that can not be walked does not keep the others from being tested', async () => {
    const tests = modelTests(house({ endless, dead }), { builtIn: false });
    const report = await tests.run();
    expect(report.passed).toBe(false);
    expect(report.untested.map(({ name, error }) => [name, error.code])).toEqual([
      ['main/rooms/endless', 'INVALID_OPTION'],
    ]);
    expect(report.machines.map(({ name, passed }) => [name, passed])).toEqual([['main/rooms/dead', false]]);
    const text = topologyText(report).join('\n');
    expect(text).toMatch(/main\/rooms\/endless +a machine of its own, not tested/);
    expect(text).toContain('context.n grows: it was 0, 1, 2, 3 and more');
    expect(text).toContain('✗ state b is dead');
    expect(text).toContain("Topology 'house': 3 tests of 2 machines FAILED.");
  });

  test('logic that is no state machine is named as that', () => {
    const plain = fromTransition((state: number) => state, 0);
    const { nodes } = modelTests(house({ plain }), { builtIn: false });
    expect(nodes.at(-1)).toMatchObject({ tests: undefined, reason: 'its logic is no state machine and has no graph' });
  });

  test('hands its tests to any runner, with readable names', async () => {
    const names: string[] = [];
    const bodies: (() => Promise<void> | void)[] = [];
    const runner = {
      describe: (name: string, body: () => void) => {
        names.push(`# ${name}`);
        body();
      },
      test: (name: string, body: () => Promise<void> | void) => {
        names.push(name);
        bodies.push(body);
      },
    };
    modelTests(house({ endless, dead }), { builtIn: false }).register(runner);
    expect(names).toEqual([
      '# house',
      'main/rooms/endless can be walked',
      '# main/rooms/dead',
      'reaches b after go',
      'stays in b after go and ignores go',
      'is covered (100 % of states, 100 % of transitions)',
    ]);
    await expect((async () => bodies[0]?.())()).rejects.toThrow('abstract of machine');
    await bodies[1]?.();
    await expect((async () => bodies[3]?.())()).rejects.toThrow('state b is dead');
  });
});

describe('pictures', { timeout: 60_000 }, () => {
  test('what was not reached is marked in the statechart', async () => {
    const tests = modelTests(dead);
    const svg = await coverageSvg(tests);
    expect(svg).toMatch(/^<svg /);
    expect(svg).toContain('✗ c');
    expect(svg).toContain('✗ go');
    expect(svg).not.toContain('✗ a<');
    expect(svg).toContain('states 3 of 4, transitions 1 of 2');
    const page = await coveragePage('Coverage', [tests]);
    expect(page).toMatch(/^<!doctype html>/);
  });

  test('a machine that is covered whole has no mark', async () => {
    expect(await coverageSvg(builtInTests('supervisor'))).not.toContain('✗');
  });
});
