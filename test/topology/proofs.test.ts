// The two proofs about delegation: no cycle is missed or invented, and the longest chain is the longest.

import * as fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import { type DelegationGraph, proveDelegation, proveGraph } from '../../src/topology/proofs.ts';
import { idle, small } from './declared.ts';

/** Up to eight nodes; edges only from a lower to a higher number, so there is no cycle. */
const acyclic = fc
  .tuple(fc.integer({ min: 1, max: 8 }), fc.array(fc.tuple(fc.nat(7), fc.nat(7)), { maxLength: 16 }))
  .map(([size, pairs]) =>
    graphOf(
      size,
      pairs.filter(([from, to]) => from < to && to < size),
    ),
  );

function graphOf(size: number, edges: readonly (readonly [number, number])[]): DelegationGraph {
  // Names in a scrambled order: the walk must not profit from meeting them sorted.
  const name = (index: number): string => `n${(index * 5) % 8}`;
  const graph = new Map(Array.from({ length: size }, (_, index): [string, string[]] => [name((index * 3) % size), []]));
  for (let index = 0; index < size; index++) if (!graph.has(name(index))) graph.set(name(index), []);
  for (const [from, to] of edges) graph.get(name(from))?.push(name(to));
  return graph;
}

/** The longest chain by trying every path: slow, short, plainly right. */
function longestByTrying(graph: DelegationGraph): number {
  const from = (node: string): number => Math.max(0, ...(graph.get(node) ?? []).map((to) => 1 + from(to)));
  return Math.max(...[...graph.keys()].map(from));
}

describe('the proofs', () => {
  test('10,000 random graphs without a cycle are cleared, and their longest chain is right', () => {
    fc.assert(
      fc.property(acyclic, (graph) => {
        const proof = proveGraph(graph);
        expect(proof.cycles).toEqual([]);
        expect(proof.depth).toBe(longestByTrying(graph));
        for (const [index, node] of proof.longestChain.slice(1).entries())
          expect(graph.get(proof.longestChain[index] ?? '')).toContain(node);
      }),
      { numRuns: 10_000 },
    );
  });

  test('any edge that closes a cycle is found, and what is told is a cycle of the graph', () => {
    fc.assert(
      fc.property(acyclic, fc.nat(), (graph, pick) => {
        const { longestChain } = proveGraph(graph);
        const from = longestChain.at(-1) ?? '';
        const to = longestChain[pick % longestChain.length] ?? '';
        const closed = new Map([...graph, [from, [...(graph.get(from) ?? []), to]]]);
        const { cycles } = proveGraph(closed);
        expect(cycles.length).toBeGreaterThan(0);
        for (const cycle of cycles) {
          expect(cycle[0]).toBe(cycle.at(-1));
          for (const [index, node] of cycle.slice(1).entries()) expect(closed.get(cycle[index] ?? '')).toContain(node);
        }
      }),
      { numRuns: 2_000 },
    );
  });

  test('a chain of a hundred thousand takes no stack', () => {
    const graph = new Map(
      Array.from({ length: 100_000 }, (_, index) => [`n${index}`, index < 99_999 ? [`n${index + 1}`] : []]),
    );
    expect(proveGraph(graph).depth).toBe(99_999);
  });

  test('a topology yields its graph and its longest chain', () => {
    const proof = proveDelegation(small({ a: idle({ delegatesTo: ['../b'] }), b: idle() }));
    expect(Object.fromEntries(proof.graph)).toEqual({
      main: ['main/code'],
      'main/code': ['main/code/a', 'main/code/b'],
      'main/code/a': ['main/code/b'],
      'main/code/b': [],
    });
    expect(proof).toMatchObject({
      cycles: [],
      depth: 3,
      longestChain: ['main', 'main/code', 'main/code/a', 'main/code/b'],
    });
  });
});
