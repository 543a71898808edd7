// One message on its way. The hot path allocates this object and nothing else, so its fields are plain, written once
// (`declare`: not undefined first) and its shape never changes; `next` links it into a mailbox lane without a node.

import type { EventObject } from 'xstate';
import type { Address } from './address.ts';
import type { Ask } from './ask.ts';
import type { Delegation } from './delegation.ts';

/** The lane of the runtime's own messages: before every priority. */
export const systemLane = -1;

/** The lane of what an incarnation sends itself (timers, promises that settle): before all others; it ends with it. */
export const ownLane = -2;

/** Few messages ever crash their actor, so the count is kept beside them. */
const crashed = new WeakMap<Envelope, number>();

/** A message with what the kernel knows about it. Agents never see or make one. */
export class Envelope {
  /** Rises with every message of a runtime. */
  declare readonly id: number;
  declare readonly event: EventObject;
  /** Undefined when the message comes from outside. */
  declare readonly from: Address | undefined;
  /** 0 to 10, {@link systemLane} or {@link ownLane}. */
  declare readonly priority: number;
  /** On whose behalf it is sent: chain, deadline and correlation come from here. */
  declare readonly delegation: Delegation | undefined;
  /** Who waits for an answer. */
  declare readonly ask: Ask | undefined;
  declare next: Envelope | undefined;

  constructor(
    id: number,
    event: EventObject,
    from: Address | undefined,
    priority: number,
    delegation: Delegation | undefined,
    ask: Ask | undefined,
  ) {
    this.id = id;
    this.event = event;
    this.from = from;
    this.priority = priority;
    this.delegation = delegation;
    this.ask = ask;
    this.next = undefined;
  }

  /** How often it has been handed to an actor that then crashed. */
  get crashes(): number {
    return crashed.get(this) ?? 0;
  }

  set crashes(count: number) {
    if (count > 0) crashed.set(this, count);
  }

  /** The same message for a second list: an envelope waits in one at a time. */
  copy(): Envelope {
    const copy = new Envelope(this.id, this.event, this.from, this.priority, this.delegation, this.ask);
    copy.crashes = this.crashes;
    return copy;
  }
}

/**
 * Whether a message is the very assignment of its task to this actor. A message told on the task's behalf is not,
 * whatever it says it is.
 */
export function isAssignment({ delegation, event }: Envelope, to: { readonly address: string }): boolean {
  return delegation !== undefined && delegation.to === to.address && event.type === 'task.assigned';
}
