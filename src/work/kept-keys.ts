// What a store knows of an idempotency key: the run that it stands for. A record that is there and can't be read says that
// there was a run, and not which. Then nothing may begin in its place: the task may have been done.

import { StoreCorruptError } from '../base/errors.ts';
import type { Store } from '../store/port.ts';
import { asIdempotencyRecord, asRunRecord, type RunRecord } from './records.ts';
import { idempotencyRecord, runKey } from './task-ids.ts';

/**
 * The run that a key stands for, with its task; undefined for a key that is free.
 *
 * @throws STORE_CORRUPT when the record of the key, or that of its run, is damaged.
 */
export function runUnder(store: Store, key: string): { readonly run: string; readonly task: RunRecord } | undefined {
  const run = readable(store, key, idempotencyRecord(key), (value) => asIdempotencyRecord(value, key))?.run;
  const task = run === undefined ? undefined : readable(store, key, runKey(run), asRunRecord);
  return run === undefined || task === undefined ? undefined : { run, task };
}

/** What a store may only give when it is whole: what is damaged it gives as if it were not there, but for its version. */
function readable<Kept>(
  store: Store,
  key: string,
  name: string,
  as: (value: unknown) => Kept | undefined,
): Kept | undefined {
  const kept = as(store.get(name)?.value);
  if (kept !== undefined || store.version(name) === 0) return kept;
  throw new StoreCorruptError(
    'path' in store ? String(store.path) : 'memory',
    `'${name}' can't be read, so it is not known what the idempotency key ${JSON.stringify(key)} stands for, and nothing is begun under it`,
  );
}
