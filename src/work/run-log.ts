// What the store keeps of runs: each from its acceptance to its pruning, with its end once it has one, and everything
// below an open run as long as it is open. A run whose end has landed is over for good; what its tasks have left
// behind goes with it where that is known and little, else after it in small commits, and what a crash leaves of that
// goes at the next start.

import type { Clock } from '../base/clock.ts';
import { limits } from '../base/limits.ts';
import type { Store } from '../store/port.ts';
import {
  asEndRecord,
  asResumeRecord,
  asRunRecord,
  type EndRecord,
  type IdempotencyRecord,
  recordFormat,
  type ResumeRecord,
  type RunEnd,
  type RunRecord,
} from './records.ts';
import { TaskKeys } from './task-keys.ts';
import { type LogWrite, TaskLog } from './task-log.ts';
import { type MemoHost, TaskMemo } from './task-memo.ts';
import { endKey, idempotencyRecord, resumeKey, runKey, runOf, stepsOf, taskKey } from './task-ids.ts';

interface OpenRun {
  readonly record: RunRecord;
  /** Whether it has been taken up after a restart, so that this is counted. */
  readonly resumed: boolean;
  readonly keys: TaskKeys;
}

/** A run that was found in a store. */
export interface KeptRun {
  readonly run: string;
  readonly end: EndRecord | undefined;
  readonly record: RunRecord | undefined;
}

/** The runs that a store keeps. */
export class RunLog implements MemoHost {
  readonly log: TaskLog;
  readonly #clock: Clock;
  readonly #open = new Map<string, OpenRun>();
  /** Runs whose end is on its way. */
  readonly #ending = new Set<string>();
  readonly #memos = new Map<string, TaskMemo>();
  /** Tasks whose outcome is to be kept, with who is told then. */
  readonly #awaited = new Map<string, (() => void)[]>();
  #closed = false;

  constructor(store: Store, clock: Clock) {
    this.log = new TaskLog(store, clock);
    this.#clock = clock;
  }

  /** Keeps a run that has been accepted. @throws as {@link TaskLog.write} does; then it is not kept. */
  async accept(run: string, record: RunRecord): Promise<void> {
    const { idempotencyKey: key } = record;
    const named: IdempotencyRecord | undefined = key === undefined ? undefined : { format: recordFormat, key, run };
    const keyed = key === undefined ? [] : [{ key: idempotencyRecord(key), value: named }];
    await this.log.write([{ key: runKey(run), value: record }, ...keyed], 'new');
    this.#open.set(run, { record, resumed: false, keys: new TaskKeys(true) });
  }

  /** Takes up an open run that was found in the store. */
  reopen(run: string, record: RunRecord): void {
    this.#open.set(run, { record, resumed: true, keys: new TaskKeys(false) });
  }

  /**
   * Keeps the end of a run; its tasks can write no more. Resolves when it has landed, and waits out a store that fails.
   *
   * @throws UNSERIALIZABLE when the output can't be kept, and the run is still open; SHUTTING_DOWN when the log is
   * closed first, and the next start takes the run up again.
   */
  async end(run: string, end: RunEnd): Promise<void> {
    const open = this.#open.get(run);
    if (open === undefined) return;
    const { type, acceptedAt, idempotencyKey } = open.record;
    const named = idempotencyKey === undefined ? {} : { idempotencyKey };
    const record: EndRecord = { format: recordFormat, type, acceptedAt, ...named, ...end };
    const known = open.keys.all();
    const removed = known ?? [taskKey(run), ...(open.resumed ? [resumeKey(run)] : [])];
    const landed = this.log.keep([{ key: endKey(run), value: record }, ...removed.map((key) => ({ key }))]);
    this.#open.delete(run);
    this.#ending.add(run);
    try {
      await landed;
    } catch (error) {
      this.#open.set(run, open);
      throw error;
    } finally {
      this.#ending.delete(run);
    }
    if (known === undefined) void this.#removeAll(() => this.#remainsOf(run));
  }

  /** Takes runs out of the store, with their keys: those that are pruned, and one that could not be begun. */
  remove(runs: readonly { readonly id: string; readonly key: string | undefined }[]): Promise<void> {
    for (const { id } of runs) this.#open.delete(id);
    const keys = runs.flatMap(({ id, key }) => [
      runKey(id),
      endKey(id),
      ...(key === undefined ? [] : [idempotencyRecord(key)]),
    ]);
    return this.#removeEach(keys);
  }

  /** Whether the store keeps a run that is not over. */
  keeps(run: string): boolean {
    return this.#open.has(run) || this.#ending.has(run);
  }

  isOpen(run: string): boolean {
    return this.#open.has(run);
  }

  /** A run as it is kept. */
  read(run: string): RunRecord | undefined {
    return asRunRecord(this.log.store.get(runKey(run))?.value);
  }

  /** How a run ended, as it is kept. */
  readEnd(run: string): EndRecord | undefined {
    return asEndRecord(this.log.store.get(endKey(run))?.value);
  }

  /** How often a run has been taken up since its process last stopped in order. */
  resumes(run: string): number {
    return asResumeRecord(this.log.store.get(resumeKey(run))?.value)?.count ?? 0;
  }

