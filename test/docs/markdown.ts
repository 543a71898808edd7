// Reads the documentation for the tests that hold it to the code: pages, headings, code blocks, tables, links.

import { readdirSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';

/** The root of the repository. */
export const root = fileURLToPath(new URL('../..', import.meta.url));

/** One Markdown file. */
export interface Page {
  /** From the root: `docs/actors.md`. */
  readonly path: string;
  readonly text: string;
}

/** A page by its path from the root. */
export function page(path: string): Page {
  return { path, text: readFileSync(join(root, path), 'utf8') };
}

/** The pages for people: those at the root, all of `docs`, and the readmes of the examples. */
export function pages(): readonly Page[] {
  const docs = readdirSync(join(root, 'docs'), { withFileTypes: true, recursive: true })
    .filter((entry) => entry.isFile() && entry.name.endsWith('.md'))
    .map((entry) => join(entry.parentPath, entry.name).slice(root.length));
  return ['README.md', 'CONTRIBUTING.md', ...docs.toSorted()].map(page);
}

/** A fenced code block. */
export interface Block {
  readonly language: string;
  /** Where its first line of code stands, from 1. */
  readonly line: number;
  readonly code: string;
  /** What a comment right before it says: `<!-- snippet: continues -->`, or code that readers need not see. */
  readonly note: { readonly line: number; readonly continues: boolean; readonly code: string } | undefined;
}

const blockForm = /(?:<!-- snippet(: continues)?(\n[\s\S]*?)? ?-->\n+)?^```(\w+)[^\n]*\n([\s\S]*?)^```$/gm;

/** The code blocks of a page, in order. */
export function blocks({ text }: Page): readonly Block[] {
  return [...text.matchAll(blockForm)].map((match) => {
    const [all, continues, hidden = '', language = '', code = ''] = match;
    const at = lineAt(text, match.index);
    const noted = all.startsWith('<!--');
    return {
      language,
      code,
      line: lineAt(text, match.index + all.lastIndexOf(`\`\`\`${language}`)) + 1,
      note: noted ? { line: at + 1, continues: continues !== undefined, code: hidden.trim() } : undefined,
    };
  });
}

function lineAt(text: string, index: number): number {
  return text.slice(0, index).split('\n').length;
}

/** A heading and what stands below it, up to the next heading of its level or above. */
export interface Section {
  readonly title: string;
  readonly text: string;
}

/** The sections of one level, without those in code blocks. */
export function sections({ text }: Page, level: number): readonly Section[] {
  const marks = '#'.repeat(level);
  const bare = text.replace(/^```[\s\S]*?^```$/gm, (block) => block.replace(/^#/gm, ' '));
  const parts = bare.split(new RegExp(`^${marks} `, 'm')).slice(1);
  return parts.map((part) => {
    const end = part.indexOf('\n');
    const body = part.slice(end + 1);
    const above = body.search(new RegExp(`^#{1,${level}} `, 'm'));
    return { title: part.slice(0, end).trim(), text: above === -1 ? body : body.slice(0, above) };
  });
}

/** The rows of every table in a text, as cells; heads and rules are left out. */
export function rows(text: string): readonly (readonly string[])[] {
  const lines = text.split('\n').map((line) => line.trim());
  return lines
    .filter((line, index) => line.startsWith('|') && !isRule(line) && !isRule(lines[index + 1] ?? ''))
    .map((line) =>
      line
        .slice(1, -1)
        .split(/(?<!\\)\|/)
        .map((cell) => cell.trim().replaceAll('\\|', '|')),
    );
}

function isRule(line: string): boolean {
  return /^\|(?:\s*:?-+:?\s*\|)+$/.test(line);
}

/** The words in code font of a text. */
export function codeWords(text: string): readonly string[] {
  return [...text.matchAll(/`([^`\n]+)`/g)].map((match) => match[1] ?? '');
}

/** The anchors that a page's headings make, as GitHub makes them. */
export function anchors({ text }: Page): ReadonlySet<string> {
  const bare = text.replace(/^```[\s\S]*?^```$/gm, '');
  return new Set(
    [...bare.matchAll(/^#{1,6} (.+)$/gm)].map(([, title = '']) =>
      title
        .toLowerCase()
        .replace(/[^\p{L}\p{N} _-]/gu, '')
        .trim()
        .replaceAll(' ', '-'),
    ),
  );
}

/** Where a page's links and pictures lead: targets within the repository. */
export function links({ text }: Page): readonly string[] {
  const bare = text.replace(/^```[\s\S]*?^```$/gm, '').replace(/`[^`\n]*`/g, '');
  return [...bare.matchAll(/\]\(([^)\s]+)\)/g), ...bare.matchAll(/(?:src|srcset|href)="([^"]+)"/g)]
    .map((match) => match[1] ?? '')
    .filter((target) => !/^[a-z]+:/.test(target));
}
