// A store that ends its process at one step of one commit, as an unplugged machine would: no handler runs, nothing is
// flushed or closed. Everything else about it is the store on disk as it is.

import type { Clock } from '../../base/clock.ts';
import type { StoreAdmin } from '../../store/admin.ts';
import type { CommitPoint, CrashStep } from './crash-points.ts';

/** How many commits a store has been asked for. */
export interface CommitCount {
  commits: number;
}

/**
 * Counts the commits of a store from here on, and calls `die` at a point.
 *
 * @param point - Where; undefined to count only.
 */
export function armStore(
  store: StoreAdmin,
  point: CommitPoint | undefined,
  die: () => void,
  clock: Pick<Clock, 'yieldThen'>,
): CommitCount {
  const count: CommitCount = { commits: 0 };
  const commit = store.commit.bind(store);
  store.commit = async (writes) => {
    count.commits += 1;
    const number = count.commits;
    const isAt = (step: CrashStep): boolean => point?.step === step && point.commit === number;
    if (isAt('before')) die();
    const landed = commit(writes);
    if (isAt('writing')) clock.yieldThen(die);
    await landed;
    if (isAt('written')) die();
    if (isAt('answered')) clock.yieldThen(die);
  };
  return count;
}
