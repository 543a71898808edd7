// The options that users write for every node and for a topology, in the units people write them in. What each
// means once it is checked stands in `resolved.ts`; defaults and maxima stand in `src/base/limits.ts`.

import type { StandardSchemaV1 } from '@standard-schema/spec';
import type { AnyActorLogic } from 'xstate';
import type { Duration, Size } from '../base/duration.ts';
import type { Priority } from '../base/priority.ts';
import type { BackoffOptions, MailboxOptions, RestartOptions } from '../base/supervision-options.ts';
import type { AssignedTask } from './resolved.ts';

/** An option that was not given, where TypeScript has to tell that from one whose type is not known. */
export interface Absent {
  readonly '~absent': true;
}

/** How often a failed task is tried again. */
export interface RetryOptions {
  /** Attempts after the first. Default 0. */
  readonly limit?: number;
  readonly backoff?: BackoffOptions;
  /** Asked before each retry; `false` gives up. */
  readonly retryIf?: (error: unknown) => boolean;
}

/** What orchestrators, directors and agents have in common. */
export interface NodeOptions {
  readonly restart?: RestartOptions;
  /** Default `permanent`: always brought back. */
  readonly child?: 'permanent' | 'transient' | 'temporary';
  /** How long a stop may take before it becomes a kill. Default 5 s for agents, 30 s for the others. */
  readonly shutdown?: Duration | 'kill';
  /** The user's own XState logic in place of the built-in one. */
  readonly machine?: AnyActorLogic;
  /** Default `Priority.NORMAL`. */
  readonly priority?: Priority;
  /** How long a task may take here, from its assignment to its end, retries included. */
  readonly timeout?: Duration;
  readonly mailbox?: MailboxOptions;
  /** Whether state and tasks survive the process. Default true, where a store is configured. */
  readonly durable?: boolean;
  /** What a restart of a node with its own `machine` begins with. Default `snapshot`. */
  readonly recover?: 'snapshot' | 'initial';
  /** Of a node with its own `machine`: the version of its state's shape. A kept state of an older one is migrated. Default 0. */
  readonly schema?: number;
  /** Of a node with its own `machine`: makes a state of the current shape from one that was kept under an older `schema`. */
  readonly migrate?: (from: number, snapshot: unknown) => unknown;
  /**
   * Of a node with its own `machine`: what becomes of a promise that it had invoked when the process died. `retry`
   * (the default) starts it again, `fail` tells the machine that it failed.
   */
  readonly interrupted?: 'retry' | 'fail';
  /** The failure domain. */
  readonly domain?: string;
  /** Resources, declared by the topology, that its work takes. */
  readonly resources?: readonly string[];
  /** Whom it delegates to besides its children: `main/docs`, `../report`. */
  readonly delegatesTo?: string | readonly string[];
  readonly heartbeat?: Duration;
  /** An estimate of what its work needs. */
  readonly memory?: Size;
}

/** Task types, and the schemas of what goes in and comes out. */
export interface TaskOptions<Accepts extends string, Raw, Input, Produced, Output> {
  readonly accepts?: Accepts | readonly Accepts[];
  readonly input?: StandardSchemaV1<Raw, Input>;
  readonly output?: StandardSchemaV1<Produced, Output>;
}

/** Chooses among children, by name, for a task that several of them accept. */
export type Route<Names extends string> = (task: AssignedTask) => Names;

export interface LimitOptions {
  /** Agents of the whole topology, instances counted. Default 50. */
  readonly agents?: number;
  /** Default 10. */
  readonly agentsPerOrchestrator?: number;
  /** Delegations in one chain. Default 5. */
  readonly delegationDepth?: number;
  /** Runs that may be open at a time. Default 10,000. */
  readonly openRuns?: number;
}

/** How long the past is kept. The current version of anything is never pruned. */
export interface RetentionOptions {
  /** Versions of an actor or a shared key that stay readable, the current one included. Default 10. */
  readonly versions?: number;
  /** How long older versions, and runs that are over, are kept. Default 24 h. */
  readonly age?: Duration;
}

/** Everything of a topology but its orchestrators. */
export interface TopologyOptions<Name extends string> {
  readonly name: Name;
  readonly limits?: LimitOptions;
  /** How the root brings orchestrators back. */
  readonly restart?: RestartOptions;
  readonly resources?: Readonly<Record<string, { readonly capacity: number }>>;
  /** What a store keeps of the past. */
  readonly retention?: RetentionOptions;
}
