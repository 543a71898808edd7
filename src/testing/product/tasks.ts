// Tasks as the kernel keeps them: opened with chain and parent, settled once, and with them whatever was delegated on
// their behalf. The rules are those of `src/kernel/delegations.ts`, on a world instead of tables.

import {
  ActorNotFoundError,
  DelegationForgedError,
  InvalidOptionError,
  TaskCancelledError,
  TaskFailedError,
} from '../../base/errors.ts';
import { toThrown } from '../../base/thrown.ts';
import { type Address, identityOf } from '../../kernel/address.ts';
import { type Chain, emptyChain, extendChain } from '../../kernel/chain.ts';
import { checkedTask, passesAsItIs } from '../../kernel/delegation.ts';
import type { TaskSpec } from '../../kernel/task-spec.ts';
import type { Cast } from './cast.ts';
import type { Draft } from './draft.ts';
import { notify, send, whyNot } from './post.ts';
import { type OpenTask, outside, taskKey } from './world.ts';

/** What is asked for. */
export interface TaskRequest {
  readonly from: string;
  readonly to: string;
  readonly task: TaskSpec;
  /** The key of the task on whose behalf; `for` is the id of one that the asker has, and goes before it. */
  readonly within: string | undefined;
  readonly for?: string | undefined;
  readonly hasDeadline: boolean;
  readonly priority: number | undefined;
}

/** Delegates. What can't be done comes back as a failure. */
export function openTask(draft: Draft, cast: Cast, request: TaskRequest): void {
  try {
    open(draft, cast, request);
  } catch (error) {
    const { from, to, task, within } = request;
    const id = task.id ?? task.type;
    if (from === outside) draft.outcomes.set(id, { id, ok: false, value: error });
    else notify(draft, to, from, { type: 'delegation.failed', id, error }, within);
  }
}

function open(draft: Draft, cast: Cast, request: TaskRequest): void {
  const { from, to, hasDeadline } = request;
  const { type, input, id = `a ${type}` } = checkedTask(request.task);
  const key = taskKey(to, id);
  touch(draft, { key, from, to, id });
  draft.footprint.mark(`handed ${key}`, 'writes');
  const parent = actingFor(draft, request);
  const chain = chainAfter(draft, parent, request, cast.depth_hops);
  const tasks = [...draft.tasks.map.values()];
  if (tasks.some((task) => task.key === key || (from !== outside && task.from === from && task.id === id))) {
    throw new InvalidOptionError('task.id', id, 'an id that is not open between these actors');
  }
  const reason = request.for === undefined ? draft.calledOff.get(request.within ?? '') : undefined;
  if (reason !== undefined) throw new TaskCancelledError(request.within ?? '', reason);
  if (draft.receiver(to) === undefined) {
    if (draft.actors.get(to) === undefined)
      draft.fails('lost', `${from} gives '${to}' the task ${id}, and ${whyNot(cast, to)}`);
    throw new ActorNotFoundError(to);
  }
  const isAgent = draft.actors.get(to)?.role.type === 'agent';
  const priority = request.priority ?? parent?.priority ?? 5;
  const task = { id, type, input, from, to, chain, priority, hasDeadline, parent: parent?.key, handed: isAgent, key };
  draft.tasks.set(key, task);
  draft.calledOff.delete(key);
  const event = { type: 'task.assigned', id, task: { id, type, input }, priority, now: 0 };
  send(draft, cast, { from, to, lane: priority, event, within: key });
}

function actingFor(draft: Draft, { from, for: id, within }: TaskRequest): OpenTask | undefined {
  const taskOf = (key: string): OpenTask | undefined => {
    draft.footprint.mark(`task ${key}`, 'reads');
    return draft.tasks.get(key);
  };
  if (from === outside) return undefined;
  if (id !== undefined) {
    const named = taskOf(taskKey(from, id));
    if (named === undefined) throw new DelegationForgedError(from, id);
    return named;
  }
  if (within !== undefined) return taskOf(within);
  const assigned = tasksOf(draft, 'to', from);
  if (assigned.length > 1)
    throw new InvalidOptionError('for', id, `the id of the task it is for, since '${from}' has ${assigned.length}`);
  return assigned[0];
}

