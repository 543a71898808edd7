// Turns a resolved topology into the actors that run it: one child spec an orchestrator, director and agent, each
// with its machine and the driver that acts for it. Users' own machines take the place of ours as they are.

import type { AnyActorLogic } from 'xstate';
import { agentMachine } from '../machines/agent.ts';
import { directorMachine } from '../machines/director.ts';
import { orchestratorMachine } from '../machines/orchestrator.ts';
import { PlanInvalidError } from '../src/base/errors.ts';
import { limits } from '../src/base/limits.ts';
import type { ChildOptions } from '../src/kernel/spec.ts';
import { checkPlan } from '../src/topology/plan.ts';
import type {
  AssignedTask,
  ResolvedAgent,
  ResolvedAny,
  ResolvedDirector,
  ResolvedOrchestrator,
  ResolvedTopology,
} from '../src/topology/resolved.ts';
import { validate } from '../src/topology/schema.ts';
import type { TaskContext } from '../src/work/context.ts';
import type { Check } from '../src/work/execute.ts';
import { type PlanStep, runPlan } from '../src/work/plan-run.ts';
import type { Desk } from './desk.ts';
import { driven, type Driver } from './driven.ts';
import type { WorkerOptions } from './job.ts';
import { Router } from './router.ts';
import { Worker } from './worker.ts';

type Run = WorkerOptions['run'];
type Restart = NonNullable<ChildOptions['restart']>;

/** The child specs of a topology's orchestrators, with everything below them. */
export function actorsOf(topology: ResolvedTopology, desk: Desk): readonly ChildOptions[] {
  return topology.orchestrators.map((orchestrator) => orchestratorSpec(orchestrator, desk));
}

function orchestratorSpec(node: ResolvedOrchestrator, desk: Desk): ChildOptions {
  const children = node.directors.map((director) => directorSpec(director, desk));
  if (node.machine !== undefined) return specOf(node, node.name, { logic: node.machine, children });
  const run = node.plan === undefined ? (node.run as Run | undefined) : planned(node, node.plan);
  const part = run === undefined ? routing(node, node.directors, desk) : coordinating(node, run, desk);
  return specOf(node, node.name, { ...part, children });
}

function directorSpec(node: ResolvedDirector, desk: Desk): ChildOptions {
  const children = node.agents.flatMap((agent) => agentSpecs(agent, desk));
  if (node.machine !== undefined) return specOf(node, node.name, { logic: node.machine, children });
  const run = node.run as Run | undefined;
  const part = run === undefined ? routing(node, node.agents, desk) : coordinating(node, run, desk);
  return specOf(node, node.name, { ...part, children });
}

function agentSpecs(node: ResolvedAgent, desk: Desk): readonly ChildOptions[] {
  const ids = node.instances === 1 ? [''] : Array.from({ length: node.instances }, (_, index) => `:${index}`);
  return ids.map((suffix) => {
    const part = node.machine === undefined ? working(node, `${node.address}${suffix}`, desk) : { logic: node.machine };
    return specOf(node, `${node.name}${suffix}`, part);
  });
}

interface Part {
  readonly logic: AnyActorLogic;
  readonly input?: unknown;
  readonly driver?: Driver;
  readonly children?: readonly ChildOptions[];
}

/** An agent with code: one task at a time, with retries. */
function working(node: ResolvedAgent, address: string, desk: Desk): Part {
  const queue = limits.topology.agentQueue_tasks;
  const driver = new Worker(desk, { ...workOf(node), address, run: node.run as Run, queue });
  const input = { retries: { limit: node.retries.limit, backoff: node.retries.backoff }, queue };
  return { logic: driven(agentMachine, driver), input, driver };
}

/** An orchestrator or director with code of its own: many tasks at a time. */
function coordinating(node: ResolvedOrchestrator | ResolvedDirector, run: Run, desk: Desk): Part {
  const open = limits.topology.orchestratorOpen_tasks;
  const driver = new Worker(desk, { ...workOf(node), address: node.address, run, queue: open });
  return { logic: driven(orchestratorMachine, driver), input: { open }, driver };
}

/** A director among its agents, or an orchestrator among its directors. */
function routing(
  node: ResolvedOrchestrator | ResolvedDirector,
  members: readonly (ResolvedDirector | ResolvedAgent)[],
  desk: Desk,
): Part {
  const queue = limits.topology.directorQueue_tasks;
  const driver = new Router(desk, {
    address: node.address,
    queue,
    route: node.route,
    members: members.map(({ name, address, accepts, timeoutMs }) => ({ name, address, accepts, timeoutMs })),
  });
  const agents = members.map((member) => ({
    address: member.address,
    accepts: member.accepts,
    capacity: member.kind === 'agent' ? member.instances : limits.topology.directorQueue_tasks,
  }));
  return { logic: driven(directorMachine, driver), input: { agents, queue }, driver };
}

function specOf(node: ResolvedAny, id: string, { logic, input, driver, children = [] }: Part): ChildOptions {
  return {
    id,
    logic,
    input,
    child: node.child,
    restart: restartOf(node),
    shutdown: node.shutdown,
    mailbox: node.mailbox,
    children,
    ...(driver === undefined
      ? {
          durable: node.durable,
          recover: node.recover,
          ...(node.schema === undefined ? {} : { schema: node.schema }),
          ...(node.migrate === undefined ? {} : { migrate: node.migrate }),
          ...(node.interrupted === undefined ? {} : { interrupted: node.interrupted }),
        }
      : {
          onEmitted: (event) => {
            driver.carryOut(event);
          },
          hooks: { stop: () => driver.finish() },
        }),
  };
}

function workOf(node: ResolvedAny): Omit<WorkerOptions, 'address' | 'run' | 'queue'> {
  return {
    checkInput: checkOf(node.input),
    checkOutput: checkOf(node.output),
    retryIf: node.retries.retryIf,
    durable: node.durable,
    graceMs: node.shutdown === 'kill' ? 0 : node.shutdown,
  };
}

function checkOf(schema: ResolvedAny['input']): Check | undefined {
  return schema === undefined ? undefined : (value) => validate(schema, value);
}

/** A plan as code: checked before any of its tasks starts, then run. */
function planned(node: ResolvedOrchestrator, plan: NonNullable<ResolvedOrchestrator['plan']>): Run {
  const accepted = node.directors.flatMap((director) => director.accepts);
  return async (task: AssignedTask, ctx: TaskContext) => {
    const steps = plan(task);
    const problems = checkPlan(steps, accepted);
    if (problems.length > 0) {
      throw new PlanInvalidError(
        node.address,
        problems.map(({ path, problem }) => ({ path, message: problem })),
      );
    }
    const results = await runPlan(steps as Readonly<Record<string, PlanStep>>, ctx);
    return node.result === undefined ? results : node.result(results, task);
  };
}

/** How a node, or the root, brings its children back. */
export function restartOf({
  restart: { strategy, maxRestarts, withinMs, backoff },
}: Pick<ResolvedTopology, 'restart'>): Restart {
  const { initialMs, factor, maxMs, jitter } = backoff;
  return { strategy, maxRestarts, within: withinMs, backoff: { initial: initialMs, factor, max: maxMs, jitter } };
}
