// The runtime under its own simulation: as many seeds as fit into the time there is, twenty of them twice. What once
// failed is in `regressions/` and is played again each time.

import { readdirSync, readFileSync } from 'node:fs';
import { expect, test } from 'vitest';
import { readRegression, replay, simulate, simulationText } from 'troupe/testing';
import { house } from './house.ts';
import simulation from './house-simulation.ts';

const seedsWanted = 1_000;
const repeated = 20;
const budget_ms = 100_000;
const batch = 25;
/** Each run of the tests goes on where no other did: seeds that never change find nothing new. */
const fixed = 100;

const folder = new URL('regressions/', import.meta.url);
const regressions = readdirSync(folder).filter((file) => file.endsWith('.json'));

test('the house stands in every storm, and the same seed is the same storm', { timeout: 3 * budget_ms }, async () => {
  const begun = performance.now();
  const fresh = Math.floor(Math.random() * 1_000_000_000);
  const faults = new Map<string, number>();
  let seeds = 0;
  let steps = 0;
  let lives = 0;
  let invariants = 0;
  while (seeds < seedsWanted && performance.now() - begun < budget_ms) {
    const firstSeed = seeds < fixed ? seeds + 1 : fresh + seeds;
    // oxlint-disable-next-line no-await-in-loop
    const report = await simulate(house, {
      ...simulation,
      seeds: batch,
      firstSeed,
      repeat: seeds === 0 ? repeated : 0,
    });
    expect(report.failure === undefined ? '' : simulationText(report).join('\n')).toBe('');
    if (seeds === 0) expect(report.repeated).toBe(repeated);
    seeds += report.seeds;
    steps += report.steps;
    lives += report.lives;
    invariants = report.invariants.length;
    for (const [kind, count] of Object.entries(report.faults)) faults.set(kind, (faults.get(kind) ?? 0) + count);
  }
  const seconds = Math.round((performance.now() - begun) / 1_000);
  const injected = [...faults].map(([kind, count]) => `${count} ${kind}`).join(', ');
  console.log(
    `${seeds} of ${seedsWanted} seeds in ${seconds} s (fresh ones from ${fresh + fixed}), ${repeated} of them twice: ` +
      `${steps} steps, ${lives} processes, ${invariants} invariants; faults: ${injected}`,
  );
});

test.each(regressions)('what once failed holds: %s', async (file) => {
  const regression = readRegression(readFileSync(new URL(file, folder), 'utf8'), file);
  const report = await replay(house, simulation, regression);
  expect(report.failure === undefined ? '' : simulationText(report).join('\n')).toBe('');
});
