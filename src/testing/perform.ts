// Performs a story on the real runtime and holds it to the model at every step: the state value, the status, whatever
// the abstraction looks at, and everything emitted, in order. Then the user's own assertions are asked.

import { isDeepStrictEqual } from 'node:util';
import type { AnyEventObject, AnyMachineSnapshot, EventObject } from 'xstate';
import { describeError } from '../base/errors.ts';
import { eventText, plainText } from './environment.ts';
import type { Abstraction } from './explore.ts';
import { type AnyModelOptions, expectationOf, type ModelMoment } from './model-options.ts';
import type { ModelGraph } from './model-graph.ts';
import type { Performed, Theatre } from './stage.ts';
import type { Story } from './stories.ts';
import type { ModelStep } from './watched.ts';

/** A story that did not go as the model says. */
export class StoryFailure extends Error {
  readonly machine: string;
  readonly story: string;
  /** The event at which it went wrong, from 0 (the start). */
  readonly step: number;
  /** The events up to there, in words. */
  readonly told: readonly string[];
  readonly expected: unknown;
  /** What the real actor did. */
  readonly actual: unknown;

  constructor(
    problem: string,
    place: { readonly machine: string; readonly story: Story; readonly step: number },
    values: { readonly expected: unknown; readonly actual: unknown; readonly cause?: unknown },
  ) {
    const told = place.story.words.slice(0, place.step + 1);
    super(
      [
        `${place.machine}: ${problem}`,
        `  story: ${told.join(' > ')}`,
        `  step ${place.step} of ${place.story.steps.length - 1}: ${told.at(-1) ?? ''}`,
        `  expected: ${plainText(values.expected)}`,
        `  received: ${plainText(values.actual)}`,
      ].join('\n'),
      'cause' in values ? { cause: values.cause } : undefined,
    );
    this.name = 'StoryFailure';
    this.machine = place.machine;
    this.story = place.story.name;
    this.step = place.step;
    this.told = told;
    this.expected = values.expected;
    this.actual = values.actual;
  }
}

/** What is needed to perform stories of a machine. */
export interface Performance {
  readonly name: string;
  readonly graph: ModelGraph;
  readonly options: AnyModelOptions;
}

/**
 * Performs a story.
 *
 * @throws StoryFailure at the first step that differs from the model, or whose assertion throws.
 */
export async function perform(performance: Performance, story: Story, theatre: Theatre): Promise<void> {
  const { times, steps, input } = story;
  if (times === undefined) return;
  await using stage = await theatre.open(input);
  let before: AnyMachineSnapshot | undefined;
  for (const [index, step] of steps.entries()) {
    const at = { machine: performance.name, story, step: index };
    const waited = await stage.waitUntil(times[index] ?? 0);
    const isTold = index > 0 && !isTimer(step.event);
    if (isTold && (waited.emitted.length > 0 || waited.snapshot !== before)) {
      throw new StoryFailure('it moved by itself before the event', at, {
        expected: before?.value,
        actual: waited.snapshot?.value,
      });
    }
    const done = isTold && step.event !== undefined ? await stage.send(step.event) : waited;
    compare(performance, step, done, at);
    if (done.snapshot !== undefined) assertAll(performance, momentOf(step, before, done, at), at);
    before = done.snapshot;
  }
}

type At = { readonly machine: string; readonly story: Story; readonly step: number };

function isTimer(event: AnyEventObject | undefined): boolean {
  return event?.type.startsWith('xstate.after.') === true;
}

function compare({ options }: Performance, step: ModelStep, done: Performed, at: At): void {
  const { snapshot } = done;
  if ('thrown' in done && step.after.snapshot.status !== 'error') {
    throw new StoryFailure(`it threw: ${describeError(done.thrown)}`, at, {
      expected: step.after.snapshot.value,
      actual: describeError(done.thrown),
      cause: done.thrown,
    });
  }
  const expected = standing(step.after.snapshot, options.abstract as Abstraction | undefined);
  const actual = snapshot === undefined ? 'no state' : standing(snapshot, options.abstract as Abstraction | undefined);
  if (!isDeepStrictEqual(expected, actual)) {
    throw new StoryFailure('it is not where the model is', at, { expected, actual });
  }
  if (!isDeepStrictEqual(wordsFor(step.emitted), wordsFor(done.emitted))) {
    throw new StoryFailure('it did not emit what the model emits', at, {
      expected: step.emitted,
      actual: done.emitted,
    });
  }
}

