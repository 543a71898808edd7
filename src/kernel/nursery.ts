// Where cells come from: checks their options, gives them their place in the tree and the registry, and starts those
// that are spawned while the system runs. Durable actors with registered logic are noted in the store, with the
// commit of their first state, so that they come back by themselves; those that left memory are brought back here.

import type { AnyActorLogic } from 'xstate';
import type { ChildType } from '../base/supervision-options.ts';
import { ActorNotFoundError, ActorRestartingError, InvalidOptionError } from '../base/errors.ts';
import { limits } from '../base/limits.ts';
import type { Store } from '../store/port.ts';
import { type Address, childAddress } from './address.ts';
import { Cell } from './cell.ts';
import type { Committer } from './commit/commit.ts';
import type { SpawnEffect } from './effects.ts';
import { guardianId, type Lifecycle } from './lifecycle.ts';
import { type HostedLogics, supervisorLogic } from './logics.ts';
import { Foresight } from './recovery/foresight.ts';
import { type Kind, Kinds, Passive } from './recovery/passive.ts';
import type { Registry } from './registry.ts';
import type { Roster } from './recovery/roster.ts';
import { SharedSpecs } from './recovery/shared-specs.ts';
import { liveOption, readSpawn, type SpawnRecord, spawnWrite } from './recovery/spawn-record.ts';
import {
  type ActorSpec,
  type ChildOptions,
  defaultSpec,
  expandInstances,
  type RestartSpec,
  type SpawnOptions,
} from './spec.ts';
import type { Turns } from './turns.ts';

/** Logic, or the name it is registered under. */
export type LogicOrName = AnyActorLogic | string;

/** What the nursery needs of the kernel. */
export interface NurseryParts {
  readonly registry: Registry;
  readonly life: Lifecycle;
  readonly turns: Turns;
  readonly store: Store | undefined;
  readonly committer: Committer | undefined;
  readonly roster: Roster | undefined;
  /** Gives a durable actor that has taken its place the messages that were kept for it. */
  readonly settled: (cell: Cell) => void;
  /** An actor that was not in memory has taken its place. */
  readonly woken: (address: Address, passive: Passive) => void;
}

interface Place {
  readonly logic: AnyActorLogic;
  readonly options: SpawnOptions;
  readonly childDefault: ChildType;
  readonly declared: ChildOptions | undefined;
}

/** Makes the cells of a kernel. */
export class Nursery {
  readonly #parts: NurseryParts;
  readonly #logics: HostedLogics;
  readonly #specs = new SharedSpecs();
  readonly #kinds = new Kinds();
  /** Of actors that are durable and say no more. */
  #plainSpec: ActorSpec | undefined = undefined;
  readonly #named: ReadonlyMap<string, AnyActorLogic>;
  readonly #names: ReadonlyMap<AnyActorLogic, string>;
  /** Over the actors spawned from outside. */
  #guardian: Cell | undefined = undefined;
  readonly foresight: Foresight;

  constructor(parts: NurseryParts, logics: HostedLogics, named: Readonly<Record<string, AnyActorLogic>>) {
    this.#parts = parts;
    this.#logics = logics;
    this.#named = new Map(Object.entries(named));
    this.#names = new Map(Object.entries(named).map(([name, logic]) => [logic, name]));
    this.foresight = new Foresight({
      ...parts,
      nameOf: (given) =>
        typeof given !== 'string' ? this.#names.get(given) : this.#named.has(given) ? given : undefined,
      addressOf: (parent, id) => this.#addressOf(parent, id),
      parentOf: (parent) => this.#aboveChildrenOf(parent),
      forget: (address) => {
        this.forgetSpawn(address);
      },
    });
  }

  /** A cell that everything else hangs under; it takes no messages of its own. */
  root(id: string, restart: RestartSpec): Cell {
    const cell = new Cell({
      address: id as Address,
      id,
      parent: undefined,
      logic: this.#logics.of(supervisorLogic),
      spec: { ...defaultSpec, restart, shutdown: limits.shutdown.supervisor_ms },
      input: undefined,
      host: this.#parts.turns,
      declared: true,
    });
    cell.state = 'running';
    if (id === guardianId) this.#guardian = cell;
    return cell;
  }

