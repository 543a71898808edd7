// The shapes of what a store keeps of runs and tasks, each with the version of its format, and how a record is read
// back. What does not have its shape is no record: whoever reads it goes on as if it were not there, or says so.

import type { ErrorData } from '../base/plain-error.ts';
import type { Priority } from '../base/priority.ts';

/** Version of all shapes in this file. */
export const recordFormat = 1;

/** How a run ended. */
export type EndState = 'done' | 'failed' | 'cancelled' | 'timedOut';

const endStates: ReadonlySet<string> = new Set<EndState>(['done', 'failed', 'cancelled', 'timedOut']);

/** An error of ours as it is kept, its causes with it. */
export interface ErrorRecord extends Omit<ErrorData, 'cause'> {
  readonly details?: object;
  readonly cause?: ErrorRecord;
}

/** `run/<id>`: a submitted task, until it is pruned. */
export interface RunRecord {
  readonly format: number;
  readonly type: string;
  readonly input: unknown;
  /** The orchestrator it was given to. */
  readonly to: string;
  readonly priority: Priority;
  /** The run's own unless it says otherwise; the same for everything that follows from it. */
  readonly correlation: string;
  /** Calendar time in milliseconds. */
  readonly acceptedAt: number;
  /** Calendar time in milliseconds at which its time is up. */
  readonly deadline: number;
  /** How long it was given. */
  readonly timeoutMs: number;
  readonly idempotencyKey?: string;
}

/** How a run ended. */
export interface RunEnd {
  readonly state: EndState;
  /** Calendar time in milliseconds. */
  readonly endedAt: number;
  /** Of a run that is done. */
  readonly output?: unknown;
  /** Of every other. */
  readonly error?: ErrorRecord;
}

/**
 * `end/<id>`: the end of a run. A record of its own, since input and output may each be as large as a value can be;
 * with all that a list of runs shows, so that nobody reads an input for that.
 */
export interface EndRecord extends RunEnd, Pick<RunRecord, 'format' | 'type' | 'acceptedAt' | 'idempotencyKey'> {}

/** `idem/<key>`: the run that a key stands for. */
export interface IdempotencyRecord {
  readonly format: number;
  readonly key: string;
  readonly run: string;
}

/** `task/<id>`: how far a task in work is. */
export interface TaskRecord {
  readonly format: number;
  /** Attempts that have begun. */
  readonly attempt: number;
  /** How often it has yielded. */
  readonly checkpoints: number;
  /** What it yielded last. */
  readonly checkpoint?: unknown;
}

/** `step/<task id>/<key>`: a finished step, or a finished delegation. */
export interface StepRecord {
  readonly format: number;
  /** In full; the record's own key may hold a digest. */
  readonly key: string;
  readonly input?: unknown;
  /** The input is too large to be kept beside the output, and has a record of its own. */
  readonly isApart?: true;
  readonly output?: unknown;
}

/** `resume/<run id>`: how often a run has been taken up since its process last stopped in order. */
export interface ResumeRecord {
  readonly format: number;
  readonly count: number;
}

/** The run that a value is the record of. */
export function asRunRecord(value: unknown): RunRecord | undefined {
  const record = ours<RunRecord>(value);
  return record !== undefined &&
    typeof record.type === 'string' &&
    typeof record.to === 'string' &&
    typeof record.priority === 'number' &&
    typeof record.acceptedAt === 'number' &&
    typeof record.deadline === 'number' &&
    typeof record.timeoutMs === 'number'
    ? record
    : undefined;
}

export function asEndRecord(value: unknown): EndRecord | undefined {
  const record = ours<EndRecord>(value);
  return record !== undefined &&
    typeof record.type === 'string' &&
    endStates.has(record.state) &&
    typeof record.acceptedAt === 'number' &&
    typeof record.endedAt === 'number'
    ? record
    : undefined;
}

export function asTaskRecord(value: unknown): TaskRecord | undefined {
  const record = ours<TaskRecord>(value);
  return typeof record?.attempt === 'number' && typeof record.checkpoints === 'number' ? record : undefined;
}

export function asStepRecord(value: unknown, key: string): StepRecord | undefined {
  const record = ours<StepRecord>(value);
  return record?.key === key ? record : undefined;
}

export function asIdempotencyRecord(value: unknown, key: string): IdempotencyRecord | undefined {
  const record = ours<IdempotencyRecord>(value);
  return record?.key === key && typeof record.run === 'string' ? record : undefined;
}

export function asResumeRecord(value: unknown): ResumeRecord | undefined {
  const record = ours<ResumeRecord>(value);
  return typeof record?.count === 'number' ? record : undefined;
}

function ours<Shape extends { readonly format: number }>(value: unknown): (Partial<Shape> & Shape) | undefined {
  if (typeof value !== 'object' || value === null) return undefined;
  return (value as { readonly format?: unknown }).format === recordFormat ? (value as Shape) : undefined;
}
