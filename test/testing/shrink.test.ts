// A failing run made smaller, on a synthetic system in which it is known what the failure needs: nothing else is left,
// the invariant stays the same, and the budget is kept.

import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import {
  type Attempt,
  type Script,
  type ShrinkBudget,
  type Smallest,
  smallestScript,
} from '../../src/testing/simulation/shrink-script.ts';
import type { Decision } from '../../src/testing/world/decisions.ts';

const kinds = ['fault.crash', 'fault.agent', 'schedule.pick', 'disk.latency', 'workload'];

/** A system that asks for one decision of each kind a step, and fails as soon as it has met all that it takes. */
interface System {
  readonly steps: number;
  readonly needs: readonly Decision[];
  /** What else may not hold, and breaks earlier, when this decision is missing. */
  readonly guard?: Decision;
  /** Needs no more than so much of each value. */
  readonly least?: number;
}

function text({ kind, nth, value }: Decision): string {
  return `${kind}#${nth} = ${value}`;
}

function play({ needs, guard, least }: System, script: Script): Attempt {
  const given = new Map(script.decisions.map((decision) => [`${decision.kind}#${decision.nth}`, decision]));
  const taken: Decision[] = [];
  const missing = new Map(needs.map((decision) => [`${decision.kind}#${decision.nth}`, decision]));
  const end = (invariant: string, step: number): Attempt => ({
    violation: { invariant, problem: `at step ${step}`, step },
    decisions: taken,
    last: taken.map(text),
  });
  if (missing.size === 0) return end('planted', 1);
  for (let step = 1; step <= script.steps; step++) {
    for (const kind of kinds) {
      const key = `${kind}#${step}`;
      const decision = given.get(key);
      if (guard !== undefined && key === `${guard.kind}#${guard.nth}` && decision === undefined)
        return end('another', step);
      if (decision === undefined) continue;
      taken.push(decision);
      if (decision.value >= Math.min(least ?? Infinity, missing.get(key)?.value ?? Infinity)) missing.delete(key);
      if (missing.size === 0) return end('planted', step);
    }
  }
  return { violation: undefined, decisions: taken, last: [] };
}

const plenty: ShrinkBudget = { runs: 400 };

/** Everything that could be decided, with values from 1 to 9. */
function noise(steps: number): Decision[] {
  return Array.from({ length: steps }, (_, at) =>
    kinds.map((kind, nth) => ({ kind, nth: at + 1, value: 1 + ((7 * at + nth) % 9) })),
  ).flat();
}

function shrunk(system: System, budget = plenty, tried: Script[] = []): Promise<Smallest | undefined> {
  const given = { decisions: noise(system.steps), steps: system.steps };
  return smallestScript(
    { ...given, invariant: 'planted' },
    (script) => {
      tried.push(script);
      return Promise.resolve(play(system, script));
    },
    budget,
  );
}

const all = noise(200);
const some = (...at: readonly number[]): Decision[] => at.map((index) => all[index] as Decision);

describe('a failing run is made smaller', () => {
  test('until only what the failure needs is left, in as few steps', async () => {
    const needs = some(102, 305, 409);
    const smallest = await shrunk({ steps: 200, needs });
    expect(smallest?.decisions).toEqual(needs);
    expect(smallest?.steps).toBe(82);
    expect(smallest?.violation).toEqual({ invariant: 'planted', problem: 'at step 82', step: 82 });
    expect(smallest?.last).toEqual(needs.map(text));
    expect(smallest?.runs).toBeLessThan(120);
  });

  test('to nothing when no decision is needed', async () => {
    const smallest = await shrunk({ steps: 200, needs: [] });
    expect(smallest).toMatchObject({ decisions: [], violation: { step: 1 } });
    expect(smallest?.runs).toBeLessThan(12);
  });

  test('and loses kinds as a whole before it is taken apart, faults first', async () => {
    const tried: Script[] = [];
    await shrunk({ steps: 200, needs: some(102, 104) }, plenty, tried);
    const left = tried.slice(0, 4).map(({ decisions }) => [...new Set(decisions.map(({ kind }) => kind))].toSorted());
    expect(left).toEqual([
      kinds.toSorted(),
      [],
      ['disk.latency', 'schedule.pick', 'workload'],
      ['disk.latency', 'workload'],
    ]);
  });

  test('and values come down as far as the failure lets them', async () => {
    const needs = some(103, 305, 409);
    const smallest = await shrunk({ steps: 200, needs, least: 1 });
    expect(smallest?.decisions).toEqual(needs.map((decision) => ({ ...decision, value: 1 })));
    const high = all.filter(({ value }) => value === 9).slice(3, 4);
    expect((await shrunk({ steps: 200, needs: high, least: 4 }))?.decisions).toEqual([{ ...high[0], value: 5 }]);
  });

  test('but never into another failure', async () => {
    const guard = some(50)[0] as Decision;
    const needs = some(102, 305);
    const smallest = await shrunk({ steps: 200, needs, guard });
    expect(smallest?.violation.invariant).toBe('planted');
    expect(smallest?.decisions).toEqual([{ ...guard, value: 1 }, ...needs]);
  });

  test('or not at all when it does not fail again', async () => {
    const tried: Script[] = [];
    const needs = [{ kind: 'never asked', nth: 1, value: 1 }];
    expect(await shrunk({ steps: 200, needs }, plenty, tried)).toBeUndefined();
    expect(tried).toHaveLength(1);
  });
});

