// Reads how often and by whom each file was changed. One `git log` is parsed newest first, so that a rename is seen
// before the older name and both count for the name the file has today. Without git or commits there is no history,
// which is an answer and not a failure.

import type { Abortable } from './abortable.ts';
import { runGit } from './git.ts';
import { auditLimits } from './limits.ts';
import type { FileHistory, History } from './schemas.ts';

/** Options of `readHistory`. */
export interface HistoryOptions extends Abortable {
  /** Commits to look back; default and maximum `auditLimits.commits`, minimum 1. */
  readonly maxCommits?: number | undefined;
}

interface Tally {
  commits: number;
  readonly authors: Set<string>;
  added: number;
  removed: number;
  readonly lastChanged: string;
}

const headerMark = '\u0001';
const fieldMark = '\u001f';

/** A date of git as UTC, or undefined where it is none. */
function utc(date: string): string | undefined {
  const time = new Date(date);
  return Number.isNaN(time.getTime()) ? undefined : time.toISOString();
}

function counted(text: string | undefined): number {
  const value = Number(text);
  return Number.isSafeInteger(value) ? value : 0; // `-` for a binary file
}

/** Parses `git log -z --numstat` with the header format of `readHistory`. Exported for tests. */
export function parseLog(text: string, maxCommits: number, truncated: boolean): History | undefined {
  const tokens = text.split('\0');
  const tallies = new Map<string, Tally>();
  const todaysName = new Map<string, string>();
  const dates: string[] = [];
  let author = '';
  let date = '';
  for (let at = 0; at < tokens.length; at += 1) {
    const token = (tokens[at] ?? '').replace(/^\n/, '');
    if (token.startsWith(headerMark)) {
      const [mail = '', when = ''] = token.slice(1).split(fieldMark);
      author = mail.trim().toLowerCase();
      date = utc(when) ?? date;
      dates.push(date);
      continue;
    }
    const numbers = /^(\d+|-)\t(\d+|-)\t([\s\S]*)$/.exec(token);
    if (numbers === null) continue;
    let path = numbers[3] ?? '';
    if (path === '') {
      const older = tokens[at + 1] ?? '';
      path = tokens[at + 2] ?? '';
      at += 2;
      todaysName.set(older, todaysName.get(path) ?? path);
    }
    const name = todaysName.get(path) ?? path;
    const tally = tallies.get(name) ?? {
      commits: 0,
      authors: new Set<string>(),
      added: 0,
      removed: 0,
      lastChanged: date,
    };
    tally.commits += 1;
    tally.authors.add(author);
    tally.added += counted(numbers[1]);
    tally.removed += counted(numbers[2]);
    tallies.set(name, tally);
  }
  const until = dates[0];
  if (until === undefined) return undefined;
  const files = [...tallies].map(([path, { authors, ...tally }]): FileHistory => ({
    path,
    ...tally,
    authors: authors.size,
  }));
  files.sort((a, b) => (a.path < b.path ? -1 : a.path > b.path ? 1 : 0));
  const since = dates.at(-1) ?? until;
  return { commits: dates.length, since, until, complete: !truncated && dates.length < maxCommits, files };
}

/**
 * Reads the history of the files in a folder, with paths relative to it.
 *
 * @returns undefined where there is no git, no repository or no commit that touches the folder.
 */
export async function readHistory(folder: string, options: HistoryOptions = {}): Promise<History | undefined> {
  const maxCommits = Math.max(1, Math.min(Math.trunc(options.maxCommits ?? auditLimits.commits), auditLimits.commits));
  const format = `--format=%x01%aE%x1f%cI`;
  const flags = ['--numstat', '--no-ext-diff', '--no-textconv', '--no-color', '--no-merges', '-M', '-z', '--relative'];
  const log = await runGit(folder, ['log', `--max-count=${maxCommits}`, format, ...flags, '--', '.'], options);
  if (log.type === 'unavailable') return undefined;
  return parseLog(log.text, maxCommits, log.truncated);
}
