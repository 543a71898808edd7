// A durable actor that is known and not in memory: its address, in the registry, and this. All that is said of it is
// shared with others of its kind; its state, its timers and its messages are in the store. It is also what tells an
// actor that has been away from another one that took its address later.

import type { Address } from '../address.ts';
import type { Extras } from '../extras.ts';
import type { ActorSpec } from '../spec.ts';
import type { HostedLogic } from '../step.ts';
import type { Timer } from '../timers.ts';

/** What actors that are not in memory have in common. */
export interface Kind {
  readonly logic: HostedLogic;
  readonly spec: ActorSpec;
  /** Undefined: it was spawned at the top. */
  readonly parent: Address | undefined;
  /** The name of its registered logic; undefined when it has none. */
  readonly name: string | undefined;
  /** Whether the record of its spawning has an input. */
  readonly hasInput: boolean;
}

/** One actor that is not in memory, or was not. */
export class Passive {
  kind: Kind;
  /** Wakes it when the first of its timers is due. */
  timer: Timer | undefined = undefined;
  /** Who watches it, and whom it watches. */
  extras: Extras | undefined = undefined;
  /** The input it was spawned with, when no record of its spawning has it. */
  input: unknown = undefined;
  /** Whether it was found in the store and the program has not spawned it again yet. */
  isRecovered: boolean;
  /** Whether it has been in memory in this process. */
  hasBegun = false;

  constructor(kind: Kind, isRecovered: boolean) {
    this.kind = kind;
    this.isRecovered = isRecovered;
  }
}

const remembered_kinds = 16;

/** Kinds that are shared as far as those of the last few actors are the same. */
export class Kinds {
  readonly #recent: Kind[] = [];

  of(kind: Kind): Kind {
    const same = this.#recent.find((each) => isSame(each, kind));
    if (same !== undefined) return same;
    if (this.#recent.length >= remembered_kinds) this.#recent.shift();
    this.#recent.push(kind);
    return kind;
  }
}

function isSame(a: Kind, b: Kind): boolean {
  return (
    a.logic === b.logic && a.spec === b.spec && a.parent === b.parent && a.name === b.name && a.hasInput === b.hasInput
  );
}
