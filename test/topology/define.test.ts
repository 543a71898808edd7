// What a good declaration becomes: defaults, units, addresses and what is accepted where.

import { createMachine, fromPromise } from 'xstate';
import { describe, expect, test } from 'vitest';
import { z } from 'zod';
import { agent, director, orchestrator } from '../../src/topology/declare.ts';
import { defineTopology, isTopology } from '../../src/topology/define.ts';
import { idle, looseDirector, looseOrchestrator, looseTopology, small } from './declared.ts';

describe('a good declaration', () => {
  test('is resolved with every default filled in', () => {
    const { orchestrators, limits, restart, resources } = small({ worker: idle() });
    const [main] = orchestrators;
    const [worker] = main?.directors[0]?.agents ?? [];
    expect(limits).toEqual({ agents: 50, agentsPerOrchestrator: 10, delegationDepth: 5, openRuns: 10_000 });
    expect(restart).toEqual({
      strategy: 'one-for-one',
      maxRestarts: 3,
      withinMs: 10_000,
      backoff: { initialMs: 100, factor: 2, maxMs: 10_000, jitter: 0.2 },
    });
    expect(resources).toEqual([]);
    expect(worker).toMatchObject({
      kind: 'agent',
      name: 'worker',
      address: 'main/code/worker',
      accepts: ['worker'],
      child: 'permanent',
      shutdown: 5_000,
      priority: 5,
      retries: { limit: 0, backoff: { initialMs: 1_000, maxMs: 30_000 } },
      mailbox: { capacity: 1_000, overflow: 'reject' },
      durable: true,
      recover: 'snapshot',
      resources: [],
      delegatesTo: [],
      instances: 1,
    });
    expect(Object.keys(worker ?? {})).not.toContain('timeoutMs');
  });

  test('turns durations and sizes into numbers', () => {
    const { orchestrators } = small({
      worker: idle({
        timeout: '2m',
        shutdown: 'kill',
        heartbeat: '5s',
        memory: '400MB',
        retries: { limit: 2, backoff: { initial: '1m' } },
        priority: 0,
      }),
    });
    expect(orchestrators[0]?.directors[0]?.agents[0]).toMatchObject({
      timeoutMs: 120_000,
      shutdown: 'kill',
      heartbeatMs: 5_000,
      memoryBytes: 419_430_400,
      retries: { limit: 2, backoff: { initialMs: 60_000, maxMs: 60_000 } },
      priority: 0,
    });
  });

  test('keeps resources, domains and delegations', () => {
    const { resources, orchestrators } = small(
      { a: idle({ resources: ['gpu'], domain: 'models', delegatesTo: '../b' }), b: idle() },
      { topology: { resources: { gpu: { capacity: 2 } } } },
    );
    expect(resources).toEqual([{ name: 'gpu', capacity: 2 }]);
    expect(orchestrators[0]?.directors[0]?.agents[0]).toMatchObject({
      resources: ['gpu'],
      domain: 'models',
      delegatesTo: ['../b'],
    });
  });

  test('takes XState logic of any kind for a machine', () => {
    expect(() =>
      small({
        a: idle({ run: undefined, machine: createMachine({}) }),
        b: idle({ run: undefined, machine: fromPromise(async () => 1) }),
      }),
    ).not.toThrow();
  });

  test('keeps ten versions for a day unless it says otherwise', () => {
    expect(small({ worker: idle() }).retention).toEqual({ versions: 10, ageMs: 86_400_000 });
    const short = small({ worker: idle() }, { topology: { retention: { versions: 3, age: '1h' } } });
    expect(short.retention).toEqual({ versions: 3, ageMs: 3_600_000 });
  });

  test('keeps how the state of an own machine is brought up to date', () => {
    const migrate = (_from: number, snapshot: unknown): unknown => snapshot;
    const { orchestrators } = small({
      worker: agent({ machine: createMachine({}), schema: 2, migrate, interrupted: 'fail' }),
    });
    expect(orchestrators[0]?.directors[0]?.agents[0]).toMatchObject({ schema: 2, migrate, interrupted: 'fail' });
  });

  test('is frozen and recognised, and its schemas are left as they are', () => {
    const input = z.object({ dir: z.string() });
    const list = agent({ input, run: () => [] });
    const topology = defineTopology({
      name: 'audit',
      orchestrators: { main: orchestrator({ directors: { code: director({ agents: { list } }) } }) },
    });
    expect(isTopology(topology)).toBe(true);
    expect(isTopology({ name: 'audit', resolved: topology.resolved })).toBe(false);
    expect(isTopology(null)).toBe(false);
    expect(Object.isFrozen(topology.resolved.orchestrators[0]?.directors[0]?.agents)).toBe(true);
    const kept = topology.resolved.orchestrators[0]?.directors[0]?.agents[0]?.input;
    expect(kept).toBe(input);
    expect(Object.isFrozen(kept)).toBe(false);
  });
});

describe('what a node accepts', () => {
  const accepted = (orchestratorOptions: object, topology: object = {}): readonly string[] | undefined =>
    small(
      { list: idle(), measure: idle({ accepts: ['size', 'weight'] }) },
      { orchestrator: { ...orchestratorOptions }, topology: { ...topology } },
    ).orchestrators[0]?.accepts;

  test('an orchestrator that only passes tasks on accepts what its agents accept', () => {
    expect(accepted({})).toEqual(['list', 'size', 'weight']);
  });

  test('one with a plan, code or a machine accepts its name and, when alone, that of the topology', () => {
    expect(accepted({ plan: () => ({}) })).toEqual(['main', 'small']);
    expect(accepted({ run: () => 1 }, { name: 'main' })).toEqual(['main']);
    expect(accepted({ machine: createMachine({}) })).toEqual(['main', 'small']);
    expect(accepted({ accepts: 'audit', run: () => 1 })).toEqual(['audit']);
  });

  test('beside another orchestrator it accepts its own name only', () => {
    const directors = { code: looseDirector({ agents: { list: idle() } }) };
    const { orchestrators } = looseTopology({
      name: 'two',
      orchestrators: {
        a: looseOrchestrator({ directors, run: () => 1 }),
        b: looseOrchestrator({ directors, run: () => 1 }),
      },
    });
    expect(orchestrators.map(({ accepts }) => accepts)).toEqual([['a'], ['b']]);
  });

  test('a director with code may accept types that none of its agents does', () => {
    const resolved = small({ list: idle() }, { director: { accepts: 'batch', run: () => 1 } });
    expect(resolved.orchestrators[0]?.accepts).toEqual(['batch']);
  });
});

test('one declaration may stand in several places', () => {
  const shared = idle({ accepts: 'x' });
  const { orchestrators } = small({ a: shared, b: shared }, { director: { route: () => 'a' } });
  expect(orchestrators[0]?.directors[0]?.agents.map(({ address }) => address)).toEqual(['main/code/a', 'main/code/b']);
});

test('a plan built node by node resolves to plain nodes', () => {
  const list = agent({ run: () => ['a'] });
  const topology = defineTopology({
    name: 'built',
    orchestrators: {
      main: orchestrator({
        plan: (_task, nodes) => nodes.add('first', { type: 'list' }).add('second', { type: 'list', needs: ['first'] }),
        directors: { code: director({ agents: { list } }) },
      }),
    },
  });
  const plan = topology.resolved.orchestrators[0]?.plan?.({ id: 't', type: 'main', input: 1 });
  expect(plan).toEqual({ first: { type: 'list' }, second: { type: 'list', needs: ['first'] } });
});
