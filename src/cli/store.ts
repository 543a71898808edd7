// The commands of `troupe store` that only look: ls, history, show, diff, verify. They open the store to read and
// are safe beside a runtime that writes to it; what they see is what had been committed at that moment.

import { printable } from '../base/printable.ts';
import { diffOf } from '../store/state/diff.ts';
import { type OpenedStore, type OpenReport, openStore } from '../store/opening/open.ts';
import type { Store, StoredRecord } from '../store/port.ts';
import { CommandError, exitStatus, type ExitStatus } from './command-error.ts';
import { meantKey, noSuchVersion } from './store-key.ts';
import { answer, performed, shownSize, shownTime, shownValue, table } from './store-print.ts';
import type { Terminal } from './terminal.ts';

/** The option that every command of `troupe store` has. */
export interface JsonOption {
  readonly json?: boolean;
}

/** Options of `troupe store ls`. */
export interface ListOptions extends JsonOption {
  readonly after?: string;
  readonly limit: number;
}

/** Options of `troupe store show`. */
export interface ShowOptions extends JsonOption {
  readonly version?: number;
}

/** Options of `troupe store prune`. */
export interface PruneOptions extends JsonOption {
  readonly versions?: number;
  readonly olderThan?: number;
}

/** Opens a store to look, does something with it, closes it. */
export async function looked(
  dir: string,
  options: JsonOption,
  terminal: Terminal,
  work: (opened: OpenedStore) => ExitStatus | Promise<ExitStatus>,
): Promise<ExitStatus> {
  return performed(terminal, options, async () => {
    const opened = await openStore(dir, { readOnly: true });
    try {
      noteState(opened.report, terminal);
      return await work(opened);
    } finally {
      await opened.close();
    }
  });
}

function noteState({ state }: OpenReport, { note }: Terminal): void {
  if (state === 'unclean')
    note('The process that had this store has died; the next runtime that opens it recovers what it was doing.');
}

/** `troupe store ls`. */
export async function listKeys(
  dir: string,
  prefix: string,
  options: ListOptions,
  terminal: Terminal,
): Promise<ExitStatus> {
  return looked(dir, options, terminal, async ({ store }) => {
    const keys: { key: string; version: number; at: number; bytes: number; versions: number }[] = [];
    let more = false;
    for (const key of store.keys(prefix, options.after)) {
      more = keys.length === options.limit;
      if (more) break;
      const kept = store.history(key);
      const { version = 0, at = 0, bytes = 0 } = kept[0] ?? {};
      keys.push({ key, version, at, bytes, versions: kept.length });
    }
    const columns = [
      { head: 'KEY' },
      { head: 'VERSION', isNumber: true },
      { head: 'KEPT', isNumber: true },
      { head: 'SIZE', isNumber: true },
      { head: 'WRITTEN' },
    ];
    const rows = keys.map(({ key, version, at, bytes, versions }) => [
      key,
      String(version),
      String(versions),
      shownSize(bytes),
      shownTime(at),
    ]);
    await answer(terminal, options, { keys, more }, () => (rows.length === 0 ? '' : table(columns, rows, terminal)));
    if (options.json === true) return exitStatus.done;
    if (rows.length === 0)
      terminal.note(prefix === '' ? 'The store is empty.' : `No key begins with '${printable(prefix)}'.`);
    if (more) terminal.note(`There are more: go on with --after '${printable(keys.at(-1)?.key ?? '')}'.`);
    return exitStatus.done;
  });
}

/** `troupe store history`. */
export async function showHistory(
  dir: string,
  typed: string,
  options: JsonOption,
  terminal: Terminal,
): Promise<ExitStatus> {
  return looked(dir, options, terminal, async ({ store }) => {
    const key = meantKey(store, typed);
    const versions = store.history(key);
    const columns = [
      { head: 'VERSION', isNumber: true },
      { head: 'WRITTEN' },
      { head: 'SIZE', isNumber: true },
      { head: 'SCHEMA', isNumber: true },
    ];
    const rows = versions.map(({ version, at, bytes, schema }) => [
      String(version),
      shownTime(at),
      shownSize(bytes),
      String(schema),
    ]);
    await answer(terminal, options, { key, versions }, () => `${printable(key)}\n\n${table(columns, rows, terminal)}`);
    return exitStatus.done;
  });
}

