/**
 * Model tests of a machine from its own graph, and the measure of how much of the graph they have seen.
 *
 * `exploreModel` walks every state that a finite list of events can reach (two snapshots are one state when `abstraction` says the same of both), runs the
 * shortest path to each on a real actor, and then every event in every state on an actor restored from the stored JSON of that state. Each step must end
 * where the model says, in value, context and status; `check` sees each of them with what was emitted.
 * `coverageOf` counts state nodes and transitions (every branch of every event of every node) by identity, from the actors' inspection events.
 */
import { createTestModel, getAdjacencyMap, getShortestPaths } from '@xstate/graph';
import {
  createActor,
  type AnyMachineSnapshot,
  type AnyStateMachine,
  type AnyTransitionDefinition,
  type EmittedFrom,
  type EventFromLogic,
  type InputFrom,
  type InspectionEvent,
  type Snapshot,
  type SnapshotFrom,
} from 'xstate';
import { expect } from 'vitest';

type StateNode = AnyStateMachine['root'];

/** What is compared of a snapshot. */
interface Plain {
  readonly value: unknown;
  readonly context: unknown;
  readonly status: unknown;
}

const plain = ({ value, context, status }: Plain): Plain => ({ value, context, status });

/** An actor of a machine, driven by hand; `send` answers with what that event made it emit. */
export interface Driven<TMachine extends AnyStateMachine> {
  send(event: EventFromLogic<TMachine>): EmittedFrom<TMachine>[];
  snapshot(): SnapshotFrom<TMachine>;
  /** The stored form, through JSON as the store would have it. */
  stored(): Snapshot<unknown>;
}

export interface DriveOptions<TMachine extends AnyStateMachine> {
  readonly input?: InputFrom<TMachine>;
  readonly stored?: Snapshot<unknown>;
  readonly inspect?: (event: InspectionEvent) => void;
}

/** Starts an actor, fresh from `input` or restored from `stored`. An error of the machine is thrown by the next `send` or `snapshot`. */
export function drive<TMachine extends AnyStateMachine>(
  machine: TMachine,
  { input, stored, inspect }: DriveOptions<TMachine>,
): Driven<TMachine> {
  const actor = createActor<AnyStateMachine>(machine, {
    input,
    ...(stored === undefined ? {} : { snapshot: stored }),
    ...(inspect === undefined ? {} : { inspect }),
  });
  let emitted: EmittedFrom<TMachine>[] = [];
  let failure: { readonly error: unknown } | undefined;
  const healthy = (): void => {
    if (failure !== undefined) throw failure.error;
  };
  actor.on('*', (event) => emitted.push(event as EmittedFrom<TMachine>));
  actor.subscribe({ error: (error) => (failure = { error }) });
  actor.start();
  return {
    send(event) {
      emitted = [];
      // XState ignores the event and warns; the pure transition that the model is made of has handled it all the same.
      if (actor.getSnapshot().status !== 'active') return emitted;
      actor.send(event);
      healthy();
      return emitted;
    },
    snapshot() {
      healthy();
      return actor.getSnapshot() as SnapshotFrom<TMachine>;
    },
    stored: () => JSON.parse(JSON.stringify(actor.getPersistedSnapshot())) as Snapshot<unknown>,
  };
}

/** How much of a machine's graph has been seen. */
export interface Coverage {
  readonly inspect: (event: InspectionEvent) => void;
  /** An exploration adds what it has run. */
  ran(paths: number, steps: number): void;
  /** The names of the state nodes and transitions that nothing has reached. */
  missed(): string[];
  /** One line for people. */
  table(): string;
}

function nodesOf(node: StateNode): StateNode[] {
  return [node, ...Object.values(node.states).flatMap((child) => nodesOf(child))];
}

function nameOfGuard({ guard }: AnyTransitionDefinition): string {
  if (guard === undefined) return '';
  if (typeof guard === 'string') return ` if ${guard}`;
  return ` if ${'type' in guard ? guard.type : '(inline)'}`;
}

function transitionsOf(node: StateNode): [AnyTransitionDefinition, string][] {
  const lists: [string, readonly AnyTransitionDefinition[]][] = [...node.transitions];
  if (node.always !== undefined) lists.push(['always', node.always]);
  return lists.flatMap(([event, branches]) =>
    branches.map((branch, index): [AnyTransitionDefinition, string] => {
      const target = branch.target?.map(({ key }) => key).join(', ') ?? 'itself';
      return [branch, `${node.id} on ${event}[${index}]${nameOfGuard(branch)} to ${target}`];
    }),
  );
}

/** Names of everything there is to cover in a machine. */
export function graphOf(machine: AnyStateMachine): {
  readonly states: ReadonlyMap<StateNode, string>;
  readonly transitions: ReadonlyMap<AnyTransitionDefinition, string>;
} {
  const nodes = nodesOf(machine.root);
  return {
    states: new Map(nodes.map((node) => [node, `state ${node.id}`])),
    transitions: new Map(nodes.flatMap((node) => transitionsOf(node))),
  };
}

