// Options of model tests are checked at once, against the machine: an assertion on a state that is not there would
// never run.

import { expect, test } from 'vitest';
import { createMachine } from 'xstate';
import topology from '../../docs/examples/support-desk/topology.ts';
import { modelTests } from '../../src/testing/index.ts';

const door = createMachine({
  id: 'door',
  initial: 'shut',
  states: { shut: { on: { open: 'ajar' } }, ajar: { on: { close: 'shut' } } },
});

test.each([
  [{ stats: {} }, 'stats of machine \'door\' is "an unknown option"'],
  [{ states: { shutt: () => undefined } }, "a state that the machine has. Did you mean 'shut'?"],
  [{ expects: { 'opn > close': [] } }, 'expects of machine \'door\' is "opn"'],
  [{ paths: 'longest' }, "'shortest' or 'simple'"],
  [{ abstract: 1 }, "abstract of machine 'door' is 1; it takes a function"],
  [{ coverage: { states: 120 } }, 'a percentage from 0 to 100'],
  [{ events: [{ kind: 'open' }] }, "events of machine 'door'[0] is an object; it takes an event with a type"],
  [{ events: [{ type: 'xstate.done.actor.x' }] }, 'invoked actors as invoke.done and invoke.failed'],
])('%j is refused', (options, message) => {
  expect(() => modelTests(door, options as never)).toThrow(message);
});

test('what is neither a machine nor a topology is refused', () => {
  expect(() => modelTests({} as never)).toThrow('a state machine, or what defineTopology() returned');
});

test('options for a node that has no machine of its own are refused', () => {
  expect(() => modelTests(topology, { machines: { 'desk/triag': {} } })).toThrow("Did you mean 'desk/triage'?");
});
