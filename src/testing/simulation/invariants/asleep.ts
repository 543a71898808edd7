// A start looks at those spawned actors alone that are marked in the store; all others sleep there until somebody asks for
// them. So whoever sleeps must have nothing to go on with: no timer would wake it, no task it has in hand would be gone on
// with, and nobody would see that it is missing.

import type { ActorRecord } from '../../../kernel/recovery/durable-record.ts';
import { actorKey, spawnPrefix } from '../../../kernel/recovery/actor-keys.ts';
import { isAtRest } from '../../../kernel/recovery/roster.ts';
import { readSpawn } from '../../../kernel/recovery/spawn-record.ts';
import type { Invariant, Life } from '../invariant.ts';

/** Whoever has something to go on with is found by the start of a process. */
export const sleepersRest: Invariant = {
  name: 'who is left in the store has nothing to go on with',
  watch: (run, fail) => {
    let isDue = false;
    return {
      born: () => {
        isDue = false;
      },
      event: ({ type }) => {
        if (type === 'kernel.recovered') isDue = true;
      },
      step: (life) => {
        if (!isDue || run.rots) return;
        isDue = false;
        for (const address of restless(life))
          fail(`'${address}' has something to go on with, and no start looks at it`);
      },
    };
  },
};

/** Actors that no start has come upon, and whose record says that it should have. */
function* restless({ kernel: { store, registry, nursery, committer } }: Life): Generator<string> {
  if (store === undefined || committer === undefined) return;
  for (const key of store.keys(spawnPrefix)) {
    const address = key.slice(spawnPrefix.length);
    if (registry.living(address) !== undefined || registry.passiveAt(address) !== undefined) continue;
    // Whose logic is unknown is left alone, and who has ended since is about to go.
    const logic = readSpawn(store, address)?.logic;
    if (logic === undefined || nursery.named(logic) === undefined || !committer.holds(key)) continue;
    const record = store.get(actorKey(address))?.value as Partial<ActorRecord> | undefined;
    if (record === undefined || !isAtRest(record)) yield address;
  }
}
