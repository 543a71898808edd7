// Makes the script of a failing run smaller: whole kinds of decisions go first, faults before the rest, then what lies
// behind the violation, then spans of time, then ever smaller parts of what is left (delta debugging: Zeller and
// Hildebrandt, "Simplifying and isolating failure-inducing input", 2002), at last single values. A smaller script is
// kept only if the same invariant does not hold again, so the end may differ from the beginning in everything but that.

import { type Decision, faultPrefix } from '../world/decisions.ts';
import type { Violation } from './ground.ts';

/** What decides a run, its seed aside. */
export interface Script {
  readonly decisions: readonly Decision[];
  /** Steps with faults. */
  readonly steps: number;
}

/** What came of a script. */
export interface Attempt {
  readonly violation: Violation | undefined;
  /** Those of its decisions that were asked for, in order. */
  readonly decisions: readonly Decision[];
  /** What happened last. */
  readonly last: readonly string[];
  /** The steps in which decisions were asked for, by kind, in order. Without it no time is cut out. */
  readonly asked?: ReadonlyMap<string, readonly number[]>;
}

/** How much may be tried. */
export interface ShrinkBudget {
  readonly runs: number;
  /** Whether it has to end, for instance because it takes too long. */
  readonly isSpent?: () => boolean;
}

/** The smallest script that was found, and what it comes to. */
export interface Smallest extends Script {
  readonly violation: Violation;
  readonly last: readonly string[];
  /** Runs that it took. */
  readonly runs: number;
}

/** Steps that a script with fewer decisions may take longer. */
const slack_steps = 100;
/** Spans that are shorter than such a part of the run are not cut out in this round. */
const spanParts_count = 32;

/**
 * The smallest script found within the budget that violates the same invariant; undefined when the script that is given
 * does not do so again.
 */
export async function smallestScript(
  { invariant, decisions, steps }: Script & { readonly invariant: string },
  run: (script: Script) => Promise<Attempt>,
  budget: ShrinkBudget,
): Promise<Smallest | undefined> {
  if (budget.runs < 1 || budget.isSpent?.() === true) return undefined;
  const { violation, ...attempt } = await run({ decisions, steps });
  if (violation?.invariant !== invariant) return undefined;
  return new Search({ ...attempt, steps, violation }, run, budget).play();
}

type Found = Omit<Smallest, 'runs'> & Pick<Attempt, 'asked'>;

class Search {
  readonly #run: (script: Script) => Promise<Attempt>;
  readonly #budget: ShrinkBudget;
  readonly #mostSteps: number;
  /** Scripts that were tried in vain. */
  readonly #vain = new Set<string>();
  #best: Found;
  #runs = 1;

  constructor(first: Found, run: (script: Script) => Promise<Attempt>, budget: ShrinkBudget) {
    this.#best = first;
    this.#mostSteps = first.steps;
    this.#run = run;
    this.#budget = budget;
  }

