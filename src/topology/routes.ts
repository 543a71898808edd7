// Who takes which task. Looked up on every submission and delegation, so it is all maps, built once a runtime. The
// answers are nodes of the resolved topology; which instance of an agent works is not decided here.

import { InvalidOptionError, NoAgentError } from '../base/errors.ts';
import { nodesOf, resolvePath, withoutInstance } from './addresses.ts';
import type {
  AssignedTask,
  ResolvedAgent,
  ResolvedAny,
  ResolvedDirector,
  ResolvedOrchestrator,
  ResolvedTopology,
} from './resolved.ts';

/** Lookups over one topology. */
export interface Routes {
  /** The types that can be submitted, in the order of declaration. */
  readonly types: readonly string[];
  /** The node at an address; an instance stands for its agent. */
  node(address: string): ResolvedAny | undefined;
  /** The orchestrator that takes a submitted type. */
  orchestratorFor(type: string): ResolvedOrchestrator | undefined;
  /** The directors of an orchestrator that take a type; several only where it has a `route` or a machine. */
  directorsFor(orchestrator: string, type: string): readonly ResolvedDirector[];
  /** The agents of a director that take a type; several only where it has a `route` or a machine. */
  agentsFor(director: string, type: string): readonly ResolvedAgent[];
  /** All agents below an orchestrator, or of a director, that take a type. */
  agentsUnder(address: string, type: string): readonly ResolvedAgent[];
  /**
   * Whom a node means when it delegates to a task type or an address.
   *
   * A type is looked for near by first: an orchestrator's directors, a director's agents, an agent's siblings, the
   * other agents of its orchestrator, and then the other orchestrators. What is no known type is an address, absolute
   * or relative to the node. A `route` chooses where several take the type.
   *
   * @throws NO_AGENT with the known types when nobody is meant; INVALID_OPTION when a route names none of the takers.
   */
  resolveFrom(from: string, typeOrAddress: string, task?: AssignedTask): ResolvedAny;
}

type ByType<Node> = ReadonlyMap<string, readonly Node[]>;

/** Builds the lookups of a topology. */
export function routesOf(topology: ResolvedTopology): Routes {
  const nodes = new Map([...nodesOf(topology)].map((node) => [node.address, node]));
  const orchestrators = byType(topology.orchestrators);
  const directors = new Map<string, ByType<ResolvedDirector>>();
  const agents = new Map<string, ByType<ResolvedAgent>>();
  for (const orchestrator of topology.orchestrators) {
    directors.set(orchestrator.address, byType(orchestrator.directors));
    agents.set(orchestrator.address, byType(orchestrator.directors.flatMap((director) => director.agents)));
    for (const director of orchestrator.directors) agents.set(director.address, byType(director.agents));
  }
  const lookups = {
    types: [...orchestrators.keys()],
    node: (address: string) => nodes.get(withoutInstance(address)),
    orchestratorFor: (type: string) => orchestrators.get(type)?.[0],
    directorsFor: (orchestrator: string, type: string) => directors.get(orchestrator)?.get(type) ?? [],
    agentsFor: (director: string, type: string) => agents.get(director)?.get(type) ?? [],
    agentsUnder: (address: string, type: string) => agents.get(address)?.get(type) ?? [],
  };
  const known = [...new Set([...nodes.values()].flatMap((node) => node.accepts))];
  const resolveFrom = (from: string, to: string, task?: AssignedTask): ResolvedAny => {
    const origin = lookups.node(from);
    const found = (origin && takerOf(lookups, origin, to, task)) ?? lookups.node(resolvePath(from, to));
    if (found === undefined) throw new NoAgentError(to, known);
    return found;
  };
  return Object.freeze({ ...lookups, resolveFrom });
}

function byType<Node extends ResolvedAny>(nodes: readonly Node[]): ByType<Node> {
  const found = new Map<string, Node[]>();
  for (const node of nodes) {
    for (const type of node.accepts) {
      const takers = found.get(type);
      if (takers) takers.push(node);
      else found.set(type, [node]);
    }
  }
  return found;
}

type Lookups = Omit<Routes, 'resolveFrom'>;

/** Who takes a type, seen from a node: the nearest first, and never the node itself. */
function takerOf(
  routes: Lookups,
  from: ResolvedAny,
  type: string,
  task: AssignedTask | undefined,
): ResolvedAny | undefined {
  const [orchestrator = '', director] = from.address.split('/');
  if (from.kind === 'orchestrator') {
    const taker = chosen(from, routes.directorsFor(from.address, type), type, task);
    if (taker !== undefined) return taker;
  } else {
    const at = from.kind === 'director' ? from.address : `${orchestrator}/${director ?? ''}`;
    const others = routes.agentsFor(at, type).filter((agent) => agent.address !== from.address);
    const near =
      chosen(routes.node(at), others, type, task) ??
      routes.agentsUnder(orchestrator, type).find((agent) => agent.address !== from.address);
    if (near !== undefined) return near;
  }
  const other = routes.orchestratorFor(type);
  return other?.address === orchestrator ? undefined : other;
}

/** The one that takes a type, or the one that the parent's `route` names. */
function chosen<Node extends ResolvedAny>(
  parent: ResolvedAny | undefined,
  takers: readonly Node[],
  type: string,
  task: AssignedTask | undefined,
): Node | undefined {
  const route = parent === undefined || parent.kind === 'agent' ? undefined : parent.route;
  if (takers.length < 2 || route === undefined || task === undefined) return takers[0];
  const name = route(task);
  const taker = takers.find((one) => one.name === name);
  if (taker !== undefined) return taker;
  throw new InvalidOptionError(
    `what the route of '${parent?.address ?? ''}' returned for '${type}'`,
    name,
    `the name of one that accepts it: ${takers.map((one) => one.name).join(', ')}`,
  );
}
