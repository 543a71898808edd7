// A process in which a bug is planted, or none: simulates seed after seed until one fails, or replays what has failed
// once. The bug is in the built package that it loads, and in nothing else on the machine. What came of it goes to the
// parent.

import { register } from 'node:module';
import { pathToFileURL } from 'node:url';
import { createJiti } from 'jiti';
import * as xstate from 'xstate';

/** `{ dist, cache, tooth, topology: [file, name], simulation: file, runs: [{ seeds, only, settings }], regression }` */
const order = JSON.parse(process.argv[2]);
const { tooth } = order;
const built = (file) => pathToFileURL(`${order.dist}/${file}`).href;

if (tooth !== undefined) {
  const { file, find, replace } = tooth;
  register('./plant.js', import.meta.url, { data: { url: built(file.replace(/\.ts$/, '.js')), find, replace } });
}
const troupe = await import(built('src/index.js'));
const testing = await import(built('src/testing/index.js'));
if (tooth !== undefined && globalThis.isPlanted !== true) throw new Error(`nothing has loaded ${tooth.file}`);

const virtualModules = { troupe, 'troupe/testing': testing, xstate };
const jiti = createJiti(import.meta.url, { fsCache: order.cache, interopDefault: false, virtualModules });
const [file, name] = order.topology;
const topology = (await jiti.import(file))[name];
const { default: simulation } = await jiti.import(order.simulation);

const result = order.regression === undefined ? await bitten() : await replayed(order.regression);
process.send({ ...result, cpu_s: process.cpuUsage().user / 1e6 });
process.disconnect();

/** The first seed of all runs that fails, twice. */
async function bitten() {
  let seeds = 0;
  for (const run of order.runs) {
    const report = await simulate(run, run.seeds);
    seeds += report.seeds;
    if (report.failure === undefined) continue;
    const { seed, invariant, problem, step, shrunk } = report.failure;
    const again = await simulate({ ...run, settings: { ...run.settings, shrink: false } }, [seed]);
    const hashes = [report, again].map((each) => each.hashes.get(seed));
    const regression = shrunk && testing.regressionText(testing.regressionOf(report));
    return { seeds, found: { seed, invariant, problem, step, hashes, regression } };
  }
  return { seeds };
}

function simulate({ only, settings }, seeds) {
  const { tasks, operations } = simulation;
  const work = only === undefined ? {} : { tasks: chosen(tasks, only), operations: chosen(operations, only) };
  return testing.simulate(topology, { ...simulation, ...work, ...settings, seeds, repeat: 0 });
}

function chosen(work = {}, only) {
  return Object.fromEntries(Object.entries(work).filter(([each]) => only.includes(each)));
}

/** Whether what has failed once fails. */
async function replayed(text) {
  const { failure, unasked } = await testing.replay(topology, simulation, testing.readRegression(text));
  return { seeds: 1, replayed: { invariant: failure?.invariant, unasked: unasked.length } };
}
