// What an actor of a product does when it gets a message: a machine takes its own transition, an agent takes tasks and
// later answers them in one of the ways it is said to. Where an actor's own code is no machine, what it does is unknown,
// so it is played as an agent is.

import type { AnyEventObject, AnyMachineSnapshot, AnyStateMachine, EventObject } from 'xstate';
import type { Environment } from '../environment.ts';
import type { ModelGraph } from '../model-graph.ts';
import type { LocalSteps } from './local-steps.ts';

/** How a task may end. */
export type Answer = { readonly done: unknown } | { readonly failed: unknown };

/** A task as an agent sees it. */
export interface GivenTask {
  readonly id: string;
  readonly type: string;
  readonly input: unknown;
}

/** Every way in which an agent may end a task: a list, or what may come of one. */
export type Answers = readonly Answer[] | ((task: GivenTask) => readonly Answer[]);

/** Stands between a machine of the product's own and the effects that it leads to. Pure: what it keeps is handed to it. */
export interface PureDriver {
  readonly blank: unknown;
  /** @returns the event as the machine gets it; none when it is kept from it. */
  receive(memory: unknown, event: AnyEventObject, isOpen: boolean): Received;
  /** @returns the effects of what the machine emitted. */
  carryOut(
    memory: unknown,
    emitted: EventObject,
  ): { readonly memory: unknown; readonly effects: readonly EventObject[] };
}

export interface Received {
  readonly memory: unknown;
  readonly event: AnyEventObject | undefined;
}

/** Plays a machine. */
export interface MachineRole {
  readonly type: 'machine';
  /** What reports call it: the address, or the id of a machine that is spawned. */
  readonly name: string;
  /** Why it is played as it is. */
  readonly label: string;
  readonly machine: AnyStateMachine;
  readonly graph: ModelGraph;
  readonly steps: LocalSteps;
  readonly input: unknown;
  /** Says how what it invokes may end. */
  readonly environment: Environment;
  readonly abstract: ((snapshot: AnyMachineSnapshot) => unknown) | undefined;
  readonly driver: PureDriver | undefined;
  readonly recover: 'initial' | 'last';
  /** Whether it is started again when it ends by itself. */
  readonly isPermanent: boolean;
}

/** Plays whatever takes tasks and answers them. */
export interface AgentRole {
  readonly type: 'agent';
  readonly name: string;
  readonly label: string;
  readonly answers: (task: GivenTask) => readonly Answer[];
}

export type Role = MachineRole | AgentRole;
