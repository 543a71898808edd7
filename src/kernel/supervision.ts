// The children of one actor, in start order, and what becomes of them when one ends. It carries out what the
// supervisor machine decides: bring one back, bring a group back in order, let one go, give up. A child's cell stays
// the same over its restarts. While the parent itself starts, ends of children wait for its start to be over.

import type { ChildType } from '../base/supervision-options.ts';
import { ActorExistsError, ActorNotFoundError, ActorRestartingError, RestartLimitError } from '../base/errors.ts';
import type { Reason } from '../base/reason.ts';
import type { Cell, CellState, ChildTable } from './cell.ts';
import { GroupRestart } from './group-restart.ts';
import { Judge } from './judge.ts';
import type { Lives } from './life-host.ts';
import type { ChildOptions } from './spec.ts';
import type { Timer } from './timers.ts';

/** One child as its supervisor sees it. */
export interface ChildInfo {
  readonly id: string;
  readonly address: string;
  readonly child: ChildType;
  readonly state: Exclude<CellState, 'suspended'> | 'restarting';
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
  /** In start order. */
  readonly cells = new Map<string, Cell>();
  /** Specs of declared children, in start order. */
  readonly #specs = new Map<string, ChildOptions>();
  /** Those that have ended and may be started again by hand. */
  readonly #ended = new Map<string, ChildOptions>();
  readonly #parent: Cell;
  readonly #life: Lives;
  /** Each child on its own account: one that fails too often ends alone. */
  readonly #independent: boolean;
  readonly #judges = new Map<string, Judge>();
  /** Single children that wait out their backoff. */
  readonly #waiting = new Map<Cell, Timer>();
  readonly #group: GroupRestart;
  /** Ends of children while their parent itself was still starting. */
  #early: { readonly cell: Cell; readonly reason: Reason; readonly error: unknown }[] = [];

