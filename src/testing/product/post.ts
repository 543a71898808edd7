// Messages on their way: into a channel, or nowhere. A message to somebody who has ended is a dead letter, as in the
// runtime; one to an address that no actor has ever had is a mistake.

import type { AnyEventObject } from 'xstate';
import type { Cast } from './cast.ts';
import type { Draft } from './draft.ts';
import { channelOf, type Message, outside, runtimeLane } from './world.ts';

/** Sends a message. */
export function send(draft: Draft, cast: Cast, message: Message): void {
  const { from, to, event } = message;
  if (to === outside || cast.elsewhere.has(to)) return;
  if (draft.receiver(to) !== undefined) put(draft, message);
  else if (draft.actors.get(to) !== undefined) deadLetter(draft, message, 'actor stopped');
  else {
    deadLetter(draft, message, 'no such actor');
    draft.fails('lost', `${from} tells '${to}' ${event.type}, and ${whyNot(cast, to)}`);
  }
}

/** Why nobody lives at an address. */
export function whyNot(cast: Cast, address: string): string {
  return cast.roles.has(address) ? 'it has not begun yet' : 'there is no such actor';
}

/** Sends an event of the runtime's own; when nobody is there nobody needs it. */
export function notify(draft: Draft, from: string, to: string, event: AnyEventObject, within?: string): void {
  if (draft.receiver(to) !== undefined) put(draft, { from, to, lane: runtimeLane, event, within });
}

/** Notes a message that nobody will get. */
export function deadLetter(draft: Draft, { from, to, event }: Message, reason: string): void {
  draft.footprint.mark('dead letters', 'adds');
  draft.deadLetters.set(`${event.type} from ${from} to ${to}: ${reason}`, true);
}

/** Takes the first message of a channel, or its last. */
export function takeFrom(draft: Draft, channel: string, end: 'first' | 'last'): Message | undefined {
  const messages = draft.mail.get(channel) ?? [];
  draft.footprint.mark(`head of ${channel}`, 'writes');
  if (end === 'last') draft.footprint.mark(`tail of ${channel}`, 'writes');
  const rest = end === 'first' ? messages.slice(1) : messages.slice(0, -1);
  if (rest.length === 0) draft.mail.delete(channel);
  else draft.mail.set(channel, rest);
  return end === 'first' ? messages[0] : messages.at(-1);
}

function put(draft: Draft, message: Message): void {
  // An agent is played by its answers alone; what it is told besides tasks has no effect on them.
  if (draft.actors.get(message.to)?.role.type === 'agent') return;
  const channel = channelOf(message);
  // What takes from the other end does not mind, so only the tail is touched.
  draft.footprint.mark(`tail of ${channel}`, 'writes');
  draft.mail.set(channel, [...(draft.mail.get(channel) ?? []), message]);
}
