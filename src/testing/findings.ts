// What is wrong with a machine whatever its tests say, by name: states that nothing leads to, transitions that are never
// taken, states without a way out that are no end, guards that are not there or only ever say one thing, delays that
// are not there, failures that nobody handles, and what throws.

import type { AnyStateMachine } from 'xstate';
import { describeError } from '../base/errors.ts';
import type { CoverageRecord } from './coverage.ts';
import { eventText } from './environment.ts';
import { type Exploration, failuresOf } from './explore.ts';
import { type ModelGraph, placeOf } from './model-graph.ts';
import type { WatchedMachine } from './watched.ts';

/** One thing that is wrong. */
export interface Finding {
  readonly kind:
    | 'unreachable state'
    | 'unreachable transition'
    | 'dead state'
    | 'missing guard'
    | 'one-sided guard'
    | 'missing delay'
    | 'unhandled failure'
    | 'throws';
  /** As it stands in `allow`. */
  readonly name: string;
  readonly message: string;
}

/** Everything that is wrong, the gravest first. */
export function findingsOf(parts: {
  readonly machine: AnyStateMachine;
  readonly watched: WatchedMachine;
  readonly graph: ModelGraph;
  readonly explorations: readonly Exploration[];
  readonly record: CoverageRecord;
}): readonly Finding[] {
  const { machine, watched, graph, explorations, record } = parts;
  return [
    ...throwing(graph, explorations),
    ...missingGuards(watched, graph),
    ...missingDelays(machine),
    ...unreachable(graph, record),
    ...deadStates(graph, explorations, record),
    ...unhandled(graph, explorations),
    ...oneSided(graph, record),
  ];
}

function throwing(graph: ModelGraph, explorations: readonly Exploration[]): readonly Finding[] {
  const found = new Map<string, Finding>();
  for (const { event, step } of explorations.flatMap(failuresOf)) {
    const place = step.before === undefined ? '' : ` in ${placeOf(graph, step.before.snapshot)}`;
    const type = step.event?.type ?? event;
    const name = `${event}${place}`;
    const message = `${event}${place} throws: ${describeError(step.thrown)}. If it needs a payload, give the event with one.`;
    const key = `${type}${place}`;
    if (!found.has(key)) found.set(key, { kind: 'throws', name, message });
  }
  return [...found.values()];
}

/** Invoked actors whose failure the machine does not survive. */
function unhandled(graph: ModelGraph, explorations: readonly Exploration[]): readonly Finding[] {
  const found = new Map<string, Finding>();
  for (const { event, step } of explorations.flatMap(({ edges }) => edges)) {
    if (step.after.snapshot.status !== 'error' || step.before === undefined) continue;
    const name = `${eventText({ type: event.type })} in ${placeOf(graph, step.before.snapshot)}`;
    const message = `${name} is not handled: the machine ends with the error, and its supervisor restarts it.`;
    found.set(name, { kind: 'unhandled failure', name, message });
  }
  return [...found.values()];
}

function missingGuards({ missingGuards: names }: WatchedMachine, { transitions }: ModelGraph): readonly Finding[] {
  return [...names].map((guard) => {
    const where = [...transitions.values()]
      .filter((each) => each.guard?.includes(guard) === true)
      .map(({ name }) => name);
    return {
      kind: 'missing guard',
      name: guard,
      message: `guard '${guard}' is not implemented (${where.join('; ')}): the machine throws where it is asked.`,
    };
  });
}

function missingDelays(machine: AnyStateMachine): readonly Finding[] {
  const delays = machine.implementations.delays as object;
  return nodesOf(machine.root).flatMap(({ config, path }) =>
    Object.keys((config as { readonly after?: object }).after ?? {})
      .filter((delay) => Number.isNaN(Number(delay)) && !(delay in delays))
      .map((delay): Finding => {
        const state = path.join('.');
        return {
          kind: 'missing delay',
          name: delay,
          message: `delay '${delay}' of state ${state} is not implemented: XState lets it elapse at once.`,
        };
      }),
  );
}

function unreachable({ states, transitions }: ModelGraph, record: CoverageRecord): readonly Finding[] {
  const unseen = new Set([...states.keys()].filter((id) => !record.states.has(id)));
  const lost = [...states.values()].filter(({ id }) => unseen.has(id));
  const never = [...transitions.values()].filter(
    ({ key, source }) => !record.transitions.has(key) && !unseen.has(source),
  );
  return [
    ...lost.map(({ name }): Finding => {
      return { kind: 'unreachable state', name, message: `state ${name} is never reached.` };
    }),
    ...never.map(({ name, shadowed }): Finding => {
      const why = shadowed ? ': the branch before it has no guard' : '';
      return { kind: 'unreachable transition', name, message: `transition ${name} is never taken${why}.` };
    }),
  ];
}

/** States that are reached, never left, and listen to nothing themselves. */
function deadStates(
  graph: ModelGraph,
  explorations: readonly Exploration[],
  record: CoverageRecord,
): readonly Finding[] {
  const left = new Set<string>();
  for (const { step } of explorations.flatMap(({ edges }) => edges)) {
    const after = new Set(step.after.snapshot._nodes.map(({ id }) => id));
    for (const id of step.visited) if (!after.has(id)) left.add(id);
    for (const node of step.before?.snapshot._nodes ?? []) if (!after.has(node.id)) left.add(node.id);
  }
  const listening = new Set([...graph.transitions.values()].map(({ source }) => source));
  return [...graph.states.values()]
    .filter(({ id, isLeaf, isFinal, name }) => isLeaf && !isFinal && name !== '(machine)' && record.states.has(id))
    .filter(({ id }) => !left.has(id) && !listening.has(id) && !passedBy(explorations, id))
    .map(({ name }) => {
      return {
        kind: 'dead state',
        name,
        message: `state ${name} is dead: nothing leads out of it, and it is not final.`,
      };
    });
}

/** Whether a state was only passed on the way, as one with an `always` is. */
function passedBy(explorations: readonly Exploration[], id: string): boolean {
  return !explorations.some(({ states }) =>
    [...states.values()].some(({ snapshot }) => snapshot._nodes.some((node) => node.id === id)),
  );
}

function oneSided({ transitions, states }: ModelGraph, record: CoverageRecord): readonly Finding[] {
  return [...transitions.values()].flatMap(({ key, name, guard, source }) => {
    const gap = guard === undefined || !record.states.has(source) ? undefined : record.guardGap(key);
    if (gap === undefined || !states.has(source)) return [];
    return [
      {
        kind: 'one-sided guard' as const,
        name: `${name}: ${gap}`,
        message: `the guard of ${name} is ${gap}.`,
      },
    ];
  });
}

function nodesOf(node: AnyStateMachine['root']): readonly AnyStateMachine['root'][] {
  return [node, ...(Object.values(node.states) as readonly AnyStateMachine['root'][]).flatMap(nodesOf)];
}
