// The tests of one machine: explored once, told as stories, each of which can be performed by any runner; and what they
// have seen of the machine. Made by `modelTests`.

import type { AnyStateMachine } from 'xstate';
import { CoverageRecord, type ModelCoverage } from './coverage.ts';
import { Environment } from './environment.ts';
import { type Abstraction, type Exploration, explore } from './explore.ts';
import { type Finding, findingsOf } from './findings.ts';
import { type ModelGraph, modelGraph } from './model-graph.ts';
import { type AnyModelOptions, checkModelOptions, type CoverageGoal, type ModelOptions } from './model-options.ts';
import { eventPaths } from './paths.ts';
import { perform, type Performance, StoryFailure, unmetExpectations } from './perform.ts';
import { openTheatre } from './stage.ts';
import { type Story, tellStories } from './stories.ts';
import { WatchedMachine } from './watched.ts';

/** One generated test. */
export interface ModelTest {
  /** `reaches working after job.start > always to working`. */
  readonly name: string;
  /** @throws StoryFailure */
  readonly run: () => Promise<void>;
}

/** The functions of a test runner, such as vitest's or `node:test`'s. */
export interface TestRunner {
  readonly describe: (name: string, body: () => void) => unknown;
  readonly test: (name: string, body: () => Promise<void> | void) => unknown;
}

/** How the tests of one machine ended. */
export interface MachineReport {
  readonly name: string;
  readonly machine: string;
  readonly passed: boolean;
  readonly tests: number;
  /** Events of all tests. */
  readonly steps: number;
  /** Paths that no times make happen: one of their timers would have fired before. */
  readonly impossible: number;
  readonly coverage: ModelCoverage;
  readonly findings: readonly Finding[];
  /** Why it did not pass, a line each. */
  readonly problems: readonly string[];
  readonly failures: readonly StoryFailure[];
}

const wholeGoal: Required<CoverageGoal> = { states: 100, transitions: 100, guards: 0 };

/** Kinds of findings that are wrong whatever the coverage is. */
const wrong: readonly Finding['kind'][] = ['throws', 'missing guard', 'missing delay', 'dead state'];

/** The tests of one machine. */
export class MachineTests {
  readonly name: string;
  readonly machine: AnyStateMachine;
  readonly graph: ModelGraph;
  /** One test a path, in the order of the graph, and a last one that holds coverage and findings. */
  readonly tests: readonly ModelTest[];
  /** What is wrong with the machine, without what `allow` names. */
  readonly findings: readonly Finding[];
  readonly record: CoverageRecord;
  readonly #stories: readonly Story[];
  readonly #impossible: number;
  readonly #goal: Required<CoverageGoal>;
  readonly #allowed: ReadonlySet<string>;
  readonly #performance: Performance;
  readonly #performed: AnyStateMachine;

