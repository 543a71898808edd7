// Two steps whose footprints say that they commute do: each is still possible after the other, and both orders come to the
// same world. Held on worlds that machines made by chance come to.

import fc from 'fast-check';
import { expect, test } from 'vitest';
import { seededRandom } from '../../src/base/random.ts';
import { castOfMachines } from '../../src/testing/product/casting.ts';
import { Keys } from '../../src/testing/product/keys.ts';
import { Steps } from '../../src/testing/product/steps.ts';
import { machineOf, products } from './product-machines.ts';

test('steps that commute by their footprints come to one world in either order', () => {
  let pairs = 0;
  fc.assert(
    fc.property(products, fc.nat(), ({ states, environment, crashes, overloads, recover }, seed) => {
      const machines = Object.fromEntries(Object.entries(states).map(([name, each]) => [name, machineOf(each)]));
      const cast = castOfMachines(machines, { environment, recover, agents: { d: [{ done: 1 }, { failed: 2 }] } });
      const steps = new Steps(cast, { environment, crashes, overloads });
      const keys = new Keys();
      const random = seededRandom(seed);
      let { world } = steps.begin();
      for (let length = 0; length < 8; length++) {
        const actions = steps.actions(world);
        const taken = actions.map((action) => ({ action, step: steps.take(world, action) }));
        for (const [index, first] of taken.entries()) {
          for (const second of taken.slice(index + 1)) {
            if (!first.step.footprint.commutesWith(second.step.footprint)) continue;
            pairs += 1;
            const one = steps.actions(first.step.world).find(({ id }) => id === second.action.id);
            const other = steps.actions(second.step.world).find(({ id }) => id === first.action.id);
            const story = `${first.step.line} / ${second.step.line}`;
            expect([one, other], story).not.toContain(undefined);
            if (one === undefined || other === undefined) continue;
            const left = steps.take(first.step.world, one);
            const right = steps.take(second.step.world, other);
            expect(keys.of(left.world), story).toBe(keys.of(right.world));
            expect([first.step.line, second.step.line]).toEqual([right.line, left.line]);
          }
        }
        const next = taken[Math.floor(random() * taken.length)];
        if (next === undefined) break;
        ({ world } = next.step);
      }
    }),
    { numRuns: 60, seed: 11 },
  );
  expect(pairs).toBeGreaterThan(1_000);
});
