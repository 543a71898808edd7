// What can be typed after `troupe store`: ten commands with their arguments, options and help. It says of each
// whether a runtime may have the store open meanwhile.

import { type Command, InvalidArgumentError } from 'commander';
import { limits } from '../base/limits.ts';
import type { ExitStatus } from './command-error.ts';
import { olderThanMs } from './options.ts';
import type { JsonOption, ListOptions, PruneOptions, ShowOptions } from './store.ts';
import type { Terminal } from './terminal.ts';

/** What a command needs of the program it belongs to. */
export interface StoreProgram {
  readonly terminal: Terminal;
  /** Gives a command the manners of the program. */
  readonly dressed: (command: Command) => Command;
  readonly end: (status: ExitStatus) => void;
  /** Examples, and what comes after them, as help shows them. */
  readonly examples: (lines: readonly string[]) => string;
}

/** The names of the commands. */
export const storeCommands: readonly string[] = [
  'ls',
  'history',
  'show',
  'diff',
  'rollback',
  'verify',
  'migrate',
  'prune',
  'backup',
  'compact',
];

const looks = 'Safe while a runtime has the store open: it only reads.';
const writes = 'Only while no runtime has the store open; else it is refused with STORE_LOCKED.';
const keyHelp = 'a key such as actor/main/code, or the part behind its first slash where that is enough (main/code)';
const folderHelp = 'folder of the store';

/** Adds `troupe store` and its commands. */
export function addStoreCommands(parent: Command, program: StoreProgram): void {
  parent
    .summary('look into a store and mend it')
    .description('Looks into a store on disk, and mends it.')
    .addHelpText(
      'after',
      program.examples(['store ls ./data', 'store show ./data main/code', 'store verify ./data --json']),
    );
  addLooks(parent, program);
  addHistory(parent, program);
  addMigrate(parent, program);
  addWrites(parent, program);
  addCopies(parent, program);
}

function named(parent: Command, name: string, summary: string, when: string, { dressed }: StoreProgram): Command {
  return dressed(parent.command(name))
    .summary(summary)
    .description(`${summary.charAt(0).toUpperCase()}${summary.slice(1)}. ${when}`)
    .argument('<dir>', folderHelp);
}

function addLooks(parent: Command, program: StoreProgram): void {
  const { terminal, end, examples } = program;
  named(parent, 'ls', 'list the keys, with version, time and size', looks, program)
    .argument('[prefix]', 'only keys that begin with this', '')
    .option('--after <key>', 'go on after this key')
    .option('--limit <n>', 'list at most so many', countOf, limits.store.listed_count)
    .option('--json', 'print one JSON document')
    .addHelpText('after', examples(['store ls ./data', 'store ls ./data actor/ --limit 20']))
    .action(async (dir: string, prefix: string, options: ListOptions) => {
      end(await (await import('./store.ts')).listKeys(dir, prefix, options, terminal));
    });
  named(parent, 'verify', 'read every record and check it', looks, program)
    .option('--json', 'print one JSON document')
    .addHelpText('after', examples(['store verify ./data']))
    .action(async (dir: string, options: JsonOption) => {
      end(await (await import('./store.ts')).verifyStore(dir, options, terminal));
    });
}

function addMigrate(parent: Command, program: StoreProgram): void {
  const { terminal, end, examples } = program;
  named(parent, 'migrate', 'try the migrations of a topology on what is kept; writes nothing', looks, program)
    .argument('<topology>', 'file that exports the topology')
    .option('--json', 'print one JSON document')
    .addHelpText('after', examples(['store migrate ./data topology.ts']))
    .action(async (dir: string, path: string, options: JsonOption) => {
      end(await (await import('./store-migrate.ts')).tryMigrations(dir, path, options, terminal));
    });
}

function addHistory(parent: Command, program: StoreProgram): void {
  const { terminal, end, examples } = program;
  named(parent, 'history', 'list the versions of a key that are kept', looks, program)
    .argument('<key>', keyHelp)
    .option('--json', 'print one JSON document')
    .addHelpText('after', examples(['store history ./data main/code']))
    .action(async (dir: string, key: string, options: JsonOption) => {
      end(await (await import('./store.ts')).showHistory(dir, key, options, terminal));
    });
  named(parent, 'show', 'show what a key holds', looks, program)
    .argument('<key>', keyHelp)
    .option('--version <n>', 'an older version (default: the current one)', countOf)
    .option('--json', 'print one JSON document')
    .addHelpText('after', examples(['store show ./data main/code', 'store show ./data state/prices --version 3']))
    .action(async (dir: string, key: string, options: ShowOptions) => {
      end(await (await import('./store.ts')).showKey(dir, key, options, terminal));
    });
  named(parent, 'diff', 'show what is different between two versions of a key', looks, program)
    .argument('<key>', keyHelp)
    .argument('<a>', 'the version before', countOf)
    .argument('<b>', 'the version after', countOf)
    .option('--json', 'print one JSON document')
    .addHelpText('after', examples(['store diff ./data state/prices 3 4']))
    .action(async (dir: string, key: string, a: number, b: number, options: JsonOption) => {
      end(await (await import('./store.ts')).showDiff(dir, key, [a, b], options, terminal));
    });
}

function addWrites(parent: Command, program: StoreProgram): void {
  const { terminal, end, examples } = program;
  named(parent, 'rollback', 'write what an older version held as a new version', writes, program)
    .argument('<key>', keyHelp)
    .argument('<version>', 'the version to go back to', countOf)
    .option('--json', 'print one JSON document')
    .addHelpText('after', examples(['store rollback ./data state/prices 3']))
    .action(async (dir: string, key: string, version: number, options: JsonOption) => {
      end(await (await import('./store-change.ts')).rollBack(dir, key, version, options, terminal));
    });
  named(parent, 'prune', 'forget older versions; the current ones stay', writes, program)
    .option('--versions <n>', 'keep so many of each key, the current one included', countOf)
    .option('--older-than <duration>', 'forget versions that were replaced and are older, such as 24h', olderThanMs)
    .option('--json', 'print one JSON document')
    .addHelpText('after', examples(['store prune ./data --versions 3', 'store prune ./data --older-than 24h']))
    .action(async (dir: string, options: PruneOptions) => {
      end(await (await import('./store-change.ts')).pruneStore(dir, options, terminal));
    });
  named(parent, 'compact', 'give room that is no longer used back to the disk', writes, program)
    .option('--json', 'print one JSON document')
    .addHelpText('after', examples(['store compact ./data']))
    .action(async (dir: string, options: JsonOption) => {
      end(await (await import('./store-change.ts')).compact(dir, options, terminal));
    });
}

function addCopies(parent: Command, program: StoreProgram): void {
  const { terminal, end, examples } = program;
  named(parent, 'backup', 'copy the store; the copy is a store again', looks, program)
    .argument('<target>', 'folder of the copy, empty or absent')
    .option('--json', 'print one JSON document')
    .addHelpText('after', examples(['store backup ./data ./data-monday']))
    .action(async (dir: string, target: string, options: JsonOption) => {
      end(await (await import('./store-change.ts')).backUp(dir, target, options, terminal));
    });
}

function countOf(text: string): number {
  const count = /^\d{1,15}$/.test(text) ? Number(text) : 0;
  if (count < 1) throw new InvalidArgumentError('Give a whole number of 1 or more.');
  return count;
}
