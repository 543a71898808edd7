// What a task's code is given to work with. The interface lives here, below the code that implements it
// (`src/work`), because the types of `agent()`, `director()` and `orchestrator()` are made of it. Generic in two
// places only: what a generator yields as checkpoint, and which tasks a node may delegate by type.

import type { Logger } from 'pino';
import type { Duration } from '../base/duration.ts';
import type { Priority } from '../base/priority.ts';
import type { VersionedState } from '../store/state/state.ts';
import type { AssignedTask } from './resolved.ts';

/** What goes into a task of one type, and what comes out. */
export interface TaskShape {
  readonly input: unknown;
  readonly output: unknown;
}

/** Task types by name. */
export type TaskMap = Readonly<Record<string, TaskShape>>;

/** A delegation with more to say than its input. */
export interface DelegateRequest<Input = unknown> {
  readonly input: Input;
  /** The name under which the outcome is kept; left out, the type and its ordinal. */
  readonly key?: string;
  readonly priority?: Priority;
  /** How long the delegated task may take; never longer than what is left of the delegating one. */
  readonly timeout?: Duration;
}

/** How many tasks of one type are given away at once, and what a failure of one means for the others. */
export interface FanOutOptions {
  /** The name under which the outcomes are kept; left out, the type and its ordinal. */
  readonly key?: string;
  /** How many may be open at a time. Default 64. */
  readonly inFlight?: number;
  /** `'cancel'` (default): the first failure rejects. `'collect'`: outcomes as `Promise.allSettled` gives them. */
  readonly onError?: 'cancel' | 'collect';
  readonly priority?: Priority;
  /** How long each of them may take. */
  readonly timeout?: Duration;
}

/** Names an actor rather than a task type: `main/code/measure`, `../measure`. */
export type AddressText = `${string}/${string}`;

/** What `run` is given next to its task. */
export interface WorkContext<Checkpoint = unknown, Tasks = TaskMap> {
  /** Aborted when the task is cancelled, runs out of time or its agent is stopped. */
  readonly signal: AbortSignal;
  /** The address of the actor that does the work. */
  readonly self: string;
  readonly task: AssignedTask;
  /** Which try this is, from 1. */
  readonly attempt: number;
  /** The last value that an earlier attempt yielded. */
  readonly checkpoint: Checkpoint | undefined;
  /** The runtime's log, with this actor's address and this task's id on every line. */
  readonly log: Logger;
  /** Does `fn` once a task: after a restart its stored result is returned instead. */
  step<Result>(name: string, fn: () => Result | Promise<Result>): Promise<Result>;
  /**
   * Gives a task to whoever accepts its type, or to the actor at an address; resolves to its output.
   *
   * The second argument is the input, or a {@link DelegateRequest}; see {@link toDelegateRequest} for which it is.
   *
   * @throws NO_AGENT, DELEGATION_CYCLE, DELEGATION_TOO_DEEP, or the delegated task's own error.
   */
  delegate<Type extends keyof Tasks & string>(
    type: Type,
    task: InputAt<Tasks, Type> | DelegateRequest<InputAt<Tasks, Type>>,
  ): Promise<OutputAt<Tasks, Type>>;
  delegate(to: AddressText, task: unknown): Promise<unknown>;
  /**
   * Gives one task an input to whoever accepts the type, at most `inFlight` at a time; resolves to the outputs in the
   * order of the inputs, or with `onError: 'collect'` to what became of each.
   *
   * @throws as `delegate` does, the first failure, unless they are collected; INVALID_OPTION.
   */
  fanOut<Type extends keyof Tasks & string>(
    type: Type,
    inputs: Iterable<InputAt<Tasks, Type>>,
    options: FanOutOptions & { readonly onError: 'collect' },
  ): Promise<readonly PromiseSettledResult<OutputAt<Tasks, Type>>[]>;
  fanOut<Type extends keyof Tasks & string>(
    type: Type,
    inputs: Iterable<InputAt<Tasks, Type>>,
    options?: FanOutOptions & { readonly onError?: 'cancel' },
  ): Promise<readonly OutputAt<Tasks, Type>[]>;
  fanOut(to: AddressText, inputs: Iterable<unknown>, options?: FanOutOptions): Promise<readonly unknown[]>;
  /** Versioned state that everybody in the runtime shares. */
  readonly state: VersionedState;
  /** Tells how far the work is, from 0 to 1. */
  progress(fraction: number, note?: string): void;
  /** Passes on a part of the output before the whole is there. */
  stream(part: unknown): void;
  /** Tells everybody who subscribed to a topic. */
  publish(topic: string, event: { readonly type: string }): void;
}

/** The input of one type in a map of tasks. */
export type InputAt<Tasks, Type> = Type extends keyof Tasks
  ? Tasks[Type] extends { readonly input: infer Input }
    ? Input
    : unknown
  : unknown;

/** The output of one type in a map of tasks. */
export type OutputAt<Tasks, Type> = Type extends keyof Tasks
  ? Tasks[Type] extends { readonly output: infer Output }
    ? Output
    : unknown
  : unknown;

const requestKeys: ReadonlySet<string> = new Set(['input', 'key', 'priority', 'timeout']);

/**
 * What the second argument of `ctx.delegate` means.
 *
 * A plain object with an `input` and nothing but `input`, `key`, `priority` and `timeout` is a request; everything
 * else is the input itself. An input of that very shape has to be wrapped: `{ input: { input: … } }`.
 */
export function toDelegateRequest(given: unknown): DelegateRequest {
  if (typeof given !== 'object' || given === null || Array.isArray(given)) return { input: given };
  const keys = Object.keys(given);
  const isRequest = keys.includes('input') && keys.every((key) => requestKeys.has(key));
  return isRequest ? (given as DelegateRequest) : { input: given };
}
