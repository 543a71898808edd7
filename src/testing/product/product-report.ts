// What people read of a product: how far it was walked and whether that was everything, what of each machine was reached,
// what came and was ignored, and the shortest story found of everything that does not hold.

import type { Share } from '../coverage.ts';
import type { ActorReport } from './sightings.ts';

/** Something that does not hold, with its story. */
export interface ProductViolation {
  readonly invariant: string;
  readonly message: string;
  /** What happened, a line a step. */
  readonly story: readonly string[];
  /** The same for `replay`. */
  readonly actions: readonly string[];
  /** The seed of the walk that came upon it; undefined when the search did. */
  readonly seed: number | undefined;
}

/** How a product was walked. */
export interface ProductReport {
  readonly passed: boolean;
  readonly violations: readonly ProductViolation[];
  readonly search: {
    readonly worlds: number;
    readonly transitions: number;
    /** Steps that were left out since another order of them had been taken. */
    readonly spared: number;
    /** Worlds in which nothing more can happen. */
    readonly finals: number;
    /** Whether every world that can be come to was come to. */
    readonly complete: boolean;
    /** The limit that ended it. */
    readonly cutBy: string | undefined;
  };
  /** None when the search was complete. */
  readonly walks:
    | {
        readonly seed: number;
        readonly walks: number;
        readonly worlds: number;
        readonly transitions: number;
        /** How many ended at the limit of their length. */
        readonly cut: number;
      }
    | undefined;
  readonly actors: readonly ActorReport[];
}

/** A report as lines. */
export function productText({ passed, violations, search, walks, actors }: ProductReport): readonly string[] {
  const names = Math.max(...actors.map(({ name }) => name.length));
  const labels = Math.max(...actors.map(({ label }) => label.length));
  return [
    `search: ${search.worlds} worlds, ${search.transitions} transitions, ${search.spared} spared, ${search.finals} final: ` +
      (search.cutBy === undefined ? 'complete' : `cut by ${search.cutBy}`),
    ...(walks === undefined
      ? []
      : [
          `walks: ${walks.walks} from seed ${walks.seed}, ${walks.transitions} transitions, ${walks.worlds} worlds, ${walks.cut} cut by length`,
        ]),
    ...actors.map(({ name, label, coverage }) =>
      `${name.padEnd(names)}  ${label.padEnd(labels)}  ${coverage === undefined ? '' : `states ${shareText(coverage.states)}, transitions ${shareText(coverage.transitions)}`}`.trimEnd(),
    ),
    ...actors.flatMap(missedText),
    ...violations.flatMap((violation) => ['', ...violationText(violation)]),
    '',
    passed
      ? search.complete
        ? 'Everything holds in every world.'
        : 'Everything holds in every world that was come to; there are more.'
      : `${violations.length === 1 ? 'One thing does' : `${violations.length} things do`} not hold.`,
  ];
}

/** A violation as lines: what does not hold, then its story. */
export function violationText({ invariant, message, story, seed }: ProductViolation): readonly string[] {
  const found = seed === undefined ? '' : ` (seed ${seed})`;
  return [`✗ ${invariant}: ${message}${found}`, ...story.map((line, index) => `  ${index + 1} ${line}`)];
}

function missedText({ name, coverage, ignored }: ActorReport): readonly string[] {
  const missed = [
    ...(coverage?.missed.states ?? []).map((each) => `state ${each}`),
    ...(coverage?.missed.transitions ?? []),
  ];
  return [
    ...missed.map((each) => `  · ${name}: not reached: ${each}`),
    ...ignored.map((type) => `  · ${name}: ${type} came and was ignored wherever it came.`),
  ];
}

function shareText({ seen, all }: Share): string {
  return `${seen}/${all}`;
}
