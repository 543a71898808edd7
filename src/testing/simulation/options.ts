// What a user says of a simulation: what is done, by whom, what may fail, what must hold. Everything is checked before
// the first seed; what is done need not fear the process's end, which is the point: a step that waits for an answer
// may wait for ever, because the process that it asked has been killed.

import type { AnyActorLogic } from 'xstate';
import { InvalidOptionError } from '../../base/errors.ts';
import type { Runtime } from '../../runtime.ts';
import type { InputOf, TaskTypes, Topology } from '../../topology/define.ts';
import { suggestion } from '../../topology/problems.ts';
import { isTopology } from '../../topology/define.ts';
import type { ResolvedAny } from '../../topology/resolved.ts';
import type { Chance } from './chance.ts';
import { eachNode, type Reply } from './stand-ins.ts';
import { type FaultOdds, type Faults, oddsOf } from './faults.ts';
import type { Invariant } from './invariant.ts';

/** What is at hand in an operation, in a check, and when the process has begun. */
export interface Moment<T extends Topology = Topology, Ledger = unknown> {
  /** The runtime as it is now; after a crash it is another one. */
  readonly runtime: Runtime<T>;
  /** What the run keeps account with; it outlives the process. */
  readonly ledger: Ledger;
  /** Monotonic milliseconds of the simulated world. */
  now(): number;
}

/** An operation of the workload. */
export type Operation<T extends Topology, Ledger> = (moment: Moment<T, Ledger> & Chance) => unknown;

/** What is simulated. */
export interface Simulation<T extends Topology = Topology, Ledger = unknown> {
  /** Inputs by task type: the workload submits such tasks. */
  readonly tasks?: { readonly [Type in TaskTypes<T>]?: (chance: Chance) => InputOf<T, Type> };
  /** Anything else that is done, by name. What it throws fails the run, unless it is one of Troupe's own errors. */
  readonly operations?: Readonly<Record<string, Operation<T, Ledger>>>;
  /** Logic by name, as `createRuntime` takes it. */
  readonly logics?: Readonly<Record<string, AnyActorLogic>>;
  /** Made for each seed. */
  readonly ledger?: () => Ledger;
  /** After each start of the process, before the first operation. */
  readonly begin?: (moment: Moment<T, Ledger>) => unknown;
  /** Agents that answer without their own code, by address; needed for those that use files, networks or real time. */
  readonly agents?: Readonly<Record<string, Reply>>;
  /** What must hold after every step, besides what Troupe checks itself: throws when it does not. */
  readonly invariants?: Readonly<Record<string, (moment: Moment<T, Ledger>) => void>>;
  /** Invariants that follow a run event by event, such as `conserved('state/stock/', sizeOf)`. */
  readonly watches?: readonly Invariant[];
  /** What must hold once nothing fails any more and everything has settled. May read and ask. */
  readonly settled?: Readonly<Record<string, (moment: Moment<T, Ledger>) => unknown>>;
}

/** How much is simulated. */
export interface SimulationSettings {
  /** How many seeds, or which; default 100. */
  readonly seeds?: number | readonly number[];
  /** The first of so many seeds; default 1. */
  readonly firstSeed?: number;
  /** Steps with faults, before everything has to settle; default 2,000. */
  readonly steps?: number;
  /** What fails: `all` (the default), `none`, a list of kinds, or odds by kind: once in so many chances. */
  readonly faults?: Faults;
  /** Whether a failing run is made smaller; default true. */
  readonly shrink?: boolean;
  /** How many seeds are run twice to see that they do the same; default 1. */
  readonly repeat?: number;
  /** Called after each seed. */
  readonly onSeed?: (done: { readonly seeds: number; readonly of: number; readonly seed: number }) => void;
  /** Called when a seed has failed, before it is made smaller. */
  readonly onFailure?: (failed: {
    readonly seed: number;
    readonly step: number;
    readonly invariant: string;
    readonly problem: string;
  }) => void;
  /** Ends it after the present seed, with what was found so far. */
  readonly signal?: AbortSignal;
}

/** Options of `simulate`. */
export type SimulationOptions<T extends Topology = Topology, Ledger = unknown> = Simulation<T, Ledger> &
  SimulationSettings;

/** A simulation that has been checked. */
export interface Plan {
  readonly topology: Topology;
  readonly operations: readonly { readonly name: string; readonly run: Operation<Topology, unknown> }[];
  readonly logics: Readonly<Record<string, AnyActorLogic>>;
  readonly ledger: () => unknown;
  readonly begin: ((moment: Moment) => unknown) | undefined;
  readonly agents: ReadonlyMap<string, Reply>;
  readonly invariants: readonly Invariant[];
  readonly checks: readonly (readonly [string, (moment: Moment) => void])[];
  readonly settled: readonly (readonly [string, (moment: Moment) => unknown])[];
  readonly steps: number;
  readonly odds: FaultOdds;
}

const simulationKeys: readonly (keyof Simulation)[] = [
  'tasks',
  'operations',
  'logics',
  'ledger',
  'begin',
  'agents',
  'invariants',
  'watches',
  'settled',
];
const settingKeys: readonly (keyof SimulationSettings)[] = [
  'seeds',
  'firstSeed',
  'steps',
  'faults',
  'shrink',
  'repeat',
  'onSeed',
  'onFailure',
  'signal',
];

