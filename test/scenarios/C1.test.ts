// C1: everything that a topology declares runs as an XState actor, and is seen as one.

import { describe, expect, test } from 'vitest';
import { setup } from 'xstate';
import { agent, defineTopology, director, orchestrator } from 'troupe';
import { runtimeKit } from '../runtime/runtime-kit.ts';

describe('C1 every orchestrator, director and agent is an XState actor', () => {
  const machine = setup({}).createMachine({ id: 'own', initial: 'waiting', states: { waiting: {} } });
  const topology = defineTopology({
    name: 'all',
    orchestrators: {
      planned: orchestrator({
        plan: () => ({ only: { type: 'one', input: null } }),
        directors: {
          routed: director({ agents: { one: agent({ run: () => 1 }), pool: agent({ instances: 3, run: () => 1 }) } }),
        },
      }),
      coded: orchestrator({
        run: () => 1,
        directors: { coded: director({ accepts: 'code', run: () => 1, agents: { two: agent({ run: () => 1 }) } }) },
      }),
      passing: orchestrator({
        directors: { own: director({ machine, accepts: 'three', agents: { three: agent({ machine }) } }) },
      }),
    },
  });
  const declared = [
    'planned',
    'planned/routed',
    'planned/routed/one',
    'planned/routed/pool:0',
    'planned/routed/pool:1',
    'planned/routed/pool:2',
    'coded',
    'coded/coded',
    'coded/coded/two',
    'passing',
    'passing/own',
    'passing/own/three',
  ];

  test('inspection sees each of them once, with its state', async () => {
    const seen: string[] = [];
    const { runtime } = await runtimeKit(topology, {
      inspect: (event) => {
        const { id } = event.actorRef as unknown as { id: string };
        if (event.type === '@xstate.actor' && declared.includes(id)) seen.push(id);
      },
    });
    expect(seen).toEqual(declared.toSorted((a, b) => seen.indexOf(a) - seen.indexOf(b)));
    expect(runtime.actors().map(({ address }) => address)).toEqual(expect.arrayContaining(declared));
    expect(runtime.actors()).toHaveLength(declared.length);
    const states = declared.map(
      (address) => (runtime.actor(address)?.snapshot() as { value?: unknown } | undefined)?.value,
    );
    expect(states).toEqual([
      'accepting',
      'routing',
      'idle',
      'idle',
      'idle',
      'idle',
      'accepting',
      'accepting',
      'idle',
      'routing',
      'waiting',
      'waiting',
    ]);
    await runtime.stop();
  });
});
