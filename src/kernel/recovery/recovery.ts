// What a kernel takes up from its store before anything else happens in it: durable actors with registered logic come
// back as known and not in memory, with a timer where they wait for one; messages that were unread wait for those
// they are for, as long as that takes. Those who had something under way come back to life once everybody who is
// declared is there. Reading is all it does, so a process that dies in the middle of it has changed nothing.

import type { Clock } from '../../base/clock.ts';
import type { ScannedRecord, Store } from '../../store/port.ts';
import type { Address } from '../address.ts';
import type { Cell } from '../cell.ts';
import type { DueTimes, KeptAt } from './due-times.ts';
import type { ActorRecord, StoredSchedule } from './durable-record.ts';
import type { Letter } from '../letter.ts';
import type { KernelHappening } from '../events.ts';
import { hasUnderWay } from './interruption.ts';
import type { Nursery } from '../nursery.ts';
import { type Kind, Passive } from './passive.ts';
import type { Passivation } from './passivation.ts';
import type { Post } from '../post.ts';
import type { Rearming } from './rearming.ts';
import type { Registry } from '../registry.ts';
import { actorKey } from './restoring.ts';
import { asSpawnRecord, spawnPrefix, type SpawnRecord } from './spawn-record.ts';

/** What a recovery has come to. */
export interface RecoveryReport {
  /** Actors that came back by themselves, in memory or not. */
  readonly resumed: number;
  /** Timers of actors that are not in memory. */
  readonly timers: number;
  /** Unread messages whose actor is not there yet. They are kept until it is. */
  readonly parked: { readonly messages: number; readonly addresses: readonly string[] };
  /** Actors that could not go on from their newest version. More may be found when others come back to memory. */
  readonly rolledBack: readonly string[];
  /** Actors whose record this program can't read; they and their messages are kept. */
  readonly quarantined: readonly string[];
  /** Actors whose logic is not registered any more; they and their messages are kept. */
  readonly unregistered: readonly string[];
  readonly tookMs: number;
}

/** What recovery needs of the kernel. */
export interface RecoveryParts {
  readonly clock: Clock;
  readonly dueTimes: DueTimes;
  readonly store: Store;
  readonly nursery: Nursery;
  readonly registry: Registry;
  readonly passivation: Passivation;
  readonly rearming: Rearming;
  readonly post: Post;
  readonly report: (happening: KernelHappening) => void;
}

const listed_count = 1_000;
const actorPrefix = actorKey('');
/** `format` and `snapshot`. */
const bareProperties_count = 2;

/** Takes up what a store holds. */
export class Recovery {
  readonly #parts: RecoveryParts;
  /** Unread messages by whom they are for, in the order they were sent. */
  readonly #parked = new Map<Address, Letter[]>();
  /** Actors that have something to go on with. */
  #wakeful: Address[] = [];
  readonly #rolledBack: string[] = [];
  readonly #quarantined: string[] = [];
  #report: RecoveryReport | undefined = undefined;
  /** The kind found last. */
  #last: { readonly spawned: SpawnRecord; readonly kind: Kind | undefined } | undefined = undefined;

  /** @param letters - What was unread when the store was opened. */
  constructor(parts: RecoveryParts, letters: readonly Letter[]) {
    this.#parts = parts;
    for (const letter of letters) {
      const waiting = this.#parked.get(letter.to);
      if (waiting === undefined) this.#parked.set(letter.to, [letter]);
      else waiting.push(letter);
    }
  }

