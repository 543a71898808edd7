// Who has the next turn, from a seed. Most turns are of few messages, so that actors interleave in ways that first
// come, first served never shows; whole batches happen, too. Value 0 of every decision is what production does.

import type { Scheduling } from '../../kernel/dispatcher.ts';
import type { Decisions } from './decisions.ts';

/** Messages of a turn; the first means: as many as there may be. */
const turns = [undefined, 1, 1, 1, 2, 3, 5, 8] as const;

/** A slice ends after about one turn in so many, which is when durable actors are committed. */
const sliceOneIn = 2;

/** Scheduling that is decided by `schedule.pick`, `schedule.messages` and `schedule.slice`. */
export function seededScheduling(decisions: Decisions): Scheduling {
  return {
    pick: (ready_count) => (ready_count < 2 ? 0 : decisions.choose('schedule.pick', ready_count)),
    messages: (most) => Math.min(most, decisions.pick('schedule.messages', turns) ?? most),
    endsSlice: () => decisions.chance('schedule.slice', sliceOneIn),
  };
}
