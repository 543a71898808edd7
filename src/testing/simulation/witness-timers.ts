// Whose timers are whose. The kernel's timers are functions that nobody can look into; but an actor's own are set at
// two kinds of moments only: within its transition or its beginning (delays of machines), and when its `schedule` is
// carried out. Who is at such a moment is known here, and whatever else sets timers meanwhile steps aside.

import type { Cell } from '../../kernel/cell.ts';
import type { KernelParts } from '../../kernel/parts.ts';
import { around, type Tell, type WatchedTimer } from './witness-events.ts';

/** Whose timers those are that are being set. */
export class Owner {
  cell: Cell | undefined = undefined;
  readonly #generations = new WeakMap<Cell, number>();

  /** @returns who it was before. */
  is(cell: Cell | undefined): Cell | undefined {
    const before = this.cell;
    this.cell = cell;
    return before;
  }

  generationOf(cell: Cell): number {
    return this.#generations.get(cell) ?? 0;
  }

  /** A cell begins once more. @returns how often it has. */
  begins(cell: Cell): number {
    const generation = this.generationOf(cell) + 1;
    this.#generations.set(cell, generation);
    return generation;
  }

  /** Does something in the name of a cell, or of nobody. */
  during<Result>(cell: Cell | undefined, act: () => Result): Result {
    const before = this.is(cell);
    try {
      return act();
    } finally {
      this.cell = before;
    }
  }
}

/** Watches every timer. */
export function watchTimers(parts: KernelParts, tell: Tell, owner: Owner): void {
  let count = 0;
  around(parts.timers, 'setAt', (setAt) => (at, fire) => {
    const { cell } = owner;
    const generation = cell === undefined ? 0 : owner.generationOf(cell);
    count += 1;
    const watched: WatchedTimer = { at, owner: cell, generation, nth: count, timer: undefined };
    const timer = setAt(at, () => {
      tell('timerFired', watched);
      fire();
    });
    watched.timer = timer;
    tell('timerSet', watched);
    return timer;
  });
  stepAside(parts, owner);
}

/** What sets timers that are no actor's own, though an actor's turn may have led to it. */
function stepAside({ asks, delegations, life, committer, registry }: KernelParts, owner: Owner): void {
  around(
    asks,
    'open',
    (open) =>
      (...given) =>
        owner.during(undefined, () => open(...given)),
  );
  around(
    delegations,
    'open',
    (open) =>
      (...given) =>
        owner.during(undefined, () => open(...given)),
  );
  around(
    delegations.dormancy,
    'wake',
    (wake) =>
      (...given) =>
        owner.during(undefined, () => wake(...given)),
  );
  around(life, 'start', (start) => (...given) => {
    owner.during(undefined, () => {
      start(...given);
    });
  });
  around(life, 'stop', (stop) => (...given) => {
    owner.during(undefined, () => {
      stop(...given);
    });
  });
  around(registry, 'revive', (revive) =>
    revive === undefined ? undefined : (...given) => owner.during(undefined, () => revive(...given)),
  );
  if (committer === undefined) return;
  around(committer, 'recall', (recall) => (cell) => owner.during(undefined, () => recall(cell)));
  around(committer, 'seal', (seal) => (cell) => {
    owner.during(undefined, () => {
      seal(cell);
    });
  });
}
