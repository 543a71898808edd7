// How an actor's life begins and ends: start with its hook and its declared children, orderly stop with a time-out
// and then a kill, crash, restart. Everything that has no hook to wait for happens at once, without a promise, so
// that starting and stopping a leaf costs little more than XState's own. Continuations carry the rest.

import type { EventObject, Snapshot } from 'xstate';
import { RestartLimitError, StartFailedError, StartTimeoutError } from '../base/errors.ts';
import type { Reason } from '../base/reason.ts';
import type { Cell } from './cell.ts';
import type { KernelHappening } from './events.ts';
import type { Shards } from './shard.ts';
import type { ChildOptions } from './spec.ts';
import { type Lives, Supervision } from './supervision.ts';
import type { Timers } from './timers.ts';

/** What the lifecycle needs of the kernel. */
export interface LifeHost {
  readonly timers: Timers;
  readonly shards: Shards;
  now(): number;
  random(): number;
  report(happening: KernelHappening): void;
  /** Makes the XState actor of a new incarnation and starts it; its entry effects are returned, not carried out. */
  incarnate(cell: Cell, snapshot: Snapshot<unknown> | undefined): { readonly effects: readonly EventObject[]; readonly error?: { readonly cause: unknown } };
  /** Carries out effects. */
  carryOut(cell: Cell, effects: readonly EventObject[]): void;
  /** The snapshot a restart begins with. */
  recall(cell: Cell): Snapshot<unknown> | undefined;
  /** Puts a cell for a declared child into place. */
  place(parent: Cell, options: ChildOptions): Cell;
  /** The cell may take messages. */
  wake(cell: Cell): void;
  /** An incarnation is over: its delegations and asks can't be answered by it. */
  incarnationEnded(cell: Cell, error: unknown): void;
  /** The cell is gone for good: everything that waits for it is told. */
  ended(cell: Cell, reason: Reason, error: unknown): void;
  /** The root itself has given up. */
  fatal(error: unknown): void;
}

type Done = (failure?: unknown) => void;

/** Starts, stops and brings back the actors of a kernel. */
export class Lifecycle implements Lives {
  readonly #host: LifeHost;

  constructor(host: LifeHost) {
    this.#host = host;
  }

  get timers(): Timers {
    return this.#host.timers;
  }

  now(): number {
    return this.#host.now();
  }

  random(): number {
    return this.#host.random();
  }

  report(happening: KernelHappening): void {
    this.#host.report(happening);
  }

  /** The supervision of a cell's children, made when it first has one. */
  supervisionOf(parent: Cell): Supervision {
    if (parent.children instanceof Supervision) return parent.children;
    const supervision = new Supervision(parent, this, parent.parent === undefined && parent.id === guardianId);
    parent.children = supervision;
    return supervision;
  }

  /** Starts a declared child that had ended. */
  spawnDeclared(parent: Cell, options: ChildOptions): void {
    const cell = this.#host.place(parent, options);
    this.start(cell, (failure) => {
      if (failure !== undefined) parent.children?.exited(cell, 'error', failure);
    });
  }

