// A task as one actor hands it to another. What its type and input mean is the business of those two; the kernel
// only carries it.

/** A task as it is handed over. `id` stays the same over every retry; the runtime makes one where it is left out. */
export interface TaskSpec {
  readonly id?: string;
  readonly type: string;
  readonly input?: unknown;
}
