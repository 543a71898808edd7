// The search leaves out orders of steps that come to the same, and never a world: held to the whole expansion on machines
// made by chance. What it finds at the end and what it finds broken is the same, with fewer steps taken.

import fc from 'fast-check';
import { expect, test } from 'vitest';
import { castOfMachines } from '../../src/testing/product/casting.ts';
import { Keys } from '../../src/testing/product/keys.ts';
import { search, type SearchResult } from '../../src/testing/product/search.ts';
import { Steps } from '../../src/testing/product/steps.ts';
import { machineOf, products } from './product-machines.ts';

const worlds = 150;
const runs = 18;

type Product = typeof products extends fc.Arbitrary<infer Each> ? Each : never;

function searched(
  { states, environment, crashes, overloads, recover }: Product,
  reduces: boolean,
  keys: Keys,
): SearchResult {
  const machines = Object.fromEntries(Object.entries(states).map(([name, each]) => [name, machineOf(each)]));
  const cast = castOfMachines(machines, { environment, recover, agents: { d: [{ done: 1 }, { failed: 2 }] } });
  const steps = new Steps(cast, { environment, crashes, overloads });
  const invariants = {
    'not both in s1': (world: { actor(address: string): { snapshot: { value: unknown } } | undefined }) => {
      if (world.actor('a')?.snapshot.value === 's1' && world.actor('b')?.snapshot.value === 's1')
        throw new Error('both');
    },
  };
  return search({
    steps,
    rules: { invariants, allow: new Set(['effect']), mailbox: 3, waits: { a: ['s1'] } },
    worlds,
    reduces,
    keys,
  });
}

test('the same worlds, ends and violations with fewer transitions', { timeout: 60_000 }, () => {
  const sums = { whole: 0, reduced: 0, products: 0, violations: 0, finals: 0 };
  fc.assert(
    fc.property(products, (product) => {
      const keys = new Keys();
      const whole = searched(product, false, keys);
      fc.pre(whole.cutBy === undefined && whole.worlds > 3);
      const reduced = searched(product, true, keys);
      expect(reduced.cutBy).toBe(undefined);
      expect(reduced.seen).toEqual(whole.seen);
      expect(reduced.finals).toEqual(whole.finals);
      expect(reduced.transitions).toBeLessThanOrEqual(whole.transitions);
      const names = (each: SearchResult) => each.violations.map(({ invariant }) => invariant).toSorted();
      expect(names(reduced)).toEqual(names(whole));
      for (const { invariant, actions } of whole.violations) {
        expect(reduced.violations.find((each) => each.invariant === invariant)?.actions.length).toBe(actions.length);
      }
      sums.whole += whole.transitions;
      sums.reduced += reduced.transitions;
      sums.products += 1;
      sums.violations += names(whole).length;
      sums.finals += whole.finals.size;
    }),
    { numRuns: runs, seed: 7, maxSkipsPerRun: 100 },
  );
  console.log(`${sums.products} products: ${sums.whole} transitions in all, ${sums.reduced} when reduced`);
  expect(sums.reduced).toBeLessThan(sums.whole * 0.8);
  expect(sums.violations).toBeGreaterThan(3);
});
