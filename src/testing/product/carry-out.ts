// Carries out what actors want, on a world: the twin of `src/kernel/carrier.ts`. A message is put into a channel, a task
// opened or settled, a child begun; no actor is called.

import type { EventObject } from 'xstate';
import { childAddress, resolveAddress, type Address } from '../../kernel/address.ts';
import { checkMessage } from '../../kernel/door.ts';
import { type Effect, isEffect, type Recipient, type SpawnEffect } from '../../kernel/effects.ts';
import { plainText } from '../environment.ts';
import type { Cast } from './cast.ts';
import type { Draft } from './draft.ts';
import { begin, type Wishes } from './handling.ts';
import { end, finish, join, leave, lower } from './lives.ts';
import { notify, send } from './post.ts';
import { answerTask, cancelTask, openTask } from './tasks.ts';
import { type Message, outside } from './world.ts';

/** Does what an actor wants after it has handled a message; none when it has just begun or its timer was due. */
export function fulfil(draft: Draft, cast: Cast, address: string, wishes: Wishes, message?: Message): void {
  for (const wanted of wishes.effects) {
    if (!isEffect(wanted)) continue;
    try {
      carryOut(draft, cast, { address, message }, wanted);
    } catch (error) {
      // In the runtime it is refused and reported; it is the machine's mistake all the same.
      draft.fails('effect', `${address} wants ${plainText(wanted)}: ${String(error)}`);
    }
  }
  if (wishes.over === 'done') finish(draft, address);
  else if (wishes.over === 'error') lower(draft, address);
}

interface Turn {
  readonly address: string;
  readonly message: Message | undefined;
}

function carryOut(draft: Draft, cast: Cast, turn: Turn, wanted: Effect): void {
  const { address, message } = turn;
  const said = words(address, wanted);
  if (said !== undefined) draft.did.push(said);
  switch (wanted.type) {
    case 'troupe.tell':
      tell(draft, cast, turn, { to: locate(address, wanted.to), event: wanted.event, lane: wanted.priority ?? 5 });
      break;
    case 'troupe.reply':
      reply(draft, cast, turn, wanted.event);
      break;
    case 'troupe.delegate': {
      const { for: id, timeoutMs, priority } = wanted.options;
      const to = locate(address, wanted.to);
      const hasDeadline = timeoutMs !== undefined;
      openTask(draft, cast, {
        from: address,
        to,
        task: wanted.task,
        within: message?.within,
        for: id,
        hasDeadline,
        priority,
      });
      break;
    }
    case 'troupe.cancelDelegation': {
      draft.footprint.mark(`issued ${address} ${wanted.id}`, 'reads');
      const task = [...draft.tasks.map.values()].find((each) => each.from === address && each.id === wanted.id);
      if (task !== undefined) cancelTask(draft, task, wanted.reason);
      break;
    }
    case 'troupe.complete':
      answerTask(draft, address, wanted.id, { ok: true, value: wanted.output });
      break;
    case 'troupe.fail':
      answerTask(draft, address, wanted.id, { ok: false, value: wanted.error });
      break;
    case 'troupe.publish':
      draft.footprint.mark(`subscribers ${wanted.topic}`, 'reads');
      for (const to of draft.subscribers.get(wanted.topic) ?? [])
        tell(draft, cast, turn, { to, event: wanted.event, lane: 5 });
      break;
    default:
      carryOutOwn(draft, cast, turn, wanted);
  }
}

/** What an actor wants of itself, its children and those it watches. */
function carryOutOwn(draft: Draft, cast: Cast, { address, message }: Turn, wanted: Effect): void {
  const actor = draft.actor(address);
  if (actor === undefined) return;
  switch (wanted.type) {
    case 'troupe.subscribe':
      join(draft, 'subscribers', wanted.topic, address);
      break;
    case 'troupe.unsubscribe':
      leave(draft, 'subscribers', wanted.topic, address);
      break;
    case 'troupe.watch':
      watch(draft, address, locate(address, wanted.to));
      break;
    case 'troupe.unwatch':
      leave(draft, 'watchers', locate(address, wanted.to), address);
      break;
    case 'troupe.spawn':
      spawn(draft, cast, address, wanted);
      break;
    case 'troupe.stop':
      finish(draft, address);
      break;
    case 'troupe.stopChild':
      end(draft, childAddress(address as Address, wanted.id), 'shutdown');
      break;
    case 'troupe.stash':
      if (message !== undefined && !actor.stash.includes(message))
        draft.change(address, { stash: [...actor.stash, message] });
      break;
    case 'troupe.unstash':
      draft.change(address, { stash: [], returned: [...actor.stash, ...actor.returned] });
      break;
    case 'troupe.schedule': {
      const { id, event, delayMs } = wanted;
      const others = actor.schedules.filter((each) => each.id !== id);
      draft.change(address, { schedules: [...others, { id, event, delayMs, within: message?.within }] });
      break;
    }
    case 'troupe.cancelSchedule':
      draft.change(address, { schedules: actor.schedules.filter((each) => each.id !== wanted.id) });
      break;
    default:
      throw new TypeError(`'${wanted.type}' is no effect of the runtime`);
  }
}

