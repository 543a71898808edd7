// Time: it never goes back, no timer fires before it is due or out of its order, and none for an actor that has ended
// or begun anew since it was set.

import type { Invariant, Life } from '../invariant.ts';
import type { WatchedTimer } from '../witness.ts';
import { who } from './words.ts';

/** Schedules and delays end with the incarnation that has set them. */
export const timersOfTheLiving: Invariant = {
  name: 'timers are only of the living',
  watch: (_run, fail) => ({
    born: ({ witness }) => {
      witness.on('timerFired', ({ owner, generation, at }) => {
        if (owner === undefined) return;
        const timer = `a timer of ${who(owner)} (due at ${at} ms)`;
        if (!owner.isAlive) fail(`${timer} fires, though that is ${owner.state}`);
        else if (witness.generationOf(owner) !== generation)
          fail(
            `${timer} fires, though beginning ${generation} has set it and it is in beginning ${witness.generationOf(owner)}`,
          );
      });
      witness.on('ended', (_address, cell) => {
        const left = cell?.extras?.schedules?.size ?? 0;
        if (cell !== undefined && left > 0) fail(`${who(cell)} has ended and has ${left} schedules`);
      });
    },
  }),
};

/** The monotonic clock goes forward only; timers fire when they are due, the earlier one first. */
export const timeGoesOn: Invariant = {
  name: 'time never goes back',
  watch: (run, fail) => {
    let last = Number.NEGATIVE_INFINITY;
    const see = (now: number): void => {
      if (now < last) fail(`the time is ${now} ms after it was ${last} ms`);
      else last = now;
    };
    return {
      born: ({ witness, kernel: { clock } }: Life) => {
        let lastFired: WatchedTimer | undefined;
        /** How many timers had been set when that one fired. */
        let set_count = 0;
        let setBefore_count = 0;
        witness.on('handling', () => {
          see(clock.now());
        });
        witness.on('timerSet', ({ nth }) => {
          set_count = nth;
        });
        witness.on('timerFired', (timer) => {
          const now = clock.now();
          see(now);
          if (timer.at > now) fail(`a timer that is due at ${timer.at} ms fires at ${now} ms`);
          const wasThere = timer.nth <= setBefore_count;
          if (wasThere && lastFired !== undefined && isBefore(timer, lastFired))
            fail(`a timer that was due at ${timer.at} ms fires after one that was due at ${lastFired.at} ms`);
          lastFired = timer;
          setBefore_count = set_count;
        });
      },
      event: (_event, { kernel }) => {
        see(kernel.clock.now());
      },
      step: () => {
        see(run.now());
      },
    };
  },
};

function isBefore(timer: WatchedTimer, other: WatchedTimer): boolean {
  return timer.at < other.at || (timer.at === other.at && timer.nth < other.nth);
}
