// What the store keeps of one task in work: how many attempts have begun, what it yielded last, and what it has
// finished, by key. Each of these is there for the next life of the process as soon as its promise has resolved, and
// nothing of it is used before. Only the newest incarnation of a task writes: code that was left behind can't.

import { TaskCancelledError, UnserializableError } from '../base/errors.ts';
import { limits } from '../base/limits.ts';
import { asStepRecord, asTaskRecord, recordFormat, type StepRecord, type TaskRecord } from './records.ts';
import type { TaskLog } from './task-log.ts';
import { inputKey, stepKey, stepsOf, subjectOf, taskKey } from './task-ids.ts';
import type { TaskKeys } from './task-keys.ts';

/** What a task's memo needs of the log of its run. */
export interface MemoHost {
  readonly log: TaskLog;
  /** Whose records of a task count. */
  ownerOf(subject: string): TaskMemo | undefined;
  /** What is known of the records of a run's tasks; undefined when it is not open. They go with its end, if not before. */
  keysOf(run: string): TaskKeys | undefined;
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
  readonly #key: string;
  readonly #resumed: boolean;
  #newest: TaskRecord;

  constructor(host: MemoHost, run: string, task: string) {
    this.#host = host;
    this.#run = run;
    this.#task = task;
    this.subject = subjectOf(run, task);
    this.#key = taskKey(this.subject);
    const keys = host.keysOf(run);
    const mayHave = keys?.mayHave(this.subject) ?? true;
    const record = mayHave ? asTaskRecord(host.log.store.get(this.#key)?.value) : undefined;
    this.#resumed = record !== undefined;
    if (this.#resumed) keys?.found(this.subject);
    this.#newest = record ?? { format: recordFormat, attempt: 0, checkpoints: 0 };
    this.attemptsBefore = this.#newest.attempt;
    this.checkpoint = this.#newest.checkpoint;
    this.checkpoints = this.#newest.checkpoints;
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
    const keys = this.#keys();
    if (delegated === undefined) return this.#keepStep(keys, { key, input, output }, []);
    const subject = subjectOf(this.#run, delegated);
    const remains = this.#remainsOf(keys, subject);
    try {
      await this.#keepStep(keys, { key, input, output }, remains);
    } catch (error) {
      for (const remaining of remains) keys.addStep(subject, remaining);
      throw error;
    }
  }

  /** The task has left its actor. */
  release(): void {
    this.#host.released(this);
  }

  async #keepTask(record: TaskRecord): Promise<void> {
    this.#newest = record;
    const keys = this.#keys();
    keys.add(this.subject, this.#key);
    await this.#host.log.keep([{ key: this.#key, value: record }]);
  }

  async #keepStep(
    keys: TaskKeys,
    { key, input, output }: { readonly key: string; readonly input: unknown; readonly output: unknown },
    remains: readonly string[],
  ): Promise<void> {
    const base = { format: recordFormat, key };
    const taken = input === undefined ? base : { ...base, input };
    const made = output === undefined ? {} : { output };
    const whole: StepRecord = { ...taken, ...made };
    const removed = remains.map((remaining) => ({ key: remaining }));
    const place = stepKey(this.subject, key);
    keys.addStep(this.subject, place);
    try {
      await this.#host.log.keep([{ key: place, value: whole }, ...removed]);
    } catch (error) {
      if (input === undefined || !(error instanceof UnserializableError)) throw error;
      // Each may be as large as a value can be, both together may not.
      const apart: StepRecord = { ...base, isApart: true, ...made };
      const beside = inputKey(this.subject, key);
      keys.addStep(this.subject, beside);
      await this.#host.log.keep([{ key: place, value: apart }, { key: beside, value: taken }, ...removed]);
    }
  }

  /** The records of a task that nobody needs any more, as many as one commit removes; the rest goes with the run. */
  #remainsOf(keys: TaskKeys, subject: string): readonly string[] {
    const mayHaveSteps = keys.mayHaveSteps(subject);
    const known = keys.take(subject);
    if (known !== undefined) return known;
    const found = [taskKey(subject)];
    if (!mayHaveSteps) return found;
    for (const key of this.#host.log.store.keys(stepsOf(subject))) {
      if (found.length >= limits.run.removedPerCommit_count) break;
      found.push(key);
    }
    return found;
  }

  /** The records of its run. @throws TASK_CANCELLED when it may write no more. */
  #keys(): TaskKeys {
    const owner = this.#host.ownerOf(this.subject);
    const keys = this.#host.keysOf(this.#run);
    if (keys === undefined) throw new TaskCancelledError(this.#task, 'its run has ended');
    if (owner !== undefined && owner !== this) throw new TaskCancelledError(this.#task, 'it has been taken up again');
    return keys;
  }
}
