// The store engine on LMDB. Apart from the engine, because whoever imports this loads a native library: only those who
// open a store on a real disk do.

import type { StoreAdmin } from '../admin.ts';
import { type EngineOptions, openEngine } from './engine.ts';
import { openLmdbEnvironment } from './lmdb-environment.ts';

export type { EngineOptions as LmdbOptions } from './engine.ts';

/**
 * Opens a store on disk, without a lock, a marker or a probe: `open.ts` has those.
 *
 * @param path - Its folder; made when it is absent.
 * @throws STORE_FULL or STORE_UNAVAILABLE when LMDB can't be opened there.
 */
export async function openLmdb(path: string, options: EngineOptions = {}): Promise<StoreAdmin> {
  return openEngine(path, options, openLmdbEnvironment);
}
