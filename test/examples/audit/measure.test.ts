// The scanner's numbers for small texts in many languages: what decides, what is a function, what is only a string.

import { describe, expect, it } from 'vitest';

import { measureFile, measureText } from '../../../docs/examples/audit/measure.ts';
import { folderWith } from './temp-folder.ts';

const complexity = (path: string, text: string): number => measureText(path, text).complexity;
const functions = (path: string, text: string): [string, number, number][] =>
  measureText(path, text)
    .longFunctions.map(({ name, line, lines }): [string, number, number] => [name, line, lines])
    .sort((a, b) => a[1] - b[1]);

describe('decisions', () => {
  it.each<[string, number, string]>([
    ['a.ts', 0, 'export const x: { a?: number } = { a: 1 };\npromise.catch(() => 1);\nx?.a;'],
    ['a.ts', 5, 'if (a && b || c) { for (const x of y) {} } else { z = a ? 1 : 2; }'],
    ['a.ts', 4, 'switch (x) { case 1: case 2: break; default: }\ntry {} catch {}\nconst y = a ?? b;'],
    ['a.ts', 1, 'const s = "if (a && b)"; // if (x)\n/* while (1) */ const t = `if ${a ? 1 : 2} for`;'],
    ['a.ts', 1, 'const r = /if (a && b) ["\'`] \\/ for/g; if (r) {}'],
    ['a.js', 1, 'const half = total / 2; const q = "if" / 3; if (a / b) {}'],
    [
      'a.py',
      6,
      'def f(a):\n  if a and b:\n    return [x for x in y if x]\n  elif c:\n    pass\n  """if while for"""\n  return 1 if d else 2',
    ],
    ['a.go', 4, 'func f() { if a || b { for { } } ; switch x { case 1: } }'],
    ['a.rs', 4, "impl<'a> Foo for Bar<'a> { fn f(&self) { match x { A => 1, B => 2 }; if a && b {} let f = || 1; } }"],
    [
      'A.java',
      4,
      'class A { void f(Map<String, ? extends B> m) { while (a) { x = b ? 1 : 2; } try {} catch (E e) {} if (c) {} } }',
    ],
    ['a.c', 3, "if (x == '\"' && y) { return z ? 1 : 0; } /* if */"],
    ['a.rb', 3, 'def f\n  return 1 if a && b\n  x = <<~SQL\n    if while and\n  SQL\n  y unless z\nend'],
    [
      'a.sh',
      4,
      'if [ "$#" -gt 0 ] && true; then\n  for x in "$@"; do echo "if"; done # while\nfi\ncase $x in\n a) ;;\nesac\ncat <<EOF\nif while\nEOF\n',
    ],
    ['a.php', 3, '<?php\n# if\nif ($a && $b) { foreach ($x as $y) {} }'],
    ['a.css', 1, '@media (min-width: 1px) { a { color: red } }'],
  ])('%s: %i in %j', (path, expected, text) => {
    expect(complexity(path, text)).toBe(expected);
  });

  it('reads nested comments where the language has them', () => {
    expect(complexity('a.rs', '/* a /* b */ if x {} */ while y {}')).toBe(1);
    expect(complexity('a.c', '/* a /* b */ if (x) {}')).toBe(1);
  });

  it('finds its way back from raw strings and template literals', () => {
    expect(complexity('a.rs', 'let s = r#"if " for"#; if a {}')).toBe(1);
    expect(complexity('a.cpp', 'auto s = R"x(if " )" for)x"; if (a) {}')).toBe(1);
    expect(complexity('a.ts', 'const s = `a ${b({ c: `${d} if` })} for`; if (x) {}')).toBe(1);
  });
});

