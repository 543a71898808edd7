// The tests of a topology: those of every machine that a node brings, and of the product's own that the other nodes run
// on, once each. The summary says of every address what it runs on and whether that passed.

import type { AnyStateMachine } from 'xstate';
import { InvalidOptionError } from '../base/errors.ts';
import { nodesOf } from '../topology/addresses.ts';
import { isMachine } from '../topology/draw/statechart.ts';
import { suggestion } from '../topology/problems.ts';
import type { ResolvedAny, ResolvedTopology } from '../topology/resolved.ts';
import { type BuiltIn, builtInTests } from './built-in-models.ts';
import { type MachineReport, MachineTests, type TestRunner } from './machine-tests.ts';
import type { AnyModelOptions, CoverageGoal } from './model-options.ts';
import type { StoryFailure } from './perform.ts';

/** Options of `modelTests` for a topology. */
export interface TopologyModelOptions {
  /** Options of the machines that nodes bring, by address. */
  readonly machines?: Readonly<Record<string, AnyModelOptions>>;
  /** Whether the product's own machines are tested, too; default true. */
  readonly builtIn?: boolean;
  /** What every machine of a node has to reach, whatever its own options say. */
  readonly coverage?: CoverageGoal;
}

const fields: readonly string[] = ['machines', 'builtIn', 'coverage'] satisfies (keyof TopologyModelOptions)[];

/** What a node runs on. */
export interface NodeSummary {
  readonly address: string;
  readonly kind: ResolvedAny['kind'];
  /** The name of the tests: the address itself for a machine of its own, else a machine of the product's. */
  readonly tests: string | undefined;
  /** Why there are none. */
  readonly reason?: string;
}

/** How the tests of a topology ended. */
export interface TopologyReport {
  readonly topology: string;
  readonly passed: boolean;
  readonly machines: readonly MachineReport[];
  /** Machines that could not be walked, with the reason. */
  readonly untested: readonly { readonly name: string; readonly error: InvalidOptionError }[];
  readonly nodes: readonly NodeSummary[];
}

/** The tests of a topology. */
export class TopologyTests {
  readonly name: string;
  /** By address, or by the name of one of the product's own. */
  readonly machines: readonly MachineTests[];
  readonly untested: TopologyReport['untested'];
  readonly nodes: readonly NodeSummary[];

  /** @throws INVALID_OPTION when options name no node with a machine of its own. */
  constructor(topology: ResolvedTopology, options: TopologyModelOptions = {}) {
    for (const key of Object.keys(options)) {
      if (!fields.includes(key)) throw new InvalidOptionError(key, 'an unknown option', fields.join(', '));
    }
    const { machines = {}, builtIn = true, coverage } = options;
    const nodes = [...nodesOf(topology)];
    checkAddresses(nodes, Object.keys(machines));
    const untested: { name: string; error: InvalidOptionError }[] = [];
    const tests: MachineTests[] = [];
    for (const { address, machine } of nodes) {
      if (machine === undefined || !isMachine(machine)) continue;
      const made = tryTests(machine, optionsOf(address, machines[address], coverage));
      if (made instanceof MachineTests) tests.push(made);
      else untested.push({ name: address, error: made });
    }
    const own = new Set<BuiltIn>(nodes.flatMap((node) => (node.machine === undefined ? [builtInOf(node)] : [])));
    if (builtIn) tests.push(...[...own, 'supervisor' as const, 'task' as const].map(builtInTests));
    this.name = topology.name;
    this.machines = tests;
    this.untested = untested;
    this.nodes = nodes.map((node) => summaryOf(node, builtIn));
  }

  /** Hands every test to a runner. A machine that can't be walked is a test that says why. */
  register(runner: TestRunner): void {
    runner.describe(this.name, () => {
      for (const { name, error } of this.untested) {
        runner.test(`${name} can be walked`, () => {
          throw error;
        });
      }
      for (const tests of this.machines) tests.register(runner);
    });
  }

  /** Runs every test without a runner. */
  async run(
    onTest?: (machine: string, test: string, failure: StoryFailure | undefined) => void,
  ): Promise<TopologyReport> {
    const reports: MachineReport[] = [];
    for (const tests of this.machines) {
      reports.push(
        await tests.run((test, failure) => {
          onTest?.(tests.name, test, failure);
        }),
      );
    }
    const passed = this.untested.length === 0 && reports.every((report) => report.passed);
    return { topology: this.name, passed, machines: reports, untested: this.untested, nodes: this.nodes };
  }
}

function optionsOf(
  address: string,
  options: AnyModelOptions | undefined,
  coverage: CoverageGoal | undefined,
): AnyModelOptions {
  return { name: address, ...options, coverage: { ...options?.coverage, ...coverage } };
}

function tryTests(machine: AnyStateMachine, options: AnyModelOptions): MachineTests | InvalidOptionError {
  try {
    return new MachineTests(machine, options);
  } catch (error) {
    if (error instanceof InvalidOptionError) return error;
    throw error;
  }
}

/** The machine of the product's that a node without one of its own runs on; a director with code runs on that of an orchestrator. */
function builtInOf(node: ResolvedAny): BuiltIn {
  return node.kind === 'director' && node.run !== undefined ? 'orchestrator' : node.kind;
}

function summaryOf(node: ResolvedAny, builtIn: boolean): NodeSummary {
  const { address, kind, machine } = node;
  if (machine === undefined) {
    return builtIn
      ? { address, kind, tests: builtInOf(node) }
      : { address, kind, tests: undefined, reason: 'it runs on a machine of the product, which was left out' };
  }
  if (isMachine(machine)) return { address, kind, tests: address };
  return { address, kind, tests: undefined, reason: 'its logic is no state machine and has no graph' };
}

function checkAddresses(nodes: readonly ResolvedAny[], addresses: readonly string[]): void {
  const own = nodes.flatMap(({ address, machine }) => (machine !== undefined && isMachine(machine) ? [address] : []));
  for (const address of addresses) {
    if (own.includes(address)) continue;
    const expected =
      own.length === 0
        ? 'nothing: no node has a machine of its own'
        : `the address of a node with a machine of its own: ${own.join(', ')}. ${suggestion(address, own)}`;
    throw new InvalidOptionError('machines', address, expected.trim());
  }
}