/** What of a snapshot has to be the same. */
function standing(snapshot: AnyMachineSnapshot, abstract: Abstraction | undefined): object {
  const { value, status, output } = snapshot;
  return {
    value,
    status,
    ...(output === undefined ? {} : { output: plainText(output) }),
    ...(abstract === undefined ? {} : { abstract: plainText(abstract(snapshot)) }),
  };
}

/** Emitted events in a form in which errors and functions of two runs are equal. */
function wordsFor(emitted: readonly EventObject[]): readonly string[] {
  return emitted.map(plainText);
}

function momentOf(step: ModelStep, before: AnyMachineSnapshot | undefined, done: Performed, at: At): ModelMoment {
  return {
    event: step.event as never,
    before: before as never,
    after: done.snapshot as never,
    emitted: done.emitted as never,
    story: at.story.words.slice(0, at.step + 1),
  };
}

function assertAll({ options, graph }: Performance, moment: ModelMoment, at: At): void {
  const { states = {}, expects = {}, check } = options;
  const names = namesIn(graph, moment.after as AnyMachineSnapshot);
  for (const [name, assertion] of Object.entries(states)) {
    if (names.includes(name))
      asserted(`the assertion on state '${name}'`, at, () => {
        assertion(moment.after, moment.emitted);
      });
  }
  for (const [key, expected] of Object.entries(expects)) {
    if (!applies(key, moment as Asked, graph)) continue;
    asserted(`what is expected of '${key}'`, at, () => {
      if (typeof expected === 'function') expected(moment.emitted, moment);
      else if (!isLike(moment.emitted, expected)) {
        throw new StoryFailure(`it did not emit what is expected of '${key}'`, at, {
          expected,
          actual: moment.emitted,
        });
      }
    });
  }
  if (check !== undefined)
    asserted('check', at, () => {
      check(moment);
    });
}

function asserted(what: string, at: At, run: () => void): void {
  try {
    run();
  } catch (error) {
    if (error instanceof StoryFailure) throw error;
    const { expected, actual } = (typeof error === 'object' && error !== null ? error : {}) as {
      readonly expected?: unknown;
      readonly actual?: unknown;
    };
    throw new StoryFailure(`${what} failed: ${describeError(error)}`, at, { expected, actual, cause: error });
  }
}

interface Asked {
  readonly event: AnyEventObject | undefined;
  readonly before: AnyMachineSnapshot | undefined;
}

/** Whether a key of `expects` speaks of an event in a state. */
function applies(key: string, { event, before }: Asked, graph: ModelGraph): boolean {
  const { state, event: named } = expectationOf(key);
  const words = event === undefined ? 'start' : eventText(event);
  const type = event?.type ?? 'start';
  if (named !== type && named !== words && !(type.startsWith('xstate.') && words.startsWith(`${named} `))) return false;
  return state === undefined || (before !== undefined && namesIn(graph, before).includes(state));
}

/** The keys of `expects` that no story comes to. */
export function unmetExpectations({ options, graph }: Performance, stories: readonly Story[]): readonly string[] {
  const moments = stories.flatMap(({ steps }) =>
    steps.map(({ event, before }): Asked => ({ event, before: before?.snapshot })),
  );
  return Object.keys(options.expects ?? {}).filter((key) => !moments.some((moment) => applies(key, moment, graph)));
}

function namesIn(graph: ModelGraph, snapshot: AnyMachineSnapshot): readonly string[] {
  return snapshot._nodes.map(({ id }) => graph.states.get(id)?.name ?? id);
}

/** Whether a value has everything that is written of it. Lists are as long as they are written. */
export function isLike(actual: unknown, written: unknown): boolean {
  if (Array.isArray(written)) {
    return (
      Array.isArray(actual) &&
      actual.length === written.length &&
      written.every((each, index) => isLike(actual[index], each))
    );
  }
  if (typeof written !== 'object' || written === null || Object.getPrototypeOf(written) !== Object.prototype) {
    return isDeepStrictEqual(actual, written);
  }
  if (typeof actual !== 'object' || actual === null) return false;
  const fields = actual as Readonly<Record<string, unknown>>;
  return Object.entries(written).every(([key, value]) => isLike(fields[key], value));
}