  /** A cell for a declared child; it is started by whoever asked for it. */
  place(parent: Cell, options: ChildOptions): Cell {
    return this.#place(parent, { logic: options.logic, options, childDefault: 'permanent', declared: options });
  }

  /**
   * Makes and starts a child, or each instance of a pool. @returns the first.
   *
   * @throws ACTOR_EXISTS, ACTOR_NOT_FOUND, ACTOR_RESTARTING, INVALID_OPTION, START_FAILED when it fails at once.
   */
  spawn(parent: Cell, given: LogicOrName, options: SpawnOptions): Cell {
    const logic = this.#logicOf(given);
    if (options.instances === undefined) return this.#spawn(parent, logic, options);
    const [first, ...others] = expandInstances({ ...options, logic }).map((each) => this.#spawn(parent, logic, each));
    return first ?? others[0] ?? this.#spawn(parent, logic, options);
  }

  /**
   * Spawns in the name of an actor. A durable child of a durable actor has to come back with it, so its logic has to
   * have a name.
   *
   * @throws INVALID_OPTION, and as {@link Nursery.spawn} does.
   */
  spawnFrom(parent: Cell, given: LogicOrName, options: SpawnOptions): Cell {
    const logic = this.#logicOf(given);
    if (parent.spec.durable && options.durable === true) this.foresight.check(parent, logic, options);
    return this.spawn(parent, logic, options);
  }

  /** Carries out what an actor wants. @throws as {@link Nursery.spawnFrom} does. */
  spawnFor(parent: Cell, effect: SpawnEffect): void {
    try {
      this.spawnFrom(parent, effect.logic, effect.options);
    } catch (error) {
      this.foresight.mistaken(parent, effect);
      throw error;
    }
  }

  /** The logic that is registered under a name. */
  named(name: string): AnyActorLogic | undefined {
    return this.#named.get(name);
  }

  /** What there is to know of an actor that leaves memory. */
  kindOf(cell: Cell): Kind {
    const { logic, spec } = cell;
    return this.#kinds.of({ logic, spec, parent: this.#above(cell), name: undefined, hasInput: false });
  }

  /** What there is to know of an actor by how it was spawned. @throws INVALID_OPTION */
  kindFrom({ logic: name, parent, options, input }: SpawnRecord, logic: AnyActorLogic): Kind {
    const spec =
      options === undefined
        ? (this.#plainSpec ??= this.#specs.of({ id: '', durable: true }, 'transient'))
        : this.#specs.of({ ...options, id: '', durable: true }, 'transient');
    const above = parent as Address | undefined;
    return this.#kinds.of({ logic: this.#logics.of(logic), spec, parent: above, name, hasInput: input !== undefined });
  }

  /** Brings an actor back into memory. @returns undefined when the actor it is a child of is not there. */
  revive(address: Address, passive: Passive): Cell | undefined {
    const { registry, life, turns, store } = this.#parts;
    const { logic, spec, parent: above, hasInput } = passive.kind;
    const parent = above === undefined ? this.#guardian : registry.get(above);
    if (parent === undefined || (parent.state !== 'running' && parent.state !== 'starting')) return undefined;
    const cell = new Cell({
      address,
      id: address.slice(address.lastIndexOf('/') + 1),
      parent,
      logic,
      spec,
      input: hasInput && store !== undefined ? readSpawn(store, address)?.input : passive.input,
      host: turns,
      declared: false,
    });
    cell.state = 'passive';
    cell.passive = passive;
    cell.extras = passive.extras;
    if (passive.hasBegun) cell.incarnation = 1;
    this.#parts.woken(address, passive);
    registry.add(cell);
    life.supervisionOf(parent).add(cell, undefined);
    this.#parts.settled(cell);
    life.start(cell, (failure) => {
      if (failure !== undefined) parent.children?.exited(cell, 'error', failure);
    });
    return cell;
  }

  /** Forgets how an actor was spawned, once it has ended for good. */
  forgetSpawn(address: string): void {
    this.#parts.roster?.forget(address);
  }

  #logicOf(given: LogicOrName): AnyActorLogic {
    if (typeof given !== 'string') return given;
    const logic = this.#named.get(given);
    if (logic !== undefined) return logic;
    const names = [...this.#named.keys()].join(', ');
    throw new InvalidOptionError(
      'logic',
      given,
      names === '' ? 'logic; none is registered' : `logic, or one of: ${names}`,
    );
  }

  #spawn(parent: Cell, logic: AnyActorLogic, options: SpawnOptions): Cell {
    if (parent.state === 'suspended') throw new ActorRestartingError(parent.address);
    if (parent.state === 'stopping' || parent.state === 'stopped') throw new ActorNotFoundError(parent.address);
    const taken = this.#taken(parent, logic, options);
    if (taken !== undefined) return taken;
    const { life } = this.#parts;
    const cell = this.#place(parent, { logic, options, childDefault: 'transient', declared: undefined });
    let failure: unknown;
    let returned = false;
    try {
      this.#note(cell, logic, options);
      life.start(cell, (cause) => {
        failure = cause;
        if (cause === undefined) return;
        if (returned) parent.children?.exited(cell, 'error', cause);
        else life.end(cell, 'error', cause);
      });
    } catch (error) {
      life.end(cell, 'error', error);
      throw error;
    }
    returned = true;
    if (failure !== undefined) throw failure as Error;
    return cell;
  }

  /** An actor that has come back by itself and that the program spawns again: it is that one. */
  #taken(parent: Cell, logic: AnyActorLogic, options: SpawnOptions): Cell | undefined {
    const { registry } = this.#parts;
    const address = this.#addressOf(parent, options.id);
    const passive = registry.living(address)?.passive ?? registry.known(address);
    if (passive?.isRecovered !== true || passive.kind.name !== this.#names.get(logic)) return undefined;
    const { spec } = registry.living(address) ?? { spec: this.#specs.of(options, 'transient') };
    passive.kind = this.#kinds.of({ ...passive.kind, spec });
    const cell = registry.get(address);
    passive.isRecovered = false;
    return cell;
  }

  /** Notes in the store how an actor was spawned. @throws UNSERIALIZABLE when its input can't be kept. */
  #note(cell: Cell, logic: AnyActorLogic, options: SpawnOptions): void {
    const { store, roster } = this.#parts;
    const name = this.#names.get(logic);
    const { address, logic: hosted, spec } = cell;
    if (store === undefined || roster === undefined || name === undefined || !spec.durable) return;
    if (liveOption(options) !== undefined) return;
    const parent = this.#above(cell);
    const write = spawnWrite(store, address, name, parent, options);
    roster.note({
      address,
      write,
      logic: name,
      isMarked: parent !== undefined || spec.passivateAfterMs === undefined,
    });
    const hasInput = options.input !== undefined;
    cell.passive = new Passive(this.#kinds.of({ logic: hosted, spec, parent, name, hasInput }), false);
  }

  /** The address of the actor it is a child of; undefined at the top. */
  #above({ parent }: Cell): Address | undefined {
    return parent === undefined ? undefined : this.#aboveChildrenOf(parent);
  }

  #aboveChildrenOf(parent: Cell): Address | undefined {
    return parent === this.#guardian ? undefined : parent.address;
  }

  #addressOf(parent: Cell, id: string): Address {
    return childAddress(parent.parent === undefined ? undefined : parent.address, id);
  }

  #place(parent: Cell, { logic, options, childDefault, declared }: Place): Cell {
    const { registry, life, turns } = this.#parts;
    const cell = new Cell({
      address: this.#addressOf(parent, options.id),
      id: options.id,
      parent,
      logic: this.#logics.of(logic),
      spec: this.#specs.of(options, childDefault),
      input: options.input,
      host: turns,
      declared: declared !== undefined,
    });
    registry.add(cell);
    life.supervisionOf(parent).add(cell, declared);
    if (cell.spec.durable) this.#parts.settled(cell);
    return cell;
  }
}