describe('functions', () => {
  it('names functions, methods, arrows and callbacks in scripts without semicolons', () => {
    const text = [
      'export async function first<T>({ a }: { a: T }): Promise<{ b: T }> {',
      '  return { b: a }',
      '}',
      'const second = (x: number): number => {',
      '  return x',
      '}',
      'class K extends Base(Other) {',
      '  get third() { return 1 }',
      '  if_not(x: string): void {',
      '    if (x) { this.third }',
      '  }',
      '}',
      "test('a', { timeout: 1 }, async (t) => {",
      '  t.ok()',
      '})',
    ].join('\n');
    expect(functions('a.ts', text)).toEqual([
      ['first', 1, 3],
      ['second', 4, 3],
      ['third', 8, 1],
      ['if_not', 9, 3],
      ['callback of test', 13, 3],
    ]);
  });

  it('does not count the lines of inner functions for the outer one', () => {
    const inner = Array.from(
      { length: 10 },
      (_, at) => `  it('${at}', () => {\n    check();\n    check();\n  });`,
    ).join('\n');
    const [outer] = functions('a.test.js', `describe('x', () => {\n${inner}\n});`);
    expect(outer).toEqual(['callback of describe', 1, 12]);
  });

  it.each<[string, string, [string, number, number][]]>([
    [
      'a.py',
      'class A:\n  def f(\n    self,\n  ):\n    x = 1\n\n    def g():\n      pass\n    return g\n\ny = 2\n',
      [
        ['f', 2, 7],
        ['g', 7, 2],
      ],
    ],
    [
      'a.go',
      'package a\nfunc (t *T) Name(a interface{}) (int, error) {\n\treturn 1, nil\n}\ntype S struct {\n\ta int\n}\n',
      [['Name', 2, 3]],
    ],
    ['a.rs', 'pub fn go<F: Fn()>(f: F) -> u8\nwhere F: Send {\n  f();\n  1\n}\nstruct A { b: u8 }', [['go', 1, 5]]],
    [
      'A.java',
      'class A extends B {\n  public <T> void run(List<T> a) throws E, F {\n    if (a) { b(); }\n  }\n}',
      [['run', 2, 3]],
    ],
    ['a.c', 'static int *f(struct x *a)\n{\n  for_each(a) {\n    b();\n  }\n}\n', [['f', 1, 6]]],
    [
      'a.rb',
      'class A\n  def one\n    if a\n      b\n    end\n  end\n\n  def two = 2\nend\n',
      [
        ['one', 2, 5],
        ['two', 8, 1],
      ],
    ],
    [
      'a.sh',
      'go() {\n  echo "${x}"\n}\nfunction other {\n  :\n}\n',
      [
        ['go', 1, 3],
        ['other', 4, 3],
      ],
    ],
    [
      'a.kt',
      'fun a(x: Int): Int {\n  return x\n}\nfun b() = run {\n  1\n}\n',
      [
        ['a', 1, 3],
        ['b', 4, 3],
      ],
    ],
    [
      'a.swift',
      'func a<T>(x: T) -> Int {\n  return 1\n}\ninit(y: Int) {\n}\n',
      [
        ['a', 1, 3],
        ['init', 4, 2],
      ],
    ],
  ])('%s: %j', (path, text, expected) => {
    expect(functions(path, text)).toEqual(expected);
  });

  it('reports the longest function, and none where there is none', () => {
    expect(measureText('a.ts', 'function a() {\n}\nfunction b() {\n\n\n}').longestFunction).toEqual({
      name: 'b',
      line: 3,
      lines: 4,
    });
    expect(measureText('a.ts', 'export const x = 1;')).not.toHaveProperty('longestFunction');
  });
});

