// Two proofs about delegation, made before anything runs: no node can delegate to itself through others, and no chain
// is longer than the limit. The graph has an edge from every parent to its children and to whatever `delegatesTo` names; what
// code delegates without saying so is held to the same rules hop by hop, by the kernel. Both proofs walk an explicit
// stack: the length of a chain is a user's choice, the depth of ours is not.

import { nodesOf, resolvePath } from './addresses.ts';
import type { ResolvedAny, ResolvedTopology } from './resolved.ts';

/** Addresses, and to which each may delegate. */
export type DelegationGraph = ReadonlyMap<string, readonly string[]>;

/** What is known about all delegations of a topology. */
export interface DelegationProof {
  readonly graph: DelegationGraph;
  /** Each from a node back to itself (`a > b > a`); none in a topology that was accepted. */
  readonly cycles: readonly (readonly string[])[];
  /** The addresses of a longest chain; empty where there is a cycle. */
  readonly longestChain: readonly string[];
  /** Delegations in that chain: one fewer than its addresses. */
  readonly depth: number;
}

/** The delegation graph of a topology, its cycles and its longest chain. */
export function proveDelegation(topology: ResolvedTopology): DelegationProof {
  return proveGraph(delegationGraph(topology));
}

/** Who may delegate to whom; addresses that nobody has are left out. */
export function delegationGraph(topology: ResolvedTopology): DelegationGraph {
  const nodes = [...nodesOf(topology)];
  const known = new Set(nodes.map((node) => node.address));
  return new Map(
    nodes.map((node) => {
      const named = node.delegatesTo.map((to) => resolvePath(node.address, to)).filter((address) => known.has(address));
      return [node.address, [...new Set([...childrenOf(node), ...named])]];
    }),
  );
}

function childrenOf(node: ResolvedAny): string[] {
  if (node.kind === 'agent') return [];
  return (node.kind === 'director' ? node.agents : node.directors).map((child) => child.address);
}

/** Cycles and longest chain of any graph, in time that grows with its edges. */
export function proveGraph(graph: DelegationGraph): DelegationProof {
  const walk = new Walk(graph);
  for (const address of graph.keys()) walk.from(address);
  const longestChain = walk.cycles.length > 0 ? [] : walk.longestChain();
  return { graph, cycles: walk.cycles, longestChain, depth: Math.max(0, longestChain.length - 1) };
}

interface Frame {
  readonly address: string;
  next: number;
}

/** One depth-first walk. A node is done when all that follows it is known; an edge to one that is not done is a cycle. */
class Walk {
  readonly cycles: string[][] = [];
  readonly #graph: DelegationGraph;
  readonly #open = new Set<string>();
  /** Of every node that is done: how many delegations follow at most, and which is the first of them. */
  readonly #longest = new Map<string, { readonly hops: number; readonly via?: string }>();

  constructor(graph: DelegationGraph) {
    this.#graph = graph;
  }

  from(start: string): void {
    if (this.#longest.has(start)) return;
    const stack: Frame[] = [{ address: start, next: 0 }];
    this.#open.add(start);
    for (let frame = stack.at(-1); frame !== undefined; frame = stack.at(-1)) {
      const to = this.#graph.get(frame.address)?.[frame.next++];
      if (to === undefined) {
        this.#close(frame.address);
        stack.pop();
      } else if (this.#open.has(to)) {
        const path = stack.map(({ address }) => address);
        this.cycles.push([...path.slice(path.indexOf(to)), to]);
      } else if (!this.#longest.has(to)) {
        this.#open.add(to);
        stack.push({ address: to, next: 0 });
      }
    }
  }

  #close(address: string): void {
    let best: { hops: number; via?: string } = { hops: 0 };
    for (const to of this.#graph.get(address) ?? []) {
      const hops = (this.#longest.get(to)?.hops ?? 0) + 1;
      if (hops > best.hops) best = { hops, via: to };
    }
    this.#longest.set(address, best);
    this.#open.delete(address);
  }

  longestChain(): string[] {
    let first: string | undefined;
    for (const [address, { hops }] of this.#longest) {
      if (first === undefined || hops > (this.#longest.get(first)?.hops ?? 0)) first = address;
    }
    const chain: string[] = [];
    for (let at = first; at !== undefined; at = this.#longest.get(at)?.via) chain.push(at);
    return chain;
  }
}
