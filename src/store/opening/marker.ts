// The marker beside the data, `troupe.json`: that this folder is a store, of which format, which of its folders holds
// the data, and whether it was closed in order. It is replaced as a whole, so that after any crash it says what was
// true before or after. What LMDB can't tell (an emptied file looks new to it) is told from here.

import { readFile } from 'node:fs/promises';
import { join } from 'node:path';
import { StoreCorruptError, StoreVersionError } from '../../base/errors.ts';
import { replaceFile } from './disk.ts';
import { type Fingerprint, isFingerprint } from './marker-fingerprint.ts';

/** The format that this Troupe reads and writes. */
export const storeFormat = 1;

/** The name of the marker in a store's folder. */
export const markerName = 'troupe.json';

/** What the marker says. */
export interface Marker {
  readonly format: typeof storeFormat;
  /** Calendar time in milliseconds. */
  readonly created: number;
  /** How many times it has been opened for writing. */
  readonly generation: number;
  /** The folder of the data, within the store's. */
  readonly data: string;
  /**
   * `creating`: nothing has been acknowledged yet, so what is there may go. `open`: in use, or its process has died.
   * `clean`: closed in order.
   */
  readonly state: 'creating' | 'open' | 'clean';
  /** What the data file looked like when it was closed in order. */
  readonly closed?: Fingerprint;
}

const states: readonly string[] = ['creating', 'open', 'clean'];

/**
 * What a store's marker says; undefined where there is none.
 *
 * @throws STORE_VERSION for a format that is not ours, STORE_CORRUPT for what is no marker.
 */
export async function readMarker(folder: string): Promise<Marker | undefined> {
  let text: string;
  try {
    text = await readFile(join(folder, markerName), 'utf8');
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code === 'ENOENT') return undefined;
    throw error;
  }
  const marker = parsed(text);
  const format = marker?.['format'];
  if (typeof format === 'number' && format !== storeFormat) throw new StoreVersionError(folder, format, storeFormat);
  if (marker === undefined || !isMarker(marker))
    throw new StoreCorruptError(folder, `${markerName} does not say what a marker says`);
  return marker;
}

/** Writes the marker, durably. */
export async function writeMarker(folder: string, marker: Marker): Promise<void> {
  await replaceFile(join(folder, markerName), `${JSON.stringify(marker, null, 2)}\n`);
}

function parsed(text: string): Readonly<Record<string, unknown>> | undefined {
  try {
    const value: unknown = JSON.parse(text);
    return typeof value === 'object' && value !== null ? (value as Readonly<Record<string, unknown>>) : undefined;
  } catch {
    return undefined;
  }
}

function isMarker(value: Readonly<Record<string, unknown>>): value is Readonly<Record<string, unknown>> & Marker {
  const { format, created, generation, data, state, closed } = value;
  return (
    format === storeFormat &&
    typeof created === 'number' &&
    Number.isSafeInteger(generation) &&
    typeof data === 'string' &&
    /^data-\d+$/.test(data) &&
    typeof state === 'string' &&
    states.includes(state) &&
    (closed === undefined || isFingerprint(closed))
  );
}
