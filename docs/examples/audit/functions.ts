// Finds the functions of a file and how many lines each has of its own. Functions inside a function do not count for
// the outer one: otherwise the callback around a test suite would be the longest function of every project.

import { type Extent, findBraceFunctions } from './brace-functions.ts';
import type { Language } from './languages.ts';
import type { FunctionSpan } from './schemas.ts';

/** A function with its whole extent in lines, counted from 1. */
interface LineExtent {
  readonly name: string;
  readonly line: number;
  readonly endLine: number;
}

/** The functions of a file, in the order in which they begin. */
export function findFunctions(code: string, language: Language): FunctionSpan[] {
  switch (language.blocks) {
    case 'brace':
      return ownLines(toLines(findBraceFunctions(code, language), code));
    case 'indent':
      return ownLines(indentedFunctions(code.split('\n')));
    case 'end':
      return ownLines(endedFunctions(code.split('\n')));
    case 'none':
      return [];
  }
}

function toLines(extents: readonly Extent[], code: string): LineExtent[] {
  const starts = [0];
  for (let at = code.indexOf('\n'); at !== -1; at = code.indexOf('\n', at + 1)) starts.push(at + 1);
  const lineOf = (offset: number): number => {
    let low = 0;
    let high = starts.length;
    while (high - low > 1) {
      const middle = (low + high) >> 1;
      if ((starts[middle] ?? 0) <= offset) low = middle;
      else high = middle;
    }
    return low + 1;
  };
  return extents.map(({ name, start, end }) => ({ name, line: lineOf(start), endLine: lineOf(end) }));
}

function indentOf(line: string): number {
  return /^[ \t]*/.exec(line)?.[0].replaceAll('\t', '        ').length ?? 0;
}

function indentedFunctions(lines: readonly string[]): LineExtent[] {
  const found: LineExtent[] = [];
  const open: { readonly name: string; readonly line: number; readonly indent: number }[] = [];
  let parens = 0;
  let last = 0;
  const closeTo = (indent: number): void => {
    for (let top = open.at(-1); top !== undefined && top.indent >= indent; top = open.at(-1)) {
      found.push({ name: top.name, line: top.line, endLine: last });
      open.pop();
    }
  };
  for (const [index, line] of lines.entries()) {
    if (line.trim() === '') continue;
    if (parens === 0) {
      const indent = indentOf(line);
      closeTo(indent);
      const head = /^\s*(?:async\s+)?def\s+(\w+)/.exec(line);
      if (head?.[1] !== undefined) open.push({ name: head[1], line: index + 1, indent });
    }
    for (const char of line) {
      if (char === '(' || char === '[' || char === '{') parens += 1;
      if (char === ')' || char === ']' || char === '}') parens = Math.max(0, parens - 1);
    }
    last = index + 1;
  }
  closeTo(0);
  return found;
}

/** Ruby: the `end` that closes a `def` stands under it; a `def` without one is a single line. */
function endedFunctions(lines: readonly string[]): LineExtent[] {
  const found: LineExtent[] = [];
  const open: { readonly name: string; readonly line: number; readonly indent: number }[] = [];
  for (const [index, line] of lines.entries()) {
    if (line.trim() === '') continue;
    const indent = indentOf(line);
    for (let top = open.at(-1); top !== undefined && top.indent >= indent; top = open.at(-1)) {
      const ends = top.indent === indent && /^\s*end\b/.test(line);
      found.push({ name: top.name, line: top.line, endLine: ends ? index + 1 : top.line });
      open.pop();
    }
    const head =
      /^\s*(?:(?:private|protected|public|private_class_method)\s+)?def\s+(?:self\.)?([\w?!=[\]<>+*/%-]+)/.exec(line);
    if (head?.[1] !== undefined) open.push({ name: head[1], line: index + 1, indent });
  }
  for (const { name, line } of open) found.push({ name, line, endLine: line });
  return found;
}

function ownLines(extents: readonly LineExtent[]): FunctionSpan[] {
  const sorted = [...extents].sort((a, b) => a.line - b.line || b.endLine - a.endLine);
  const spans = sorted.map(({ name, line, endLine }) => ({ name, line, endLine, lines: endLine - line + 1 }));
  const outer: { endLine: number; lines: number }[] = [];
  for (const span of spans) {
    for (let top = outer.at(-1); top !== undefined && top.endLine < span.line; top = outer.at(-1)) outer.pop();
    const around = outer.at(-1);
    if (around !== undefined && span.endLine <= around.endLine)
      around.lines = Math.max(1, around.lines - (span.endLine - span.line));
    outer.push(span);
  }
  return spans.map(({ name, line, lines }) => ({ name, line, lines }));
}