  /** Counts that runs are taken up once more. This lands before they are. @throws as {@link TaskLog.write} does. */
  async countResumes(runs: readonly string[]): Promise<void> {
    const perCommit = limits.run.removedPerCommit_count;
    for (let at = 0; at < runs.length; at += perCommit) {
      const writes = runs.slice(at, at + perCommit).map((run): LogWrite => {
        const value: ResumeRecord = { format: recordFormat, count: this.resumes(run) + 1 };
        return { key: resumeKey(run), value };
      });
      await this.log.write(writes);
    }
  }

  /** The process stops in order: what is open has not brought it down. @throws as {@link TaskLog.write} does. */
  async rest(): Promise<void> {
    const resumed = [...this.#open].filter(([, open]) => open.resumed).map(([run]) => ({ key: resumeKey(run) }));
    if (resumed.length > 0) await this.log.write(resumed);
  }

  /** Every run that is kept, a few at a time: its end, else what it is; neither for what can't be read. */
  async *all(): AsyncGenerator<KeptRun, void, undefined> {
    for await (const key of this.#keys('run/')) {
      const run = key.slice('run/'.length);
      const isOver = this.log.store.version(endKey(run)) > 0;
      if (isOver) yield { run, end: this.readEnd(run), record: undefined };
      else yield { run, end: undefined, record: this.read(run) };
    }
  }

  /** What the store keeps of a task in work; undefined when its run is not kept. */
  memo(run: string, task: string): TaskMemo | undefined {
    if (!this.#open.has(run)) return undefined;
    const memo = new TaskMemo(this, run, task);
    this.#memos.set(memo.subject, memo);
    return memo;
  }

  awaits(task: string): void {
    if (!this.#awaited.has(task)) this.#awaited.set(task, []);
  }

  settled(task: string): void {
    const waiting = this.#awaited.get(task) ?? [];
    this.#awaited.delete(task);
    for (const tell of waiting) tell();
  }

  /** Tells that a task is done, as soon as nothing can undo that: at once, unless somebody has yet to keep its outcome. */
  whenKept(task: string, tell: () => void): void {
    const waiting = this.#awaited.get(task);
    if (waiting === undefined) tell();
    else waiting.push(tell);
  }

  ownerOf(subject: string): TaskMemo | undefined {
    return this.#memos.get(subject);
  }

  released(memo: TaskMemo): void {
    if (this.#memos.get(memo.subject) === memo) this.#memos.delete(memo.subject);
  }

  keysOf(run: string): TaskKeys | undefined {
    return this.#open.get(run)?.keys;
  }

  /** Removes what tasks of runs that are over, or gone, have left in the store. */
  async sweep(): Promise<void> {
    for (const prefix of ['task/', 'step/', 'resume/']) {
      await this.#removeAll(() => this.#leftBelow(prefix));
    }
  }

  /** Takes nothing more; what is on its way lands first. */
  close(): Promise<void> {
    this.#closed = true;
    return this.log.close();
  }

  *#remainsOf(run: string): Generator<string, void, undefined> {
    const { store } = this.log;
    for (const prefix of [`task/${run}.`, stepsOf(run), `step/${run}.`]) yield* store.keys(prefix);
  }

  /** Keys of runs that the store does not keep open; the open ones are jumped over. */
  *#leftBelow(prefix: string): Generator<string, void, undefined> {
    let after: string | undefined = undefined;
    for (;;) {
      let open: string | undefined = undefined;
      for (const key of this.log.store.keys(prefix, after)) {
        const run = runOf(key.slice(prefix.length));
        if (this.keeps(run)) {
          open = run;
          break;
        }
        yield key;
      }
      if (open === undefined) return;
      after = `${prefix}${open}/\uffff`; // past `<run>`, `<run>.` and `<run>/`
    }
  }

  /** Removes what `found` yields, so many at a time, until it yields nothing. */
  async #removeAll(found: () => Iterable<string>): Promise<void> {
    const perCommit = limits.run.removedPerCommit_count;
    try {
      for (let full = true; full && !this.#closed;) {
        const keys: string[] = [];
        for (const key of found()) if (keys.push(key) >= perCommit) break;
        full = keys.length >= perCommit;
        if (keys.length > 0) await this.log.keep(keys.map((key) => ({ key })));
      }
    } catch {
      // The log was closed first; the next start sweeps.
    }
  }

  async #removeEach(keys: readonly string[]): Promise<void> {
    const perCommit = limits.run.removedPerCommit_count;
    for (let at = 0; at < keys.length; at += perCommit) {
      await this.log.keep(keys.slice(at, at + perCommit).map((key) => ({ key })));
    }
  }

  /** Keys, read a few at a time, with a turn of the event loop between: no read is held open, nobody waits long. */
  async *#keys(prefix: string): AsyncGenerator<string, void, undefined> {
    let after: string | undefined = undefined;
    for (;;) {
      const portion: string[] = [];
      for (const key of this.log.store.keys(prefix, after)) {
        if (portion.push(key) >= limits.run.readPerTurn_count) break;
      }
      yield* portion;
      if (portion.length < limits.run.readPerTurn_count) return;
      after = portion.at(-1);
      await new Promise<void>((resolve) => {
        this.#clock.yieldThen(resolve);
      });
    }
  }
}
