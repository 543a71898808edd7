// Loads what is simulated: the default export of the file named with --simulation, else of `simulation.ts` beside the
// topology. Without one, tasks that take no input are submitted as they are; any other topology needs the file.

import { existsSync } from 'node:fs';
import { dirname, join, resolve } from 'node:path';
import { printable } from '../base/printable.ts';
import type { Topology } from '../topology/define.ts';
import { wrongUsage } from './command-error.ts';
import { shortPath } from './source-frame.ts';
import { loadDefault, type Testing } from './test-models.ts';

/** What is simulated, and where it stands. */
export interface LoadedSimulation {
  /** Undefined when it was guessed. */
  readonly file: string | undefined;
  readonly options: Parameters<Testing['simulate']>[1];
}

const names = ['simulation.ts', 'simulation.mts', 'simulation.js', 'simulation.mjs'];

/**
 * The simulation of a topology.
 *
 * @throws CommandError (2) when the file is not there, can't be loaded or exports something else, and when there is none
 * and the inputs of tasks can't be guessed.
 */
export async function loadSimulation(
  path: string,
  given: string | undefined,
  topology: Topology,
  testing: Testing,
): Promise<LoadedSimulation> {
  const beside = names.map((name) => join(dirname(resolve(path)), name)).find((file) => existsSync(file));
  const file = given === undefined ? beside : resolve(given);
  if (file === undefined) return guessed(path, topology);
  if (!existsSync(file)) {
    throw wrongUsage(`--simulation: there is no file '${printable(given ?? '')}'.`, [
      `  Looked for ${shortPath(file)}. Give the path of the file whose default export is the simulation.`,
    ]);
  }
  const exported = await loadDefault(file, testing);
  const isPlain = typeof exported === 'object' && exported !== null && !Array.isArray(exported);
  if (isPlain) return { file, options: exported };
  throw wrongUsage(`${shortPath(file)} has no simulation: its default export is no object.`, example(path, ['task']));
}

/** A task without a schema for its input can be submitted without one. */
function guessed(path: string, { name, resolved }: Topology): LoadedSimulation {
  const { orchestrators } = resolved;
  const types = orchestrators.filter(({ input }) => input === undefined).flatMap(({ accepts }) => accepts);
  const all = orchestrators.flatMap(({ accepts }) => accepts);
  if (types.length === 0) {
    throw wrongUsage(
      `nobody says what '${printable(name)}' is to be given: its tasks take an input (${all.join(', ')}), and there is no simulation.ts beside ${shortPath(resolve(path))}.`,
      example(path, all),
    );
  }
  return { file: undefined, options: { tasks: Object.fromEntries(types.map((type) => [type, () => undefined])) } };
}

function example(path: string, types: readonly string[]): readonly string[] {
  const [type = 'task'] = types;
  const key = /^[a-z_$][\w$]*$/i.test(type) ? type : `'${printable(type)}'`;
  const topology = `./${resolve(path).split('/').at(-1) ?? 'topology.ts'}`;
  return [
    '  Write a simulation.ts beside the topology, or name a file with --simulation:',
    '',
    "    import { simulationOptions } from 'troupe/testing';",
    `    import topology from '${printable(topology)}';`,
    '    export default simulationOptions(topology, {',
    `      tasks: { ${key}: ({ pick, between }) => ({ /* an input, made with chance */ }) },`,
    '    });',
  ];
}
