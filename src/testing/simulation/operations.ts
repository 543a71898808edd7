// The workload of one run: which operation begins when, and what becomes of it. An operation ends when it has its
// answers, or never, when the process it asked is gone.

import { isTroupeError } from '../../base/errors.ts';
import { limits } from '../../base/limits.ts';
import { type Chance, chanceOf } from './chance.ts';
import { errorName } from './error-name.ts';
import type { Ground } from './ground.ts';
import type { Plan } from './options.ts';

import type { PresentLife } from './world.ts';

/** How often an operation began, and how often it was refused or failed with one of Troupe's errors. */
export interface OperationCount {
  begun: number;
  refused: number;
}

/** The operations of one run. */
export class Operations {
  readonly counts = new Map<string, OperationCount>();
  readonly #ground: Ground;
  readonly #chances = new Map<string, Chance>();

  constructor(ground: Ground) {
    this.#ground = ground;
  }

  /** A step's chance of work. */
  mayBegin(): void {
    const { decisions, plan, world } = this.#ground;
    const { life } = world;
    if (life?.state !== 'up') return;
    const chosen = decisions.sometimes('workload', limits.testing.operationEvery_steps, plan.operations.length);
    const operation = plan.operations[chosen - 1];
    if (operation !== undefined) this.#begin(life, operation);
  }

  #begin(life: PresentLife, { name, run }: Plan['operations'][number]): void {
    const { trace } = this.#ground;
    const count = this.counts.get(name) ?? { begun: 0, refused: 0 };
    this.counts.set(name, count);
    count.begun += 1;
    const title = `${name}#${count.begun}`;
    trace.add(`operation ${title} begins`);
    const at = this.#ground.moment(life);
    const { choose, chance, between, pick } = this.#chanceOf(name);
    const moment = { runtime: at.runtime, ledger: at.ledger, now: () => at.now(), choose, chance, between, pick };
    const act = async (): Promise<void> => {
      await run(moment);
    };
    const ended = act().then(
      () => {
        if (life.state !== 'over') trace.add(`operation ${title} is done`);
      },
      (error: unknown) => {
        if (life.state === 'over') return;
        trace.add(`operation ${title} failed: ${errorName(error)}`);
        // What an operation looks at may be gone where the disk rots.
        if (isTroupeError(error) || this.#ground.rots) count.refused += 1;
        else this.#ground.fail(`operation ${name}`, error);
      },
    );
    life.open.set(ended, title);
    void ended.then(() => life.open.delete(ended));
  }

  #chanceOf(name: string): Chance {
    const known = this.#chances.get(name);
    if (known !== undefined) return known;
    const chance = chanceOf(this.#ground.decisions, `workload.${name}`);
    this.#chances.set(name, chance);
    return chance;
  }
}
