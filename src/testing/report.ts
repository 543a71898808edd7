// What people read of model tests: a table of what was covered, the names of what was not, and each story that failed
// with its steps. Colours are the caller's affair, so that a file and a terminal get the same words.

import type { Share } from './coverage.ts';
import type { MachineReport } from './machine-tests.ts';
import type { TopologyReport } from './topology-tests.ts';

/** How parts of a report are set off. */
export interface ReportColours {
  readonly good: (text: string) => string;
  readonly bad: (text: string) => string;
  readonly faint: (text: string) => string;
}

const plain: ReportColours = { good: String, bad: String, faint: String };

const head = ['machine', 'states', 'transitions', 'guards both ways', 'tests', 'steps', ''];

/** The table of some machines. */
export function coverageTable(reports: readonly MachineReport[], colours: ReportColours = plain): readonly string[] {
  const rows = reports.map(({ name, coverage: { states, transitions, guards }, tests, steps }) => {
    return [name, shareText(states), shareText(transitions), shareText(guards), String(tests), String(steps)];
  });
  const widths = head.map((title, at) => Math.max(title.length, ...rows.map((row) => row[at]?.length ?? 0)));
  const line = (cells: readonly string[]): string =>
    cells
      .map((cell, at) => cell.padEnd(widths[at] ?? 0))
      .join('  ')
      .trimEnd();
  return [
    colours.faint(line(head)),
    ...rows.map((row, at) => {
      const { passed = false } = reports[at] ?? {};
      return `${line(row)}  ${passed ? colours.good('passed') : colours.bad('FAILED')}`;
    }),
  ];
}

function shareText({ seen, all, percent }: Share): string {
  return all === 0 ? 'none' : `${seen}/${all} ${percent} %`;
}

const shownFailures_count = 5;

/** What is to be said of one machine besides its row; nothing when all is well. */
export function remarks(report: MachineReport, colours: ReportColours = plain): readonly string[] {
  const { name, problems, failures, findings, impossible } = report;
  const told = new Set(problems);
  const notes = findings.filter(({ message }) => !told.has(message)).map(({ message }) => message);
  const lines = [
    ...problems.map((problem) => `  ${colours.bad('✗')} ${problem}`),
    ...failures.slice(0, shownFailures_count).flatMap(({ message }) => {
      const [first = '', ...rest] = message.split('\n');
      return [`  ${colours.bad('✗')} ${first}`, ...rest.map((line) => `  ${line}`)];
    }),
    ...(failures.length > shownFailures_count
      ? [`  and ${failures.length - shownFailures_count} more stories that failed`]
      : []),
    ...notes.map((note) => `  ${colours.faint('·')} ${note}`),
    ...(impossible === 0
      ? []
      : [
          `  ${colours.faint('·')} ${impossible} ${impossible === 1 ? 'path' : 'paths'} left out: a timer would have fired before.`,
        ]),
  ];
  return lines.length === 0 ? [] : [name, ...lines];
}

/** Everything of a topology: the table, what is to be said, and what each address runs on. */
export function topologyText(report: TopologyReport, colours: ReportColours = plain): readonly string[] {
  const { machines, untested, nodes, passed, topology } = report;
  const width = Math.max(...nodes.map(({ address }) => address.length));
  const said = [
    ...untested.flatMap(({ name, error }) => [name, `  ${colours.bad('✗')} ${error.message}`]),
    ...machines.flatMap((each) => remarks(each, colours)),
  ];
  const tests = machines.reduce((sum, each) => sum + each.tests, 0);
  const end = passed ? colours.good('passed') : colours.bad('FAILED');
  return [
    ...coverageTable(machines, colours),
    ...(said.length === 0 ? [] : ['', ...said]),
    '',
    colours.faint('address'.padEnd(width + 2) + 'runs on'),
    ...nodes.map(
      (node) =>
        `${node.address.padEnd(width)}  ${node.tests === node.address ? 'a machine of its own' : (node.tests ?? node.reason ?? '')}${stateOf(node.tests, report)}`,
    ),
    '',
    `Topology '${topology}': ${tests} tests of ${machines.length + untested.length} machines ${end}.`,
  ];
}

function stateOf(tests: string | undefined, { machines, untested }: TopologyReport): string {
  if (tests === undefined) return '';
  if (untested.some(({ name }) => name === tests)) return ', not tested';
  return machines.find(({ name }) => name === tests)?.passed === false ? ', failed' : '';
}

/** A report as plain data. */
export function reportData(report: TopologyReport): object {
  return {
    topology: report.topology,
    passed: report.passed,
    machines: report.machines.map(({ failures, ...machine }) => ({
      ...machine,
      failures: failures.map(({ story, step, told, message }) => ({ story, step, told, message })),
    })),
    untested: report.untested.map(({ name, error }) => ({ name, message: error.message })),
    nodes: report.nodes,
  };
}
