// What is simulated: the project's own house, in which everything is used, and an example as users write them.

/** One simulation. */
export interface Row {
  readonly id: string;
  readonly name: string;
  /** From the root of the project. */
  readonly topology: { readonly path: string; readonly name: string };
  readonly simulation: string;
  readonly faults: 'all' | 'none';
  /** Seeds a second that are wanted on one core; undefined where nothing was asked for. */
  readonly wanted?: number;
}

const house = { path: 'test/simulation/house.ts', name: 'house' };
const desk = { path: 'docs/examples/support-desk/topology.ts', name: 'default' };

export const rows: readonly Row[] = [
  {
    id: 'house',
    name: 'The house, all faults',
    topology: house,
    simulation: 'test/simulation/house-simulation.ts',
    faults: 'all',
    wanted: 20,
  },
  {
    id: 'calm-house',
    name: 'The house, no faults',
    topology: house,
    simulation: 'test/simulation/house-simulation.ts',
    faults: 'none',
  },
  {
    id: 'desk',
    name: 'The support desk, all faults',
    topology: desk,
    simulation: 'docs/examples/support-desk/simulation.ts',
    faults: 'all',
    wanted: 20,
  },
];
