// What a user says of a machine for its model tests. Each option is checked at once, against the machine: a state or an
// event that is not there would otherwise be an assertion that never runs.

import type {
  AnyEventObject,
  AnyMachineSnapshot,
  AnyStateMachine,
  EmittedFrom,
  EventFromLogic,
  InputFrom,
  SnapshotFrom,
} from 'xstate';
import { InvalidOptionError } from '../base/errors.ts';
import { suggestion } from '../topology/problems.ts';
import type { ModelEvents } from './environment.ts';
import type { ModelGraph } from './model-graph.ts';
import type { PathKind } from './paths.ts';

/** One event, handled by the real actor. */
export interface ModelMoment<Machine extends AnyStateMachine = AnyStateMachine> {
  /** None for the start. */
  readonly event: EventFromLogic<Machine> | undefined;
  readonly before: SnapshotFrom<Machine> | undefined;
  readonly after: SnapshotFrom<Machine>;
  readonly emitted: readonly EmittedFrom<Machine>[];
  /** The story up to and with this event. */
  readonly story: readonly string[];
}

/** How many of each kind have to be reached, in percent. */
export interface CoverageGoal {
  readonly states?: number;
  readonly transitions?: number;
  /** Guards seen both true and false. */
  readonly guards?: number;
}

/** Options of `modelTests` for one machine. */
export interface ModelOptions<Machine extends AnyStateMachine = AnyStateMachine> {
  /** Its name in reports; default the machine's id. */
  readonly name?: string;
  readonly input?: InputFrom<Machine>;
  /** Several inputs, each with tests of its own. */
  readonly inputs?: readonly InputFrom<Machine>[];
  /**
   * Events in the variants that matter: a list, to which every other event type of the machine is added without a
   * payload; or a function of the snapshot that returns all that may come then. Timers and invoked actors end by themselves; `invoke.done`, `invoke.failed` and
   * `invoke.snapshot` say with what.
   */
  readonly events?: ModelEvents<EventFromLogic<Machine>, SnapshotFrom<Machine>>;
  /**
   * What of a snapshot tells two states apart, besides the state value; default its whole context. Required where the
   * context has no end.
   */
  abstract?(this: void, snapshot: SnapshotFrom<Machine>): unknown;
  /** `shortest` (the default) or `simple`: every way that visits no state twice. */
  readonly paths?: PathKind;
  /** Called with the real actor's snapshot, and with what it has just emitted, whenever it is in that state. */
  readonly states?: Readonly<
    Record<string, (snapshot: SnapshotFrom<Machine>, emitted: readonly EmittedFrom<Machine>[]) => void>
  >;
  /**
   * What is to be emitted whenever an event comes (`'job.start'`, `'timer.elapsed patience'`) or comes in a state
   * (`'waiting > job.start'`): a list, in order, each as far as it is written; or a function that throws.
   */
  readonly expects?: Readonly<
    Record<
      string,
      readonly object[] | ((emitted: readonly EmittedFrom<Machine>[], moment: ModelMoment<Machine>) => void)
    >
  >;
  /** Called with every event of every story, the start included. */
  check?(this: void, moment: ModelMoment<Machine>): void;
  /** Default: all states and all transitions; guards are only reported. */
  readonly coverage?: CoverageGoal;
  /** Names of states, transitions and guards, as reports write them, that are known not to be reached or left. */
  readonly allow?: readonly string[];
  /** Another machine to perform; it has to do what this one says. Default the machine itself. */
  readonly implementation?: AnyStateMachine;
}

/** Says the options of a machine's model tests with their types, for use in several places. */
export function modelOptions<Machine extends AnyStateMachine>(
  _machine: Machine,
  options: ModelOptions<Machine>,
): ModelOptions<Machine> {
  return options;
}

const known: readonly (keyof ModelOptions)[] = [
  'name',
  'input',
  'inputs',
  'events',
  'abstract',
  'paths',
  'states',
  'expects',
  'check',
  'coverage',
  'allow',
  'implementation',
];

/** @throws INVALID_OPTION naming the field. */
export function checkModelOptions(options: ModelOptions, graph: ModelGraph): void {
  const of = `of machine '${graph.chart.id}'`;
  for (const key of Object.keys(options)) {
    if (!known.includes(key as keyof ModelOptions)) {
      throw new InvalidOptionError(`${key} ${of}`, 'an unknown option', known.join(', '));
    }
  }
  const { paths = 'shortest', states = {}, expects = {}, abstract, check, coverage = {} } = options;
  if (paths !== 'shortest' && paths !== 'simple')
    throw new InvalidOptionError(`paths ${of}`, paths, "'shortest' or 'simple'");
  for (const [name, value] of Object.entries({ abstract, check })) {
    if (value !== undefined && typeof value !== 'function')
      throw new InvalidOptionError(`${name} ${of}`, value, 'a function');
  }
  const names = [...graph.states.values()].map(({ name }) => name);
  for (const [name, assertion] of Object.entries(states)) {
    checkState(`states ${of}`, name, names);
    if (typeof assertion !== 'function') throw new InvalidOptionError(`states.${name} ${of}`, assertion, 'a function');
  }
  for (const key of Object.keys(expects)) {
    const { state } = expectationOf(key);
    if (state !== undefined) checkState(`expects ${of}`, state, names);
  }
  for (const [name, goal] of Object.entries(coverage)) {
    if (typeof goal !== 'number' || !(goal >= 0 && goal <= 100)) {
      throw new InvalidOptionError(`coverage.${name} ${of}`, goal, 'a percentage from 0 to 100');
    }
  }
}

function checkState(field: string, name: string, names: readonly string[]): void {
  if (!names.includes(name)) {
    throw new InvalidOptionError(field, name, `a state that the machine has. ${suggestion(name, names)}`.trim());
  }
}

/** `'waiting > job.start'` as its parts. */
export function expectationOf(key: string): { readonly state: string | undefined; readonly event: string } {
  const at = key.indexOf(' > ');
  return at < 0 ? { state: undefined, event: key } : { state: key.slice(0, at), event: key.slice(at + 3) };
}

/** Options whose types are those of any machine. */
export interface AnyModelOptions extends Omit<ModelOptions, 'events'> {
  readonly events?: ModelEvents<AnyEventObject, AnyMachineSnapshot>;
}
