// The house rules that a compiler does not know: who may import whom, no import cycles, no clock or chance outside
// `src/base`, files and functions of a size that can be read, a head for every file, no catch-all names.

import { readdirSync, readFileSync } from 'node:fs';
import { dirname, join, normalize } from 'node:path';
import { fileURLToPath } from 'node:url';
import { describe, expect, test } from 'vitest';

const root = fileURLToPath(new URL('..', import.meta.url));

interface Source {
  readonly path: string;
  readonly text: string;
  /** Modules it imports: paths within the house, or package names. */
  readonly imports: readonly string[];
  /** Those of them that are loaded with it: not for their types alone, and not later. */
  readonly loads: readonly string[];
}

function filesBelow(folder: string): readonly string[] {
  return readdirSync(join(root, folder), { withFileTypes: true, recursive: true })
    .filter((entry) => entry.isFile() && entry.name.endsWith('.ts'))
    .map((entry) => join(entry.parentPath, entry.name).slice(root.length));
}

function read(path: string): Source {
  const text = readFileSync(join(root, path), 'utf8');
  const modules = (pattern: RegExp): string[] =>
    [...text.matchAll(pattern)].map(([, target = '']) =>
      target.startsWith('.') ? normalize(join(dirname(path), target)) : target,
    );
  const imports = [...modules(/^(?:import|export)\b[^;]*?from '([^']+)';/gm), ...modules(/import\('([^']+)'\)/g)];
  return { path, text, imports, loads: modules(/^(?:import|export)\b(?! type\b)[^;]*?from '([^']+)';/gm) };
}

const sources = ['src', 'actors', 'machines'].flatMap(filesBelow).map(read);

/** The room of a path: `src/kernel`, `actors`, `src/runtime.ts`. */
function roomOf(path: string): string {
  const parts = path.split('/');
  return parts[0] === 'src' && parts.length > 2 ? `src/${parts[1]}` : parts[0] === 'src' ? path : (parts[0] ?? path);
}

const ground = ['src/base'];
const first = [...ground, 'src/store', 'machines'];
const second = [...first, 'src/kernel', 'src/observe'];
const third = [...second, 'src/work', 'src/guard', 'src/topology'];
const fourth = [...third, 'actors'];
const fifth = [...fourth, 'src/wiring.ts', 'src/runtime.ts', 'src/index.ts'];

/** Which rooms each room may import besides itself. */
const mayImport: Readonly<Record<string, readonly string[]>> = {
  'src/base': [],
  machines: [],
  'src/store': ground,
  'src/kernel': [...ground, 'src/store', 'machines/supervisor.ts'],
  'src/observe': [...first, 'src/kernel'],
  'src/work': second,
  'src/guard': second,
  'src/topology': [...ground, 'src/store'],
  actors: third,
  'src/wiring.ts': fourth,
  'src/runtime.ts': [...fourth, 'src/wiring.ts'],
  'src/index.ts': fifth,
  'src/testing': fifth,
  // `troupe test` is the testing entry without a test runner.
  'src/cli': [...fifth, 'src/testing/index.ts'],
};

describe('the floors', () => {
  test('every room is known', () => {
    expect([...new Set(sources.map(({ path }) => roomOf(path)))].filter((room) => !(room in mayImport))).toEqual([]);
  });

  test('a room imports only rooms below it', () => {
    const wrong = sources.flatMap(({ path, imports }) => {
      const room = roomOf(path);
      const allowed = mayImport[room] ?? [];
      return imports
        .filter((target) => target.endsWith('.ts'))
        .filter((target) => roomOf(target) !== room && !allowed.includes(roomOf(target)) && !allowed.includes(target))
        .map((target) => `${path} imports ${target}`);
    });
    expect(wrong).toEqual([]);
  });

  test('a machine imports xstate and nothing else', () => {
    const wrong = sources
      .filter(({ path }) => path.startsWith('machines/') && path !== 'machines/index.ts')
      .flatMap(({ path, imports }) =>
        imports
          .filter((target) => target !== 'xstate' && !target.startsWith('machines/'))
          .map((target) => `${path} imports ${target}`),
      );
    expect(wrong).toEqual([]);
  });

  test('there are no import cycles', () => {
    const byPath = new Map(sources.map((source) => [source.path, source]));
    const done = new Set<string>();
    const cycles: string[] = [];
    const visit = (path: string, trail: readonly string[]): void => {
      if (trail.includes(path)) {
        cycles.push([...trail.slice(trail.indexOf(path)), path].join(' > '));
        return;
      }
      if (done.has(path)) return;
      for (const target of byPath.get(path)?.imports ?? []) if (byPath.has(target)) visit(target, [...trail, path]);
      done.add(path);
    };
    for (const { path } of sources) visit(path, []);
    expect(cycles).toEqual([]);
  });

  test('the main entry stays light', () => {
    const heavy = [
      'fastify',
      'vitest',
      'fast-check',
      'jiti',
      'commander',
      '@viz-js/viz',
      '@xstate/graph',
      'cli-table3',
      'lmdb',
      'log-update',
      'picocolors',
      'zod',
    ];
    const reached = loadedWith('src/index.ts');
    expect(heavy.filter((name) => reached.has(name))).toEqual([]);
  });

  test('the testing entry loads no native store and no test library', () => {
    const reached = loadedWith('src/testing/index.ts');
    expect(reached).toContain('src/store/lmdb/engine.ts'); // of the simulated disk
    expect(['lmdb', 'fast-check', 'vitest'].filter((name) => reached.has(name))).toEqual([]);
  });
});

