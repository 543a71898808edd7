// No invariant fails in a random workload without a planted bug: over kills, failed commits, crashes, restarts and
// whatever else actors do. And the same seed does the same twice.

import { expect, test } from 'vitest';
import { SmallWorld } from './invariants-kit.ts';
import { play } from './invariants-workload.ts';

const seeds = Array.from({ length: 50 }, (_, index) => index + 1);
const steps = 150;

async function played(seed: number, store?: false): Promise<SmallWorld> {
  const world = new SmallWorld({ seed, faultsOneIn: 12, ...(store === false ? { store } : {}) });
  await play(world, steps, 60);
  return world;
}

test('a workload without planted bugs breaks no invariant over 50 seeds', async () => {
  let handled = 0;
  for (const seed of seeds) {
    const world = await played(seed);
    handled += world.trace.filter((line) => line.includes(' handles ')).length;
    expect({ seed, problems: world.problems }).toEqual({ seed, problems: [] });
  }
  expect(handled).toBeGreaterThan(1_000);
}, 60_000);

test('nor does it without a store', async () => {
  for (const seed of seeds.slice(0, 10)) {
    const world = await played(seed, false);
    expect({ seed, problems: world.problems }).toEqual({ seed, problems: [] });
  }
});

test('the same seed does the same twice', async () => {
  const [first, second] = [await played(7), await played(7)];
  expect(second.trace).toEqual(first.trace);
});
