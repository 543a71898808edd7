// Walks everything that can happen to a machine, with `@xstate/graph`. Two states are one when they have the same
// state value, wait for the same and, by default, have the same context; a context that grows for ever is noticed and
// named. The walk always ends: at the last state, or at a limit with an error that says what to do.

import { getAdjacencyMap } from '@xstate/graph';
import type { ActorLogic, AnyEventObject, AnyMachineSnapshot } from 'xstate';
import { InvalidOptionError } from '../base/errors.ts';
import { eventText, type Environment, plainText } from './environment.ts';
import { limits } from '../base/limits.ts';
import type { ModelState, ModelStep, WatchedMachine } from './watched.ts';

/** What a state is taken for: whatever of a snapshot matters. Its state value need not be told. */
export type Abstraction = (snapshot: AnyMachineSnapshot) => unknown;

/** One event in one state. */
export interface ModelEdge {
  readonly from: string;
  readonly to: string;
  readonly event: AnyEventObject;
  readonly step: ModelStep;
  /** Nothing was taken and nothing has changed. */
  readonly ignored: boolean;
}

/** Everything that can happen, from one input. */
export interface Exploration {
  readonly start: ModelStep;
  readonly startKey: string;
  /** States by key, nearest first. */
  readonly states: ReadonlyMap<string, ModelState>;
  readonly edges: readonly ModelEdge[];
  readonly keyOf: (state: ModelState) => string;
  /** A logic with the same steps, which costs nothing to run again. */
  readonly replay: ActorLogic<ModelState, AnyEventObject, unknown>;
}

/** The key of an event within a walk. */
export const eventKey = (event: AnyEventObject): string => plainText(event);

/**
 * Walks everything.
 *
 * @throws INVALID_OPTION when there are more states than a test can go through, naming what grows.
 */
export function explore(
  watched: WatchedMachine,
  environment: Environment,
  { input, abstract }: { readonly input: unknown; readonly abstract: Abstraction | undefined },
): Exploration {
  const names = new Names(watched.machine.id, abstract);
  const start = watched.begin(input);
  const startKey = names.keyOf(start.after);
  const edges = new Map<string, ModelEdge>();
  const logic = logicOf(start.after, (before, event) => {
    const step = watched.step(before, event);
    const from = names.keyOf(before);
    const to = names.keyOf(step.after);
    const ignored = step.microsteps.length === 0 && to === from && step.after.snapshot.status === 'active';
    edges.set(edgeKey(from, event), { from, to, event, step, ignored });
    if (edges.size > limits.model.transitions_count) throw names.tooMany();
    return step.after;
  });
  const graph = getAdjacencyMap(logic, {
    fromState: start.after,
    events: (state) => environment.eventsAt(state),
    serializeState: names.keyOf,
    serializeEvent: eventKey,
  });
  const states = new Map(Object.entries(graph).map(([key, { state }]) => [key, state]));
  const replay = logicOf(start.after, (before, event) => {
    const edge = edges.get(edgeKey(names.keyOf(before), event));
    return edge === undefined ? before : (states.get(edge.to) ?? before);
  });
  return { start, startKey, states, edges: [...edges.values()], keyOf: names.keyOf, replay };
}

const edgeKey = (from: string, event: AnyEventObject): string => `${from} ${eventKey(event)}`;

function logicOf(
  start: ModelState,
  transition: (state: ModelState, event: AnyEventObject) => ModelState,
): ActorLogic<ModelState, AnyEventObject, unknown> {
  return { transition, getInitialSnapshot: () => start, getPersistedSnapshot: (state) => state };
}

/** Gives states their keys and notices when there is no end to them. */
class Names {
  readonly #machine: string;
  readonly #abstract: Abstraction | undefined;
  readonly #keys = new WeakMap<ModelState, string>();
  readonly #seen = new Set<string>();
  /** Of each field of what is told of a state: the values it had. */
  readonly #values = new Map<string, Set<string>>();

  constructor(machine: string, abstract: Abstraction | undefined) {
    this.#machine = machine;
    this.#abstract = abstract;
  }

  readonly keyOf = (state: ModelState): string => {
    let key = this.#keys.get(state);
    if (key === undefined) {
      key = this.#make(state);
      this.#keys.set(state, key);
    }
    return key;
  };

  #make({ snapshot, waits }: ModelState): string {
    const { value, status, historyValue } = snapshot;
    const told: unknown = this.#abstract === undefined ? snapshot.context : this.#abstract(snapshot);
    const history = Object.entries(historyValue).map(([id, nodes]) => [id, nodes.map((node) => node.id)]);
    const key = plainText({ value, status, history, waits: [...waits.keys()].toSorted(), told });
    if (!this.#seen.has(key)) this.#add(key, told);
    return key;
  }

  #add(key: string, told: unknown): void {
    this.#seen.add(key);
    const fields = typeof told === 'object' && told !== null ? Object.entries(told) : [['', told] as const];
    for (const [field, value] of fields) {
      const values = this.#values.get(field) ?? new Set();
      this.#values.set(field, values.add(plainText(value)));
    }
    if (this.#seen.size > limits.model.states_count) throw this.tooMany();
  }

  /** Names the field that has had the most values. */
  tooMany(): InvalidOptionError {
    const [field = '', values = new Set<string>()] =
      [...this.#values].toSorted(([, a], [, b]) => b.size - a.size)[0] ?? [];
    const place = this.#abstract === undefined ? `context.${field}` : field === '' ? 'what it returns' : `its ${field}`;
    const samples = [...values].slice(0, 4).map((value) => (value.length > 24 ? `${value.slice(0, 23)}…` : value));
    const count = limits.model.states_count.toLocaleString('en-US');
    return new InvalidOptionError(
      `abstract of machine '${this.#machine}'`,
      this.#abstract,
      `a function that tells the states of a test apart by finitely many values, such as abstract: ({ context }) => ` +
        `({ … }); there are more than ${count} states, and ${place} grows: it was ${samples.join(', ')} and more`,
    );
  }
}

/** What a machine threw while everything was walked, once for each event and state. */
export function failuresOf({
  edges,
  start,
}: Exploration): readonly { readonly event: string; readonly step: ModelStep }[] {
  const all = [
    { event: 'the start', step: start },
    ...edges.map(({ event, step }) => ({ event: eventText(event), step })),
  ];
  return all.filter(({ step }) => 'thrown' in step);
}
