// The stories of a machine: its paths, told step by step by the pure model, with the name that a reader understands and
// the times at which real timers let them happen. A story that no times make happen is kept apart and counted.

import type { AnyEventObject } from 'xstate';
import { eventText } from './environment.ts';
import { type ModelGraph, placeOf } from './model-graph.ts';
import type { EventPath } from './paths.ts';
import { timetable } from './timetable.ts';
import type { ModelStep, WatchedMachine } from './watched.ts';

/** One path through a machine, from its start. */
export interface Story {
  readonly name: string;
  readonly input: unknown;
  /** What the model did: the start, then one step an event. */
  readonly steps: readonly ModelStep[];
  /** Each step in words. */
  readonly words: readonly string[];
  /** Milliseconds from the start, one a step; undefined where the timers make the story impossible. */
  readonly times: readonly number[] | undefined;
}

/** Tells the stories of some paths. */
export function tellStories(
  watched: WatchedMachine,
  graph: ModelGraph,
  { paths, input, prefix }: { readonly paths: readonly EventPath[]; readonly input: unknown; readonly prefix: string },
): readonly Story[] {
  return paths.map(({ events, ignored }) => {
    const steps = follow(watched, input, events);
    const words = steps.map((step) => wordsOf(graph, step));
    return { name: `${prefix}${nameOf(graph, steps, words, ignored)}`, input, steps, words, times: timetable(steps) };
  });
}

function follow(watched: WatchedMachine, input: unknown, events: readonly AnyEventObject[]): readonly ModelStep[] {
  const steps = [watched.begin(input)];
  for (const event of events) {
    const last = steps.at(-1);
    if (last === undefined) break;
    steps.push(watched.step(last.after, event));
  }
  return steps;
}

/** `task.assigned, always to triaging`. */
function wordsOf(graph: ModelGraph, { event, microsteps }: ModelStep): string {
  const first = event === undefined ? 'start' : eventText(event);
  const own = microsteps.flatMap(({ taken }) =>
    taken.flatMap((key) => {
      const transition = key.split('|')[1] === '' ? graph.transitions.get(key) : undefined;
      return transition === undefined ? [] : [alwaysText(transition.name)];
    }),
  );
  return [first, ...own].join(', ');
}

/** `always [someoneWaits] to ticket.triaging`, without the state it leaves. */
function alwaysText(name: string): string {
  return name.slice(name.indexOf(' on ') + 4);
}

function nameOf(graph: ModelGraph, steps: readonly ModelStep[], words: readonly string[], ignored: number): string {
  const end = steps.at(-1)?.after.snapshot;
  const place = end === undefined ? '' : placeOf(graph, end);
  const way = words.slice(1, words.length - ignored);
  const before = way.length === 0 ? 'from the start' : `after ${way.join(' > ')}`;
  if (ignored === 0) return way.length === 0 ? `starts in ${place}` : `reaches ${place} ${before}`;
  return `stays in ${place} ${before} and ignores ${words.slice(words.length - ignored).join(', ')}`;
}
