// The life of one run, as the task machine tells it: the machine's own transitions, and nothing beside them. XState's
// pure `transition` makes an actor for each call, which begins without an input and so fails inside; that is dear, and
// a run takes a step with everything that happens to it. One actor that never runs stands in for all of them instead:
// the machine neither spawns nor emits nor asks who it is.

import { type AnyActorScope, createActor, type SnapshotFrom } from 'xstate';
import { type TaskContext, type TaskEvent, taskMachine } from '../../machines/task.ts';

type Snapshot = SnapshotFrom<typeof taskMachine>;

/** Where a run stands. */
export type TaskState = Snapshot['value'];

/** How a run of an earlier process ended, and when. */
interface PastEnd {
  readonly state: TaskState;
  readonly now: number;
}

const self = createActor(taskMachine, { input: { now: 0 } });
const nobody: AnyActorScope = {
  self,
  id: '',
  sessionId: '',
  system: self.system,
  logger: () => {},
  defer: () => {},
  emit: () => {},
  stopChild: () => {},
  actionExecutor: () => {},
};

/** A task can succeed without ever having been seen to start; its story is told in full all the same. */
const wholeStory = ['task.queued', 'task.started', 'task.succeeded'] as const;

const endEvents: Partial<Readonly<Record<TaskState, TaskEvent['type']>>> = {
  done: 'task.succeeded',
  cancelled: 'task.cancelled',
  timedOut: 'task.expired',
};

/** One run's story. What is not possible in its present state changes nothing. */
export class TaskLife {
  readonly #beganAt: number;
  #past: PastEnd | undefined = undefined;
  /** Made when it is needed: of most runs that were over before, only the end is ever asked for. */
  #snapshot: Snapshot | undefined = undefined;

  /** @param beganAt - Monotonic milliseconds. */
  constructor(beganAt: number) {
    this.#beganAt = beganAt;
  }

  get state(): TaskState {
    return this.#past?.state ?? this.#whole.value;
  }

  get isOver(): boolean {
    return this.#past !== undefined || this.#whole.status === 'done';
  }

  /** Its times, and what is counted of it. */
  get context(): TaskContext {
    return this.#whole.context;
  }

  /** Something has happened to it. */
  take(event: TaskEvent): void {
    this.#snapshot = taskMachine.transition(this.#whole, event, nobody);
  }

  /** It ends. */
  finish(event: TaskEvent): void {
    this.#snapshot = finished(this.#whole, event);
  }

  /** It had ended so long after it began, before this process knew of it. */
  endedBefore(state: TaskState, tookMs: number): void {
    this.#past = { state: endEvents[state] === undefined ? 'failed' : state, now: this.#beganAt + tookMs };
  }

  get #whole(): Snapshot {
    if (this.#snapshot !== undefined) return this.#snapshot;
    const begun = taskMachine.getInitialSnapshot(nobody, { now: this.#beganAt });
    const past = this.#past;
    this.#snapshot =
      past === undefined ? begun : finished(begun, { type: endEvents[past.state] ?? 'task.failed', now: past.now });
    return this.#snapshot;
  }
}

function finished(life: Snapshot, event: TaskEvent): Snapshot {
  let after = taskMachine.transition(life, event, nobody);
  for (const type of wholeStory) {
    if (after.status !== 'done') after = taskMachine.transition(after, { type, now: event.now }, nobody);
  }
  return after;
}
