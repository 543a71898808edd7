// One attempt at a task: its code run with its context to its one outcome. What it yields goes to the task's steps,
// which keep it, and is told of once it is kept.

import type { TaskEventBody } from '../src/observe/task-events.ts';
import { execute } from '../src/work/execute.ts';
import type { Desk } from './desk.ts';
import { contextOf } from './hands.ts';
import { attemptOf, type Ending, type Job, type WorkerOptions } from './job.ts';

/** An attempt that begins. */
export interface Begun {
  readonly job: Job;
  readonly controller: AbortController;
  readonly note: (body: TaskEventBody) => void;
  /** Aborts the signal now; its actor will be told in its turn. */
  readonly abort: (reason: string) => void;
  /** Told of the outcome, once. */
  readonly onEnd: (outcome: Ending) => void;
}

/** Runs one attempt. */
export function runAttempt(
  desk: Desk,
  { address, checkInput, checkOutput, run }: WorkerOptions,
  { job, controller, note, abort, onEnd }: Begun,
): void {
  const { delegation, steps } = job;
  const { signal } = controller;
  const attempt = attemptOf(job, job.attempt);
  note({ type: 'started', attempt });
  steps.onCheckpoint = (count) => {
    note({ type: 'checkpoint', attempt, count });
  };
  const ctx = contextOf(desk, { address, delegation, steps, attempt, signal, note, abort });
  void execute({
    address,
    type: delegation.task.type,
    input: delegation.task.input,
    signal,
    checkInput,
    checkOutput,
    call: (input) => run({ ...delegation.task, input }, ctx),
    steps,
  }).then(
    (output) => {
      onEnd({ output });
    },
    (error: unknown) => {
      onEnd({ error });
    },
  );
}
