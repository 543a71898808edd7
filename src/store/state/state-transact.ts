// Runs the functions of `update` and `transaction`: one try after the other until what was read is still the newest
// when the function ends. Nothing is locked, so nobody waits for a function that hangs but its caller, and that one
// only for a time.

import { types } from 'node:util';
import type { Clock } from '../../base/clock.ts';
import { InvalidOptionError, TaskTimeoutError, type VersionConflictError } from '../../base/errors.ts';
import type { Random } from '../../base/random.ts';
import { type Outcome, retried, type RetryOptions, retryRules, within } from './state-retry.ts';
import type { StateWrites } from './state-writes.ts';
import { OpenTransaction, type Transaction } from './transaction.ts';

/** The function of a transaction. */
export type TransactionBody<Result> = (tx: Transaction) => Result | Promise<Result>;

/** What a transaction came to, with the versions that it wrote. */
export interface Committed<Result> {
  readonly result: Result;
  readonly versions: ReadonlyMap<string, number>;
}

/** What transactions need. */
export interface TransactHost {
  readonly clock: Clock;
  readonly random: Random;
  readonly writes: StateWrites;
  /** A try met a conflict. */
  conflict(conflict: VersionConflictError, attempt: number): void;
}

/** Runs a transaction to its end. `what` it is, for the message when it takes too long. */
export async function transact<Result>(
  host: TransactHost,
  what: string,
  body: TransactionBody<Result>,
  options: RetryOptions,
): Promise<Committed<Result>> {
  const { retries, timeout_ms } = retryRules(options);
  if (typeof body !== 'function') throw new InvalidOptionError(what, body, 'a function');
  const outcome = await retried(host, retries, async (attempt) => {
    const tried = await tryOnce(host, what, body, timeout_ms);
    if ('conflict' in tried) host.conflict(tried.conflict, attempt);
    return tried;
  });
  if ('done' in outcome) return outcome.done;
  // Told only after the version that won has landed, so that who reads again sees it.
  await host.writes.landing(outcome.conflict.details.key);
  throw outcome.conflict;
}

/** A function that does not wait is called and its writes are sent within one turn: nobody comes between. */
async function tryOnce<Result>(
  { clock, writes }: TransactHost,
  what: string,
  body: TransactionBody<Result>,
  timeout_ms: number,
): Promise<Outcome<Committed<Result>>> {
  const tx = new OpenTransaction(writes, () => clock.wall());
  let result: Result;
  try {
    const made = body(tx.face);
    result = types.isPromise(made) ? await within(clock, what, timeout_ms, made) : made;
  } catch (error) {
    tx.end();
    const conflict = isOverdue(error) ? undefined : tx.conflict();
    if (conflict !== undefined) return { conflict }; // what it threw for may no longer be so
    await tx.readsLanded();
    throw error;
  }
  tx.end();
  const conflict = tx.conflict();
  if (conflict !== undefined) return { conflict };
  if (tx.isReadOnly) {
    await tx.readsLanded();
    return { done: { result, versions: new Map() } };
  }
  const { sent, landed } = tx.send();
  await landed;
  return { done: { result, versions: new Map(sent.map(({ key, version }) => [key, version])) } };
}

function isOverdue(error: unknown): boolean {
  return error instanceof TaskTimeoutError && error.details.at === 'runtime.state';
}
