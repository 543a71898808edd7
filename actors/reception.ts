// Takes tasks in from outside: finds the orchestrator, checks the input, opens the run, and says how it ended. It
// keeps the book of runs; what happens in between is the business of the actors.

import type { Clock } from '../src/base/clock.ts';
import { describeError, InvalidInputError, InvalidOptionError, NoAgentError } from '../src/base/errors.ts';
import { type Duration, toPositiveMs } from '../src/base/duration.ts';
import type { IdSource } from '../src/base/ids.ts';
import { limits } from '../src/base/limits.ts';
import { toPlain } from '../src/base/plain.ts';
import { type Priority, toPriority } from '../src/base/priority.ts';
import type { Address } from '../src/kernel/address.ts';
import type { Outcome } from '../src/kernel/delegation.ts';
import type { Kernel } from '../src/kernel/system.ts';
import type { RuntimeEvent } from '../src/observe/events.ts';
import type { Note, TaskEvent } from '../src/observe/task-events.ts';
import type { ResolvedOrchestrator } from '../src/topology/resolved.ts';
import type { Routes } from '../src/topology/routes.ts';
import { validate } from '../src/topology/schema.ts';
import { Run } from '../src/work/run.ts';
import { RunBook } from '../src/work/run-book.ts';

/** What a reception works with. */
export interface ReceptionParts {
  readonly kernel: Kernel;
  readonly clock: Clock;
  readonly newId: IdSource;
  readonly routes: Routes;
  readonly openLimit: number;
  readonly emit: (event: RuntimeEvent) => void;
}

/** A task from outside. */
export interface Submission {
  readonly type: string;
  readonly input: unknown;
  readonly priority: Priority | undefined;
  readonly timeout: Duration | undefined;
}

interface Accepted {
  readonly type: string;
  readonly input: unknown;
  readonly to: string;
  readonly priority: Priority;
  readonly timeoutMs: number;
}

/** Where tasks come in. */
export class Reception {
  readonly book: RunBook;
  readonly #parts: ReceptionParts;

  constructor(parts: ReceptionParts) {
    this.#parts = parts;
    this.book = new RunBook(parts.openLimit);
  }

  /** Checks a task. The input goes on as it came: the node that has the schema makes of it what the schema says. */
  async check({ type, input, priority, timeout }: Submission): Promise<Accepted> {
    const { routes } = this.#parts;
    const orchestrator = routes.orchestratorFor(type);
    if (orchestrator === undefined) throw new NoAgentError(String(type), routes.types);
    const accepted = {
      type,
      input: toPlain(input, 'input'),
      to: orchestrator.address,
      priority: priority === undefined ? orchestrator.priority : toPriority(priority, 'priority'),
      timeoutMs:
        timeout === undefined ? (orchestrator.timeoutMs ?? limits.task.timeout_ms) : toPositiveMs(timeout, 'timeout'),
    };
    await checkInput(type, accepted.input, orchestrator.input);
    return accepted;
  }

  /** Opens the run of a task that has been checked. @throws QUEUE_FULL, and whatever the kernel has against it. */
  open({ type, input, to, priority, timeoutMs }: Accepted): Run {
    const { kernel, clock, newId, emit } = this.#parts;
    const id = newId('run');
    const run: Run = new Run({
      id,
      type,
      clock,
      cancel: (reason) => {
        const delegation = kernel.delegations.assignedTo(to as Address, id);
        if (delegation !== undefined) kernel.delegations.cancel(delegation, reason);
      },
    });
    this.book.add(run);
    try {
      kernel.delegate({
        to,
        task: { id, type, input },
        within: undefined,
        timeoutMs,
        priority,
        correlation: id,
        onSettled: (outcome) => {
          this.#ended(run, outcome);
        },
      });
    } catch (error) {
      this.book.forget(run);
      throw error;
    }
    emit({ type: 'run.accepted', at: clock.wall(), run: id, taskType: type });
    return run;
  }

  /** Something happened to a task. */
  readonly note: Note = (subject, body) => {
    const { clock, emit } = this.#parts;
    const event: TaskEvent = { at: clock.wall(), ...subject, ...body };
    this.book.find(event.run)?.take(event);
    emit({ type: 'run.event', at: event.at, event });
  };

  /** Resolves when no run is open, or when the time is up. */
  drain(drainMs: number): Promise<void> {
    const { timers } = this.#parts.kernel;
    return new Promise((resolve) => {
      const timer = timers.set(drainMs, resolve);
      this.book.whenIdle(() => {
        timers.cancel(timer);
        resolve();
      });
    });
  }

  /** Cancels every open run. */
  async cancelAll(reason: string): Promise<void> {
    await Promise.all(this.book.open().map((run) => run.cancel(reason)));
  }

  #ended(run: Run, outcome: Outcome): void {
    run.end(outcome);
    this.book.close(run);
    const { state, elapsedMs } = run.status();
    this.#parts.emit({
      type: 'run.ended',
      at: this.#parts.clock.wall(),
      run: run.id,
      taskType: run.type,
      state: state as 'done' | 'failed' | 'cancelled' | 'timedOut',
      tookMs: elapsedMs,
      ...(outcome.ok ? {} : { error: describeError(outcome.error) }),
    });
  }
}

async function checkInput(type: string, input: unknown, schema: ResolvedOrchestrator['input']): Promise<void> {
  if (schema === undefined) return;
  const checked = await validate(schema, input);
  if (checked.issues !== undefined) throw new InvalidInputError(`The input of task '${type}'`, checked.issues);
}

/** A task's parts, each read once. @throws INVALID_OPTION when it is no task. */
export function submissionOf(
  task: unknown,
  options: { readonly priority?: Priority; readonly timeout?: Duration },
): Submission {
  if (typeof task !== 'object' || task === null)
    throw new InvalidOptionError('task', task, 'an object with a type and an input');
  const { type, input } = task as { readonly type?: unknown; readonly input?: unknown };
  if (typeof type !== 'string') throw new InvalidOptionError('task.type', type, 'the name of a task type');
  return { type, input, priority: options.priority, timeout: options.timeout };
}
