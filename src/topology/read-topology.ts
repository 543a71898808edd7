// From a declaration to its resolved tree: orchestrators, directors, agents, each with its address and with what it
// accepts. What can't be read is noted and left out, so that one mistake does not hide the next. What nodes mean to
// each other is checked afterwards, in `checks.ts`.

import { type Duration, toPositiveMs } from '../base/duration.ts';
import { show } from '../base/errors.ts';
import { limits } from '../base/limits.ts';
import { isName, nameRule } from './names.ts';
import { type DeclaredNode, type NodeKind, nodeBrand } from './nodes.ts';
import { noNodes, toPlan } from './plan-nodes.ts';
import { type Problems, attempt } from './problems.ts';
import { present, readRestart, readShared } from './read-node.ts';
import { type Entry, type Reader, readOptions } from './reader.ts';
import type {
  AssignedTask,
  ErasedRun,
  Plan,
  ResolvedAgent,
  ResolvedDirector,
  ResolvedLimits,
  ResolvedOrchestrator,
  ResolvedTopology,
} from './resolved.ts';

/** Options of CONTRACT section 2 that later versions will carry out. */
const laterTopology: ReadonlySet<string> = new Set(['breakers', 'scheduler', 'alerts', 'hooks', 'dependencies']);
const laterNode: ReadonlySet<string> = new Set(['remote']);

const runWords = 'a function of (task, ctx), plain, async or a generator';

type GivenPlan = (task: AssignedTask, nodes: unknown) => unknown;

/**
 * Reads a whole declaration.
 *
 * @returns The tree as far as it can be read; `undefined` when there is no object to read at all.
 */
export function readTopology(options: unknown, problems: Problems): ResolvedTopology | undefined {
  const reader = readOptions(problems, '', options);
  if (reader === undefined) return undefined;
  const name = reader.get('name');
  if (!isName(name)) reader.note('name', `is ${show(name)}.`, `Give the topology a name: ${nameRule}.`);
  const entries = readChildren(reader, 'orchestrators', 'orchestrator');
  const extra = entries.length === 1 && isName(name) ? [name] : [];
  const topology: ResolvedTopology = {
    name: isName(name) ? name : 'topology',
    limits: readLimits(reader.section('limits')),
    restart: readRestart(reader.section('restart')),
    resources: readResources(reader),
    retention: readRetention(reader.section('retention')),
    orchestrators: readEach(entries, 'orchestrator', problems, (entry, node) => readOrchestrator(entry, node, extra)),
  };
  reader.close(laterTopology);
  return topology;
}

function readLimits(reader: Reader): ResolvedLimits {
  const resolved: ResolvedLimits = {
    agents: reader.number('agents', { min: 1 }) ?? limits.topology.agentsTotal_count,
    agentsPerOrchestrator:
      reader.number('agentsPerOrchestrator', { min: 1 }) ?? limits.topology.agentsPerOrchestrator_count,
    delegationDepth: reader.number('delegationDepth', { min: 1 }) ?? limits.delegation.depth_hops,
    openRuns: reader.number('openRuns', { min: 1 }) ?? limits.run.open_count,
  };
  reader.close();
  return resolved;
}

function readRetention(reader: Reader): ResolvedTopology['retention'] {
  const { versions_count, historyAge_ms } = limits.store;
  const retention = {
    versions: reader.number('versions', { min: 1, max: limits.store.versionsMax_count }) ?? versions_count,
    ageMs: reader.convert('age', (value) => toPositiveMs(value as Duration, 'age')) ?? historyAge_ms,
  };
  reader.close();
  return retention;
}

function readResources(reader: Reader): ResolvedTopology['resources'] {
  return reader.entries('resources').map(({ name, path, value }) => {
    const resource = readOptions(reader.problems, path, value);
    if (resource !== undefined && !resource.has('capacity')) {
      resource.note(
        'capacity',
        'is missing.',
        'Say how many holders there may be at a time: a whole number, 1 or more.',
      );
    }
    const capacity = resource?.number('capacity', { min: 1 }) ?? 1;
    resource?.close();
    return { name, capacity };
  });
}

/** The entries of `orchestrators`, `directors` or `agents`; at least one is needed. */
function readChildren(reader: Reader, key: string, kind: NodeKind): Entry[] {
  const entries = reader.entries(key);
  if (!reader.has(key)) reader.note(key, 'is missing.', `Declare at least one: ${key}: { name: ${kind}({ … }) }.`);
  else if (entries.length === 0)
    reader.note(key, 'has no usable entry.', `Declare at least one: ${key}: { name: ${kind}({ … }) }.`);
  return entries;
}

