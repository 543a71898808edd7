// The one option that every asynchronous step of the audit takes: the runtime cancels a task through its signal, and
// a step that ignores it would go on reading files for nobody.

/** Options of a step that can be stopped. */
export interface Abortable {
  /** Stops the step; its promise then rejects with the signal's reason. */
  readonly signal?: AbortSignal | undefined;
}