/** Everything that is loaded with a file: files of the house, and packages. */
function loadedWith(entry: string): ReadonlySet<string> {
  const byPath = new Map(sources.map((source) => [source.path, source]));
  const reached = new Set<string>();
  const visit = (path: string): void => {
    if (reached.has(path)) return;
    reached.add(path);
    for (const target of byPath.get(path)?.loads ?? []) visit(target);
  };
  visit(entry);
  return reached;
}

describe('time and chance are injected', () => {
  const forbidden =
    /\b(Date\.now|Math\.random|setTimeout|setInterval|setImmediate|queueMicrotask|randomUUID|performance\.now|new Date)\(/;

  test('no clock and no randomness outside src/base', () => {
    const wrong = sources
      .filter(({ path }) => !path.startsWith('src/base/'))
      .flatMap(({ path, text }) =>
        withoutTemplates(text)
          .split('\n')
          .map((line, index) => ({ line, at: `${path}:${index + 1}` }))
          .filter(({ line }) => forbidden.test(withoutText(line)))
          .map(({ at, line }) => `${at} ${line.trim()}`),
      );
    expect(wrong).toEqual([]);
  });
});

describe('files that can be read', () => {
  test('no file is longer than 300 lines', () => {
    const long = sources
      .map(({ path, text }) => ({ path, lines: text.trimEnd().split('\n').length }))
      .filter(({ lines }) => lines > 300);
    expect(long).toEqual([]);
  });

  test('no function is longer than 70 lines', () => {
    expect(sources.flatMap(longFunctions)).toEqual([]);
  });

  test('every file begins with a head that says what it is for', () => {
    const bare = sources
      .filter(({ text }) => !/^(#!.*\n)?(\/\/ .+\n\/\/ .+|\/\*\*)/.test(text))
      .map(({ path }) => path);
    expect(bare).toEqual([]);
  });

  test('nothing is called utils, helpers or common', () => {
    expect(
      sources.map(({ path }) => path).filter((path) => /(^|\/)(utils?|helpers?|common|misc)(\.|\/)/.test(path)),
    ).toEqual([]);
  });

  test('index.ts stands only at package entries', () => {
    const entries = ['src/index.ts', 'machines/index.ts', 'src/testing/index.ts'];
    expect(
      sources.map(({ path }) => path).filter((path) => path.endsWith('/index.ts') && !entries.includes(path)),
    ).toEqual([]);
  });

  test('nothing is left to do, skipped or switched off', () => {
    const marks = /\b(TODO|FIXME|XXX|@ts-ignore|eslint-disable|oxlint-disable)\b/;
    expect(sources.filter(({ text }) => marks.test(text)).map(({ path }) => path)).toEqual([]);
  });
});

/** A text with the inside of its template literals blanked, line by line: scripts of pages are no code of ours. */
function withoutTemplates(text: string): string {
  return text.replace(/`[^`]*`/g, (template) => template.replace(/[^\n]/g, ' '));
}

/** A line without what stands in quotes or in a comment. */
function withoutText(line: string): string {
  return line.replace(/\/\/.*$|^\s*\*.*$/, '').replace(/'[^']*'|`[^`]*`|"[^"]*"/g, '');
}

/** Functions and methods at the top of a file or class whose body runs over more than 70 lines. */
function longFunctions({ path, text }: Source): readonly string[] {
  const lines = text.split('\n');
  const long: string[] = [];
  lines.forEach((line, start) => {
    const opening =
      /^(\s*)(?:export )?(?:async )?(?:function\b|(?:static |async |readonly |get |#|\*)*[\w#]+(?:<.*>)?\(.*\{$|(?:readonly |const |#)*\w+ = (?:async )?\(.*=> \{$)/.exec(
        line,
      );
    if (opening === null || /^\s*(if|for|while|switch|return|else)\b/.test(line)) return;
    const indent = opening[1] ?? '';
    const end = lines.findIndex((other, index) => index > start && other.startsWith(`${indent}}`));
    if (end - start > 70) long.push(`${path}:${start + 1} ${line.trim()} (${end - start} lines)`);
  });
  return long;
}
