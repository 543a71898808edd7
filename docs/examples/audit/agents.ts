// The agents of the audit: each one task type, with schemas for what goes in and what comes out. The work itself is in
// the files beside this one and knows nothing of agents.

import { relative, resolve, sep } from 'node:path';

import { agent } from 'troupe';
import { z } from 'zod';

import { findDuplicates } from './duplicates.ts';
import { readHistory } from './history.ts';
import { findHotSpots } from './hot-spots.ts';
import { auditLimits } from './limits.ts';
import { surveySources } from './list-sources.ts';
import { measureFile } from './measure.ts';
import {
  makeScratch,
  readBlocks,
  readHistoryPart,
  readMetrics,
  readReportPart,
  removeScratch,
  writeHistory,
  writeMetrics,
  writeReportPart,
} from './parts.ts';
import { Duplicates, HotSpots, type SourceMetrics, Totals } from './schemas.ts';
import { summarise } from './summarise.ts';
import { writeReport } from './write-report.ts';

const count = z.number().int().nonnegative();
const Notes = z.array(z.string());
const Batches = z.array(count);

/** A folder to measure in batches, and the scratch folder for what is found. */
export const Survey = z.object({
  scratch: z.string(),
  /** ISO date and time: taken once, so that an audit that was interrupted ends with the report it began. */
  at: z.iso.datetime(),
  files: count,
  batches: z.array(z.object({ batch: count, paths: z.array(z.string()) })),
  notes: Notes,
});

/** What became of a batch; its measurements lie in the scratch folder. */
export const Measured = z.object({ batch: count, files: count, notes: Notes });

/** The figures to tell people at the end. */
export const KeyFigures = Totals.extend({
  languages: z.array(z.string()),
  duplicatedLines: count,
  longestFunction: z.string().optional(),
  hotSpots: z.array(z.string()),
  notes: Notes,
});

/** Where the report was written. */
export const Report = z.object({ json: z.string(), markdown: z.string(), html: z.string() });

/** One file a task in a small folder, so that each is seen; never so many tasks that they cost more than the work. */
const mostBatches_count = 500;
const mostUnread_count = 20;

/** Lists the files, without those of an earlier report. */
export const survey = agent({
  input: z.object({ dir: z.string(), out: z.string() }),
  output: Survey,
  run: async ({ input: { dir, out } }, { signal }) => {
    const found = await surveySources(dir, { signal });
    const inside = relative(resolve(dir), resolve(out)).split(sep).join('/');
    const paths =
      inside.startsWith('..') || inside === ''
        ? found.paths
        : found.paths.filter((path) => !path.startsWith(`${inside}/`));
    const size = Math.max(1, Math.ceil(paths.length / mostBatches_count));
    const batches = Array.from({ length: Math.ceil(paths.length / size) }, (_, batch) => ({
      batch,
      paths: paths.slice(batch * size, (batch + 1) * size),
    }));
    const now = new Date();
    const scratch = await makeScratch(out, now.getTime());
    return { scratch, at: now.toISOString(), files: paths.length, batches, notes: found.notes };
  },
});

/** Measures a batch of files. A file that has vanished or can't be read is a note. */
export const measure = agent({
  instances: 4,
  retries: { limit: 2, backoff: { initial: '200ms' } },
  input: z.object({ dir: z.string(), scratch: z.string(), batch: count, paths: z.array(z.string()) }),
  output: Measured,
  run: async ({ input: { dir, scratch, batch, paths } }, { signal }) => {
    const metrics: SourceMetrics[] = [];
    const notes: string[] = [];
    for (const path of paths) {
      try {
        metrics.push(await measureFile(dir, path, { signal }));
      } catch (error) {
        signal.throwIfAborted();
        notes.push(
          `${path} could not be read: ${error instanceof Error ? ((error as NodeJS.ErrnoException).code ?? error.message) : 'unknown'}.`,
        );
      }
    }
    await writeMetrics(scratch, batch, metrics);
    return { batch, files: metrics.length, notes };
  },
});

