// The shapes that travel between the audit's agents and into report.json. Each is a schema first and a type second, so
// that the topology checks what an agent returns with the same definition the renderers compile against.

import { z } from 'zod';

const count = z.number().int().nonnegative();

/** A note a developer left in a comment. */
export const Marker = z.object({
  kind: z.enum(['TODO', 'FIXME', 'HACK', 'XXX']),
  line: count,
  text: z.string(),
});
export type Marker = z.infer<typeof Marker>;

/** A function with the lines of its own, functions inside it not counted. */
export const FunctionSpan = z.object({ name: z.string(), line: count, lines: count });
export type FunctionSpan = z.infer<typeof FunctionSpan>;

/** A window of normalised code lines: its hash and where it lies. */
export const Block = z.object({ hash: count, line: count, endLine: count });
export type Block = z.infer<typeof Block>;

/** What is measured in one file. */
export const SourceMetrics = z.object({
  path: z.string(),
  language: z.string(),
  bytes: count,
  lines: count,
  codeLines: count,
  commentLines: count,
  blankLines: count,
  /** Decision points: branches, loops, cases, handlers and short-circuits. A straight file has none. */
  complexity: count,
  functions: count,
  longestFunction: FunctionSpan.optional(),
  longFunctions: z.array(FunctionSpan),
  markers: z.array(Marker),
  blocks: z.array(Block),
});
export type SourceMetrics = z.infer<typeof SourceMetrics>;

/** The files to measure and what was left out. */
export const SourceSurvey = z.object({ paths: z.array(z.string()), notes: z.array(z.string()) });
export type SourceSurvey = z.infer<typeof SourceSurvey>;

/** What git knows of one file. */
export const FileHistory = z.object({
  path: z.string(),
  commits: count,
  authors: count,
  added: count,
  removed: count,
  lastChanged: z.string(),
});
export type FileHistory = z.infer<typeof FileHistory>;

/** What git knows of a folder; `complete` is false where older commits were not read. */
export const History = z.object({
  commits: count,
  since: z.string(),
  until: z.string(),
  complete: z.boolean(),
  files: z.array(FileHistory),
});
export type History = z.infer<typeof History>;

/** The same code at several places. */
export const DuplicateBlock = z.object({
  lines: count,
  occurrences: z.array(z.object({ path: z.string(), line: count, endLine: count })),
});
export type DuplicateBlock = z.infer<typeof DuplicateBlock>;

/** All duplicates, longest first, bounded; `perFile` counts the lines of each file that exist elsewhere as well. */
export const Duplicates = z.object({
  blocks: z.array(DuplicateBlock),
  leftOut: count,
  duplicatedLines: count,
  perFile: z.array(z.object({ path: z.string(), lines: count })),
});
export type Duplicates = z.infer<typeof Duplicates>;

/** A file worth looking at first. */
export const HotSpot = z.object({
  path: z.string(),
  score: z.number().min(0).max(1),
  complexity: count,
  codeLines: count,
  commits: count.optional(),
  reason: z.string(),
});
export type HotSpot = z.infer<typeof HotSpot>;

/** Hot spots and what they rest on. */
export const HotSpots = z.object({ basis: z.enum(['history', 'size']), spots: z.array(HotSpot) });
export type HotSpots = z.infer<typeof HotSpots>;

/** A file's row in the report. */
export const FileRow = z.object({
  path: z.string(),
  language: z.string(),
  bytes: count,
  lines: count,
  codeLines: count,
  commentLines: count,
  complexity: count,
  functions: count,
  longestFunction: FunctionSpan.optional(),
  markers: count,
  duplicatedLines: count,
  commits: count.optional(),
  authors: count.optional(),
  churn: count.optional(),
  lastChanged: z.string().optional(),
  score: z.number().min(0).max(1),
});
export type FileRow = z.infer<typeof FileRow>;

/** Sums over files. */
export const Totals = z.object({
  files: count,
  bytes: count,
  lines: count,
  codeLines: count,
  commentLines: count,
  blankLines: count,
  complexity: count,
  functions: count,
  markers: count,
});
export type Totals = z.infer<typeof Totals>;

/** Sums of one language. */
export const LanguageTotals = Totals.extend({ language: z.string() });
export type LanguageTotals = z.infer<typeof LanguageTotals>;

/** The finished report, as written to report.json. */
export const AuditReport = z.object({
  version: z.literal(1),
  title: z.string(),
  generatedAt: z.string(),
  totals: Totals,
  languages: z.array(LanguageTotals),
  largest: z.array(FileRow),
  mostComplex: z.array(FileRow),
  longestFunctions: z.array(FunctionSpan.extend({ path: z.string() })),
  markers: z.array(Marker.extend({ path: z.string() })),
  duplicates: Duplicates,
  hotSpots: HotSpots,
  history: History.omit({ files: true }).optional(),
  files: z.array(FileRow),
  notes: z.array(z.string()),
});
export type AuditReport = z.infer<typeof AuditReport>;
