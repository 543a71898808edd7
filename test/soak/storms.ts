// Seeds by the hour: the house under one storm after the other, until time is up or one is too much for it.

import { regressionOf, regressionText, simulate, simulationText } from 'troupe/testing';
import { house } from '../simulation/house.ts';
import simulation from '../simulation/house-simulation.ts';
import type { Part } from './part.ts';

/** What a night of storms came to. */
export interface Storms extends Part {
  readonly seeds: number;
  readonly steps: number;
  readonly faults: Readonly<Record<string, number>>;
  readonly invariants: readonly string[];
  /** The regression of the seed that failed, to be kept. */
  readonly regression: { readonly name: string; readonly text: string } | undefined;
}

/**
 * Simulates until it is told to stop, or a seed fails.
 *
 * @param goesOn - Asked before each seed.
 */
export async function storms(firstSeed: number, goesOn: (seeds: number) => boolean): Promise<Storms> {
  const faults: Record<string, number> = {};
  let [seeds, steps] = [0, 0];
  let invariants: readonly string[] = [];
  while (goesOn(seeds)) {
    const report = await simulate(house, {
      ...simulation,
      seeds: [firstSeed + seeds],
      repeat: seeds % 50 === 0 ? 1 : 0,
    });
    seeds += 1;
    steps += report.steps;
    ({ invariants } = report);
    for (const [kind, count] of Object.entries(report.faults)) faults[kind] = (faults[kind] ?? 0) + count;
    const regression = regressionOf(report);
    if (regression === undefined) continue;
    const kept = { name: `seed-${regression.seed}.json`, text: regressionText(regression) };
    const found = simulationText(report).join('\n');
    return { id: 'storms', passed: false, found, seeds, steps, faults, invariants, regression: kept };
  }
  const found = `${seeds} seeds from ${firstSeed} on, ${steps} steps`;
  return { id: 'storms', passed: true, found, seeds, steps, faults, invariants, regression: undefined };
}
