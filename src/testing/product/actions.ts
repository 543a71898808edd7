// What can happen next in a world: one message is handled, something comes from outside, a timer or a deadline is due, an
// agent answers, an actor crashes or comes back, a full mailbox turns a message away. Each has an id that stays the same
// as long as nothing that it depends on has happened, so that a story can be told again.

import type { AnyEventObject } from 'xstate';
import type { Wait } from '../rewrite.ts';
import type { Plan } from './plan.ts';
import { viewOf } from './view.ts';
import { outside, type ProductActor, type World } from './world.ts';

/** One thing that can happen. */
export type Action = { readonly id: string } & (
  | { readonly type: 'deliver' | 'overload'; readonly channel: string }
  | { readonly type: 'deliverReturned' | 'crash' | 'restart'; readonly address: string }
  | { readonly type: 'environment'; readonly index: number; readonly optional: boolean }
  | { readonly type: 'event'; readonly address: string; readonly event: AnyEventObject }
  | { readonly type: 'schedule'; readonly address: string; readonly name: string }
  | { readonly type: 'answer'; readonly address: string; readonly key: string; readonly nth: number }
  | { readonly type: 'deadline' | 'refuse'; readonly key: string }
);

/** Whether nothing has to happen any more: what is left are faults, and what may stay away for ever. */
export function isOver(actions: readonly Action[]): boolean {
  return actions.every((action) => faults.has(action.type) || (action.type === 'environment' && action.optional));
}

const faults: ReadonlySet<Action['type']> = new Set(['crash', 'overload', 'refuse']);

/** Everything that can happen. */
export function actionsIn(world: World, plan: Plan): readonly Action[] {
  const actors = [...world.actors.values()];
  return [
    ...environmentIn(world, plan),
    ...[...world.mail].flatMap(([channel, messages]) => deliveryOf(world, channel, messages[0]?.to)),
    ...actors.flatMap((actor) => ownOf(world, actor)),
    ...[...world.tasks.values()].flatMap(({ key, hasDeadline }): Action[] =>
      hasDeadline ? [{ type: 'deadline', id: `deadline ${key}`, key }] : [],
    ),
    ...actors.flatMap((actor) => restartOf(world, actor)),
    ...faultsIn(world, plan),
  ];
}

function environmentIn(world: World, { environment }: Plan): readonly Action[] {
  return environment.flatMap((step, index): Action[] => {
    const id = `environment ${index}`;
    const left = (step.times ?? 1) - (world.counts.get(id) ?? 0);
    if (left <= 0 || (step.when !== undefined && !step.when(viewOf(world)))) return [];
    if ('cancels' in step && !openTo(world, step.cancels)) return [];
    return [{ type: 'environment', id, index, optional: step.optional === true }];
  });
}

const openTo = (world: World, id: string): boolean =>
  [...world.tasks.values()].some((task) => task.from === outside && task.id === id);

function deliveryOf(world: World, channel: string, to = ''): readonly Action[] {
  const actor = world.actors.get(to);
  // What was put aside goes before all else.
  if (actor?.status !== 'running' || actor.returned.length > 0) return [];
  return [{ type: 'deliver', id: `deliver ${channel}`, channel }];
}

function ownOf(world: World, actor: ProductActor): readonly Action[] {
  const { address, role, status, model, returned, schedules } = actor;
  if (status !== 'running') return [];
  const own: Action[] = [];
  if (returned.length > 0) own.push({ type: 'deliverReturned', id: `deliver returned ${address}`, address });
  if (role.type === 'machine' && model !== undefined && model.waits.size > 0) {
    const late = laterTimers([...model.waits.values()].filter(isTimer));
    role.environment.eventsAt(model).forEach((event, nth) => {
      if (!late.has(event.type))
        own.push({ type: 'event', id: `event ${address} ${event.type} ${nth}`, address, event });
    });
  }
  const late = laterTimers(schedules);
  for (const { id: name } of schedules)
    if (!late.has(name)) own.push({ type: 'schedule', id: `schedule ${address} ${name}`, address, name });
  if (role.type === 'agent') {
    for (const task of world.tasks.values()) {
      const { key } = task;
      if (task.to !== address) continue;
      role
        .answers(task)
        .forEach((_, nth) => own.push({ type: 'answer', id: `answer ${key} ${nth}`, address, key, nth }));
    }
  }
  return own;
}

const isTimer = ({ kind }: Wait): boolean => kind === 'timer';

/** Those that can't be due yet: one that began no later takes no longer. In the order in which they began. */
function laterTimers(timers: readonly { readonly id: string; readonly delayMs?: number | undefined }[]): Set<string> {
  const late = new Set<string>();
  let least = Number.POSITIVE_INFINITY;
  for (const { id, delayMs = Number.POSITIVE_INFINITY } of timers) {
    if (delayMs >= least) late.add(id);
    least = Math.min(least, delayMs);
  }
  return late;
}

function restartOf(world: World, { address, status }: ProductActor): readonly Action[] {
  if (status !== 'down') return [];
  const parent = address.slice(0, Math.max(address.lastIndexOf('/'), 0));
  // It comes back with its parent.
  return world.actors.get(parent)?.status === 'down' ? [] : [{ type: 'restart', id: `restart ${address}`, address }];
}

function faultsIn(world: World, { crashes, overloads }: Plan): readonly Action[] {
  const found: Action[] = [];
  if ((world.counts.get('crashes') ?? 0) < crashes) {
    for (const { address, role, status } of world.actors.values())
      if (role.type === 'machine' && status === 'running')
        found.push({ type: 'crash', id: `crash ${address}`, address });
  }
  if ((world.counts.get('overloads') ?? 0) < overloads) {
    for (const [channel, messages] of world.mail)
      if ((messages[0]?.lane ?? -1) >= 0) found.push({ type: 'overload', id: `overload ${channel}`, channel });
    for (const { key, to } of world.tasks.values())
      if (world.actors.get(to)?.role.type === 'agent') found.push({ type: 'refuse', id: `refuse ${key}`, key });
  }
  return found;
}
