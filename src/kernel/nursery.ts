// Where cells come from: checks their options, gives them their place in the tree and the registry, and starts those
// that are spawned while the system runs.

import type { ChildType } from '../base/supervision-options.ts';
import { ActorNotFoundError, ActorRestartingError } from '../base/errors.ts';
import { limits } from '../base/limits.ts';
import { type Address, childAddress } from './address.ts';
import { Cell } from './cell.ts';
import type { Lifecycle } from './lifecycle.ts';
import { type HostedLogics, supervisorLogic } from './logics.ts';
import type { Registry } from './registry.ts';
import {
  actorSpec,
  type ChildOptions,
  defaultSpec,
  expandInstances,
  type RestartSpec,
  type SpawnOptions,
} from './spec.ts';
import type { Turns } from './turns.ts';

/** What the nursery needs of the kernel. */
export interface NurseryParts {
  readonly registry: Registry;
  readonly life: Lifecycle;
  readonly turns: Turns;
}

/** Makes the cells of a kernel. */
export class Nursery {
  readonly #parts: NurseryParts;
  readonly #logics: HostedLogics;

  constructor(parts: NurseryParts, logics: HostedLogics) {
    this.#parts = parts;
    this.#logics = logics;
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
    return cell;
  }

  /** A cell for a declared child; it is started by whoever asked for it. */
  place(parent: Cell, options: ChildOptions): Cell {
    return this.#place(parent, options.logic, options, 'permanent', options);
  }

  /**
   * Makes and starts a child, or each instance of a pool. @returns the first.
   *
   * @throws ACTOR_EXISTS, ACTOR_NOT_FOUND, ACTOR_RESTARTING, INVALID_OPTION, START_FAILED when it fails at once.
   */
  spawn(parent: Cell, logic: ChildOptions['logic'], options: SpawnOptions): Cell {
    if (options.instances === undefined) return this.#spawn(parent, logic, options);
    const [first, ...others] = expandInstances({ ...options, logic }).map((each) => this.#spawn(parent, logic, each));
    return first ?? others[0] ?? this.#spawn(parent, logic, options);
  }

  #spawn(parent: Cell, logic: ChildOptions['logic'], options: SpawnOptions): Cell {
    if (parent.state === 'suspended') throw new ActorRestartingError(parent.address);
    if (parent.state === 'stopping' || parent.state === 'stopped') throw new ActorNotFoundError(parent.address);
    const { life } = this.#parts;
    const cell = this.#place(parent, logic, options, 'transient', undefined);
    let failure: unknown;
    let returned = false;
    life.start(cell, (cause) => {
      failure = cause;
      if (cause === undefined) return;
      if (returned) parent.children?.exited(cell, 'error', cause);
      else life.end(cell, 'error', cause);
    });
    returned = true;
    if (failure !== undefined) throw failure as Error;
    return cell;
  }

  #place(
    parent: Cell,
    logic: ChildOptions['logic'],
    options: SpawnOptions,
    childDefault: ChildType,
    declared: ChildOptions | undefined,
  ): Cell {
    const { registry, life, turns } = this.#parts;
    const cell = new Cell({
      address: childAddress(parent.parent === undefined ? undefined : parent.address, options.id),
      id: options.id,
      parent,
      logic: this.#logics.of(logic),
      spec: actorSpec(options, childDefault),
      input: options.input,
      host: turns,
      declared: declared !== undefined,
    });
    registry.add(cell);
    life.supervisionOf(parent).add(cell, declared);
    return cell;
  }
}
