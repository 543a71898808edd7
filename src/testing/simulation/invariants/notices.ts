// Who is told of ends. Each watch is told once, when its actor has ended for good; and an actor that watches gets one
// notice of each end, whatever happens to it meanwhile: a restart, a rollback, its leaving memory.

import { resolveAddress } from '../../../kernel/address.ts';
import type { Cell } from '../../../kernel/cell.ts';
import type { WatchEffect } from '../../../kernel/effects.ts';
import type { Envelope } from '../../../kernel/envelope.ts';
import type { Invariant, Life } from '../invariant.ts';
import type { Watch } from '../witness.ts';
import { named, who } from './words.ts';

type Fail = (problem: string) => void;

/** Each watch is told once when its actor has ended for good, and never before, twice, or when it was taken back. */
export const oneNotice: Invariant = {
  name: 'each watcher is told of an end once',
  watch: (_run, fail) => {
    let notices = new Notices(fail);
    return {
      born: (life) => {
        notices = new Notices(fail);
        followWatches(life, fail);
        notices.follow(life);
      },
      event: (event) => {
        // It goes on from a state that may not have heard of what it has been told.
        if (event.type === 'actor.rolledBack') notices.forget(event.address);
      },
    };
  },
};

function followWatches({ witness }: Life, fail: Fail): void {
  const watches = new Map<string, Set<Watch>>();
  const ending: string[] = [];
  witness.on('watching', (watch) => {
    if (watch.isLate) return;
    const known = watches.get(watch.address) ?? new Set();
    watches.set(watch.address, known.add(watch));
  });
  witness.on('ending', (address) => ending.push(address));
  witness.on('told', (watch) => {
    const problem = wrong(watch, watch.isLate || ending.includes(watch.address));
    if (problem !== undefined) fail(`${watcherOf(watch)} ${problem}`);
  });
  witness.on('ended', (address) => {
    ending.pop();
    for (const watch of watches.get(address) ?? []) {
      if (watch.isWanted && watch.told_count === 0) fail(`${watcherOf(watch)} is not told of the end of '${address}'`);
    }
    watches.delete(address);
  });
}

function wrong({ address, told_count, isWanted }: Watch, hasEnded: boolean): string | undefined {
  if (told_count > 1) return `is told of the end of '${address}' ${told_count} times`;
  if (!isWanted) return `is told of the end of '${address}', which it does not watch any more`;
  return hasEnded ? undefined : `is told of the end of '${address}', which has not ended`;
}

function watcherOf({ by }: Watch): string {
  return by === undefined ? 'somebody outside' : who(by);
}

/** How many notices each actor may get yet, by whom they are of. */
class Notices {
  readonly #owed = new Map<string, Map<string, number>>();
  readonly #fail: Fail;
  /** Actors that are being given back what they had. */
  readonly #restored: Cell[] = [];

  constructor(fail: Fail) {
    this.#fail = fail;
  }

  forget(address: string): void {
    this.#owed.delete(address);
  }

  follow({ witness }: Life): void {
    witness.on('watchAsked', (by, address) => {
      if (by.extras?.watching?.has(address) === true) return;
      const owed = this.#of(by);
      const before = owed.get(address);
      // Who watches again what it watched before is owed what it was.
      if (before === undefined) owed.set(address, 1);
      else if (!this.#restored.includes(by)) owed.set(address, before + 1);
    });
    witness.on('effect', (cell, effect) => {
      if (effect.type !== 'troupe.unwatch') return;
      const { to } = effect as WatchEffect;
      const address = resolveAddress(cell.address, typeof to === 'string' ? to : to.address);
      const before = this.#of(cell).get(address);
      if (cell.extras?.watching?.has(address) === true && before !== undefined)
        this.#of(cell).set(address, Math.max(0, before - 1));
    });
    witness.on('put', (cell, envelope, turnedAway) => {
      if (turnedAway !== envelope) this.#got(cell, envelope);
    });
    witness.on('ended', (address) => {
      this.#owed.delete(address);
    });
    this.#followReturns({ witness });
  }

  #followReturns({ witness }: Pick<Life, 'witness'>): void {
    const rolledBack = new Map<Cell, ReadonlySet<string>>();
    witness.on('rollingBack', (cell, record) => {
      this.#restored.push(cell);
      const watching = record?.watching ?? [];
      rolledBack.set(cell, new Set(watching));
      this.#owed.set(cell.address, new Map(watching.map((address) => [address, 1])));
    });
    witness.on('rolledBack', () => this.#restored.pop());
    // What it has handled in the turn that was undone, it gets again.
    witness.on('back', (cell, envelope) => {
      const address = endOf(envelope);
      if (address !== undefined && rolledBack.get(cell)?.has(address) === true) this.#got(cell, envelope);
    });
    witness.on('handling', () => {
      if (rolledBack.size > 0) rolledBack.clear();
    });
    witness.on('restoring', (cell, isOver) => {
      if (isOver) this.#restored.pop();
      else this.#restored.push(cell);
    });
    witness.on('beginning', (cell) => {
      // A new incarnation knows nothing of what the last one watched, unless it is given back.
      if (!this.#restored.includes(cell)) this.#owed.delete(cell.address);
    });
  }

  #of({ address }: Cell): Map<string, number> {
    const owed = this.#owed.get(address) ?? new Map<string, number>();
    this.#owed.set(address, owed);
    return owed;
  }

  #got(cell: Cell, envelope: Envelope): void {
    const address = endOf(envelope);
    const owed = address === undefined ? undefined : this.#owed.get(cell.address)?.get(address);
    if (address === undefined || owed === undefined) return;
    if (owed === 0) this.#fail(`${who(cell)} gets one more notice of the end of '${address}': ${named(envelope)}`);
    this.#of(cell).set(address, Math.max(0, owed - 1));
  }
}

function endOf({ event }: Envelope): string | undefined {
  return event.type === 'actor.terminated' ? (event as unknown as { readonly address: string }).address : undefined;
}
