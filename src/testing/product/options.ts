// What a user says of a product of machines. Each option is checked at once, against the actors: an address or a state
// that is not there would otherwise be an assertion that never holds anything.

import type { AnyActorLogic, AnyMachineSnapshot, AnyStateMachine, InputFrom, SnapshotFrom } from 'xstate';
import { InvalidOptionError } from '../../base/errors.ts';
import { limits } from '../../base/limits.ts';
import { suggestion } from '../../topology/problems.ts';
import type { InvokeOutcome } from '../environment.ts';
import { type BuiltInInvariant, builtInInvariants, type Invariant } from './invariants.ts';
import type { AnyEnvironmentStep, EnvironmentStep } from './plan.ts';
import type { Answers, Role } from './roles.ts';
import type { ActorMachines, ProductWorld } from './view.ts';

interface Shared {
  /** Actors that take tasks and answer them, by address, with the answers that they may give; default both ways. */
  readonly agents?: Readonly<Record<string, Answers>>;
  /** How what the machines invoke may end, by address; default in both ways. */
  readonly invokes?: Readonly<Record<string, readonly InvokeOutcome[]>>;
  /** Names of the states in which an actor waits for somebody, by address: none may be left in one at the end. */
  readonly waits?: Readonly<Record<string, readonly string[]>>;
  /** Logic that actors spawn by name. */
  readonly logics?: Readonly<Record<string, AnyActorLogic>>;
  /** Addresses that exist and are not played: what they are told is forgotten. */
  readonly elsewhere?: readonly string[];
  /** Invariants that need not hold. */
  readonly allow?: readonly BuiltInInvariant[];
  /** How many crashes there may be in one story; default 0. */
  readonly crashes?: number;
  /** How many messages a full mailbox may turn away in one story; default 0. */
  readonly overloads?: number;
  /** How many messages may wait for one actor before that counts as a mistake; default 16. */
  readonly mailbox?: number;
  /** What a machine goes on from after a crash; default `initial`. */
  readonly recover?: 'initial' | 'last';
  /** How many different worlds the search may come to; default 20,000. */
  readonly worlds?: number;
  /** Random walks, when the search could not go everywhere; default 200. */
  readonly walks?: number;
  /** Steps of one walk; default 200. */
  readonly length?: number;
  /** Where the walks begin; default 1. */
  readonly seed?: number;
}

/** Options of `productModel` for some machines, with their types. */
export interface ProductOptions<Actors extends ActorMachines = ActorMachines> extends Shared {
  /** What comes from outside. */
  readonly environment: readonly EnvironmentStep<Actors>[];
  readonly inputs?: { readonly [Address in keyof Actors]?: InputFrom<Actors[Address]> };
  /** What of a snapshot tells two states of a machine apart, besides the state value, by address; default its context. */
  readonly abstract?: { readonly [Address in keyof Actors]?: (snapshot: SnapshotFrom<Actors[Address]>) => unknown };
  /** What has to hold in every world, by name: functions that throw when it does not. */
  readonly invariants?: Readonly<Record<string, (world: ProductWorld<Actors>) => void>>;
}

/** Options of `productModel` for a topology. */
export interface TopologyProductOptions extends Shared {
  readonly environment: readonly AnyEnvironmentStep[];
  /** Machines that play nodes whose code is no machine, by address. */
  readonly machines?: Readonly<Record<string, AnyStateMachine>>;
  readonly abstract?: Readonly<Record<string, (snapshot: AnyMachineSnapshot) => unknown>>;
  readonly invariants?: Readonly<Record<string, Invariant>>;
}

/** The options of either, whatever the machines are. */
export interface AnyProductOptions extends TopologyProductOptions {
  readonly inputs?: Readonly<Record<string, unknown>>;
}

const fields: readonly string[] = [
  'agents',
  'invokes',
  'waits',
  'logics',
  'elsewhere',
  'allow',
  'crashes',
  'overloads',
  'mailbox',
  'recover',
  'worlds',
  'walks',
  'length',
  'seed',
  'environment',
  'inputs',
  'abstract',
  'invariants',
  'machines',
] satisfies (keyof AnyProductOptions)[];