/** Says a simulation with its types, for use in several places: a test, and `troupe simulate`. */
export function simulationOptions<T extends Topology, Ledger = undefined>(
  _topology: T,
  options: SimulationOptions<T, Ledger>,
): SimulationOptions<T, Ledger> {
  return options;
}

/** @throws INVALID_OPTION naming the field. */
export function planOf(topology: Topology, options: SimulationOptions, builtIn: readonly Invariant[]): Plan {
  if (!isTopology(topology)) throw new InvalidOptionError('topology', topology, 'what defineTopology() returned');
  const of = `of the simulation of '${topology.name}'`;
  checkKeys(options, of);
  const nodes = eachNode(topology.resolved);
  const operations = [
    ...tasksOf(options, nodes, of),
    ...functionsOf<Operation<Topology, unknown>>(options.operations, `operations ${of}`),
  ];
  if (operations.length === 0) {
    throw new InvalidOptionError(
      `tasks ${of}`,
      options.tasks,
      `an input for a task type that it takes (${typesOf(nodes).join(', ')}), or operations: nothing would be done`,
    );
  }
  return {
    topology,
    operations: operations.map(([name, run]) => ({ name, run })),
    logics: options.logics ?? {},
    ledger: options.ledger ?? (() => undefined),
    begin: options.begin,
    agents: agentsOf(options, nodes, of),
    invariants: [...builtIn, ...watchesOf(options.watches, of)],
    checks: functionsOf<(moment: Moment) => void>(options.invariants, `invariants ${of}`),
    settled: functionsOf<(moment: Moment) => unknown>(options.settled, `settled ${of}`),
    steps: countOf(options.steps ?? 2_000, `steps ${of}`, 1),
    odds: oddsOf(options.faults ?? 'all', `faults ${of}`),
  };
}

/** The seeds that are meant. @throws INVALID_OPTION */
export function seedsOf({ seeds = 100, firstSeed = 1 }: SimulationSettings): readonly number[] {
  if (typeof seeds !== 'number') return seeds.map((seed, index) => countOf(seed, `seeds[${index}]`, 0));
  const first = countOf(firstSeed, 'firstSeed', 0);
  return Array.from({ length: countOf(seeds, 'seeds', 1) }, (_, index) => (first + index) >>> 0);
}

function watchesOf(watches: readonly Invariant[] = [], of: string): readonly Invariant[] {
  for (const [index, given] of watches.entries()) {
    if (typeof given.name === 'string' && typeof given.watch === 'function') continue;
    throw new InvalidOptionError(`watches[${index}] ${of}`, given, 'an invariant: a name, and a function `watch`');
  }
  return watches;
}

function checkKeys(options: object, of: string): void {
  const known: readonly string[] = [...simulationKeys, ...settingKeys];
  for (const key of Object.keys(options)) {
    if (known.includes(key)) continue;
    throw new InvalidOptionError(
      `${key} ${of}`,
      'an unknown option',
      `${known.join(', ')}. ${suggestion(key, known)}`.trim(),
    );
  }
}

/** Submissions are operations like others. */
function tasksOf(
  { tasks = {} }: Simulation,
  nodes: readonly ResolvedAny[],
  of: string,
): [string, Operation<Topology, unknown>][] {
  const types = typesOf(nodes);
  return functionsOf<(chance: Chance) => unknown>(tasks, `tasks ${of}`).map(([type, input]) => {
    if (!types.includes(type))
      throw new InvalidOptionError(
        `tasks ${of}`,
        type,
        `a task type that it takes: ${types.join(', ')}. ${suggestion(type, types)}`.trim(),
      );
    const submit: Operation<Topology, unknown> = async (moment) => {
      await moment.runtime.run({ type, input: input(moment) });
    };
    return [type, submit];
  });
}

function typesOf(nodes: readonly ResolvedAny[]): readonly string[] {
  return nodes.filter(({ kind }) => kind === 'orchestrator').flatMap(({ accepts }) => accepts);
}

function agentsOf({ agents = {} }: Simulation, nodes: readonly ResolvedAny[], of: string): ReadonlyMap<string, Reply> {
  const addresses = nodes
    .filter((node) => node.kind === 'agent' && node.run !== undefined)
    .map(({ address }) => address);
  const given = functionsOf<Reply>(agents, `agents ${of}`);
  for (const [address] of given) {
    if (addresses.includes(address)) continue;
    throw new InvalidOptionError(
      `agents ${of}`,
      address,
      `the address of an agent with a run: ${addresses.join(', ')}. ${suggestion(address, addresses)}`.trim(),
    );
  }
  return new Map(given);
}

function functionsOf<Callable extends (...given: never[]) => unknown>(
  given: unknown,
  field: string,
): [string, Callable][] {
  if (given === undefined) return [];
  if (typeof given !== 'object' || given === null) throw new InvalidOptionError(field, given, 'functions by name');
  return Object.entries(given).map(([name, value]) => {
    if (typeof value !== 'function') throw new InvalidOptionError(`${name} in ${field}`, value, 'a function');
    return [name, value as Callable];
  });
}

function countOf(value: unknown, field: string, least: number): number {
  if (Number.isSafeInteger(value) && (value as number) >= least && (value as number) < 4_294_967_296)
    return value as number;
  throw new InvalidOptionError(field, value, `a whole number from ${least} to 4,294,967,295`);
}
