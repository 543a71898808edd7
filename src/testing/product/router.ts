// The driver of a director among its agents, or an orchestrator among its directors, as a pure function: what
// `actors/router.ts` does with the kernel is done here with effects. It keeps what belongs to the ids that the machine
// knows.

import type { AnyEventObject, EventObject } from 'xstate';
import type { DirectorEmitted } from '../../../machines/director.ts';
import { NoAgentError, QueueFullError, ShuttingDownError } from '../../base/errors.ts';
import { limits } from '../../base/limits.ts';
import { effect } from '../../kernel/effects.ts';
import type { GivenTask, PureDriver, Received } from './roles.ts';

/** Whom a router passes tasks to. */
export interface RouterMember {
  readonly name: string;
  readonly address: string;
  readonly accepts: readonly string[];
  readonly timeoutMs: number | undefined;
}

interface Passing {
  readonly task: GivenTask;
  readonly outcome?: { readonly output: unknown } | { readonly error: unknown };
}

type Memory = Readonly<Record<string, Passing>>;

/** The driver of a node that only passes tasks on. */
export function routerDriver(options: {
  readonly address: string;
  readonly members: readonly RouterMember[];
  readonly route: ((task: GivenTask) => string) | undefined;
}): PureDriver {
  const { members, route } = options;
  return {
    blank: {},
    receive: (memory, event, isOpen) => receive(memory as Memory, event, { isOpen, members, route }),
    carryOut: (memory, emitted) => carryOut(memory as Memory, emitted as DirectorEmitted, options),
  };
}

function receive(
  memory: Memory,
  event: AnyEventObject,
  at: {
    readonly isOpen: boolean;
    readonly members: readonly RouterMember[];
    readonly route: ((task: GivenTask) => string) | undefined;
  },
): Received {
  const { type } = event;
  const id = String(event['id']);
  if (type === 'task.assigned') {
    if (!at.isOpen) return { memory, event: undefined };
    const task = event['task'] as GivenTask;
    const assigned = { type, id, taskType: task.type, priority: event['priority'] as number };
    const to = at.route === undefined ? undefined : at.members.find(({ name }) => name === at.route?.(task))?.address;
    return { memory: { ...memory, [id]: { task } }, event: to === undefined ? assigned : { ...assigned, to } };
  }
  const passing = memory[id];
  if (type === 'delegation.done' || type === 'delegation.failed') {
    const outcome = type === 'delegation.done' ? { output: event['output'] } : { error: event['error'] };
    return {
      memory: passing === undefined ? memory : { ...memory, [id]: { ...passing, outcome } },
      event: { type, id },
    };
  }
  // Whether an agent is up is told by the runtime alone.
  return { memory, event: type === 'agent.down' || type === 'agent.up' ? undefined : event };
}

function carryOut(
  memory: Memory,
  emitted: DirectorEmitted,
  { address, members }: { readonly address: string; readonly members: readonly RouterMember[] },
): { readonly memory: Memory; readonly effects: readonly EventObject[] } {
  const id = 'id' in emitted ? emitted.id : '';
  const { [id]: passing, ...others } = memory;
  if (passing === undefined) return { memory, effects: [] };
  switch (emitted.type) {
    case 'task.delegate': {
      const timeoutMs = members.find((member) => member.address === emitted.to)?.timeoutMs;
      const options = timeoutMs === undefined ? { for: id } : { for: id, timeoutMs };
      return { memory, effects: [effect.delegate(emitted.to, passing.task, options)] };
    }
    case 'task.complete':
    case 'task.fail':
      return { memory: others, effects: passing.outcome === undefined ? [] : [ending(id, passing.outcome)] };
    case 'task.refuse':
      return { memory: others, effects: [effect.fail(id, refusal(emitted.reason, passing.task, address, members))] };
    case 'delegation.cancel':
      return { memory, effects: [effect.cancelDelegation(id, emitted.reason)] };
    case 'task.dropped':
      return { memory: others, effects: [] };
    default:
      return { memory, effects: [] };
  }
}

function ending(id: string, outcome: NonNullable<Passing['outcome']>): EventObject {
  return 'output' in outcome ? effect.complete(id, outcome.output) : effect.fail(id, outcome.error);
}

function refusal(reason: string, { type }: GivenTask, address: string, members: readonly RouterMember[]): Error {
  if (reason === 'full')
    return new QueueFullError(address, limits.topology.directorQueue_tasks, limits.mailbox.retryAfter_ms);
  if (reason === 'noAgent')
    return new NoAgentError(
      type,
      members.flatMap(({ accepts }) => accepts),
    );
  return new ShuttingDownError();
}
