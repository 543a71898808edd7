// What `import 'troupe'` gives: declaring a topology, running it, and what an actor can ask of the runtime. Heavy
// parts are not reached from here.

export {
  ActorExistsError,
  ActorNotFoundError,
  ActorRestartingError,
  AskTimeoutError,
  DeadLetterError,
  DelegationCycleError,
  DelegationForgedError,
  DelegationTooDeepError,
  type ErrorCode,
  InterruptedError,
  InvalidInputError,
  InvalidOptionError,
  InvalidOutputError,
  isTroupeError,
  MailboxFullError,
  NoAgentError,
  PlanInvalidError,
  QueueFullError,
  RestartLimitError,
  type SchemaIssue,
  ShuttingDownError,
  StartFailedError,
  StartTimeoutError,
  StoreCorruptError,
  StoreFullError,
  StoreLockedError,
  StoreUnavailableError,
  StoreVersionError,
  TaskCancelledError,
  TaskFailedError,
  TaskTimeoutError,
  TopologyError,
  type TopologyProblem,
  TroupeError,
  UnserializableError,
  VersionConflictError,
} from './base/errors.ts';
export type { Clock } from './base/clock.ts';
export type { Duration, Size } from './base/duration.ts';
export { limits } from './base/limits.ts';
export { Priority } from './base/priority.ts';
export type { Random } from './base/random.ts';
export type { Reason } from './base/reason.ts';
export {
  cancelDelegation,
  cancelSchedule,
  complete,
  delegate,
  fail,
  publish,
  reply,
  schedule,
  spawnActor,
  stash,
  stopActor,
  stopSelf,
  subscribe,
  tell,
  unstash,
  unsubscribe,
  unwatch,
  watch,
} from './kernel/actions.ts';
export type { DeadLetter } from './kernel/dead-letters.ts';
export {
  effect,
  type Effect,
  type Recipient,
  type RuntimeEvent as ActorEvent,
  type TaskSpec,
} from './kernel/effects.ts';
export type { KernelEvent } from './kernel/events.ts';
export type { ActorRef, AskOptions } from './kernel/ref.ts';
export type { Inspector } from './kernel/shard.ts';
export type { InspectorLike } from './observe/inspector.ts';
export type { ChildOptions, SpawnOptions } from './kernel/spec.ts';
export type { ChildCounts, ChildInfo, Supervision } from './kernel/supervision.ts';
export type { ActorInfo } from './kernel/system.ts';
export type { RuntimeEvent, RuntimeEvents } from './observe/events.ts';
export type { TaskEvent } from './observe/task-events.ts';
export {
  createRuntime,
  type Runtime,
  type RuntimeOptions,
  type StopOptions,
  type StoreOptions,
  type SubmitOptions,
} from './runtime.ts';
export { memoryStore } from './store/memory.ts';
export type { Damage, Packed, Store, StoredRecord, StoreWrite, VersionInfo } from './store/port.ts';
export type { DelegateRequest, FanOutOptions, TaskMap, WorkContext } from './topology/context.ts';
export { agent, director, orchestrator, type TypedTask } from './topology/declare.ts';
export {
  defineTopology,
  type InputOf,
  isTopology,
  type OutputOf,
  type TaskTypes,
  type Topology,
} from './topology/define.ts';
export type { Agent, Director, Orchestrator } from './topology/nodes.ts';
export type { PlanNodes } from './topology/plan-nodes.ts';
export type { AssignedTask, Plan, PlanNode } from './topology/resolved.ts';
export type { Run, RunEvent, RunState, RunStatus } from './work/run.ts';
export type { RunFilter } from './work/run-book.ts';
export type { Diff, DiffEntry } from './store/state/diff.ts';
export type { KeptSnapshot, Snapshots } from './store/state/snapshots.ts';
export type { StateEvent, VersionedState, WriteOptions } from './store/state/state.ts';
export type { RetryOptions as StateRetryOptions } from './store/state/state-retry.ts';
export type { StateChange, StateWatcher } from './store/state/state-watch.ts';
export type { StateEntry, Transaction } from './store/state/transaction.ts';
