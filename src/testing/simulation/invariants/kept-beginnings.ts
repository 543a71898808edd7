// Where durable actors begin in a life for the first time, beside what the store keeps of them. What does not go on from its
// newest record (it was damaged, is for another program, or the actor has ended meanwhile) is left out.

import type { Cell } from '../../../kernel/cell.ts';
import type { ActorRecord } from '../../../kernel/recovery/durable-record.ts';
import { actorKey } from '../../../kernel/recovery/actor-keys.ts';
import type { RuntimeEvent } from '../../../observe/events.ts';
import type { Life } from '../invariant.ts';

/** What an actor has begun from. */
export interface Kept {
  readonly record: ActorRecord;
  /** Calendar time at which it was written. */
  readonly at: number;
}

/** Looks at each first beginning, at the end of it: nothing has been handled. @returns what is wrong, if anything is. */
export type LookAt = (cell: Cell, kept: Kept) => string | undefined;

/** Follows the beginnings of one life. */
export class KeptBeginnings {
  readonly #fail: (problem: string) => void;
  readonly #seen = new Set<string>();
  readonly #begun = new Map<Cell, Kept>();
  /** What is wrong with actors of which may still be said that they have gone on from something else. */
  readonly #suspects = new Map<string, string>();

  constructor({ witness, kernel: { store } }: Life, fail: (problem: string) => void, look: LookAt) {
    this.#fail = fail;
    witness.on('ended', (address) => {
      this.#seen.add(address);
    });
    witness.on('restoring', (cell, isOver) => {
      const { address } = cell;
      if (!isOver) {
        const isFirst = !this.#seen.has(address);
        this.#seen.add(address);
        const found = isFirst && cell.spec.recover === 'snapshot' ? store?.get(actorKey(address)) : undefined;
        if (found !== undefined) this.#begun.set(cell, { record: found.value as ActorRecord, at: found.at });
        return;
      }
      const kept = this.#begun.get(cell);
      this.#begun.delete(cell);
      const problem = kept === undefined || !cell.isAlive ? undefined : look(cell, kept);
      if (problem !== undefined) this.#suspects.set(address, problem);
    });
  }

  event(event: RuntimeEvent): void {
    if (event.type === 'actor.rolledBack' || event.type === 'actor.quarantined') this.#suspects.delete(event.address);
  }

  step(): void {
    for (const problem of this.#suspects.values()) this.#fail(problem);
    this.#suspects.clear();
  }
}
