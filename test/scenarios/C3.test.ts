// C3: the delegation chain travels in the message envelope; cycle and depth are checked from the envelope alone, on
// every hop, and a chain cannot be forged by an agent. At kernel level: random graphs of delegation against a plain
// walk over the same graph, by agents that lie about everything they can lie about.

import * as fc from 'fast-check';
import { expect, test } from 'vitest';
import { effect } from '../../src/kernel/effects.ts';
import { kernelKit } from '../kernel/kernel-kit.ts';
import { player } from '../kernel/players.ts';

const depth = 3;
const size = 6;

/** Every delegation that the graph leads to, by the chain so far: allowed, a cycle, or too deep. */
function walk(graph: readonly (readonly number[])[], at: number, chain: readonly number[], found: string[]): string[] {
  for (const to of graph[at] ?? []) {
    const next = [...chain, at];
    const verdict = next.includes(to) ? 'DELEGATION_CYCLE' : next.length > depth ? 'DELEGATION_TOO_DEEP' : 'passed';
    found.push(`${[...next, to].join('>')} ${verdict}`);
    if (verdict === 'passed') walk(graph, to, next, found);
  }
  return found;
}

/** An agent that delegates along the graph, with all the chains it can make up. */
function liar(targets: readonly number[], hops: string[]): ReturnType<typeof player> {
  return player((message, emit) => {
    if (message.type !== 'task.assigned') return;
    const { input } = message.task as { readonly input: { readonly path: readonly string[] } };
    for (const to of targets) {
      const path = [...input.path, String(to)];
      hops.push(path.join('>'));
      const task = { type: 'work', id: path.join('>'), input: { path, chain: [] } };
      const lies = { chain: [], from: 'somebody else', parent: undefined, within: undefined, depth: 100 };
      emit(effect.delegate(`a${to}`, Object.assign(task, lies), Object.assign({ for: message.id as string }, lies)));
    }
  });
}

test('C3 D01 D03 D05 D08 every hop of a random graph is judged as a walk over the graph judges it, whatever agents claim', async () => {
  const edges = fc.array(fc.uniqueArray(fc.nat(size - 1), { maxLength: 3 }), { minLength: size, maxLength: size });
  await fc.assert(
    fc.asyncProperty(edges, async (graph) => {
      const { kernel, events, settle } = kernelKit({ delegationDepth: depth });
      const hops: string[] = [];
      for (const [n, targets] of graph.entries())
        kernel.spawn(liar(targets, hops), { id: `a${n}`, mailbox: { capacity: 10_000 } });
      kernel.delegate({ to: 'a0', task: { id: '0', type: 'work', input: { path: ['0'] } }, within: undefined });
      await settle();
      const refused = events.flatMap((event) =>
        event.type === 'delegation.refused'
          ? [
              event.error as {
                readonly code: string;
                readonly details: { readonly chain: readonly string[]; readonly to: string };
              },
            ]
          : [],
      );
      const seen = refused.map(
        ({ code, details }) => `${[...details.chain, details.to].map((address) => address.slice(1)).join('>')} ${code}`,
      );
      const passed = hops
        .filter(
          (path) =>
            !refused.some(
              ({ details }) => [...details.chain, details.to].map((address) => address.slice(1)).join('>') === path,
            ),
        )
        .map((path) => `${path} passed`);
      expect([...seen, ...passed].toSorted()).toEqual(walk(graph, 0, [], []).toSorted());
    }),
    { numRuns: 60 },
  );
});

test('C3 D05 a hop is checked from the envelope: a message told on the way keeps the chain, one from outside begins anew', async () => {
  const { kernel, events, settle } = kernelKit();
  const delegating = (to: string) =>
    player((message, emit) => {
      if (message.type === 'please' || message.type === 'task.assigned') emit(effect.delegate(to, { type: 'work' }));
    });
  kernel.spawn(
    player((message, emit) => {
      if (message.type === 'task.assigned') emit(effect.tell('b', { type: 'please', chain: [] }));
    }),
    { id: 'a' },
  );
  kernel.spawn(delegating('a'), { id: 'b' });
  kernel.lookup('b')?.tell({ type: 'please' });
  await settle();
  expect(events.filter(({ type }) => type === 'delegation.refused')).toMatchObject([
    // b's own task led to a, which asked b by a message; b going to a again closes the ring.
    { from: 'b', to: 'a', error: { code: 'DELEGATION_CYCLE', details: { chain: ['b', 'a', 'b'], to: 'a' } } },
  ]);
});
