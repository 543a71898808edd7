// What users write a topology with. These functions only mark and type what they are given; `defineTopology` checks
// it, because only there every mistake has a path. Types follow from the schemas, else from what `run` takes and
// returns; what can't be inferred is `unknown`.

import type { AnyActorLogic } from 'xstate';
import type { WorkContext } from './context.ts';
import { type Agent, type AgentTasks, type Director, type DirectorTasks, type Orchestrator, type SameShape, declareNode } from './nodes.ts';
import type { Absent, NodeOptions, Route, TaskOptions } from './options.ts';
import type { LiteralPlan, PlanNodes, ResultsOf } from './plan-nodes.ts';
import type { AssignedTask } from './resolved.ts';

/** A task whose input is known. */
export type TypedTask<Input> = AssignedTask & { readonly input: Input };

/** What `run` may return: the output, now or later, or a generator whose every `yield` is a checkpoint. */
export type RunResult<Output, Checkpoint> =
  | Output
  | Promise<Output>
  | Generator<Checkpoint, Output, unknown>
  | AsyncGenerator<Checkpoint, Output, unknown>;

/** `Given`, or `Otherwise` where it was left out. */
type Or<Given, Otherwise> = [Given] extends [Absent] ? Otherwise : Given;

/** A node's code. With an `output` schema it has to return what the schema takes, without one it decides itself. */
type Run<Input, Returned, Produced, Checkpoint, Tasks> = (
  task: TypedTask<Input>,
  ctx: WorkContext<Checkpoint, Tasks>,
) => [Produced] extends [Absent] ? RunResult<Returned, Checkpoint> : RunResult<NoInfer<Produced>, Checkpoint>;

/** The options of an agent. Exactly one of `run` and `machine`. */
export interface AgentOptions<Accepts extends string, Raw, Input, Returned, Produced, Output, Checkpoint>
  extends NodeOptions, TaskOptions<Accepts, Raw, Input, Produced, Output> {
  /** Agents of this kind that work at a time. Default 1, at most 32. */
  readonly instances?: number;
  readonly run?: Run<Input, Returned, Produced, Checkpoint, Readonly<Record<string, { input: unknown; output: unknown }>>>;
}

/**
 * An agent: the code that does tasks of one or more types.
 *
 * `accepts` defaults to the key it is declared under. `ctx.checkpoint` is `unknown` unless `ctx` is annotated, as in
 * `ctx: WorkContext<{ next: number }>`; then what the generator yields is held to it.
 *
 * @example
 * agent({ accepts: 'measure', input: z.string(), output: Metrics, run: async ({ input }, ctx) => measure(input, ctx.signal) })
 */
export function agent<
  const Accepts extends string = never,
  Raw = unknown,
  Input = Raw,
  Returned = unknown,
  Produced = Absent,
  Output = Absent,
  Checkpoint = unknown,
>(
  options: AgentOptions<Accepts, Raw, Input, Returned, Produced, Output, Checkpoint>,
): Agent<Accepts, Raw, Or<Output, Returned>> {
  return declareNode('agent', options);
}

/** The options of a director. With neither `run` nor `machine` it routes tasks to its agents. */
export interface DirectorOptions<Agents extends Readonly<Record<string, Agent>>, Accepts extends string, Raw, Input, Returned, Produced, Output, Checkpoint>
  extends NodeOptions, TaskOptions<Accepts, Raw, Input, Produced, Output> {
  readonly agents: Agents;
  readonly route?: Route<keyof Agents & string>;
  readonly run?: Run<Input, Returned, Produced, Checkpoint, AgentTasks<Agents>>;
}

/** The tasks of a director: its agents', unless code of its own takes and returns something else. */
type TasksOfDirector<Tasks, Accepts extends string, Raw, Returned, Output> = [Returned] extends [Absent]
  ? [Accepts] extends [never]
    ? Tasks
    : Pick<Tasks, Accepts & keyof Tasks> & SameShape<Exclude<Accepts, keyof Tasks>, { readonly input: Raw; readonly output: Or<Output, unknown> }>
  : {
      [Type in [Accepts] extends [never] ? keyof Tasks & string : Accepts]: {
        readonly input: unknown extends Raw ? (Type extends keyof Tasks ? Tasks[Type]['input' & keyof Tasks[Type]] : Raw) : Raw;
        readonly output: Or<Output, Returned>;
      };
    };