describe('time is cut out', () => {
  /** Fails where a crash comes three steps after the second choice of work, whenever that is. */
  function late({ decisions, steps }: Script): Attempt {
    const at = (kind: string, nth: number): number =>
      decisions.find((decision) => decision.kind === kind && decision.nth === nth)?.value ?? 0;
    const asked = new Map(['workload', 'fault.crash'].map((kind) => [kind, [] as number[]]));
    const taken: Decision[] = [];
    let began = -Infinity;
    for (let step = 1; step <= steps; step++) {
      for (const [kind, times] of asked) {
        // Nothing is chosen in every tenth step.
        if (kind === 'workload' && step % 10 === 0) continue;
        const value = at(kind, times.push(step));
        if (value !== 0) taken.push({ kind, nth: times.length, value });
        if (kind === 'workload' && value === 2) began = step;
        if (kind === 'fault.crash' && value !== 0 && step === began + 3)
          return { violation: { invariant: 'planted', problem: '', step }, decisions: taken, last: [], asked };
      }
    }
    return { violation: undefined, decisions: taken, last: [], asked };
  }

  test('so that what happens late happens early, with decisions numbered anew', async () => {
    const decisions = [
      { kind: 'workload', nth: 100, value: 1 },
      { kind: 'workload', nth: 830, value: 2 },
      { kind: 'fault.crash', nth: 925, value: 1 },
    ];
    const given = { decisions, steps: 2_000 };
    expect(late(given).violation?.step).toBe(925);
    const smallest = await smallestScript(
      { ...given, invariant: 'planted' },
      (script) => Promise.resolve(late(script)),
      plenty,
    );
    expect(smallest?.decisions).toEqual([
      { kind: 'workload', nth: 1, value: 2 },
      { kind: 'fault.crash', nth: 4, value: 1 },
    ]);
    expect([smallest?.steps, smallest?.violation.step]).toEqual([4, 4]);
  });
});

describe('the budget', () => {
  test('ends it with the smallest so far', async () => {
    const tried: Script[] = [];
    const smallest = await shrunk({ steps: 200, needs: some(102, 305, 409) }, { runs: 12 }, tried);
    expect([tried.length, smallest?.runs]).toEqual([12, 12]);
    expect(smallest?.decisions.length).toBeLessThan(600);
    expect(smallest?.decisions).toEqual(expect.arrayContaining(some(102, 305, 409)));
  });

  test('may be one of time', async () => {
    let left = 5;
    const smallest = await shrunk({ steps: 200, needs: some(102) }, { runs: 400, isSpent: () => left-- <= 0 });
    expect(smallest?.runs).toBeLessThan(6);
  });

  test('is not spent on the same script twice', async () => {
    const tried: Script[] = [];
    await shrunk({ steps: 200, needs: some(102, 305, 409, 410) }, plenty, tried);
    const vain = tried.filter(
      (script) => play({ steps: 200, needs: some(102, 305, 409, 410) }, script).violation === undefined,
    );
    const keys = vain.map(({ decisions, steps }) => `${steps} ${decisions.map(text).join()}`);
    expect(new Set(keys).size).toBe(keys.length);
  });
});

test('whatever a failure needs, exactly that is left', async () => {
  const system = fc.record({
    steps: fc.integer({ min: 1, max: 60 }),
    at: fc.uniqueArray(fc.nat(), { minLength: 0, maxLength: 6 }),
  });
  await fc.assert(
    fc.asyncProperty(system, async ({ steps, at }) => {
      const decisions = noise(steps);
      const needs = [...new Set(at.map((each) => each % decisions.length))].toSorted((a, b) => a - b);
      const wanted = needs.map((each) => decisions[each] as Decision);
      const smallest = await shrunk({ steps, needs: wanted });
      expect(smallest?.decisions).toEqual(wanted);
      expect(smallest?.steps).toBe(wanted.at(-1)?.nth ?? 1);
    }),
    { numRuns: 60 },
  );
});
