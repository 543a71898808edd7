// What is refused of a product's options, by field; and how the nodes of a topology are played.

import { describe, expect, test } from 'vitest';
import { createMachine } from 'xstate';
import { agent, complete, defineTopology, director, orchestrator } from '../../src/index.ts';
import type { AnyProductOptions } from '../../src/testing/product/options.ts';
import { productModel } from '../../src/testing/product/product-model.ts';

const door = createMachine({ initial: 'shut', states: { shut: { on: { push: 'open' } }, open: {} } });
const push = { to: 'door', event: { type: 'push' } };

describe('options are refused by their field', () => {
  const refused: readonly [string, Partial<AnyProductOptions>, RegExp][] = [
    ['no environment', { environment: undefined as never }, /^environment is/],
    ['an unknown option', { depth: 3 } as never, /^depth is "an unknown option"/],
    [
      'an address',
      { environment: [{ to: 'dor', event: { type: 'push' } }] },
      /^environment\[0\].to is "dor".*Did you mean 'door'/,
    ],
    ['no step', { environment: [{ to: 'door' } as never] }, /^environment\[0\] is/],
    ['an event without a type', { environment: [{ to: 'door', event: {} as never }] }, /^environment\[0\] is/],
    [
      'a task twice',
      { environment: [{ to: 'door', task: { id: 'a', type: 'b' }, times: 2 }] },
      /^environment\[0\].times is 2.*a task is given once/,
    ],
    ['times', { environment: [{ ...push, times: 0 }] }, /^environment\[0\].times is 0/],
    ['a state', { waits: { door: ['opn'] } }, /^waits\['door'\] is "opn".*Did you mean 'open'/],
    ['an address of abstract', { abstract: { window: () => 1 } }, /^abstract is "window"/],
    ['an invariant', { allow: ['deadlocks' as never] }, /^allow is "deadlocks"; it takes deadlock, unsettled/],
    ['recover', { recover: 'never' as never }, /^recover is "never"/],
    ['crashes', { crashes: -1 }, /^crashes is -1/],
    ['worlds', { worlds: 2_000_000 }, /^worlds is 2000000; it takes at most 1000000/],
    ['walks', { walks: 200_000 }, /^walks is 200000/],
    ['length', { length: 20_000 }, /^length is 20000/],
  ];

  test.each(refused)('%s', (_name, options, message) => {
    const all = { environment: [push], ...options } as AnyProductOptions;
    expect(() => productModel({ actors: { door } }, all as never)).toThrow(message);
  });

  test('what is neither a topology nor machines', () => {
    expect(() => productModel({ actors: { door: {} as never } }, { environment: [] })).toThrow(/^actors\['door'\] is/);
    expect(() => productModel(7 as never, { environment: [] })).toThrow(/^productModel is 7/);
  });
});

describe('the nodes of a topology', () => {
  const quick = agent({ accepts: ['job', 'extra'], run: () => 1 });
  const slow = agent({ accepts: 'job', run: () => 2 });
  const topology = defineTopology({
    name: 'office',
    orchestrators: {
      main: orchestrator({
        directors: {
          team: director({ agents: { quick, slow }, route: () => 'slow' }),
          code: director({
            accepts: 'other',
            agents: { own: agent({ accepts: 'thing', run: () => 3 }) },
            run: () => 4,
          }),
        },
      }),
    },
  });
  const job = (type: string) => ({ to: 'main', task: { id: 't', type } });

  test('who only passes tasks on is played by the director machine, along its route, and the outcome comes back', () => {
    const ends = new Set<string>();
    const invariants: AnyProductOptions['invariants'] = {
      ends: ({ outcomes }) => {
        for (const { ok, value } of outcomes.values()) ends.add(`${ok} ${String(value)}`);
      },
    };
    const agents = { 'main/team/slow': [{ done: 'slowly' }, { failed: new Error('too slow') }] };
    const report = productModel(topology, { environment: [job('job')], agents, invariants }).check();
    expect([...ends].toSorted()).toEqual([expect.stringMatching(/^false .*too slow/), 'true slowly']);
    expect(report.actors.map(({ name, label }) => `${name}: ${label}`)).toEqual([
      'main: the director machine',
      'main/team: the director machine',
      'main/team/quick: an agent, by its answers',
      'main/team/slow: an agent, by its answers',
      'main/code: a director with code, by its answers',
      'main/code/own: an agent, by its answers',
    ]);
  });

  test('a machine may be given to a node with code; a node that is played otherwise is refused', () => {
    const forgetful = createMachine({ on: { 'task.assigned': {} } });
    const options = { environment: [job('other')] };
    expect(productModel(topology, options).run().passed).toBe(true);
    const { violations } = productModel(topology, { ...options, machines: { 'main/code': forgetful } }).run();
    expect(violations.map(({ invariant }) => invariant)).toEqual(['deadlock', 'unsettled']);
    const dutiful = createMachine({ on: { 'task.assigned': { actions: complete('t', 1) } } });
    expect(productModel(topology, { ...options, machines: { 'main/code': dutiful } }).run().passed).toBe(true);
    expect(() => productModel(topology, { ...options, agents: { main: [] } })).toThrow(/^agents is "main"/);
    expect(() => productModel(topology, { ...options, machines: { 'main/cod': dutiful } })).toThrow(
      /^machines is "main\/cod"/,
    );
  });

  test('a type that nobody takes fails the task', () => {
    const found: string[] = [];
    const invariants: AnyProductOptions['invariants'] = {
      ends: ({ outcomes }) => {
        for (const { value } of outcomes.values()) found.push((value as { code: string }).code);
      },
    };
    productModel(topology, { environment: [job('unknown')], invariants }).check();
    expect(new Set(found)).toEqual(new Set(['NO_AGENT']));
  });
});
