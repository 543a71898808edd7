// The actors that the tests of invariants cast: one that does whatever it is told to, and can be told to tell others,
// a machine with delays and a promise, and a topology with agents that retry, take steps and delegate.

import { agent, defineTopology, director, orchestrator, type Topology } from 'troupe';
import { type AnyActorLogic, assign, emit, type EventObject, fromPromise, fromTransition, setup } from 'xstate';
import type { Decisions } from '../../src/testing/world/decisions.ts';
import { effect } from '../../src/kernel/effects.ts';

/** Something that an actor is to do, as plain data. */
export type Act =
  | { readonly act: 'tell'; readonly to: string; readonly priority: number; readonly acts: readonly Act[] }
  | { readonly act: 'reply' | 'stash' | 'unstash' | 'stopSelf' | 'crash' | 'spoil' }
  | { readonly act: 'watch' | 'unwatch'; readonly to: string }
  | { readonly act: 'publish' | 'subscribe'; readonly topic: string }
  | { readonly act: 'schedule'; readonly id: string; readonly ms: number; readonly acts: readonly Act[] }
  | { readonly act: 'cancel'; readonly id: string }
  | { readonly act: 'spawn'; readonly id: string; readonly durable: boolean }
  | { readonly act: 'stopChild'; readonly id: string }
  | { readonly act: 'delegate'; readonly to: string; readonly ms: number }
  | { readonly act: 'complete' };

/** A message that says what is to be done. */
export interface Order extends EventObject {
  readonly type: 'do';
  readonly n: number;
  readonly acts: readonly Act[];
}

interface Counted {
  readonly handled: number;
  readonly tasks: readonly string[];
  readonly spoiled?: () => void;
}

type Emit = (effect: EventObject) => void;

/** Not every crash happens that is ordered, nor every stash: what goes round and round gets through in the end. */
let orders_count = 0;

/** As at the start of the first of all runs. */
export function beginAnew(): void {
  orders_count = 0;
}

function perform(each: Act, state: Counted, emitted: Emit, others: { readonly hand: AnyActorLogic }): Counted {
  switch (each.act) {
    case 'tell':
      emitted(effect.tell(each.to, { type: 'do', n: 0, acts: each.acts }, { priority: each.priority as 5 }));
      break;
    case 'reply':
      emitted(effect.reply({ type: 'answer' }));
      break;
    case 'watch':
      emitted(effect.watch(each.to));
      break;
    case 'unwatch':
      emitted(effect.unwatch(each.to));
      break;
    case 'publish':
      emitted(effect.publish(each.topic, { type: 'do', n: 0, acts: [] }));
      break;
    case 'subscribe':
      emitted(effect.subscribe(each.topic));
      break;
    case 'stash':
      orders_count += 1;
      if (orders_count % 3 !== 0) emitted(effect.stash());
      break;
    case 'unstash':
      emitted(effect.unstash());
      break;
    case 'schedule':
      emitted(effect.schedule(each.id, { type: 'do', n: 0, acts: each.acts }, each.ms));
      break;
    case 'cancel':
      emitted(effect.cancelSchedule(each.id));
      break;
    case 'spawn':
      emitted(effect.spawnActor(each.durable ? 'hand' : others.hand, { id: each.id, durable: each.durable }));
      break;
    case 'stopChild':
      emitted(effect.stopChild(each.id));
      break;
    case 'stopSelf':
      emitted(effect.stopSelf());
      break;
    case 'delegate':
      emitted(effect.delegate(each.to, { type: 'errand' }, each.ms === 0 ? {} : { timeoutMs: each.ms }));
      break;
    case 'complete': {
      const [first, ...tasks] = state.tasks;
      if (first !== undefined) emitted(effect.complete(first, 'done'));
      return { ...state, tasks };
    }
    case 'crash':
      orders_count += 1;
      if (orders_count % 3 !== 0) throw new Error('as it was told');
      break;
    case 'spoil':
      orders_count += 1;
      return orders_count % 3 === 0 ? state : { ...state, spoiled: () => {} };
  }
  return state;
}

/** Does what it is told to. */
export const hand: AnyActorLogic = fromTransition(
  (state: Counted, event: EventObject, scope) => {
    if (event.type === 'xstate.stop') return state;
    const emitted: Emit = (each) => {
      scope.emit(each);
    };
    let next: Counted = { ...state, handled: state.handled + 1 };
    if (event.type === 'task.assigned') next = { ...next, tasks: [...next.tasks, (event as { id?: string }).id ?? ''] };
    for (const each of (event as Partial<Order>).acts ?? []) next = perform(each, next, emitted, { hand });
    return next;
  },
  { handled: 0, tasks: [] } as Counted,
);

/** Waits, works, waits again; and hears the news from the start. */
export const clockwork: AnyActorLogic = setup({
  types: { context: {} as { rounds: number } },
  actors: { work: fromPromise(async () => 'worked') },
}).createMachine({
  context: { rounds: 0 },
  initial: 'waiting',
  entry: emit(effect.subscribe('news') as never),
  states: {
    waiting: { after: { 700: 'working' }, on: { do: 'working' } },
    working: {
      entry: assign({ rounds: ({ context }) => context.rounds + 1 }),
      invoke: { src: 'work', onDone: 'rest' },
      after: { 5_000: 'rest' },
    },
    rest: { on: { do: 'waiting' }, entry: emit(effect.tell('p1', { type: 'do', n: 0, acts: [] }) as never) },
  },
});

/** A topology whose agents fail, take steps and delegate, as chance has it. */
export function errands(decisions: Decisions): Topology {
  return defineTopology({
    name: 'errands',
    orchestrators: {
      main: orchestrator({
        directors: {
          team: director({
            agents: {
              fetch: agent({
                instances: 2,
                retries: { limit: 2, backoff: { initial: '100ms' } },
                timeout: '20s',
                run: async (_task, ctx) => {
                  const found = await ctx.step('found', () => 1);
                  const part = decisions.chance('agent.delegates', 2) ? await ctx.delegate('sort', found) : 0;
                  if (decisions.chance('agent.throws', 3)) throw new Error('not this time');
                  return [found, part];
                },
              }),
              sort: agent({ run: ({ input }) => input }),
            },
          }),
        },
      }),
    },
  }) as unknown as Topology;
}