export function coverageOf(machine: AnyStateMachine): Coverage {
  const { states, transitions } = graphOf(machine);
  const seenStates = new Set<StateNode>();
  const seenTransitions = new Set<AnyTransitionDefinition>();
  const run = { paths: 0, steps: 0 };
  const unseen = <T>(all: ReadonlyMap<T, string>, seen: ReadonlySet<T>): string[] =>
    [...all].filter(([item]) => !seen.has(item)).map(([, name]) => name);
  return {
    inspect(event) {
      if (event.type !== '@xstate.microstep') return;
      for (const node of (event.snapshot as SnapshotFrom<AnyStateMachine>)._nodes) seenStates.add(node);
      for (const transition of event._transitions) {
        if (transitions.has(transition)) seenTransitions.add(transition);
      }
    },
    ran(paths, steps) {
      run.paths += paths;
      run.steps += steps;
    },
    missed: () => [...unseen(states, seenStates), ...unseen(transitions, seenTransitions)],
    table: () =>
      [
        machine.id.padEnd(13),
        `states ${seenStates.size}/${states.size}`.padEnd(14),
        `transitions ${seenTransitions.size}/${transitions.size}`.padEnd(20),
        `paths ${run.paths}`.padEnd(11),
        `steps ${run.steps}`,
      ].join(' '),
  };
}

/** One event handled by a real actor. */
export interface ModelStep<TMachine extends AnyStateMachine> {
  readonly before: SnapshotFrom<TMachine>;
  readonly event: EventFromLogic<TMachine>;
  readonly after: SnapshotFrom<TMachine>;
  readonly emitted: readonly EmittedFrom<TMachine>[];
}

export interface Model<TMachine extends AnyStateMachine> {
  readonly machine: TMachine;
  readonly input: InputFrom<TMachine>;
  /** All of them are tried in every state, also where the machine ignores them; a function where times are relative to the state. */
  readonly events:
    | readonly EventFromLogic<TMachine>[]
    | ((snapshot: SnapshotFrom<TMachine>) => readonly EventFromLogic<TMachine>[]);
  /** What makes two snapshots one state: JSON-able, with finitely many values. */
  readonly abstraction: (snapshot: SnapshotFrom<TMachine>) => unknown;
  readonly coverage: Coverage;
  readonly check?: (step: ModelStep<TMachine>) => void;
}

/** Throws when the exploration finds more than this many (state, event) pairs: the abstraction is then not finite. */
const TRAVERSAL_LIMIT = 200_000;

/** Explores and executes; answers with how many paths and steps it has run. */
export function exploreModel<TMachine extends AnyStateMachine>({
  machine,
  input,
  events,
  abstraction,
  coverage,
  check,
}: Model<TMachine>): { readonly paths: number; readonly steps: number } {
  // Refuses machines with `after` or `invoke`: ours must have neither.
  createTestModel(machine);
  const logic: AnyStateMachine = machine;
  const keyOf = (snapshot: AnyMachineSnapshot): string =>
    JSON.stringify(abstraction(snapshot as SnapshotFrom<TMachine>));
  const eventsAt = (snapshot: AnyMachineSnapshot): readonly EventFromLogic<TMachine>[] =>
    typeof events === 'function' ? events(snapshot as SnapshotFrom<TMachine>) : events;
  const traversal = { input, events: eventsAt, serializeState: keyOf, limit: TRAVERSAL_LIMIT };
  const graph = getAdjacencyMap(logic, traversal);
  const paths = getShortestPaths(logic, traversal);
  const inspect = coverage.inspect;
  let steps = 0;
  for (const path of paths) {
    const state = graph[keyOf(path.state) as keyof typeof graph];
    if (state === undefined) throw new Error(`no state ${keyOf(path.state)} in the graph`);
    const story = path.steps.slice(1).map((step) => step.event);
    const driven = drive(machine, { input, inspect });
    for (const step of path.steps.slice(1)) {
      driven.send(step.event as EventFromLogic<TMachine>);
      expect(keyOf(driven.snapshot()), told(story)).toBe(keyOf(step.state));
    }
    expectSame(driven.snapshot(), state.state, () => story);
    const stored = driven.stored();
    for (const { event: tried, state: expected } of Object.values(state.transitions)) {
      const event = tried as EventFromLogic<TMachine>;
      const restored = drive(machine, { stored, inspect });
      const before = restored.snapshot();
      const emitted = restored.send(event);
      const after = restored.snapshot();
      expectSame(after, expected, () => [...story, event]);
      check?.({ before, event, after, emitted });
      steps += 1;
    }
  }
  coverage.ran(paths.length, steps);
  return { paths: paths.length, steps };
}

const told = (story: readonly unknown[]): string => `after ${story.map((event) => JSON.stringify(event)).join(' ')}`;

/** The comparison by text is for speed: there are tens of thousands, and vitest's is asked only where it says that they differ. */
function expectSame(actual: Plain, expected: Plain, story: () => readonly unknown[]): void {
  if (JSON.stringify(plain(actual)) === JSON.stringify(plain(expected))) return;
  expect(plain(actual), told(story())).toEqual(plain(expected));
}
