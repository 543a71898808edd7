// Which task type a run is for: the one that was named, or the only one there is. Guessing among several would run
// something that nobody asked for.

import { suggestion } from '../topology/problems.ts';
import { routesOf } from '../topology/routes.ts';
import type { ResolvedTopology } from '../topology/resolved.ts';
import { printable } from '../base/printable.ts';
import { wrongUsage } from './command-error.ts';

/** The types that a topology takes, in the order of declaration. */
export function acceptedTypes(topology: ResolvedTopology): readonly string[] {
  return routesOf(topology).types;
}

/**
 * The task type to submit.
 *
 * @throws CommandError (2) with the known types, and the one that was probably meant.
 */
export function chooseType(topology: ResolvedTopology, named: string | undefined): string {
  const types = acceptedTypes(topology);
  if (named !== undefined) {
    if (types.includes(named)) return named;
    const meant = suggestion(named, types);
    const known = `Known: ${types.join(', ')}.`;
    throw wrongUsage(`topology '${topology.name}' takes no tasks of type '${printable(named)}'.`, [
      `  ${meant === known ? known : `${meant} ${known}`}`,
    ]);
  }
  const [only] = topology.orchestrators;
  // An orchestrator takes its own key and, where it is the only one, the topology's name: two names of one thing.
  const isOneThing =
    topology.orchestrators.length === 1 && types.every((type) => type === only?.name || type === topology.name);
  const [first] = types;
  if (first !== undefined && (types.length === 1 || isOneThing))
    return types.includes(topology.name) ? topology.name : first;
  throw wrongUsage(`topology '${topology.name}' takes several types of tasks: ${types.join(', ')}.`, [
    '  Name one of them after the topology file.',
  ]);
}
