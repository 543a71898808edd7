// The commands of `troupe store` that write: rollback, prune and compact, which need the store for themselves, and
// backup, which writes elsewhere and may run beside a runtime.

import { limits } from '../base/limits.ts';
import { printable } from '../base/printable.ts';
import { actorPrefix, wakefulMark } from '../kernel/recovery/actor-keys.ts';
import type { PruneOrder } from '../store/admin.ts';
import { type OpenedStore, openStore } from '../store/opening/open.ts';
import { backupStore } from '../store/opening/open-backup.ts';
import { compactStore } from '../store/opening/open-compact.ts';
import { existingStore } from '../store/opening/open-path.ts';
import { exitStatus, type ExitStatus, wrongUsage } from './command-error.ts';
import { type JsonOption, looked, type PruneOptions } from './store.ts';
import { meantKey, noSuchVersion } from './store-key.ts';
import { answer, performed, shownSize } from './store-print.ts';
import type { Terminal } from './terminal.ts';

/** Opens a store that is there to write to it, does something with it, closes it. */
async function changed(
  dir: string,
  options: JsonOption,
  terminal: Terminal,
  work: (opened: OpenedStore) => Promise<ExitStatus>,
): Promise<ExitStatus> {
  return performed(terminal, options, async () => {
    await existingStore(dir); // a command makes no store where there is none
    const opened = await openStore(dir, {
      onWarning: (warning) => {
        if (warning.type === 'disk.low') terminal.note(`Only ${shownSize(warning.free_bytes)} are left on the disk.`);
      },
    });
    try {
      return await work(opened);
    } finally {
      await opened.close();
    }
  });
}

/** `troupe store rollback`. */
export async function rollBack(
  dir: string,
  typed: string,
  to: number,
  options: JsonOption,
  terminal: Terminal,
): Promise<ExitStatus> {
  return changed(dir, options, terminal, async ({ store }) => {
    const key = meantKey(store, typed);
    const record = store.at(key, to);
    if (record === undefined) throw noSuchVersion(store, key, to);
    const { value, schema } = record;
    const kept = store.history(key).length + 1;
    const keep = Math.min(Math.max(kept, limits.store.versions_count), limits.store.versionsMax_count);
    const version = store.version(key) + 1;
    const write = { key, value, schema, keep, expectedVersion: version - 1 };
    // What an actor goes on with is in its state, so the next start has to look at it.
    const marks = key.startsWith(actorPrefix) ? [wakefulMark(key.slice(actorPrefix.length))] : [];
    await store.commit([write, ...marks]);
    await answer(
      terminal,
      options,
      { key, from: to, version },
      () => `${printable(key)} is at version ${version}, which holds what version ${to} held.\n`,
    );
    return exitStatus.done;
  });
}

/** `troupe store prune`. */
export async function pruneStore(dir: string, options: PruneOptions, terminal: Terminal): Promise<ExitStatus> {
  const { versions, olderThan } = options;
  if (versions === undefined && olderThan === undefined)
    throw wrongUsage('say what is to go.', [
      '  Give --versions 3 to keep three of each key, --older-than 24h to forget by age, or both.',
      '  See troupe store prune --help.',
    ]);
  const order: PruneOrder = {
    ...(versions === undefined ? {} : { versions }),
    ...(olderThan === undefined ? {} : { olderThanMs: olderThan }),
  };
  return changed(dir, options, terminal, async ({ store }) => {
    const report = await store.prune(order);
    const { keys, freed_bytes } = report;
    const document = { keys, versions: report.versions, freedBytes: freed_bytes };
    await answer(
      terminal,
      options,
      document,
      () =>
        `${report.versions} versions of ${keys} keys are gone, ${shownSize(freed_bytes)} less in use. Give the room back to the disk with troupe store compact.\n`,
    );
    return exitStatus.done;
  });
}

/** `troupe store compact`. */
export async function compact(dir: string, options: JsonOption, terminal: Terminal): Promise<ExitStatus> {
  return performed(terminal, options, async () => {
    const { before_bytes, after_bytes } = await compactStore(dir);
    await answer(
      terminal,
      options,
      { beforeBytes: before_bytes, afterBytes: after_bytes },
      () => `The data file has ${shownSize(after_bytes)}; it had ${shownSize(before_bytes)}.\n`,
    );
    return exitStatus.done;
  });
}

/** `troupe store backup`. */
export async function backUp(
  dir: string,
  target: string,
  options: JsonOption,
  terminal: Terminal,
): Promise<ExitStatus> {
  return looked(dir, options, terminal, async (opened) => {
    const { path, bytes } = await backupStore(opened, target);
    await answer(terminal, options, { path, bytes }, () => `${path} is a copy of the store, ${shownSize(bytes)}.\n`);
    return exitStatus.done;
  });
}
