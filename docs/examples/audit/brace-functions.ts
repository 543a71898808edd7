// Finds functions in brace languages without parsing them: at each `{` the text since the last statement boundary is
// the head, and the head says whether a function begins. Wrong for exotic code, right for what people write, and
// linear: a head is never longer than `head_chars`.

import type { Language } from './languages.ts';

/** A function's extent, in offsets of the text. */
export interface Extent {
  readonly name: string;
  readonly start: number;
  readonly end: number;
}

/** A function's name and where its signature begins within the head. */
interface Found {
  readonly name: string;
  readonly index: number;
}

interface Frame {
  readonly type: 'function' | 'block' | 'expression';
  readonly name: string;
  /** Where the function begins. */
  readonly start: number;
  /** Where the statement around it began: it may go on after the brace closes. */
  readonly headStart: number;
}

const head_chars = 400;
const anonymous = '(anonymous)';

const notFunctions = new Set(
  'if for while switch catch with function return await foreach synchronized using lock fixed sizeof do else try new match when until unless elseif typeof super this case guard'.split(
    ' ',
  ),
);

/** Where the parenthesis that closes at `close` was opened, or -1. */
function openingOf(head: string, close: number): number {
  let depth = 0;
  for (let at = close; at >= 0; at -= 1) {
    if (head[at] === ')') depth += 1;
    if (head[at] === '(') depth -= 1;
    if (depth === 0) return at;
  }
  return -1;
}

function balanced(text: string): boolean {
  let depth = 0;
  for (const char of text) {
    if (char === '(') depth += 1;
    if (char === ')') depth -= 1;
  }
  return depth === 0;
}

/** Names a function without a name after the call it is passed to: the last parenthesis still open tells which. */
function callbackName(before: string): string {
  let depth = 0;
  for (let at = before.length - 1; at >= 0; at -= 1) {
    if (before[at] === ')') depth += 1;
    if (before[at] !== '(') continue;
    depth -= 1;
    if (depth >= 0) continue;
    const callee = /[\w$.]{1,60}$/.exec(before.slice(0, at).trimEnd())?.[0].replace(/^\.+/, '');
    return callee === undefined || callee === '' || notFunctions.has(callee) ? anonymous : `callback of ${callee}`;
  }
  return anonymous;
}

