// One actor handles one event, or begins: its machine's own transition, seen through the driver where it has one. What it
// wants done is handed back as effects; nothing of that has happened yet.

import type { AnyEventObject, EventObject } from 'xstate';
import { eventText } from '../environment.ts';
import type { ModelStep } from '../watched.ts';
import type { Draft } from './draft.ts';
import type { MachineRole } from './roles.ts';
import { taskKey } from './world.ts';

/** What an actor wants after a step. */
export interface Wishes {
  readonly effects: readonly EventObject[];
  /** Its machine has come to its end, or has failed as a whole. */
  readonly over: 'done' | 'error' | undefined;
}

const nothing: Wishes = { effects: [], over: undefined };

/** An actor takes its first state. */
export function begin(draft: Draft, address: string): Wishes {
  const role = draft.actor(address)?.role;
  draft.change(address, { status: 'running' });
  if (role?.type !== 'machine') return nothing;
  draft.change(address, { memory: role.driver?.blank });
  return take(draft, address, role, role.steps.begin(role.input));
}

/** An actor handles an event. */
export function handle(draft: Draft, address: string, event: AnyEventObject): Wishes {
  const actor = draft.actor(address);
  if (actor === undefined) return nothing;
  const { role, model, memory } = actor;
  if (role.type === 'agent' || model === undefined) return nothing;
  if (role.driver === undefined) return take(draft, address, role, role.steps.step(model, event));
  const received = role.driver.receive(memory, event, isOpen(draft, address, event));
  draft.change(address, { memory: received.memory });
  return received.event === undefined ? nothing : take(draft, address, role, role.steps.step(model, received.event));
}

function isOpen(draft: Draft, address: string, event: AnyEventObject): boolean {
  const key = taskKey(address, String(event['id']));
  draft.footprint.mark(`task ${key}`, 'reads');
  return draft.tasks.get(key) !== undefined;
}

function take(draft: Draft, address: string, role: MachineRole, step: ModelStep): Wishes {
  const actor = draft.actor(address);
  if (actor !== undefined) draft.moments.push({ actor, step });
  if ('thrown' in step) {
    const when = step.event === undefined ? 'as it begins' : `on ${eventText(step.event)}`;
    draft.fails('throws', `${address} throws ${String(step.thrown)} ${when}`);
    return nothing;
  }
  const effects: EventObject[] = [];
  let memory = actor?.memory;
  for (const emitted of step.emitted) {
    if (role.driver === undefined) effects.push(emitted);
    else {
      const carried = role.driver.carryOut(memory, emitted);
      memory = carried.memory;
      effects.push(...carried.effects);
    }
  }
  draft.change(address, { model: step.after, memory });
  const { status } = step.after.snapshot;
  return { effects, over: status === 'active' ? undefined : status === 'done' ? 'done' : 'error' };
}
