// Tells for every character of a source text whether it is code, string or comment. Everything measured afterwards
// rests on this one pass. It is linear, never throws, and heals: a wrong guess ends with the line or the literal.

import type { Language, StringShape } from './languages.ts';

/** What a character belongs to. */
export const Kind = { code: 0, text: 1, comment: 2 } as const;

const regexLiteral_chars = 1_000;
const heredocSearches = 200;
const regexBefore =
  /(?:[(,=:[!&|?{;+*%~^-]|=>|(?<![\w$.])(?:return|typeof|case|in|of|do|else|void|delete|throw|new|yield|await|if|unless|when|and|or|not))\s*$/;

class Classifier {
  readonly kinds: Uint8Array;
  readonly #text: string;
  readonly #language: Language;
  /** Open `${` of templates: how many braces are open inside each. */
  readonly #templates: number[] = [];
  #at = 0;
  #heredoc: string | undefined;
  #heredocSearches = 0;

  constructor(text: string, language: Language) {
    this.#text = text;
    this.#language = language;
    this.kinds = new Uint8Array(text.length);
  }

  run(): Uint8Array {
    while (this.#at < this.#text.length) {
      if (!this.#comment() && !this.#literal()) this.#step();
    }
    return this.kinds;
  }

  #mark(end: number, kind: number): true {
    const stop = Math.min(Math.max(end, this.#at + 1), this.#text.length);
    this.kinds.fill(kind, this.#at, stop);
    this.#at = stop;
    return true;
  }

  #lineEnd(from: number): number {
    const end = this.#text.indexOf('\n', from);
    return end === -1 ? this.#text.length : end;
  }

  /** One character of code; braces inside a template's `${}` are counted, a line's end begins a heredoc. */
  #step(): void {
    const char = this.#text[this.#at];
    const depth = this.#templates.length - 1;
    if (char === '\n' && this.#heredoc !== undefined) {
      const end = this.#heredocEnd(this.#heredoc);
      this.#heredoc = undefined;
      this.#at += 1;
      if (end !== undefined) this.#mark(end, Kind.text);
      return;
    }
    this.#at += 1;
    if (depth < 0) return;
    if (char === '{') this.#templates[depth] = (this.#templates[depth] ?? 0) + 1;
    if (char !== '}') return;
    const open = this.#templates[depth] ?? 0;
    if (open > 0) {
      this.#templates[depth] = open - 1;
    } else {
      this.kinds[this.#at - 1] = Kind.text; // its `${` is text, too
      this.#templates.pop();
      this.#template();
    }
  }

  #comment(): boolean {
    const { lineComments, blockComments, name } = this.#language;
    for (const open of lineComments) {
      if (!this.#text.startsWith(open, this.#at)) continue;
      const before = this.#text[this.#at - 1] ?? '\n';
      if (name === 'Shell' && !/[\s;(]/.test(before)) continue; // `$#`, `${name#prefix}`
      if (name === 'PHP' && this.#text.startsWith('#[', this.#at)) continue; // an attribute
      return this.#mark(this.#lineEnd(this.#at), Kind.comment);
    }
    for (const [open, close] of blockComments) {
      if (!this.#text.startsWith(open, this.#at)) continue;
      if (open === '=begin' && (this.#text[this.#at - 1] ?? '\n') !== '\n') continue;
      return this.#mark(this.#commentEnd(open, close), Kind.comment);
    }
    return false;
  }

  #commentEnd(open: string, close: string): number {
    let depth = 1;
    let at = this.#at + open.length;
    while (depth > 0) {
      const end = this.#text.indexOf(close, at);
      if (end === -1) return this.#text.length;
      const inner = this.#language.nestedComments ? this.#text.slice(at, end).split(open).length - 1 : 0;
      depth += inner - 1;
      at = end + close.length;
    }
    return at;
  }

  #literal(): boolean {
    const char = this.#text[this.#at];
    const { templates, characters, regexLiterals, rawStrings, heredocs, strings } = this.#language;
    if (char === '`' && templates) {
      this.#mark(this.#at + 1, Kind.text);
      this.#template();
      return true;
    }
    if (char === "'" && characters) return this.#character();
    if (char === '/' && regexLiterals) return this.#regex();
    if (rawStrings !== 'none' && (char === 'r' || char === 'R') && this.#raw()) return true;
    if (char === '<' && heredocs !== 'none') this.#rememberHeredoc();
    if (char !== '"' && char !== "'" && char !== '`' && char !== '@') return false;
    const shape = strings.find(({ open }) => this.#text.startsWith(open, this.#at));
    return shape !== undefined && this.#mark(this.#stringEnd(shape), Kind.text);
  }

  #stringEnd({ open, close, escapes, multiline }: StringShape): number {
    const text = this.#text;
    for (let at = this.#at + open.length; at < text.length; at += 1) {
      const char = text[at];
      if (escapes && char === '\\') at += 1;
      else if (text.startsWith(close, at)) return at + close.length;
      else if (char === '\n' && !multiline) return at;
    }
    return text.length;
  }

  /** From inside a template up to its end or its next `${`. */
  #template(): void {
    const text = this.#text;
    let at = this.#at;
    for (; at < text.length; at += 1) {
      const char = text[at];
      if (char === '\\') at += 1;
      else if (char === '`') break;
      else if (char === '$' && text[at + 1] === '{') {
        this.#mark(at + 2, Kind.text);
        this.#templates.push(0);
        return;
      }
    }
    this.#mark(at + 1, Kind.text);
  }

  #character(): boolean {
    if (/\d/.test(this.#text[this.#at - 1] ?? '')) return false; // 1'000'000
    const match = /^'(?:\\[^\n']{1,10}|\\'|[^\\'\n]|[\ud800-\udbff][\udc00-\udfff])'/.exec(
      this.#text.slice(this.#at, this.#at + 14),
    );
    return match !== null && this.#mark(this.#at + match[0].length, Kind.text);
  }

  #regex(): boolean {
    const text = this.#text;
    const before = this.#before();
    if (before.trim() !== '' && !regexBefore.test(before)) return false;
    const limit = Math.min(this.#lineEnd(this.#at), this.#at + regexLiteral_chars);
    let inClass = false;
    for (let at = this.#at + 1; at < limit; at += 1) {
      const char = text[at];
      if (char === '\\') at += 1;
      else if (char === '[') inClass = true;
      else if (char === ']') inClass = false;
      else if (char === '/' && !inClass) return this.#mark(at + 1, Kind.text);
    }
    return false;
  }

  /** The code just before, with what is no code blanked: `x = "a" /` is a division. */
  #before(): string {
    let before = '';
    for (let at = Math.max(0, this.#at - 24); at < this.#at; at += 1) {
      const kind = this.kinds[at];
      before += kind === Kind.code ? this.#text[at] : kind === Kind.text ? '"' : ' ';
    }
    return before;
  }

  #raw(): boolean {
    if (/[\w$]/.test(this.#text[this.#at - 1] ?? '') && !/[buUL8]/.test(this.#text[this.#at - 1] ?? '')) return false;
    const head = this.#text.slice(this.#at, this.#at + 32);
    const match = this.#language.rawStrings === 'rust' ? /^r(#*)"/.exec(head) : /^R"([^\s()\\]{0,16})\(/.exec(head);
    if (match === null) return false;
    const close = this.#language.rawStrings === 'rust' ? `"${match[1]}` : `)${match[1]}"`;
    const end = this.#text.indexOf(close, this.#at + match[0].length);
    return this.#mark(end === -1 ? this.#text.length : end + close.length, Kind.text);
  }

  #rememberHeredoc(): void {
    const head = this.#text.slice(this.#at, this.#at + 64);
    const shapes = {
      shell: /^<<-?\s*\\?["']?([A-Za-z_]\w*)/,
      ruby: /^<<[~-]["'`]?([A-Z_]\w*)/,
      php: /^<<<\s*["']?([A-Za-z_]\w*)/,
      none: /(?!)/,
    };
    if (this.#text[this.#at - 1] === '<') return; // shell's here-string
    const match = shapes[this.#language.heredocs].exec(head);
    if (match !== null) this.#heredoc = match[1];
  }

  /** Where the line that is the terminator ends; undefined where no such line follows. */
  #heredocEnd(terminator: string): number | undefined {
    this.#heredocSearches += 1;
    if (this.#heredocSearches > heredocSearches) return undefined;
    const line = new RegExp(`^[ \\t]*${terminator}\\b`, 'm');
    const match = line.exec(this.#text.slice(this.#at + 1));
    return match === null ? undefined : this.#at + 1 + match.index + match[0].length;
  }
}

/** The kind of every character of `text`, by index. */
export function classify(text: string, language: Language): Uint8Array {
  return new Classifier(text, language).run();
}

function blank(run: string): string {
  return run.includes('\n')
    ? run
        .split('\n')
        .map((line) => ' '.repeat(line.length))
        .join('\n')
    : ' '.repeat(run.length);
}

/** `text` with every character that is not of the kinds kept replaced by a space; line ends stay. */
export function keepKinds(text: string, kinds: Uint8Array, keep: (kind: number) => boolean): string {
  const parts: string[] = [];
  let from = 0;
  for (let at = 1; at <= text.length; at += 1) {
    if (at < text.length && kinds[at] === kinds[from]) continue;
    const run = text.slice(from, at);
    parts.push(keep(kinds[from] ?? Kind.code) ? run : blank(run));
    from = at;
  }
  return parts.join('');
}