/** The name a value is given to: `name = …`, `name: Type = …`, `name: …`. */
function assignedName(before: string): string | undefined {
  return /([\w$#]+)\s*(?:\??:\s*[^=;(){}\n]{1,80})?=\s*$|([\w$#]+)\s*:\s*$/
    .exec(before)
    ?.slice(1)
    .find((name) => name !== undefined);
}

/** The name before a parameter list that ends the head, apart from what may follow it. */
function signatureName(head: string, suffix: RegExp): Found | undefined {
  let close = head.length - 1;
  for (let tries = 0; tries < 4; tries += 1) {
    close = head.lastIndexOf(')', close);
    if (close < 0) return undefined;
    const open = openingOf(head, close);
    if (open < 0) return undefined;
    if (suffix.test(head.slice(close + 1))) {
      const before = head
        .slice(0, open)
        .replace(/<[^<>()]*>\s*$/, '')
        .trimEnd();
      if (before.endsWith(']')) return { name: anonymous, index: open }; // a C++ lambda, or a computed method
      const name = /[\w$#~]+(?:::~?\w+)*$/.exec(before)?.[0];
      if (name === undefined || notFunctions.has(name) || /^\d/.test(name)) return undefined;
      const rest = before.slice(0, -name.length);
      if (/(?:\bnew|\breturn|\bthrow|\belse|[=.])\s*$/.test(rest)) return undefined;
      return /\b(?:class|interface|record|namespace|extends|module)\b/.test(rest.slice(rest.lastIndexOf('\n') + 1))
        ? undefined
        : { name, index: rest.length };
    }
    close = open - 1;
  }
  return undefined;
}

const annotation = /^\s*(?::[^;={}]*(?:\{[^{}]*\}[^;={}]*)*)?$/;

/** The head of an arrow function, with `=>` cut off: its parameters, then what stands before them. */
function arrowName(head: string): Found {
  const close = head.lastIndexOf(')');
  const open = close >= 0 && annotation.test(head.slice(close + 1)) ? openingOf(head, close) : -1;
  const single = /[\w$]+\s*$/.exec(head);
  const index = open >= 0 ? open : (single?.index ?? head.length - 1);
  const before = head
    .slice(0, index)
    .trimEnd()
    .replace(/<[^=]{0,80}>$/, '')
    .replace(/\basync$/, '')
    .trimEnd();
  return { name: assignedName(before) ?? callbackName(before), index };
}

function scriptName(head: string): Found | undefined {
  if (head.endsWith('=>')) return arrowName(head.slice(0, -2).trimEnd());
  const last = [...head.matchAll(/\bfunction\b\s*\*?\s*([\w$]*)/g)].at(-1);
  if (last !== undefined) {
    const rest = head.slice(last.index + last[0].length);
    const ends = /^\s*(?:<[^(]*>)?\s*\(/.test(rest) && balanced(rest) && !/[:|&<,=]\s*$/.test(rest);
    if (ends && annotation.test(rest.slice(rest.lastIndexOf(')') + 1)) && !/\)\s*[;,.]/.test(rest)) {
      const before = head
        .slice(0, last.index)
        .replace(/\basync\s*$/, '')
        .trimEnd();
      const name = last[1] !== undefined && last[1] !== '' ? last[1] : (assignedName(before) ?? callbackName(before));
      return { name, index: last.index };
    }
  }
  return /[:|&<,=]$/.test(head) ? undefined : signatureName(head, annotation);
}

function keywordName(head: string, words: readonly string[]): Found | undefined {
  const pattern = new RegExp(
    `(?<![.\\w$])(?:${words.join('|')})\\b\\s*(?:<[^(]{0,120}>\\s*)?(?:\\([^()]*\\)\\s*(?=[\\w]+\\s*[\\[(]))?([\\w.$\`]*)`,
    'g',
  );
  const last = [...head.matchAll(pattern)].at(-1);
  if (last === undefined) return undefined;
  const rest = head.slice(last.index);
  if (!balanced(rest) || /\b(?:interface|struct)\s*$/.test(rest)) return undefined;
  if (!rest.includes('(') && !/^(?:init|deinit|def)\b/.test(rest)) return undefined;
  const word = /^\w+/.exec(rest)?.[0] ?? '';
  const special = ['init', 'deinit', 'constructor', 'subscript'].includes(word) ? word : anonymous;
  return { name: last[1]?.split('.').at(-1) || special, index: last.index };
}

function nameOf(head: string, language: Language, inFunction: boolean): Found | undefined {
  switch (language.heads) {
    case 'script':
      return scriptName(head);
    case 'keyword':
      return keywordName(head, language.functionWords);
    case 'shell': {
      const match = /(?:^|[\s;])(?:function\s+)?([\w:.-]+)\s*\(\s*\)$|\bfunction\s+([\w:.-]+)$/.exec(head);
      const name = match?.[1] ?? match?.[2];
      return match === null || name === undefined ? undefined : { name, index: head.lastIndexOf(name) };
    }
    case 'signature': {
      if (/(?:->|=>)$/.test(head)) return { name: anonymous, index: head.lastIndexOf('\n') + 1 };
      const initialised = language.name === 'C++' ? head.replace(/\)\s*:(?!:)[\s\S]*$/, ')') : head;
      const suffix =
        /^\s*(?:const|noexcept|override|final|&&?|throws [\w.,\s]+|where [^{}]*|->\s*[^{}()]+|:\s*(?:this|base)\s*|__\w+__|\s)*$/;
      const found = signatureName(initialised, suffix);
      // C has no functions inside functions: what looks like one is a macro that loops.
      return inFunction && (language.name === 'C' || (language.name === 'C++' && found?.name !== anonymous))
        ? undefined
        : found;
    }
    case 'none':
      return undefined;
  }
}

const opensExpression = /(?:[=([,:|&<?+]|\b(?:return|default|interface|struct|in|of))$/;

/** Finds the functions with a block body in `code`, which is the source with comments and strings blanked. */
export function findBraceFunctions(code: string, language: Language): Extent[] {
  const found: Extent[] = [];
  const frames: Frame[] = [];
  let headStart = 0;
  let functions = 0;
  for (let at = 0; at < code.length; at += 1) {
    const char = code[at];
    if (char === ';') headStart = at + 1;
    if (char === '{') {
      const from = Math.max(headStart, at - head_chars);
      const head = code.slice(from, at).trimEnd();
      const name = nameOf(head, language, functions > 0);
      const type = name !== undefined ? 'function' : opensExpression.test(head) ? 'expression' : 'block';
      if (type === 'function') functions += 1;
      frames.push({ type, name: name?.name ?? '', start: from + (name?.index ?? 0), headStart });
      headStart = at + 1;
    }
    if (char !== '}') continue;
    const frame = frames.pop();
    if (frame?.type === 'function') {
      functions -= 1;
      found.push({ name: frame.name, start: frame.start, end: at });
    }
    // After an object or a callback the statement goes on: `f({ a }, () => {`.
    const goesOn = frame?.type === 'expression' || /^\s{0,200}[,).]/.test(code.slice(at + 1, at + 202));
    headStart = frame !== undefined && goesOn ? frame.headStart : at + 1;
  }
  return found;
}
