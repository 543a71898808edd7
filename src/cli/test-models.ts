// Loads the options of model tests: the default export of the file named with --models, else of `models.ts` beside the
// topology. `troupe` and `troupe/testing` inside the file are this very package.

import { existsSync } from 'node:fs';
import { createRequire } from 'node:module';
import { dirname, join, resolve } from 'node:path';
import * as xstate from 'xstate';
import * as machines from '../../machines/index.ts';
import { describeError } from '../base/errors.ts';
import { printable } from '../base/printable.ts';
import * as troupe from '../index.ts';
import type * as testingEntry from '../testing/index.ts';
import { wrongUsage } from './command-error.ts';
import { placeLines } from './explain.ts';
import { shortPath } from './source-frame.ts';

/** The testing entry, loaded when it is needed. */
export type Testing = typeof testingEntry;

/** Options by the address of a node. */
export interface LoadedModels {
  readonly file: string;
  readonly machines: Readonly<Record<string, unknown>>;
}

const names = ['models.ts', 'models.mts', 'models.js', 'models.mjs'];

/**
 * The models for a topology; undefined when there are none.
 *
 * @throws CommandError (2) when the file is not there, can't be loaded, or exports something else.
 */
export async function loadModels(
  topology: string,
  given: string | undefined,
  testing: Testing,
): Promise<LoadedModels | undefined> {
  const beside = names.map((name) => join(dirname(resolve(topology)), name)).find((file) => existsSync(file));
  const file = given === undefined ? beside : resolve(given);
  if (file === undefined) return undefined;
  if (!existsSync(file)) {
    throw wrongUsage(`--models: there is no file '${printable(given ?? '')}'.`, [
      `  Looked for ${shortPath(file)}. Give the path of the file whose default export has the options by address.`,
    ]);
  }
  const exported = await loadDefault(file, testing);
  const isPlain = typeof exported === 'object' && exported !== null && !Array.isArray(exported);
  if (isPlain) return { file, machines: exported as Readonly<Record<string, unknown>> };
  throw wrongUsage(`${shortPath(file)} has no models: its default export is no object.`, [
    "  Export them by address: export default { 'main/team/desk': modelOptions(machine, { … }) };",
  ]);
}

/** The default export of a file beside a topology. @throws CommandError (2) when it can't be loaded. */
export async function loadDefault(file: string, testing: Testing): Promise<unknown> {
  const { createJiti } = await import('jiti');
  const own = { troupe, 'troupe/machines': machines, 'troupe/testing': testing };
  const jiti = createJiti(file, { fsCache: false, interopDefault: false, virtualModules: withXState(file, own) });
  try {
    const loaded = await jiti.import<{ readonly default?: unknown }>(file);
    return loaded.default;
  } catch (error) {
    throw wrongUsage(
      `${shortPath(file)} can't be loaded: ${printable(describeError(error), 2_000)}`,
      placeLines(error),
    );
  }
}

/** XState is ours only where the user's folder has none. */
function withXState(file: string, own: Record<string, unknown>): Record<string, unknown> {
  try {
    createRequire(file).resolve('xstate');
    return own;
  } catch {
    return { ...own, xstate };
  }
}
