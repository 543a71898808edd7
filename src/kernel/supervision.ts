// The children of one actor, in start order, and what becomes of them when one ends. It carries out what the
// supervisor machine decides: bring one back, bring a group back in order, let one go, give up. A child's cell stays
// the same over its restarts; a group is taken down in reverse order and started again in order, and a newer decision
// replaces an older one that is still being carried out.

import {
  ActorExistsError,
  ActorNotFoundError,
  ActorRestartingError,
  RestartLimitError,
} from '../base/errors.ts';
import type { Reason } from '../base/reason.ts';
import type { Cell, ChildTable } from './cell.ts';
import type { KernelHappening } from './events.ts';
import { Judge } from './judge.ts';
import type { ChildOptions, ChildType } from './spec.ts';
import type { Timer, Timers } from './timers.ts';

/** What supervision needs of the lives it looks after; the lifecycle gives it. */
export interface Lives {
  readonly timers: Timers;
  now(): number;
  random(): number;
  report(happening: KernelHappening): void;
  spawnDeclared(parent: Cell, options: ChildOptions): void;
  start(cell: Cell, done: (failure?: unknown) => void): void;
  stop(cell: Cell, reason: Reason, done: () => void, keepSpec?: boolean): void;
  suspend(cell: Cell, done: () => void): void;
  end(cell: Cell, reason: Reason, error: unknown, keepSpec?: boolean): void;
  failed(cell: Cell, error: unknown): void;
}

/** One child as its supervisor sees it. */
export interface ChildInfo {
  readonly id: string;
  readonly address: string;
  readonly child: ChildType;
  readonly state: 'running' | 'starting' | 'restarting' | 'stopping' | 'stopped';
  readonly incarnation: number;
}

/** How many children there are, as OTP's `count_children` counts them. */
export interface ChildCounts {
  /** Child specs, dead or alive. */
  readonly specs: number;
  /** Children that run. */
  readonly active: number;
}

/** The supervision of one actor's children. */
export class Supervision implements ChildTable {
  readonly cells = new Map<string, Cell>();
  /** Specs of declared children that have ended and may be started again by hand. */
  readonly #ended = new Map<string, ChildOptions>();
  readonly #specs = new Map<string, ChildOptions>();
  readonly #waiting = new Map<Cell, Timer>();
  readonly #parent: Cell;
  readonly #life: Lives;
  /** Each child on its own account: one that fails too often ends alone. */
  readonly #independent: boolean;
  readonly #judges = new Map<string, Judge>();
  #regroup = 0;

  constructor(parent: Cell, life: Lives, independent: boolean) {
    this.#parent = parent;
    this.#life = life;
    this.#independent = independent;
  }

  /** Adds a child that is about to be started. */
  add(cell: Cell, options: ChildOptions | undefined): void {
    this.cells.set(cell.id, cell);
    if (options !== undefined) this.#specs.set(cell.id, options);
    this.#ended.delete(cell.id);
  }

  /** Forgets a child that has ended for good. */
  remove(cell: Cell, keepSpec: boolean): void {
    this.#cancelWait(cell);
    if (this.cells.get(cell.id) !== cell) return;
    this.cells.delete(cell.id);
    this.#judges.delete(cell.id);
    const spec = this.#specs.get(cell.id);
    if (keepSpec && spec !== undefined) this.#ended.set(cell.id, spec);
    else this.#specs.delete(cell.id);
  }

