// What every store asks of a write before it looks at the value: a key that fits, a number of versions and a schema
// version that make sense. The same everywhere, so that what the tests' store takes, the store on disk takes too.

import { InvalidOptionError } from '../base/errors.ts';
import { limits } from '../base/limits.ts';
import { checkKey } from './lmdb/key-bytes.ts';
import type { StoreWrite } from './port.ts';

const schemaMax = 0xffff_ffff;

/**
 * Refuses a write that no store can do.
 *
 * @throws INVALID_OPTION naming what is wrong.
 */
export function checkWrite({ key, keep = 1, schema = 0 }: StoreWrite): void {
  checkKey(key);
  const most = limits.store.versionsMax_count;
  if (!Number.isInteger(keep) || keep < 1 || keep > most)
    throw new InvalidOptionError(`keep of '${key}'`, keep, `a whole number from 1 to ${most}`);
  if (!Number.isInteger(schema) || schema < 0 || schema > schemaMax)
    throw new InvalidOptionError(`schema of '${key}'`, schema, `a whole number from 0 to ${schemaMax}`);
}
