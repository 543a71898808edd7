// New incarnations of durable actors: from what the store keeps of them, else afresh. A record that can't be read or
// that the logic can't go on from is left for the version before it, and so on down to the initial state, with an
// event that says so. One of an older shape is migrated; where that is not possible the actor is quarantined with
// its record untouched and its messages kept.

import type { Snapshot } from 'xstate';
import { ActorNotFoundError, InvalidOptionError, StartFailedError } from '../../base/errors.ts';
import type { Store } from '../../store/port.ts';
import type { Cell } from '../cell.ts';
import type { Committer } from '../commit/commit.ts';
import { actorKey } from './actor-keys.ts';
import type { ActorRecord } from './durable-record.ts';
import type { KernelHappening } from '../events.ts';
import { interruptedIn } from './interruption.ts';
import { letGo } from './letting-go.ts';
import { type Found, migrated, readRecord } from './migration.ts';
import type { Post } from '../post.ts';
import type { Rearming } from './rearming.ts';
import type { Registry } from '../registry.ts';
import type { Roster } from './roster.ts';
import type { Shards } from '../shard.ts';
import type { Timers } from '../timers.ts';
import type { Incarnation, Turns } from '../turns.ts';
import { Watching } from '../watching.ts';

/** How an incarnation began. */
export interface Beginning extends Incarnation {
  /** Whether it began with its initial state. */
  readonly isFresh?: boolean;
  /** Why there is none, and is not to be one until the program can read what is kept. */
  readonly quarantined?: { readonly cause: unknown };
}

/** What restoring needs of the kernel. */
export interface RestoringParts {
  readonly store: Store;
  readonly committer: Committer;
  readonly roster: Roster;
  readonly turns: Turns;
  readonly shards: Shards;
  readonly timers: Timers;
  readonly rearming: Rearming;
  readonly post: Post;
  readonly registry: Registry;
  /** How many versions of an actor stay readable. */
  readonly keep: number;
  readonly report: (happening: KernelHappening) => void;
}

/** Brings durable actors back. */
export class Restoring {
  readonly #parts: RestoringParts;
  readonly #quarantined = new WeakSet<Cell>();

  constructor(parts: RestoringParts) {
    this.#parts = parts;
  }

  /** A durable actor has ended for good; what is kept of it goes with the next commit. */
  forget(cell: Cell): void {
    this.#parts.committer.forget(cell);
  }

  /**
   * Begins an incarnation.
   *
   * @param isFirst - Whether it is the actor's first in this process, so that whatever it had begun has been broken off.
   */
  begin(cell: Cell, isFirst: boolean): Beginning {
    const candidates = cell.spec.recover === 'snapshot' ? this.#candidates(cell, isFirst) : [];
    let failed: { readonly version: number; readonly error: unknown } | undefined;
    for (const found of candidates) {
      const attempt = this.#attempt(cell, found, isFirst);
      if (attempt.quarantined !== undefined) return this.#quarantine(cell, attempt, found.schema);
      if (attempt.error === undefined) {
        if (failed !== undefined) this.#report(cell, failed, found.version);
        return attempt;
      }
      failed ??= { version: found.version, error: attempt.error.cause };
    }
    if (!isFirst && cell.spec.recover === 'snapshot') this.#parts.rearming.regain(cell, undefined);
    const begun = this.#parts.turns.incarnate(cell, undefined);
    if (failed !== undefined) this.#report(cell, failed, 'initial');
    const stash = cell.extras?.stash?.splice(0) ?? [];
    if (stash.length > 0) this.#parts.post.requeue(cell, stash);
    return { ...begun, isFresh: true };
  }

  /** Puts an actor back to a record, in place: a new incarnation that nobody is told of. Children are left alone. */
  putBack(cell: Cell, record: ActorRecord | undefined): void {
    const { rearming, turns } = this.#parts;
    rearming.undo(cell, record);
    this.#scrap(cell);
    let begun: Incarnation | undefined;
    if (record !== undefined) {
      const { snapshot, events } = interruptedIn(cell, record.snapshot);
      begun = turns.incarnate(cell, snapshot as Snapshot<unknown>);
      if (begun.error === undefined) {
        rearming.rearm(cell, record, { at: undefined, isFirst: false });
        for (const event of events) rearming.sendOwn(cell, event);
      } else this.#scrap(cell);
    }
    // What was committed could be gone on from when it was; if it can't now, its supervisor finds out with the next message.
    if (begun === undefined || begun.error !== undefined) turns.incarnate(cell, undefined);
  }

