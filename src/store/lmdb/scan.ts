// Reads many records in the order of their keys, for a few microseconds each: one cursor instead of a look-up a key,
// nothing remembered of them, values unpacked only when somebody wants one. Nothing is served unchecked: each record
// passes the checks that a single read makes, and one that fails any of them is read singly.

import { mayHold, propertiesOf } from '../codec/codec-peek.ts';
import { unpackValue } from '../codec/codec.ts';
import type { Ground } from './ground.ts';
import type { ScannedRecord } from '../port.ts';
import { scanByGet } from '../scan-by-get.ts';
import type { Served } from './served.ts';

/** The records that begin with a prefix. */
export function* scan(ground: Ground, served: Served, prefix: string): Generator<ScannedRecord> {
  const last = new LastValue();
  for (const [key, record] of ground.records(prefix)) {
    if (!key.startsWith(prefix)) return;
    const head = served.headOfWhole(key, record);
    if (head === undefined) yield* scanByGet({ keys: () => [key], get: (each) => served.get(each) }, key);
    else yield new Whole(key, head.at, record, head.valueStart, last);
  }
}

/** The value read last: what many actors have in common is unpacked once. */
class LastValue {
  #bytes: Uint8Array | undefined = undefined;
  #value: unknown = undefined;

  of(bytes: Uint8Array): unknown {
    if (this.#bytes === undefined || Buffer.compare(this.#bytes, bytes) !== 0) {
      this.#value = unpackValue(bytes);
      this.#bytes = bytes;
    }
    return this.#value;
  }
}

class Whole implements ScannedRecord {
  readonly key: string;
  readonly at: number;
  readonly #record: Uint8Array;
  readonly #start: number;
  readonly #last: LastValue;

  constructor(key: string, at: number, record: Uint8Array, start: number, last: LastValue) {
    this.key = key;
    this.at = at;
    this.#record = record;
    this.#start = start;
    this.#last = last;
  }

  get properties(): number | undefined {
    return propertiesOf(this.#record, this.#start);
  }

  mayHold(name: string): boolean {
    return mayHold(this.#record, this.#start, name);
  }

  value(): unknown {
    return this.#last.of(this.#record.subarray(this.#start));
  }
}
