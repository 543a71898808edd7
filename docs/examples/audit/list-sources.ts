// Finds the files worth measuring. In a git checkout git says what belongs to the project; elsewhere a walk skips the
// folders that hold other people's or generated code. The answer is sorted and bounded, and says what it left out.

import { lstat, open, readdir } from 'node:fs/promises';
import { join } from 'node:path';

import type { Abortable } from './abortable.ts';
import { runGit } from './git.ts';
import { isSourcePath } from './languages.ts';
import { auditLimits } from './limits.ts';
import type { SourceSurvey } from './schemas.ts';

const skippedFolders = new Set(['node_modules', 'dist', 'build', 'vendor', 'target']);
const foreignFolders = /(?:^|\/)(?:node_modules|vendor)\//;
const minified = /\.min\.[a-z]+$/i;

type Verdict = 'source' | 'large' | 'binary' | 'not-a-file';

interface Candidates {
  readonly paths: readonly string[];
  readonly notes: readonly string[];
}

/** Order by code units: the same on every machine and in every locale. */
function byCodeUnit(a: string, b: string): number {
  return a < b ? -1 : a > b ? 1 : 0;
}

function plural(count: number, noun: string): string {
  return `${count.toLocaleString('en-US')} ${noun}${count === 1 ? '' : 's'}`;
}

async function fromGit(folder: string, options: Abortable): Promise<readonly string[] | undefined> {
  const listed = await runGit(folder, ['ls-files', '-z', '--cached', '--others', '--exclude-standard'], options);
  if (listed.type === 'unavailable') return undefined;
  // A folder that the outer checkout ignores lists nothing, and is walked like a folder without git.
  const paths = listed.text.split('\0').filter((path) => path !== '');
  return paths.length === 0 ? undefined : [...new Set(paths)];
}

async function fromWalk(folder: string, { signal }: Abortable): Promise<Candidates> {
  const paths: string[] = [];
  const notes: string[] = [];
  const waiting = [''];
  let entries = 0;
  let unreadable = 0;
  for (let at = waiting.pop(); at !== undefined; at = waiting.pop()) {
    signal?.throwIfAborted();
    const found = await readdir(join(folder, at), { withFileTypes: true }).catch((error: unknown) => {
      if (at === '') throw error;
      unreadable += 1;
      return [];
    });
    entries += found.length;
    if (entries > auditLimits.walkedEntries) {
      notes.push(`The walk stopped after ${plural(auditLimits.walkedEntries, 'directory entry').replace('entrys', 'entries')}.`);
      break;
    }
    for (const entry of found) {
      const path = at === '' ? entry.name : `${at}/${entry.name}`;
      if (entry.isFile()) paths.push(path);
      else if (entry.isDirectory() && !entry.name.startsWith('.') && !skippedFolders.has(entry.name)) waiting.push(path);
    }
  }
  if (unreadable > 0) notes.push(`${plural(unreadable, 'folder')} could not be read.`);
  return { paths, notes };
}

async function isBinary(file: string): Promise<boolean> {
  const handle = await open(file, 'r');
  try {
    const probe = new Uint8Array(auditLimits.binaryProbe_bytes);
    const { bytesRead } = await handle.read(probe, 0, probe.length, 0);
    return probe.subarray(0, bytesRead).includes(0);
  } finally {
    await handle.close();
  }
}

async function judge(folder: string, path: string): Promise<Verdict> {
  const file = join(folder, path);
  try {
    const stats = await lstat(file);
    if (!stats.isFile()) return 'not-a-file';
    if (stats.size > auditLimits.fileSize_bytes) return 'large';
    return (await isBinary(file)) ? 'binary' : 'source';
  } catch {
    // Listed, but gone, unreadable, or with a name that is not UTF-8.
    return 'not-a-file';
  }
}

function leftOutNotes(counts: Readonly<Record<Verdict, number>>, beyond: number, generated: number): string[] {
  const notes: string[] = [];
  if (counts.large > 0) notes.push(`Left out ${plural(counts.large, 'file')} larger than 1 MiB.`);
  if (counts.binary > 0) notes.push(`Left out ${plural(counts.binary, 'binary file')} with a source extension.`);
  if (counts['not-a-file'] > 0) {
    notes.push(`Left out ${plural(counts['not-a-file'], 'entry').replace('entrys', 'entries')} (links, or missing on disk).`);
  }
  if (generated > 0) notes.push(`Left out ${plural(generated, 'file')} that are minified or lie in node_modules or vendor.`);
  if (beyond > 0) {
    notes.push(`Left out ${plural(beyond, 'file')} beyond the limit of ${plural(auditLimits.sourceFiles, 'file')}.`);
  }
  return notes;
}

/**
 * Finds the source files of a folder, with notes on what was left out.
 *
 * Rejects when the folder itself cannot be read, or when aborted.
 *
 * @example
 * const { paths, notes } = await surveySources('/srv/project', { signal });
 */
export async function surveySources(folder: string, { signal }: Abortable = {}): Promise<SourceSurvey> {
  signal?.throwIfAborted();
  const tracked = await fromGit(folder, { signal });
  const candidates: Candidates = tracked === undefined ? await fromWalk(folder, { signal }) : { paths: tracked, notes: [] };
  const sources = candidates.paths.filter(isSourcePath);
  const own = sources.filter((path) => !foreignFolders.test(path) && !minified.test(path)).sort(byCodeUnit);
  const counts: Record<Verdict, number> = { source: 0, large: 0, binary: 0, 'not-a-file': 0 };
  const paths: string[] = [];
  let next = 0;
  while (next < own.length && paths.length < auditLimits.sourceFiles) {
    signal?.throwIfAborted();
    const room = Math.min(auditLimits.parallelProbes, auditLimits.sourceFiles - paths.length);
    const batch = own.slice(next, next + room);
    next += batch.length;
    const verdicts = await Promise.all(batch.map((path) => judge(folder, path)));
    for (const [index, path] of batch.entries()) {
      const verdict = verdicts[index] ?? 'not-a-file';
      counts[verdict] += 1;
      if (verdict === 'source') paths.push(path);
    }
  }
  const left = leftOutNotes(counts, own.length - next, sources.length - own.length);
  return { paths, notes: [...candidates.notes, ...left] };
}

/** The paths of `surveySources` alone: relative to the folder, with `/`, sorted. */
export async function listSources(folder: string, options: Abortable = {}): Promise<string[]> {
  return (await surveySources(folder, options)).paths;
}