  /** What may be gone on from, newest first. */
  *#candidates(cell: Cell, isFirst: boolean): Generator<Found> {
    const { store, committer } = this.#parts;
    const key = actorKey(cell.address);
    if (isFirst && committer.isForgotten(cell.address)) return; // who comes after one that has ended begins afresh
    const { schema } = cell.spec;
    let newest = store.version(key);
    if (isFirst) {
      const stored = store.get(key);
      if (stored !== undefined && newest > 0) {
        newest = stored.version;
        yield stored;
      }
    } else {
      const value = committer.recall(cell);
      if (value !== undefined) yield { version: newest, at: undefined, schema, value };
    }
    for (const { version } of store.history(key)) {
      if (version >= newest) continue;
      const older = store.at(key, version);
      if (older !== undefined) yield older;
    }
  }

  /** Tries to go on from a version. One that does not work leaves nothing behind. */
  #attempt(cell: Cell, found: Found, isFirst: boolean): Beginning {
    const { turns, rearming } = this.#parts;
    let record: ActorRecord;
    try {
      record = readRecord(found);
    } catch (error) {
      return { effects: [], error: { cause: error } };
    }
    const kept = migrated(cell.spec, found.schema, record.snapshot);
    if ('error' in kept) return { effects: [], quarantined: { cause: kept.error } };
    const { snapshot, events } = interruptedIn(cell, kept.snapshot);
    const begun = turns.incarnate(cell, snapshot as Snapshot<unknown>);
    if (begun.error !== undefined) {
      this.#scrap(cell);
      return begun;
    }
    rearming.rearm(cell, record, { at: found.at, isFirst });
    for (const event of events) rearming.sendOwn(cell, event);
    return begun;
  }

  /** Whether what is kept of an actor is for another program to read. */
  isQuarantined(cell: Cell): boolean {
    return this.#quarantined.has(cell);
  }

  #quarantine(cell: Cell, attempt: Beginning, schema: number): Beginning {
    this.#quarantined.add(cell);
    const error = attempt.quarantined?.cause;
    this.#parts.report({ type: 'actor.quarantined', address: cell.address, schema, error });
    return attempt;
  }

  #scrap(cell: Cell): void {
    letGo(this.#parts, cell);
    Watching.forget(cell);
    cell.mail?.dropOwn();
  }

  #report(
    cell: Cell,
    { version, error }: { readonly version: number; readonly error: unknown },
    to: number | 'initial',
  ): void {
    const { address } = cell;
    this.#parts.report({ type: 'actor.rolledBack', address, from: version, to, error: asStartFailure(address, error) });
  }

  /**
   * Makes what an old version of an actor holds its newest, in the store and in memory.
   *
   * @throws INVALID_OPTION when that version is not kept, ACTOR_NOT_FOUND when nothing is; nothing has changed then.
   */
  async rollBack(address: string, version: number): Promise<void> {
    const { store, committer, roster, rearming, registry, keep } = this.#parts;
    const key = actorKey(address);
    await committer.committed();
    const found = store.at(key, version);
    if (found === undefined) {
      const kept = store.history(key).map((each) => each.version);
      if (kept.length === 0) throw new ActorNotFoundError(address);
      throw new InvalidOptionError('version', version, `a version of '${key}' that is kept: ${kept.join(', ')}`);
    }
    const record = readRecord(found);
    const cell = registry.get(address);
    if (cell === undefined || !cell.isAlive) {
      committer.add({ key, value: record, schema: found.schema, keep });
      roster.mark(address);
    } else {
      const kept = migrated(cell.spec, found.schema, record.snapshot);
      if ('error' in kept) throw kept.error;
      this.putBack(cell, { ...record, snapshot: kept.snapshot });
      rearming.replaceMail(cell, record);
      const snapshot = cell.snapshot();
      if (snapshot !== undefined) committer.handled(cell, undefined, snapshot);
    }
    await committer.committed();
  }
}

function asStartFailure(address: string, error: unknown): StartFailedError {
  return error instanceof StartFailedError ? error : new StartFailedError(address, error);
}
