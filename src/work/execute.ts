// Runs a user's code for one attempt of one task, whatever its form: a plain function, an async one, or a generator
// whose every yield is a checkpoint. An abort ends a generator at its next yield; other code ends when it heeds its
// signal, and is left behind after a grace when it does not.

import { InvalidInputError, InvalidOutputError, type SchemaIssue } from '../base/errors.ts';
import { toPlain } from '../base/plain.ts';

/** A check of a value: the value as it goes on, or what is wrong with it. */
export type Check = (
  value: unknown,
) => Promise<
  | { readonly value: unknown; readonly issues?: undefined }
  | { readonly issues: readonly SchemaIssue[]; readonly value?: undefined }
>;

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
  readonly onCheckpoint: (value: unknown) => void;
}

type Stepwise = Iterator<unknown, unknown> | AsyncIterator<unknown, unknown>;

/**
 * Runs one attempt to its end.
 *
 * @returns the checked output, plain data.
 * @throws INVALID_INPUT, INVALID_OUTPUT, UNSERIALIZABLE, the signal's reason, or whatever the user's code throws.
 */
export async function execute(attempt: Attempt): Promise<unknown> {
  attempt.signal.throwIfAborted();
  const input = await checkedInput(attempt);
  const result: unknown = await attempt.call(input);
  const output = isStepwise(result) ? await stepThrough(result, attempt) : result;
  attempt.signal.throwIfAborted();
  return checkedOutput(attempt, output);
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

async function stepThrough(work: Stepwise, { signal, onCheckpoint }: Attempt): Promise<unknown> {
  for (;;) {
    const next = await work.next();
    if (next.done === true) return next.value;
    onCheckpoint(toPlain(next.value, 'checkpoint'));
    if (signal.aborted) {
      await work.return?.();
      throw signal.reason;
    }
  }
}

/** A generator that was called, not a list or another iterable. */
function isStepwise(value: unknown): value is Stepwise {
  if (typeof value !== 'object' || value === null) return false;
  const tag = Object.prototype.toString.call(value);
  return tag === '[object Generator]' || tag === '[object AsyncGenerator]';
}
