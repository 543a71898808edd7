// What happens to the process as a whole while things fail: it is killed, loses its power, sleeps, has its calendar
// changed; and whoever starts processes starts it again.

import { isTroupeError } from '../../base/errors.ts';
import { limits } from '../../base/limits.ts';
import { errorName } from './error-name.ts';
import type { Ground } from './ground.ts';
import type { PresentLife } from './world.ts';

const { settledTries_count } = limits.testing;

const hour_ms = 3_600_000;
const calendar_h = 48;
const sleepMost_s = 60;
const downMost_s = 20;

/** The storm over one run. */
export class Storm {
  readonly #ground: Ground;
  #calmFailures = 0;

  constructor(ground: Ground) {
    this.#ground = ground;
  }

  /** A step's chance of trouble. */
  pass(): void {
    const { decisions, plan, world } = this.#ground;
    const { odds } = plan;
    const crash = decisions.sometimes('fault.crash', odds.crash, 2);
    if (crash !== 0) this.#crash(crash === 1 ? 'kill' : 'power');
    const jump_h = decisions.sometimes('fault.calendar', odds.calendar, 2 * calendar_h) - calendar_h;
    if (jump_h !== -calendar_h) {
      this.#ground.inject('calendar jump', `${jump_h} h`);
      world.clock.setWall(world.clock.wall() + jump_h * hour_ms);
    }
    const sleep_s = decisions.sometimes('fault.sleep', odds.sleep, sleepMost_s);
    if (sleep_s !== 0) {
      this.#ground.inject('sleep', `${sleep_s} s`);
      world.clock.jump(sleep_s * 1_000);
    }
  }

  /**
   * A process that can't start, or gives up, ends and is started again. Without faults it has no reason to, but for a store
   * that is only just being put right.
   */
  lifeFailed(life: PresentLife, error: unknown): void {
    const { decisions, trace, world } = this.#ground;
    trace.add(`process ${life.nth} gives up: ${errorName(error)}`);
    if (decisions.calm) this.#calmFailures += 1;
    const isTransient = isTroupeError(error) && (!decisions.calm || error.retryable);
    if (!isTransient || this.#calmFailures > settledTries_count) {
      this.#ground.fail('the process starts and stays up', error);
      return;
    }
    world.clock.soon(() => {
      if (world.life !== life) return;
      world.kill('kill');
      this.#beginAfter(1_000);
    });
  }

  #crash(how: 'kill' | 'power'): void {
    const { decisions, world } = this.#ground;
    if (world.life === undefined) return;
    this.#ground.inject(how === 'kill' ? 'process killed' : 'power cut');
    world.kill(how);
    this.#beginAfter(decisions.choose('fault.crash.down', downMost_s) * 1_000);
  }

  #beginAfter(down_ms: number): void {
    const { trace, world } = this.#ground;
    world.clock.setTimer(() => {
      if (world.life !== undefined || this.#ground.violation !== undefined) return;
      trace.add(`process ${world.lives + 1} begins`);
      world.begin();
    }, down_ms);
  }
}
