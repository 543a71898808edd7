// Loads a topology from a file, TypeScript or JavaScript, on every supported Node. `troupe` inside the file is this
// very package, also where the user's folder has no node_modules: one instance, or errors would not be recognised.
// Nothing is cached on disk: a shared folder of compiled code would be a way into other people's processes.

import { statSync } from 'node:fs';
import { createRequire } from 'node:module';
import { resolve } from 'node:path';
import * as xstate from 'xstate';
import * as machines from '../../machines/index.ts';
import { describeError } from '../base/errors.ts';
import { printable } from '../base/printable.ts';
import * as troupe from '../index.ts';
import { isTopology, type Topology } from '../topology/define.ts';
import { type CommandError, wrongUsage } from './command-error.ts';
import { placeLines, problemLines, problemsOf } from './explain.ts';
import { frameAt, type Place, placeText, shortPath } from './source-frame.ts';

const exportHint = "Export it: export default defineTopology({ name: '…', orchestrators: { … } });";

/**
 * The topology that a file exports as default or as `topology`.
 *
 * @throws CommandError (2) when there is no such file, it can't be loaded, or exports no topology; `TopologyError`
 * when what it declares is wrong.
 */
export async function loadTopology(path: string): Promise<Topology> {
  const file = resolve(path);
  checkFile(file, path);
  const { createJiti } = await import('jiti');
  const jiti = createJiti(file, { fsCache: false, interopDefault: false, virtualModules: ownModules(file) });
  let exported: unknown;
  try {
    const loaded = await jiti.import<unknown>(file);
    exported = await chosen(loaded);
    if (isTopology(exported)) return exported;
    throw notATopology(file, loaded, exported);
  } catch (error) {
    if (problemsOf(error) !== undefined) throw error;
    throw loadFailure(file, error);
  }
}

/** The message for a topology that is refused. */
export function refusal(
  path: string,
  error: unknown,
  wrong: (message: string, detail: readonly string[]) => CommandError,
): CommandError | undefined {
  const problems = problemsOf(error);
  if (problems === undefined) return undefined;
  const count = problems.length === 1 ? 'one problem' : `${problems.length} problems`;
  return wrong(`${shortPath(resolve(path))} has ${count}:`, problemLines(problems));
}

function checkFile(file: string, path: string): void {
  const stats = statSync(file, { throwIfNoEntry: false });
  if (stats === undefined) {
    throw wrongUsage(`there is no file '${printable(path)}'.`, [
      `  Looked for ${shortPath(file)}. Give the path of the file that exports the topology.`,
    ]);
  }
  if (stats.isDirectory()) {
    throw wrongUsage(`'${printable(path)}' is a folder.`, [
      '  Give the path of the file that exports the topology, for instance topology.ts in it.',
    ]);
  }
  if (!/\.[cm]?[jt]s$/.test(file)) {
    throw wrongUsage(`'${printable(path)}' is neither TypeScript nor JavaScript.`, [
      '  Give a file that ends in .ts, .mts, .cts, .js, .mjs or .cjs.',
    ]);
  }
}

/** Modules that are given rather than found. XState is ours only where the user's folder has none. */
function ownModules(file: string): Record<string, unknown> {
  const own = { troupe, 'troupe/machines': machines };
  try {
    createRequire(file).resolve('xstate');
    return own;
  } catch {
    return { ...own, xstate };
  }
}

/** `default`, or `topology`; a promise of either is awaited. */
async function chosen(loaded: unknown): Promise<unknown> {
  const exports = typeof loaded === 'object' && loaded !== null ? (loaded as Readonly<Record<string, unknown>>) : {};
  const [byDefault, named] = [await exports['default'], await exports['topology']];
  return isTopology(named) && !isTopology(byDefault) ? named : byDefault;
}

function notATopology(file: string, loaded: unknown, found: unknown): CommandError {
  const names = typeof loaded === 'object' && loaded !== null ? Object.keys(loaded) : [];
  const exports = names.length === 0 ? 'it exports nothing' : `it exports ${names.slice(0, 10).map(quoted).join(', ')}`;
  const byDefault =
    found === undefined ? 'its default export is undefined' : 'its default export was not made by defineTopology()';
  const reason = found !== undefined || names.includes('default') ? byDefault : exports;
  return wrongUsage(`${shortPath(file)} exports no topology: ${reason}.`, [`  ${exportHint}`]);
}

function quoted(name: string): string {
  return `'${printable(name, 50)}'`;
}

function loadFailure(file: string, error: unknown): CommandError {
  if (error instanceof Error && error.name === 'CommandError') return error as CommandError;
  const syntax = syntaxError(error);
  if (syntax !== undefined) return syntax;
  const missing = missingModule(error);
  if (missing !== undefined) return missing;
  const lines = placeLines(error);
  return wrongUsage(
    `${shortPath(file)} can't be loaded: ${printable(describeError(error), 2_000)}`,
    lines.length > 0 ? lines : ['  It was thrown while the file was being loaded, before any task ran.'],
  );
}

function syntaxError(error: unknown): CommandError | undefined {
  if (!(error instanceof Error)) return undefined;
  // jiti: `ParseError: Unexpected token \n /path/topology.ts:2:18`, columns from 0.
  const parsed = /^ParseError: ([^\n]*?)\s*\n\s*(.+):(\d+):(\d+)\s*$/.exec(error.message);
  if (parsed !== null) {
    const [, reason = '', at = '', line, column] = parsed;
    return brokenSyntax(reason, { file: at, line: Number(line), column: Number(column) + 1 });
  }
  if (error.name !== 'SyntaxError') return undefined;
  const native = /^(?:file:\/\/)?(\/.+):(\d+)\n/.exec(error.stack ?? '');
  return native === null
    ? undefined
    : brokenSyntax(error.message, { file: native[1] ?? '', line: Number(native[2]), column: 1 });
}

function brokenSyntax(reason: string, place: Place): CommandError {
  const message = printable(reason, 500).replace(/\.$/, '');
  return wrongUsage(
    `${placeText(place)}: syntax error: ${message}.`,
    frameAt(place).map((line) => `  ${line}`),
  );
}

function missingModule(error: unknown): CommandError | undefined {
  const { code, message } =
    error instanceof Error ? (error as NodeJS.ErrnoException) : { code: undefined, message: '' };
  if (code !== 'MODULE_NOT_FOUND' && code !== 'ERR_MODULE_NOT_FOUND') return undefined;
  const name = /^Cannot find (?:module|package) '([^']+)'/.exec(message)?.[1] ?? '';
  const from =
    (error as { requireStack?: readonly string[] }).requireStack?.[0] ??
    /imported from (?:file:\/\/)?(\S+)/.exec(message)?.[1];
  const importer = from === undefined ? 'the topology' : shortPath(from);
  const isFile = /^[./]/.test(name);
  return wrongUsage(
    `${importer} imports '${printable(name)}', which ${isFile ? 'does not exist' : 'is not installed'}.`,
    [
      isFile
        ? '  Check the path, and that it ends as the file does (.ts, .js).'
        : `  Install it there: npm install ${printable(name)}`,
    ],
  );
}
