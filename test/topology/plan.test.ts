// A plan is checked as a whole before anything runs: all problems at once, no exception for any plan, and an order that
// respects every need.

import * as fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import { type PlanProblem, checkPlan, planLevels, planOrder } from '../../src/topology/plan.ts';
import type { Plan } from '../../src/topology/resolved.ts';

const types = ['list', 'measure', 'report'];
const told = (plan: unknown): string[] =>
  checkPlan(plan, types).map(({ path, problem }: PlanProblem) => `${path}: ${problem}`);

describe('checking a plan', () => {
  test('a good plan has no problems', () => {
    expect(
      told({
        files: { type: 'list', input: { dir: '.' } },
        sizes: { type: 'measure', needs: ['files'], each: () => [], input: () => 1, priority: 2, timeout: '5s' },
        report: { type: 'report', needs: ['sizes', 'files'] },
      }),
    ).toEqual([]);
  });

  test('all problems are told at once', () => {
    const lines = told({
      a: { type: 'lst' },
      b: { type: 'list', needs: ['missing'] },
      c: { type: 'list', needs: ['c'] },
      d: { type: 'list', needs: 'a' },
      e: { type: 'list', each: 5 },
      f: 7,
      g: { type: 'list', nedes: [] },
      h: { needs: ['a', 'a', 4] },
      i: { type: 'list', needs: ['j'] },
      j: { type: 'list', needs: ['k'] },
      k: { type: 'list', needs: ['i'] },
      l: { type: 'list', timeout: 'soon', priority: 11 },
      'm/n': { type: 'list' },
    });
    expect(lines).toEqual([
      `a.type: is "lst", which no agent accepts; Did you mean 'list'?`,
      'b.needs: has "missing", which is no node of the plan; Known: a, b, c, d, e, f, g, h, i, j, k, l, m/n.',
      'c.needs: has the node itself',
      'd.needs: is "a", not a list of names of nodes',
      'e.each: is 5, not a function of the results',
      'f: is no object with a type',
      `g.nedes: is no option of a node; Did you mean 'needs'?`,
      'h.type: is undefined, not the name of a task type',
      'h.needs: has "a" twice',
      'h.needs: has 4, not the name of a node',
      'l.priority: is 11, which is no priority from 0 to 10',
      'l.timeout: is "soon", which is no duration',
      expect.stringContaining(`m/n: the node's name is "m/n"`),
      'i.needs: the needs form a cycle: i > j > k > i',
    ]);
  });

  test('what is no plan at all is said so', () => {
    for (const plan of [null, undefined, 5, 'plan', [], {}, Promise.resolve({})])
      expect(checkPlan(plan, types)).toHaveLength(1);
    const many = Object.fromEntries(Array.from({ length: 1_001 }, (_, index) => [`n${index}`, { type: 'list' }]));
    expect(told(many)).toEqual([': the plan has 1001 nodes, the most is 1000; use each for many tasks of one type']);
  });

  test('a node that throws when it is read is one problem', () => {
    const node = Object.defineProperty({}, 'type', {
      enumerable: true,
      get: () => {
        throw new Error('boom');
      },
    });
    expect(told({ a: node, b: { type: 'list' } })).toEqual(["a: can't be read: boom"]);
  });

  test('no plan makes it throw', () => {
    fc.assert(
      fc.property(
        fc.anything({ withBigInt: true, withNullPrototype: true }),
        (plan) =>
          Array.isArray(checkPlan({ a: plan, b: { type: plan, needs: plan } }, types)) &&
          Array.isArray(checkPlan(plan, types)),
      ),
    );
  });
});

describe('the order of a plan', () => {
  test('waves hold what can run together', () => {
    const plan: Plan = {
      d: { type: 'x', needs: ['b', 'c'] },
      a: { type: 'x' },
      b: { type: 'x', needs: ['a'] },
      c: { type: 'x', needs: ['a'] },
    };
    expect(planLevels(plan)).toEqual([['a'], ['b', 'c'], ['d']]);
    expect(planOrder(plan)).toEqual(['a', 'b', 'c', 'd']);
  });

  test('every node comes once and after all it needs, and a checker that finds no cycle is right', () => {
    const plans = fc
      .array(fc.array(fc.nat(9), { maxLength: 4 }), { minLength: 1, maxLength: 10 })
      .map((needs) =>
        Object.fromEntries(
          needs.map((list, index): [string, Plan[string]] => [
            `n${index}`,
            { type: 'list', needs: [...new Set(list.filter((need) => need < index).map((need) => `n${need}`))] },
          ]),
        ),
      );
    fc.assert(
      fc.property(plans, (plan) => {
        expect(checkPlan(plan, types)).toEqual([]);
        const order = planOrder(plan);
        expect(order.toSorted()).toEqual(Object.keys(plan).toSorted());
        for (const [name, node] of Object.entries(plan)) {
          for (const need of node.needs ?? []) expect(order.indexOf(need)).toBeLessThan(order.indexOf(name));
        }
      }),
    );
  });
});
