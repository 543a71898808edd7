// What happens when a turn has landed: what it held goes out, in the order it was wanted. Only here does anything of
// a durable actor leave the durable world.

import type { Address } from '../address.ts';
import type { CommitHost } from './commit-host.ts';
import type { Turn } from './commit-turn.ts';

/** Who is going to get messages that wait for their turn to land: later ones have to wait behind them. */
export class Awaited {
  readonly #counts = new Map<Address, number>();

  has(to: Address): boolean {
    return this.#counts.size > 0 && this.#counts.has(to);
  }

  add(to: Address): void {
    this.#counts.set(to, (this.#counts.get(to) ?? 0) + 1);
  }

  remove(to: Address): void {
    const left = (this.#counts.get(to) ?? 1) - 1;
    if (left === 0) this.#counts.delete(to);
    else this.#counts.set(to, left);
  }

  clear(): void {
    this.#counts.clear();
  }
}

/** Carries out what a turn has held. */
export function release(turn: Turn, host: CommitHost, awaited: Awaited): void {
  for (const touch of turn.touches) {
    touch.record = undefined;
    // Its packed state is in the store now, and an idle actor need not keep it.
    if (touch.cell.touch === touch) touch.cell.touch = undefined;
  }
  for (const held of turn.held) {
    if (held.type === 'seen') host.seen(held.cell, held.snapshot);
    else if (held.type === 'next') held.next();
    else if (held.letter === undefined) host.carryOut(held.cell, held.effect, held.envelope, held.acting);
    else {
      awaited.remove(held.letter.to);
      if (!held.letter.consumed) host.claim(held.letter);
    }
  }
  for (const waiter of turn.waiters) waiter();
}