function tell(
  draft: Draft,
  cast: Cast,
  { address, message }: Turn,
  { to, event, lane }: { readonly to: string; readonly event: EventObject; readonly lane: number },
): void {
  checkMessage(event, to);
  send(draft, cast, { from: address, to, lane, event, within: message?.within });
}

function reply(draft: Draft, cast: Cast, turn: Turn, event: EventObject): void {
  const { address, message } = turn;
  if (message?.event.type === 'task.assigned' && (event.type === 'task.done' || event.type === 'task.failed')) {
    const ok = event.type === 'task.done';
    const { output, error } = event as { readonly output?: unknown; readonly error?: unknown };
    answerTask(draft, address, String(message.event['id']), { ok, value: ok ? output : error });
  } else if (message !== undefined && message.lane >= 0 && message.from !== outside) {
    tell(draft, cast, turn, { to: message.from, event, lane: 5 });
  }
}

function watch(draft: Draft, address: string, watched: string): void {
  if (draft.receiver(watched) !== undefined) join(draft, 'watchers', watched, address);
  else notify(draft, watched, address, { type: 'actor.terminated', address: watched, reason: 'normal' });
}

function spawn(draft: Draft, cast: Cast, parent: string, { logic, options }: SpawnEffect): void {
  const address = childAddress(parent as Address, options.id);
  const role = cast.spawned(logic);
  if (role === undefined)
    throw new TypeError(`what is spawned at '${address}' is no machine, so it can't be played; name it under logics`);
  for (let above = address; above.includes('/');) {
    above = above.slice(0, above.lastIndexOf('/')) as Address;
    draft.footprint.mark(`children ${above}`, 'writes');
  }
  draft.footprint.mark(`life ${address}`, 'writes');
  const before = draft.actor(address);
  if (before !== undefined && before.status !== 'stopped')
    throw new TypeError(`an actor lives at '${address}' already`);
  const input = options.input === undefined ? {} : { input: options.input };
  const blank = { memory: undefined, schedules: [], stash: [], returned: [], model: undefined };
  draft.actors.set(address, { ...blank, address, role: { ...role, ...input }, status: 'running', spawned: true });
  fulfil(draft, cast, address, begin(draft, address));
}

function locate(from: string, to: Recipient): string {
  return resolveAddress(from as Address, typeof to === 'string' ? to : to.address);
}

/** What an effect comes to, in words; what an actor only does with itself is not told. */
function words(address: string, wanted: Effect): string | undefined {
  switch (wanted.type) {
    case 'troupe.tell':
      return `tells ${locate(address, wanted.to)} ${wanted.event.type}`;
    case 'troupe.reply':
      return `replies ${wanted.event.type}`;
    case 'troupe.delegate':
      return `gives ${locate(address, wanted.to)} the task ${wanted.task.id ?? wanted.task.type}`;
    case 'troupe.cancelDelegation':
      return `calls the task ${wanted.id} off`;
    case 'troupe.complete':
      return `completes the task ${wanted.id}`;
    case 'troupe.fail':
      return `fails the task ${wanted.id}`;
    case 'troupe.publish':
      return `publishes ${wanted.event.type} on ${wanted.topic}`;
    case 'troupe.spawn':
      return `spawns ${wanted.options.id}`;
    case 'troupe.stop':
      return 'stops';
    case 'troupe.stopChild':
      return `stops its child ${wanted.id}`;
    case 'troupe.schedule':
      return `schedules ${wanted.event.type}`;
    default:
      return undefined;
  }
}
