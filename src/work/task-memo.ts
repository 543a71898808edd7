// What the store keeps of one task in work: how many attempts have begun, what it yielded last, and what it has
// finished, by key. Each of these is there for the next life of the process as soon as its promise has resolved, and
// nothing of it is used before. Only the newest incarnation of a task writes: code that was left behind can't.

import { TaskCancelledError, UnserializableError } from '../base/errors.ts';
import { limits } from '../base/limits.ts';
import type { StoreWrite } from '../store/port.ts';
import { asStepRecord, asTaskRecord, recordFormat, type StepRecord, type TaskRecord } from './records.ts';
import type { TaskLog } from './task-log.ts';
import { inputKey, stepKey, stepsOf, subjectOf, taskKey } from './task-ids.ts';

/** What a task's memo needs of the log of its run. */
export interface MemoHost {
  readonly log: TaskLog;
  /** Whether a run is open, so that its tasks may write. */
  isOpen(run: string): boolean;
  /** Whose records of a task count. */
  ownerOf(subject: string): TaskMemo | undefined;
  /** A task has records besides its own; they go with its run's end, if not before. */
  noteSteps(run: string, subject: string): void;
  /** Whether a task has them, which is answered once. */
  takeSteps(subject: string): boolean;
  released(memo: TaskMemo): void;
  /** A task's outcome will be kept by whoever delegated it, and has been, or has come to nothing. */
  awaits(task: string): void;
  settled(task: string): void;
}

/** The records of one task. */
export class TaskMemo {
  readonly subject: string;
  /** Attempts that had begun before this process, or this incarnation, took the task up. */
  readonly attemptsBefore: number;
  /** What it had yielded last. */
  readonly checkpoint: unknown;
  readonly checkpoints: number;
  readonly #host: MemoHost;
  readonly #run: string;
  readonly #task: string;
  readonly #resumed: boolean;
  #newest: TaskRecord;

  constructor(host: MemoHost, run: string, task: string) {
    this.#host = host;
    this.#run = run;
    this.#task = task;
    this.subject = subjectOf(run, task);
    const record = asTaskRecord(host.log.store.get(taskKey(this.subject))?.value);
    this.#resumed = record !== undefined;
    this.#newest = record ?? { format: recordFormat, attempt: 0, checkpoints: 0 };
    this.attemptsBefore = this.#newest.attempt;
    this.checkpoint = this.#newest.checkpoint;
    this.checkpoints = this.#newest.checkpoints;
    if (this.#resumed) host.noteSteps(run, this.subject);
  }

  /** An attempt begins; its code may start when this has landed. */
  begin(attempt: number): Promise<void> {
    return this.#keepTask({ ...this.#newest, attempt: this.attemptsBefore + attempt });
  }

  /** The task has yielded. */
  yielded(checkpoint: unknown, checkpoints: number): Promise<void> {
    const { checkpoint: _, ...rest } = this.#newest;
    return this.#keepTask({ ...rest, checkpoints, ...(checkpoint === undefined ? {} : { checkpoint }) });
  }

  /** What an earlier life finished under a key. */
  recall(key: string): { readonly input: unknown; readonly output: unknown } | undefined {
    if (!this.#resumed) return undefined;
    const { store } = this.#host.log;
    const record = asStepRecord(store.get(stepKey(this.subject, key))?.value, key);
    if (record === undefined) return undefined;
    const { output } = record;
    if (record.isApart === undefined) return { input: record.input, output };
    const apart = asStepRecord(store.get(inputKey(this.subject, key))?.value, key);
    return apart === undefined ? undefined : { input: apart.input, output };
  }

  /** What is delegated as a task is finished once its outcome is kept here. */
  awaits(delegated: string | undefined): void {
    if (delegated !== undefined) this.#host.awaits(delegated);
  }

  /** The outcome of what was delegated as a task is kept, or there is none. */
  settled(delegated: string | undefined): void {
    if (delegated !== undefined) this.#host.settled(delegated);
  }

  /** Something is finished under a key. What was kept of the task it was delegated as goes in the same commit. */
  async finished(key: string, input: unknown, output: unknown, delegated: string | undefined): Promise<void> {
    this.#host.noteSteps(this.#run, this.subject);
    const base = { format: recordFormat, key };
    const taken = input === undefined ? base : { ...base, input };
    const made = output === undefined ? {} : { output };
    const whole: StepRecord = { ...taken, ...made };
    const remains = this.#remainsOf(delegated);
    try {
      await this.#keep([{ key: stepKey(this.subject, key), value: whole }, ...remains]);
    } catch (error) {
      if (input === undefined || !(error instanceof UnserializableError)) throw error;
      // Each may be as large as a value can be, both together may not.
      const apart: StepRecord = { ...base, isApart: true, ...made };
      await this.#keep([
        { key: stepKey(this.subject, key), value: apart },
        { key: inputKey(this.subject, key), value: taken },
        ...remains,
      ]);
    }
  }

  /** The task has left its actor. */
  release(): void {
    this.#host.released(this);
  }

  async #keepTask(record: TaskRecord): Promise<void> {
    this.#newest = record;
    await this.#keep([{ key: taskKey(this.subject), value: record }]);
  }

  async #keep(writes: readonly StoreWrite[]): Promise<void> {
    const owner = this.#host.ownerOf(this.subject);
    if (!this.#host.isOpen(this.#run)) throw new TaskCancelledError(this.#task, 'its run has ended');
    if (owner !== undefined && owner !== this) throw new TaskCancelledError(this.#task, 'it has been taken up again');
    await this.#host.log.keep(writes);
  }

  #remainsOf(task: string | undefined): readonly StoreWrite[] {
    if (task === undefined) return [];
    const subject = subjectOf(this.#run, task);
    const gone: StoreWrite[] = [{ key: taskKey(subject) }];
    if (!this.#host.takeSteps(subject)) return gone;
    for (const key of this.#host.log.store.keys(stepsOf(subject))) {
      if (gone.length >= limits.run.removedPerCommit_count) break; // the rest goes with the run
      gone.push({ key });
    }
    return gone;
  }
}
