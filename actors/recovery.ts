// What a start does with the runs that an earlier process has left in the store. Those that are over can be found
// again. Those that are open are taken up under their ids, with the time they have left; what their tasks have
// finished is not done again. One that has brought its process down again and again is given up.

import { NoAgentError, TaskFailedError, TaskTimeoutError, TroupeError } from '../src/base/errors.ts';
import { limits } from '../src/base/limits.ts';
import { runErrorOf } from '../src/work/error-record.ts';
import type { EndRecord, RunRecord } from '../src/work/records.ts';
import { type Outcome, Run } from '../src/work/run.ts';
import type { OverRun } from '../src/work/run-book.ts';
import type { RunLog } from '../src/work/run-log.ts';
import type { Reception } from './reception.ts';

/** What became of the open runs of an earlier process. */
export interface Recovered {
  /** At work again. */
  readonly resumed: number;
  /** Given up: taken up too often, or with a record that can't be read. */
  readonly parked: number;
  /** Over: their time was up, or nobody takes their type any more. */
  readonly ended: number;
}

type Found = readonly [id: string, record: RunRecord];

/** Takes up what is in the store. @throws the store's error when it can't be written. */
export async function recover(reception: Reception, log: RunLog): Promise<Recovered> {
  const open: Found[] = [];
  const over: OverRun[] = [];
  let parked = 0;
  for await (const { run, record, end } of log.all()) {
    if (end !== undefined) over.push(overRun(reception, log, run, end));
    else if (record !== undefined) open.push([run, record]);
    else parked += 1;
  }
  reception.book.addPast(over.toSorted((a, b) => a.endedAt - b.endedAt));
  const mayResume = ([id]: Found): boolean => log.resumes(id) < limits.task.recoveries_count;
  for (const found of open) if (!mayResume(found)) parked += giveUp(reception, log, found);
  const left = open.filter(mayResume);
  await log.countResumes(left.map(([id]) => id));
  let resumed = 0;
  for (const [index, found] of left.entries()) {
    resumed += takeUp(reception, log, found);
    // Their orchestrators get to handle some before more come, as when they were submitted.
    if ((index + 1) % limits.run.resumedPerTurn_count === 0) await turn(reception);
  }
  // Nothing is done on behalf of runs that are over, and of the others nothing before all of this has been kept.
  const { dormancy } = reception.parts.kernel.delegations;
  for (const id of dormancy.correlations()) {
    if (reception.book.find(id)?.isOver === true) dormancy.abandon(id, 'its run is over');
  }
  dormancy.release();
  return { resumed, parked, ended: left.length - resumed };
}

function overRun({ parts }: Reception, log: RunLog, id: string, end: EndRecord): OverRun {
  const { type, acceptedAt, endedAt, state, idempotencyKey: key } = end;
  const outcome = (): Outcome<unknown> => {
    const kept = log.readEnd(id);
    return kept?.state === 'done'
      ? { ok: true, output: kept.output }
      : { ok: false, error: runErrorOf(kept?.error, id) };
  };
  const read = (): Run => {
    const run = new Run({ id, type, clock: parts.clock, acceptedAt, cancel: () => {} });
    run.endedBefore({ state, tookMs: Math.max(0, endedAt - acceptedAt), outcome });
    return run;
  };
  return { id, type, state, endedAt, key, read };
}

/** @returns 1 when it is at work again, 0 when it is over. */
function takeUp(reception: Reception, log: RunLog, found: Found): 0 | 1 {
  const { clock, routes } = reception.parts;
  const [id, { type, to, deadline, timeoutMs }] = found;
  const run = reopen(reception, log, found);
  const left_ms = deadline - clock.wall();
  if (left_ms <= 0) {
    reception.ended(run, { ok: false, error: new TaskTimeoutError(id, to, timeoutMs) });
    return 0;
  }
  const orchestrator = routes.orchestratorFor(type);
  if (orchestrator === undefined) {
    reception.ended(run, { ok: false, error: new NoAgentError(type, routes.types) });
    return 0;
  }
  reception.note({ run: id, task: id, taskType: type, address: to }, { type: 'resumed', count: log.resumes(id) });
  begin(reception, run, { ...found[1], to: orchestrator.address });
  return 1;
}

/** Begins a run again; where there is no room now, a little later, as long as it has time. */
function begin(reception: Reception, run: Run, record: RunRecord): void {
  const { clock, kernel } = reception.parts;
  if (run.isOver) return;
  try {
    reception.begin(run, record, Math.max(0, record.deadline - clock.wall()));
  } catch (error) {
    if (!(error instanceof TroupeError)) throw error;
    if (error.code === 'SHUTTING_DOWN') return;
    if (!error.retryable) reception.ended(run, { ok: false, error });
    else {
      kernel.timers.set(limits.mailbox.retryAfter_ms, () => {
        begin(reception, run, record);
      });
    }
  }
}

function giveUp(reception: Reception, log: RunLog, found: Found): 1 {
  const [id, { type, to }] = found;
  const attempts = log.resumes(id) + 1;
  const cause = new Error(
    `its process died ${attempts} times while it was at work, so it is not taken up any more; mend what ends the process and submit it again`,
  );
  const error = new TaskFailedError({ task: id, type, at: to, hop: 0, attempts }, { cause });
  reception.ended(reopen(reception, log, found), { ok: false, error });
  return 1;
}

function reopen(reception: Reception, log: RunLog, [id, record]: Found): Run {
  log.reopen(id, record);
  const run = reception.runOf(id, record);
  reception.book.add(run);
  return run;
}

function turn({ parts: { clock } }: Reception): Promise<void> {
  return new Promise((resolve) => {
    clock.yieldThen(resolve);
  });
}
