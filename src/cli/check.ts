// `troupe check`: whether a topology holds, and what it looks like when it does: tree, limits, who delegates to whom,
// what it accepts. Nothing is started.

import { nodesOf } from '../topology/addresses.ts';
import { delayText } from '../topology/draw/logic-names.ts';
import { type DelegationProof, proveDelegation } from '../topology/proofs.ts';
import type { ResolvedAny, ResolvedRestart, ResolvedTopology } from '../topology/resolved.ts';
import { routesOf } from '../topology/routes.ts';
import { CommandError, exitStatus, type ExitStatus } from './command-error.ts';
import { problemsOf } from './explain.ts';
import { loadTopology, refusal } from './load-topology.ts';
import { consoleToStderr, type Terminal } from './terminal.ts';

/** Options of `troupe check`. */
export interface CheckOptions {
  readonly json?: boolean;
}

/** Checks a topology. @returns the exit status. */
export async function checkTopologyFile(path: string, options: CheckOptions, terminal: Terminal): Promise<ExitStatus> {
  consoleToStderr(terminal);
  try {
    const { resolved } = await loadTopology(path);
    const text =
      options.json === true
        ? `${JSON.stringify(checkedData(resolved), null, 2)}\n`
        : `${checkedLines(resolved).join('\n')}\n`;
    await terminal.result(text);
    return exitStatus.done;
  } catch (error) {
    const problems = problemsOf(error);
    if (problems === undefined || options.json !== true) {
      throw refusal(path, error, (message, detail) => new CommandError(exitStatus.failed, message, detail)) ?? error;
    }
    await terminal.result(`${JSON.stringify({ valid: false, problems }, null, 2)}\n`);
    return exitStatus.failed;
  }
}

interface CheckedNode {
  readonly address: string;
  readonly kind: ResolvedAny['kind'];
  readonly accepts: readonly string[];
  readonly instances?: number;
  readonly restart?: ResolvedRestart;
  readonly children?: readonly CheckedNode[];
}

function checkedData(topology: ResolvedTopology): object {
  const proof = proveDelegation(topology);
  const routes = routesOf(topology);
  return {
    valid: true,
    name: topology.name,
    problems: [],
    types: routes.types.map((type) => ({ type, orchestrator: routes.orchestratorFor(type)?.address })),
    limits: topology.limits,
    agents: agentCount(topology),
    delegation: { graph: Object.fromEntries(proof.graph), longestChain: proof.longestChain, depth: proof.depth },
    resources: topology.resources,
    tree: topology.orchestrators.map(checkedNode),
  };
}

function checkedNode(node: ResolvedAny): CheckedNode {
  const { address, kind, accepts } = node;
  if (node.kind === 'agent') return { address, kind, accepts, instances: node.instances };
  return { address, kind, accepts, restart: node.restart, children: childrenOf(node).map(checkedNode) };
}

function childrenOf(node: ResolvedAny): readonly ResolvedAny[] {
  return node.kind === 'orchestrator' ? node.directors : node.kind === 'director' ? node.agents : [];
}

function agentCount(topology: ResolvedTopology): number {
  return [...nodesOf(topology)].reduce((sum, node) => sum + (node.kind === 'agent' ? node.instances : 0), 0);
}

function checkedLines(topology: ResolvedTopology): readonly string[] {
  const proof = proveDelegation(topology);
  const { limits, resources } = topology;
  const perOrchestrator = topology.orchestrators.map(
    ({ name, directors }) =>
      `${name} ${directors.flatMap((director) => director.agents).reduce((sum, agent) => sum + agent.instances, 0)}`,
  );
  return [
    `Topology '${topology.name}' is valid.`,
    '',
    'Tree',
    ...treeLines(topology),
    '',
    'Accepts',
    ...typeLines(topology),
    '',
    'Limits',
    `  agents            ${agentCount(topology)} of ${limits.agents}`,
    `  per orchestrator  ${perOrchestrator.join(', ')}; at most ${limits.agentsPerOrchestrator}`,
    `  delegation        ${proof.depth} of ${limits.delegationDepth} hops`,
    `  open runs         at most ${limits.openRuns}`,
    ...(resources.length === 0
      ? []
      : [`  resources         ${resources.map(({ name, capacity }) => `${name} ${capacity}`).join(', ')}`]),
    '',
    'Delegation',
    ...delegationLines(proof),
  ];
}

function treeLines(topology: ResolvedTopology): readonly string[] {
  const lines = [`  ${topology.name}  ${restartText(topology.restart)}`];
  const walk = (nodes: readonly ResolvedAny[], indent: string): void => {
    for (const [index, node] of nodes.entries()) {
      const isLast = index === nodes.length - 1;
      lines.push(`${indent}${isLast ? '└─' : '├─'} ${node.name} (${describeNode(node)})`);
      walk(childrenOf(node), `${indent}${isLast ? '   ' : '│  '}`);
    }
  };
  walk(topology.orchestrators, '  ');
  return lines;
}

function describeNode(node: ResolvedAny): string {
  const parts: string[] = [node.kind];
  if (node.kind === 'agent' && node.instances > 1) parts.push(`${node.instances} instances`);
  if (node.machine !== undefined) parts.push('own machine');
  else if (node.kind === 'orchestrator' && node.plan !== undefined) parts.push('by plan');
  else if (node.kind !== 'agent' && node.run !== undefined) parts.push('by code');
  if (node.kind !== 'agent') parts.push(restartText(node.restart));
  if (node.retries.limit > 0) parts.push(`${node.retries.limit} ${node.retries.limit === 1 ? 'retry' : 'retries'}`);
  if (node.timeoutMs !== undefined) parts.push(`at most ${delayText(node.timeoutMs)}`);
  parts.push(`accepts ${node.accepts.join(', ')}`);
  return parts.join(', ');
}

function restartText({ strategy, maxRestarts, withinMs }: ResolvedRestart): string {
  return `${strategy}, ${maxRestarts} ${maxRestarts === 1 ? 'restart' : 'restarts'} in ${delayText(withinMs)}`;
}

function typeLines(topology: ResolvedTopology): readonly string[] {
  const routes = routesOf(topology);
  const width = Math.max(...routes.types.map((type) => type.length));
  return routes.types.map((type) => {
    const orchestrator = routes.orchestratorFor(type);
    return `  ${type.padEnd(width)}  by ${orchestrator?.address ?? ''}, input ${orchestrator?.input === undefined ? 'not checked' : 'checked by its schema'}`;
  });
}

function delegationLines({ graph, longestChain, depth }: DelegationProof): readonly string[] {
  const edges = [...graph].filter(([, targets]) => targets.length > 0);
  const width = Math.max(0, ...edges.map(([from]) => from.length));
  return [
    ...edges.map(([from, targets]) => `  ${from.padEnd(width)} > ${targets.join(', ')}`),
    `  no cycle; longest chain: ${longestChain.join(' > ')} (${depth} ${depth === 1 ? 'hop' : 'hops'})`,
  ];
}
