// The hands of a task's code: its context, and delegation in its name. They belong to one attempt: when its task has
// ended, code that still runs can delegate and report no more.

import type { Logger } from 'pino';
import { TaskCancelledError } from '../src/base/errors.ts';
import { printable } from '../src/base/printable.ts';
import type { Delegation } from '../src/kernel/delegation.ts';
import type { TaskEventBody } from '../src/observe/task-events.ts';
import { toDelegateRequest } from '../src/topology/context.ts';
import { TaskContext } from '../src/work/context.ts';
import { childId } from '../src/work/task-ids.ts';
import type { Steps } from '../src/work/steps.ts';
import type { Desk } from './desk.ts';

/** One attempt, as its context needs it. */
export interface AttemptAtHand {
  readonly address: string;
  readonly delegation: Delegation;
  readonly steps: Steps;
  readonly attempt: number;
  readonly signal: AbortSignal;
  readonly note: (body: TaskEventBody) => void;
  /** Aborts the signal now; its actor will be told in its turn. */
  readonly abort: (reason: string) => void;
}

/** What the code of an attempt is given. */
export function contextOf(desk: Desk, at: AttemptAtHand): TaskContext {
  const { address, delegation, steps, attempt, signal } = at;
  return new TaskContext({
    self: address,
    task: delegation.task,
    attempt,
    signal,
    steps,
    log: () => logOf(desk, at),
    read: toDelegateRequest,
    publish: (topic, event) => {
      desk.kernel.publish(topic, event);
    },
    state: desk.state,
    note: (body) => {
      if (!delegation.settled) at.note(body);
    },
    childId: (key) => childId(delegation.correlation, delegation.id, key),
    send: (to, input, options) => send(desk, at, { to, input, ...options }),
  });
}

function logOf({ log }: Desk, { address, delegation: { correlation, id, task } }: AttemptAtHand): Logger {
  return log.child({
    actor: address,
    run: printable(correlation),
    task: printable(id),
    taskType: printable(task.type),
  });
}

interface Sending {
  readonly id: string;
  readonly to: string;
  readonly input: unknown;
  readonly priority: Delegation['priority'] | undefined;
  readonly timeoutMs: number | undefined;
}

function send(
  desk: Desk,
  { address, delegation, abort }: AttemptAtHand,
  { id, to, input, priority, timeoutMs }: Sending,
): Promise<unknown> {
  return new Promise((resolve, reject) => {
    if (delegation.settled) throw new TaskCancelledError(delegation.id, 'it has ended');
    const target = desk.resolve(address, to, input);
    desk.kernel.delegate({
      from: address,
      to: target.address,
      task: { id, type: target.taskType, input },
      within: delegation,
      timeoutMs: timeoutMs ?? target.timeoutMs,
      priority,
      onSettled: (outcome) => {
        // Code hears of its own end before it hears of the end of what it has delegated.
        if (delegation.cancelled !== undefined) abort(delegation.cancelled);
        if (outcome.ok) resolve(outcome.output);
        else reject(outcome.error);
      },
    });
  });
}
