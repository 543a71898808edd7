// The end of a declaration: everything is checked, every default filled in, and what comes out is frozen. Floors
// above read `resolved`; the map of tasks exists for TypeScript alone, so that `submit` and its result are typed.

import { TopologyError } from '../base/errors.ts';
import { checkTopology } from './checks.ts';
import type { InputAt, OutputAt, TaskMap } from './context.ts';
import type { Orchestrator, TopologyTasks } from './nodes.ts';
import type { TopologyOptions } from './options.ts';
import { Problems } from './problems.ts';
import { readTopology } from './read-topology.ts';
import type { ResolvedTopology } from './resolved.ts';

/** Marks a topology, across copies of this package. */
export const topologyBrand: unique symbol = Symbol.for('troupe.topology');

/** A topology that has passed every check. `Tasks` maps the types it takes to their input and output. */
export interface Topology<Tasks = TaskMap> {
  readonly [topologyBrand]: true;
  readonly name: string;
  readonly resolved: ResolvedTopology;
  readonly '~tasks'?: Tasks;
}

type TasksOf<Of> = Of extends { readonly '~tasks'?: infer Tasks } ? NonNullable<Tasks> : never;

/** The task types that a topology takes. */
export type TaskTypes<Of> = keyof TasksOf<Of> & string;

/** What is submitted with a task of one type. */
export type InputOf<Of, Type extends TaskTypes<Of>> = InputAt<TasksOf<Of>, Type>;

/** What a task of one type results in. */
export type OutputOf<Of, Type extends TaskTypes<Of>> = OutputAt<TasksOf<Of>, Type>;

/**
 * Checks a declaration and fills in its defaults.
 *
 * @throws TOPOLOGY_INVALID with every problem at once, each with its path, what is wrong and what would mend it.
 * @example
 * export default defineTopology({ name: 'audit', orchestrators: { main: orchestrator({ directors: { code } }) } });
 */
export function defineTopology<
  const Name extends string,
  const Orchestrators extends Readonly<Record<string, Orchestrator>>,
>(
  options: TopologyOptions<Name> & { readonly orchestrators: Orchestrators },
): Topology<TopologyTasks<Name, Orchestrators>> {
  const problems = new Problems();
  const resolved = readTopology(options, problems);
  if (resolved !== undefined) checkTopology(resolved, problems);
  if (resolved === undefined || problems.found.length > 0) throw new TopologyError(problems.found);
  return Object.freeze({ [topologyBrand]: true as const, name: resolved.name, resolved: frozen(resolved) });
}

/** Whether a value is what `defineTopology` returns. */
export function isTopology(value: unknown): value is Topology {
  return typeof value === 'object' && value !== null && Object.hasOwn(value, topologyBrand);
}

/** Freezes our own records and lists; users' schemas, machines and functions stay as they are. */
function frozen<Value>(value: Value): Value {
  if (typeof value !== 'object' || value === null || Object.isFrozen(value)) return value;
  if (!Array.isArray(value) && Object.getPrototypeOf(value) !== Object.prototype) return value;
  for (const [key, inner] of Object.entries(value)) {
    if (key !== 'machine' && key !== 'input' && key !== 'output') frozen(inner);
  }
  return Object.freeze(value);
}