function chainAfter(draft: Draft, parent: OpenTask | undefined, { from, to }: TaskRequest, depth: number): Chain {
  if (from === outside) return emptyChain;
  const soFar = parent === undefined ? emptyChain : parent.chain;
  const chain = parent === undefined || parent.to === from ? soFar : [...soFar, identityOf(parent.to as Address)];
  return extendChain(chain, from as Address, to as Address, depth);
}

/** The open tasks that an actor has, or has given. */
export function tasksOf(draft: Draft, side: 'to' | 'from', actor: string): readonly OpenTask[] {
  draft.footprint.mark(`tasks ${side} ${actor}`, 'reads');
  const found = [...draft.tasks.map.values()].filter((task) => task[side] === actor);
  return found.toSorted((a, b) => (a.key < b.key ? -1 : 1));
}

/** An actor ends a task that it has. A result that nobody waits for any more changes nothing. */
export function answerTask(draft: Draft, actor: string, id: string, outcome: { ok: boolean; value: unknown }): void {
  const key = taskKey(actor, id);
  draft.footprint.mark(`task ${key}`, 'reads');
  const task = draft.tasks.get(key);
  if (task === undefined) return;
  const value = outcome.ok ? outcome.value : failureOf(task, outcome.value);
  settle(draft, task, { ok: outcome.ok, value });
}

/** Cancels a task and all that hangs on it; both ends are told. */
export function cancelTask(draft: Draft, task: OpenTask, reason: string): void {
  settle(draft, task, { ok: false, value: new TaskCancelledError(task.id, reason) }, reason);
}

/** Ends a task. @param tellDelegate - Why who has it is told to stop; undefined when that is who ends it. */
export function settle(
  draft: Draft,
  task: OpenTask,
  { ok, value }: { readonly ok: boolean; readonly value: unknown },
  tellDelegate?: string,
): void {
  const { key, id, from, to, parent } = task;
  if (draft.tasks.get(key) === undefined) return;
  touch(draft, task);
  draft.tasks.delete(key);
  if (tellDelegate !== undefined) {
    draft.calledOff.set(key, tellDelegate);
    notify(draft, from, to, { type: 'task.cancelled', id, reason: tellDelegate });
  }
  const children = [...draft.tasks.map.values()].filter((each) => each.parent === key);
  for (const child of children.toSorted((a, b) => (a.key < b.key ? -1 : 1)))
    cancelTask(draft, child, tellDelegate ?? 'the task it was part of has ended');
  if (from === outside) {
    draft.footprint.mark(`outcome ${id}`, 'writes');
    draft.outcomes.set(id, { id, ok, value });
  } else {
    const event = ok ? { type: 'delegation.done', id, output: value } : { type: 'delegation.failed', id, error: value };
    notify(draft, to, from, event, parent);
  }
}

function touch(draft: Draft, { key, from, to, id }: Pick<OpenTask, 'key' | 'from' | 'to' | 'id'>): void {
  draft.footprint.mark(`task ${key}`, 'writes');
  draft.footprint.mark(`issued ${from} ${id}`, 'writes');
  draft.footprint.mark(`tasks to ${to}`, 'adds');
  draft.footprint.mark(`tasks from ${from}`, 'adds');
}

/** The delegate's error as its delegator gets it. */
function failureOf({ id, type, to, chain }: OpenTask, thrown: unknown): unknown {
  const error = toThrown(thrown);
  if (passesAsItIs(error)) return error;
  return new TaskFailedError({ task: id, type, at: to, hop: chain.length, attempts: 1 }, { cause: error });
}
