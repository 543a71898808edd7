// Where a text stops being JSON, and what should have stood there. Node's own message names no place for short texts,
// and quotes the text where it does. Walks with a stack of its own, so depth costs no call stack.

/** What is wrong with a text, with the offset of the first character that can't stand where it is. */
export interface JsonFault {
  readonly offset: number;
  readonly expected: string;
}

const number = /-?(?:0|[1-9]\d*)(?:\.\d+)?(?:[eE][+-]?\d+)?/y;
const escape = /\\(?:["\\/bfnrt]|u[\da-fA-F]{4})/y;
const word = /true|false|null/y;
const space = /[ \t\n\r]*/y;

type Want = 'value' | 'value or ]' | 'key' | 'key or }' | ':' | 'comma or ]' | 'comma or }' | 'end';

const words: Readonly<Record<Want, string>> = {
  value: 'a value',
  'value or ]': "a value or ']'",
  key: 'a key in double quotes',
  'key or }': "a key in double quotes or '}'",
  ':': "':' after the key",
  'comma or ]': "',' or ']'",
  'comma or }': "',' or '}'",
  end: 'nothing after the value',
};

/** The first fault of a text; undefined where it is JSON. */
export function findJsonFault(text: string): JsonFault | undefined {
  return new Walk(text).run();
}

class Walk {
  readonly #text: string;
  readonly #open: ('{' | '[')[] = [];
  #at = 0;
  #want: Want = 'value';
  /** What a text that began here lacks. */
  #broken: string | undefined = undefined;

  constructor(text: string) {
    this.#text = text;
  }

  run(): JsonFault | undefined {
    for (;;) {
      this.#skip(space);
      if (this.#at === this.#text.length && this.#want === 'end') return undefined;
      if (!this.#step(this.#text[this.#at])) return { offset: this.#at, expected: this.#broken ?? words[this.#want] };
    }
  }

  /** Takes one token. @returns whether it may stand here. */
  #step(character: string | undefined): boolean {
    switch (this.#want) {
      case 'value or ]':
        return character === ']' ? this.#close() : this.#value(character);
      case 'value':
        return this.#value(character);
      case 'key or }':
        return character === '}' ? this.#close() : this.#key();
      case 'key':
        return this.#key();
      case ':':
        return this.#punctuation(character === ':', 'value');
      case 'comma or ]':
        return character === ']' ? this.#close() : this.#punctuation(character === ',', 'value');
      case 'comma or }':
        return character === '}' ? this.#close() : this.#punctuation(character === ',', 'key');
      case 'end':
        return false;
      default:
        return false;
    }
  }

  #value(character: string | undefined): boolean {
    if (character === '{' || character === '[') {
      this.#open.push(character);
      return this.#punctuation(true, character === '{' ? 'key or }' : 'value or ]');
    }
    if (!(character === '"' ? this.#string() : this.#skip(word) || this.#skip(number))) return false;
    this.#ended();
    return true;
  }

  #key(): boolean {
    return this.#text[this.#at] === '"' && this.#string() && this.#punctuation(true, ':', 0);
  }

  /** Walks over a text; where it is broken the place is that of the break. */
  #string(): boolean {
    for (this.#at += 1; this.#at < this.#text.length; this.#at += 1) {
      const character = this.#text[this.#at] ?? '';
      if (character === '"') {
        this.#at += 1;
        return true;
      }
      if (character < ' ') return this.#breaks('an escape such as \\n for a control character');
      if (character !== '\\') continue;
      if (!this.#skip(escape)) return this.#breaks('a known escape');
      this.#at -= 1;
    }
    return this.#breaks('a closing double quote');
  }

  #breaks(expected: string): false {
    this.#broken = expected;
    return false;
  }

  #close(): boolean {
    this.#open.pop();
    this.#at += 1;
    this.#ended();
    return true;
  }

  #ended(): void {
    const inside = this.#open.at(-1);
    this.#want = inside === undefined ? 'end' : inside === '{' ? 'comma or }' : 'comma or ]';
  }

  #punctuation(fits: boolean, next: Want, length = 1): boolean {
    if (!fits) return false;
    this.#at += length;
    this.#want = next;
    return true;
  }

  #skip(pattern: RegExp): boolean {
    pattern.lastIndex = this.#at;
    const match = pattern.exec(this.#text);
    if (match === null) return false;
    this.#at = pattern.lastIndex;
    return true;
  }
}
