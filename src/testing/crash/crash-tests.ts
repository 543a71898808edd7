// Crash tests of a topology: a workload is run once to count its commits, then once for every step of every commit by a
// process that is killed there, and each time another process has to recover, check and say how long that took.

import { systemClock } from '../../base/clock.ts';
import { formatMs } from '../../base/duration.ts';
import { seededRandom } from '../../base/random.ts';
import { type CrashOptions, type CrashSettings, crashSettings } from './crash-options.ts';
import {
  type CrashStep,
  type Kill,
  killName,
  killWords,
  spreadPoints,
  spreadRecoveries,
  stepWords,
} from './crash-points.ts';
import { type CrashReport, type CrashStage, failureText, recovery_ms, timesOf } from './crash-report.ts';
import { type KillResult, KillRuns } from './kill-run.ts';

/** The functions of a test runner, such as vitest's or `node:test`'s. */
export interface CrashTestRunner {
  readonly describe: (name: string, body: () => void) => unknown;
  /** Told how long a test may take at most; every process has a limit of its own, far below. */
  readonly test: (name: string, body: () => Promise<void>, timeout_ms: number) => unknown;
}

/** Kills of one kind, and of how many. */
interface Stage {
  readonly name: string;
  readonly results: readonly KillResult[];
  readonly of: number | undefined;
}

type OnKill = (result: KillResult) => void;

/** Crash tests, made by {@link crashTests}. */
export class CrashTests {
  readonly name: string;
  readonly #settings: CrashSettings;
  readonly #runs: KillRuns;
  readonly #stages = new Map<string, Promise<Stage>>();
  #stagesDone: readonly Stage[] = [];
  #count: Promise<KillResult> | undefined;
  #counted: KillResult | undefined;
  #began_ms: number | undefined;
  #ended_ms = 0;
  #onKill: OnKill = () => {};

  constructor(settings: CrashSettings) {
    this.#settings = settings;
    this.#runs = new KillRuns(settings);
    this.name = settings.name;
  }

