// Takes one step of a product: from a world and something that can happen in it to the next world, with a footprint, what
// was seen of the machines, and the step in words.

import { MailboxFullError, TaskTimeoutError } from '../../base/errors.ts';
import { limits } from '../../base/limits.ts';
import { eventText } from '../environment.ts';
import { type Action, actionsIn } from './actions.ts';
import { fulfil } from './carry-out.ts';
import type { Cast } from './cast.ts';
import { Draft, type Moment, type Problem } from './draft.ts';
import type { Footprint } from './footprint.ts';
import { begin, handle } from './handling.ts';
import { below, lower } from './lives.ts';
import type { AnyEnvironmentStep, Plan } from './plan.ts';
import { deadLetter, send, takeFrom } from './post.ts';
import { answerTask, cancelTask, openTask, settle } from './tasks.ts';
import { nameOf } from './view.ts';
import { emptyWorld, type Message, outside, type ProductActor, runtimeLane, taskKey, type World } from './world.ts';

/** One step that was taken. */
export interface Step {
  readonly world: World;
  readonly footprint: Footprint;
  readonly moments: readonly Moment[];
  /** What went wrong within the step itself. */
  readonly problems: readonly Problem[];
  readonly line: string;
}

/** The steps of a product. */
export class Steps {
  readonly cast: Cast;
  readonly plan: Plan;

  constructor(cast: Cast, plan: Plan) {
    this.cast = cast;
    this.plan = plan;
  }

  /** Every actor begins, in order. */
  begin(): Step {
    const draft = new Draft(emptyWorld);
    const blank = { schedules: [], stash: [], returned: [], memory: undefined, model: undefined };
    for (const [address, role] of this.cast.roles) {
      // One after the other, as in the runtime: whoever tells a later one something as it begins tells nobody.
      draft.actors.set(address, { ...blank, address, role, status: 'running', spawned: false });
      this.#begin(draft, address);
    }
    return stepOf(draft, 'everybody begins');
  }

  /** Everything that can happen. */
  actions(world: World): readonly Action[] {
    return actionsIn(world, this.plan);
  }

  take(world: World, action: Action): Step {
    const draft = new Draft(world);
    return stepOf(draft, this.#take(draft, action));
  }

  #take(draft: Draft, action: Action): string {
    switch (action.type) {
      case 'deliver':
        return this.#deliver(draft, takeFrom(draft, action.channel, 'first'));
      case 'deliverReturned': {
        const [message, ...rest] = draft.actor(action.address)?.returned ?? [];
        draft.change(action.address, { returned: rest });
        return this.#deliver(draft, message);
      }
      case 'environment':
        return this.#fromOutside(draft, action.id, this.plan.environment[action.index]);
      case 'event':
        fulfil(draft, this.cast, action.address, handle(draft, action.address, action.event));
        return `${action.address}: ${eventText(action.event)}`;
      case 'schedule':
        return this.#due(draft, action.address, action.name);
      case 'answer':
        return answer(draft, action);
      case 'deadline':
        return timeOut(draft, action.key);
      case 'crash':
        draft.count('crashes');
        lower(draft, action.address);
        return `${action.address} crashes`;
      case 'restart':
        this.#restart(draft, action.address);
        return `${action.address} restarts`;
      case 'overload':
        return overload(draft, action.channel);
      case 'refuse':
        return refuse(draft, action.key);
    }
  }

