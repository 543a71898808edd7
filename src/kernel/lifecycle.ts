// How an actor's life begins and what ends it from inside: start with its hook and its declared children, crash,
// natural end. Everything that has no hook to wait for happens at once, without a promise, so that starting and
// stopping a leaf costs little more than XState's own. Continuations carry the rest; each start is answered once.

import {
  ActorExistsError,
  RestartLimitError,
  ShuttingDownError,
  StartFailedError,
  StartTimeoutError,
} from '../base/errors.ts';
import type { Reason } from '../base/reason.ts';
import type { Cell } from './cell.ts';
import { Endings } from './endings.ts';
import type { KernelHappening } from './events.ts';
import { runHook } from './hooks.ts';
import { inTurn } from './in-turn.ts';
import type { LifeHost, Lives } from './life-host.ts';
import type { Beginning } from './recovery/restoring.ts';
import type { ChildOptions } from './spec.ts';
import { Supervision } from './supervision.ts';
import type { Timers } from './timers.ts';

export type { LifeHost } from './life-host.ts';

/** The answer to a start: nothing when it worked, else why not. */
export type Done = (failure?: unknown) => void;

const nothing = (): void => {};

/** Starts, stops and brings back the actors of a kernel. */
export class Lifecycle implements Lives {
  readonly #host: LifeHost;
  readonly #endings: Endings;

  constructor(host: LifeHost) {
    this.#host = host;
    this.#endings = new Endings(host);
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

  /** Starts the root's children in order; `done` is told once, also when a stop comes first. */
  startRoot(root: Cell, children: readonly ChildOptions[], done: Done): void {
    const isOn = (): boolean => root.state === 'starting';
    root.state = 'starting';
    this.#startChildren(
      root,
      children,
      isOn,
      (failure) => {
        if (failure === undefined) root.state = 'running';
        done(failure);
        root.children?.opened();
      },
      () => {
        done(new ShuttingDownError());
      },
    );
  }

  /** Starts a declared child that had ended, by hand: when that fails it ends again. */
  spawnDeclared(parent: Cell, options: ChildOptions, done: Done): void {
    const cell = this.#host.place(parent, options);
    this.start(
      cell,
      (failure) => {
        if (failure !== undefined) this.end(cell, 'error', failure, true);
        done(failure);
      },
      () => {
        done(new StartFailedError(cell.address, new Error('it was stopped before it was up')));
      },
    );
  }

