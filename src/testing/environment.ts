// What may happen to a machine next: the events it is sent, in the variants the user gave, the timers that may be due
// and the invoked actors that may end. Timers and actors come from what the machine waits for, so nothing happens
// that nobody waits for.

import type { AnyEventObject, AnyMachineSnapshot, AnyStateMachine } from 'xstate';
import { InvalidOptionError } from '../base/errors.ts';
import type { Wait } from './rewrite.ts';
import type { ModelState } from './watched.ts';

/** How an invoked actor ends, or what it says of itself, in the user's words. */
export type InvokeOutcome =
  | { readonly type: 'invoke.done'; readonly id: string; readonly output?: unknown }
  | { readonly type: 'invoke.failed'; readonly id: string; readonly error?: unknown }
  | { readonly type: 'invoke.snapshot'; readonly id: string; readonly snapshot?: unknown };

/** Events, all of them or those that make sense in a state. */
export type ModelEvents<Event, State> =
  | readonly (Event | InvokeOutcome)[]
  | ((snapshot: State) => readonly (Event | InvokeOutcome)[]);

type Given = ModelEvents<AnyEventObject, AnyMachineSnapshot> | undefined;

/** Answers what may happen in a state. */
export class Environment {
  readonly #types: readonly string[];
  readonly #given: Given;

  /** @throws INVALID_OPTION when `events` is neither a list of events nor a function. */
  constructor(machine: AnyStateMachine, given: Given, field = 'events') {
    if (given !== undefined && typeof given !== 'function') checkEvents(given, field);
    this.#types = [...new Set(descriptorsOf(machine.root))].flatMap(sampleOf);
    this.#given = given;
  }

