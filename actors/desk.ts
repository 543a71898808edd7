// What the drivers of orchestrators, directors and agents have at hand: the kernel, time, chance, the routes of the
// topology and the notebook of task events. One desk a runtime.

import type { Logger } from 'pino';
import { InvalidOptionError, NoAgentError } from '../src/base/errors.ts';
import type { Clock } from '../src/base/clock.ts';
import type { Random } from '../src/base/random.ts';
import type { Kernel } from '../src/kernel/system.ts';
import type { RuntimeEvent } from '../src/observe/events.ts';
import type { Note } from '../src/observe/task-events.ts';
import type { RunLog } from '../src/work/run-log.ts';
import type { Routes } from '../src/topology/routes.ts';
import type { VersionedState } from '../src/store/state/state.ts';
import { InsideEvent } from './inside.ts';

/** Who is to have a task, and as what. */
export interface Target {
  readonly address: string;
  readonly taskType: string;
  readonly timeoutMs: number | undefined;
}

/** What drivers work with. */
export interface Desk {
  readonly kernel: Kernel;
  readonly clock: Clock;
  readonly random: Random;
  readonly log: Logger;
  readonly note: Note;
  /** What a store keeps of runs; none without a store. */
  readonly runs: RunLog | undefined;
  /** What everybody shares. */
  readonly state: VersionedState;
  /** Whom a task type, or an address, means when `from` says it. @throws NO_AGENT */
  readonly resolve: (from: string, toOrType: string, input: unknown) => Target;
}

/** Whom a task type, or an address, means when `from` says it, and as which type it gets the task. @throws NO_AGENT */
export function targetOf(routes: Routes, from: string, toOrType: string, input: unknown): Target {
  const { address, accepts, timeoutMs } = routes.resolveFrom(from, toOrType, { id: '', type: toOrType, input });
  const [only, ...others] = accepts;
  const taskType = accepts.includes(toOrType) ? toOrType : only;
  // An address names no type, so whoever lives there has to take one only.
  if (taskType === undefined || (taskType !== toOrType && others.length > 0)) throw new NoAgentError(toOrType, accepts);
  return { address, taskType, timeoutMs };
}

/**
 * Has a director route around an agent that is down. One that is gone for good is tried again: what is delegated to it
 * fails at once, where it would wait until its time is up.
 */
export function tellDirector(kernel: Kernel, routes: Routes, event: RuntimeEvent): void {
  const { type } = event;
  if (type !== 'actor.crashed' && type !== 'actor.started' && type !== 'actor.stopped') return;
  const { address } = event;
  const node = routes.node(address);
  if (node?.kind !== 'agent' || node.address !== address) return;
  const director = address.slice(0, address.lastIndexOf('/'));
  kernel.notify(director, new InsideEvent({ type: type === 'actor.crashed' ? 'agent.down' : 'agent.up', address }));
}

/** A task is refused because another by the same id has not come to its end here. */
export function idTaken(id: string): InvalidOptionError {
  return new InvalidOptionError('task.id', id, 'an id of its own until the task that had it has ended');
}
