// How actors of a product end and come back. A crash keeps the mailbox, fails what the actor had begun and cancels what
// it had delegated, and takes its children down with it; an end for good makes dead letters of what it has not read.

import { ActorNotFoundError, ActorRestartingError } from '../../base/errors.ts';
import type { Draft } from './draft.ts';
import { deadLetter, notify, takeFrom } from './post.ts';
import { answerTask, cancelTask, tasksOf } from './tasks.ts';
import type { ProductActor } from './world.ts';

/** An actor goes down and waits to be started again. */
export function lower(draft: Draft, address: string): void {
  const actor = draft.actor(address);
  if (actor?.status !== 'running') return;
  for (const child of below(draft, address)) {
    if (child.spawned) end(draft, child.address, 'shutdown');
    else lower(draft, child.address);
  }
  for (const task of tasksOf(draft, 'to', address)) {
    if (task.handed) answerTask(draft, address, task.id, { ok: false, value: new ActorRestartingError(address) });
  }
  for (const task of tasksOf(draft, 'from', address)) cancelTask(draft, task, 'its delegator crashed');
  forgetWatches(draft, address);
  const isKept = actor.role.type === 'machine' && actor.role.recover === 'last';
  draft.change(address, {
    status: 'down',

    memory: actor.role.type === 'machine' ? actor.role.driver?.blank : undefined,
    schedules: isKept ? actor.schedules : [],
    stash: isKept ? actor.stash : [],
    returned: isKept ? actor.returned : [...actor.stash, ...actor.returned],
  });
}

/** An actor ends by itself; its supervisor judges that. */
export function finish(draft: Draft, address: string): void {
  const role = draft.actors.get(address)?.role;
  if (role?.type === 'machine' && role.isPermanent) lower(draft, address);
  else end(draft, address, 'normal');
}

/** An actor ends for good, and with it all below it. */
export function end(draft: Draft, address: string, reason: string): void {
  const actor = draft.actor(address);
  if (actor === undefined || actor.status === 'stopped') return;
  draft.footprint.mark(`life ${address}`, 'writes');
  for (const child of below(draft, address)) end(draft, child.address, 'shutdown');
  draft.change(address, { status: 'stopped', schedules: [], stash: [], returned: [] });
  for (const message of [...actor.returned, ...actor.stash]) deadLetter(draft, message, 'actor stopped');
  for (const [channel, messages] of draft.mail.map) {
    if (messages[0]?.to !== address) continue;
    for (const message of messages) {
      takeFrom(draft, channel, 'first');
      if (message.lane >= 0) deadLetter(draft, message, 'actor stopped');
    }
  }
  for (const task of tasksOf(draft, 'to', address)) {
    answerTask(draft, address, task.id, { ok: false, value: new ActorNotFoundError(address) });
  }
  for (const task of tasksOf(draft, 'from', address)) cancelTask(draft, task, 'its delegator stopped');
  for (const topic of draft.subscribers.map.keys()) leave(draft, 'subscribers', topic, address);
  forgetWatches(draft, address);
  draft.footprint.mark(`watchers ${address}`, 'reads');
  for (const watcher of draft.watchers.get(address) ?? [])
    notify(draft, address, watcher, { type: 'actor.terminated', address, reason });
  draft.watchers.delete(address);
}

/** Adds an actor to those that subscribe to a topic, or watch an actor. */
export function join(draft: Draft, table: 'subscribers' | 'watchers', key: string, address: string): void {
  draft.footprint.mark(`${table} ${key}`, 'adds');
  const members = draft[table].get(key) ?? [];
  if (!members.includes(address)) draft[table].set(key, [...members, address].toSorted());
}

/** Takes an actor out again. */
export function leave(draft: Draft, table: 'subscribers' | 'watchers', key: string, address: string): void {
  draft.footprint.mark(`${table} ${key}`, 'adds');
  const members = draft[table].get(key) ?? [];
  if (!members.includes(address)) return;
  const rest = members.filter((each) => each !== address);
  if (rest.length === 0) draft[table].delete(key);
  else draft[table].set(key, rest);
}

/** Everything that lives below an address, the nearest first. */
export function below(draft: Draft, address: string): readonly ProductActor[] {
  draft.footprint.mark(`children ${address}`, 'reads');
  return [...draft.actors.map.values()].filter(
    (actor) => actor.address.startsWith(`${address}/`) && actor.status !== 'stopped',
  );
}

function forgetWatches(draft: Draft, watcher: string): void {
  for (const watched of draft.watchers.map.keys()) leave(draft, 'watchers', watched, watcher);
}
