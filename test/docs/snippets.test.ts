// The documentation is held to the code: every TypeScript block type-checks against the sources, every link leads
// somewhere, and every command that the README names is there.

import { execFile } from 'node:child_process';
import { existsSync } from 'node:fs';
import { mkdtemp, rm, symlink, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { dirname, join, normalize } from 'node:path';
import { promisify } from 'node:util';
import { expect, test } from 'vitest';
import { anchors, type Block, blocks, links, page, pages, root } from './markdown.ts';

/** One program: the blocks that belong together, each on the lines that it has in its page. */
interface Program {
  readonly name: string;
  readonly text: string;
}

/** A block that continues the one before stands in one program with it; every other begins its own. */
function programsOf(path: string, found: readonly Block[]): Program[] {
  const programs: string[][] = [];
  for (const block of found.filter(({ language }) => language === 'ts')) {
    if (block.note?.continues !== true || programs.length === 0) programs.push([]);
    const lines = programs.at(-1) ?? [];
    if (block.note !== undefined) place(lines, block.note.line, block.note.code);
    place(lines, block.line, block.code);
  }
  return programs.map((lines, index) => ({
    name: `${path.replaceAll('/', '~')}~${index + 1}.ts`,
    text: [...Array.from(lines, (line) => line ?? ''), 'export {};', ''].join('\n'),
  }));
}

function place(lines: string[], from: number, code: string): void {
  code.split('\n').forEach((line, index) => {
    lines[from - 1 + index] = line;
  });
}

const tsconfig = {
  extends: join(root, 'tsconfig.json'),
  compilerOptions: {
    paths: {
      troupe: [join(root, 'src/index.ts')],
      'troupe/machines': [join(root, 'machines/index.ts')],
      'troupe/testing': [join(root, 'src/testing/index.ts')],
    },
    typeRoots: [join(root, 'node_modules/@types')],
  },
  include: ['*.ts'],
  exclude: [],
};

/** What the compiler has against some programs: nothing, or its lines. */
async function complaints(programs: readonly Program[]): Promise<string> {
  const folder = await mkdtemp(join(tmpdir(), 'troupe-snippets-'));
  try {
    await symlink(join(root, 'node_modules'), join(folder, 'node_modules'));
    await writeFile(join(folder, 'package.json'), '{ "type": "module" }');
    await writeFile(join(folder, 'tsconfig.json'), JSON.stringify(tsconfig));
    await Promise.all(programs.map(({ name, text }) => writeFile(join(folder, name), text)));
    const compiler = join(root, 'node_modules/typescript/bin/tsc');
    await promisify(execFile)(process.execPath, [compiler, '-p', folder, '--pretty', 'false'], { cwd: folder });
    return '';
  } catch (error) {
    return (error as { readonly stdout?: string }).stdout ?? String(error);
  } finally {
    await rm(folder, { recursive: true });
  }
}

test('every TypeScript block of the documentation type-checks', { timeout: 60_000 }, async () => {
  const programs = pages().flatMap((each) => programsOf(each.path, blocks(each)));
  expect(programs.length).toBeGreaterThanOrEqual(15);
  expect(await complaints(programs)).toBe('');
});

test('the check itself notices a mistake, at its line in the page', { timeout: 60_000 }, async () => {
  const wrong = programsOf(
    'wrong.md',
    blocks({ path: 'wrong.md', text: '# Wrong\n\n```ts\nconst a: string = 1;\n```\n' }),
  );
  expect(await complaints(wrong)).toMatch(/^wrong\.md~1\.ts\(4,7\): error TS2322/);
});

test('every link leads to a file, and to a heading that is there', () => {
  const broken = pages().flatMap((each) =>
    links(each)
      .filter((target) => !leadsSomewhere(each.path, target))
      .map((target) => `${each.path}: ${target}`),
  );
  expect(broken).toEqual([]);
});

function leadsSomewhere(from: string, target: string): boolean {
  const [file = '', anchor] = target.split('#');
  const path = file === '' ? from : normalize(join(dirname(from), file));
  if (!existsSync(join(root, path))) return false;
  return anchor === undefined || !path.endsWith('.md') || anchors(page(path)).has(anchor);
}

test('every npm command that the documentation names is in package.json', () => {
  const { scripts, bin } = JSON.parse(page('package.json').text) as {
    scripts: Record<string, string>;
    bin: Record<string, string>;
  };
  const named = pages().flatMap(({ text }) => [
    ...[...text.matchAll(/npm run ([\w:-]+)/g)].map((match) => match[1] ?? ''),
    ...[...text.matchAll(/npm (start|test)\b/g)].map((match) => match[1] ?? ''),
  ]);
  expect(named).toContain('start');
  expect([...new Set(named)].filter((name) => !(name in scripts))).toEqual([]);
  expect(Object.keys(bin)).toContain('troupe');
});

test('the README opens with the two commands', () => {
  const shell = blocks(page('README.md')).find(({ language }) => language === 'sh')?.code;
  expect(shell).toMatch(/^npm ci && npm start\b/m);
  expect(shell).toMatch(/^npm ci && npm test\b/m);
});

test('no page names a machine path, a registry or a private host', () => {
  const leaks = pages()
    .filter(({ text }) => /(^|[\s(`'"])\/(work|home|root|Users)\/|registry\.|\.internal\b|artifactory/m.test(text))
    .map(({ path }) => path);
  expect(leaks).toEqual([]);
});
