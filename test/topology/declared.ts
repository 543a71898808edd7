// Short declarations for the tests of the topology floor: what is not under test is as small as it may be.

import { TopologyError, type TopologyProblem } from '../../src/base/errors.ts';
import { agent, director, orchestrator } from '../../src/topology/declare.ts';
import { defineTopology } from '../../src/topology/define.ts';
import type { ResolvedTopology } from '../../src/topology/resolved.ts';

/** Options as a JavaScript user may write them: nothing is known of them. */
export type Loose = Readonly<Record<string, unknown>>;

const run = (): number => 1;

/** These take anything, as they do for users without TypeScript. */
export const looseAgent = (options: unknown = {}): unknown => agent(options as Parameters<typeof agent>[0]);
export const looseDirector = (options: unknown): unknown => director(options as Parameters<typeof director>[0]);
export const looseOrchestrator = (options: unknown): unknown =>
  orchestrator(options as Parameters<typeof orchestrator>[0]);
export const looseTopology = (options: unknown): ResolvedTopology =>
  defineTopology(options as Parameters<typeof defineTopology>[0]).resolved;

/** An agent that does nothing much. */
export const idle = (options: Loose = {}): unknown => looseAgent({ run, ...options });

/** A topology with one orchestrator and one director over some agents. */
export function small(
  agents: Loose,
  more: { readonly director?: Loose; readonly orchestrator?: Loose; readonly topology?: Loose } = {},
): ResolvedTopology {
  const code = looseDirector({ agents, ...more.director });
  const main = looseOrchestrator({ directors: { code }, ...more.orchestrator });
  return looseTopology({ name: 'small', orchestrators: { main }, ...more.topology });
}

/** What a declaration is refused for. */
export function problemsOf(declare: () => unknown): readonly TopologyProblem[] {
  try {
    declare();
  } catch (thrown) {
    if (thrown instanceof TopologyError) return thrown.details.problems;
    throw thrown;
  }
  return [];
}

/** The paths of the problems. */
export const pathsOf = (declare: () => unknown): readonly string[] => problemsOf(declare).map(({ path }) => path);