/** `troupe store show`. */
export async function showKey(
  dir: string,
  typed: string,
  options: ShowOptions,
  terminal: Terminal,
): Promise<ExitStatus> {
  return looked(dir, options, terminal, async ({ store }) => {
    const key = meantKey(store, typed);
    const record = recordOf(store, key, options.version);
    const { version, at, schema, value } = record;
    await answer(
      terminal,
      options,
      { key, version, at, schema, value },
      () =>
        `${printable(key)}, version ${version}, written ${shownTime(at)}${schema === 0 ? '' : `, schema ${schema}`}\n\n${shownValue(value, terminal, { oneLine: false })}\n`,
    );
    return exitStatus.done;
  });
}

/** `troupe store diff`. */
export async function showDiff(
  dir: string,
  typed: string,
  [before, after]: readonly [number, number],
  options: JsonOption,
  terminal: Terminal,
): Promise<ExitStatus> {
  return looked(dir, options, terminal, async ({ store }) => {
    const key = meantKey(store, typed);
    const { entries, more } = diffOf(recordOf(store, key, before).value, recordOf(store, key, after).value);
    const rows = entries.map((entry) => [
      entry.path === '' ? '(all)' : entry.path,
      'before' in entry ? shownValue(entry.before, terminal, { oneLine: true }) : '',
      'after' in entry ? shownValue(entry.after, terminal, { oneLine: true }) : '',
    ]);
    const columns = [{ head: 'PATH' }, { head: `VERSION ${before}` }, { head: `VERSION ${after}` }];
    const document = { key, before, after, entries, more };
    await answer(terminal, options, document, () => (rows.length === 0 ? '' : table(columns, rows, terminal)));
    if (options.json === true) return exitStatus.done;
    if (rows.length === 0) terminal.note(`Versions ${before} and ${after} of '${printable(key)}' hold the same.`);
    if (more > 0) terminal.note(`${more} more places differ.`);
    return exitStatus.done;
  });
}

/** A version of a key; the current one where none is named. */
function recordOf(store: Store, key: string, version: number | undefined): StoredRecord {
  const record = version === undefined ? store.get(key) : store.at(key, version);
  if (record !== undefined) return record;
  if (version !== undefined) throw noSuchVersion(store, key, version);
  throw new CommandError(exitStatus.failed, `'${printable(key)}' has been deleted.`, [
    `  Its versions: troupe store history <dir> ${printable(key)}`,
  ]);
}

/** `troupe store verify`. */
export async function verifyStore(dir: string, options: JsonOption, terminal: Terminal): Promise<ExitStatus> {
  return looked(dir, options, terminal, async ({ store, report }) => {
    const { checked, damaged, damage } = await store.verify();
    const { keys, versions, blobs, file_bytes, used_bytes } = store.stats();
    const document = {
      whole: damaged === 0,
      state: report.state,
      checked,
      damaged,
      damage,
      keys,
      versions,
      blobs,
      fileBytes: file_bytes,
      usedBytes: used_bytes,
    };
    await answer(terminal, options, document, () =>
      damaged === 0
        ? `Whole: ${checked} records checked, ${keys} keys, ${versions} versions, ${shownSize(used_bytes)} in use of ${shownSize(file_bytes)}.\n`
        : table(
            [{ head: 'KEY' }, { head: 'DAMAGED' }, { head: 'SERVED INSTEAD' }, { head: 'PROBLEM' }],
            damage.map(({ key, version, served, problem }) => [
              key,
              version === undefined ? 'not known' : `version ${version}`,
              served === undefined ? 'nothing' : `version ${served}`,
              problem,
            ]),
            terminal,
          ),
    );
    if (damaged === 0) return exitStatus.done;
    terminal.note(
      `${terminal.colours.red('troupe:')} ${damaged} of ${checked} records ${damaged === 1 ? 'is' : 'are'} damaged.`,
      '  What has an older version is served from it. For the rest, restore a backup.',
    );
    return exitStatus.failed;
  });
}