  /** Hands the tests to a runner: one for each step, one for recoveries, one for random moments. */
  register({ describe, test }: CrashTestRunner): void {
    const { steps, recoveryKills, randomKills, recoveryWithin_ms, only } = this.#settings;
    const timeout_ms = this.#longest_ms();
    describe(`${this.name} when its process is killed`, () => {
      if (only !== undefined) {
        test(`recovers: ${killWords(only)}`, () => this.#pass(this.#only(only)), timeout_ms);
        return;
      }
      test('comes to its end without a kill', () => this.#pass(this.#none()), timeout_ms);
      for (const step of steps)
        test(`recovers from every commit: ${stepWords[step]}`, () => this.#pass(this.#atStep(step)), timeout_ms);
      if (recoveryKills > 0)
        test('recovers when it is killed while it recovers', () => this.#pass(this.#recovering()), timeout_ms);
      if (randomKills > 0) test('recovers from random moments', () => this.#pass(this.#random()), timeout_ms);
      if (recoveryWithin_ms !== undefined)
        test(`recovers within ${formatMs(recoveryWithin_ms)}`, () => this.#passTimes(), timeout_ms);
    });
  }

  /**
   * Runs everything without a runner.
   *
   * @param onKill - Told of each kill when it has been recovered and checked, and of the run without one.
   * @throws INVALID_OPTION when a file exports something else than it should.
   */
  async run(onKill: OnKill = () => {}): Promise<CrashReport> {
    this.#onKill = onKill;
    const { only } = this.#settings;
    await (only === undefined ? this.#all() : this.#only(only));
    return this.report();
  }

  /** What came of the kills so far. */
  report(): CrashReport {
    const { steps } = this.#settings;
    const stages = this.#stagesDone;
    const commits = this.#counted?.worked?.commits ?? 0;
    const results = stages.flatMap((stage) => stage.results);
    const killed = (kind: (kill: Kill) => boolean): number =>
      results.filter(({ kill, isReached }) => isReached && kill !== undefined && kind(kill)).length;
    const failures = [this.#counted, ...results].flatMap((result) => result?.failure ?? []);
    const problems = this.#problems();
    return {
      name: this.name,
      passed: failures.length === 0 && problems.length === 0,
      commits,
      kills: killed(({ work, recovery }) => 'step' in work && recovery === undefined),
      ofSteps: commits * steps.length,
      recoveryKills: killed(({ recovery }) => recovery !== undefined),
      ofRecoverySteps: stages.find(({ name }) => name === recovering)?.of ?? 0,
      randomKills: killed(({ work, recovery }) => !('step' in work) && recovery === undefined),
      stages: stages.map(stageOf),
      recovery_ms: timesOf(results, recovery_ms),
      open_ms: timesOf(results, ({ open_ms }) => open_ms),
      start_ms: timesOf(results, ({ start_ms }) => start_ms),
      resume_ms: timesOf(results, ({ resume_ms }) => resume_ms),
      problems,
      failures,
      took_ms: this.#ended_ms - (this.#began_ms ?? 0),
    };
  }

  async #all(): Promise<void> {
    const { failure } = await this.#counting();
    if (failure !== undefined) return; // what fails without a kill says nothing about kills
    for (const step of this.#settings.steps) await this.#atStep(step);
    await this.#recovering();
    await this.#random();
  }

  /** The run without a kill: how many commits there are, and whether the check holds when nothing goes wrong. */
  #counting(): Promise<KillResult> {
    this.#count ??= this.#perform(undefined).then((result) => {
      this.#counted = result;
      return result;
    });
    return this.#count;
  }

  async #none(): Promise<Stage> {
    return { name: 'without a kill', results: [await this.#counting()], of: undefined };
  }

  #only(kill: Kill): Promise<Stage> {
    return this.#stage(killName(kill), async () => ({ kills: [kill], of: undefined }));
  }

  #atStep(step: CrashStep): Promise<Stage> {
    return this.#stage(stepWords[step], async () => {
      const { commits } = await this.#work();
      const { steps, kills } = this.#settings;
      const points = spreadPoints(commits, steps, kills).filter((point) => point.step === step);
      return { kills: points.map((work) => ({ work })), of: commits };
    });
  }

  #recovering(): Promise<Stage> {
    return this.#stage(recovering, async () => {
      const { steps, recoveryKills } = this.#settings;
      if (recoveryKills === 0) return { kills: [], of: undefined };
      const stages = await Promise.all(steps.map((step) => this.#atStep(step)));
      const writes = stages.flatMap(({ results }) =>
        results.flatMap(({ kill, times, failure }) =>
          kill === undefined || times === undefined || failure !== undefined
            ? []
            : [{ work: kill.work, commits: times.commits }],
        ),
      );
      const { kills, all } = spreadRecoveries(writes, steps, recoveryKills);
      return { kills, of: all };
    });
  }

  #random(): Promise<Stage> {
    return this.#stage('at a random moment', async () => {
      const { randomKills, seed } = this.#settings;
      const { took_ms } = await this.#work();
      const random = seededRandom(seed);
      const moment = (): number => Math.round(random() * took_ms * 10) / 10;
      return { kills: Array.from({ length: randomKills }, () => ({ work: { after_ms: moment() } })), of: undefined };
    });
  }

  /** @throws Error when the workload fails without a kill. */
  async #work(): Promise<{ readonly commits: number; readonly took_ms: number }> {
    const { worked, failure } = await this.#counting();
    if (failure !== undefined || worked === undefined)
      throw new Error(`the workload can't be killed in the middle: it fails ${failure?.where}: ${failure?.message}`);
    return worked;
  }

  #stage(
    name: string,
    plan: () => Promise<{ readonly kills: readonly Kill[]; readonly of: number | undefined }>,
  ): Promise<Stage> {
    const known = this.#stages.get(name);
    if (known !== undefined) return known;
    const begun = plan().then(async ({ kills, of }) => {
      const results = await Promise.all(kills.map((kill) => this.#perform(kill)));
      const stage = { name, results, of };
      if (results.length > 0) this.#stagesDone = [...this.#stagesDone, stage];
      return stage;
    });
    this.#stages.set(name, begun);
    return begun;
  }

  async #perform(kill: Kill | undefined): Promise<KillResult> {
    this.#began_ms ??= systemClock.now();
    const result = await this.#runs.perform(kill);
    this.#ended_ms = systemClock.now();
    this.#onKill(result);
    return result;
  }

  /** @throws Error naming every failure. */
  async #pass(begun: Promise<Stage>): Promise<void> {
    const { results } = await begun;
    const failures = results.flatMap(({ failure }) => failure ?? []);
    const lines = failures.slice(0, shown_count).flatMap((failure) => failureText(failure));
    if (failures.length > 0) lines.unshift(`${failures.length} of ${results.length} failed`);
    if (failures.length > shown_count) lines.push(`and ${failures.length - shown_count} more`);
    lines.push(...this.#nothing());
    if (lines.length > 0) throw new Error(lines.join('\n'));
  }

  /** @throws Error when a recovery took too long. */
  async #passTimes(): Promise<void> {
    await this.#all();
    const slow = this.#slow();
    if (slow.length > 0) throw new Error(slow.join('\n'));
  }

  #problems(): readonly string[] {
    return [...this.#nothing(), ...this.#slow()];
  }

  /** Nothing was killed that could have been. */
  #nothing(): readonly string[] {
    const { only } = this.#settings;
    if (only !== undefined) {
      const isLate = this.#stagesDone.some(({ results }) => results.some(isTooLate));
      return isLate ? [`the process had come to its end before ${killWords(only)}`] : [];
    }
    const { worked, failure } = this.#counted ?? {};
    if (failure !== undefined || worked?.commits !== 0) return [];
    return ['the workload commits nothing, so there is no step to kill it at: let it submit a task or set a state'];
  }

  #slow(): readonly string[] {
    const { recoveryWithin_ms: within_ms } = this.#settings;
    const all = this.#stagesDone.flatMap(({ results }) => results);
    const { worst = 0 } = timesOf(all, recovery_ms) ?? {};
    if (within_ms === undefined || worst <= within_ms) return [];
    return [`the worst recovery took ${formatMs(worst)}, not ${formatMs(within_ms)} at most`];
  }

  /** Longer than all that the processes of one test do can take, one thing after the other. */
  #longest_ms(): number {
    const { kills, recoveryKills, randomKills, timeout_ms } = this.#settings;
    const processes = (1 + kills + recoveryKills + randomKills) * processesPerKill_count;
    return Math.min(processes * phasesPerProcess_count * timeout_ms, longestTimer_ms);
  }
}

const recovering = 'while it recovered';
const shown_count = 5;
const processesPerKill_count = 3;
const phasesPerProcess_count = 7;
const longestTimer_ms = 2_147_483_647;

/** Whether a process had come to its end before the point where it was to be killed. */
function isTooLate({ isReached, failure }: KillResult): boolean {
  return !isReached && failure === undefined;
}

function stageOf({ name, results, of }: Stage): CrashStage {
  const late = results.filter(isTooLate).length;
  const failed_count = results.filter(({ failure }) => failure !== undefined).length;
  return {
    name,
    kills: results.length - late,
    of,
    late,
    failed: failed_count,
    recovery_ms: timesOf(results, recovery_ms),
  };
}

/**
 * Tests that a topology recovers from the death of its process, whenever that is. Both files are loaded by child
 * processes; those are killed with SIGKILL, so there is nothing that a handler could put right.
 *
 * @throws INVALID_OPTION naming the field.
 * @example
 * crashTests({
 *   topology: new URL('./topology.ts', import.meta.url),
 *   workload: new URL('./crash-workload.ts', import.meta.url),
 * }).register({ describe, test });
 */
export function crashTests(options: CrashOptions): CrashTests {
  return new CrashTests(crashSettings(options));
}
