// Where everything comes from that chance decides in a simulated run. Each decision has a kind and an ordinal within
// it (`fault.commit#3`), and its value is a function of the seed and of those two alone: a decision that is taken away
// does not shift the others, which is what lets a failing run be made smaller. Value 0 always means that nothing
// special happens, so a run is told in full by the decisions with another value.

import type { Random } from '../../base/random.ts';
import { seededRandom } from '../../base/random.ts';

/** One decision with a value other than 0. */
export interface Decision {
  readonly kind: string;
  /** 1 is the first of its kind. */
  readonly nth: number;
  readonly value: number;
}

/** Kinds that begin with this are faults: none are decided while it is calm. */
export const faultPrefix = 'fault.';

const golden = 0x9e37_79b1;

/** A number in [0, 2^32) that depends on every bit of what it is made from: murmur3's last step, public domain. */
function mixed(value: number): number {
  let hash = value >>> 0;
  hash = Math.imul(hash ^ (hash >>> 16), 0x85eb_ca6b);
  hash = Math.imul(hash ^ (hash >>> 13), 0xc2b2_ae35);
  return (hash ^ (hash >>> 16)) >>> 0;
}

/** The 32-bit FNV-1a hash of a text. */
function hashOf(text: string): number {
  let hash = 0x811c_9dc5;
  for (let index = 0; index < text.length; index++) hash = Math.imul(hash ^ text.charCodeAt(index), 0x0100_0193);
  return hash >>> 0;
}

class Kind {
  readonly name: string;
  readonly seed: number;
  readonly isFault: boolean;
  /** The values of a script, by ordinal; undefined when the seed decides. */
  readonly script: ReadonlyMap<number, number> | undefined;
  asked = 0;

  constructor(name: string, seed: number, script: ReadonlyMap<number, number> | undefined) {
    this.name = name;
    this.seed = mixed(mixed(seed) ^ hashOf(name));
    this.isFault = name.startsWith(faultPrefix);
    this.script = script;
  }
}

/** The decisions of one run. */
export class Decisions {
  readonly seed: number;
  /** No faults from now on. */
  calm = false;
  /** Told of each decision that is asked for, whatever its value. */
  onAsked: ((kind: string) => void) | undefined = undefined;
  readonly #kinds = new Map<string, Kind>();
  readonly #script: ReadonlyMap<string, ReadonlyMap<number, number>> | undefined;
  readonly #taken: Decision[] = [];

  /** @param script - The decisions that are other than 0; without it, the seed decides. */
  constructor(seed: number, script?: readonly Decision[]) {
    this.seed = seed >>> 0;
    this.#script = script === undefined ? undefined : byKind(script);
  }

  /** The decisions with a value other than 0, in the order they were taken. */
  get taken(): readonly Decision[] {
    return this.#taken;
  }

  /** A whole number from 0 up to, and without, `count`. */
  choose(kind: string, count: number): number {
    return this.#decide(kind, count, undefined);
  }

  /** Whether something happens that does about once in `oneIn` times; never when that is 0. */
  chance(kind: string, oneIn: number): boolean {
    return this.#decide(kind, 2, oneIn) === 1;
  }

  /** 0 most of the time; about once in `oneIn` times one of 1 to `count`. Never when `oneIn` is 0. */
  sometimes(kind: string, oneIn: number, count: number): number {
    return this.#decide(kind, count + 1, oneIn);
  }

  /** A whole number, both ends included; `least` is the one that is nothing special. */
  between(kind: string, least: number, most: number): number {
    return least + this.choose(kind, most - least + 1);
  }

  /** One of some things; the first is the one that is nothing special. */
  pick<Item>(kind: string, items: readonly [Item, ...Item[]]): Item {
    return items[this.choose(kind, items.length)] ?? items[0];
  }

  /** Numbers for what needs many and none of which matters by itself, such as ids; they are no decisions. */
  random(stream: string): Random {
    return seededRandom(mixed(this.seed ^ hashOf(stream)));
  }

  /** @param oneIn - About how often the value is another one than 0; undefined when each is as likely. */
  #decide(name: string, count: number, oneIn: number | undefined): number {
    const kind = this.#kindOf(name);
    kind.asked += 1;
    this.onAsked?.(name);
    if (kind.isFault && this.calm) return 0;
    const scripted = kind.script?.get(kind.asked);
    if (this.#script !== undefined && scripted === undefined) return 0;
    // A script may be of an older program, which had more to choose from.
    const value = scripted === undefined ? valueOf(kind, count, oneIn) : scripted % count;
    if (value !== 0) this.#taken.push({ kind: name, nth: kind.asked, value });
    return value;
  }

  #kindOf(name: string): Kind {
    const known = this.#kinds.get(name);
    if (known !== undefined) return known;
    const kind = new Kind(name, this.seed, this.#script?.get(name));
    this.#kinds.set(name, kind);
    return kind;
  }
}

/** What the seed says, below `count`. */
function valueOf({ seed, asked }: Kind, count: number, oneIn: number | undefined): number {
  const drawn = mixed(seed + Math.imul(asked, golden));
  if (oneIn === undefined) return drawn % count;
  return oneIn > 0 && drawn % oneIn === 0 ? 1 + (Math.floor(drawn / oneIn) % (count - 1)) : 0;
}

function byKind(script: readonly Decision[]): ReadonlyMap<string, ReadonlyMap<number, number>> {
  const kinds = new Map<string, Map<number, number>>();
  for (const { kind, nth, value } of script) {
    const values = kinds.get(kind) ?? new Map<number, number>();
    kinds.set(kind, values.set(nth, value));
  }
  return kinds;
}
