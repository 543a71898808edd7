// Records of an older shape: those whose `schema` is below the one the program says are migrated by the program's
// own function, before they are gone on from and never in the store itself. A dry run does the same over a whole
// store and writes nothing.

import { describeError, InvalidOptionError } from '../../base/errors.ts';
import { toPlain } from '../../base/plain.ts';
import type { Store } from '../../store/port.ts';
import type { ActorRecord } from './durable-record.ts';
import type { ActorSpec, Migrate } from '../spec.ts';

/** A version of a record as it was found. */
export interface Found {
  readonly version: number;
  /** Calendar time of its write; undefined when it has not landed yet. */
  readonly at: number | undefined;
  readonly schema: number;
  readonly value: unknown;
}

/** @throws INVALID_OPTION when it is no record of an actor. */
export function readRecord({ value, version }: Found): ActorRecord {
  const record = value as Partial<ActorRecord> | null;
  if (typeof record !== 'object' || record === null || !('snapshot' in record)) {
    throw new InvalidOptionError(`version ${version}`, value, 'what is kept of an actor: its snapshot and its timers');
  }
  if (record.format !== 1) throw new InvalidOptionError(`version ${version}: format`, record.format, '1');
  return record as ActorRecord;
}

/** A kept state in the present shape, or why there is none. */
export function migrated(
  { schema, migrate }: Pick<ActorSpec, 'schema' | 'migrate'>,
  from: number,
  snapshot: unknown,
): { readonly snapshot: unknown } | { readonly error: unknown } {
  if (from === schema) return { snapshot };
  if (from > schema) {
    return {
      error: new InvalidOptionError('schema', schema, `${from}, which is what is kept; run the program that wrote it`),
    };
  }
  if (migrate === undefined) {
    return {
      error: new InvalidOptionError('migrate', undefined, `a function that makes schema ${schema} of schema ${from}`),
    };
  }
  try {
    return { snapshot: toPlain(migrate(from, snapshot), 'migrate(…)') };
  } catch (error) {
    return { error };
  }
}

/** What a migration would come to. */
export interface DryRun {
  /** Actors of the present schema, which need none. */
  readonly current: number;
  /** Actors that it works for. */
  readonly migrated: readonly string[];
  /** Actors that would be quarantined, and why. */
  readonly failed: readonly { readonly address: string; readonly from: number; readonly problem: string }[];
}

const prefix = 'actor/';

/**
 * Tries a migration on the newest version of every actor whose address begins with a text. Nothing is written.
 *
 * @param under - The beginning of the addresses; `''` for all.
 */
export function dryRunMigration(
  store: Store,
  under: string,
  options: { readonly schema: number; readonly migrate?: Migrate },
): DryRun {
  let current = 0;
  const done: string[] = [];
  const failed: { address: string; from: number; problem: string }[] = [];
  for (const key of store.keys(prefix + under)) {
    const found = store.get(key);
    if (found === undefined) continue;
    const address = key.slice(prefix.length);
    const outcome = tried(found, options);
    if (found.schema === options.schema && outcome === undefined) current += 1;
    else if (outcome === undefined) done.push(address);
    else failed.push({ address, from: found.schema, problem: describeError(outcome.error) });
  }
  return { current, migrated: done, failed };
}

function tried(
  found: Found,
  { schema, migrate }: { readonly schema: number; readonly migrate?: Migrate },
): { readonly error: unknown } | undefined {
  try {
    const outcome = migrated({ schema, migrate }, found.schema, readRecord(found).snapshot);
    return 'error' in outcome ? outcome : undefined;
  } catch (error) {
    return { error };
  }
}
