// What a task's code is given besides its input: its signal, its place, its finished steps, and the ways to
// delegate, publish and report. Identity, chain and deadline are the kernel's; code can't set them.

import type { Logger } from 'pino';
import type { EventObject } from 'xstate';
import { InvalidOptionError } from '../base/errors.ts';
import { type Duration, toPositiveMs } from '../base/duration.ts';
import { limits } from '../base/limits.ts';
import { toPlain } from '../base/plain.ts';
import { type Priority, toPriority } from '../base/priority.ts';
import { fanOut, type FanOutOptions } from './fan-out.ts';
import type { VersionedState } from '../store/state/state.ts';
import type { Steps } from './steps.ts';
import type { TaskEventBody } from '../observe/task-events.ts';

/** One task to hand over. */
export interface DelegateRequest {
  readonly input: unknown;
  /** Names the call within the task; default: the type and how many of that type came before. */
  readonly key?: string;
  readonly priority?: Priority;
  readonly timeout?: Duration;
}

/** What a context is made of. */
export interface ContextParts {
  readonly self: string;
  readonly task: { readonly id: string; readonly type: string; readonly input: unknown };
  readonly attempt: number;
  readonly signal: AbortSignal;
  readonly steps: Steps;
  /** Makes the log when it is first wanted. */
  readonly log: () => Logger;
  /** Hands a task to whoever `to` names, for this task. */
  readonly send: (
    to: string,
    input: unknown,
    options: {
      readonly id: string;
      readonly priority: Priority | undefined;
      readonly timeoutMs: number | undefined;
    },
  ) => Promise<unknown>;
  /** The id of the task that is delegated under a key: the same one in every attempt. */
  readonly childId: (key: string) => string;
  /** What the second argument of `delegate` means: an input, or a request with more to say. */
  readonly read: (given: unknown) => DelegateRequest;
  readonly publish: (topic: string, event: EventObject) => void;
  readonly state: VersionedState;
  readonly note: (body: TaskEventBody) => void;
}

/** The context of one attempt at one task. */
export class TaskContext {
  readonly signal: AbortSignal;
  readonly self: string;
  readonly task: ContextParts['task'];
  readonly attempt: number;
  readonly #parts: ContextParts;
  readonly #ordinals = new Map<string, number>();
  #log: Logger | undefined = undefined;

  constructor(parts: ContextParts) {
    this.#parts = parts;
    this.signal = parts.signal;
    this.self = parts.self;
    this.task = parts.task;
    this.attempt = parts.attempt;
  }

  /** The last value that this task yielded, over all attempts. */
  get checkpoint(): unknown {
    return this.#parts.steps.checkpoint;
  }

  /** Versioned state that everybody in the runtime shares. */
  get state(): VersionedState {
    return this.#parts.state;
  }

  /** The runtime's log, with the actor's address and the ids of run and task on every line. */
  get log(): Logger {
    return (this.#log ??= this.#parts.log());
  }

  /** Does something once: its result is kept under the name and given back to later attempts. */
  readonly step = (name: string, fn: () => unknown): Promise<unknown> => heard(this.#step(name, fn));

  /** Hands a task over and waits for its output. */
  readonly delegate = (to: string, given?: unknown): Promise<unknown> => heard(this.#delegate(to, given));

  /** Hands over one task an input, so many at a time; the outputs come in the order of the inputs. */
  readonly fanOut = (to: string, inputs: Iterable<unknown>, options: FanOutOptions = {}): Promise<readonly unknown[]> =>
    heard(this.#fanOut(to, inputs, options));

  /** Sends an event to every subscriber of a topic. */
  readonly publish = (topic: string, event: EventObject): void => {
    this.#parts.publish(topic, event);
  };

  /** Says how far the task is, from 0 to 1. */
  readonly progress = (fraction: number, note?: string): void => {
    const bounded = Number.isFinite(fraction) ? Math.min(1, Math.max(0, fraction)) : 0;
    this.#parts.note({
      type: 'progress',
      fraction: bounded,
      ...(note === undefined ? {} : { note: note.slice(0, limits.task.noteLength_chars) }),
    });
  };

  /** Passes partial output on to whoever follows the run; it is not kept. */
  readonly stream = (part: unknown): void => {
    this.#parts.note({ type: 'stream', part: toPlain(part, 'part') });
  };

  async #step(name: string, fn: () => unknown): Promise<unknown> {
    if (typeof name !== 'string' || name === '') throw new InvalidOptionError('name', name, 'the name of the step');
    this.signal.throwIfAborted();
    let isMade = false;
    const make = async (): Promise<unknown> => {
      isMade = true;
      return toPlain(await fn(), `step '${name}'`);
    };
    const output = await this.#parts.steps.once({ key: `step/${name}`, input: undefined, make });
    if (isMade) this.#parts.note({ type: 'step', name });
    return output;
  }

  async #delegate(to: string, given: unknown): Promise<unknown> {
    return this.#hand(to, this.#parts.read(given));
  }

  async #fanOut(to: string, inputs: Iterable<unknown>, options: FanOutOptions): Promise<readonly unknown[]> {
    const { key = this.#nextKey(to), priority, timeout } = options;
    return fanOut(inputs, options, (input, index) =>
      this.#hand(to, {
        input,
        key: `${key}[${index}]`,
        ...(priority === undefined ? {} : { priority }),
        ...(timeout === undefined ? {} : { timeout }),
      }),
    );
  }

  async #hand(to: string, { input, key = this.#nextKey(to), priority, timeout }: DelegateRequest): Promise<unknown> {
    this.signal.throwIfAborted();
    const plain = toPlain(input, 'input');
    const id = this.#parts.childId(key);
    const options = {
      id,
      priority: priority === undefined ? undefined : toPriority(priority, 'priority'),
      timeoutMs: timeout === undefined ? undefined : toPositiveMs(timeout, 'timeout'),
    };
    return this.#parts.steps.once({
      key: `delegate/${key}`,
      input: { to, input: plain },
      make: () => this.#parts.send(to, plain, options),
      delegated: id,
    });
  }

  #nextKey(to: string): string {
    const ordinal = this.#ordinals.get(to) ?? 0;
    this.#ordinals.set(to, ordinal + 1);
    return `${to}#${ordinal}`;
  }
}

/** A promise that nobody awaits (any more) is no reason to end the process: what it stands for has been reported. */
function heard<Value>(promise: Promise<Value>): Promise<Value> {
  promise.catch(() => {});
  return promise;
}
