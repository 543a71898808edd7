// What `defineTopology` makes of a declaration: every option filled in, every duration in milliseconds, every
// address known. Floors above read only this; the shapes users write live in `declare.ts`.

import type { StandardSchemaV1 } from '@standard-schema/spec';
import type { AnyActorLogic } from 'xstate';
import type { Priority } from '../base/priority.ts';

/** How a node's children are brought back. */
export type Strategy = 'one-for-one' | 'one-for-all' | 'rest-for-one';

/** Delays between restarts or retries: `initial * factor^n`, at most `max`, plus up to `jitter` of itself. */
export interface ResolvedBackoff {
  readonly initialMs: number;
  readonly factor: number;
  readonly maxMs: number;
  /** Share of the delay that chance may add, from 0 to 1. */
  readonly jitter: number;
}

export interface ResolvedRestart {
  readonly strategy: Strategy;
  readonly maxRestarts: number;
  readonly withinMs: number;
  readonly backoff: ResolvedBackoff;
}

export interface ResolvedRetries {
  /** Attempts after the first. */
  readonly limit: number;
  readonly backoff: ResolvedBackoff;
  readonly retryIf?: (error: unknown) => boolean;
}

export interface ResolvedMailbox {
  readonly capacity: number;
  readonly overflow: 'reject' | 'drop-oldest' | 'drop-lowest';
}

/** A task as a node's code sees it. */
export interface AssignedTask {
  readonly id: string;
  readonly type: string;
  readonly input: unknown;
}

/** One task of a plan, before it is checked. */
export interface PlanNode {
  readonly type: string;
  readonly needs?: readonly string[];
  /** Makes one task of each item; the node's result is the list of theirs, in the order of the items. */
  readonly each?: (results: Readonly<Record<string, unknown>>) => Iterable<unknown>;
  /** A value, or a function of the results of `needs` and, with `each`, of the item and its index. */
  readonly input?: unknown;
  readonly priority?: Priority;
  readonly timeout?: number | string;
}

export type Plan = Readonly<Record<string, PlanNode>>;

/** The code of a node; what `ctx` holds is the business of `src/work`. */
export type ErasedRun = (task: AssignedTask, ctx: never) => unknown;

interface ResolvedNode {
  readonly name: string;
  /** `main`, `main/code`, `main/code/measure`. */
  readonly address: string;
  readonly restart: ResolvedRestart;
  readonly child: 'permanent' | 'transient' | 'temporary';
  /** Milliseconds that a stop may take before it becomes a kill. */
  readonly shutdown: number | 'kill';
  readonly machine?: AnyActorLogic;
  readonly priority: Priority;
  readonly timeoutMs?: number;
  readonly retries: ResolvedRetries;
  readonly mailbox: ResolvedMailbox;
  readonly durable: boolean;
  readonly recover: 'snapshot' | 'initial';
  /** Version of the shape of its machine's state. */
  readonly schema?: number;
  readonly migrate?: (from: number, snapshot: unknown) => unknown;
  readonly interrupted?: 'retry' | 'fail';
  readonly domain?: string;
  readonly resources: readonly string[];
  /** Addresses this node says it delegates to, besides its own children. */
  readonly delegatesTo: readonly string[];
  readonly heartbeatMs?: number;
  readonly memoryBytes?: number;
  /** The task types it takes. */
  readonly accepts: readonly string[];
  readonly input?: StandardSchemaV1;
  readonly output?: StandardSchemaV1;
}

export interface ResolvedAgent extends ResolvedNode {
  readonly kind: 'agent';
  readonly instances: number;
  /** Absent where `machine` is given. */
  readonly run?: ErasedRun;
}

export interface ResolvedDirector extends ResolvedNode {
  readonly kind: 'director';
  readonly run?: ErasedRun;
  /** Chooses the agent, by name, for a task that several accept. */
  readonly route?: (task: AssignedTask) => string;
  readonly agents: readonly ResolvedAgent[];
}

export interface ResolvedOrchestrator extends ResolvedNode {
  readonly kind: 'orchestrator';
  readonly plan?: (task: AssignedTask) => Plan;
  readonly result?: (results: Readonly<Record<string, unknown>>, task: AssignedTask) => unknown;
  readonly run?: ErasedRun;
  /** Chooses the director, by name, for a task that several accept. */
  readonly route?: (task: AssignedTask) => string;
  readonly directors: readonly ResolvedDirector[];
}

export type ResolvedAny = ResolvedOrchestrator | ResolvedDirector | ResolvedAgent;

export interface ResolvedLimits {
  readonly agents: number;
  readonly agentsPerOrchestrator: number;
  readonly delegationDepth: number;
  readonly openRuns: number;
}

export interface ResolvedResource {
  readonly name: string;
  readonly capacity: number;
}

export interface ResolvedRetention {
  readonly versions: number;
  readonly ageMs: number;
}

/** A topology that has passed every check. */
export interface ResolvedTopology {
  readonly name: string;
  readonly limits: ResolvedLimits;
  readonly restart: ResolvedRestart;
  /** What nodes may hold, and how many of them at a time. */
  readonly resources: readonly ResolvedResource[];
  readonly retention: ResolvedRetention;
  readonly orchestrators: readonly ResolvedOrchestrator[];
}
