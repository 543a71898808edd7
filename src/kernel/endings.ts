// How lives end: an orderly stop with a time-out and then a kill, a kill at once, and the taking down of an
// incarnation whose cell waits to be started again. Children go first, in reverse order of their start. Nobody waits
// for an ending that a harder one has overtaken: a kill runs no more hooks, whatever was still to come.

import type { Reason } from '../base/reason.ts';
import type { Cell } from './cell.ts';
import { runHook } from './hooks.ts';
import { inTurn } from './in-turn.ts';
import type { LifeHost } from './life-host.ts';
import { letGo } from './recovery/letting-go.ts';

/** How an incarnation is taken down. */
export interface Lowering {
  /** Whether its stop hook runs: not after a crash. */
  readonly hooked: boolean;
  readonly error: unknown;
  /** Called when it is down and nobody waited for that. */
  readonly then: () => void;
  /** Called instead when somebody took it over meanwhile: a stop, or the restart of its group. */
  readonly takenOver?: () => void;
}

/** Ends the actors of a kernel. */
export class Endings {
  readonly #host: LifeHost;

  constructor(host: LifeHost) {
    this.#host = host;
  }

  /** Stops a cell for good: its children in reverse order, its stop hook, its actor; a kill when that takes too long. */
  stop(cell: Cell, reason: Reason, done: () => void, keepSpec = false): void {
    const { state, extras } = cell;
    if (state === 'stopped') {
      done();
    } else if (state === 'stopping') {
      cell.need().stopWaiters.push(done);
    } else if (cell.spec.shutdown === 'kill' && reason !== 'normal') {
      this.kill(cell, keepSpec);
      done();
    } else if (extras?.lowering !== undefined) {
      extras.lowering.waiters.push(() => {
        this.stop(cell, reason, done, keepSpec);
      });
    } else if (cell.children === undefined && !hasStopHook(cell)) {
      this.end(cell, reason, undefined, keepSpec);
      done();
    } else {
      cell.need().stopWaiters.push(done);
      this.#stopSlowly(cell, reason, keepSpec);
    }
  }

