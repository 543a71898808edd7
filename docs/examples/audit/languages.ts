// What the scanner has to know of each language: how comments and strings look, which words decide, how a function
// begins. One table instead of one parser a language: the numbers are for comparing files, and a table stays readable.

/** How the extent of a function is found. */
export type BlockStyle = 'brace' | 'indent' | 'end' | 'none';

/** How a function's head is told from other blocks in a brace language. */
export type FunctionHead = 'script' | 'keyword' | 'signature' | 'shell' | 'none';

/** Delimiters of a string. A string that is not `multiline` ends at the line's end, so that a mistake heals there. */
export interface StringShape {
  readonly open: string;
  readonly close: string;
  readonly escapes: boolean;
  readonly multiline: boolean;
}

/** Everything the scanner knows of a language. */
export interface Language {
  readonly name: string;
  readonly extensions: readonly string[];
  readonly lineComments: readonly string[];
  readonly blockComments: readonly (readonly [open: string, close: string])[];
  readonly nestedComments: boolean;
  readonly strings: readonly StringShape[];
  /** `'x'` is one character and a lone `'` is not a string (lifetimes, digit separators). */
  readonly characters: boolean;
  readonly regexLiterals: boolean;
  readonly templates: boolean;
  readonly rawStrings: 'rust' | 'cpp' | 'none';
  readonly heredocs: 'shell' | 'ruby' | 'php' | 'none';
  readonly blocks: BlockStyle;
  readonly heads: FunctionHead;
  /** Words that begin a function, for `heads: 'keyword'`. */
  readonly functionWords: readonly string[];
  /** One match is one decision; applied to code whose comments and strings are blank. */
  readonly decisions: RegExp;
}

const double: StringShape = { open: '"', close: '"', escapes: true, multiline: false };
const single: StringShape = { open: "'", close: "'", escapes: true, multiline: false };
const triple: StringShape = { open: '"""', close: '"""', escapes: true, multiline: true };
const tripleSingle: StringShape = { open: "'''", close: "'''", escapes: true, multiline: true };
const slashes = ['//'] as const;
const starred = [['/*', '*/']] as const;

const cFamily: Omit<Language, 'name' | 'extensions'> = {
  lineComments: slashes,
  blockComments: starred,
  nestedComments: false,
  strings: [double],
  characters: true,
  regexLiterals: false,
  templates: false,
  rawStrings: 'none',
  heredocs: 'none',
  blocks: 'brace',
  heads: 'signature',
  functionWords: [],
  decisions: /(?<![.$\w])(?:if|for|while|case|catch)\b|&&|\|\||\?(?!\?)/g,
};

const scriptDecisions =
  /(?<![.$\w])(?:if|for|while|catch)\b(?!\s*\??:)|(?<![.$\w])case\b(?!\s*:)|&&|\|\||\?\?|(?<!\?)\?(?![.?:=,)\]>;])/g;
const script = {
  ...cFamily,
  strings: [double, single],
  characters: false,
  regexLiterals: true,
  templates: true,
} as const;

const styleSheet = {
  ...cFamily,
  lineComments: [],
  strings: [double, single],
  characters: false,
  heads: 'none',
} as const;

const dashes = { ...cFamily, lineComments: ['--'], characters: false, blocks: 'none', heads: 'none' } as const;