/** Reads what git knows; without git there is nothing to know. */
export const history = agent({
  timeout: '2m',
  input: z.object({ dir: z.string(), scratch: z.string() }),
  output: z.object({ isKnown: z.boolean() }),
  run: async ({ input: { dir, scratch } }, { signal }) => {
    const known = await readHistory(dir, { signal });
    if (known !== undefined) await writeHistory(scratch, known);
    return { isKnown: known !== undefined };
  },
});

/** Looks for code that exists more than once. */
export const duplicates = agent({
  input: z.object({ scratch: z.string(), batches: Batches }),
  output: z.object({ found: Duplicates, notes: Notes }),
  run: async ({ input: { scratch, batches } }, { signal }) => {
    const files = await readBlocks(scratch, batches, { signal });
    const cut = files.filter(({ blocks }) => blocks.length === auditLimits.blocksPerFile).length;
    const note = `Duplicates were searched in the first ${auditLimits.blocksPerFile} blocks of ${cut} very long ${cut === 1 ? 'file' : 'files'}.`;
    return { found: findDuplicates(files), notes: cut > 0 ? [note] : [] };
  },
});

/** Finds the files to look at first. */
export const hotSpots = agent({
  input: z.object({ scratch: z.string(), batches: Batches, isHistoryKnown: z.boolean() }),
  output: HotSpots,
  run: async ({ input: { scratch, batches, isHistoryKnown } }, { signal }) => {
    const metrics = await readMetrics(scratch, batches, { signal });
    return findHotSpots(metrics, isHistoryKnown ? await readHistoryPart(scratch) : undefined);
  },
});

/** Makes the one report that all its forms are written from. */
export const summary = agent({
  input: z.object({
    title: z.string(),
    generatedAt: z.string(),
    scratch: z.string(),
    batches: Batches,
    isHistoryKnown: z.boolean(),
    duplicates: Duplicates,
    hotSpots: HotSpots,
    notes: Notes,
  }),
  output: KeyFigures,
  run: async ({ input: { scratch, batches, isHistoryKnown, ...findings } }, { signal }) => {
    const metrics = await readMetrics(scratch, batches, { signal });
    const report = summarise({
      ...findings,
      metrics,
      history: isHistoryKnown ? await readHistoryPart(scratch) : undefined,
    });
    await writeReportPart(scratch, report);
    const [longest] = report.longestFunctions;
    return {
      ...report.totals,
      languages: report.languages.map(({ language }) => language),
      duplicatedLines: report.duplicates.duplicatedLines,
      ...(longest === undefined
        ? {}
        : { longestFunction: `${longest.name} (${longest.lines} lines) in ${longest.path}:${longest.line}` }),
      hotSpots: report.hotSpots.spots.slice(0, 5).map(({ path }) => path),
      notes: report.notes,
    };
  },
});

/** Writes the report as JSON, Markdown and a page, and clears the scratch folder away. */
export const report = agent({
  retries: { limit: 1, backoff: { initial: '500ms' } },
  input: z.object({ scratch: z.string(), out: z.string() }),
  output: Report,
  run: async ({ input: { scratch, out } }, ctx) => {
    const { signal } = ctx;
    // A step that is done is not done again, so an attempt that comes after it needs no scratch folder any more.
    const written = await ctx.step('written', async () =>
      writeReport(await readReportPart(scratch), resolve(out), { signal }),
    );
    await removeScratch(scratch);
    return written;
  },
});

/** The notes of all batches, cut where they would go on for ever. */
export function unreadNotes(measured: readonly z.infer<typeof Measured>[]): string[] {
  const notes = measured.flatMap((batch) => batch.notes);
  const rest = notes.length - mostUnread_count;
  return rest > 0 ? [...notes.slice(0, mostUnread_count), `${rest} more files could not be read.`] : notes;
}