  /** @throws INVALID_OPTION when an option is wrong, or the states have no end and `abstract` is needed. */
  constructor(machine: AnyStateMachine, options: AnyModelOptions) {
    this.machine = machine;
    this.graph = modelGraph(machine);
    checkModelOptions(options as ModelOptions, this.graph);
    this.name = options.name ?? machine.id;
    this.#goal = { ...wholeGoal, ...options.coverage };
    this.#allowed = new Set(options.allow);
    const watched = new WatchedMachine(machine);
    const told = walk(machine, watched, this.graph, options);
    this.#stories = told.stories.filter(({ times }) => times !== undefined);
    this.#impossible = told.stories.length - this.#stories.length;
    this.record = new CoverageRecord(this.graph);
    for (const story of this.#stories) this.record.add(story);
    this.findings = findingsOf({
      machine,
      watched,
      graph: this.graph,
      explorations: told.explorations,
      record: this.record,
    }).filter(({ name }) => !this.#allowed.has(name));
    this.#performance = { name: this.name, graph: this.graph, options };
    this.#performed = options.implementation ?? machine;
    this.tests = [
      ...this.#stories.map((story) => ({ name: story.name, run: () => this.#perform(story) })),
      {
        name: `is covered (${this.#goalText()})`,
        run: async () => {
          this.#assertCovered();
        },
      },
    ];
  }

  /** States, transitions and guards that the tests reach. */
  get coverage(): ModelCoverage {
    return this.record.coverage();
  }

  /**
   * What each transition makes the machine emit, by the story's words: plain data for a golden file or a snapshot of
   * your test runner.
   */
  get emissions(): Readonly<Record<string, readonly unknown[]>> {
    return Object.fromEntries(
      this.#stories.flatMap(({ words, steps }) =>
        steps.flatMap(({ emitted }, index) =>
          emitted.length === 0 ? [] : [[words.slice(0, index + 1).join(' > '), emitted.map((event) => ({ ...event }))]],
        ),
      ),
    );
  }

  /** Hands every test to a runner. */
  register({ describe, test }: TestRunner): void {
    describe(this.name, () => {
      for (const each of this.tests) test(each.name, each.run);
    });
  }

  /** Runs every test without a runner. */
  async run(onTest?: (name: string, failure: StoryFailure | undefined) => void): Promise<MachineReport> {
    const failures: StoryFailure[] = [];
    await using theatre = await openTheatre(this.#performed);
    for (const story of this.#stories) {
      const failure = await failureOf(perform(this.#performance, story, theatre));
      if (failure !== undefined) failures.push(failure);
      onTest?.(story.name, failure);
    }
    const problems = this.#problems();
    return {
      name: this.name,
      machine: this.machine.id,
      passed: failures.length === 0 && problems.length === 0,
      tests: this.tests.length,
      steps: this.#stories.reduce((sum, { steps }) => sum + steps.length - 1, 0),
      impossible: this.#impossible,
      coverage: this.coverage,
      findings: this.findings,
      problems,
      failures,
    };
  }

  /** One story in a runtime of its own, as a test that may be the only one to run. */
  async #perform(story: Story): Promise<void> {
    await using theatre = await openTheatre(this.#performed);
    await perform(this.#performance, story, theatre);
  }

  /** @throws Error naming everything that is missing. */
  #assertCovered(): void {
    const problems = this.#problems();
    if (problems.length > 0) throw new Error(`${this.name}:\n${problems.map((line) => `  ${line}`).join('\n')}`);
  }

  #problems(): readonly string[] {
    const { missed, ...shares } = this.coverage;
    const short = (['states', 'transitions', 'guards'] as const).flatMap((kind) => {
      const open = missed[kind].filter((name) => !this.#allowed.has(name));
      const { all } = shares[kind];
      const percent = all === 0 ? 100 : ((all - open.length) * 100) / all;
      if (percent >= this.#goal[kind]) return [];
      return [`${kind}: ${Math.floor(percent)} % of ${all} are covered, not ${this.#goal[kind]} %: ${open.join('; ')}`];
    });
    const unmet = unmetExpectations(this.#performance, this.#stories);
    return [
      ...this.findings.filter(({ kind }) => wrong.includes(kind)).map(({ message }) => message),
      ...short,
      ...unmet.map(
        (key) => `expects '${key}': no story comes to this; write events and states as the names of the tests do`,
      ),
    ];
  }

  #goalText(): string {
    const { states, transitions, guards } = this.#goal;
    return `${states} % of states, ${transitions} % of transitions${guards > 0 ? `, ${guards} % of guards` : ''}`;
  }
}

function walk(
  machine: AnyStateMachine,
  watched: WatchedMachine,
  graph: ModelGraph,
  options: AnyModelOptions,
): { readonly stories: readonly Story[]; readonly explorations: readonly Exploration[] } {
  const environment = new Environment(machine, options.events, `events of machine '${machine.id}'`);
  const inputs: readonly unknown[] = options.inputs ?? [options.input];
  const explorations: Exploration[] = [];
  const stories = inputs.flatMap((input, index) => {
    const exploration = explore(watched, environment, { input, abstract: options.abstract as Abstraction | undefined });
    explorations.push(exploration);
    const paths = eventPaths(machine.id, exploration, options.paths ?? 'shortest');
    const prefix = inputs.length > 1 ? `input ${index + 1}: ` : '';
    return tellStories(watched, graph, { paths, input, prefix });
  });
  return { stories, explorations };
}

/** The failure of a story; any other error goes on its way. */
async function failureOf(performed: Promise<void>): Promise<StoryFailure | undefined> {
  try {
    await performed;
    return undefined;
  } catch (error) {
    if (error instanceof StoryFailure) return error;
    throw error;
  }
}