/** The languages the audit measures, in no particular order. */
export const languages: readonly Language[] = [
  {
    ...script,
    name: 'TypeScript',
    extensions: ['ts', 'mts', 'cts', 'tsx'],
    heads: 'script',
    decisions: scriptDecisions,
  },
  {
    ...script,
    name: 'JavaScript',
    extensions: ['js', 'mjs', 'cjs', 'jsx'],
    heads: 'script',
    decisions: scriptDecisions,
  },
  {
    ...cFamily,
    name: 'Python',
    extensions: ['py', 'pyi'],
    lineComments: ['#'],
    blockComments: [],
    strings: [triple, tripleSingle, double, single],
    characters: false,
    blocks: 'indent',
    heads: 'none',
    decisions: /(?<![.\w])(?:if|elif|for|while|except|and|or)\b|^[ \t]*case\b(?=.*:)/gm,
  },
  {
    ...cFamily,
    name: 'Go',
    extensions: ['go'],
    strings: [double, { open: '`', close: '`', escapes: false, multiline: true }],
    heads: 'keyword',
    functionWords: ['func'],
    decisions: /(?<![.\w])(?:if|for|case)\b|&&|\|\|/g,
  },
  {
    ...cFamily,
    name: 'Rust',
    extensions: ['rs'],
    nestedComments: true,
    strings: [{ ...double, multiline: true }],
    rawStrings: 'rust',
    heads: 'keyword',
    functionWords: ['fn'],
    // (The looks behind are bounded: one long line must not cost its length squared.) `impl A for B`, `for<'a>`, `&&x` and the empty closure `||` are no decisions; each arm of a match is.
    decisions:
      /(?<![.\w])(?:if|while|loop)\b|(?<!\bimpl\b[^{;\n]{0,200})(?<![.\w])for\b(?!<)|=>|(?<![(,=<:]\s{0,20})&&|(?<![(,=]\s{0,20}|move\s{0,20})\|\|/g,
  },
  {
    ...cFamily,
    name: 'Java',
    extensions: ['java'],
    strings: [triple, double],
    decisions: /(?<![.$\w])(?:if|for|while|case|catch)\b|&&|\|\||(?<![<,]\s{0,20})\?/g,
  },
  { ...cFamily, name: 'C', extensions: ['c', 'h'] },
  { ...cFamily, name: 'C++', extensions: ['cc', 'cpp', 'cxx', 'hh', 'hpp', 'hxx'], rawStrings: 'cpp' },
  {
    ...cFamily,
    name: 'C#',
    extensions: ['cs'],
    strings: [{ ...triple, escapes: false }, { open: '@"', close: '"', escapes: false, multiline: true }, double],
    decisions: /(?<![.$\w])(?:if|for|foreach|while|case|catch|when)\b|&&|\|\||\?\?|\s\?\s/g,
  },
  {
    ...cFamily,
    name: 'Ruby',
    extensions: ['rb', 'rake'],
    lineComments: ['#'],
    blockComments: [['=begin', '=end']],
    strings: [
      { ...double, multiline: true },
      { ...single, multiline: true },
    ],
    characters: false,
    regexLiterals: true,
    heredocs: 'ruby',
    blocks: 'end',
    heads: 'none',
    decisions: /(?<![.:\w])(?:if|unless|elsif|while|until|for|when|rescue|and|or)\b(?!:)|&&|\|\||\s\?\s/g,
  },
  {
    ...cFamily,
    name: 'PHP',
    extensions: ['php'],
    lineComments: ['//', '#'],
    strings: [
      { ...double, multiline: true },
      { ...single, multiline: true },
    ],
    characters: false,
    heredocs: 'php',
    heads: 'keyword',
    functionWords: ['function', 'fn'],
    decisions: /(?<![>$\w])(?:if|elseif|for|foreach|while|case|catch)\b|&&|\|\||\?\?|\s\?\s/g,
  },
  {
    ...cFamily,
    name: 'Kotlin',
    extensions: ['kt', 'kts'],
    nestedComments: true,
    strings: [triple, double],
    heads: 'keyword',
    functionWords: ['fun', 'constructor', 'init'],
    decisions: /(?<![.\w])(?:if|for|while|when|catch)\b|&&|\|\||\?:/g,
  },
  {
    ...cFamily,
    name: 'Swift',
    extensions: ['swift'],
    nestedComments: true,
    strings: [triple, double],
    characters: false,
    heads: 'keyword',
    functionWords: ['func', 'init', 'deinit', 'subscript'],
    decisions: /(?<![.\w])(?:if|guard|for|while|case|catch)\b|&&|\|\||\?\?|\s\?\s/g,
  },
  {
    ...cFamily,
    name: 'Scala',
    extensions: ['scala', 'sc'],
    nestedComments: true,
    strings: [triple, double],
    heads: 'keyword',
    functionWords: ['def'],
    decisions: /(?<![.\w])(?:if|for|while|case|catch)\b|&&|\|\|/g,
  },
  {
    ...cFamily,
    name: 'Shell',
    extensions: ['sh', 'bash', 'zsh'],
    lineComments: ['#'],
    blockComments: [],
    strings: [
      { ...double, multiline: true },
      { open: "'", close: "'", escapes: false, multiline: true },
    ],
    characters: false,
    heredocs: 'shell',
    heads: 'shell',
    decisions: /(?<![-.$\w])(?:if|elif|for|while|until)\b|;;|&&|\|\|/g,
  },
  { ...styleSheet, name: 'CSS', extensions: ['css'], decisions: /@(?:media|supports|container)\b/g },
  {
    ...styleSheet,
    name: 'SCSS',
    extensions: ['scss', 'less'],
    lineComments: slashes,
    decisions: /@(?:media|supports|container|if|else if|for|each|while)\b/g,
  },
  {
    ...dashes,
    name: 'HTML',
    extensions: ['html', 'htm'],
    lineComments: [],
    blockComments: [['<!--', '-->']],
    strings: [],
    decisions: /(?!)/g,
  },
  {
    ...dashes,
    name: 'SQL',
    extensions: ['sql'],
    strings: [{ open: "'", close: "'", escapes: false, multiline: true }],
    decisions: /\b(?:when|if|elsif|while|loop|and|or)\b/gi,
  },
];

/** For a file whose extension the table does not have. */
const other: Language = { ...cFamily, name: 'Other', extensions: [], heads: 'none' };

const byExtension: ReadonlyMap<string, Language> = new Map(
  languages.flatMap((language) => language.extensions.map((extension) => [extension, language] as const)),
);

function extensionOf(path: string): string {
  const name = path.slice(path.lastIndexOf('/') + 1);
  const dot = name.lastIndexOf('.');
  return dot < 1 ? '' : name.slice(dot + 1).toLowerCase();
}

/** Whether the path's extension belongs to a language that the audit measures. */
export function isSourcePath(path: string): boolean {
  return byExtension.has(extensionOf(path));
}

/** The language of a path; a language without functions and with C's comments where the extension is unknown. */
export function languageOf(path: string): Language {
  return byExtension.get(extensionOf(path)) ?? other;
}