  /** Starts a new incarnation: logic, start hook, declared children in order. */
  start(cell: Cell, done: Done): void {
    cell.state = 'starting';
    cell.incarnation += 1;
    const { incarnation } = cell;
    const { effects, error } = this.#host.incarnate(cell, incarnation > 1 ? this.#host.recall(cell) : undefined);
    if (error !== undefined) {
      this.#startFailed(cell, error.cause, done);
      return;
    }
    this.#runStartHook(cell, (failure) => {
      if (cell.incarnation !== incarnation || cell.state !== 'starting') return;
      if (failure !== undefined) {
        this.#startFailed(cell, failure, done);
        return;
      }
      this.#startChildren(cell, 0, (childFailure) => {
        if (cell.incarnation !== incarnation || cell.state !== 'starting') return;
        if (childFailure !== undefined) this.#startFailed(cell, childFailure, done);
        else this.#started(cell, effects, done);
      });
    });
  }

  #started(cell: Cell, effects: readonly EventObject[], done: Done): void {
    cell.state = 'running';
    this.#host.report({ type: 'actor.started', address: cell.address, incarnation: cell.incarnation });
    if (effects.length > 0) this.#host.carryOut(cell, effects);
    done();
    if (cell.snapshot()?.status === 'done') this.finished(cell);
    else this.#host.wake(cell);
  }

  #startFailed(cell: Cell, cause: unknown, done: Done): void {
    const failure = cause instanceof StartFailedError || cause instanceof StartTimeoutError ? cause : new StartFailedError(cell.address, cause);
    this.#suspendChildren(cell, () => {
      this.#takeDown(cell, failure);
      cell.state = 'suspended';
      done(failure);
    });
  }

  #runStartHook(cell: Cell, done: Done): void {
    const hook = cell.spec.hooks?.start;
    if (hook === undefined) {
      done();
      return;
    }
    this.#runHook(() => hook(cell), cell.spec.startTimeoutMs, (outcome) => {
      if (outcome === 'timeout') done(new StartTimeoutError(cell.address, cell.spec.startTimeoutMs));
      else if (outcome === 'ok') done();
      else done(outcome.error ?? new Error('the start hook threw nothing'));
    });
  }

  #startChildren(cell: Cell, index: number, done: Done): void {
    const options = cell.spec.children[index];
    if (options === undefined) {
      done();
      return;
    }
    const child = cell.children?.cells.get(options.id) ?? this.#host.place(cell, options);
    this.start(child, (failure) => {
      if (failure !== undefined) done(failure);
      else this.#startChildren(cell, index + 1, done);
    });
  }

  /** Stops a cell for good: children in reverse order, its stop hook, its actor; a kill when that takes too long. */
  stop(cell: Cell, reason: Reason, done: () => void, keepSpec = false): void {
    if (cell.state === 'stopped') {
      done();
      return;
    }
    if (cell.state === 'stopping') {
      cell.need().stopWaiters.push(done);
      return;
    }
    if (cell.spec.shutdown === 'kill' && reason !== 'normal') {
      this.kill(cell, keepSpec);
      done();
      return;
    }
    const hooked = cell.actor !== undefined && cell.state !== 'suspended';
    cell.state = 'stopping';
    if (cell.children === undefined && (cell.spec.hooks?.stop === undefined || !hooked)) {
      this.end(cell, reason, undefined, keepSpec);
      done();
      return;
    }
    cell.need().stopWaiters.push(done);
    this.#stopSlowly(cell, reason, hooked, keepSpec);
  }

  #stopSlowly(cell: Cell, reason: Reason, hooked: boolean, keepSpec: boolean): void {
    const { shutdown } = cell.spec;
    const timer = typeof shutdown === 'number'
      ? this.#host.timers.set(shutdown, () => {
          this.kill(cell, keepSpec);
        })
      : undefined;
    this.#stopChildren(cell, () => {
      this.#runStopHook(cell, hooked, () => {
        if (timer !== undefined) this.#host.timers.cancel(timer);
        if (cell.state === 'stopping') this.end(cell, reason, undefined, keepSpec);
      });
    });
  }

  /** Ends a cell and everything below it at once; no hook runs. */
  kill(cell: Cell, keepSpec = false): void {
    if (cell.state === 'stopped') return;
    cell.state = 'stopping';
    for (const child of [...(cell.children?.cells.values() ?? [])].reverse()) this.kill(child);
    this.end(cell, 'killed', undefined, keepSpec);
  }

  /** Takes an incarnation down in order and keeps the cell, its mailbox and its watchers, to be started again. */
  suspend(cell: Cell, done: () => void): void {
    if (cell.state === 'stopped' || cell.state === 'suspended') {
      done();
      return;
    }
    const hooked = cell.actor !== undefined && cell.state === 'running';
    cell.state = 'suspended';
    const { incarnation } = cell;
    let over = false;
    const finish = (): void => {
      if (over) return;
      over = true;
      if (timer !== undefined) this.#host.timers.cancel(timer);
      if (cell.incarnation === incarnation && cell.state === 'suspended') this.#takeDown(cell, undefined);
      done();
    };
    const { shutdown } = cell.spec;
    const timer = shutdown === 'kill' || (cell.children === undefined && cell.spec.hooks?.stop === undefined)
      ? undefined
      : this.#host.timers.set(shutdown, () => {
          for (const child of [...(cell.children?.cells.values() ?? [])].reverse()) this.kill(child);
          finish();
        });
    this.#suspendChildren(cell, () => {
      this.#runStopHook(cell, hooked && shutdown !== 'kill', finish);
    });
  }

  /** The actor crashed on a message, or its supervisor role gave up. */
  failed(cell: Cell, error: unknown): void {
    if (cell.state === 'stopping' || cell.state === 'stopped' || cell.state === 'suspended') return;
    if (cell.parent === undefined) {
      this.#host.fatal(error);
      return;
    }
    if (!(error instanceof RestartLimitError)) {
      this.#host.report({ type: 'actor.crashed', address: cell.address, incarnation: cell.incarnation, error });
    }
    cell.state = 'suspended';
    const { parent } = cell;
    this.#suspendChildren(cell, () => {
      if (cell.state !== 'suspended') return;
      this.#takeDown(cell, error);
      parent.children?.exited(cell, 'error', error);
    });
  }

  /** The actor's logic is done. */
  finished(cell: Cell): void {
    if (cell.state !== 'running') return;
    cell.state = 'suspended';
    this.#suspendChildren(cell, () => {
      if (cell.state !== 'suspended') return;
      this.#takeDown(cell, undefined);
      cell.parent?.children?.exited(cell, 'normal', undefined);
    });
  }

  /** The end of a cell: told once, whatever led to it. */
  end(cell: Cell, reason: Reason, error: unknown, keepSpec = false): void {
    if (cell.state === 'stopped') return;
    this.#takeDown(cell, error);
    cell.state = 'stopped';
    for (const child of [...(cell.children?.cells.values() ?? [])].reverse()) this.kill(child);
    cell.children?.reset();
    cell.parent?.children?.remove(cell, keepSpec);
    this.#host.ended(cell, reason, error);
    const waiters = cell.extras?.stopWaiters;
    if (waiters === undefined || cell.extras === undefined) return;
    cell.extras.stopWaiters = [];
    for (const waiter of waiters) waiter();
  }

  /** Lets go of the incarnation: its XState actor, its schedules, what only it could answer. */
  #takeDown(cell: Cell, error: unknown): void {
    const { actor, shard } = cell;
    if (actor === undefined || shard === undefined) return;
    cell.actor = undefined;
    cell.scope = undefined;
    cell.shard = undefined;
    if (cell.extras !== undefined) {
      for (const timer of cell.extras.schedules.values()) this.#host.timers.cancel(timer);
      cell.extras.schedules.clear();
    }
    this.#host.shards.release(shard, actor);
    this.#host.incarnationEnded(cell, error);
  }

  #stopChildren(cell: Cell, then: () => void): void {
    cell.children?.reset();
    this.#inReverse(cell, then, (child, next) => {
      this.stop(child, 'shutdown', next);
    });
  }

  /** Declared children wait for the parent's next incarnation, the others end. */
  #suspendChildren(cell: Cell, then: () => void): void {
    cell.children?.reset();
    this.#inReverse(cell, then, (child, next) => {
      if (child.declared && child.spec.child !== 'temporary') this.suspend(child, next);
      else this.stop(child, 'shutdown', next);
    });
  }

  #inReverse(cell: Cell, then: () => void, act: (child: Cell, next: () => void) => void): void {
    if (cell.children === undefined) {
      then();
      return;
    }
    const children = [...cell.children.cells.values()];
    // A loop and not a recursion: ten thousand children stop at once without growing the stack.
    let looping = false;
    let ready = true;
    const pump = (): void => {
      if (looping) {
        ready = true;
        return;
      }
      looping = true;
      ready = true;
      while (ready) {
        ready = false;
        const child = children.pop();
        if (child === undefined) {
          looping = false;
          then();
          return;
        }
        act(child, pump);
      }
      looping = false;
    };
    pump();
  }

  #runStopHook(cell: Cell, hooked: boolean, done: () => void): void {
    const hook = cell.spec.hooks?.stop;
    if (hook === undefined || !hooked) {
      done();
      return;
    }
    this.#runHook(() => hook(cell), undefined, (outcome) => {
      if (outcome !== 'ok' && outcome !== 'timeout') {
        this.#host.report({ type: 'actor.stopHookFailed', address: cell.address, error: outcome.error });
      }
      done();
    });
  }

  #runHook(
    hook: () => unknown,
    timeoutMs: number | undefined,
    done: (outcome: 'ok' | 'timeout' | { readonly error: unknown }) => void,
  ): void {
    let over = false;
    const settle = (outcome: 'ok' | 'timeout' | { readonly error: unknown }): void => {
      if (over) return;
      over = true;
      if (timer !== undefined) this.#host.timers.cancel(timer);
      done(outcome);
    };
    const timer = timeoutMs === undefined ? undefined : this.#host.timers.set(timeoutMs, () => { settle('timeout'); });
    try {
      const result = hook();
      if (!(result instanceof Promise)) settle('ok');
      else result.then(() => { settle('ok'); }, (error: unknown) => { settle({ error }); });
    } catch (error) {
      settle({ error });
    }
  }
}

/** The id of the cell that actors spawned from outside live under. */
export const guardianId = '';
