// The product is a model of the runtime, so whatever the runtime does, the product can do: machines made by chance run on
// the real runtime, and where they come to rest is one of the worlds that the search has come to.

import fc from 'fast-check';
import { expect, test } from 'vitest';
import { type AnyMachineSnapshot, fromTransition } from 'xstate';
import { agent, effect } from '../../src/index.ts';
import { castOfMachines } from '../../src/testing/product/casting.ts';
import { search } from '../../src/testing/product/search.ts';
import { Steps } from '../../src/testing/product/steps.ts';
import type { ProductWorld } from '../../src/testing/product/view.ts';
import { walk } from '../../src/testing/product/walks.ts';
import { runtimeKit, solo } from '../runtime/runtime-kit.ts';
import { machineOf, products } from './product-machines.ts';

const idle = agent({ accepts: 'nothing', run: () => undefined });
const names = ['a', 'b', 'c'];

/** Takes tasks and completes them at once. */
const worker = fromTransition((count: number, event: { type: string }, { emit }) => {
  if (event.type === 'task.assigned') emit(effect.reply({ type: 'task.done', output: 1 }));
  return count;
}, 0);

const placeIn = ({ actor }: ProductWorld): string =>
  names
    .map((name) => {
      const { status, snapshot } = actor(name) ?? {};
      return status === 'running' ? String(snapshot?.value) : 'ended';
    })
    .join();

test('where the runtime comes to rest, the product can', { timeout: 60_000 }, async () => {
  const rested = new Set<string>();
  await fc.assert(
    fc.asyncProperty(products, async ({ states, environment: given }) => {
      const environment = given.filter((step) => 'event' in step);
      const machines = Object.fromEntries(Object.entries(states).map(([name, each]) => [name, machineOf(each)]));
      const steps = new Steps(castOfMachines(machines, { environment, agents: { d: [{ done: 1 }] } }), {
        environment,
        crashes: 0,
        overloads: 0,
      });
      const places = new Set<string>();
      const invariants = { note: (world: ProductWorld) => void places.add(placeIn(world)) };
      const rules = { invariants, allow: new Set<string>(), mailbox: 4, waits: {} };
      fc.pre(search({ steps, rules, worlds: 120, reduces: true }).cutBy === undefined);
      // What goes on for ever does so in the runtime, too.
      fc.pre(walk({ steps, rules, walks: 10, length: 40, seed: 1 }).cut === 0);
      const kit = await runtimeKit(solo(idle));
      const spawned = [
        ...names.map((id) => kit.runtime.spawn(machines[id] ?? machineOf([]), { id })),
        kit.runtime.spawn(worker, { id: 'd' }),
      ];
      for (const step of environment) {
        if (!('event' in step)) continue;
        if (kit.runtime.actor(step.to) !== undefined)
          spawned.find(({ address }) => address === step.to)?.tell(step.event);
      }
      await kit.advance(1_000);
      const place = names
        .map((name) => (kit.runtime.actor(name)?.snapshot() as AnyMachineSnapshot | undefined)?.value ?? 'ended')
        .join();
      await kit.runtime.stop();
      expect([...places]).toContain(place);
      rested.add(place);
    }),
    { numRuns: 10, seed: 5, maxSkipsPerRun: 100 },
  );
  expect(rested.size).toBeGreaterThan(3);
});