  #begin(draft: Draft, address: string): void {
    fulfil(draft, this.cast, address, begin(draft, address));
  }

  #deliver(draft: Draft, message: Message | undefined): string {
    if (message === undefined) return '';
    const { to, event, within } = message;
    const task = event.type === 'task.assigned' ? draft.tasks.get(within ?? '') : undefined;
    // The end of the task does not mind whether it has been handed over, only another one under its id does.
    if (event.type === 'task.assigned') draft.footprint.mark(`handed ${within ?? ''}`, 'writes');
    if (task !== undefined) draft.tasks.set(task.key, { ...task, handed: true });
    fulfil(draft, this.cast, to, handle(draft, to, event), message);
    return handled(message);
  }

  #fromOutside(draft: Draft, id: string, step: AnyEnvironmentStep | undefined): string {
    if (step === undefined) return '';
    draft.count(id);
    if (step.when !== undefined) draft.footprint.readEverything();
    if ('cancels' in step) {
      const task = [...draft.tasks.map.values()].find((each) => each.from === outside && each.id === step.cancels);
      if (task !== undefined) cancelTask(draft, task, 'the environment calls it off');
      return `the environment calls the task ${step.cancels} off`;
    }
    const { to } = step;
    if ('event' in step) {
      send(draft, this.cast, { from: outside, to, lane: 5, event: step.event, within: undefined });
      return `the environment tells ${to} ${eventText(step.event)}`;
    }
    const { task, canTimeOut: hasDeadline = false } = step;
    const input = task.input;
    openTask(draft, this.cast, {
      from: outside,
      to,
      task: { id: task.id, type: task.type, input },
      within: undefined,
      hasDeadline,
      priority: undefined,
    });
    return `the environment gives ${to} the task ${task.id}`;
  }

  #due(draft: Draft, address: string, name: string): string {
    const schedules = draft.actor(address)?.schedules ?? [];
    const due = schedules.find(({ id }) => id === name);
    draft.change(address, { schedules: schedules.filter(({ id }) => id !== name) });
    if (due === undefined) return '';
    const message = { from: address, to: address, lane: runtimeLane, event: due.event, within: due.within };
    fulfil(draft, this.cast, address, handle(draft, address, due.event), message);
    return `${address}: what it scheduled as ${name} is due`;
  }

  #restart(draft: Draft, address: string): void {
    const waiting = below(draft, address).filter(({ status }) => status === 'down');
    for (const actor of [draft.actor(address), ...waiting]) if (actor !== undefined) this.#raise(draft, actor);
  }

  #raise(draft: Draft, { address, role, model }: ProductActor): void {
    if (role.type === 'machine' && role.recover === 'last' && model !== undefined && model.snapshot.status === 'active')
      draft.change(address, { status: 'running' });
    else this.#begin(draft, address);
  }
}

function stepOf(draft: Draft, words: string): Step {
  const { world, footprint, moments, problems, did } = draft;
  const line = did.length === 0 ? words : `${words}: ${did.join(', ')}`;
  return { world, footprint, moments, problems, line };
}

function handled({ from, to, event }: Message): string {
  const id = String(event['id']);
  switch (event.type) {
    case 'task.assigned':
      return `${to} takes the task ${id} from ${nameOf(from)}`;
    case 'task.cancelled':
      return `${to} hears that the task ${id} is called off`;
    case 'delegation.done':
      return `${to} hears that the task ${id} is done`;
    case 'delegation.failed':
      return `${to} hears that the task ${id} failed`;
    default:
      return `${to} handles ${eventText(event)} from ${nameOf(from)}`;
  }
}

function answer(draft: Draft, { address, key, nth }: Extract<Action, { type: 'answer' }>): string {
  // It answers only while it is up; two answers of one agent have nothing to do with each other.
  draft.footprint.mark(`actor ${address}`, 'reads');
  const role = draft.actors.get(address)?.role;
  const task = draft.tasks.get(key);
  if (role?.type !== 'agent' || task === undefined) return '';
  const given = role.answers(task)[nth];
  if (given === undefined) return '';
  const ok = 'done' in given;
  answerTask(draft, address, task.id, { ok, value: ok ? given.done : given.failed });
  return `${address} ${ok ? 'completes' : 'fails'} the task ${task.id}`;
}

function timeOut(draft: Draft, key: string): string {
  const task = draft.tasks.get(key);
  if (task === undefined) return '';
  settle(draft, task, { ok: false, value: new TaskTimeoutError(task.id, task.to, 0) }, 'its time is up');
  return `the time of the task ${task.id} at ${task.to} is up`;
}

function overload(draft: Draft, channel: string): string {
  draft.count('overloads');
  const message = takeFrom(draft, channel, 'last');
  if (message === undefined) return '';
  const { from, to, event } = message;
  deadLetter(draft, message, 'mailbox full');
  if (event.type === 'task.assigned') turnAway(draft, taskKey(to, String(event['id'])));
  return `${to} is full and turns away ${event.type} from ${nameOf(from)}`;
}

/** An agent has no mailbox of its own here: what it is given is in its hands at once, or it is full. */
function refuse(draft: Draft, key: string): string {
  draft.count('overloads');
  const { id = '', to = '', from = '' } = draft.tasks.get(key) ?? {};
  turnAway(draft, key);
  return `${to} is full and turns away the task ${id} from ${nameOf(from)}`;
}

function turnAway(draft: Draft, key: string): void {
  draft.footprint.mark(`task ${key}`, 'reads');
  const task = draft.tasks.get(key);
  if (task === undefined) return;
  const { capacity_messages: capacity, retryAfter_ms: later } = limits.mailbox;
  settle(draft, task, { ok: false, value: new MailboxFullError(task.to, capacity, later) });
}
