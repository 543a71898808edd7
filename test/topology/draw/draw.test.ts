// The entry and the page: formats, one page of everything, nothing fetched, no ids that meet, nothing hostile runs.
import { expect, test } from 'vitest';
import { drawAll, drawMachine, drawTree } from '../../../src/topology/draw/draw.ts';
import { renderPage } from '../../../src/topology/draw/page.ts';
import { fetching, hostileMachine, player } from './sample-machines.ts';
import { auditTopology, hostileTopology } from './sample-topology.ts';
import { elements, markupProblems, mermaidProblems } from './well-formed.ts';

const figure = { id: 'a', title: 'a', svg: '<svg></svg>', mermaid: 'flowchart LR' };

test('a tree and a machine come in each format', async () => {
  expect(await drawTree(auditTopology(), 'mermaid')).toMatch(/^flowchart LR\n/);
  expect(await drawMachine(player, 'mermaid')).toMatch(/^stateDiagram-v2\n/);
  expect(await drawTree(auditTopology(), 'svg')).toContain('<title>Supervision tree of audit</title>');
  expect(await drawMachine(player, 'svg')).toContain(
    '<desc>State machine player with 12 states and 13 transitions; at the top level off, on.</desc>',
  );
  expect(await drawTree(auditTopology(), 'html')).toMatch(/^<!doctype html>/);
  expect(await drawMachine(player, 'html')).toContain('<title>Statechart of player</title>');
});

test('one page holds the tree first, then each machine, with the mermaid sources', async () => {
  const page = await drawAll(
    {
      resolved: auditTopology(),
      machines: [
        { name: 'fetching', machine: fetching },
        { name: 'player', machine: player },
      ],
    },
    'html',
  );
  expect(markupProblems(page)).toEqual([]);
  expect([...page.matchAll(/<h2 [^>]*>([^<]*)<\/h2>/g)].map((match) => match[1])).toEqual([
    'Supervision tree',
    'fetching',
    'player',
  ]);
  expect(page.match(/<svg /g)).toHaveLength(3);
  const sources = [...page.matchAll(/<code>([^<]*)<\/code>/g)].map((match) =>
    (match[1] ?? '').replaceAll('&lt;', '<').replaceAll('&gt;', '>').replaceAll('&quot;', '"').replaceAll('&amp;', '&'),
  );
  expect(sources.map(mermaidProblems)).toEqual([[], [], []]);
});

test('every link of the navigation meets its figure, and no id is used twice', async () => {
  const page = await drawAll(
    {
      resolved: auditTopology(),
      machines: [
        { name: 'same', machine: player },
        { name: 'same', machine: player },
        { name: 'tree', machine: fetching },
      ],
    },
    'html',
  );
  const ids = [...page.matchAll(/\sid="([^"]+)"/g)].map((match) => match[1] ?? '');
  expect(new Set(ids).size).toBe(ids.length);
  const links = [...page.matchAll(/href="#([^"]+)"/g)].map((match) => match[1] ?? '');
  expect(links).toHaveLength(4);
  for (const link of links) expect(ids).toContain(link);
});

test('the page fetches nothing and allows its own script alone', async () => {
  const page = await drawTree(auditTopology(), 'html');
  expect(page.replaceAll('http://www.w3.org/2000/svg', '')).not.toMatch(/https?:|\ssrc=|@import|url\(|<link/);
  expect(page).toMatch(
    /Content-Security-Policy" content="default-src 'none'; style-src 'unsafe-inline'; script-src 'sha256-[\w+/]+=*'; base-uri 'none'; form-action 'none'"/,
  );
  expect(page.match(/<script/g)).toHaveLength(1);
});

test('a page of hostile names is well formed and has no element of theirs', async () => {
  const page = await drawAll(
    {
      resolved: hostileTopology(),
      machines: [{ name: '</script><script>alert(1)</script>', machine: hostileMachine() }],
    },
    'html',
  );
  expect(markupProblems(page)).toEqual([]);
  expect(page.match(/<script/g)).toHaveLength(1);
  expect(page.match(/<style/g)).toHaveLength(1);
  expect(elements(page.replace(/<(script|style)>[\s\S]*?<\/\1>/g, '')).has('img')).toBe(false);
});

test('ids inside inlined pictures are made distinct, with what refers to them', () => {
  const svg =
    '<svg aria-labelledby="t d"><title id="t">id="t" url(#g)</title><desc id="d"/><g id="g" fill="url(#g)"/><use xlink:href="#g" href="#g"/></svg>';
  const page = renderPage({
    title: 'two',
    figures: [
      { ...figure, svg },
      { ...figure, svg },
    ],
  });
  expect(page).toContain('aria-labelledby="figure-a-t figure-a-d"');
  expect(page).toContain('<title id="figure-a_2-t">id="t" url(#g)</title>');
  expect(page).toContain(
    '<g id="figure-a_2-g" fill="url(#figure-a_2-g)"/><use xlink:href="#figure-a_2-g" href="#figure-a_2-g"/>',
  );
});

test('titles, notes and sources of a page are escaped', () => {
  const hostile = '</pre></style><img src=x onerror="alert(1)">';
  const page = renderPage({
    title: hostile,
    figures: [{ ...figure, id: hostile, title: hostile, note: hostile, mermaid: hostile }],
  });
  expect(markupProblems(page)).toEqual([]);
  expect(page).not.toContain('<img');
});
