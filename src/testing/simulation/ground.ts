// What the parts of one simulated run share: its plan, its chance, its trace, what has been broken so far, and the
// first thing that did not hold, which ends the run.

import { describeError } from '../../base/errors.ts';
import type { Decisions } from '../world/decisions.ts';
import type { SimulatedDisk } from '../world/disk.ts';
import type { Life } from './invariant.ts';
import type { Moment, Plan } from './options.ts';
import type { Trace } from './trace.ts';
import type { World } from './world.ts';

/** What did not hold. */
export interface Violation {
  /** The invariant, or what else must hold: `everything settles`. */
  readonly invariant: string;
  readonly problem: string;
  readonly step: number;
}

/** The common ground of one run. */
export class Ground {
  readonly plan: Plan;
  readonly decisions: Decisions;
  readonly world: World;
  readonly trace: Trace;
  readonly ledger: unknown;
  /** Whether its disk rots, so that what was kept may be gone. */
  readonly rots: boolean;
  violation: Violation | undefined = undefined;
  readonly #disk: SimulatedDisk;
  readonly #faults = new Map<string, number>();

  constructor(parts: {
    readonly plan: Plan;
    readonly decisions: Decisions;
    readonly disk: SimulatedDisk;
    readonly world: World;
    readonly trace: Trace;
    readonly rots: boolean;
  }) {
    this.plan = parts.plan;
    this.decisions = parts.decisions;
    this.world = parts.world;
    this.trace = parts.trace;
    this.rots = parts.rots;
    this.#disk = parts.disk;
    this.ledger = parts.plan.ledger();
  }

  /** Faults by kind. */
  get faults(): ReadonlyMap<string, number> {
    return new Map([...this.#faults, ...this.#disk.injected]);
  }

  /** A fault has happened. */
  inject(what: string, detail = ''): void {
    this.#faults.set(what, (this.#faults.get(what) ?? 0) + 1);
    this.trace.add(`fault: ${what} ${detail}`.trimEnd());
  }

  /** Something did not hold; the first time counts. */
  fail(invariant: string, problem: unknown): void {
    if (this.violation !== undefined) return;
    const told = problem instanceof Error ? (problem.stack ?? problem.message) : problem;
    const text = typeof told === 'string' ? told : describeError(told);
    this.violation = { invariant, problem: text, step: this.trace.step };
    this.trace.add(`violated: ${invariant}: ${text.split('\n', 1)[0] ?? ''}`);
  }

  moment(life: Life): Moment {
    return { runtime: life.runtime, ledger: this.ledger, now: () => this.world.clock.now() };
  }
}
