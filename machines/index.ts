/**
 * The pure statecharts of Troupe, for reading, drawing and model-testing (`troupe/machines`).
 * Nothing here runs by itself: time and chance come with events, and what a machine wants done it emits.
 */
export { agentMachine, retryDelayMs } from './agent.ts';
export type {
  AgentBackoff,
  AgentContext,
  AgentEmitted,
  AgentEvent,
  AgentInput,
  AgentTask,
  AgentWork,
} from './agent.ts';
export { breakerDeadlineMs, breakerMachine, parseBreakerInput } from './breaker.ts';
export type { BreakerBucket, BreakerContext, BreakerEmitted, BreakerEvent, BreakerInput } from './breaker.ts';
export { directorMachine } from './director.ts';
export type {
  DirectorAgent,
  DirectorContext,
  DirectorDelegation,
  DirectorEmitted,
  DirectorEvent,
  DirectorInput,
  DirectorTask,
} from './director.ts';
export { orchestratorMachine } from './orchestrator.ts';
export type { OrchestratorContext, OrchestratorEmitted, OrchestratorEvent, OrchestratorInput } from './orchestrator.ts';
export * from './supervisor.ts';
export { taskMachine } from './task.ts';
export type { TaskContext, TaskEmitted, TaskEvent, TaskInput } from './task.ts';
