// An actor that leaves memory comes back from the store. So what it has done must be there by then: what is still on its way
// may fail, and who is needed again before it has landed would come back as it was before.

import { actorKey } from '../../../kernel/recovery/actor-keys.ts';
import type { Invariant, Life } from '../invariant.ts';
import type { WatchedCommit } from '../witness.ts';

/** Only who has nothing but what has landed leaves memory. */
export const leaversAreKept: Invariant = {
  name: 'who leaves memory is in the store as it was',
  watch: (_run, fail) => {
    let left: (() => void) | undefined;
    return {
      born: (life) => {
        left = follow(life, fail);
      },
      step: () => left?.(),
    };
  },
};

/** @returns what looks at those who have left memory since it was called. */
function follow({ witness, kernel: { store } }: Life, fail: (problem: string) => void): (() => void) | undefined {
  if (store === undefined) return undefined;
  /** Keys of actors of which a turn that has not been written knows more. */
  const unwritten = new Set<string>();
  const onTheirWay = new Map<string, WatchedCommit>();
  let leavers: (() => void)[] = [];
  witness.on('handled', ({ address, spec }) => {
    if (spec.durable) unwritten.add(actorKey(address));
  });
  witness.on('commit', (commit) => {
    for (const { key } of commit.isTurn ? commit.writes : []) {
      if (unwritten.delete(key)) onTheirWay.set(key, commit);
    }
  });
  const over = (commit: WatchedCommit): void => {
    for (const { key } of commit.writes) if (onTheirWay.get(key) === commit) onTheirWay.delete(key);
  };
  witness.on('landed', over);
  witness.on('undone', (commits) => {
    for (const commit of commits) over(commit);
  });
  witness.on('rolledBack', ({ address }) => {
    unwritten.delete(actorKey(address));
  });
  witness.on('removed', (cell) => {
    const key = actorKey(cell.address);
    const problem = unwritten.has(key)
      ? 'has not been written'
      : onTheirWay.has(key)
        ? 'is on its way to the disk'
        : '';
    if (problem === '') return;
    leavers.push(() => {
      if (cell.state === 'passive') fail(`'${cell.address}' has left memory while what it has done ${problem}`);
    });
  });
  witness.on('ended', (address) => {
    unwritten.delete(actorKey(address));
    onTheirWay.delete(actorKey(address));
  });
  return () => {
    for (const look of leavers) look();
    leavers = [];
  };
}
