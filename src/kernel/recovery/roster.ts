// Which spawned actors a start has to look at. Those that have something to go on with, that are the children of others or
// that never leave memory have a mark; all others are found when somebody asks for them, so that a start costs nothing for
// a million actors at rest. A mark lands in the commit of the record it stands for. There may be one too many, never one
// too few: a mark goes only with an actor that ends, or when the record that has landed says that nothing is left.

import type { Store, StoreWrite } from '../../store/port.ts';
import type { Address } from '../address.ts';
import type { Cell } from '../cell.ts';
import type { Committer } from '../commit/commit.ts';
import type { Turn } from '../commit/commit-turn.ts';
import { actorKey, spawnPrefix, wakefulMark, wakefulPrefix } from './actor-keys.ts';
import type { ActorRecord } from './durable-record.ts';
import { hasUnderWay } from './interruption.ts';
import type { Kept } from './everybody.ts';
import { readSpawn } from './spawn-record.ts';

const logicsKey = 'logics';

/** The names of all logics that actors in a store were spawned with. */
interface LogicsRecord {
  readonly format: 1;
  readonly names: readonly string[];
}

/** How an actor is noted. */
export interface Noted {
  readonly address: Address;
  /** The record of its spawning. */
  readonly write: StoreWrite;
  /** The name of its logic. */
  readonly logic: string;
  /** Whether every start is to take it up, whatever it does. */
  readonly isMarked: boolean;
}

/** Keeps the marks, and the names of the logics. */
export class Roster {
  readonly #store: Store;
  readonly #committer: Committer;
  /** Undefined when the store says nothing of them. */
  readonly #kept: readonly string[] | undefined;
  readonly #logics: Set<string>;

  constructor(store: Store, committer: Committer) {
    this.#store = store;
    this.#committer = committer;
    const record = store.get(logicsKey)?.value as Partial<LogicsRecord> | undefined;
    this.#kept = record?.format === 1 ? record.names : undefined;
    this.#logics = new Set(this.#kept);
  }

  /** Whether all that a start has to look at has a mark: no actor has a logic that is not registered. */
  isComplete(isRegistered: (logic: string) => boolean): boolean {
    return this.#kept?.every(isRegistered) ?? this.#store.count(spawnPrefix) === 0;
  }

  /** Whether the store says nothing of who has to be looked at: it is from before there were marks, or that was damaged. */
  get isLost(): boolean {
    return this.#kept === undefined;
  }

  /** Who has a mark, in order. */
  *wakeful(): Iterable<Kept> {
    for (const key of this.#store.keys(wakefulPrefix)) {
      const address = key.slice(wakefulPrefix.length) as Address;
      const kept = this.#store.get(actorKey(address));
      const record = kept?.value as Partial<ActorRecord> | undefined;
      yield { address, spawned: readSpawn(this.#store, address), record, at: kept?.at };
    }
  }

  /** Notes an actor that is spawned. */
  note({ address, write, logic, isMarked }: Noted): void {
    this.#committer.add(write);
    if (isMarked) this.#committer.add(wakefulMark(address));
    this.noteLogic(logic);
  }

  /** Notes a child that is about to be spawned, should the turn land. */
  foresee({ address, write, logic }: Omit<Noted, 'isMarked'>): void {
    this.#committer.foresee(write);
    this.#committer.foresee(wakefulMark(address));
    this.noteLogic(logic);
  }

  noteLogic(logic: string): void {
    if (this.#logics.has(logic)) return;
    this.#logics.add(logic);
    const value: LogicsRecord = { format: 1, names: [...this.#logics].toSorted() };
    this.#committer.add({ key: logicsKey, value });
  }

  /** An actor has ended for good, or was not spawned after all. */
  forget(address: string): void {
    for (const key of [spawnPrefix + address, wakefulPrefix + address]) {
      if (this.#committer.holds(key)) this.#committer.add({ key });
    }
  }

  /** A record of an actor is about to be written with a turn. */
  writing({ passive, address }: Cell, record: ActorRecord, turn: Turn): void {
    if (passive?.kind.name === undefined || isAtRest(record)) return;
    const mark = wakefulMark(address);
    if (turn.holds(mark.key) ?? this.#store.version(mark.key) > 0) return;
    turn.foresee(mark);
  }

  /** Every start is to look at an actor, until it is found at rest. */
  mark(address: string): void {
    const mark = wakefulMark(address);
    if (!this.#committer.holds(mark.key)) this.#committer.add(mark);
  }

  /** An actor at the top that may leave memory is at rest, or gone, unless what has landed of it says that it is not. */
  unmark(address: string): void {
    const key = wakefulPrefix + address;
    // What the store shows while it takes no commits may be what is about to be taken back.
    if (this.#committer.outage.failure !== undefined || !this.#committer.holds(key)) return;
    const record = this.#store.get(actorKey(address))?.value as Partial<ActorRecord> | undefined;
    const isGone = record === undefined && !this.#committer.holds(spawnPrefix + address);
    if (isGone || (record !== undefined && isAtRest(record))) this.#committer.foresee({ key });
  }
}

/** Whether an actor has neither a timer nor anything that no message will remind it of. */
export function isAtRest(record: Partial<ActorRecord>): boolean {
  return record.schedules === undefined && record.delays === undefined && !isWakeful(record);
}

/** Whether an actor has something to go on with that no message or timer will remind it of. */
export function isWakeful(record: Partial<ActorRecord> | undefined): boolean {
  if (record === undefined) return true;
  const { own, delegations, inHand, topics, watching, stash, snapshot } = record;
  if (own !== undefined || delegations !== undefined || inHand !== undefined) return true;
  return topics !== undefined || watching !== undefined || stash !== undefined || hasUnderWay(snapshot);
}
