// What is concluded from the measurements: duplicates, hot spots and the report itself.

import { describe, expect, it } from 'vitest';

import { findDuplicates } from '../../../docs/examples/audit/duplicates.ts';
import { findHotSpots, rankNormalise } from '../../../docs/examples/audit/hot-spots.ts';
import { measureText } from '../../../docs/examples/audit/measure.ts';
import { AuditReport, type History } from '../../../docs/examples/audit/schemas.ts';
import { summarise } from '../../../docs/examples/audit/summarise.ts';

const lines = (name: string, count: number): string =>
  Array.from({ length: count }, (_, at) => `${name}(${at});`).join('\n');
const generatedAt = '2024-01-02T03:04:05.000Z';

function historyOf(commits: Readonly<Record<string, number>>): History {
  const files = Object.entries(commits).map(([path, count]) => ({
    path,
    commits: count,
    authors: 2,
    added: 5,
    removed: 1,
    lastChanged: generatedAt,
  }));
  return { commits: 9, since: generatedAt, until: generatedAt, complete: true, files };
}

describe('findDuplicates', () => {
  it('merges a copied stretch into one block with its places', () => {
    const a = measureText('a.ts', `${lines('own', 3)}\n${lines('copied', 20)}\n${lines('mine', 3)}`);
    const b = measureText('b.ts', `// moved\n\n${lines('copied', 20).replaceAll('\n', '\n\n    ')}\n`);
    expect(findDuplicates([a, b])).toEqual({
      blocks: [
        {
          lines: 20,
          occurrences: [
            { path: 'a.ts', line: 4, endLine: 23 },
            { path: 'b.ts', line: 3, endLine: 41 },
          ],
        },
      ],
      leftOut: 0,
      duplicatedLines: 40,
      perFile: [
        { path: 'a.ts', lines: 20 },
        { path: 'b.ts', lines: 20 },
      ],
    });
  });

  it('gathers three copies in one block, also within a file', () => {
    const block = lines('copied', 8);
    const a = measureText('a.ts', `${block}\n${lines('x', 2)}\n${block}`);
    const { blocks } = findDuplicates([a, measureText('b.ts', block)]);
    expect(blocks).toHaveLength(1);
    expect(blocks[0]).toMatchObject({ lines: 8, occurrences: [{ line: 1 }, { line: 11 }, { path: 'b.ts' }] });
  });

  it('does not take a repeated line, imports, brackets or five lines for a copy', () => {
    const imports = Array.from({ length: 9 }, (_, at) => `import { a${at} } from './a${at}.ts';`).join('\n');
    const texts = [
      `${imports}\n${lines('five', 5)}\nx();`,
      `${imports}\n${lines('five', 5)}\ny();`,
      '}\n'.repeat(20),
      '}\n'.repeat(20),
    ];
    expect(findDuplicates(texts.map((text, at) => measureText(`${at}.ts`, text))).blocks).toEqual([]);
  });

  it('copes with one line repeated a thousand times and stays bounded', () => {
    const same = measureText('same.ts', 'again();\n'.repeat(1_000));
    expect(findDuplicates([same, same]).blocks.length).toBeLessThanOrEqual(50);
    const many = Array.from({ length: 200 }, (_, at) => measureText(`${at}.ts`, lines(`block${at % 100}`, 10)));
    const { blocks, leftOut } = findDuplicates(many);
    expect([blocks.length, leftOut]).toEqual([50, 50]);
  });
});

describe('findHotSpots', () => {
  const file = (
    path: string,
    complexity: number,
    codeLines: number,
  ): { path: string; complexity: number; codeLines: number } => ({ path, complexity, codeLines });

  it('ranks with ties and without taking nothing for little', () => {
    expect(rankNormalise([0, 0, 5, 5, 100])).toEqual([0, 0, 0.625, 0.625, 1]);
    expect(rankNormalise([])).toEqual([]);
    expect(rankNormalise([7])).toEqual([1]);
  });

  it('puts what is complex and changes often before what is only one of both', () => {
    const files = [
      file('both.ts', 50, 10),
      file('complex.ts', 60, 10),
      file('busy.ts', 1, 10),
      file('straight.ts', 0, 10),
    ];
    const { basis, spots } = findHotSpots(
      files,
      historyOf({ 'both.ts': 40, 'complex.ts': 1, 'busy.ts': 50, 'straight.ts': 60 }),
    );
    expect(basis).toBe('history');
    expect(spots[0]).toMatchObject({
      path: 'both.ts',
      commits: 40,
      reason: '50 decision points in 10 lines of code, changed 40 times by 2 authors.',
    });
    expect(spots.map(({ path }) => path)).not.toContain('straight.ts');
    for (const { score } of spots) expect(score).toBeGreaterThan(0);
  });

  it('rests on size where there is no history, or one that tells nothing', () => {
    const files = [file('small.ts', 5, 10), file('large.ts', 5, 900)];
    for (const history of [undefined, historyOf({ 'small.ts': 1, 'large.ts': 1 }), historyOf({ 'elsewhere.ts': 9 })]) {
      const { basis, spots } = findHotSpots(files, history);
      expect([basis, spots[0]?.path]).toEqual(['size', 'large.ts']);
    }
  });
});

describe('summarise', () => {
  const metrics = [
    measureText('b.py', 'def f():\n  if a:\n    pass\n# TODO x\n'),
    measureText('a.ts', 'if (a) {}\n// FIXME y\n'),
    measureText('c.ts', 'x();\n'),
  ];

  it('builds a report that its schema accepts, the same whatever the order of the files', () => {
    const report = summarise({
      title: 't',
      generatedAt,
      metrics,
      notes: ['One note.'],
      history: historyOf({ 'a.ts': 3 }),
    });
    expect(AuditReport.parse(JSON.parse(JSON.stringify(report)))).toEqual(report);
    expect(
      summarise({
        title: 't',
        generatedAt,
        metrics: metrics.toReversed(),
        notes: ['One note.'],
        history: historyOf({ 'a.ts': 3 }),
      }),
    ).toEqual(report);
    expect(report.totals).toMatchObject({ files: 3, codeLines: 5, complexity: 2, markers: 2, functions: 1 });
    expect(report.languages.map(({ language, files }) => [language, files])).toEqual([
      ['Python', 1],
      ['TypeScript', 2],
    ]);
    expect(report.markers.map(({ kind, path }) => [kind, path])).toEqual([
      ['FIXME', 'a.ts'],
      ['TODO', 'b.py'],
    ]);
    expect(report.files[0]).toMatchObject({ path: 'a.ts', commits: 3, churn: 6 });
    expect(report.notes).toEqual(['One note.']);
  });

  it('makes a report of nothing', () => {
    const report = summarise({ title: 'empty', generatedAt, metrics: [] });
    expect(AuditReport.parse(report)).toEqual(report);
    expect(report.notes).toEqual([]);
  });

  it('says what its numbers do not rest on', () => {
    expect(summarise({ title: 't', generatedAt, metrics }).notes).toEqual([
      'No git history: hot spots rest on complexity and size.',
    ]);
  });
});
