// Writes the three forms of the report. Each is written aside, synced and renamed into place, so that a reader sees
// the old file or the new one and never half of one, and an aborted run leaves nothing behind.

import { mkdir, mkdtemp, open, rename, rm } from 'node:fs/promises';
import { join } from 'node:path';

import type { Abortable } from './abortable.ts';
import { renderHtml } from './render-html.ts';
import { renderMarkdown } from './render-markdown.ts';
import type { AuditReport } from './schemas.ts';

/** Where the report was written. */
export interface ReportPaths {
  readonly json: string;
  readonly markdown: string;
  readonly html: string;
}

async function writeSynced(path: string, content: string): Promise<void> {
  const handle = await open(path, 'w');
  try {
    await handle.writeFile(content);
    await handle.sync();
  } finally {
    await handle.close();
  }
}

/**
 * Writes report.json, report.md and report.html into `outDir`, which is made where it does not exist.
 *
 * Rejects with the file system's error, or when aborted before the first file is in place.
 */
export async function writeReport(
  report: AuditReport,
  outDir: string,
  { signal }: Abortable = {},
): Promise<ReportPaths> {
  signal?.throwIfAborted();
  const contents = {
    'report.json': `${JSON.stringify(report, null, 2)}\n`,
    'report.md': renderMarkdown(report),
    'report.html': renderHtml(report),
  };
  await mkdir(outDir, { recursive: true });
  const aside = await mkdtemp(join(outDir, '.report-'));
  try {
    for (const [name, content] of Object.entries(contents)) {
      signal?.throwIfAborted();
      await writeSynced(join(aside, name), content);
    }
    signal?.throwIfAborted();
    for (const name of Object.keys(contents)) await rename(join(aside, name), join(outDir, name));
  } finally {
    await rm(aside, { recursive: true, force: true });
  }
  return { json: join(outDir, 'report.json'), markdown: join(outDir, 'report.md'), html: join(outDir, 'report.html') };
}