  #stopSlowly(cell: Cell, reason: Reason, keepSpec: boolean): void {
    cell.state = 'stopping';
    this.#limit(cell, () => {
      this.kill(cell, keepSpec);
    });
    const isOn = (): boolean => cell.state === 'stopping';
    const stopChild = (child: Cell, next: () => void): void => {
      this.stop(child, 'shutdown', next);
    };
    this.#childrenInReverse(cell, isOn, stopChild, () => {
      this.#runStopHook(cell, () => {
        if (isOn()) this.end(cell, reason, undefined, keepSpec);
      });
    });
  }

  /** Ends a cell and everything below it at once; no hook runs. */
  kill(cell: Cell, keepSpec = false): void {
    this.end(cell, 'killed', undefined, keepSpec);
  }

  /** The end of a cell: told once, whatever led to it. What still lives below it is killed. */
  end(cell: Cell, reason: Reason, error: unknown, keepSpec = false): void {
    const waiters: (() => void)[] = [];
    this.#endTree(cell, { reason, error, keepSpec }, waiters);
    for (const waiter of waiters) waiter();
  }

  /** Waiters are told after the whole tree has ended, so that none of them goes on with a stop that is overtaken. */
  #endTree(
    cell: Cell,
    how: { readonly reason: Reason; readonly error: unknown; readonly keepSpec: boolean },
    waiters: (() => void)[],
  ): void {
    if (cell.state === 'stopped') return;
    cell.state = 'stopping';
    const { children } = cell;
    if (children !== undefined) {
      children.reset();
      for (const child of [...children.cells.values()].toReversed()) {
        this.#endTree(child, { reason: 'killed', error: undefined, keepSpec: false }, waiters);
      }
    }
    this.#takeDown(cell, how.error);
    cell.state = 'stopped';
    cell.parent?.children?.remove(cell, how.keepSpec);
    this.#host.ended(cell, how.reason, how.error);
    const { extras } = cell;
    if (extras === undefined) return;
    const { stopWaiters, lowering, abandonStart: abandon } = extras;
    waiters.push(...stopWaiters);
    if (lowering?.takenOver !== undefined) waiters.push(lowering.takenOver);
    if (lowering !== undefined) waiters.push(...lowering.waiters);
    if (abandon !== undefined) waiters.push(abandon);
    extras.stopWaiters = [];
    extras.lowering = undefined;
    extras.abandonStart = undefined;
  }

  /** Takes an incarnation down in order and keeps the cell, its mailbox and its watchers, to be started again. */
  suspend(cell: Cell, done: () => void): void {
    if (cell.state === 'stopped') {
      done();
    } else if (cell.state === 'stopping') {
      cell.need().stopWaiters.push(done);
    } else if (cell.extras?.lowering !== undefined) {
      cell.extras.lowering.waiters.push(done);
    } else if (cell.state === 'suspended' && !cell.isAlive) {
      done();
    } else {
      this.lower(cell, { hooked: true, error: undefined, then: done, takenOver: done });
    }
  }

  /** Takes an incarnation down; the cell waits in `suspended` for what becomes of it. */
  lower(cell: Cell, { hooked, error, then, takenOver }: Lowering): void {
    cell.state = 'suspended';
    if (cell.children === undefined && !(hooked && hasStopHook(cell))) {
      this.#takeDown(cell, error);
      abandonStart(cell);
      then();
      return;
    }
    const extras = cell.need();
    const lowering = { waiters: [] as (() => void)[], takenOver };
    const { waiters } = lowering;
    extras.lowering = lowering;
    const isOn = (): boolean => extras.lowering === lowering;
    const down = (): void => {
      this.#takeDown(cell, error);
      abandonStart(cell);
      if (waiters.length === 0) then();
      else takenOver?.();
      for (const waiter of waiters) waiter();
    };
    this.#limit(cell, () => {
      extras.lowering = undefined;
      this.#killWhatHangs(cell);
      down();
    });
    this.#childrenInReverse(
      cell,
      isOn,
      (child, next) => {
        this.#lowerChild(child, next);
      },
      () => {
        const finish = (): void => {
          if (!isOn()) return;
          extras.lowering = undefined;
          down();
        };
        if (hooked && cell.spec.shutdown !== 'kill') this.#runStopHook(cell, finish);
        else finish();
      },
    );
  }

  /** Declared children wait for their parent's next incarnation, the others end. */
  #lowerChild(child: Cell, next: () => void): void {
    if (child.declared && child.spec.child !== 'temporary') this.suspend(child, next);
    else this.stop(child, 'shutdown', next);
  }

  #killWhatHangs(cell: Cell): void {
    for (const child of [...(cell.children?.cells.values() ?? [])].toReversed()) {
      if (child.state !== 'suspended' || child.extras?.lowering !== undefined) this.kill(child);
    }
  }

  /** Calls `act` for each child while `isOn`; its waits and counts are dropped first, since its supervisor ends. */
  #childrenInReverse(
    cell: Cell,
    isOn: () => boolean,
    act: (child: Cell, next: () => void) => void,
    then: () => void,
  ): void {
    if (cell.children === undefined) {
      then();
      return;
    }
    cell.children.reset();
    const whileOn = (child: Cell, next: () => void): void => {
      if (isOn()) act(child, next);
    };
    inTurn([...cell.children.cells.values()].toReversed(), whileOn, () => {
      if (isOn()) then();
    });
  }

  #runStopHook(cell: Cell, done: () => void): void {
    const hook = cell.spec.hooks?.stop;
    if (hook === undefined || !hasStopHook(cell)) {
      done();
      return;
    }
    cell.need().opened = false;
    runHook(
      this.#host.timers,
      () => hook(cell),
      undefined,
      (outcome) => {
        if (typeof outcome === 'object') {
          this.#host.report({ type: 'actor.stopHookFailed', address: cell.address, error: outcome.error });
        }
        done();
      },
    );
  }

  /** Sets the time-out of an ending. */
  #limit(cell: Cell, onTimeout: () => void): void {
    const { shutdown } = cell.spec;
    const extras = cell.need();
    this.#unlimit(cell);
    if (shutdown !== 'kill') extras.shutdownTimer = this.#host.timers.set(shutdown, onTimeout);
  }

  #unlimit({ extras }: Cell): void {
    if (extras?.shutdownTimer === undefined) return;
    this.#host.timers.cancel(extras.shutdownTimer);
    extras.shutdownTimer = undefined;
  }

  /** Lets go of the incarnation: its XState actor, its schedules and ticks, what only it could answer. */
  #takeDown(cell: Cell, error: unknown): void {
    this.#unlimit(cell);
    if (cell.isAlive) this.#host.incarnationEnding(cell);
    if (!letGo(this.#host, cell)) return;
    this.#host.incarnationEnded(cell, error);
    cell.mail?.dropOwn();
  }
}

/** Whether there is something to close: a stop hook, and a start that got as far as to open it. */
function hasStopHook(cell: Cell): boolean {
  return cell.spec.hooks?.stop !== undefined && cell.extras?.opened === true;
}

function abandonStart({ extras }: Cell): void {
  const abandon = extras?.abandonStart;
  if (abandon === undefined || extras === undefined) return;
  extras.abandonStart = undefined;
  abandon();
}
