// Runs a user's code for one attempt of one task, whatever its form: a plain function, an async one, or a generator
// whose every yield is a checkpoint. An abort ends a generator at its next yield; other code ends when it heeds its
// signal, and is left behind after a grace when it does not. Promises are awaited, other things with a `then` are
// not: they are values, and refused as such. (What an async function returns, JavaScript itself awaits.) Where
// checkpoints are stored, a generator goes on as far as the store has kept up, and has ended when its last one is there.

import { types } from 'node:util';
import { InvalidInputError, InvalidOutputError, type SchemaIssue } from '../base/errors.ts';
import { toPlain } from '../base/plain.ts';
import { toThrown } from '../base/thrown.ts';
import type { Steps } from './steps.ts';

/** What a check says: the value as it goes on, or what is wrong with it. */
export type Checked =
  | { readonly value: unknown; readonly issues?: undefined }
  | { readonly issues: readonly SchemaIssue[]; readonly value?: undefined };

/** A check of a value. */
export type Check = (value: unknown) => Checked | Promise<Checked>;

/** One attempt at a task. */
export interface Attempt {
  /** Who does it, for messages. */
  readonly address: string;
  readonly type: string;
  readonly input: unknown;
  readonly signal: AbortSignal;
  readonly checkInput: Check | undefined;
  readonly checkOutput: Check | undefined;
  /** Calls the user's code with the checked input. */
  readonly call: (input: unknown) => unknown;
  /** Takes what a generator yields. */
  readonly steps: Pick<Steps, 'yielded' | 'landed'>;
}

type Stepwise = Iterator<unknown, unknown> | AsyncIterator<unknown, unknown>;

/**
 * Runs one attempt to its end.
 *
 * @returns the checked output, plain data; undefined when it comes after an abort, since nobody wants it any more.
 * @throws INVALID_INPUT, INVALID_OUTPUT, UNSERIALIZABLE, the signal's reason, or whatever the user's code throws, as
 * {@link toThrown} takes it in.
 */
export async function execute(attempt: Attempt): Promise<unknown> {
  try {
    const { signal } = attempt;
    signal.throwIfAborted();
    const called = attempt.call(await checkedInput(attempt));
    const result: unknown = types.isPromise(called) ? await called : called;
    const { output } = types.isGeneratorObject(result) ? await stepThrough(result, attempt) : { output: result };
    return signal.aborted ? undefined : await checkedOutput(attempt, output);
  } catch (thrown) {
    throw toThrown(thrown);
  }
}

async function checkedInput({ checkInput, input, type }: Attempt): Promise<unknown> {
  if (checkInput === undefined) return input;
  const checked = await checkInput(input);
  if (checked.issues !== undefined) throw new InvalidInputError(`The input of task '${type}'`, checked.issues);
  return checked.value;
}

async function checkedOutput({ checkOutput, address }: Attempt, output: unknown): Promise<unknown> {
  const plain = toPlain(output, 'output');
  if (checkOutput === undefined) return plain;
  const checked = await checkOutput(plain);
  if (checked.issues !== undefined) throw new InvalidOutputError(`'${address}'`, checked.issues);
  return checked.value;
}

/** Runs a generator; it is closed, its `finally` blocks included, however this ends. */
async function stepThrough(work: Stepwise, { signal, steps }: Attempt): Promise<{ readonly output: unknown }> {
  let open = true;
  let isStored = false;
  try {
    for (;;) {
      open = false; // a generator that throws has closed itself
      const next = await work.next();
      if (next.done === true) {
        if (isStored) await unlessAborted(steps.landed(), signal);
        return { output: next.value };
      }
      open = true;
      const storing = steps.yielded(toPlain(next.value, 'checkpoint'));
      if (storing !== undefined) {
        isStored = true;
        await unlessAborted(storing, signal);
      }
      signal.throwIfAborted();
    }
  } finally {
    if (open) await work.return?.();
  }
}

/** Waits for a promise, or no longer than until the abort. @throws the signal's reason, or what the promise rejects with. */
async function unlessAborted(promise: Promise<void>, signal: AbortSignal): Promise<void> {
  let stop = (): void => {};
  const aborted = new Promise<void>((resolve) => {
    stop = resolve;
    signal.addEventListener('abort', stop);
  });
  try {
    await Promise.race([promise, aborted]);
    signal.throwIfAborted();
  } finally {
    signal.removeEventListener('abort', stop);
  }
}