describe('lines and markers', () => {
  it('tells code, comments and blank lines apart', () => {
    const text = '// a\n\nconst x = 1; // b\n/*\n c\n\n*/\nconst t = `\n// no comment\n`;\n';
    expect(measureText('a.ts', text)).toMatchObject({ lines: 10, codeLines: 4, commentLines: 4, blankLines: 2 });
  });

  it('counts a docstring as comment and a string as code', () => {
    expect(measureText('a.py', 'def f():\n  """Says\n  what."""\n  x = (\n    """no\n    doc""")\n')).toMatchObject({
      commentLines: 2,
      codeLines: 4,
    });
  });

  it('finds markers in comments and not in code or strings', () => {
    const text =
      'const a = "TODO: no"; const TODO = 1;\n// TODO(ada): first\n/* FIXME second */\nx(); // HACK - third\n// todo, xxx and TODOS are none\n# XXX';
    expect(measureText('a.ts', text).markers).toEqual([
      { kind: 'TODO', line: 2, text: 'ada): first' },
      { kind: 'FIXME', line: 3, text: 'second' },
      { kind: 'HACK', line: 4, text: 'third' },
    ]);
  });

  it('bounds markers and blocks', () => {
    const { markers, blocks } = measureText(
      'a.ts',
      Array.from({ length: 5_000 }, (_, at) => `x${at}(); // TODO ${'y'.repeat(500)}`).join('\n'),
    );
    expect(markers).toHaveLength(50);
    expect(markers[0]?.text).toHaveLength(160);
    expect(blocks).toHaveLength(1_500);
  });
});

describe('strange content', () => {
  const strange = [
    '',
    '\ufeff',
    '\r\r\n',
    '}}}}))))',
    '{{{{((((',
    '`${`${`',
    '"',
    "'",
    '/*',
    '"""',
    '\u0000\ud800',
    'R"(',
    'r#"',
    '<<EOF\n',
    '=begin',
    '/[',
    '${',
    '#{',
    "b'\\",
    '=>{',
  ];
  const paths = 'ts js py go rs java c cpp cs rb php kt swift scala sh css scss html sql none'.split(' ');

  it('never throws', () => {
    for (const extension of paths) {
      for (const text of [...strange, ...strange.map((one) => strange.join(one))]) {
        const { lines, codeLines, commentLines, blankLines } = measureText(`a.${extension}`, text);
        expect(codeLines + commentLines + blankLines).toBe(lines);
      }
    }
  });

  it('takes time in proportion to the text, even for one long line', () => {
    measureText('a.rs', 'for '.repeat(100_000));
    // Quadratic scanning of a megabyte would take minutes and run into the test's time limit.
    for (const piece of [
      'f(a=>{b/c;',
      '/x',
      '{a:',
      '"',
      '((',
      '<<A\n',
      'x=(y)=>{',
      '/*',
      'function(',
      '=>',
      '<',
      'a:b',
    ]) {
      for (const extension of ['js', 'rs', 'py', 'sh', 'rb', 'java', 'cpp', 'go'])
        measureText(`a.${extension}`, piece.repeat(Math.ceil(60_000 / piece.length)));
    }
  });
});

describe('measureFile', () => {
  it('measures a file of a folder', async () => {
    const folder = await folderWith({ 'src/ü.ts': 'if (a) {}\r\n// é\r\n' });
    expect(await measureFile(folder, 'src/ü.ts')).toMatchObject({
      path: 'src/ü.ts',
      language: 'TypeScript',
      bytes: 18,
      lines: 2,
      complexity: 1,
    });
  });

  it('stays inside the folder', async () => {
    const folder = await folderWith({ 'a/b.ts': '' });
    await expect(measureFile(`${folder}/a`, '../a/../../x.ts')).rejects.toThrow(/leads out of the folder/);
    await expect(measureFile(folder, '/etc/passwd')).rejects.toBeInstanceOf(RangeError);
  });

  it('rejects with the reason when aborted, and with the system error for a missing file', async () => {
    const folder = await folderWith({ 'a.ts': '' });
    const reason = new Error('no longer needed');
    await expect(measureFile(folder, 'a.ts', { signal: AbortSignal.abort(reason) })).rejects.toBe(reason);
    await expect(measureFile(folder, 'b.ts')).rejects.toMatchObject({ code: 'ENOENT' });
  });
});
