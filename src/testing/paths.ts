// Which stories are told of a machine: with `@xstate/graph`, the shortest way to every state, or every way that visits
// no state twice, and from each state one step further, so that every transition is in some story. What is only the
// beginning of another story is left out. What a state ignores is one story of its own.

import { getShortestPaths, getSimplePaths } from '@xstate/graph';
import type { AnyEventObject } from 'xstate';
import { InvalidOptionError } from '../base/errors.ts';
import { eventKey, type Exploration, type ModelEdge } from './explore.ts';
import { limits } from '../base/limits.ts';
import type { ModelState } from './watched.ts';

/** Which ways through the graph become tests. */
export type PathKind = 'shortest' | 'simple';

/** The events of one story. */
export interface EventPath {
  readonly events: readonly AnyEventObject[];
  /** How many of the last ones are expected to change nothing. */
  readonly ignored: number;
}

/** @throws INVALID_OPTION when there are more paths than a test can go through. */
export function eventPaths(machine: string, exploration: Exploration, kind: PathKind): readonly EventPath[] {
  const search = traversalOf(exploration);
  const ways = new Map(
    getShortestPaths(exploration.replay, search).map((path) => [exploration.keyOf(path.state), eventsIn(path)]),
  );
  const stories = kind === 'simple' ? simpleWays(machine, exploration) : [...ways.values()];
  const ignored = new Map<string, AnyEventObject[]>();
  for (const { from, event, ignored: isIgnored, step } of exploration.edges) {
    if ('thrown' in step) continue;
    const way = ways.get(from) ?? [];
    if (!isIgnored) stories.push([...way, event]);
    else if (!ignored.has(from)) ignored.set(from, [event]);
    else ignored.get(from)?.push(event);
  }
  const paths = [
    ...withoutBeginnings(stories).map((events) => ({ events, ignored: 0 })),
    ...[...ignored].map(([from, events]) => {
      return { events: [...(ways.get(from) ?? []), ...events], ignored: events.length };
    }),
  ];
  if (paths.length <= limits.model.paths_count) return paths;
  throw new InvalidOptionError(
    `paths of machine '${machine}'`,
    kind,
    `at most ${limits.model.paths_count.toLocaleString('en-US')} tests (there would be ${paths.length.toLocaleString('en-US')}): give abstract fewer states, or events fewer variants`,
  );
}

function simpleWays(machine: string, exploration: Exploration): (readonly AnyEventObject[])[] {
  let steps = 0;
  const search = traversalOf(exploration);
  const counted = (state: ModelState): never => {
    steps += 1;
    if (steps > limits.model.simpleSearch_steps) {
      throw new InvalidOptionError(
        `paths of machine '${machine}'`,
        'simple',
        `'shortest' where there are too many simple paths to find them all, or an abstract with fewer states than ${exploration.states.size}`,
      );
    }
    return search.serializeState(state);
  };
  return getSimplePaths(exploration.replay, { ...search, serializeState: counted }).map(eventsIn);
}

function traversalOf({ start, edges, keyOf }: Exploration) {
  const byState = new Map<string, ModelEdge[]>();
  for (const edge of edges) {
    const known = byState.get(edge.from);
    if (known === undefined) byState.set(edge.from, [edge]);
    else known.push(edge);
  }
  return {
    fromState: start.after,
    events: (state: ModelState) =>
      (byState.get(keyOf(state)) ?? []).filter(({ step }) => !('thrown' in step)).map(({ event }) => event),
    serializeState: keyOf as (state: ModelState) => never,
    serializeEvent: eventKey as (event: AnyEventObject) => never,
  };
}

function eventsIn({ steps }: { readonly steps: readonly { readonly event: AnyEventObject }[] }): AnyEventObject[] {
  return steps.slice(1).map(({ event }) => event);
}

/** Leaves out what another story begins with. */
function withoutBeginnings(stories: readonly (readonly AnyEventObject[])[]): readonly (readonly AnyEventObject[])[] {
  const beginnings = new Set<string>();
  const kept = new Set<readonly AnyEventObject[]>();
  for (const story of stories.toSorted((a, b) => b.length - a.length)) {
    let told = '';
    const marks = story.map((event) => (told += `${eventKey(event)}\n`));
    if (story.length > 0 && beginnings.has(told)) continue;
    if (story.length === 0 && stories.length > 1) continue;
    kept.add(story);
    for (const mark of marks) beginnings.add(mark);
  }
  return stories.filter((story) => kept.has(story));
}
