// What users write a topology with. These functions only mark and type what they are given; `defineTopology` checks
// it, because only there every mistake has a path. Types follow from the schemas, else from what `run` takes and
// returns; what can't be inferred is `unknown`. Type parameters that stand for a function have their own constraint as
// default: TypeScript takes a function's parameter types from there while it still infers the rest.

import type { AnyActorLogic } from 'xstate';
import type { TaskMap, WorkContext } from './context.ts';
import {
  type Agent,
  type AgentTasks,
  type Director,
  type DirectorTasks,
  type Orchestrator,
  type SameShape,
  declareNode,
} from './nodes.ts';
import type { Absent, NodeOptions, RetryOptions, Route, TaskOptions } from './options.ts';
import type { LiteralPlan, PlanNodes, ResultsOf } from './plan-nodes.ts';
import type { AssignedTask } from './resolved.ts';

/** A task whose input is known. */
export type TypedTask<Input> = AssignedTask & { readonly input: Input };

/** What `run` may return: the output, now or later, or a generator whose every `yield` is a checkpoint. */
export type RunResult<Output> =
  | Output
  | Promise<Output>
  | Generator<unknown, Output, unknown>
  | AsyncGenerator<unknown, Output, unknown>;

/**
 * A node's code. With an `output` schema it has to return what the schema takes.
 *
 * A method's parameters are compared both ways, so that `task` and `ctx` may be annotated more closely
 * (`ctx: WorkContext<{ next: number }>`).
 */
export type Code<Input, Produced, Tasks> = {
  run(task: TypedTask<Input>, ctx: WorkContext<unknown, Tasks>): RunResult<Produced>;
}['run'];

/** `Given`, or `Otherwise` where it was left out. */
type Or<Given, Otherwise> = Absent extends Given ? Otherwise : Given;

/** What code returns in the end. */
type ReturnedBy<Given> = Given extends (...args: never) => infer Returned
  ? Returned extends AsyncGenerator<unknown, infer Output, unknown> | Generator<unknown, infer Output, unknown>
    ? Output
    : Awaited<Returned>
  : unknown;

/** What code takes, where no schema says so. */
type TakenBy<Given> = Given extends (task: infer Task, ...rest: never) => unknown
  ? Task extends { readonly input: infer Input }
    ? Input
    : unknown
  : unknown;

/** The options of an agent. Exactly one of `run` and `machine`. */
export interface AgentOptions<Accepts extends string, Raw, Input, Produced, Output, Run>
  extends NodeOptions, TaskOptions<Accepts, Raw, Input, Produced, Output> {
  /** Trying a failed task again, at this agent. Default: not at all. */
  readonly retries?: RetryOptions;
  /** Agents of this kind that work at a time. Default 1, at most 32. */
  readonly instances?: number;
  readonly run?: Run;
}

/**
 * An agent: the code that does tasks of one or more types.
 *
 * `accepts` defaults to the key it is declared under. `ctx.checkpoint` is `unknown` unless `ctx` is annotated, as in
 * `ctx: WorkContext<{ next: number }>`: TypeScript can't take the type of a parameter from what the body yields.
 *
 * @example
 * agent({ accepts: 'measure', input: z.string(), output: Metrics, run: async ({ input }, ctx) => measure(input, ctx.signal) })
 */
export function agent<
  const Accepts extends string = never,
  Raw = Absent,
  Input = Or<Raw, unknown>,
  Produced = unknown,
  Run extends Code<Input, Produced, TaskMap> = Code<Input, Produced, TaskMap>,
  Output = Absent,
>(
  options: AgentOptions<Accepts, Raw, Input, Produced, Output, Run>,
): Agent<Accepts, Or<Raw, TakenBy<Run>>, Or<Output, ReturnedBy<Run>>> {
  return declareNode('agent', options);
}

/** The options of a director. With neither `run` nor `machine` it routes tasks to its agents. */
export interface DirectorOptions<
  Agents extends Readonly<Record<string, Agent>>,
  Accepts extends string,
  Raw,
  Input,
  Produced,
  Output,
  Run,
