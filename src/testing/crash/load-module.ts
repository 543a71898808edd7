// Loads a user's file in a child process, TypeScript or JavaScript, on every supported Node. `troupe` inside the file is
// this very package, also where the user's folder has no node_modules: one instance, or errors would not be recognised.
// Compiled code is kept in the folder that the parent process has made for itself and removes when it ends.

import { createRequire } from 'node:module';
import { createJiti, type Jiti } from 'jiti';
import * as xstate from 'xstate';
import * as machines from '../../../machines/index.ts';
import * as troupe from '../../index.ts';
import * as testing from '../index.ts';

/**
 * The loader of user files.
 *
 * @param file - The first of them; what it imports by name is looked for from there.
 * @param cache - A folder that nobody else can write.
 */
export function loaderFor(file: string, cache: string): Jiti {
  const own = { troupe, 'troupe/machines': machines, 'troupe/testing': testing };
  const virtualModules = hasXState(file) ? own : { ...own, xstate };
  return createJiti(file, { fsCache: cache, interopDefault: false, virtualModules });
}

/** XState is ours only where the user's folder has none. */
function hasXState(file: string): boolean {
  try {
    createRequire(file).resolve('xstate');
    return true;
  } catch {
    return false;
  }
}

/** What a file exports by one of these names, the first that is not undefined; a promise is awaited. */
export async function exportOf(loader: Jiti, file: string, names: readonly string[]): Promise<unknown> {
  const loaded = await loader.import<Readonly<Record<string, unknown>>>(file);
  for (const name of names) {
    const found: unknown = await loaded[name];
    if (found !== undefined) return found;
  }
  return undefined;
}
