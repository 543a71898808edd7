// Every actor by its address: those in memory by their cells, durable ones that have left it by next to nothing, and
// the pools of equal actors behind one address. A message to a pool goes to the instance with the fewest messages
// and tasks; among equals, in turn. Asking for an actor that has left memory brings it back.

import { ActorExistsError, QueueFullError } from '../base/errors.ts';
import { limits } from '../base/limits.ts';
import type { Address } from './address.ts';
import type { Cell } from './cell.ts';
import type { Passive } from './recovery/passive.ts';

interface Pool {
  readonly cells: Cell[];
  turn: number;
}

/** The addresses of a kernel. */
export class Registry {
  readonly #cells = new Map<string, Cell>();
  readonly #passive = new Map<string, Passive>();
  readonly #pools = new Map<string, Pool>();
  readonly #load: (cell: Cell) => number;
  /** Brings an actor back; set when there is a store. */
  revive: ((address: Address, passive: Passive) => Cell | undefined) | undefined = undefined;
  /** Looks in the store for an actor that nobody has asked for yet, and notes it; set when there may be any. */
  recall: ((address: string) => Passive | undefined) | undefined = undefined;

  /** @param load - How busy a cell is, for choosing among the instances of a pool. */
  constructor(load: (cell: Cell) => number) {
    this.#load = load;
  }

  /** Actors in memory. */
  get size(): number {
    return this.#cells.size;
  }

  /** Actors that are known and not in memory. */
  get passiveSize(): number {
    return this.#passive.size;
  }

  /** @throws ACTOR_EXISTS when the address is taken, QUEUE_FULL when there are as many actors as there may be. */
  add(cell: Cell): void {
    if (this.#cells.has(cell.address) || this.#passive.has(cell.address)) throw new ActorExistsError(cell.address);
    if (this.#cells.size >= limits.actor.total_count)
      throw new QueueFullError('the runtime', limits.actor.total_count, 0);
    this.#cells.set(cell.address, cell);
    const pool = poolOf(cell.address);
    if (pool === undefined) return;
    const entry = this.#pools.get(pool);
    if (entry === undefined) this.#pools.set(pool, { cells: [cell], turn: 0 });
    else entry.cells.push(cell);
  }

  remove(cell: Cell): void {
    if (this.#cells.get(cell.address) !== cell) return;
    this.#cells.delete(cell.address);
    const pool = poolOf(cell.address);
    const entry = pool === undefined ? undefined : this.#pools.get(pool);
    if (pool === undefined || entry === undefined) return;
    entry.cells.splice(entry.cells.indexOf(cell), 1);
    if (entry.cells.length === 0) this.#pools.delete(pool);
  }

  /** The cell at an address, brought back when it has left memory; of a pool, the least busy instance. */
  get(address: string): Cell | undefined {
    return this.#cells.get(address) ?? this.#wake(address) ?? this.#leastBusy(address) ?? this.#recall(address);
  }

  /** The cell at an address, when it is in memory. */
  living(address: string): Cell | undefined {
    return this.#cells.get(address);
  }

  /** The cell that an actor has now, after it has left memory; one that ended meanwhile is stopped. */
  present(cell: Cell): Cell {
    const { address, passive } = cell;
    const living = this.#cells.get(address);
    if (living !== undefined && living.passive === passive) return living;
    if (this.#passive.get(address) === passive) return this.#wake(address) ?? cell;
    cell.state = 'stopped';
    return cell;
  }

  all(): Iterable<Cell> {
    return this.#cells.values();
  }

  passiveAt(address: string): Passive | undefined {
    return this.#passive.get(address);
  }

  /** The actor at an address that is not in memory, also one that is in the store alone. */
  known(address: string): Passive | undefined {
    if (this.#cells.has(address)) return undefined;
    return this.#passive.get(address) ?? this.recall?.(address);
  }

  passives(): Iterable<[string, Passive]> {
    return this.#passive;
  }

  /** Notes an actor that is not in memory. @throws QUEUE_FULL when there are as many as there may be. */
  addPassive(address: string, passive: Passive): void {
    const most = limits.store.passive_count;
    if (this.#passive.size >= most) throw new QueueFullError('the table of actors that are not in memory', most, 0);
    this.#passive.set(address, passive);
  }

  dropPassive(address: string): void {
    this.#passive.delete(address);
  }

  #wake(address: string): Cell | undefined {
    if (this.#passive.size === 0) return undefined;
    const passive = this.#passive.get(address);
    return passive === undefined ? undefined : this.revive?.(address as Address, passive);
  }

  #recall(address: string): Cell | undefined {
    return this.recall?.(address) === undefined ? undefined : this.#wake(address);
  }

  #leastBusy(address: string): Cell | undefined {
    const pool = this.#pools.get(address);
    if (pool === undefined) return undefined;
    const { cells } = pool;
    pool.turn = (pool.turn + 1) % cells.length;
    let best: Cell | undefined;
    let least = Number.POSITIVE_INFINITY;
    for (let index = 0; index < cells.length; index++) {
      const cell = cells[(pool.turn + index) % cells.length];
      if (cell === undefined) continue;
      const load = this.#load(cell);
      if (load >= least) continue;
      best = cell;
      least = load;
    }
    return best;
  }
}

/** The pool that an instance's address belongs to. */
export function poolOf(address: Address): string | undefined {
  const mark = address.lastIndexOf(':');
  return mark > address.lastIndexOf('/') ? address.slice(0, mark) : undefined;
}
