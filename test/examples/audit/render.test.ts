// The written report: hostile names stay text, the page needs nothing from outside, files appear whole or not at all.

import { readdir, readFile } from 'node:fs/promises';
import { join } from 'node:path';
import { describe, expect, it } from 'vitest';

import { visible } from '../../../docs/examples/audit/escape-html.ts';
import { formatShare, formatShort } from '../../../docs/examples/audit/format.ts';
import { measureText } from '../../../docs/examples/audit/measure.ts';
import { renderHtml } from '../../../docs/examples/audit/render-html.ts';
import { renderMarkdown } from '../../../docs/examples/audit/render-markdown.ts';
import type { AuditReport } from '../../../docs/examples/audit/schemas.ts';
import { summarise } from '../../../docs/examples/audit/summarise.ts';
import { fitText, textWidth } from '../../../docs/examples/audit/text-fit.ts';
import { writeReport } from '../../../docs/examples/audit/write-report.ts';
import { folderWith } from './temp-folder.ts';

const generatedAt = '2024-01-02T03:04:05.000Z';
const hostile = [
  '<script>alert(1)</script>.ts',
  '"><img src=x onerror=alert(1)>/a.ts',
  "'onload='x.ts",
  'a|b`c`[x](javascript:y).ts',
  'x\u202egnp.ts',
  'new\nline.ts',
  '</title></style></svg>.ts',
  '__proto__/constructor.ts',
];
const body = 'function constructor() {\n  if (a && b) { c(); }\n}\n// TODO </script><script>alert(2)</script> & <b>\n';

function reportOf(paths: readonly string[], title = '<script>alert(0)</script>'): AuditReport {
  return summarise({ title, generatedAt, metrics: paths.map((path) => measureText(path, body)) });
}

describe('renderHtml', () => {
  it('keeps hostile names and comments text', () => {
    const html = renderHtml(reportOf(hostile));
    expect(html.match(/<script/g)).toHaveLength(1);
    expect(html.match(/<\/script>/g)).toHaveLength(1);
    expect(html).not.toMatch(/<img|\u202e/);
    expect(html).toContain('&lt;script&gt;alert(1)&lt;/<wbr>');
    expect(html).toContain('x\\u{202e}gnp.ts');
    expect(html.match(/<\/style>/g)).toHaveLength(1);
    for (const [tag] of html.matchAll(/<[a-z][^>]*>/g)) expect(tag).not.toMatch(/\son[a-z]+\s*=/);
  });

  it('asks nothing of the network and admits only its own script', () => {
    const html = renderHtml(reportOf(['a.ts']));
    expect(html).not.toMatch(/(?:src|href|action)\s*=|url\(|@import|https?:/);
    expect(html).toMatch(/default-src 'none'; style-src 'unsafe-inline'; script-src 'sha256-[\w+/]+=*'/);
  });

  it('is the same for the same report and draws every chart', () => {
    const report = reportOf(['a/b.ts', 'a/c.py', 'd.go']);
    const html = renderHtml(report);
    expect(renderHtml(report)).toBe(html);
    for (const part of [
      'class="treemap"',
      'class="scatter"',
      'class="strip"',
      'class="columns"',
      'class="bars"',
      'id="files"',
    ])
      expect(html).toContain(part);
  });

  it('renders a report of nothing, and one of files without code', () => {
    expect(renderHtml(reportOf([]))).toContain('There are no source files in this folder.');
    const blank = renderHtml(summarise({ title: 't', generatedAt, metrics: [measureText('a.ts', '')] }));
    expect(blank).not.toMatch(/NaN|undefined|Infinity/);
  });

  it('bounds the page for very many files', () => {
    const many = summarise({
      title: 't',
      generatedAt,
      metrics: Array.from({ length: 6_000 }, (_, at) =>
        measureText(`d${at % 40}/f${at}.ts`, `if (x${at}) {}\n`.repeat((at % 9) + 1)),
      ),
    });
    const html = renderHtml(many);
    expect(html).toContain('4,500 further files');
    expect(html.length).toBeLessThan(3_000_000);
    expect(html).not.toMatch(/NaN|undefined/);
  });
});

describe('renderMarkdown', () => {
  it('escapes names so that neither markup nor the table breaks', () => {
    const markdown = renderMarkdown(reportOf(hostile));
    expect(markdown).not.toMatch(/<[a-z/]/i);
    expect(markdown).not.toMatch(/(?<!\\)\]\(/);
    for (const line of markdown
      .split('\n')
      .filter((each) => each.startsWith('| ') && each.includes('decision point'))) {
      expect(line.match(/(?<!\\)\|/g)?.length).toBeGreaterThanOrEqual(3);
    }
    const rows = markdown.split('## Most complex files')[1]?.split('##')[0]?.trim().split('\n') ?? [];
    for (const row of rows) expect(row.match(/(?<!\\)\|/g)).toHaveLength(4);
  });

  it('says so when there is nothing', () => {
    expect(renderMarkdown(reportOf([], 'empty'))).toBe(
      '# Audit of empty\n\n2 Jan 2024, 03:04 UTC.\n\nThere are no source files in this folder.\n',
    );
  });
});

describe('text', () => {
  it('cuts a label to its room, or drops it', () => {
    expect(fitText('a.ts', 100, 11)).toBe('a.ts');
    const cut = fitText('a-very-long-file-name.ts', 60, 11);
    expect(cut).toMatch(/^a-very.*…$/);
    expect(textWidth(cut, 11)).toBeLessThanOrEqual(60);
    expect(fitText('a-very-long-file-name.ts', 12, 11)).toBe('');
  });

  it('shortens numbers and shares without lying about zero', () => {
    expect([0, 999, 1_000, 1_540, 64_496, 999_600].map(formatShort)).toEqual(['0', '999', '1k', '1.5k', '64k', '1M']);
    expect([formatShare(0, 0), formatShare(1, 100_000), formatShare(1, 8), formatShare(1, 20)]).toEqual([
      '0 %',
      '< 0.1 %',
      '13 %',
      '5 %',
    ]);
    expect(visible('a\u200bb')).toBe('a\\u{200b}b');
  });
});

describe('writeReport', () => {
  it('writes three files, over old ones, and leaves nothing else', async () => {
    const folder = join(await folderWith({ 'out/report.md': 'old' }), 'out');
    const report = reportOf(['a.ts'], 'name');
    const paths = await writeReport(report, folder);
    expect(paths).toEqual({
      json: join(folder, 'report.json'),
      markdown: join(folder, 'report.md'),
      html: join(folder, 'report.html'),
    });
    expect(JSON.parse(await readFile(paths.json, 'utf8'))).toEqual(report);
    expect(await readFile(paths.markdown, 'utf8')).toBe(renderMarkdown(report));
    expect(await readFile(paths.html, 'utf8')).toBe(renderHtml(report));
    expect((await readdir(folder)).sort()).toEqual(['report.html', 'report.json', 'report.md']);
  });

  it('leaves the folder as it was when aborted', async () => {
    const folder = await folderWith({ 'report.md': 'old' });
    const controller = new AbortController();
    const reason = new Error('no longer needed');
    const writing = writeReport(reportOf(['a.ts']), folder, { signal: controller.signal });
    controller.abort(reason);
    await expect(writing).rejects.toBe(reason);
    expect(await readdir(folder)).toEqual(['report.md']);
    expect(await readFile(join(folder, 'report.md'), 'utf8')).toBe('old');
  });
});