/** Reads each entry that is a declared node of the right kind. */
function readEach<Node>(
  entries: readonly Entry[],
  kind: NodeKind,
  problems: Problems,
  read: (entry: Entry, reader: Reader) => Node,
): Node[] {
  const nodes: Node[] = [];
  for (const entry of entries) {
    const declared = attempt(() => toDeclared(entry.value));
    const node = declared.ok ? declared.value : undefined;
    if (node === undefined || node.kind !== kind) {
      const got = node === undefined ? show(entry.value) : `made by ${node.kind}()`;
      problems.add(entry.path, `is ${got}.`, `Make it with ${kind}({ … }).`);
      continue;
    }
    const reader = readOptions(problems, entry.path, node.options);
    if (reader === undefined) continue;
    nodes.push(read(entry, reader));
    reader.close(laterNode);
  }
  return nodes;
}

/** Reads a declared node's own fields once. */
function toDeclared(value: unknown): Pick<DeclaredNode, 'kind' | 'options'> | undefined {
  if (typeof value !== 'object' || value === null || !Object.hasOwn(value, nodeBrand)) return undefined;
  const { kind, options } = value as DeclaredNode;
  return { kind, options };
}

function readOrchestrator(entry: Entry, reader: Reader, extra: readonly string[]): ResolvedOrchestrator {
  const { name } = entry;
  const shared = readShared(reader, 'orchestrator', name, name);
  const plan = reader.fn('plan', 'a function of the task that returns nodes') as GivenPlan | undefined;
  const result = reader.fn('result', 'a function of the results') as ResolvedOrchestrator['result'];
  const run = reader.fn('run', runWords) as ErasedRun | undefined;
  const route = reader.fn(
    'route',
    "a function of the task that returns a director's name",
  ) as ResolvedDirector['route'];
  noteRivals(reader, ['plan', 'run', 'machine']);
  if (reader.has('result') && !reader.has('plan')) {
    reader.note('result', 'is given without a plan.', 'Add the plan whose results it takes, or remove it.');
  }
  const directors = readEach(
    readChildren(reader, 'directors', 'director'),
    'director',
    reader.problems,
    (child, node) => readDirector(child, node, name),
  );
  const passes = !reader.has('plan') && !reader.has('run') && !reader.has('machine');
  const byDefault = passes ? union(directors.map((director) => director.accepts)) : union([[name], extra]);
  return {
    ...shared,
    kind: 'orchestrator',
    accepts: shared.accepts.length > 0 ? shared.accepts : byDefault,
    ...present('plan', plan && ((task: AssignedTask): Plan => toPlan(plan(task, noNodes)))),
    ...present('result', result),
    ...present('run', run),
    ...present('route', route),
    directors,
  };
}

function readDirector(entry: Entry, reader: Reader, parent: string): ResolvedDirector {
  const { name } = entry;
  const address = `${parent}/${name}`;
  const shared = readShared(reader, 'director', name, address);
  const run = reader.fn('run', runWords) as ErasedRun | undefined;
  const route = reader.fn('route', "a function of the task that returns an agent's name") as ResolvedDirector['route'];
  noteRivals(reader, ['run', 'machine']);
  const agents = readEach(readChildren(reader, 'agents', 'agent'), 'agent', reader.problems, (child, node) =>
    readAgent(child, node, address),
  );
  const accepts = shared.accepts.length > 0 ? shared.accepts : union(agents.map((agent) => agent.accepts));
  return { ...shared, kind: 'director', accepts, ...present('run', run), ...present('route', route), agents };
}

function readAgent(entry: Entry, reader: Reader, parent: string): ResolvedAgent {
  const { name } = entry;
  const shared = readShared(reader, 'agent', name, `${parent}/${name}`);
  const run = reader.fn('run', runWords) as ErasedRun | undefined;
  noteRivals(reader, ['run', 'machine']);
  if (!reader.has('run') && !reader.has('machine')) {
    reader.note('run', 'is missing.', `Give the agent's code, ${runWords}, or a machine.`);
  }
  const instances = reader.number('instances', { min: 1, max: limits.topology.agentInstances_count }) ?? 1;
  return {
    ...shared,
    kind: 'agent',
    accepts: shared.accepts.length > 0 ? shared.accepts : [name],
    instances,
    ...present('run', run),
  };
}

/** A node is driven by one thing. */
function noteRivals(reader: Reader, keys: readonly string[]): void {
  const given = keys.filter((key) => reader.has(key));
  if (given.length < 2) return;
  const last = given.at(-1) ?? '';
  reader.note(last, `is given besides ${given.slice(0, -1).join(' and ')}.`, `Keep one of ${given.join(', ')}.`);
}

function union(lists: readonly (readonly string[])[]): string[] {
  return [...new Set(lists.flat())];
}
