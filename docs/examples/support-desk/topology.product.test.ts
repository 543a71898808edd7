// The support desk as a whole: the desk that passes tickets on, the triage machine, the agents that answer or fail. All that
// can happen to two tickets is gone through in every order that the runtime allows, and to one ticket with a customer who
// gives up, a time-out, a crash and a full mailbox.

import { type ProductReport, productModel, productText, type TopologyProductOptions } from 'troupe/testing';
import { expect, test } from 'vitest';
import desk from './topology.ts';

/** What an agent may answer; it may also take so long that the desk loses its patience. */
const agents = {
  'desk/triage/frontline': [{ done: 'Open the sign-in page.' }, { failed: new Error('there is no standard answer') }],
  'desk/triage/expert': [{ done: 'It is fixed.' }, { failed: new Error('nobody can explain this') }],
};

const ticket = (id: string, urgent: boolean) => ({
  to: 'desk',
  task: { id, type: 'ticket', input: { customer: 'Ada', question: 'why?', urgent } },
});

const invariants: TopologyProductOptions['invariants'] = {
  'no ticket in hand is answered already': ({ actor, outcomes }) => {
    const triage = actor('desk/triage');
    if (triage?.status !== 'running') return;
    const { current } = triage.snapshot.context as { readonly current?: { readonly id: string } };
    if (current !== undefined && outcomes.get(current.id)?.ok === true)
      throw new Error(`${current.id} is done and still in hand`);
  },
};

function covered(report: ProductReport): void {
  console.log(productText(report).join('\n'));
  const triage = report.actors.find(({ name }) => name === 'desk/triage')?.coverage;
  expect(triage?.missed.states).toEqual([]);
}

test('two tickets, one of them urgent, come to their end whatever happens', () => {
  const report = productModel(desk, {
    agents,
    invariants,
    environment: [ticket('t1', false), ticket('t2', true)],
  }).check();
  expect(report.search.complete).toBe(true);
  covered(report);
});

test('so does a ticket that is given up, in a desk that crashes and is full', () => {
  const report = productModel(desk, {
    agents,
    invariants,
    environment: [
      { ...ticket('t1', false), canTimeOut: true },
      { cancels: 't1', optional: true },
    ],
    crashes: 1,
    overloads: 1,
  }).check();
  expect(report.search.complete).toBe(true);
  covered(report);
});