  /** Notes what happens to actors while the recovery lasts. */
  saw(happening: KernelHappening): void {
    if (this.#rolledBack.length + this.#quarantined.length >= listed_count) return;
    if (happening.type === 'actor.rolledBack') this.#rolledBack.push(happening.address);
    else if (happening.type === 'actor.quarantined') this.#quarantined.push(happening.address);
  }

  /** Gives an actor that has taken its place what is kept for it. */
  settled(cell: Cell): void {
    const letters = this.#parked.get(cell.address);
    if (letters !== undefined) {
      this.#parked.delete(cell.address);
      for (const letter of letters) this.#parts.post.claim(letter);
    }
    this.#parts.rearming.appeared(cell);
  }

  /** Reads which actors there are. Once; what it returns after that is what it found. */
  recover(): RecoveryReport {
    if (this.#report !== undefined) return this.#report;
    const { clock, store } = this.#parts;
    const begun = clock.now();
    const unregistered: string[] = [];
    let resumed = 0;
    let timers = 0;
    const kept = new Beside(store.scan(actorPrefix), actorPrefix);
    for (const spawned of store.scan(spawnPrefix)) {
      const address = spawned.key.slice(spawnPrefix.length) as Address;
      const outcome = this.#takeUp(address, asSpawnRecord(spawned.value()), kept.at(address));
      if (outcome === 'unregistered' && unregistered.length < listed_count) unregistered.push(address);
      if (outcome === 'taken up' || outcome === 'with a timer') resumed += 1;
      if (outcome === 'with a timer') timers += 1;
    }
    kept.close();
    this.#report = {
      resumed,
      timers,
      parked: { messages: this.#parkedCount, addresses: [...this.#parked.keys()].slice(0, listed_count) },
      rolledBack: this.#rolledBack,
      quarantined: this.#quarantined,
      unregistered,
      tookMs: clock.now() - begun,
    };
    return this.#report;
  }

  /** Everybody who is declared is there: wakes who has mail or something under way, and says what there was. */
  open(): void {
    const { resumed, timers, tookMs } = this.recover();
    const { registry, rearming } = this.#parts;
    const wakeful = this.#wakeful;
    this.#wakeful = [];
    for (const address of wakeful) registry.get(address);
    for (const address of [...this.#parked.keys()]) registry.get(address);
    rearming.open();
    const parked = this.#parkedCount;
    if (resumed === 0 && parked === 0) return;
    this.#parts.report({ type: 'kernel.recovered', resumed, parked, timers, tookMs });
  }

  get #parkedCount(): number {
    let count = 0;
    for (const letters of this.#parked.values()) count += letters.length;
    return count;
  }

  #takeUp(
    address: Address,
    spawned: SpawnRecord | undefined,
    kept: ScannedRecord | undefined,
  ): 'taken up' | 'with a timer' | 'unregistered' | 'there already' {
    const { registry, passivation } = this.#parts;
    if (registry.living(address) !== undefined || registry.passiveAt(address) !== undefined) return 'there already';
    const kind = spawned === undefined ? undefined : this.#kindFrom(spawned);
    if (kind === undefined) return 'unregistered';
    const isAtRest = kept !== undefined && isBare(kept);
    const record = isAtRest ? undefined : (kept?.value() as Partial<ActorRecord> | undefined);
    const wakeAt = kind.spec.recover === 'snapshot' ? this.#firstDue(record, kept?.at) : undefined;
    passivation.add(address, new Passive(kind, true), wakeAt);
    if ((!isAtRest && isWakeful(record)) || kind.spec.passivateAfterMs === undefined) this.#wakeful.push(address);
    return wakeAt === undefined ? 'taken up' : 'with a timer';
  }

  /** Neighbours tend to have been spawned alike, and then share what is kept of it. */
  #kindFrom(spawned: SpawnRecord): Kind | undefined {
    if (this.#last?.spawned === spawned) return this.#last.kind;
    const { nursery } = this.#parts;
    const logic = nursery.named(spawned.logic);
    const kind = logic === undefined ? undefined : nursery.kindFrom(spawned, logic);
    this.#last = { spawned, kind };
    return kind;
  }

  /** When the first of an actor's timers is due, by the monotonic clock. */
  #firstDue(record: Partial<ActorRecord> | undefined, keptAt: number | undefined): number | undefined {
    const schedules: unknown = record?.schedules;
    const delays: unknown = record?.delays;
    if (schedules === undefined && delays === undefined) return undefined;
    const { dueTimes } = this.#parts;
    const kept: KeptAt = { written: record?.written, at: keptAt };
    let first = Number.POSITIVE_INFINITY;
    for (const { due } of [...listOf(schedules), ...listOf(delays)]) first = Math.min(first, dueTimes.at(due, kept));
    return Number.isFinite(first) ? first : undefined;
  }
}

/** Whether a record holds nothing but a state in which nothing is under way. */
function isBare(kept: ScannedRecord): boolean {
  return kept.properties === bareProperties_count && !kept.mayHold('children');
}

/** The records that go with others which come in the same order. */
class Beside {
  readonly #records: Iterator<ScannedRecord>;
  readonly #prefix_chars: number;
  #next: ScannedRecord | undefined;

  constructor(records: Iterable<ScannedRecord>, prefix: string) {
    this.#records = records[Symbol.iterator]();
    this.#prefix_chars = prefix.length;
    this.#advance();
  }

  /** The record of an address; each call asks for a later one. */
  at(address: string): ScannedRecord | undefined {
    for (let next = this.#next; next !== undefined; next = this.#next) {
      const there = next.key.slice(this.#prefix_chars);
      if (there > address) return undefined;
      this.#advance();
      if (there === address) return next;
    }
    return undefined;
  }

  close(): void {
    this.#records.return?.();
  }

  #advance(): void {
    const { done, value } = this.#records.next();
    this.#next = done === true ? undefined : value;
  }
}

function listOf(value: unknown): readonly StoredSchedule[] {
  return Array.isArray(value) ? (value as readonly StoredSchedule[]) : [];
}

/** Whether an actor has something to go on with that no message or timer will remind it of. */
function isWakeful(record: Partial<ActorRecord> | undefined): boolean {
  if (record === undefined) return true;
  const { own, delegations, inHand, topics, watching, stash, snapshot } = record;
  return (
    [own, delegations, inHand, topics, watching, stash].some((part) => part !== undefined) || hasUnderWay(snapshot)
  );
}
