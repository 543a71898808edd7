// Measurements of a large folder are larger than a message may be, so they lie in files of a scratch folder and the
// tasks pass each other the names (the "claim check" of messaging). A retried task writes the same file again.

import { mkdir, mkdtemp, open, readdir, readFile, rename, rm, stat } from 'node:fs/promises';
import { basename, join } from 'node:path';

import { z } from 'zod';

import type { Abortable } from './abortable.ts';
import { AuditReport, History, SourceMetrics } from './schemas.ts';

const prefix = '.parts-';
/** Scratch folders that a run which failed has left behind are removed once they are this old. */
const abandoned_ms = 3_600_000;

/** The blocks of one file, kept apart from its figures because only the search for duplicates wants them. */
const BlocksOf = SourceMetrics.pick({ path: true, blocks: true });
type BlocksOf = z.infer<typeof BlocksOf>;

/** Makes an empty scratch folder in `outDir`, which is made where it does not exist. */
export async function makeScratch(outDir: string, nowMs: number): Promise<string> {
  await mkdir(outDir, { recursive: true });
  for (const name of await readdir(outDir)) {
    if (!name.startsWith(prefix)) continue;
    const found = await stat(join(outDir, name)).catch(() => undefined);
    if (found !== undefined && nowMs - found.mtimeMs > abandoned_ms) await removeScratch(join(outDir, name));
  }
  return mkdtemp(join(outDir, prefix));
}

/** Removes a scratch folder and everything in it. */
export async function removeScratch(scratch: string): Promise<void> {
  if (!basename(scratch).startsWith(prefix))
    throw new RangeError(`${scratch} is no scratch folder; give what makeScratch returned`);
  await rm(scratch, { recursive: true, force: true });
}

/** Writes a part whole or not at all. */
async function writePart(scratch: string, name: string, content: unknown): Promise<void> {
  const aside = join(scratch, `${name}.new`);
  const file = await open(aside, 'w');
  try {
    await file.writeFile(JSON.stringify(content));
  } finally {
    await file.close();
  }
  await rename(aside, join(scratch, name));
}

async function readPart<Content>(scratch: string, name: string, schema: z.ZodType<Content>): Promise<Content> {
  return schema.parse(JSON.parse(await readFile(join(scratch, name), 'utf8')));
}

/** What was measured, batch after batch. */
export function readMetrics(
  scratch: string,
  batches: readonly number[],
  options: Abortable = {},
): Promise<SourceMetrics[]> {
  return readBatches(scratch, batches, { partOf: metricsPart, schema: SourceMetrics, ...options });
}

/** The blocks of what was measured, batch after batch. */
export function readBlocks(scratch: string, batches: readonly number[], options: Abortable = {}): Promise<BlocksOf[]> {
  return readBatches(scratch, batches, { partOf: blocksPart, schema: BlocksOf, ...options });
}

interface BatchesOf<Item> extends Abortable {
  readonly partOf: (batch: number) => string;
  readonly schema: z.ZodType<Item>;
}

async function readBatches<Item>(
  scratch: string,
  batches: readonly number[],
  { partOf, schema, signal }: BatchesOf<Item>,
): Promise<Item[]> {
  const items: Item[] = [];
  const list = z.array(schema);
  for (const batch of batches) {
    signal?.throwIfAborted();
    for (const item of await readPart(scratch, partOf(batch), list)) items.push(item);
  }
  return items;
}

/** Keeps what was measured of one batch: figures and blocks in files of their own. */
export async function writeMetrics(scratch: string, batch: number, metrics: readonly SourceMetrics[]): Promise<void> {
  await writePart(
    scratch,
    blocksPart(batch),
    metrics.map(({ path, blocks }): BlocksOf => ({ path, blocks })),
  );
  await writePart(
    scratch,
    metricsPart(batch),
    metrics.map((file): SourceMetrics => ({ ...file, blocks: [] })),
  );
}

/** Keeps what git knows of the folder. */
export async function writeHistory(scratch: string, history: History): Promise<void> {
  await writePart(scratch, historyPart, history);
}

/** What git knew of the folder. */
export function readHistoryPart(scratch: string): Promise<History> {
  return readPart(scratch, historyPart, History);
}

/** Keeps the finished report until it is written in all its forms. */
export async function writeReportPart(scratch: string, report: AuditReport): Promise<void> {
  await writePart(scratch, reportPart, report);
}

/** The finished report. */
export function readReportPart(scratch: string): Promise<AuditReport> {
  return readPart(scratch, reportPart, AuditReport);
}

const historyPart = 'history.json';
const reportPart = 'report.json';

function metricsPart(batch: number): string {
  return `metrics-${batch}.json`;
}

function blocksPart(batch: number): string {
  return `blocks-${batch}.json`;
}
