// One part of the soak: what was found, and whether it is as it should be.

import { setFlagsFromString } from 'node:v8';
import { runInNewContext } from 'node:vm';

/** The outcome of a part. */
export interface Part {
  /** As in the catalogue of acceptance. */
  readonly id: string;
  readonly passed: boolean;
  readonly found: string;
}

setFlagsFromString('--expose-gc');
const collect = runInNewContext('gc') as () => void;

/** Bytes in use, after everything that can be has been collected. */
export function heap(): number {
  for (let round = 0; round < 4; round++) collect();
  return process.memoryUsage().heapUsed;
}