  /** Starts counting afresh and drops whatever was being carried out; the parent has been taken down. */
  reset(): void {
    this.#regroup += 1;
    for (const timer of this.#waiting.values()) this.#life.timers.cancel(timer);
    this.#waiting.clear();
    this.#judges.clear();
  }

  /** A child has ended by itself or did not start: asks the machine and does what it says. */
  exited(cell: Cell, reason: Reason, error: unknown): void {
    if (this.#parent.state === 'stopping' || this.#parent.state === 'stopped') {
      this.#life.end(cell, reason, error);
      return;
    }
    if (cell.spec.child === 'temporary' || (!cell.declared && reason === 'normal')) {
      this.#life.end(cell, reason, error);
      return;
    }
    const decisions = this.#judge(cell).decide({
      type: 'child.exited',
      id: cell.id,
      child: cell.spec.child,
      reason,
      now: this.#life.now(),
      random: this.#life.random(),
    });
    for (const decision of decisions) {
      if (decision.type === 'child.left') this.#life.end(cell, reason, error, decision.keepSpec && cell.declared);
      else if (decision.type === 'supervisor.gaveUp') this.#giveUp(cell, error);
      else if (decision.type === 'child.restart') this.#restart(cell, decision.delayMs, decision.scope);
    }
  }

  // --- the supervisor's own calls, in OTP's words ---

  /** @throws ACTOR_NOT_FOUND, ACTOR_EXISTS while it runs, ACTOR_RESTARTING while it is being brought back. */
  restartChild(id: string): void {
    const cell = this.cells.get(id);
    if (cell !== undefined) throw this.#isRestarting(cell) ? new ActorRestartingError(cell.address) : new ActorExistsError(cell.address);
    const spec = this.#ended.get(id);
    if (spec === undefined) throw new ActorNotFoundError(`${this.#parent.address}/${id}`);
    this.#life.spawnDeclared(this.#parent, spec);
  }

  /** Ends a child and keeps its spec. @throws ACTOR_NOT_FOUND when there is no such child and no such spec. */
  async terminateChild(id: string): Promise<void> {
    const cell = this.cells.get(id);
    if (cell !== undefined) {
      await new Promise<void>((resolve) => {
        this.#cancelWait(cell);
        this.#life.stop(cell, 'shutdown', resolve, cell.declared);
      });
    } else if (!this.#ended.has(id)) throw new ActorNotFoundError(`${this.#parent.address}/${id}`);
  }

  /** Forgets the spec of a child that has ended. @throws ACTOR_NOT_FOUND, ACTOR_EXISTS, ACTOR_RESTARTING. */
  deleteChild(id: string): void {
    const cell = this.cells.get(id);
    if (cell !== undefined) throw this.#isRestarting(cell) ? new ActorRestartingError(cell.address) : new ActorExistsError(cell.address);
    if (!this.#ended.delete(id)) throw new ActorNotFoundError(`${this.#parent.address}/${id}`);
    this.#specs.delete(id);
  }

  whichChildren(): readonly ChildInfo[] {
    const live = [...this.cells.values()].map((cell): ChildInfo => ({
      id: cell.id,
      address: cell.address,
      child: cell.spec.child,
      state: cell.state === 'suspended' ? 'restarting' : cell.state,
      incarnation: cell.incarnation,
    }));
    const ended = [...this.#ended].map(([id, spec]): ChildInfo => ({
      id,
      address: `${this.#parent.address}/${id}`,
      child: spec.child ?? 'permanent',
      state: 'stopped',
      incarnation: 0,
    }));
    return [...live, ...ended];
  }

  countChildren(): ChildCounts {
    let active = 0;
    for (const cell of this.cells.values()) if (cell.state === 'running') active += 1;
    return { specs: this.cells.size + this.#ended.size, active };
  }

  // --- carrying decisions out ---

  #judge(cell: Cell): Judge {
    const key = this.#independent ? cell.id : '';
    let judge = this.#judges.get(key);
    if (judge === undefined) {
      judge = new Judge(this.#independent ? { ...cell.spec.restart, strategy: 'one-for-one' } : this.#parent.spec.restart);
      this.#judges.set(key, judge);
    }
    return judge;
  }

  #isRestarting(cell: Cell): boolean {
    return cell.state === 'suspended' || (cell.state === 'starting' && cell.incarnation > 1);
  }

  #giveUp(cell: Cell, cause: unknown): void {
    const { maxRestarts, withinMs } = this.#independent ? cell.spec.restart : this.#parent.spec.restart;
    const error = new RestartLimitError(
      { address: this.#independent ? cell.address : this.#parent.address, child: cell.address, maxRestarts, withinMs },
      { cause },
    );
    this.#life.report({ type: 'supervisor.gaveUp', address: this.#parent.address, child: cell.address, error });
    if (this.#independent) this.#life.end(cell, 'error', error);
    else this.#life.failed(this.#parent, error);
  }

  #restart(cell: Cell, delayMs: number, scope: 'one' | 'all' | 'rest'): void {
    this.#life.report({ type: 'actor.restarting', address: cell.address, delayMs, scope });
    if (scope === 'one') {
      this.#startAfter(cell, delayMs);
      return;
    }
    this.#regroup += 1;
    const token = this.#regroup;
    const group = this.#group(cell, scope);
    this.#takeDown([...group].reverse(), token, () => {
      this.#waiting.set(
        cell,
        this.#life.timers.set(delayMs, () => {
          this.#waiting.delete(cell);
          this.#bringUp(group, 0, token);
        }),
      );
    });
  }

  #startAfter(cell: Cell, delayMs: number): void {
    this.#cancelWait(cell);
    const begin = (): void => {
      this.#waiting.delete(cell);
      if (cell.state !== 'suspended') return;
      this.#life.start(cell, (failure) => {
        if (failure !== undefined) this.exited(cell, 'error', failure);
      });
    };
    this.#waiting.set(cell, this.#life.timers.set(delayMs, begin));
  }

  /** Whom a decision covers, in start order. Temporary siblings are not brought back and not charged. */
  #group(cell: Cell, scope: 'all' | 'rest'): readonly Cell[] {
    const all = [...this.cells.values()];
    const affected = scope === 'all' ? all : all.slice(all.indexOf(cell));
    for (const sibling of affected) this.#cancelWait(sibling);
    return affected;
  }

  /** Takes a group down one by one; `then` runs when all are down, unless a newer decision has come. */
  #takeDown(reversed: readonly Cell[], token: number, then: () => void): void {
    const next = (index: number): void => {
      if (token !== this.#regroup) return;
      const cell = reversed[index];
      if (cell === undefined) then();
      else if (cell.spec.child === 'temporary') this.#life.stop(cell, 'shutdown', () => { next(index + 1); });
      else this.#life.suspend(cell, () => { next(index + 1); });
    };
    next(0);
  }

  #bringUp(group: readonly Cell[], index: number, token: number): void {
    if (token !== this.#regroup) return;
    const cell = group[index];
    if (cell === undefined) {
      this.#judges.get('')?.decide({ type: 'group.restored' });
      return;
    }
    if (cell.state !== 'suspended') {
      this.#bringUp(group, index + 1, token);
      return;
    }
    this.#life.start(cell, (failure) => {
      if (failure !== undefined) this.exited(cell, 'error', failure);
      else this.#bringUp(group, index + 1, token);
    });
  }

  #cancelWait(cell: Cell): void {
    const timer = this.#waiting.get(cell);
    if (timer === undefined) return;
    this.#life.timers.cancel(timer);
    this.#waiting.delete(cell);
  }
}