  constructor(parent: Cell, life: Lives, independent: boolean) {
    this.#parent = parent;
    this.#life = life;
    this.#independent = independent;
    this.#group = new GroupRestart(life, {
      onFailure: (cell, failure) => {
        this.exited(cell, 'error', failure);
      },
      onRestored: () => {
        this.#judges.get('')?.decide({ type: 'group.restored' });
      },
    });
  }

  /** Adds a child that is about to be started: last, or where it was when it is started again by hand. */
  add(cell: Cell, options: ChildOptions | undefined): void {
    this.cells.delete(cell.id);
    this.cells.set(cell.id, cell);
    if (options === undefined) return;
    if (this.#ended.delete(cell.id)) {
      this.#arrange();
      return;
    }
    this.#specs.delete(cell.id);
    this.#specs.set(cell.id, options);
  }

  /** Forgets a child that has ended for good. */
  remove(cell: Cell, keepSpec: boolean): void {
    this.#cancelWait(cell);
    this.#group.forget(cell);
    if (this.cells.get(cell.id) !== cell) return;
    this.cells.delete(cell.id);
    this.#judges.delete(cell.id);
    const spec = this.#specs.get(cell.id);
    if (keepSpec && spec !== undefined) this.#ended.set(cell.id, spec);
    else this.#specs.delete(cell.id);
  }

  /** Starts counting afresh and drops whatever was being carried out; the parent is going down. */
  reset(): void {
    this.#group.drop();
    for (const timer of this.#waiting.values()) this.#life.timers.cancel(timer);
    this.#waiting.clear();
    this.#judges.clear();
    this.#early = [];
    for (const id of this.#ended.keys()) this.#specs.delete(id);
    this.#ended.clear();
  }

  /** The parent has started: judges what ended meanwhile. */
  opened(): void {
    const early = this.#early;
    this.#early = [];
    for (const { cell, reason, error } of early) this.exited(cell, reason, error);
  }

  /** A child has ended by itself or did not start: asks the machine and does what it says. */
  exited(cell: Cell, reason: Reason, error: unknown): void {
    if (cell.state !== 'suspended') return;
    const { state } = this.#parent;
    const { child } = cell.spec;
    if (child === 'temporary' || (child === 'transient' && !cell.declared && reason === 'normal')) {
      this.#life.end(cell, reason, error);
    } else if (state === 'stopping' || state === 'stopped') {
      this.#life.end(cell, reason, error);
    } else if (state === 'suspended') {
      // The declared ones come back with their parent.
      if (!cell.declared) this.#life.end(cell, reason, error);
    } else if (state === 'starting') {
      this.#early.push({ cell, reason, error });
    } else if (!this.#group.has(cell)) {
      this.#judgeExit(cell, reason, error);
    }
  }

  #judgeExit(cell: Cell, reason: Reason, error: unknown): void {
    const decisions = this.#judge(cell).decide({
      type: 'child.exited',
      id: cell.id,
      child: cell.spec.child,
      reason,
      now: this.#life.now(),
      random: this.#life.random(),
    });
    // A supervisor that has given up decides nothing more.
    if (decisions.length === 0) this.#life.end(cell, reason, error);
    for (const decision of decisions) {
      if (decision.type === 'child.left') this.#life.end(cell, reason, error, decision.keepSpec && cell.declared);
      else if (decision.type === 'supervisor.gaveUp') this.#giveUp(cell, error);
      else if (decision.type === 'child.restart') this.#restart(cell, decision.delayMs, decision.scope);
    }
  }

  // --- the supervisor's own calls, in OTP's words ---

  /**
   * Starts a declared child that has ended; resolves when it is up. When it fails to start it stays ended.
   *
   * @throws ACTOR_NOT_FOUND, ACTOR_EXISTS while it runs, ACTOR_RESTARTING while it is being brought back, START_FAILED.
   */
  async restartChild(id: string): Promise<void> {
    const spec = this.#requireEnded(id);
    await new Promise<void>((resolve, reject) => {
      this.#life.spawnDeclared(this.#parent, spec, (failure) => {
        if (failure === undefined) resolve();
        else reject(failure);
      });
    });
  }

  /** Ends a child and keeps its spec. @throws ACTOR_NOT_FOUND when there is no such child and no such spec. */
  async terminateChild(id: string): Promise<void> {
    const cell = this.cells.get(id);
    if (cell !== undefined) {
      await new Promise<void>((resolve) => {
        this.#cancelWait(cell);
        this.#life.stop(cell, 'shutdown', resolve, cell.declared && cell.spec.child !== 'temporary');
      });
    } else if (!this.#ended.has(id)) throw new ActorNotFoundError(this.#addressOf(id));
  }

  /** Forgets the spec of a child that has ended. @throws ACTOR_NOT_FOUND, ACTOR_EXISTS, ACTOR_RESTARTING. */
  deleteChild(id: string): void {
    this.#requireEnded(id);
    this.#ended.delete(id);
    this.#specs.delete(id);
  }

  /** The living in start order, then those that have ended and have a spec. */
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
      address: this.#addressOf(id),
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

  #requireEnded(id: string): ChildOptions {
    const cell = this.cells.get(id);
    if (cell !== undefined) {
      const restarting = cell.state === 'suspended' || (cell.state === 'starting' && cell.incarnation > 1);
      throw restarting ? new ActorRestartingError(cell.address) : new ActorExistsError(cell.address);
    }
    const spec = this.#ended.get(id);
    if (spec === undefined) throw new ActorNotFoundError(this.#addressOf(id));
    return spec;
  }

  #addressOf(id: string): string {
    return this.#parent.parent === undefined ? id : `${this.#parent.address}/${id}`;
  }

  /** Puts the cells back into the order of their specs; what was spawned comes after. */
  #arrange(): void {
    const cells = [...this.cells.values()];
    const declared = [...this.#specs.keys()].flatMap((id) => this.cells.get(id) ?? []);
    this.cells.clear();
    for (const cell of new Set([...declared, ...cells])) this.cells.set(cell.id, cell);
  }

  // --- carrying decisions out ---

  #judge(cell: Cell): Judge {
    const key = this.#independent ? cell.id : '';
    let judge = this.#judges.get(key);
    if (judge === undefined) {
      judge = new Judge(
        this.#independent ? { ...cell.spec.restart, strategy: 'one-for-one' } : this.#parent.spec.restart,
      );
      this.#judges.set(key, judge);
    }
    return judge;
  }

  #giveUp(cell: Cell, cause: unknown): void {
    const { maxRestarts, withinMs } = this.#independent ? cell.spec.restart : this.#parent.spec.restart;
    const error = new RestartLimitError(
      { address: this.#independent ? cell.address : this.#parent.address, child: cell.address, maxRestarts, withinMs },
      { cause },
    );
    this.#life.report({ type: 'supervisor.gaveUp', address: this.#parent.address, child: cell.address, error });
    if (this.#independent) {
      this.#life.end(cell, 'error', error);
      return;
    }
    // What does not come back with its supervisor ends for its own reason, not for the supervisor's.
    if (!cell.declared || this.#parent.parent === undefined) this.#life.end(cell, 'error', cause);
    this.#life.failed(this.#parent, error);
  }

  #restart(cell: Cell, delayMs: number, scope: 'one' | 'all' | 'rest'): void {
    this.#life.report({ type: 'actor.restarting', address: cell.address, delayMs, scope });
    if (scope === 'one') this.#startAfter(cell, delayMs);
    else this.#group.restart(this.#groupOf(cell, scope), delayMs);
  }

  #startAfter(cell: Cell, delayMs: number): void {
    this.#cancelWait(cell);
    const begin = (): void => {
      this.#waiting.delete(cell);
      this.#life.start(cell, (failure) => {
        if (failure !== undefined) this.exited(cell, 'error', failure);
      });
    };
    this.#waiting.set(cell, this.#life.timers.set(delayMs, begin));
  }

  /** Whom a decision covers, in start order: also what an older one has not brought back yet. */
  #groupOf(cell: Cell, scope: 'all' | 'rest'): readonly Cell[] {
    const all = [...this.cells.values()];
    return scope === 'all' ? all : all.slice(all.findIndex((each) => each === cell || this.#group.has(each)));
  }

  #cancelWait(cell: Cell): void {
    const timer = this.#waiting.get(cell);
    if (timer === undefined) return;
    this.#life.timers.cancel(timer);
    this.#waiting.delete(cell);
  }
}
