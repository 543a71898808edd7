// Every live cell by its address, and the pools of equal actors behind one address. A message to a pool goes to the
// instance with the fewest messages and tasks; among equals, in turn.

import { ActorExistsError, QueueFullError } from '../base/errors.ts';
import { limits } from '../base/limits.ts';
import type { Address } from './address.ts';
import type { Cell } from './cell.ts';

interface Pool {
  readonly cells: Cell[];
  turn: number;
}

/** The addresses of a kernel. */
export class Registry {
  readonly #cells = new Map<string, Cell>();
  readonly #pools = new Map<string, Pool>();
  readonly #load: (cell: Cell) => number;

  /** @param load - How busy a cell is, for choosing among the instances of a pool. */
  constructor(load: (cell: Cell) => number) {
    this.#load = load;
  }

  get size(): number {
    return this.#cells.size;
  }

  /** @throws ACTOR_EXISTS when the address is taken, QUEUE_FULL when there are as many actors as there may be. */
  add(cell: Cell): void {
    if (this.#cells.has(cell.address)) throw new ActorExistsError(cell.address);
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

  /** The cell at an address; of a pool, the least busy instance. */
  get(address: string): Cell | undefined {
    return this.#cells.get(address) ?? this.#leastBusy(address);
  }

  all(): Iterable<Cell> {
    return this.#cells.values();
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
function poolOf(address: Address): string | undefined {
  const mark = address.lastIndexOf(':');
  return mark > address.lastIndexOf('/') ? address.slice(0, mark) : undefined;
}
