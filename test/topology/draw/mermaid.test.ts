// The mermaid sources: every line has a known form, every id is declared once, hostile text is only ever a label.
import fc from 'fast-check';
import { expect, test } from 'vitest';
import { escapeMermaid, identifiers, tidy } from '../../../src/topology/draw/escape.ts';
import { readStatechart } from '../../../src/topology/draw/statechart.ts';
import { statechartMermaid } from '../../../src/topology/draw/statechart-mermaid.ts';
import { treeMermaid } from '../../../src/topology/draw/tree-mermaid.ts';
import { fetching, hostileMachine, hundred, inline, player, single } from './sample-machines.ts';
import {
  auditTopology,
  hostileLabels,
  hostileTopology,
  sampleAgent,
  sampleDirector,
  sampleOrchestrator,
  sampleTopology,
} from './sample-topology.ts';
import { mermaidProblems } from './well-formed.ts';

test.each(Object.entries({ fetching, player, inline, single, hundred, hostile: hostileMachine() }))(
  'the chart of %s is well formed',
  (_name, machine) => {
    expect(mermaidProblems(statechartMermaid(readStatechart(machine)))).toEqual([]);
  },
);

test.each(Object.entries({ audit: auditTopology(), hostile: hostileTopology(), empty: sampleTopology([]) }))(
  'the tree of %s is well formed',
  (_name, topology) => {
    expect(mermaidProblems(treeMermaid(topology))).toEqual([]);
  },
);

test('the tree shows supervisors, strategies, plans, instances, accepted types and delegations', () => {
  const source = treeMermaid(auditTopology());
  expect(source).toContain(
    'main["main<br/>orchestrator<br/>works by plan<br/>one-for-one, 3 restarts in 10 s<br/>accepts audit"]:::orchestrator',
  );
  expect(source).toContain(
    'main_web["web<br/>director<br/>works by code<br/>one-for-all, 1 restart in 1.5 min"]:::director',
  );
  expect(source).toContain(
    'main_code_measure["measure × 4<br/>agent<br/>accepts measure, measure.deep<br/>needs disk"]:::agent',
  );
  expect(source).toContain('  main --- main_code\n');
  expect(source).toContain('  main_web -.-> archive_shelf_keeper\n');
});

test('a delegation to somebody unknown shows a node of its own', () => {
  const agents = [sampleAgent('main/d/a', { delegatesTo: ['elsewhere'] })];
  const source = treeMermaid(
    sampleTopology([sampleOrchestrator('main', { directors: [sampleDirector('main/d', { agents })] })]),
  );
  expect(source).toContain('elsewhere["elsewhere<br/>not in this topology"]:::unknown');
  expect(source).toContain('main_d_a -.-> elsewhere');
});

test('the chart nests states and puts guards in brackets', () => {
  const source = statechartMermaid(readStatechart(fetching));
  expect(source).toContain('  state "working" as working {\n');
  expect(source).toContain('    [*] --> working_loading\n');
  expect(source).toContain('  idle --> working : job.start [online]\n');
  expect(source).toContain('    working_waiting --> working_loading : after backoff\n');
  expect(source).toContain('  failed --> [*]\n');
  expect(source).toContain('  fetching_any --> stopped : job.stop / report\n');
  expect(source).toContain('  paused : job.start / ignored\n');
  expect(source).toContain('job.again (re-enter)');
});

test('parallel regions are divided, several targets fork', () => {
  const source = statechartMermaid(readStatechart(player));
  expect(source.match(/^ +--$/gm)).toHaveLength(3);
  expect(source).toContain('  state off_fork <<fork>>\n');
  expect(source).toContain(
    '  off --> off_fork : power.resume\n  off_fork --> on_sound_loud\n  off_fork --> on_picture_sharp\n',
  );
});

test.each(hostileLabels)('as a label %j is harmless and comes back whole', (hostile) => {
  const text = tidy(hostile);
  const escaped = escapeMermaid(text);
  expect(escaped).not.toMatch(/["<>&;:|{}`%\\\n](?<!#\d+;)/u);
  expect(escaped.replace(/#(\d+);/g, (_all, code: string) => String.fromCodePoint(Number(code)))).toBe(text);
});

test('whatever a label is, it stays a label', () => {
  fc.assert(
    fc.property(fc.string({ unit: 'binary' }), (text) => {
      expect(
        mermaidProblems(
          treeMermaid(sampleTopology([sampleOrchestrator('main', { name: text, delegatesTo: [text] })], text)),
        ),
      ).toEqual([]);
    }),
  );
});

test.each(['1. one', '- item', '+ item', '# head', '**b** _i_ ~~s~~', '[x](y)', 'a--b', '`code`'])(
  '%j is not read as Markdown',
  (text) => {
    expect(escapeMermaid(text)).not.toMatch(/^\d+\.|^[-+#] |\*|`|~|\]\(|--|(?<![a-z])_|_(?![a-z])/);
  },
);

test('ids are safe, distinct in any case, and keep readable names', () => {
  const id = identifiers();
  const names = [
    'idle',
    'Idle',
    'end',
    'END',
    'class',
    '9 lives',
    'a.b',
    'a b',
    'a_b',
    '日本',
    '',
    '__proto__',
    'constructor',
    'x'.repeat(90),
  ];
  const ids = names.map(id);
  expect(ids.slice(0, 3)).toEqual(['idle', 'Idle_2', 's_end']);
  expect(new Set(ids.map((given) => given.toLowerCase())).size).toBe(names.length);
  for (const given of ids) expect(given).toMatch(/^[A-Za-z][A-Za-z0-9_]{0,60}$/);
});
