// What the model tests of the support desk need to know: which events come with what in them, and what of the desk's
// context matters. `troupe test` reads this file because it stands beside topology.ts; triage.model.test.ts hands the
// same to vitest.

import type { ActorEvent } from 'troupe';
import { modelOptions } from 'troupe/testing';
import type { SnapshotFrom } from 'xstate';
import { triageMachine, waiting_count } from './triage.ts';

type Desk = SnapshotFrom<typeof triageMachine>;

/** A ticket that nobody has yet. */
function ticket({ context: { current, waiting } }: Desk, urgent: boolean): ActorEvent {
  const taken = [current, ...waiting].map((each) => each?.id);
  const id = Array.from({ length: waiting_count + 2 }, (_, nth) => `t${nth}`).find((each) => !taken.includes(each));
  const input = { customer: 'Ada', question: 'why?', urgent };
  return { type: 'task.assigned', id: id ?? 't', task: { id: id ?? 't', type: 'ticket', input }, priority: 5, now: 0 };
}

/** How the agents answer for the ticket in hand, and for one that is no longer. */
function answers({ context: { current } }: Desk): ActorEvent[] {
  const ids = [`${current?.id ?? 'none'}.answer`, `${current?.id ?? 'none'}.investigation`, 'gone.answer'];
  return ids.flatMap((id) => [
    { type: 'delegation.done', id, output: 'It is fixed.' },
    { type: 'delegation.failed', id, error: new Error('nobody knows') },
  ]);
}

const triage = modelOptions(triageMachine, {
  events: (desk) => {
    const { current, waiting } = desk.context;
    // A long queue is only filled, ticket by ticket, until the one that is turned away.
    if (waiting.length > 2) return [ticket(desk, false)];
    const cancelled = [current?.id, waiting[0]?.id, 'gone'].filter((id) => id !== undefined);
    return [
      ticket(desk, false),
      ...(waiting.length === 0 ? [ticket(desk, true)] : []),
      ...answers(desk),
      ...cancelled.map((id) => ({ type: 'task.cancelled', id, reason: 'found it myself' }) as const),
    ];
  },
  abstract: ({ context: { current, waiting, why } }) => ({
    urgent: current?.ticket.urgent,
    waiting: waiting.length,
    nextIsUrgent: waiting[0]?.ticket.urgent,
    escalated: why !== undefined,
  }),
  states: {
    'ticket.none': ({ context }) => {
      if (context.current !== undefined || context.waiting.length > 0) throw new Error('a ticket was forgotten');
    },
  },
  expects: {
    'timer.elapsed patience': [
      { type: 'troupe.cancelDelegation', reason: 'it took too long' },
      { type: 'troupe.delegate', to: './expert' },
    ],
    'timer.elapsed rush': [],
  },
  coverage: { states: 100, transitions: 100, guards: 100 },
});

export default { 'desk/triage': triage };