/**
 * A director: supervises agents and gives them tasks.
 *
 * It takes the types of its agents, or `accepts`. In `run`, `ctx.delegate` knows the agents' types.
 *
 * @example
 * director({ restart: { maxRestarts: 3, within: '10s' }, agents: { lister, measure } })
 */
export function director<
  const Agents extends Readonly<Record<string, Agent>>,
  const Accepts extends string = never,
  Raw = unknown,
  Input = Raw,
  Returned = Absent,
  Produced = Absent,
  Output = Absent,
  Checkpoint = unknown,
>(
  options: DirectorOptions<Agents, Accepts, Raw, Input, Returned, Produced, Output, Checkpoint>,
): Director<TasksOfDirector<AgentTasks<Agents>, Accepts, Raw, Returned, Output>> {
  return declareNode('director', options);
}

/** The options of an orchestrator. At most one of `plan`, `run` and `machine`. */
export interface OrchestratorOptions<
  Directors extends Readonly<Record<string, Director>>,
  Accepts extends string,
  Raw,
  Input,
  Planned,
  Result,
  Returned,
  Produced,
  Output,
  Checkpoint,
  Machine,
> extends Omit<NodeOptions, 'machine'>, TaskOptions<Accepts, Raw, Input, Produced, Output> {
  readonly directors: Directors;
  readonly route?: Route<keyof Directors & string>;
  /** Makes a graph of tasks of one task: an object of nodes, or `nodes.add(…)`, which types every function. */
  readonly plan?: (task: TypedTask<Input>, nodes: PlanNodes<DirectorTasks<Directors>>) => Planned;
  /** Makes the output of the results of the nodes; left out, the output is all of them by name. */
  readonly result?: (
    results: ResultsOf<DirectorTasks<Directors>, Planned>,
    task: TypedTask<Input>,
  ) => [Produced] extends [Absent] ? Result : NoInfer<Produced>;
  readonly run?: Run<Input, Returned, Produced, Checkpoint, DirectorTasks<Directors>>;
  /** The user's own XState logic in place of the built-in one. */
  readonly machine?: Machine;
}

type OutputOfOrchestrator<Tasks, Planned, Result, Returned, Output> = Or<
  Output,
  Or<Result, Or<Returned, [Planned] extends [Absent] ? unknown : ResultsOf<Tasks, Planned>>>
>;

/** `never`, unless there is neither plan nor code nor machine and tasks are passed on as they are. */
type PassedBy<Tasks, Planned, Returned, Machine> = [Planned] extends [Absent]
  ? [Returned] extends [Absent]
    ? [Machine] extends [Absent]
      ? Tasks
      : never
    : never
  : never;

/**
 * An orchestrator: takes tasks from outside, as a plan, in code, or straight to its directors.
 *
 * With a plan, code or a machine it accepts its own key (and the topology's name when it is the only orchestrator),
 * otherwise all types of its directors; `accepts` replaces that.
 *
 * @example
 * orchestrator({ plan: (task) => ({ files: { type: 'list', input: 'src' } }), result: ({ files }) => files, directors })
 */
export function orchestrator<
  const Directors extends Readonly<Record<string, Director>>,
  const Accepts extends string = never,
  Raw = unknown,
  Input = Raw,
  const Planned extends LiteralPlan<DirectorTasks<Directors>> | PlanNodes<DirectorTasks<Directors>> | Absent = Absent,
  Result = Absent,
  Returned = Absent,
  Produced = Absent,
  Output = Absent,
  Checkpoint = unknown,
  Machine extends AnyActorLogic | Absent = Absent,
>(
  options: OrchestratorOptions<Directors, Accepts, Raw, Input, Planned, Result, Returned, Produced, Output, Checkpoint, Machine>,
): Orchestrator<
  Accepts,
  PassedBy<DirectorTasks<Directors>, Planned, Returned, Machine>,
  Raw,
  OutputOfOrchestrator<DirectorTasks<Directors>, Planned, Result, Returned, Output>
> {
  return declareNode('orchestrator', options);
}
