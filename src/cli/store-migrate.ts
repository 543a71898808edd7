// `troupe store migrate`: tries what a topology would make of the states that are kept of its own machines, before a
// runtime does. A migration happens when its actor is restored; this only says how that will go, and writes nothing.

import { dryRunMigration } from '../kernel/recovery/migration.ts';
import type { Store } from '../store/port.ts';
import type { ResolvedAny, ResolvedTopology } from '../topology/resolved.ts';
import { exitStatus, type ExitStatus, wrongUsage } from './command-error.ts';
import { loadTopology, refusal } from './load-topology.ts';
import { type JsonOption, looked } from './store.ts';
import { answer, table } from './store-print.ts';
import type { Terminal } from './terminal.ts';

/** What would become of one actor. */
interface Outcome {
  readonly address: string;
  /** The version of the shape that is kept; undefined when nothing is. */
  readonly from: number | undefined;
  readonly to: number;
  readonly outcome: 'current' | 'migrated' | 'quarantined' | 'not kept';
  readonly problem?: string;
}

/** Tries the migrations of a topology on a store. @returns 1 when an actor would be quarantined. */
export async function tryMigrations(
  dir: string,
  path: string,
  options: JsonOption,
  terminal: Terminal,
): Promise<ExitStatus> {
  const topology = await loaded(path);
  return looked(dir, options, terminal, async ({ store }) => {
    const outcomes = machinesOf(topology).map(([address, node]) => outcomeOf(store, address, node));
    const failed = outcomes.filter(({ outcome }) => outcome === 'quarantined').length;
    await answer(terminal, options, { outcomes, failed }, () => shown(outcomes, terminal));
    return failed === 0 ? exitStatus.done : exitStatus.failed;
  });
}

async function loaded(path: string): Promise<ResolvedTopology> {
  try {
    return (await loadTopology(path)).resolved;
  } catch (error) {
    throw refusal(path, error, wrongUsage) ?? error;
  }
}

/** Nodes with a machine of their own, by the addresses of their instances. */
function machinesOf({ orchestrators }: ResolvedTopology): readonly (readonly [string, ResolvedAny])[] {
  const nodes: ResolvedAny[] = orchestrators.flatMap((orchestrator) => [
    orchestrator,
    ...orchestrator.directors.flatMap((director) => [director, ...director.agents]),
  ]);
  return nodes.filter(({ machine, durable }) => machine !== undefined && durable).flatMap(placed);
}

function placed(node: ResolvedAny): (readonly [string, ResolvedAny])[] {
  if (node.kind !== 'agent' || node.instances === 1) return [[node.address, node]];
  return Array.from({ length: node.instances }, (_, index) => [`${node.address}:${index}`, node] as const);
}

function outcomeOf(store: Store, address: string, { schema = 0, migrate }: ResolvedAny): Outcome {
  const key = `actor/${address}`;
  const from = store.get(key)?.schema;
  if (from === undefined) return { address, from, to: schema, outcome: 'not kept' };
  // Its children are other actors, whose shapes are their own.
  const alone = { ...onlyReading(store), keys: (): string[] => [key] } as unknown as Store;
  const { failed, current } = dryRunMigration(alone, address, {
    schema,
    ...(migrate === undefined ? {} : { migrate }),
  });
  const [failure] = failed;
  if (failure !== undefined) return { address, from, to: schema, outcome: 'quarantined', problem: failure.problem };
  return { address, from, to: schema, outcome: current === 1 ? 'current' : 'migrated' };
}

function onlyReading(store: Store): Pick<Store, 'get'> {
  return { get: (key) => store.get(key) };
}

function shown(outcomes: readonly Outcome[], terminal: Terminal): string {
  if (outcomes.length === 0)
    return 'No node of this topology has a durable machine of its own: there is nothing to migrate.\n';
  return table(
    [
      { head: 'ACTOR' },
      { head: 'KEPT AS', isNumber: true },
      { head: 'WANTED', isNumber: true },
      { head: 'OUTCOME' },
      { head: 'PROBLEM' },
    ],
    outcomes.map(({ address, from, to, outcome, problem = '' }) => [
      address,
      from === undefined ? '' : String(from),
      String(to),
      outcome,
      problem,
    ]),
    terminal,
  );
}