  /**
   * Starts a new incarnation: logic, start hook, declared children in order.
   *
   * @param abandoned - Called instead of `done` when the start was overtaken: by a stop, or by the restart of a group.
   */
  start(cell: Cell, done: Done, abandoned: () => void = nothing): void {
    const isBack = cell.state === 'passive';
    cell.state = 'starting';
    cell.incarnation += 1;
    const { incarnation } = cell;
    const isOn = (): boolean => cell.incarnation === incarnation && cell.state === 'starting';
    const beginning = this.#host.begin(cell);
    if (beginning.error !== undefined) {
      this.#startFailed(cell, beginning.error.cause, done, abandoned);
      return;
    }
    if (beginning.quarantined !== undefined) {
      cell.state = 'quarantined';
      done();
      return;
    }
    this.#runStartHook(cell, (failure) => {
      if (!isOn()) {
        abandoned();
      } else if (failure !== undefined) {
        this.#startFailed(cell, failure, done, abandoned);
      } else {
        if (cell.spec.hooks?.stop !== undefined) cell.need().opened = true;
        this.#startChildren(
          cell,
          cell.spec.children,
          isOn,
          (childFailure) => {
            if (childFailure === undefined) this.#started(cell, beginning, isBack, done);
            else this.#startFailed(cell, childFailure, done, abandoned);
          },
          abandoned,
        );
      }
    });
  }

  #started(cell: Cell, beginning: Beginning, isBack: boolean, done: Done): void {
    cell.state = 'running';
    if (!isBack) this.#host.report({ type: 'actor.started', address: cell.address, incarnation: cell.incarnation });
    this.#host.begun(cell, beginning);
    done();
    cell.children?.opened();
    if (cell.snapshot()?.status === 'done') this.finished(cell);
    else this.#host.wake(cell);
  }

  #startFailed(cell: Cell, cause: unknown, done: Done, abandoned: () => void): void {
    const failure = asStartError(cause, cell.address);
    const then = (): void => {
      done(failure);
    };
    this.#endings.lower(cell, { hooked: true, error: failure, then, takenOver: abandoned });
  }

  #runStartHook(cell: Cell, done: Done): void {
    const hook = cell.spec.hooks?.start;
    if (hook === undefined) {
      done();
      return;
    }
    let over = false;
    const abandon = runHook(
      this.#host.timers,
      () => hook(cell),
      cell.spec.startTimeoutMs,
      (outcome) => {
        over = true;
        if (cell.extras !== undefined) cell.extras.abandonStart = undefined;
        if (outcome === 'timeout') done(new StartTimeoutError(cell.address, cell.spec.startTimeoutMs));
        else if (typeof outcome === 'object')
          done(outcome.error ?? new Error(`the start hook threw ${String(outcome.error)}`));
        else done();
      },
    );
    if (!over) cell.need().abandonStart = abandon;
  }

  #startChildren(
    cell: Cell,
    children: readonly ChildOptions[],
    isOn: () => boolean,
    done: Done,
    abandoned: () => void,
  ): void {
    if (children.length === 0) {
      done();
      return;
    }
    const startChild = (options: ChildOptions, next: () => void): void => {
      const goOn = (): void => {
        if (isOn()) next();
        else abandoned();
      };
      let child: Cell;
      try {
        child = this.#declaredChild(cell, options);
      } catch (error) {
        done(new StartFailedError(cell.parent === undefined ? options.id : `${cell.address}/${options.id}`, error));
        return;
      }
      this.start(
        child,
        (failure) => {
          if (failure === undefined || !isOn()) goOn();
          else done(failure);
        },
        goOn,
      );
    };
    inTurn(children, startChild, done);
  }

  /** The cell of a declared child, which takes its place in the start order. */
  #declaredChild(parent: Cell, options: ChildOptions): Cell {
    const waiting = parent.children?.cells.get(options.id);
    if (waiting === undefined) return this.#host.place(parent, options);
    if (waiting.state !== 'suspended') throw new ActorExistsError(waiting.address);
    parent.children?.add(waiting, options);
    return waiting;
  }

  stop(cell: Cell, reason: Reason, done: () => void, keepSpec = false): void {
    this.#endings.stop(cell, reason, done, keepSpec);
  }

  suspend(cell: Cell, done: () => void): void {
    this.#endings.suspend(cell, done);
  }

  end(cell: Cell, reason: Reason, error: unknown, keepSpec = false): void {
    this.#endings.end(cell, reason, error, keepSpec);
  }

  /** The actor crashed on a message, or its supervisor role gave up. */
  failed(cell: Cell, error: unknown): void {
    if (cell.state !== 'running' && cell.state !== 'starting') return;
    if (cell.parent === undefined) {
      this.#host.fatal(error);
      return;
    }
    if (!(error instanceof RestartLimitError)) {
      this.#host.report({ type: 'actor.crashed', address: cell.address, incarnation: cell.incarnation, error });
    }
    this.#exit(cell, 'error', error);
  }

  /** The actor's logic is done, or it wants to end. */
  finished(cell: Cell): void {
    if (cell.state === 'running' || cell.state === 'starting') this.#exit(cell, 'normal', undefined);
  }

  /** Takes the incarnation down, then leaves what becomes of the cell to its supervisor. */
  #exit(cell: Cell, reason: Reason, error: unknown): void {
    const then = (): void => {
      cell.parent?.children?.exited(cell, reason, error);
    };
    this.#endings.lower(cell, { hooked: reason === 'normal', error, then });
  }
}

function asStartError(cause: unknown, address: string): StartFailedError | StartTimeoutError {
  return cause instanceof StartFailedError || cause instanceof StartTimeoutError
    ? cause
    : new StartFailedError(address, cause);
}

/** The id of the cell that actors spawned from outside live under. */
export const guardianId = '';
