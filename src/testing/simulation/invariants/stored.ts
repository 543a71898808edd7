// What a store promises, over all lives: versions count by one and never go back, what was acknowledged is there, whole
// and in its order, and what is read is what was written. On a disk that rots, what is read must still not be wrong.

import type { RuntimeEvent } from '../../../observe/events.ts';
import type { Invariant, InvariantWatch } from '../invariant.ts';
import type { WatchedWrite } from '../witness.ts';
import { isSame, nameOf, type Shelf, type Shelved, shelfOf } from './shelf.ts';

/** Each write makes the next version of its key; a deleted key that had a history goes on counting until it is pruned. */
export const versionsCountByOne: Invariant = {
  name: 'each write makes the next version',
  watch: (run, fail) => {
    const shelf = shelfOf(run);
    return {
      born: (life) => {
        const { witness, kernel } = life;
        if (kernel.store === undefined) return;
        const wrong = new WeakMap<WatchedWrite, string>();
        // Judged when it is called, by what had landed until then; told when it has landed itself.
        witness.on('commit', ({ writes }) => {
          for (const write of writes) {
            const problem = wrongVersion(write, shelf.keys.get(write.key));
            if (problem !== undefined) wrong.set(write, problem);
          }
        });
        shelf.follow(life, kernel.store);
        witness.on('committed', ({ writes }) => {
          for (const write of writes) {
            const problem = wrong.get(write);
            if (problem !== undefined && !run.rots) fail(`'${write.key}' ${problem}`);
          }
        });
      },
    };
  },
};

function wrongVersion(write: WatchedWrite, known: Shelved | undefined): string | undefined {
  const { before, after, times, isDeletion, isMixed } = write;
  if (isDeletion) return after === 0 ? undefined : `is at version ${after} after it was deleted`;
  if (known?.isDamaged === true) return undefined;
  if (before > 0 && !isMixed && after !== before + times)
    return `is at version ${after} after ${times === 1 ? 'a write' : `${times} writes`} on version ${before}`;
  if (before === 0 && after <= (known?.highest ?? 0))
    return `comes back as version ${after}, though it has been at ${known?.highest}`;
  return after === 0 ? 'has been written and has no version' : undefined;
}

/** After each crash the store holds whatever it had acknowledged, or something newer; each commit whole or not at all. */
export const acknowledgedIsPresent: Invariant = {
  name: 'what was acknowledged is there after a crash',
  watch: (run, fail) => {
    const shelf = shelfOf(run);
    let suspects: readonly string[] = [];
    return {
      born: (life) => {
        const { store } = life.kernel;
        if (store !== undefined) suspects = shelf.follow(life, store);
      },
      event: (event) => {
        // A damaged record is not served; what is served in its place is older.
        if (event.type !== 'store.damaged') return;
        shelf.damaged(event.key);
        suspects = suspects.filter((problem) => !problem.includes(`'${event.key}'`));
      },
      step: () => {
        const [first] = suspects;
        if (first !== undefined && !run.rots) fail(first);
        suspects = [];
      },
    };
  },
};

/** Whatever the store serves is what was written under that key and version, and the newest that has landed. */
export const everyReadVerified: Invariant = {
  name: 'every read serves what was written',
  watch: (run, fail): InvariantWatch => {
    const shelf = shelfOf(run);
    /** Reads that are right only if the record they should have served is damaged. */
    const suspects = new Map<string, string>();
    return {
      born: (life) => {
        const { store } = life.kernel;
        if (store === undefined) return;
        shelf.follow(life, store);
        suspects.clear();
        life.witness.on('read', (key, version, value, isCurrent) => {
          const known = shelf.keys.get(key);
          if (known === undefined) return;
          const content = version === 0 ? undefined : wrongContent(known, version, value, run.rots);
          if (content !== undefined) fail(`'${key}' ${content}`);
          const stale = isCurrent ? staleness(known, version, value) : undefined;
          if (stale !== undefined && !known.isDamaged && !run.rots) suspects.set(key, stale);
        });
      },
      event: (event) => {
        cleared(event, suspects, shelf);
      },
      step: () => {
        if (suspects.size === 0) return;
        for (const [key, problem] of suspects) fail(`'${key}' ${problem}`);
        suspects.clear();
      },
    };
  },
};

function cleared(event: RuntimeEvent, suspects: Map<string, string>, shelf: Shelf): void {
  if (event.type !== 'store.damaged') return;
  shelf.damaged(event.key);
  suspects.delete(event.key);
}

function wrongContent(
  { contents, landed, possible }: Shelved,
  version: number | undefined,
  value: unknown,
  rots: boolean,
): string | undefined {
  if (version === undefined) {
    const all = [...contents.values()].flat();
    return value === undefined || all.length === 0 || all.some((bytes) => isSame(value, bytes))
      ? undefined
      : 'is found by a scan with a value that was never written';
  }
  const written = contents.get(version);
  if (written === undefined) {
    const isNew = !rots && version > landed && !possible.some((each) => each.version === version);
    return isNew ? `is served at version ${version}, which nobody has written` : undefined;
  }
  return written.some((bytes) => isSame(value, bytes))
    ? undefined
    : `is served at version ${version} with another value than was written`;
}

function staleness(
  { landed, possible, contents }: Shelved,
  version: number | undefined,
  value: unknown,
): string | undefined {
  const versions = [landed, ...possible.map((each) => each.version)];
  if (version !== undefined)
    return versions.includes(version)
      ? undefined
      : `is served at ${nameOf(version)}, though ${nameOf(landed)} has landed`;
  const newest = versions.flatMap((each) => contents.get(each) ?? []);
  if (newest.length === 0 || newest.some((bytes) => isSame(value, bytes))) return undefined;
  return `is found by a scan with an older value than that of ${nameOf(landed)}`;
}
