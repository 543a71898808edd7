// The driver of everything that only passes tasks on: the default director among its agents, the default
// orchestrator among its directors. The machine picks by load; this delegates in its name and keeps the outcomes.

import type { AnyEventObject, EventObject } from 'xstate';
import type { DirectorEmitted } from '../machines/director.ts';
import {
  describeError,
  InvalidOptionError,
  NoAgentError,
  QueueFullError,
  ShuttingDownError,
  type TroupeError,
} from '../src/base/errors.ts';
import { assertNever } from '../src/base/assert-never.ts';
import { limits } from '../src/base/limits.ts';
import type { Delegation } from '../src/kernel/delegation.ts';
import type { TaskEventBody } from '../src/observe/task-events.ts';
import { type Desk, idTaken } from './desk.ts';
import type { Driver } from './driven.ts';
import { InsideEvent } from './inside.ts';

/** What a router is to do. */
export interface RouterOptions {
  readonly address: string;
  readonly queue: number;
  /** Those it passes tasks to, by the name that `route` gives. */
  readonly members: readonly {
    readonly name: string;
    readonly address: string;
    readonly accepts: readonly string[];
    readonly timeoutMs: number | undefined;
  }[];
  readonly route:
    | ((task: { readonly id: string; readonly type: string; readonly input: unknown }) => string)
    | undefined;
}

interface Passing {
  readonly delegation: Delegation;
  outcome: { readonly output: unknown } | { readonly error: unknown } | undefined;
}

/** Passes the tasks of one actor on. */
export class Router implements Driver {
  readonly #desk: Desk;
  readonly #options: RouterOptions;
  #passing = new Map<string, Passing>();

  constructor(desk: Desk, options: RouterOptions) {
    this.#desk = desk;
    this.#options = options;
  }

  begin(): void {
    this.#passing = new Map();
  }

  receive(event: AnyEventObject): AnyEventObject | undefined {
    const id = String(event['id']);
    switch (event.type) {
      case 'task.assigned':
        return this.#assigned(event, id);
      case 'delegation.done':
        this.#keep(id, { output: event['output'] });
        return { type: event.type, id };
      case 'delegation.failed':
        this.#keep(id, { error: event['error'] });
        return { type: event.type, id };
      case 'agent.down':
      case 'agent.up':
        return event instanceof InsideEvent ? event : undefined;
      default:
        return event;
    }
  }

  carryOut(emitted: EventObject): void {
    const wanted = emitted as DirectorEmitted;
    switch (wanted.type) {
      case 'task.delegate':
        this.#delegate(wanted.id, wanted.to);
        break;
      case 'task.complete':
      case 'task.fail':
        this.#settle(wanted.id);
        break;
      case 'task.refuse':
        this.#refuse(wanted.id, wanted.reason);
        break;
      case 'delegation.cancel':
        this.#desk.kernel.delegations.cancelIssued(this.#options.address as never, wanted.id, wanted.reason);
        break;
      case 'task.dropped':
        this.#dropped(wanted.id, wanted.reason);
        break;
      default:
        break;
    }
  }

  finish(): void {
    // What it has passed on ends with its agents.
  }

  #assigned(event: AnyEventObject, id: string): AnyEventObject | undefined {
    const { kernel } = this.#desk;
    const delegation = kernel.delegations.assignedTo(this.#options.address as never, id);
    if (delegation === undefined) return undefined;
    this.#passing.set(id, { delegation, outcome: undefined });
    const { task } = delegation;
    const assigned = { type: 'task.assigned', id, taskType: task.type, priority: event['priority'] };
    const { route } = this.#options;
    if (route === undefined) {
      this.#note(delegation, { type: 'queued' });
      return assigned;
    }
    try {
      const to = this.#memberNamed(route(task)).address;
      this.#note(delegation, { type: 'queued' });
      return { ...assigned, to };
    } catch (error) {
      this.#passing.delete(id);
      kernel.delegations.fail(delegation.to, id, error);
      return undefined;
    }
  }

  #memberNamed(name: string): RouterOptions['members'][number] {
    const member = this.#options.members.find((each) => each.name === name);
    if (member !== undefined) return member;
    const names = this.#options.members.map((each) => `'${each.name}'`).join(' | ');
    throw new InvalidOptionError(`what route of '${this.#options.address}' returned`, name, names);
  }

  #delegate(id: string, to: string): void {
    const passing = this.#passing.get(id);
    if (passing === undefined) return;
    const { address } = this.#options;
    const { delegation } = passing;
    const member = this.#options.members.find((each) => each.address === to);
    this.#note(delegation, { type: 'dispatched', to });
    try {
      this.#desk.kernel.delegate({
        from: address,
        to,
        task: delegation.task,
        within: delegation,
        timeoutMs: member?.timeoutMs,
      });
    } catch (error) {
      this.#desk.kernel.notify(address, { type: 'delegation.failed', id, error } as EventObject);
    }
  }

  #settle(id: string): void {
    const passing = this.#passing.get(id);
    this.#passing.delete(id);
    if (passing?.outcome === undefined) return;
    const { delegations } = this.#desk.kernel;
    const { to } = passing.delegation;
    if ('output' in passing.outcome) delegations.complete(to, id, passing.outcome.output);
    else delegations.fail(to, id, passing.outcome.error);
  }

  #refuse(id: string, reason: 'full' | 'draining' | 'noAgent' | 'duplicate'): void {
    const passing = this.#passing.get(id);
    if (passing === undefined) return;
    this.#passing.delete(id);
    const { delegation } = passing;
    const error = this.#refusal(delegation, reason);
    this.#note(delegation, { type: 'failed', code: error.code, error: describeError(error) });
    this.#desk.kernel.delegations.fail(delegation.to, id, error);
  }

  #refusal({ id, task }: Delegation, reason: 'full' | 'draining' | 'noAgent' | 'duplicate'): TroupeError {
    const { address, queue, members } = this.#options;
    switch (reason) {
      case 'full':
        return new QueueFullError(address, queue, limits.mailbox.retryAfter_ms);
      case 'draining':
        return new ShuttingDownError();
      case 'noAgent':
        return new NoAgentError(
          task.type,
          members.flatMap((member) => member.accepts),
        );
      case 'duplicate':
        return idTaken(id);
      default:
        return assertNever(reason);
    }
  }

  #dropped(id: string, reason: string): void {
    const passing = this.#passing.get(id);
    this.#passing.delete(id);
    if (passing !== undefined) this.#note(passing.delegation, { type: 'cancelled', reason });
  }

  #keep(id: string, outcome: { readonly output: unknown } | { readonly error: unknown }): void {
    const passing = this.#passing.get(id);
    if (passing !== undefined) passing.outcome = outcome;
  }

  #note({ correlation, id, task }: Delegation, body: TaskEventBody): void {
    this.#desk.note({ run: correlation, task: id, taskType: task.type, address: this.#options.address }, body);
  }
}
