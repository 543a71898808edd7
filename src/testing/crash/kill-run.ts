// One kill from beginning to end: a process works on an empty store and is killed, another one recovers what is left and
// checks it. Each has a folder of its own, which is kept when something was wrong: the store as the kill left it, the
// store as the recovery left it, and what had been acknowledged.

import { existsSync } from 'node:fs';
import { cp, mkdtemp, rm } from 'node:fs/promises';
import { join } from 'node:path';
import { limits } from '../../base/limits.ts';
import { type ChildEnd, runChild } from './child-process.ts';
import { compiledFolder } from './compiled.ts';
import { readJournal } from './crash-journal.ts';
import type { CrashOrder, CrashPhase, RecoveryTimes } from './crash-messages.ts';
import { onlyVariable, type CrashSettings } from './crash-options.ts';
import { type CommitPoint, killName, killWords, type Kill } from './crash-points.ts';
import { Lanes } from './lanes.ts';

/** A kill from which the process did not recover as it should. */
export interface CrashFailure {
  /** `written@7`; `none` when it failed without any kill. */
  readonly kill: string;
  /** The same as a sentence says it. */
  readonly where: string;
  /** The step and the commit; undefined for a kill at a moment, and without one. */
  readonly step: CommitPoint['step'] | undefined;
  readonly commit: number | undefined;
  /** What the process was doing that failed. */
  readonly phase: CrashPhase;
  readonly message: string;
  /** Where it was thrown; empty for what is no error. */
  readonly stack: string;
  readonly acknowledged_count: number;
  readonly lastAcknowledged: unknown;
  /** Where the store is kept; undefined when there were too many failures before. */
  readonly folder: string | undefined;
  /** What to set in the environment to have this kill alone. */
  readonly replay: string;
  /** The end of what the process that failed wrote to stdout and stderr. */
  readonly output: string;
}

/** How one kill went. */
export interface KillResult {
  /** Undefined for the run without one. */
  readonly kill: Kill | undefined;
  /** Whether the process died where it was to; else it had come to its end before. */
  readonly isReached: boolean;
  readonly worked: ChildEnd['worked'];
  readonly times: RecoveryTimes | undefined;
  readonly failure: CrashFailure | undefined;
}

interface Site {
  readonly kill: Kill | undefined;
  readonly folder: string;
  readonly order: Omit<CrashOrder, 'task' | 'point' | 'mark'>;
}

/** Kills processes, a few at a time. */
export class KillRuns {
  readonly #settings: CrashSettings;
  readonly #lanes = new Lanes(limits.testing.crashProcesses_count);
  #kept = 0;

  constructor(settings: CrashSettings) {
    this.#settings = settings;
  }

  /**
   * Kills a process and has another one recover.
   *
   * @param kill - Undefined to let it come to its end.
   * @throws INVALID_OPTION when a file exports something else than it should.
   */
  perform(kill: Kill | undefined): Promise<KillResult> {
    return this.#lanes.run(async () => {
      const { topology, workload, folder: base } = this.#settings;
      const name = kill === undefined ? 'none' : killName(kill);
      const folder = await mkdtemp(join(base, `troupe-crash-${name}-`));
      const files = { store: join(folder, 'store'), journal: join(folder, 'acknowledged.jsonl') };
      const site = { kill, folder, order: { topology, workload, ...files, cache: compiledFolder() } };
      let isKept = false;
      try {
        const result = await this.#perform(site);
        isKept = result.failure?.folder !== undefined;
        return result;
      } finally {
        if (!isKept) await rm(folder, { recursive: true, force: true });
      }
    });
  }

  async #perform(site: Site): Promise<KillResult> {
    const { kill, folder, order } = site;
    const { work, recovery } = kill ?? {};
    const worked = await this.#child(order, 'work', join(folder, 'killed-1'), work);
    const result = { kill, isReached: worked.type === 'killed', worked: worked.worked };
    if (worked.failure !== undefined) return { ...result, times: undefined, failure: this.#failed(site, worked) };
    if (existsSync(order.store)) await cp(order.store, join(folder, 'store-as-killed'), { recursive: true });
    if (recovery !== undefined) {
      const again = await this.#child(order, 'recover', join(folder, 'killed-2'), recovery);
      if (again.failure !== undefined) return { ...result, times: again.recovered, failure: this.#failed(site, again) };
      result.isReached &&= again.type === 'killed';
    }
    const recovered = await this.#child(order, 'recover', join(folder, 'killed-3'), undefined);
    const isWhole = (recovered.recovered?.damaged ?? 0) === 0;
    const failure = recovered.failure === undefined && isWhole ? undefined : this.#failed(site, recovered);
    return { ...result, times: recovered.recovered, failure };
  }

  #child(
    order: Site['order'],
    task: CrashOrder['task'],
    mark: string,
    at: Kill['work'] | undefined,
  ): Promise<ChildEnd> {
    const { timeout_ms } = this.#settings;
    if (at !== undefined && 'after_ms' in at)
      return runChild({ ...order, task, mark }, { timeout_ms, killAfter_ms: at.after_ms });
    return runChild({ ...order, task, mark, point: at }, { timeout_ms });
  }

  #failed({ kill, folder, order }: Site, { failure, recovered, output }: ChildEnd): CrashFailure {
    const acknowledged = readJournal(order.journal);
    const { damaged = 0, damage = [] } = recovered ?? {};
    const broken =
      damaged === 0 ? [] : [`the store is not whole, ${damaged} records are damaged: ${damage.join('; ')}`];
    const point = kill !== undefined && 'step' in kill.work ? kill.work : undefined;
    this.#kept += 1;
    const name = kill === undefined ? 'none' : killName(kill);
    return {
      kill: name,
      where: kill === undefined ? 'without a kill' : `killed at ${killWords(kill)}`,
      step: point?.step,
      commit: point?.commit,
      phase: failure?.phase ?? 'reading',
      message: [...broken, ...(failure === undefined ? [] : [failure.message])].join('; and '),
      stack: failure?.stack ?? '',
      acknowledged_count: acknowledged.length,
      lastAcknowledged: acknowledged.at(-1),
      folder: this.#kept <= limits.testing.crashFailuresKept_count ? folder : undefined,
      replay: kill === undefined ? '' : `${onlyVariable}=${name}`,
      output,
    };
  }
}
