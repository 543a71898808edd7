// What a store should hold, as far as it has been told: of each key the version that has landed, those that may have
// (called and not answered, or failed), and the bytes of each. It outlives the lives of a process, as the store does.
// All invariants of one run that ask for it share it.

import { unpackValue } from '../../../store/codec/codec.ts';
import { isDeepStrictEqual } from 'node:util';
import { TroupeError } from '../../../base/errors.ts';
import type { Store } from '../../../store/port.ts';
import type { Life, SimulatedRun } from '../invariant.ts';
import type { WatchedCommit, WatchedWrite } from '../witness.ts';

/** A version that may have landed. */
export interface Possible {
  readonly commit: WatchedCommit;
  /** 0: the key is not there. */
  readonly version: number;
}

/** What is known of one key. */
export interface Shelved {
  /** The version that has landed; 0: none is there. */
  landed: number;
  /** The highest version that has landed with others to be kept beside it: such a key goes on counting. */
  highest: number;
  /** Calendar time of its last deletion. */
  deletedAt: number;
  possible: Possible[];
  /** By version, what was written under it; more than one while it is not known which has landed. */
  readonly contents: Map<number, Uint8Array[]>;
  /** Whether its record has been found to be damaged, so that an older one is served. */
  isDamaged: boolean;
  /** Whether something was written since the last life began. */
  isFresh: boolean;
}

/** What a prune is to forget. */
interface Prune {
  /** Calendar time. */
  readonly before: number;
  readonly prefix: string;
}

const remembered_versions = 12;
const shelves = new WeakMap<SimulatedRun, Shelf>();

/** The shelf of a run. */
export function shelfOf(run: SimulatedRun): Shelf {
  const known = shelves.get(run);
  if (known !== undefined) return known;
  const shelf = new Shelf();
  shelves.set(run, shelf);
  return shelf;
}

/** What is known of a store. */
export class Shelf {
  readonly keys = new Map<string, Shelved>();
  #life: Life | undefined = undefined;
  /** Prunes that are under way. */
  #prunes: Prune[] = [];
  #findings: readonly string[] = [];

  /**
   * Follows one life; asked for the same once more, does nothing. What the store holds at its beginning counts from
   * then on. @returns what of it can't be, given the lives before.
   */
  follow(life: Life, store: Store): readonly string[] {
    if (this.#life === life) return this.#findings;
    this.#life = life;
    this.#prunes = [];
    const { witness, kernel } = life;
    this.#findings = [...broken(this.keys, store), ...this.#found(store)];
    witness.on('commit', (commit) => {
      const wall = kernel.clock.wall();
      for (const write of commit.writes) this.#called(commit, write, wall);
    });
    witness.on('committed', (commit) => {
      for (const write of commit.writes) this.#landed(commit, write);
    });
    witness.on('refused', (commit, error) => {
      // Refused for what is in it, it has changed nothing; a store that has failed may have it or not.
      if (error instanceof TroupeError && error.code.startsWith('STORE_')) return;
      for (const { key } of commit.writes) {
        const shelved = this.keys.get(key);
        if (shelved !== undefined) shelved.possible = shelved.possible.filter((each) => each.commit !== commit);
      }
    });
    witness.on('pruning', (before, prefix, isOver) => {
      if (!isOver) this.#pruned({ before, prefix });
      else this.#prunes = this.#prunes.filter((each) => each.before !== before || each.prefix !== prefix);
    });
    return this.#findings;
  }

  /** What a prune forgets begins anew; so does what is deleted while it is under way, if the calendar makes that look old. */
  #pruned(prune: Prune): void {
    this.#prunes.push(prune);
    for (const [key, shelved] of this.keys) if (isForgotten(key, shelved, prune)) shelved.highest = 0;
  }

  damaged(key: string): void {
    const shelved = this.keys.get(key);
    if (shelved !== undefined) shelved.isDamaged = true;
  }

