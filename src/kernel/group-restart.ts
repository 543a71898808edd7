// Brings a group of siblings back: down one by one in reverse order, a pause, up one by one in order. A newer
// restart takes the older one's place. A member whose turn to start has not come belongs to the group: should it end
// by itself meanwhile, that is not judged, since it is about to be started anyway, as in OTP.

import type { Cell } from './cell.ts';
import { inTurn } from './in-turn.ts';
import type { Lives } from './life-host.ts';
import type { Timer } from './timers.ts';

/** Who is told how the restart of a group goes. */
export interface GroupListener {
  /** A member did not start; whoever decides may restart the group again. */
  readonly onFailure: (cell: Cell, failure: unknown) => void;
  /** Every member has been started. */
  readonly onRestored: () => void;
}

/** The restart of a group of siblings, one at a time. */
export class GroupRestart {
  readonly #life: Lives;
  readonly #listener: GroupListener;
  readonly #members = new Set<Cell>();
  #timer: Timer | undefined = undefined;
  /** Tells the continuations of an older restart from those of this one. */
  #round = 0;

  constructor(life: Lives, listener: GroupListener) {
    this.#life = life;
    this.#listener = listener;
  }

  /** Whether a cell is down, or going down, with its group. */
  has(cell: Cell): boolean {
    return this.#members.has(cell);
  }

  /** A member has ended for good. */
  forget(cell: Cell): void {
    this.#members.delete(cell);
  }

  /** Ends what is being carried out; members stay as they are. */
  drop(): void {
    this.#round += 1;
    if (this.#timer !== undefined) this.#life.timers.cancel(this.#timer);
    this.#timer = undefined;
    this.#members.clear();
  }

  /**
   * Restarts siblings, given in start order. Temporary ones end: they are neither brought back nor charged.
   *
   * @param delayMs - Between the end of the last and the start of the first.
   */
  restart(siblings: readonly Cell[], delayMs: number): void {
    this.drop();
    for (const sibling of siblings) this.#members.add(sibling);
    const round = this.#round;
    const lower = (sibling: Cell, next: () => void): void => {
      const goOn = (): void => {
        if (round === this.#round) next();
      };
      if (sibling.spec.child === 'temporary') this.#life.stop(sibling, 'shutdown', goOn);
      else this.#life.suspend(sibling, goOn);
    };
    inTurn(siblings.toReversed(), lower, () => {
      this.#timer = this.#life.timers.set(delayMs, () => {
        this.#timer = undefined;
        this.#start(siblings, round);
      });
    });
  }

  #start(siblings: readonly Cell[], round: number): void {
    const raise = (sibling: Cell, next: () => void): void => {
      const goOn = (): void => {
        if (round === this.#round) next();
      };
      if (!this.#members.delete(sibling) || sibling.state !== 'suspended') {
        next();
        return;
      }
      this.#life.start(
        sibling,
        (failure) => {
          if (failure === undefined) goOn();
          else this.#listener.onFailure(sibling, failure);
        },
        goOn,
      );
    };
    inTurn(siblings, raise, this.#listener.onRestored);
  }
}
