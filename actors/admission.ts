// What a task from outside has to be before a run of it is opened: a type somebody takes, plain input that passes its
// orchestrator's schema, options that are what they say. Each part is read once.

import { type Duration, toPositiveMs } from '../src/base/duration.ts';
import { InvalidInputError, InvalidOptionError, NoAgentError } from '../src/base/errors.ts';
import { limits } from '../src/base/limits.ts';
import { toPlain } from '../src/base/plain.ts';
import { type Priority, toPriority } from '../src/base/priority.ts';
import type { ResolvedOrchestrator } from '../src/topology/resolved.ts';
import type { Routes } from '../src/topology/routes.ts';
import { validate } from '../src/topology/schema.ts';
import { toIdempotencyKey } from '../src/work/idempotency.ts';

/** Options of `submit`. */
export interface SubmitOptions {
  /** 0 (most urgent) to 10; default that of the orchestrator. */
  readonly priority?: Priority;
  /** How long the whole may take, at most 24 hours; default that of the orchestrator, else 10 minutes. */
  readonly timeout?: Duration;
  /**
   * Names the submission: one that comes again under the same key is the same run, after a restart too, as long as
   * the run is kept. 1 to 256 characters.
   */
  readonly idempotencyKey?: string;
}

/** A task from outside. */
export interface Submission extends SubmitOptions {
  readonly type: string;
  readonly input: unknown;
}

/** A task that has been checked. */
export interface Accepted {
  readonly type: string;
  readonly input: unknown;
  readonly to: string;
  readonly priority: Priority;
  readonly timeoutMs: number;
  readonly idempotencyKey: string | undefined;
  /** Whether its run is kept where there is a store. */
  readonly durable: boolean;
}

/** A task's parts, each read once. @throws INVALID_OPTION when it is no task. */
export function submissionOf(task: unknown, options: SubmitOptions): Submission {
  if (typeof task !== 'object' || task === null)
    throw new InvalidOptionError('task', task, 'an object with a type and an input');
  const { type, input } = task as { readonly type?: unknown; readonly input?: unknown };
  if (typeof type !== 'string') throw new InvalidOptionError('task.type', type, 'the name of a task type');
  return { ...options, type, input };
}

/** Checks a task. The input goes on as it came: the node that has the schema makes of it what the schema says. */
export async function admit(
  routes: Routes,
  { type, input, priority, timeout, idempotencyKey }: Submission,
): Promise<Accepted> {
  const orchestrator = routes.orchestratorFor(type);
  if (orchestrator === undefined) throw new NoAgentError(String(type), routes.types);
  const timeoutMs =
    timeout === undefined ? (orchestrator.timeoutMs ?? limits.task.timeout_ms) : toPositiveMs(timeout, 'timeout');
  const accepted: Accepted = {
    type,
    input: toPlain(input, 'input'),
    to: orchestrator.address,
    priority: priority === undefined ? orchestrator.priority : toPriority(priority, 'priority'),
    timeoutMs: Math.min(timeoutMs, limits.run.session_ms),
    idempotencyKey: idempotencyKey === undefined ? undefined : toIdempotencyKey(idempotencyKey),
    durable: orchestrator.durable,
  };
  await checkInput(type, accepted.input, orchestrator.input);
  return accepted;
}

async function checkInput(type: string, input: unknown, schema: ResolvedOrchestrator['input']): Promise<void> {
  if (schema === undefined) return;
  const checked = await validate(schema, input);
  if (checked.issues !== undefined) throw new InvalidInputError(`The input of task '${type}'`, checked.issues);
}
