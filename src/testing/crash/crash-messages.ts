// What the crash kit and its child processes say to each other: an order on the command line, and messages about how far
// the child has come. A child that is killed says nothing of that: its mark and its journal do.

import type { CommitPoint } from './crash-points.ts';

/** What a child is doing. */
export type CrashPhase =
  | 'loading'
  | 'opening'
  | 'reading'
  | 'starting'
  | 'running'
  | 'stopping'
  | 'resuming'
  | 'checking';

/** What a child has to do. All paths are absolute. */
export interface CrashOrder {
  /** Run the workload on a store, or recover what is there and check it. */
  readonly task: 'work' | 'recover';
  readonly topology: string;
  readonly workload: string;
  readonly store: string;
  /** What is acknowledged: written by `work`, read by `recover`. */
  readonly journal: string;
  /** Where the child says that it is killing itself. */
  readonly mark: string;
  /** Where compiled code is kept. */
  readonly cache: string;
  /** Where to kill itself; without one it goes to its end. */
  readonly point?: CommitPoint | undefined;
}

/** How long a recovery took, and what it wrote. */
export interface RecoveryTimes {
  /** Opening the store, which is read through before. */
  readonly open_ms: number;
  /** From there until `start()` had resolved. */
  readonly start_ms: number;
  /** From there until the runs that were taken up were over and no actor had messages left. */
  readonly resume_ms: number;
  /** Commits from the start until then. */
  readonly commits: number;
  /** Damaged records of the store, as it was found. */
  readonly damaged: number;
  /** The first of them. */
  readonly damage: readonly string[];
}

/** What a child says. */
export type CrashMessage =
  | { readonly type: 'phase'; readonly phase: CrashPhase; readonly detail?: string }
  | { readonly type: 'unusable'; readonly field: 'topology' | 'workload'; readonly expected: string }
  | { readonly type: 'worked'; readonly commits: number; readonly took_ms: number }
  | ({ readonly type: 'recovered' } & RecoveryTimes)
  | { readonly type: 'failed'; readonly message: string; readonly stack: string }
  /** It has come to its end. */
  | { readonly type: 'done' };
