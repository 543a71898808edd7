// The pictures: Graphviz accepts every DOT we write, and what comes out is well-formed SVG that shows the labels.
import fc from 'fast-check';
import { expect, test } from 'vitest';
import { statechartDot } from '../../../src/topology/draw/statechart-dot.ts';
import { tidy } from '../../../src/topology/draw/escape.ts';
import { palette } from '../../../src/topology/draw/palette.ts';
import { readStatechart } from '../../../src/topology/draw/statechart.ts';
import { renderSvg } from '../../../src/topology/draw/svg.ts';
import { treeDot } from '../../../src/topology/draw/tree-dot.ts';
import { fetching, hostileMachine, hundred, inline, player, single } from './sample-machines.ts';
import {
  auditTopology,
  hostileLabels,
  hostileTopology,
  sampleOrchestrator,
  sampleTopology,
} from './sample-topology.ts';
import { elements, markupProblems, shownTexts } from './well-formed.ts';

const drawn = new Set(['svg', 'title', 'desc', 'style', 'g', 'path', 'polygon', 'polyline', 'ellipse', 'text']);
const machines = { fetching, player, inline, single, hundred, hostile: hostileMachine() };

async function chartSvg(machine: (typeof machines)[keyof typeof machines]): Promise<string> {
  return renderSvg(statechartDot(readStatechart(machine)), { title: 'chart' });
}

test.each(Object.entries(machines))('the chart of %s is well-formed SVG of known elements', async (_name, machine) => {
  const svg = await chartSvg(machine);
  expect(markupProblems(svg)).toEqual([]);
  expect([...elements(svg)].filter((element) => !drawn.has(element))).toEqual([]);
  expect((svg.match(/<[^>]*>/g) ?? []).join('')).not.toMatch(/javascript:|xlink|\sid=|<!--/);
});

test.each(Object.entries({ audit: auditTopology(), hostile: hostileTopology() }))(
  'the tree of %s is well-formed SVG',
  async (_name, topology) => {
    const svg = await renderSvg(treeDot(topology), { title: '<script>"t"</script>', description: '</desc><script>' });
    expect(markupProblems(svg)).toEqual([]);
    expect([...elements(svg)].filter((element) => !drawn.has(element))).toEqual([]);
    expect(svg).toContain('<title>&lt;script&gt;&quot;t&quot;&lt;/script&gt;</title>');
  },
);

test('whatever a name is, its picture is well-formed', async () => {
  await fc.assert(
    fc.asyncProperty(fc.string({ unit: 'binary', maxLength: 40 }), async (name) => {
      const svg = await renderSvg(
        treeDot(sampleTopology([sampleOrchestrator('main', { name, accepts: [name], delegatesTo: [name] })], name)),
        { title: name },
      );
      expect(markupProblems(svg)).toEqual([]);
      expect(shownTexts(svg)).toContain(tidy(name));
    }),
    { numRuns: 200 },
  );
});

test('hostile names are shown as they are written', async () => {
  const texts = shownTexts(await renderSvg(treeDot(hostileTopology()), { title: 'tree' }));
  for (const label of hostileLabels) expect(texts).toContain(tidy(label));
});

test('a chart shows states, guards, delays and outcomes', async () => {
  const texts = shownTexts(await chartSvg(fetching));
  for (const text of [
    'idle',
    'working',
    'tags: quiet',
    'job.start [online]',
    'after 1 min',
    'done: fetchUser / assign user',
    'always [!online]',
    'H*',
    'any state here',
    'runs fetchUser',
    'job.start / ignored',
    'job.again (re-enter)',
  ]) {
    expect(texts).toContain(text);
  }
});

test('a title, a description, a view box and both colour schemes are in every picture', async () => {
  const svg = await renderSvg(treeDot(auditTopology()), { title: 'Audit', description: 'What it does.' });
  expect(svg).toMatch(
    /^<svg xmlns="http:\/\/www\.w3\.org\/2000\/svg" class="troupe-drawing" role="img" aria-label="Audit" width="\d+" height="\d+" viewBox="[-\d. ]+">\n<title>Audit<\/title>\n<desc>What it does\.<\/desc>/,
  );
  expect(svg).toContain('@media (prefers-color-scheme:dark)');
  expect(svg).not.toMatch(/url\(|@import|https?:\/\/(?!www\.w3\.org)/);
});

test('every colour that is drawn has a dark counterpart', async () => {
  const known = new Set<string>(Object.values(palette).map(([light]) => light));
  expect(known.size).toBe(Object.keys(palette).length);
  for (const svg of [
    await chartSvg(fetching),
    await chartSvg(player),
    await renderSvg(treeDot(hostileTopology()), { title: 'tree' }),
  ]) {
    const used = [...svg.replace(/<style>[\s\S]*<\/style>/, '').matchAll(/(?:fill|stroke)="([^"]+)"/g)].map(
      (match) => match[1] ?? '',
    );
    expect(
      [...new Set(used)].filter((value) => !known.has(value) && value !== 'none' && value !== 'transparent'),
    ).toEqual([]);
  }
});

test('the same graph gives the same picture', async () => {
  expect(await chartSvg(player)).toBe(await chartSvg(player));
});

test('what Graphviz cannot read is a typed error, and the next picture is drawn', async () => {
  await expect(renderSvg('digraph {', { title: 'broken' })).rejects.toMatchObject({ code: 'INVALID_OPTION' });
  expect(await chartSvg(single)).toContain('<svg');
});
