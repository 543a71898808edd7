// Measures one source file: lines, decisions, functions, markers and the hashes that find duplicates. The scanner
// reads every language by the same table and never throws on content; only a missing file or an abort rejects.

import { open } from 'node:fs/promises';
import { isAbsolute, join, normalize, sep } from 'node:path';

import type { Abortable } from './abortable.ts';
import { classify, keepKinds, Kind } from './classify.ts';
import { findFunctions } from './functions.ts';
import { type Language, languageOf } from './languages.ts';
import { auditLimits } from './limits.ts';
import type { Block, Marker, SourceMetrics } from './schemas.ts';

const markerPattern = /\b(TODO|FIXME|HACK|XXX)\b/;
const markerKinds = ['TODO', 'FIXME', 'HACK', 'XXX'] as const;
/** Lines that are alike in all files of a language and say nothing about copied code. */
const boilerplate =
  /^(?:import|export \*|export \{|from|use|using|package|namespace|#include|require|const \w+ = require)\b|^[^\w]*$/;

/** A docstring is documentation, though the language calls it a string. */
function docstringsAsComments(text: string, kinds: Uint8Array): void {
  for (const match of text.matchAll(/^[ \t]*[rRuU]?("""|''')/gm)) {
    const start = match.index + match[0].length - 3;
    if (kinds[start] !== Kind.text || kinds[start - 1] === Kind.text) continue;
    const before = text.slice(Math.max(0, match.index - 200), match.index).trimEnd();
    if (/[=(,[{+%\\]$/.test(before)) continue;
    let end = start;
    while (kinds[end] === Kind.text) end += 1;
    kinds.fill(Kind.comment, start, end);
  }
}

function findMarkers(commentLines: readonly string[]): Marker[] {
  const markers: Marker[] = [];
  for (const [index, line] of commentLines.entries()) {
    const match = markerPattern.exec(line);
    const kind = markerKinds.find((each) => each === match?.[1]);
    if (match === null || kind === undefined) continue;
    const text = line
      .slice(match.index + kind.length)
      .replace(/^[\s:([\]\-–—]+|\s*(?:\*\/|-->)\s*$/g, '')
      .trim()
      .slice(0, auditLimits.markerText_chars)
      .replace(/[\ud800-\udbff]$/, ''); // half of a pair that the cut split
    markers.push({ kind, line: index + 1, text });
    if (markers.length === auditLimits.markersPerFile) break;
  }
  return markers;
}

/** A 53-bit hash (cyrb53, public domain): wide enough for millions of windows, and a number in JSON. */
export function hashOf(text: string): number {
  let high = 0xdeadbeef;
  let low = 0x41c6ce57;
  for (let at = 0; at < text.length; at += 1) {
    const code = text.charCodeAt(at);
    high = Math.imul(high ^ code, 2_654_435_761);
    low = Math.imul(low ^ code, 1_597_334_677);
  }
  high = Math.imul(high ^ (high >>> 16), 2_246_822_507) ^ Math.imul(low ^ (low >>> 13), 3_266_489_909);
  low = Math.imul(low ^ (low >>> 16), 2_246_822_507) ^ Math.imul(high ^ (high >>> 13), 3_266_489_909);
  return 4_294_967_296 * (2_097_151 & low) + (high >>> 0);
}

function findBlocks(withoutComments: readonly string[]): Block[] {
  const lines: { readonly text: string; readonly line: number }[] = [];
  for (const [index, line] of withoutComments.entries()) {
    const text = line.trim().replace(/\s+/g, ' ');
    if (!boilerplate.test(text)) lines.push({ text, line: index + 1 });
  }
  const blocks: Block[] = [];
  const size = auditLimits.blockWindow_lines;
  for (let at = 0; at + size <= lines.length && blocks.length < auditLimits.blocksPerFile; at += 1) {
    const window = lines.slice(at, at + size);
    const line = window[0]?.line ?? 1;
    blocks.push({
      hash: hashOf(window.map(({ text }) => text).join('\n')),
      line,
      endLine: window.at(-1)?.line ?? line,
    });
  }
  return blocks;
}

function countDecisions(code: string, language: Language): number {
  return code.match(language.decisions)?.length ?? 0;
}

/** Measures a text as the content of `path`. Pure; never throws. */
export function measureText(path: string, source: string): SourceMetrics {
  const text = source.replace(/^\ufeff/, '').replace(/\r\n?/g, '\n');
  const language = languageOf(path);
  const kinds = classify(text, language);
  if (language.name === 'Python') docstringsAsComments(text, kinds);
  const code = keepKinds(text, kinds, (kind) => kind === Kind.code);
  const codeAndText = keepKinds(text, kinds, (kind) => kind !== Kind.comment).split('\n');
  const comments = keepKinds(text, kinds, (kind) => kind === Kind.comment).split('\n');
  const rows = text === '' ? [] : text.split('\n');
  if (rows.at(-1) === '') rows.pop();
  let codeLines = 0;
  let commentLines = 0;
  for (const index of rows.keys()) {
    if (codeAndText[index]?.trim() !== '') codeLines += 1;
    else if (comments[index]?.trim() !== '') commentLines += 1;
  }
  const functions = findFunctions(code, language);
  const longFunctions = [...functions]
    .sort((a, b) => b.lines - a.lines || a.line - b.line)
    .slice(0, auditLimits.longFunctionsPerFile);
  const longest = longFunctions[0];
  return {
    path,
    language: language.name,
    bytes: Buffer.byteLength(source),
    lines: rows.length,
    codeLines,
    commentLines,
    blankLines: rows.length - codeLines - commentLines,
    complexity: countDecisions(code, language),
    functions: functions.length,
    ...(longest === undefined ? {} : { longestFunction: longest }),
    longFunctions,
    markers: findMarkers(comments),
    blocks: findBlocks(codeAndText),
  };
}

/**
 * Measures one file of a folder; of a file larger than `auditLimits.fileSize_bytes`, its beginning.
 *
 * @throws RangeError when `path` leads out of the folder.
 * @throws the file system's error when the file cannot be read.
 * @example
 * const metrics = await measureFile('/srv/project', 'src/index.ts', { signal });
 */
export async function measureFile(folder: string, path: string, { signal }: Abortable = {}): Promise<SourceMetrics> {
  signal?.throwIfAborted();
  const inside = normalize(path);
  if (isAbsolute(inside) || inside === '..' || inside.startsWith(`..${sep}`)) {
    throw new RangeError(
      `the path ${JSON.stringify(path)} leads out of the folder; give a path inside it, as listSources does`,
    );
  }
  const handle = await open(join(folder, inside), 'r');
  try {
    const { size } = await handle.stat();
    const content = Buffer.alloc(Math.min(size, auditLimits.fileSize_bytes));
    let filled = 0;
    while (filled < content.length) {
      signal?.throwIfAborted();
      const { bytesRead } = await handle.read(content, filled, content.length - filled, filled);
      if (bytesRead === 0) break;
      filled += bytesRead;
    }
    signal?.throwIfAborted();
    return { ...measureText(path, content.toString('utf8', 0, filled)), bytes: size };
  } finally {
    await handle.close();
  }
}