  /** Every event that may come next; none once the machine has ended. */
  eventsAt({ snapshot, waits }: ModelState): readonly AnyEventObject[] {
    if (snapshot.status !== 'active') return [];
    const given = typeof this.#given === 'function' ? this.#given(snapshot) : (this.#given ?? []);
    if (typeof this.#given === 'function') checkEvents(given, 'events(snapshot)');
    const types = new Set(given.map(({ type }) => type));
    // A function says all there is; a list says what needs a payload.
    const bare = (typeof this.#given === 'function' ? [] : this.#types)
      .filter((type) => !types.has(type))
      .map((type) => runtimeSample(type));
    const sent = given.filter(({ type }) => !type.startsWith('invoke.'));
    const outcomes = given.filter(({ type }) => type.startsWith('invoke.')) as readonly InvokeOutcome[];
    return [...sent, ...bare, ...[...waits.values()].flatMap((wait) => endsOf(wait, outcomes))];
  }
}

/** An event as people read it: `timer.elapsed patience`, `invoke.done fetchUser`, `ticket.opened urgent=true`. */
export function eventText({ type, ...payload }: AnyEventObject): string {
  const timer = /^xstate\.after\.([^.]+)\./.exec(type)?.[1];
  if (timer !== undefined) return `timer.elapsed ${Number.isNaN(Number(timer)) ? timer : `${timer} ms`}`;
  const [, kind, id] = /^xstate\.(done\.actor|error\.actor|snapshot)\.(.*)$/s.exec(type) ?? [];
  if (kind !== undefined && id !== undefined) {
    const word = kind === 'done.actor' ? 'done' : kind === 'error.actor' ? 'failed' : 'snapshot';
    return `invoke.${word} ${id}${payloadText(payload['output'] === undefined ? {} : { output: payload['output'] })}`;
  }
  return `${type}${payloadText(payload)}`;
}

const payload_chars = 60;

function payloadText(payload: object): string {
  const fields = Object.entries(payload).flatMap(([key, value]) =>
    value === undefined ? [] : [`${key}=${typeof value === 'string' ? value : plainText(value)}`],
  );
  const text = fields.join(' ');
  return text === '' ? '' : ` ${text.length > payload_chars ? `${text.slice(0, payload_chars - 1)}…` : text}`;
}

/** Any value as text: like JSON, but errors, functions, cycles and big numbers have words too. */
export function plainText(value: unknown): string {
  const above: object[] = [];
  return (
    JSON.stringify(value, function replace(this: unknown, _key, each: unknown) {
      if (typeof each === 'bigint') return `${each}n`;
      if (typeof each === 'function') return '(function)';
      if (each instanceof Error) return `${each.name}: ${each.message}`;
      if (each instanceof Map || each instanceof Set) return [...each];
      if (typeof each !== 'object' || each === null) return each;
      while (above.length > 0 && above.at(-1) !== this) above.pop();
      if (above.includes(each)) return '(cycle)';
      above.push(each);
      return each;
    }) ?? String(value)
  );
}

function endsOf(wait: Wait, outcomes: readonly InvokeOutcome[]): readonly AnyEventObject[] {
  if (wait.kind === 'timer') return wait.delayMs === undefined ? [] : [{ type: wait.id }];
  const { id, tellsSnapshots } = wait;
  const given = outcomes.filter((outcome) => outcome.id === id);
  const of = (type: InvokeOutcome['type'], sample: InvokeOutcome): readonly InvokeOutcome[] => {
    const found = given.filter((outcome) => outcome.type === type);
    return found.length > 0 ? found : [sample];
  };
  return [
    ...of('invoke.done', { type: 'invoke.done', id }),
    ...of('invoke.failed', { type: 'invoke.failed', id, error: new Error('it failed') }),
    ...(tellsSnapshots === true ? of('invoke.snapshot', { type: 'invoke.snapshot', id }) : []),
  ].map(asXState);
}

function asXState(outcome: InvokeOutcome): AnyEventObject {
  const { id } = outcome;
  if (outcome.type === 'invoke.done') return { type: `xstate.done.actor.${id}`, output: outcome.output, actorId: id };
  if (outcome.type === 'invoke.failed') return { type: `xstate.error.actor.${id}`, error: outcome.error, actorId: id };
  const { snapshot = { status: 'active', output: undefined, error: undefined } } = outcome;
  return { type: `xstate.snapshot.${id}`, snapshot };
}

function descriptorsOf(node: AnyStateMachine['root']): readonly string[] {
  const children = Object.values(node.states) as readonly AnyStateMachine['root'][];
  return [...node.transitions.keys(), ...children.flatMap(descriptorsOf)];
}

/** An event type for what a state listens to. What XState sends comes from what is waited for. */
function sampleOf(descriptor: string): readonly string[] {
  if (descriptor.startsWith('xstate.')) return [];
  if (descriptor === '*') return ['some.other.event'];
  return [descriptor.endsWith('.*') ? `${descriptor.slice(0, -2)}.any` : descriptor];
}

/** What the runtime sends, with as much in it as can be said without knowing the task. */
function runtimeSample(type: string): AnyEventObject {
  switch (type) {
    case 'task.assigned':
      return { type, id: 'task-1', task: { id: 'task-1', type: 'task', input: undefined }, priority: 5, now: 0 };
    case 'task.cancelled':
      return { type, id: 'task-1', reason: 'cancelled' };
    case 'delegation.done':
      return { type, id: 'task-1', output: undefined };
    case 'delegation.failed':
      return { type, id: 'task-1', error: new Error('it failed') };
    case 'actor.terminated':
      return { type, address: 'main', reason: 'normal' };
    default:
      return { type };
  }
}

function checkEvents(events: unknown, field: string): void {
  const expected = 'a list of events with a type, or a function of the snapshot that returns one';
  if (!Array.isArray(events)) throw new InvalidOptionError(field, events, expected);
  events.forEach((event: unknown, index) => {
    const { type } = (typeof event === 'object' && event !== null ? event : {}) as { readonly type?: unknown };
    if (typeof type !== 'string') throw new InvalidOptionError(`${field}[${index}]`, event, 'an event with a type');
    if (type.startsWith('xstate.') || type === 'timer.elapsed') {
      throw new InvalidOptionError(
        `${field}[${index}].type`,
        type,
        'an event that the machine is sent; timers come by themselves, invoked actors as invoke.done and invoke.failed',
      );
    }
  });
}
