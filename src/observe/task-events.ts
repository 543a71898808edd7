// What is told of a task while it runs: the progress that `run.events()`, the terminal and the log show. Small plain
// data; partial output (`stream`) passes by and is never kept as the result.

/** What happened to one task. */
export type TaskEventBody =
  | { readonly type: 'resumed'; readonly count: number }
  | { readonly type: 'queued' }
  | { readonly type: 'dispatched'; readonly to: string }
  | { readonly type: 'started'; readonly attempt: number }
  | { readonly type: 'checkpoint'; readonly attempt: number; readonly count: number }
  | { readonly type: 'step'; readonly name: string }
  | { readonly type: 'progress'; readonly fraction: number; readonly note?: string }
  | { readonly type: 'stream'; readonly part: unknown }
  | { readonly type: 'retried'; readonly attempt: number; readonly delayMs: number; readonly error: string }
  | { readonly type: 'done'; readonly tookMs: number }
  | { readonly type: 'failed'; readonly code: string; readonly error: string }
  | { readonly type: 'cancelled'; readonly reason: string };

/** One step in the life of one task of a run. */
export type TaskEvent = TaskEventBody & {
  /** Calendar time in milliseconds. */
  readonly at: number;
  /** The run that the task is part of. */
  readonly run: string;
  readonly task: string;
  readonly taskType: string;
  /** Where it happened. */
  readonly address: string;
};

/** Takes note of what happens to a task. */
export type Note = (
  subject: { readonly run: string; readonly task: string; readonly taskType: string; readonly address: string },
  body: TaskEventBody,
) => void;
