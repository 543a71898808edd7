// Measures one simulation in a process of its own: `child.js <row> <times>`. The runtime is loaded as built, what is
// simulated as it is written. Prints one line of JSON; exits 1 when a seed fails, since a failed run is a shorter one.
import { writeSync } from 'node:fs';
import { fileURLToPath } from 'node:url';
import { createJiti } from 'jiti';
import type * as Testing from '../../../dist/src/testing/index.d.ts';
import type { Topology } from '../../../dist/src/index.d.ts';
import { quietly } from '../pace.ts';
import { rows } from './rows.ts';

const root = new URL('../../../../', import.meta.url);
const built = (path: string): string => fileURLToPath(new URL(`dist/src/${path}`, root));
const jiti = createJiti(import.meta.url, {
  alias: { 'troupe/testing': built('testing/index.js'), troupe: built('index.js') },
  interopDefault: true,
});
const { simulate, simulationText } = (await import(built('testing/index.js'))) as typeof Testing;

/** About a second of them. */
const seedsAtOnce = 5;

/** What some seeds took. */
export interface Totals {
  readonly seeds: number;
  readonly steps: number;
  readonly lives: number;
  readonly ms: number;
}

const [id = '', times = ''] = process.argv.slice(2);
const row = rows.find((each) => each.id === id);
if (row === undefined) throw new Error(`Unknown row ${JSON.stringify(id)}.`);
const load = async <Value>(path: string, name: string): Promise<Value> =>
  ((await jiti.import(fileURLToPath(new URL(path, root)))) as Record<string, Value>)[name] as Value;
const topology = await load<Topology>(row.topology.path, row.topology.name);
const simulation = await load<Testing.SimulationOptions>(row.simulation, 'default');

const steps = 2_000;
let firstSeed = 1;
const run = async (seeds: number): Promise<Totals> => {
  const started = performance.now();
  const report = await simulate(topology, { ...simulation, seeds, firstSeed, steps, faults: row.faults, repeat: 0 });
  if (!report.passed) throw new Error(simulationText(report).join('\n'));
  firstSeed += seeds;
  return { seeds, steps: report.steps, lives: report.lives, ms: performance.now() - started };
};
// A few seeds warm it up.
await run(10);
const { values, disturbed } = await quietly(Number(times), () => run(seedsAtOnce));
const sum = (figure: keyof Totals): number => values.reduce((whole, totals) => whole + totals[figure], 0);
writeSync(
  1,
  `${JSON.stringify({ seeds: sum('seeds'), steps: sum('steps'), lives: sum('lives'), ms: sum('ms'), disturbed })}\n`,
);
