// A scan made of single reads, for stores that have no faster way: those that put
// faults between, and single records that a faster way has stumbled over.

import type { ScannedRecord, Store } from './port.ts';

/** The records that begin with a prefix, in the order of their keys. */
export function* scanByGet(store: Pick<Store, 'get' | 'keys'>, prefix: string): Generator<ScannedRecord> {
  for (const key of store.keys(prefix)) {
    const { at, value } = store.get(key) ?? { at: undefined, value: undefined };
    yield { key, at, properties: undefined, mayHold: () => true, value: () => value };
  }
}
