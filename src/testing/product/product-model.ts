// The way in: the model of several actors together. It searches all that can happen to them, walks at random where that is
// too much, and tells the shortest story found of whatever does not hold.

import { InvalidOptionError } from '../../base/errors.ts';
import { limits } from '../../base/limits.ts';
import { isTopology, type Topology } from '../../topology/define.ts';
import type { Cast } from './cast.ts';
import { castOfMachines, castOfTopology } from './casting.ts';
import type { Invariant, Rules } from './invariants.ts';
import {
  type AnyProductOptions,
  checkAgainst,
  checkProductOptions,
  type ProductOptions,
  type TopologyProductOptions,
} from './options.ts';
import { type ProductReport, productText, type ProductViolation, violationText } from './product-report.ts';
import { search, type Violation } from './search.ts';
import { Sightings } from './sightings.ts';
import { Steps } from './steps.ts';
import { shrink, tell } from './telling.ts';
import { type ActorMachines, type ProductWorld, viewOf } from './view.ts';
import { walk, type WalkViolation } from './walks.ts';

/** A story that was told again. */
export interface Replay {
  readonly story: readonly string[];
  /** What does not hold at its end. */
  readonly problems: readonly { readonly invariant: string; readonly message: string }[];
  readonly world: ProductWorld;
}

/** Something in a product does not hold. The message tells the story. */
export class ProductFailure extends Error {
  readonly report: ProductReport;

  constructor(report: ProductReport) {
    super(report.violations.flatMap((violation) => ['', ...violationText(violation)]).join('\n'));
    this.name = 'ProductFailure';
    this.report = report;
  }
}

/** The model of several actors together. */
export class ProductModel {
  readonly #steps: Steps;
  readonly #rules: Rules;
  readonly #options: AnyProductOptions;

  constructor(cast: Cast, options: AnyProductOptions) {
    checkAgainst(cast.roles, options);
    const { environment, crashes = 0, overloads = 0, invariants = {}, allow = [], waits = {} } = options;
    this.#options = options;
    this.#steps = new Steps(cast, { environment, crashes, overloads });
    const mailbox = options.mailbox ?? limits.testing.productMailbox_messages;
    this.#rules = { invariants, allow: new Set(allow), mailbox, waits };
  }

  /** Searches, and walks where the search was cut. The same options give the same report. */
  run(): ProductReport {
    const { testing } = limits;
    const { worlds = testing.productWorldsDefault_count, seed = 1 } = this.#options;
    const at = { steps: this.#steps, rules: this.#rules, sightings: new Sightings() };
    const found = search({ ...at, worlds, reduces: true });
    const { walks = testing.productWalksDefault_count, length = testing.productWalkDefault_steps } = this.#options;
    const walked = found.cutBy === undefined ? undefined : walk({ ...at, walks, length, seed });
    const known = new Set(found.violations.map(({ invariant }) => invariant));
    const violations = [
      ...found.violations.map((each) => this.#told(each)),
      ...(walked?.violations ?? []).filter(({ invariant }) => !known.has(invariant)).map((each) => this.#shrunk(each)),
    ];
    return {
      passed: violations.length === 0,
      violations,
      search: {
        worlds: found.worlds,
        transitions: found.transitions,
        spared: found.spared,
        finals: found.finals.size,
        complete: found.cutBy === undefined,
        cutBy: found.cutBy,
      },
      walks:
        walked === undefined
          ? undefined
          : { seed, walks, worlds: walked.worlds, transitions: walked.transitions, cut: walked.cut },
      actors: at.sightings.reports(this.#steps.cast),
    };
  }

  /** Runs, and throws when something does not hold. @throws ProductFailure with the report. */
  check(): ProductReport {
    const report = this.run();
    if (!report.passed) throw new ProductFailure(report);
    return report;
  }

  /** Tells the story of a violation again; what can't happen any more is left out. */
  replay(actions: readonly string[]): Replay {
    const { lines, problems, world } = tell(this.#steps, this.#rules, actions);
    return { story: lines, problems, world: viewOf(world) };
  }

  #told({ invariant, message, actions }: Violation, seed?: number): ProductViolation {
    const { lines, problems } = tell(this.#steps, this.#rules, actions);
    const last = problems.find((problem) => problem.invariant === invariant);
    return { invariant, message: last?.message ?? message, story: lines, actions, seed };
  }

  #shrunk(violation: WalkViolation): ProductViolation {
    const actions = shrink(this.#steps, this.#rules, violation.invariant, violation.actions);
    return this.#told({ ...violation, actions }, violation.seed);
  }
}

/**
 * The model of several actors together: what they tell each other, and the tasks they give each other, in every order
 * that the runtime allows.
 *
 * @param subject - A topology, or `{ actors }`: machines by address.
 * @throws INVALID_OPTION when an option is wrong or names what is not there.
 *
 * @example
 * ```ts
 * productModel({ actors: { desk, printer } }, { environment: [{ to: 'desk', event: { type: 'ticket' } }] }).check();
 * ```
 */
export function productModel<const Actors extends ActorMachines>(
  subject: { readonly actors: Actors },
  options: ProductOptions<Actors>,
): ProductModel;
export function productModel(subject: Topology, options: TopologyProductOptions): ProductModel;
export function productModel(
  subject: Topology | { readonly actors: ActorMachines },
  options: TopologyProductOptions | { readonly invariants?: Readonly<Record<string, Invariant>> },
): ProductModel {
  const given = options as AnyProductOptions;
  checkProductOptions(given);
  if (isTopology(subject)) return new ProductModel(castOfTopology(subject.resolved, given), given);
  if (typeof subject === 'object' && subject !== null && typeof subject.actors === 'object' && subject.actors !== null)
    return new ProductModel(castOfMachines(subject.actors, given), given);
  throw new InvalidOptionError('productModel', subject, 'what defineTopology() returned, or { actors }');
}

export { productText };