  /** What a store holds that has just been opened: it is what counts, whether it may be so or not. */
  *#found(store: Store): Generator<string> {
    for (const [key, shelved] of this.keys) {
      if (!shelved.isFresh || shelved.isDamaged) continue;
      shelved.isFresh = false;
      const version = store.version(key);
      const { landed, possible } = shelved;
      if (version !== landed && !possible.some((each) => each.version === version))
        yield `'${key}' is at ${nameOf(version)} in the store, and ${nameOf(landed)} had been acknowledged`;
      shelved.landed = version;
      shelved.possible = [];
    }
  }

  #called(commit: WatchedCommit, { key, isDeletion, after, bytes }: WatchedWrite, wall: number): void {
    const shelved = this.keys.get(key) ?? this.#new(key);
    if (isDeletion) shelved.deletedAt = wall;
    const version = isDeletion ? 0 : after;
    shelved.possible.push({ commit, version });
    shelved.isFresh = true;
    if (isDeletion || bytes === undefined) return;
    const others = shelved.contents.get(after);
    if (others === undefined) shelved.contents.set(after, [bytes]);
    else others.push(bytes);
  }

  #new(key: string): Shelved {
    const shelved: Shelved = {
      landed: 0,
      highest: 0,
      deletedAt: 0,
      possible: [],
      contents: new Map(),
      isDamaged: false,
      isFresh: true,
    };
    this.keys.set(key, shelved);
    return shelved;
  }

  #landed(commit: WatchedCommit, { key, isDeletion, after, bytes, keep }: WatchedWrite): void {
    const shelved = this.keys.get(key);
    if (shelved === undefined) return;
    const place = shelved.possible.findIndex((each) => each.commit === commit);
    shelved.possible.splice(0, place + 1);
    shelved.landed = isDeletion ? 0 : after;
    shelved.isDamaged = false;
    if (isDeletion) {
      if (this.#prunes.some((prune) => isForgotten(key, shelved, prune))) shelved.highest = 0;
      return;
    }
    shelved.highest = keep > 1 ? Math.max(shelved.highest, after) : 0;
    const isOpen = shelved.possible.some(({ version }) => version === after);
    if (bytes !== undefined && !isOpen) shelved.contents.set(after, [bytes]);
    const least = after - Math.max(keep, remembered_versions);
    for (const version of shelved.contents.keys()) {
      if (version >= least) break;
      shelved.contents.delete(version);
    }
  }
}

/** Whether a key is not there, and a prune has no need to know that it was. */
function isForgotten(key: string, { landed, possible, deletedAt }: Shelved, { before, prefix }: Prune): boolean {
  const isGone = landed === 0 || possible.some(({ version }) => version === 0);
  return isGone && deletedAt < before && key.startsWith(prefix);
}

/** Commits that a crash has broken apart, or brought out of their order. */
function* broken(keys: ReadonlyMap<string, Shelved>, store: Store): Generator<string> {
  const commits = new Map<WatchedCommit, { there: string[]; missing: string[] }>();
  for (const [key, { possible, landed, isDamaged }] of keys) {
    const last = possible.at(-1);
    if (last === undefined || last.version === landed || isDamaged) continue;
    if (possible.some((each) => each !== last && each.version === last.version)) continue;
    const parts = commits.get(last.commit) ?? { there: [], missing: [] };
    commits.set(last.commit, parts);
    (store.version(key) === last.version ? parts.there : parts.missing).push(key);
  }
  let missed: WatchedCommit | undefined;
  for (const [commit, { there, missing }] of [...commits].toSorted(([a], [b]) => a.nth - b.nth)) {
    if (there.length > 0 && missing.length > 0)
      yield `a commit is there in part: '${there[0]}' is, and '${missing[0]}' is not`;
    else if (there.length > 0 && missed !== undefined)
      yield `commit ${commit.nth} is there ('${there[0]}'), and commit ${missed.nth}, which was called before it, is not`;
    if (missing.length > 0 && commit.state === 'under way') missed = commit;
  }
}

/** `version 3`, or `no version` for 0. */
export function nameOf(version: number): string {
  return version === 0 ? 'no version' : `version ${version}`;
}

/** Values of bytes, so that each is unpacked once. */
const unpacked = new WeakMap<Uint8Array, { readonly value: unknown }>();

/** Whether a value is what these bytes say. */
export function isSame(value: unknown, bytes: Uint8Array): boolean {
  let known = unpacked.get(bytes);
  if (known === undefined) {
    known = { value: unpackValue(bytes) };
    unpacked.set(bytes, known);
  }
  return isEqual(value, known.value) || isDeepStrictEqual(value, known.value);
}

/** Whether two pieces of what JSON can hold are equal; quick, and `false` for anything else. */
function isEqual(one: unknown, other: unknown): boolean {
  if (Object.is(one, other)) return true;
  if (typeof one !== 'object' || typeof other !== 'object' || one === null || other === null) return false;
  const prototype: unknown = Object.getPrototypeOf(one);
  if (prototype !== Object.getPrototypeOf(other)) return false;
  if (prototype !== Object.prototype && prototype !== Array.prototype) return false;
  const keys = Object.keys(one);
  if (keys.length !== Object.keys(other).length) return false;
  const [left, right] = [one as Record<string, unknown>, other as Record<string, unknown>];
  return keys.every((key) => Object.hasOwn(right, key) && isEqual(left[key], right[key]));
}
