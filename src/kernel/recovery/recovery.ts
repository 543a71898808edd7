// What a kernel takes up from its store before anything else happens in it: durable actors with registered logic that have
// something to go on with come back as known and not in memory, with a timer where they wait for one; messages that
// were unread wait for those they are for, as long as that takes. Those who had something under way come back to life
// once everybody who is declared is there. All others are noted when somebody asks for them: the roster says who is to
// be looked at. Reading is all that taking up does, so a process that dies in the middle of it has changed nothing.

import type { Clock } from '../../base/clock.ts';
import type { Store } from '../../store/port.ts';
import type { Address } from '../address.ts';
import type { Cell } from '../cell.ts';
import type { Committer } from '../commit/commit.ts';
import { spawnPrefix } from './actor-keys.ts';
import type { DueTimes, KeptAt } from './due-times.ts';
import type { ActorRecord, StoredSchedule } from './durable-record.ts';
import { everybody, type Kept } from './everybody.ts';
import type { Letter } from '../letter.ts';
import type { KernelHappening } from '../events.ts';
import type { Nursery } from '../nursery.ts';
import { type Kind, Passive } from './passive.ts';
import type { Passivation } from './passivation.ts';
import type { Post } from '../post.ts';
import type { Rearming } from './rearming.ts';
import type { Registry } from '../registry.ts';
import { isAtRest, isWakeful, type Roster } from './roster.ts';
import { readSpawn, type SpawnRecord } from './spawn-record.ts';

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
  readonly committer: Committer;
  readonly roster: Roster;
  readonly nursery: Nursery;
  readonly registry: Registry;
  readonly passivation: Passivation;
  readonly rearming: Rearming;
  readonly post: Post;
  readonly report: (happening: KernelHappening) => void;
}

/** What taking up has found. */
interface Found {
  resumed: number;
  timers: number;
  readonly unregistered: string[];
}

const listed_count = 1_000;

/** Takes up what a store holds. */
export class Recovery {
  readonly #parts: RecoveryParts;
  /** Unread messages by whom they are for, in the order they were sent. */
  readonly #parked = new Map<Address, Letter[]>();
  /** Actors that have something to go on with. */
  #wakeful: Address[] = [];
  /** Actors that were looked at for nothing. */
  #atRest: Address[] = [];
  /** What a roster that is lost has to say. */
  readonly #lost = { logics: new Set<string>(), wakeful: [] as Address[] };
  /** Actors in the store that nobody has asked for. */
  #unseen = 0;
  /** Actors that have ended here and are kept for another program. */
  readonly #disowned = new Set<string>();
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
    const { clock, roster, nursery } = this.#parts;
    const begun = clock.now();
    const isComplete = roster.isComplete((logic) => nursery.named(logic) !== undefined);
    const found: Found = { resumed: 0, timers: 0, unregistered: [] };
    if (isComplete) this.#takeUpWakeful(found);
    else this.#takeUpAll(found);
    this.#report = {
      ...found,
      parked: { messages: this.#parkedCount, addresses: [...this.#parked.keys()].slice(0, listed_count) },
      rolledBack: this.#rolledBack,
      quarantined: this.#quarantined,
      tookMs: clock.now() - begun,
    };
    return this.#report;
  }

  /** Looks at those who have a mark. The others are at rest, and are counted only. */
  #takeUpWakeful(found: Found): void {
    const { store, registry, roster } = this.#parts;
    let seen = 0;
    for (const kept of roster.wakeful()) {
      const outcome = this.#takeUp(kept);
      if (outcome === 'taken up' || outcome === 'with a timer') seen += 1;
      if (outcome === 'with a timer') found.timers += 1;
      else if (kept.spawned === undefined || isIdle(kept)) this.#atRest.push(kept.address);
    }
    found.resumed = store.count(spawnPrefix);
    for (const { address } of registry.all()) if (readSpawn(store, address) !== undefined) found.resumed -= 1;
    this.#unseen = found.resumed - seen;
    if (this.#unseen > 0) registry.recall = (address) => this.#recall(address);
  }

  /** Looks at everybody, and remembers what the roster would have to say when that is lost. */
  #takeUpAll(found: Found): void {
    const { store, roster } = this.#parts;
    for (const kept of everybody(store)) {
      const { address, spawned } = kept;
      const outcome = this.#takeUp(kept);
      if (outcome === 'unregistered' && found.unregistered.length < listed_count) found.unregistered.push(address);
      if (outcome === 'taken up' || outcome === 'with a timer') found.resumed += 1;
      if (outcome === 'with a timer') found.timers += 1;
      if (!roster.isLost || spawned === undefined) continue;
      this.#lost.logics.add(spawned.logic);
      if (!isIdle(kept) || !this.#mayLeave(spawned)) this.#lost.wakeful.push(address);
    }
  }

  /** Whether an actor may leave memory, as far as is known. */
  #mayLeave(spawned: SpawnRecord): boolean {
    const kind = this.#kindFrom(spawned);
    return kind !== undefined && kind.parent === undefined && kind.spec.passivateAfterMs !== undefined;
  }

  /** Notes an actor that is in the store and that somebody asks for. It has been at rest, or it would have a mark. */
  #recall(address: string): Passive | undefined {
    const { store, committer, passivation } = this.#parts;
    if (this.#unseen === 0 || committer.isClosing || address.includes('/') || this.#disowned.has(address))
      return undefined;
    if (!committer.holds(spawnPrefix + address)) return undefined;
    const spawned = readSpawn(store, address);
    const kind = spawned === undefined ? undefined : this.#kindFrom(spawned);
    if (kind === undefined) return undefined;
    const passive = new Passive(kind, true);
    passivation.add(address, passive, undefined);
    this.#unseen -= 1;
    return passive;
  }

  /** An actor has ended here, and is kept for a program that can read what is kept of it. */
  disown(address: string): void {
    if (this.#unseen > 0) this.#disowned.add(address);
  }

  /** Everybody who is declared is there: wakes who has mail or something under way, and says what there was. */
  open(): void {
    const { resumed, timers, tookMs } = this.recover();
    const { registry, rearming, passivation, roster } = this.#parts;
    const wakeful = this.#wakeful;
    this.#wakeful = [];
    for (const address of this.#atRest.splice(0)) {
      const kind = registry.passiveAt(address)?.kind;
      if (kind === undefined) roster.unmark(address);
      else passivation.atRest(address, kind);
    }
    for (const logic of this.#lost.logics) roster.noteLogic(logic);
    for (const address of this.#lost.wakeful.splice(0)) roster.mark(address);
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

  #takeUp({ address, spawned, record, at }: Kept): 'taken up' | 'with a timer' | 'unregistered' | 'there already' {
    const { registry, passivation } = this.#parts;
    if (registry.living(address) !== undefined || registry.passiveAt(address) !== undefined) return 'there already';
    const kind = spawned === undefined ? undefined : this.#kindFrom(spawned);
    if (kind === undefined) return 'unregistered';
    const wakeAt = kind.spec.recover === 'snapshot' ? this.#firstDue(record, at) : undefined;
    passivation.add(address, new Passive(kind, true), wakeAt);
    if (isWakeful(record) || kind.spec.passivateAfterMs === undefined) this.#wakeful.push(address);
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

function isIdle({ record }: Kept): boolean {
  return record !== undefined && isAtRest(record);
}

function listOf(value: unknown): readonly StoredSchedule[] {
  return Array.isArray(value) ? (value as readonly StoredSchedule[]) : [];
}
