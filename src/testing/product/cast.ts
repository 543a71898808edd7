// Who plays in a product: the role of every address, made once. A machine that is spawned gets its role when it first
// appears; the same machine has one role wherever it plays.

import type { AnyActorLogic, AnyMachineSnapshot, AnyStateMachine } from 'xstate';
import { limits } from '../../base/limits.ts';
import { isMachine } from '../../topology/draw/statechart.ts';
import { Environment, type InvokeOutcome } from '../environment.ts';
import { modelGraph } from '../model-graph.ts';
import { WatchedMachine } from '../watched.ts';
import { LocalSteps } from './local-steps.ts';
import type { AgentRole, Answers, GivenTask, MachineRole, PureDriver, Role } from './roles.ts';

/** What is known of a machine besides the machine itself. */
export interface MachinePart {
  readonly name: string;
  readonly label: string;
  readonly machine: AnyStateMachine;
  readonly input?: unknown;
  readonly invokes?: readonly InvokeOutcome[] | undefined;
  readonly abstract?: ((snapshot: AnyMachineSnapshot) => unknown) | undefined;
  readonly driver?: PureDriver | undefined;
  readonly recover: 'initial' | 'last';
  readonly isPermanent: boolean;
}

/** Makes the role of a machine. */
export function machineRole({ machine, invokes = [], ...part }: MachinePart): MachineRole {
  const watched = new WatchedMachine(machine);
  return {
    type: 'machine',
    machine,
    graph: modelGraph(machine),
    steps: new LocalSteps(watched),
    environment: new Environment(watched.machine, () => invokes),
    input: part.input,
    abstract: part.abstract,
    driver: part.driver,
    name: part.name,
    label: part.label,
    recover: part.recover,
    isPermanent: part.isPermanent,
  };
}

/** Makes the role of something that takes tasks and answers them; by default in both ways. */
export function agentRole(name: string, label: string, answers: Answers | undefined): AgentRole {
  const usual: Answers = [{ done: undefined }, { failed: new Error(`${name} could not do it`) }];
  const given = answers ?? usual;
  return {
    type: 'agent',
    name,
    label,
    answers: (task: GivenTask) => (typeof given === 'function' ? given(task) : given),
  };
}

/** The roles of a product. */
export class Cast {
  /** Of the actors that are there from the start, in the order in which they start. */
  readonly roles: ReadonlyMap<string, Role>;
  /** Addresses that exist and are not played. */
  readonly elsewhere: ReadonlySet<string>;
  readonly depth_hops: number;
  readonly #logics: Readonly<Record<string, AnyActorLogic>>;
  readonly #spawned = new Map<AnyStateMachine, MachineRole>();

  constructor(parts: {
    readonly roles: ReadonlyMap<string, Role>;
    readonly elsewhere: readonly string[];
    readonly logics: Readonly<Record<string, AnyActorLogic>>;
    readonly depth_hops?: number;
  }) {
    this.roles = parts.roles;
    this.elsewhere = new Set(parts.elsewhere);
    this.depth_hops = parts.depth_hops ?? limits.delegation.depth_hops;
    this.#logics = parts.logics;
  }

  /** Every role that has appeared. */
  all(): readonly Role[] {
    return [...this.roles.values(), ...this.#spawned.values()];
  }

  /** The role of what is spawned; undefined when it is no machine. */
  spawned(given: AnyActorLogic | string): MachineRole | undefined {
    const logic = typeof given === 'string' ? this.#logics[given] : given;
    if (logic === undefined || !isMachine(logic)) return undefined;
    let role = this.#spawned.get(logic);
    if (role === undefined) {
      const name = `spawned ${logic.id}`;
      role = machineRole({ name, label: 'a machine', machine: logic, recover: 'initial', isPermanent: false });
      this.#spawned.set(logic, role);
    }
    return role;
  }
}