/** @throws INVALID_OPTION naming the field. */
export function checkProductOptions(options: AnyProductOptions): void {
  if (typeof options !== 'object' || options === null || !Array.isArray(options.environment)) {
    throw new InvalidOptionError('environment', options, 'a list of { to, event }, { to, task } and { cancels }');
  }
  for (const key of Object.keys(options)) {
    if (!fields.includes(key)) throw new InvalidOptionError(key, 'an unknown option', fields.join(', '));
  }
  const { allow = [], recover = 'initial' } = options;
  for (const name of allow) {
    if (!builtInInvariants.includes(name)) throw new InvalidOptionError('allow', name, builtInInvariants.join(', '));
  }
  if (recover !== 'initial' && recover !== 'last')
    throw new InvalidOptionError('recover', recover, "'initial' or 'last'");
  const { crashes, overloads, mailbox, worlds, walks, length, seed } = options;
  for (const [name, value] of Object.entries({ crashes, overloads, mailbox, worlds, walks, length, seed })) {
    if (value !== undefined && !(Number.isSafeInteger(value) && value >= 0))
      throw new InvalidOptionError(name, value, 'a whole number from 0 up');
  }
  const { productWorlds_count, productWalks_count, productWalk_steps } = limits.testing;
  for (const [name, value, most] of [
    ['worlds', worlds, productWorlds_count],
    ['walks', walks, productWalks_count],
    ['length', length, productWalk_steps],
  ] as const) {
    if (value !== undefined && value > most) throw new InvalidOptionError(name, value, `at most ${most}`);
  }
}

/** Holds every address and state that the options name to the actors. @throws INVALID_OPTION naming the field. */
export function checkAgainst(roles: ReadonlyMap<string, Role>, options: AnyProductOptions): void {
  const addresses = [...roles.keys()];
  const { environment, waits = {}, abstract = {}, invokes = {}, inputs = {} } = options;
  const check = (field: string, address: string): void => {
    if (!roles.has(address))
      throw new InvalidOptionError(field, address, `the address of an actor. ${suggestion(address, addresses)}`);
  };
  environment.forEach((step, index) => {
    checkStep(`environment[${index}]`, step);
    if ('to' in step) check(`environment[${index}].to`, step.to);
  });
  for (const [field, given] of Object.entries({ waits, abstract, invokes, inputs })) {
    for (const address of Object.keys(given)) check(field, address);
  }
  for (const [address, names] of Object.entries(waits)) {
    const role = roles.get(address);
    const known = role?.type === 'machine' ? [...role.graph.states.values()].map(({ name }) => name) : [];
    for (const name of names) {
      if (known.includes(name)) continue;
      throw new InvalidOptionError(`waits['${address}']`, name, `a state that it has. ${suggestion(name, known)}`);
    }
  }
}

function checkStep(field: string, step: AnyEnvironmentStep): void {
  const shape = '{ to, event }, { to, task: { id, type } } or { cancels }';
  const { times = 1 } = step;
  if ('cancels' in step ? typeof step.cancels !== 'string' : typeof step.to !== 'string')
    throw new InvalidOptionError(field, step, shape);
  if ('event' in step && typeof step.event?.type !== 'string') throw new InvalidOptionError(field, step, shape);
  if ('task' in step && (typeof step.task?.id !== 'string' || typeof step.task.type !== 'string'))
    throw new InvalidOptionError(field, step, shape);
  if (!('event' in step) && !('task' in step) && !('cancels' in step)) throw new InvalidOptionError(field, step, shape);
  const { productTimes_count: most } = limits.testing;
  if (!(Number.isSafeInteger(times) && times >= 1 && times <= most))
    throw new InvalidOptionError(`${field}.times`, times, `a whole number from 1 to ${most}`);
  if ('task' in step && times !== 1) throw new InvalidOptionError(`${field}.times`, times, '1: a task is given once');
}
