// What is done in the house beside the rest: a steward, whom every crash spares, and a page, whom none does, send runners
// and wait for what they bring; a watch leaves memory between its alarms; and money is moved twice at once. Whoever is
// needed for it comes when it is first done.

import { effect, type Effect, type Runtime } from 'troupe';
import type { Chance } from 'troupe/testing';
import { fromTransition } from 'xstate';
import { balance, type house } from './house.ts';
import { alarm } from './house-actors.ts';

type Emitted = { readonly emit: (wanted: Effect) => void };
type House = Runtime<typeof house>;
type At = { readonly runtime: House };

const ways = ['quick', 'slow', 'refuse', 'trip', 'dawdle', 'leave'] as const;
type Way = (typeof ways)[number];

const runners = ['runner', 'bearer'] as const;
const senders = ['steward', 'page'] as const;
const accounts = ['ann', 'bob', 'cy'] as const;
const restart = { maxRestarts: 1_000, within: '1s' } as const;

/** Sends runners, and remembers of each errand how often it was told what became of it. */
export type StewardEvent =
  | { readonly type: 'send'; readonly to: string; readonly way: Way }
  | { readonly type: 'delegation.done' | 'delegation.failed'; readonly id: string }
  | { readonly type: 'report' };
export type StewardState = { readonly sent: number; readonly told: Readonly<Record<string, number>> };
export const steward = fromTransition(
  (state: StewardState, event: StewardEvent, { emit: wants }: Emitted): StewardState => {
    switch (event.type) {
      case 'send':
        wants(effect.delegate(event.to, { id: `errand-${state.sent}`, type: event.way }, { timeoutMs: 20_000 }));
        return { ...state, sent: state.sent + 1 };
      case 'delegation.done':
      case 'delegation.failed':
        return { ...state, told: { ...state.told, [event.id]: (state.told[event.id] ?? 0) + 1 } };
      case 'report':
        wants(effect.reply({ type: 'errands', ...state }));
    }
    return state;
  },
  { sent: 0, told: {} },
);

/** Does an errand as it is told to: at once, later, never; or it refuses, falls, or leaves for good (the bearer stays). */
export type RunnerEvent =
  | { readonly type: 'task.assigned'; readonly id: string; readonly task: { readonly type: Way } }
  | { readonly type: 'back'; readonly id: string };
export const runner = fromTransition((begun: number, event: RunnerEvent, { emit: wants }: Emitted) => {
  if (event.type === 'back') wants(effect.complete(event.id, begun));
  if (event.type !== 'task.assigned') return begun;
  const { id, task } = event;
  if (task.type === 'trip') throw new Error('the runner tripped');
  if (task.type === 'quick') wants(effect.complete(id, begun));
  if (task.type === 'refuse') wants(effect.fail(id, 'not in this weather'));
  if (task.type === 'slow') wants(effect.schedule(`back ${id}`, { type: 'back', id }, 5_000));
  if (task.type === 'leave') wants(effect.stopSelf());
  return begun + 1;
}, 0);

/** Moves money; looks away in between, so that somebody else may move some, too. */
async function move({ runtime }: At, from: string, to: string, amount: number): Promise<void> {
  await runtime.state.transaction(async (tx) => {
    const before = balance(tx.get(`account/${from}`)?.value);
    await Promise.resolve();
    tx.set(`account/${from}`, before - amount);
    tx.set(`account/${to}`, balance(tx.get(`account/${to}`)?.value) + amount);
  });
}

export const errandOperations = {
  'send a runner': ({ runtime, pick }: At & Chance) => {
    const [sender, to, way] = [pick(senders), pick(runners), pick(ways)];
    if (runtime.actor(to) === undefined) runtime.spawn(runner, { id: to, durable: to === 'bearer', restart });
    const ref = runtime.actor(sender) ?? runtime.spawn(steward, { id: sender, durable: sender === 'steward' });
    ref.tell({ type: 'send', to, way: to === 'bearer' && way === 'leave' ? 'dawdle' : way });
  },
  'set a watch': ({ runtime, between }: At & Chance) => {
    const ref = runtime.actor('watch') ?? runtime.spawn(alarm, { id: 'watch', durable: true, passivateAfter: '2s' });
    ref.tell({ type: 'set', delay: between(1, 90) * 1_000 });
  },
  'move money twice at once': async (at: At & Chance) => {
    const one = (): Promise<void> => move(at, at.pick(accounts), at.pick(accounts), at.between(1, 100));
    for (const end of await Promise.allSettled([one(), one()])) if (end.status === 'rejected') throw end.reason;
  },
} as const;

export const errandsSettled = {
  'each errand of the steward has one end': async ({ runtime }: At) => {
    const ref = runtime.actor('steward');
    if (ref === undefined) return;
    // Nobody answers: until then, each has had its time.
    await ref.ask({ type: 'delegation.seen' }, { timeout: '25s' }).catch(() => {});
    const { sent, told } = (await ref.ask({ type: 'report' })) as unknown as StewardState;
    for (let nth = 0; nth < sent; nth++) {
      const count = told[`errand-${nth}`] ?? 0;
      if (count !== 1) throw new Error(`the steward was told ${count} times what became of errand ${nth} of ${sent}`);
    }
    if (Object.keys(told).length > sent) throw new Error(`${Object.keys(told).length} errands ended of ${sent}`);
  },
} as const;
