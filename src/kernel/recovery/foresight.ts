// A durable actor that spawns a durable child has, in its state, done so; the child itself is made after the commit. So
// how the child is spawned is kept with that very commit: a process that ends between the two brings it back all the same.

import type { AnyActorLogic } from 'xstate';
import { InvalidOptionError } from '../../base/errors.ts';
import type { Store } from '../../store/port.ts';
import type { Address } from '../address.ts';
import type { Cell } from '../cell.ts';
import type { Committer } from '../commit/commit.ts';
import type { SpawnEffect } from '../effects.ts';
import type { Registry } from '../registry.ts';
import { expandInstances, type SpawnOptions } from '../spec.ts';
import type { Roster } from './roster.ts';
import { liveOption, spawnWrite } from './spawn-record.ts';

/** What foresight needs of the nursery. */
export interface ForesightParts {
  readonly registry: Registry;
  readonly store: Store | undefined;
  readonly committer: Committer | undefined;
  readonly roster: Roster | undefined;
  /** The name that logic is registered under. */
  readonly nameOf: (given: AnyActorLogic | string) => string | undefined;
  readonly addressOf: (parent: Cell, id: string) => Address;
  /** The address of a parent as it is kept; undefined at the top. */
  readonly parentOf: (parent: Cell) => Address | undefined;
  readonly forget: (address: Address) => void;
}

/** Keeps what is about to be spawned. */
export class Foresight {
  readonly #parts: ForesightParts;

  constructor(parts: ForesightParts) {
    this.#parts = parts;
  }

  /** @throws INVALID_OPTION when a durable child of a durable actor could not come back with it. */
  check(parent: Cell, logic: AnyActorLogic, options: SpawnOptions): void {
    if (this.#parts.store === undefined) return;
    if (this.#parts.nameOf(logic) === undefined) {
      throw new InvalidOptionError(
        'logic',
        logic,
        `logic that is registered, since '${options.id}' is to come back with '${parent.address}': give it a name under 'logics'`,
      );
    }
    const live = liveOption(options);
    if (live !== undefined)
      throw new InvalidOptionError(
        live,
        options[live as keyof SpawnOptions],
        'nothing, in a durable child of a durable actor: it could not be kept',
      );
  }

  /** Keeps the children that an effect is going to spawn, with the turn that is on; nothing where it will be refused. */
  foresee(parent: Cell, effect: SpawnEffect): void {
    const { store, roster, nameOf, parentOf } = this.#parts;
    const { options } = effect;
    const name = nameOf(effect.logic);
    if (
      store === undefined ||
      roster === undefined ||
      name === undefined ||
      options.durable !== true ||
      liveOption(options) !== undefined
    )
      return;
    for (const [address, each] of this.#free(parent, options))
      roster.foresee({ address, write: spawnWrite(store, address, name, parentOf(parent), each), logic: name });
  }

  /** It was refused all the same. What a stop has come before is spawned in the next process. */
  mistaken(parent: Cell, { options }: SpawnEffect): void {
    const { committer, forget } = this.#parts;
    if (committer === undefined || committer.isClosing || options.durable !== true) return;
    for (const [address] of this.#free(parent, options)) forget(address);
  }

  /** The addresses that are to be taken and are not. */
  #free(parent: Cell, options: SpawnOptions): readonly (readonly [Address, SpawnOptions])[] {
    const { registry, addressOf } = this.#parts;
    return expandInstances(options)
      .map((each) => [addressOf(parent, each.id), each] as const)
      .filter(([address]) => registry.living(address) === undefined && registry.passiveAt(address) === undefined);
  }
}
