// What the beginning and the end of actors' lives need of the kernel, and what supervision needs of them: two
// interfaces that keep three files from importing each other.

import type { Reason } from '../base/reason.ts';
import type { Cell } from './cell.ts';
import type { KernelHappening } from './events.ts';
import type { Beginning } from './recovery/restoring.ts';
import type { Shards } from './shard.ts';
import type { ChildOptions } from './spec.ts';
import type { Timers } from './timers.ts';

/** What the lifecycle needs of the kernel. */
export interface LifeHost {
  readonly timers: Timers;
  readonly shards: Shards;
  now(): number;
  random(): number;
  report(happening: KernelHappening): void;
  /**
   * Makes the XState actor of a new incarnation and starts it, from what is kept of the actor or afresh; its entry
   * effects are returned, not carried out.
   */
  begin(cell: Cell): Beginning;
  /** An incarnation has started: carries out what it wants. */
  begun(cell: Cell, beginning: Beginning): void;
  /** An incarnation is about to be taken down, and everything of it is still there. */
  incarnationEnding(cell: Cell): void;
  /** Puts a cell for a declared child into place. */
  place(parent: Cell, options: ChildOptions): Cell;
  /** The cell may take messages. */
  wake(cell: Cell): void;
  /** An incarnation is over: what only it could answer is refused. */
  incarnationEnded(cell: Cell, error: unknown): void;
  /** The cell is gone for good: everything that waits for it is told. */
  ended(cell: Cell, reason: Reason, error: unknown): void;
  /** The root itself has given up. */
  fatal(error: unknown): void;
}

/** What supervision needs of the lives it looks after. */
export interface Lives {
  readonly timers: Timers;
  now(): number;
  random(): number;
  report(happening: KernelHappening): void;
  spawnDeclared(parent: Cell, options: ChildOptions, done: (failure?: unknown) => void): void;
  start(cell: Cell, done: (failure?: unknown) => void, abandoned?: () => void): void;
  stop(cell: Cell, reason: Reason, done: () => void, keepSpec?: boolean): void;
  suspend(cell: Cell, done: () => void): void;
  end(cell: Cell, reason: Reason, error: unknown, keepSpec?: boolean): void;
  failed(cell: Cell, error: unknown): void;
}