  get #isSpent(): boolean {
    return this.#runs >= this.#budget.runs || this.#budget.isSpent?.() === true;
  }

  async play(): Promise<Smallest> {
    for (;;) {
      const before = this.#best;
      await this.#dropKinds();
      await this.#cutTail();
      await this.#cutSpans();
      await this.#dropParts();
      await this.#lowerValues();
      await this.#cutTail();
      if (isSmaller(this.#best, before) && !this.#isSpent) continue;
      const { decisions, steps, violation, last } = this.#best;
      return { decisions, steps, violation, last, runs: this.#runs };
    }
  }

  /** Runs a script, and keeps it if it violates the same. */
  async #try(script: Script): Promise<boolean> {
    const key = keyOf(script);
    if (this.#isSpent || this.#vain.has(key)) return false;
    this.#runs += 1;
    const { violation, ...attempt } = await this.#run(script);
    if (violation?.invariant === this.#best.violation.invariant) {
      this.#best = { ...attempt, steps: script.steps, violation };
      return true;
    }
    this.#vain.add(key);
    return false;
  }

  /** Whether the same happens with other decisions. It may happen later, so there is time for it. */
  #tryWith(decisions: readonly Decision[]): Promise<boolean> {
    const { steps, violation } = this.#best;
    const isCalm = violation.step > steps;
    return this.#try({ decisions, steps: isCalm ? steps : Math.min(this.#mostSteps, violation.step + slack_steps) });
  }

  /** Everything, all faults, each kind of fault, each other kind. */
  async #dropKinds(): Promise<void> {
    if (this.#best.decisions.length === 0 || (await this.#tryWith([]))) return;
    await this.#tryWithout(isFault);
    const kinds = [...new Set(this.#best.decisions.map(({ kind }) => kind))];
    const faults = kinds.filter((kind) => kind.startsWith(faultPrefix));
    for (const dropped of [...faults, ...kinds.filter((kind) => !faults.includes(kind))])
      await this.#tryWithout(({ kind }) => kind === dropped);
  }

  async #tryWithout(isDropped: (decision: Decision) => boolean): Promise<void> {
    const decisions = this.#best.decisions.filter((decision) => !isDropped(decision));
    if (decisions.length < this.#best.decisions.length) await this.#tryWith(decisions);
  }

  /** As few steps with faults as can be: those up to the violation; where it comes after them, by halves. */
  async #cutTail(): Promise<void> {
    const { decisions, violation, steps } = this.#best;
    if (violation.step < steps) await this.#try({ decisions, steps: violation.step });
    let holdsAt = violation.step > steps ? -1 : this.#best.steps;
    while (this.#best.steps - holdsAt > 1 && !this.#isSpent) {
      const middle = Math.floor((this.#best.steps + holdsAt) / 2);
      if (!(await this.#try({ decisions: this.#best.decisions, steps: middle }))) holdsAt = middle;
    }
  }

  /** Steps with faults that matter. */
  get #length(): number {
    return Math.min(this.#best.violation.step, this.#best.steps);
  }

  /**
   * Spans of time, long ones first: what was decided in one goes with it, and what comes later is numbered as if nothing
   * had been asked for in it. So what happens late comes to happen early.
   */
  async #cutSpans(): Promise<void> {
    const least = this.#length / spanParts_count;
    for (let length = Math.floor(this.#length / 2); length >= Math.max(1, least); length = Math.floor(length / 2)) {
      let from = 0;
      while (from < this.#length && !this.#isSpent)
        if (!(await this.#tryWithoutSpan(from, from + length))) from += length;
    }
  }

  #tryWithoutSpan(from: number, to: number): Promise<boolean> {
    const { decisions, asked, steps } = this.#best;
    if (asked === undefined) return Promise.resolve(false);
    const left = decisions.flatMap((decision) => {
      const times = asked.get(decision.kind) ?? [];
      const at = times[decision.nth - 1] ?? 0;
      if (at < from) return [decision];
      if (at < to) return [];
      return [{ ...decision, nth: decision.nth - times.filter((time) => time >= from && time < to).length }];
    });
    return this.#try({ decisions: left, steps: Math.max(0, steps - (to - from)) });
  }

  /**
   * Parts of the decisions, halves first and single ones last, from the end to the beginning: what lies before a part
   * that is dropped stays as it is. A part by itself is not tried, since dropping the others comes to the same.
   */
  async #dropParts(): Promise<void> {
    let size = Math.ceil(this.#best.decisions.length / 2);
    while (size > 0 && !this.#isSpent) {
      const before = this.#best.decisions.length;
      for (let end = before; end > 0; end -= size) {
        const decisions = this.#best.decisions;
        if (end - size >= decisions.length) continue;
        await this.#tryWith([...decisions.slice(0, Math.max(0, end - size)), ...decisions.slice(end)]);
      }
      // Single ones again until none can go.
      if (size > 1) size = Math.ceil(size / 2);
      else if (this.#best.decisions.length === before) return;
    }
  }

  /** Values as near to 1 as can be. */
  async #lowerValues(): Promise<void> {
    for (let at = this.#best.decisions.length - 1; at >= 0; at--) {
      if (await this.#tryValue(at, 1)) continue;
      for (;;) {
        const value = this.#best.decisions[at]?.value ?? 1;
        if (value < 3 || !(await this.#tryValue(at, Math.ceil(value / 2)))) break;
      }
    }
  }

  #tryValue(at: number, value: number): Promise<boolean> {
    const decisions = this.#best.decisions;
    const decision = decisions[at];
    if (decision === undefined || decision.value <= value) return Promise.resolve(false);
    return this.#tryWith(decisions.with(at, { ...decision, value }));
  }
}

function isFault({ kind }: Decision): boolean {
  return kind.startsWith(faultPrefix);
}

function keyOf({ decisions, steps }: Script): string {
  return `${steps}: ${decisions.map(({ kind, nth, value }) => `${kind}#${nth}=${value}`).join(' ')}`;
}

/** Fewer decisions, then fewer steps, then smaller values. */
function isSmaller(one: Script, other: Script): boolean {
  const difference = [
    one.decisions.length - other.decisions.length,
    one.steps - other.steps,
    sumOf(one.decisions) - sumOf(other.decisions),
  ].find((each) => each !== 0);
  return difference !== undefined && difference < 0;
}

function sumOf(decisions: readonly Decision[]): number {
  return decisions.reduce((sum, { value }) => sum + value, 0);
}
