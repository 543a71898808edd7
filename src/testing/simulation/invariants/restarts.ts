// How often a supervisor brings its children back: never more often than it may, and as often as it may. The window is
// counted here once more, from the words of the documentation and not from the supervisor's machine.

import type { Cell } from '../../../kernel/cell.ts';
import { guardianId } from '../../../kernel/lifecycle.ts';
import type { RestartSpec } from '../../../kernel/spec.ts';
import type { Invariant, Life } from '../invariant.ts';
import { who } from './words.ts';

interface Account {
  readonly spec: RestartSpec;
  readonly restarts: number[];
}

/** At most `maxRestarts` restarts within any `within`, the edge of the window inside; and no giving up before. */
export const restartLimits: Invariant = {
  name: 'restarts keep to their limits',
  watch: (_run, fail) => {
    // By who counts: a supervisor from each of its starts on, or a child at the top on its own account.
    let accounts = new Map<Cell, Map<number, Account>>();
    const accountOf = (cell: Cell, life: Life): Account | undefined => {
      const { parent } = cell;
      if (parent === undefined) return undefined;
      const isAlone = parent.parent === undefined && parent.id === guardianId;
      const owner = isAlone ? cell : parent;
      const since = isAlone ? 0 : life.witness.generationOf(parent);
      const byStart = accounts.get(owner) ?? new Map<number, Account>();
      accounts.set(owner, byStart);
      const account = byStart.get(since) ?? { spec: owner.spec.restart, restarts: [] };
      byStart.set(since, account);
      return account;
    };
    return {
      born: () => {
        accounts = new Map();
      },
      event: (event, life) => {
        if (event.type !== 'actor.restarting' && event.type !== 'supervisor.gaveUp') return;
        const now = life.kernel.clock.now();
        const address = event.type === 'actor.restarting' ? event.address : event.child;
        const cell = life.kernel.registry.living(address);
        const account = cell === undefined ? undefined : accountOf(cell, life);
        if (cell === undefined || account === undefined) return;
        const { maxRestarts, withinMs } = account.spec;
        if (event.type === 'actor.restarting') account.restarts.push(now);
        const within = account.restarts.filter((at) => now - at <= withinMs);
        const what = `${within.length} restarts within ${withinMs} ms (${within.join(', ')}), where ${maxRestarts} are allowed`;
        if (event.type === 'actor.restarting') {
          if (within.length > maxRestarts) fail(`${who(cell)} is brought back: ${what}`);
        } else if (within.length < maxRestarts) fail(`the supervisor of ${who(cell)} gives up after ${what}`);
      },
    };
  },
};
