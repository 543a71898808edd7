// Addresses as topologies use them: paths of names, absolute or relative to a node. The kernel has its own, branded;
// this floor stands beside it and needs only to tell which declared node is meant.

import type { ResolvedAny, ResolvedTopology } from './resolved.ts';

/** The address without its instance: `main/code/measure:0` is `main/code/measure`. */
export function withoutInstance(address: string): string {
  return address.includes(':') ? address.replace(/:\d+(?=\/|$)/g, '') : address;
}

/** What `to` means when `from` says it: relative when it begins with a '.', else absolute. */
export function resolvePath(from: string, to: string): string {
  if (!to.startsWith('.')) return withoutInstance(to.startsWith('/') ? to.slice(1) : to);
  const path = withoutInstance(from).split('/');
  for (const part of to.split('/')) {
    if (part === '..') path.pop();
    else if (part !== '.' && part !== '') path.push(part);
  }
  return withoutInstance(path.join('/'));
}

/** Every node, each before its children, in the order of declaration. */
export function* nodesOf(topology: ResolvedTopology): Generator<ResolvedAny, void, undefined> {
  for (const orchestrator of topology.orchestrators) {
    yield orchestrator;
    for (const director of orchestrator.directors) {
      yield director;
      yield* director.agents;
    }
  }
}

/** Where a node stands in the options: `orchestrators.main.directors.code.agents.measure`. */
export function optionsPath(address: string): string {
  const rooms = ['orchestrators', 'directors', 'agents'];
  return address
    .split('/')
    .map((name, index) => `${rooms[index] ?? ''}.${name}`)
    .join('.');
}
