// What nodes of a topology mean to each other: who accepts what and who chooses, how many agents there are, which
// resources and addresses exist, whether delegation ends. Every check looks at the whole tree and notes all it finds.

import { show } from '../base/errors.ts';
import { limits } from '../base/limits.ts';
import { nodesOf, optionsPath, resolvePath } from './addresses.ts';
import { type Problems, suggestion } from './problems.ts';
import { proveDelegation } from './proofs.ts';
import type { ResolvedAny, ResolvedOrchestrator, ResolvedTopology } from './resolved.ts';

/** Notes everything that is wrong with a tree. */
export function checkTopology(topology: ResolvedTopology, problems: Problems): void {
  checkTypes(topology, problems);
  checkAgentCounts(topology, problems);
  checkResources(topology, problems);
  checkAddresses(topology, problems);
  checkDelegation(topology, problems);
}

interface Acceptor {
  readonly name: string;
  readonly accepts: readonly string[];
}

/** Types that more than one of some nodes accept, with the names of those nodes. */
function sharedTypes(nodes: readonly Acceptor[]): [type: string, names: string[]][] {
  const names = new Map<string, string[]>();
  for (const node of nodes) {
    for (const type of node.accepts) names.set(type, [...(names.get(type) ?? []), node.name]);
  }
  return [...names].filter(([, takers]) => takers.length > 1);
}

function checkTypes(topology: ResolvedTopology, problems: Problems): void {
  for (const [type, names] of sharedTypes(topology.orchestrators)) {
    const last = names.at(-1) ?? '';
    problems.add(
      `orchestrators.${last}.accepts`,
      `has '${type}', which the orchestrators ${quoted(names)} all accept.`,
      'Let one orchestrator accept each type.',
    );
  }
  for (const orchestrator of topology.orchestrators) checkTypesOf(orchestrator, problems);
}

/** A node with a machine of its own chooses for itself; all others need a `route` where two children take one type. */
function checkTypesOf(orchestrator: ResolvedOrchestrator, problems: Problems): void {
  const passes = !orchestrator.plan && !orchestrator.run && !orchestrator.machine;
  if (passes) checkCovered(orchestrator, orchestrator.directors, 'directors', problems);
  if (!orchestrator.route && !orchestrator.machine)
    noteShared(orchestrator, orchestrator.directors, 'directors', problems);
  for (const director of orchestrator.directors) {
    if (!director.run && !director.machine) checkCovered(director, director.agents, 'agents', problems);
    if (!director.route && !director.machine) noteShared(director, director.agents, 'agents', problems);
  }
}

function noteShared(
  parent: ResolvedAny,
  children: readonly Acceptor[],
  kind: 'agents' | 'directors',
  problems: Problems,
): void {
  for (const [type, names] of sharedTypes(children)) {
    const last = names.at(-1) ?? '';
    problems.add(
      `${optionsPath(parent.address)}.${kind}.${last}.accepts`,
      `has '${type}', which the ${kind} ${quoted(names)} all accept, and nothing chooses between them.`,
      `Give ${parent.kind} '${parent.address}' a route, or let one of them accept another type.`,
    );
  }
}

/** What a node only passes on, one of its children has to take. */
function checkCovered(
  parent: ResolvedAny,
  children: readonly Acceptor[],
  kind: 'agents' | 'directors',
  problems: Problems,
): void {
  if (children.length === 0) return;
  const known = [...new Set(children.flatMap((child) => child.accepts))];
  for (const type of parent.accepts.filter((accepted) => !known.includes(accepted))) {
    problems.add(
      `${optionsPath(parent.address)}.accepts`,
      `has '${type}', which none of its ${kind} accepts.`,
      `Add one that does, or give it a run. ${suggestion(type, known)}`,
    );
  }
}

function checkAgentCounts(topology: ResolvedTopology, problems: Problems): void {
  let total = 0;
  for (const { name, directors } of topology.orchestrators) {
    const count = directors.flatMap((director) => director.agents).reduce((sum, agent) => sum + agent.instances, 0);
    total += count;
    noteCount(problems, `orchestrators.${name}`, count, topology.limits.agentsPerOrchestrator, 'agentsPerOrchestrator');
  }
  noteCount(problems, 'orchestrators', total, topology.limits.agents, 'agents');
}

function noteCount(problems: Problems, path: string, count: number, limit: number, option: string): void {
  if (count <= limit) return;
  problems.add(
    path,
    `declares ${count} agents, instances counted; the limit is ${limit}.`,
    `Declare fewer, or raise limits.${option}.`,
  );
}

function checkResources(topology: ResolvedTopology, problems: Problems): void {
  const known = topology.resources.map(({ name }) => name);
  for (const node of nodesOf(topology)) {
    for (const resource of node.resources.filter((name) => !known.includes(name))) {
      const hint = known.length > 0 ? ` ${suggestion(resource, known)}` : '';
      problems.add(
        `${optionsPath(node.address)}.resources`,
        `has '${resource}', which nobody declares.`,
        `Declare it: resources: { '${resource}': { capacity: 1 } } in the topology.${hint}`,
      );
    }
  }
}

function checkAddresses(topology: ResolvedTopology, problems: Problems): void {
  const known = [...nodesOf(topology)].map((node) => node.address);
  for (const node of nodesOf(topology)) {
    if (node.address.length > limits.actor.addressLength_chars - 4) {
      problems.add(
        optionsPath(node.address),
        `has an address of ${node.address.length} characters.`,
        'Give shorter names.',
      );
    }
    for (const to of node.delegatesTo) {
      const address = resolvePath(node.address, to);
      if (known.includes(address)) continue;
      problems.add(
        `${optionsPath(node.address)}.delegatesTo`,
        `has ${show(to)}, and nobody lives at ${show(address)}.`,
        `Give the address of a declared node. ${suggestion(address, known)}`,
      );
    }
  }
}

function checkDelegation(topology: ResolvedTopology, problems: Problems): void {
  const { cycles, longestChain, depth } = proveDelegation(topology);
  for (const cycle of cycles) {
    const from = cycle.at(-2) ?? '';
    problems.add(
      `${optionsPath(from)}.delegatesTo`,
      `closes a cycle: ${cycle.join(' > ')}.`,
      'Take one of these delegations out; a parent delegates to its children by itself.',
    );
  }
  if (cycles.length > 0 || depth <= topology.limits.delegationDepth) return;
  const deepest = longestChain[topology.limits.delegationDepth] ?? '';
  problems.add(
    `${optionsPath(deepest)}.delegatesTo`,
    `makes a chain of ${depth} delegations, ${longestChain.join(' > ')}; the limit is ${topology.limits.delegationDepth}.`,
    'Shorten the chain, or raise limits.delegationDepth.',
  );
}

function quoted(names: readonly string[]): string {
  return names.map((name) => `'${name}'`).join(' and ');
}