>
  extends NodeOptions, TaskOptions<Accepts, Raw, Input, Produced, Output> {
  readonly agents: Agents;
  /** Chooses the agent, by name, for a task that several accept. */
  readonly route?: Route<keyof Agents & string>;
  readonly run?: Run;
}

/** The tasks of a director: its agents', unless it says or does something else. */
type TasksOfDirector<Tasks, Accepts extends string, Raw, Run, Output> = Absent extends Run
  ? [Accepts] extends [never]
    ? Tasks
    : Pick<Tasks, Accepts & keyof Tasks> &
        SameShape<
          Exclude<Accepts, keyof Tasks>,
          { readonly input: Or<Raw, unknown>; readonly output: Or<Output, unknown> }
        >
  : {
      [Type in [Accepts] extends [never] ? keyof Tasks & string : Accepts]: {
        readonly input: Or<Raw, Type extends keyof Tasks ? Tasks[Type]['input' & keyof Tasks[Type]] : TakenBy<Run>>;
        readonly output: Or<Output, ReturnedBy<Run>>;
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
  Raw = Absent,
  Input = Or<Raw, unknown>,
  Produced = unknown,
  Run extends Code<Input, Produced, AgentTasks<Agents>> | Absent = Code<Input, Produced, AgentTasks<Agents>> | Absent,
  Output = Absent,
>(
  options: DirectorOptions<Agents, Accepts, Raw, Input, Produced, Output, Run>,
): Director<TasksOfDirector<AgentTasks<Agents>, Accepts, Raw, Run, Output>> {
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
  Produced,
  Output,
  Run,
  Machine,
>
  extends Omit<NodeOptions, 'machine'>, TaskOptions<Accepts, Raw, Input, Produced, Output> {
  readonly directors: Directors;
  /** Chooses the director, by name, for a task that several accept. */
  readonly route?: Route<keyof Directors & string>;
  /** Makes a graph of tasks of one task: an object of nodes, or `nodes.add(…)`, which types every function. */
  readonly plan?: (task: TypedTask<Input>, nodes: PlanNodes<DirectorTasks<Directors>>) => Planned;
  /** Makes the output of the results of the nodes; left out, the output is all of them by name. */
  readonly result?: (results: ResultsOf<DirectorTasks<Directors>, Planned>, task: TypedTask<Input>) => Result;
  readonly run?: Run;
  /** The user's own XState logic in place of the built-in one. */
  readonly machine?: Machine;
}

/** What an orchestrator's plan may be; {@link Absent} where it has none. */
type AnyPlan<Tasks> = LiteralPlan<Tasks> | PlanNodes<Tasks> | Absent;

type OutputOfOrchestrator<Tasks, Planned, Result, Run, Output> = Or<
  Output,
  Absent extends Planned
    ? Absent extends Run
      ? unknown
      : ReturnedBy<Run>
    : [Result] extends [Absent]
      ? ResultsOf<Tasks, Planned>
      : Result
>;

/** `never`, unless there is neither plan nor code nor machine and tasks are passed on as they are. */
type PassedBy<Tasks, Planned, Run, Machine> = Absent extends Planned
  ? Absent extends Run
    ? Absent extends Machine
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
  Raw = Absent,
  Input = Or<Raw, unknown>,
  const Planned extends AnyPlan<DirectorTasks<Directors>> = AnyPlan<DirectorTasks<Directors>>,
  Produced = unknown,
  Result extends Produced | Absent = Absent,
  Run extends Code<Input, Produced, DirectorTasks<Directors>> | Absent =
    | Code<Input, Produced, DirectorTasks<Directors>>
    | Absent,
  Output = Absent,
  Machine extends AnyActorLogic | Absent = Absent,
>(
  options: OrchestratorOptions<Directors, Accepts, Raw, Input, Planned, Result, Produced, Output, Run, Machine>,
): Orchestrator<
  Accepts,
  PassedBy<DirectorTasks<Directors>, Planned, Run, Machine>,
  Or<Raw, Absent extends Run ? Input : TakenBy<Run>>,
  OutputOfOrchestrator<DirectorTasks<Directors>, Planned, Result, Run, Output>
> {
  return declareNode('orchestrator', options);
}
