// Measures one simulation in a process of its own: `child.js <row> <seconds>`. The runtime is loaded as built, what is
// simulated as it is written. Prints one line of JSON; exits 1 when a seed fails, since a failed run is a shorter one.
import { writeSync } from 'node:fs';
import { fileURLToPath } from 'node:url';
import { createJiti } from 'jiti';
import type * as Testing from '../../../dist/src/testing/index.d.ts';
import type { Topology } from '../../../dist/src/index.d.ts';
import { rows } from './rows.ts';

const root = new URL('../../../../', import.meta.url);
const built = (path: string): string => fileURLToPath(new URL(`dist/src/${path}`, root));
const jiti = createJiti(import.meta.url, {
  alias: { 'troupe/testing': built('testing/index.js'), troupe: built('index.js') },
  interopDefault: true,
});
const { simulate, simulationText } = (await import(built('testing/index.js'))) as typeof Testing;

const [id = '', seconds = ''] = process.argv.slice(2);
const row = rows.find((each) => each.id === id);
if (row === undefined) throw new Error(`Unknown row ${JSON.stringify(id)}.`);
const load = async <Value>(path: string, name: string): Promise<Value> =>
  ((await jiti.import(fileURLToPath(new URL(path, root)))) as Record<string, Value>)[name] as Value;
const topology = await load<Topology>(row.topology.path, row.topology.name);
const simulation = await load<Testing.SimulationOptions>(row.simulation, 'default');

const steps = 2_000;
let firstSeed = 1;
const totals = { seeds: 0, steps: 0, lives: 0, ms: 0 };
/** A few seeds warm it up. */
const run = async (seeds: number): Promise<void> => {
  const started = performance.now();
  const report = await simulate(topology, { ...simulation, seeds, firstSeed, steps, faults: row.faults, repeat: 0 });
  if (!report.passed) throw new Error(simulationText(report).join('\n'));
  firstSeed += seeds;
  totals.seeds += report.seeds;
  totals.steps += report.steps;
  totals.lives += report.lives;
  totals.ms += performance.now() - started;
};
await run(10);
Object.assign(totals, { seeds: 0, steps: 0, lives: 0, ms: 0 });
while (totals.ms < Number(seconds) * 1_000) await run(5);
writeSync(1, `${JSON.stringify(totals)}\n`);
