// The director of the support desk: an ordinary XState machine. It has one ticket in hand at a time, gives it to the
// front line, and escalates to an expert when the front line fails or takes too long. After an escalation the desk is
// rushed for a while, and urgent tickets go to an expert at once. The machine only says what it wants (`delegate`,
// `complete`, `fail`); the runtime does it after the transition. So it can be drawn, and tested without any agent.

import { type ActorEvent, complete, delegate, type Effect, effect, fail } from 'troupe';
import { and, assign, emit, raise, setup, stateIn } from 'xstate';
import { Resolution, type Ticket } from './schemas.ts';

/** How long the front line may take before the desk follows up. */
export const patience_ms = 2_000;
/** How long after the last escalation the desk is calm again. */
export const rush_ms = 60_000;
/** Tickets that may wait. */
export const waiting_count = 20;

/** A ticket and the id of its task: whatever is done for it is done in the name of that id. */
interface Case {
  readonly id: string;
  readonly ticket: Ticket;
}

interface DeskContext {
  readonly current: Case | undefined;
  readonly waiting: readonly Case[];
  /** Why the ticket in hand was escalated. */
  readonly why: string | undefined;
}

type DeskEvent = ActorEvent | { readonly type: 'ticket.escalated' };

interface Args {
  readonly context: DeskContext;
  readonly event: DeskEvent;
}

const idOf = ({ context }: Pick<Args, 'context'>): string => context.current?.id ?? '';
const answerId = (args: Pick<Args, 'context'>): string => `${idOf(args)}.answer`;
const investigationId = (args: Pick<Args, 'context'>): string => `${idOf(args)}.investigation`;
const idIn = (event: DeskEvent): string => ('id' in event ? event.id : '');
const forTicket = (args: Args): { for: string } => ({ for: idOf(args) });

function caseIn({ event }: Args): Case[] {
  return event.type === 'task.assigned' ? [{ id: event.id, ticket: event.task.input as Ticket }] : [];
}

/** What an agent threw, in its own words: the error that arrives names the hop, its cause is the agent's. */
function reasonIn({ event }: Args): string {
  const error = event.type === 'delegation.failed' ? event.error : undefined;
  if (!(error instanceof Error)) return 'no reason was given';
  return error.cause instanceof Error ? error.cause.message : error.message;
}

export const triageMachine = setup({
  types: { context: {} as DeskContext, events: {} as DeskEvent, emitted: {} as Effect },
  guards: {
    someoneWaits: ({ context }) => context.waiting.length > 0,
    full: ({ context }) => context.waiting.length >= waiting_count,
    urgent: ({ context }) => context.current?.ticket.urgent === true,
    isInHand: ({ context, event }) => idIn(event) === idOf({ context }),
    isAnswer: ({ context, event }) => idIn(event) === answerId({ context }),
    isFinding: ({ context, event }) => idIn(event) === investigationId({ context }),
  },
  actions: {
    // After a restart the desk has its tickets still. One that it had answered just before may be assigned to it once more.
    enqueue: assign({
      waiting: ({ context, event }) => {
        const isKnown = [context.current, ...context.waiting].some((each) => each?.id === idIn(event));
        return isKnown ? context.waiting : [...context.waiting, ...caseIn({ context, event })];
      },
    }),
    dequeue: assign({ waiting: ({ context, event }) => context.waiting.filter(({ id }) => id !== idIn(event)) }),
    takeNext: assign({
      current: ({ context }) => context.waiting[0],
      waiting: ({ context }) => context.waiting.slice(1),
      why: undefined,
    }),
    putDown: assign({ current: undefined, why: undefined }),
    noteFailure: assign({ why: reasonIn }),
    noteSlow: assign({ why: `the front line did not answer within ${patience_ms} ms` }),
    noteUrgent: assign({ why: 'it is urgent and the desk is rushed' }),
    escalated: raise({ type: 'ticket.escalated' }),
    askFrontline: delegate(
      './frontline',
      (args) => ({ id: answerId(args), type: 'answer', input: args.context.current?.ticket.question }),
      forTicket,
    ),
    stopFrontline: emit((args) => effect.cancelDelegation(answerId(args), 'it took too long')),
    askExpert: delegate(
      './expert',
      (args) => ({
        id: investigationId(args),
        type: 'investigate',
        input: { question: args.context.current?.ticket.question, why: args.context.why },
      }),
      forTicket,
    ),
    resolve: complete(idOf, ({ context, event }: Args) =>
      Resolution.parse({
        answer: event.type === 'delegation.done' ? event.output : '',
        by: context.why === undefined ? 'frontline' : 'expert',
        escalated: context.why,
      }),
    ),
    giveUp: fail(idOf, ({ event }: Args) => (event.type === 'delegation.failed' ? event.error : undefined)),
    turnAway: fail(
      ({ event }) => idIn(event),
      () => new Error(`${waiting_count} tickets wait already; try again later`),
    ),
  },
  delays: { patience: patience_ms, rush: rush_ms },
}).createMachine({
  id: 'triage',
  type: 'parallel',
  context: { current: undefined, waiting: [], why: undefined },
  states: {
    ticket: {
      initial: 'none',
      on: {
        'task.assigned': [{ guard: 'full', actions: 'turnAway' }, { actions: 'enqueue' }],
        'task.cancelled': [{ guard: 'isInHand', target: '.none' }, { actions: 'dequeue' }],
      },
      states: {
        none: {
          entry: 'putDown',
          always: { guard: 'someoneWaits', target: 'triaging' },
        },
        triaging: {
          entry: 'takeNext',
          always: [
            { guard: and(['urgent', stateIn({ pressure: 'rushed' })]), target: 'withExpert', actions: 'noteUrgent' },
            { target: 'atFrontline' },
          ],
        },
        atFrontline: {
          entry: 'askFrontline',
          on: {
            'delegation.done': { guard: 'isAnswer', target: 'none', actions: 'resolve' },
            'delegation.failed': { guard: 'isAnswer', target: 'withExpert', actions: ['noteFailure', 'escalated'] },
          },
          after: { patience: { target: 'withExpert', actions: ['stopFrontline', 'noteSlow', 'escalated'] } },
        },
        withExpert: {
          entry: 'askExpert',
          on: {
            'delegation.done': { guard: 'isFinding', target: 'none', actions: 'resolve' },
            'delegation.failed': { guard: 'isFinding', target: 'none', actions: 'giveUp' },
          },
        },
      },
    },
    pressure: {
      initial: 'calm',
      states: {
        calm: { on: { 'ticket.escalated': 'rushed' } },
        rushed: {
          on: { 'ticket.escalated': { target: 'rushed', reenter: true } },
          after: { rush: 'calm' },
        },
      },
    },
  },
});
