// What fails in a simulation and how often: once in so many chances. The odds are such that a run of 2,000 steps meets
// each fault a few times and still gets something done.

import { InvalidOptionError } from '../../base/errors.ts';
import { suggestion } from '../../topology/problems.ts';

/** Once in so many chances; 0: never. */
export interface FaultOdds {
  /** The process is killed (a chance a step); half of the time it is the machine that loses its power. */
  readonly crash: number;
  /** The calendar jumps, by up to two days either way (a chance a step). */
  readonly calendar: number;
  /** The machine sleeps for up to a minute: timers fire late (a chance a step). */
  readonly sleep: number;
  /** An agent throws, takes long, does nothing until it is told to stop, or returns what no agent should (a chance an attempt). */
  readonly agent: number;
  /** A commit is not whole on the disk when the power goes (a chance a power cut). */
  readonly torn: number;
  /** A commit is lost when the power goes (a chance a power cut). */
  readonly lost: number;
  /**
   * The disk rots: bits of what is on it change (a chance a run, since what is lost to rot is lost: in such a run nothing
   * wrong may be served and everything has to settle, and no more is asked).
   */
  readonly flipped: number;
  /** A commit takes seconds (a chance a commit). */
  readonly delayed: number;
  /** The disk is full (a chance a commit). */
  readonly full: number;
  /** The device fails (a chance a commit). */
  readonly broken: number;
}

/** A kind of fault. */
export type FaultKind = keyof FaultOdds;

/** What fails: everything, nothing, some kinds, or how often each does. */
export type Faults = 'all' | 'none' | readonly FaultKind[] | Partial<FaultOdds>;

/** The odds of `all`. */
export const defaultOdds: FaultOdds = {
  crash: 400,
  calendar: 500,
  sleep: 300,
  agent: 6,
  torn: 2,
  lost: 2,
  flipped: 8,
  delayed: 25,
  full: 80,
  broken: 80,
};

const none: FaultOdds = {
  crash: 0,
  calendar: 0,
  sleep: 0,
  agent: 0,
  torn: 0,
  lost: 0,
  flipped: 0,
  delayed: 0,
  full: 0,
  broken: 0,
};

/** Every kind of fault. */
export const faultKinds = Object.keys(defaultOdds) as readonly FaultKind[];

/** The odds that are meant. @throws INVALID_OPTION naming the kind. */
export function oddsOf(faults: Faults, field = 'faults'): FaultOdds {
  if (faults === 'all') return defaultOdds;
  if (faults === 'none') return none;
  if (Array.isArray(faults)) {
    for (const kind of faults as readonly unknown[]) checkKind(kind, field);
    return {
      ...none,
      ...Object.fromEntries((faults as readonly FaultKind[]).map((kind) => [kind, defaultOdds[kind]])),
    };
  }
  if (typeof faults !== 'object' || faults === null)
    throw new InvalidOptionError(field, faults, "'all', 'none', a list of kinds, or odds by kind");
  for (const [kind, odds] of Object.entries(faults)) {
    checkKind(kind, field);
    if (!Number.isSafeInteger(odds) || odds < 0)
      throw new InvalidOptionError(`${kind} in ${field}`, odds, 'a whole number: once in so many chances, 0 for never');
  }
  return { ...none, ...(faults as Partial<FaultOdds>) };
}

function checkKind(kind: unknown, field: string): void {
  if (faultKinds.includes(kind as FaultKind)) return;
  const hint = typeof kind === 'string' ? suggestion(kind, faultKinds) : '';
  throw new InvalidOptionError(field, kind, `kinds of faults: ${faultKinds.join(', ')}. ${hint}`.trim());
}
