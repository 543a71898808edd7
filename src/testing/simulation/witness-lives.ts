// How a witness sees lives: where cells come from and go to, each beginning of an incarnation, each rollback in place,
// what is taken down on whose account, and who is told of an end.

import type { Cell } from '../../kernel/cell.ts';
import type { Watcher } from '../../kernel/extras.ts';
import type { KernelParts } from '../../kernel/parts.ts';
import type { Supervision } from '../../kernel/supervision.ts';
import { around, type Tell, type Watch } from './witness-events.ts';
import type { Owner } from './witness-timers.ts';

/** Watches beginnings and ends. */
export function watchLives(parts: KernelParts, tell: Tell, owner: Owner): void {
  const { registry, turns, restoring, life } = parts;
  around(registry, 'remove', (remove) => (cell) => {
    const isThere = registry.living(cell.address) === cell;
    remove(cell);
    if (isThere) tell('removed', cell);
  });
  around(turns, 'incarnate', (incarnate) => (cell, snapshot) => {
    tell('beginning', cell, owner.begins(cell));
    return owner.during(cell, () => incarnate(cell, snapshot));
  });
  if (restoring !== undefined) {
    around(restoring, 'begin', (begin) => (cell, isFirst) => {
      tell('restoring', cell, false);
      try {
        return owner.during(cell, () => begin(cell, isFirst));
      } finally {
        tell('restoring', cell, true);
      }
    });
    around(restoring, 'putBack', (putBack) => (cell, record) => {
      tell('rollingBack', cell, record);
      owner.during(cell, () => {
        putBack(cell, record);
      });
      tell('rolledBack', cell);
    });
  }
  watchChildren(parts, tell);
  around(life, 'stop', (stop) => (cell, ...how) => {
    tell('stopAsked', cell);
    stop(cell, ...how);
  });
  around(life, 'end', (end) => (cell, ...how) => {
    tell('stopAsked', cell);
    end(cell, ...how);
  });
  watchWatches(parts, tell);
}

/** A supervision starts counting afresh when its children are taken down, and only then. */
function watchChildren({ life }: KernelParts, tell: Tell): void {
  const known = new WeakSet<Supervision>();
  around(life, 'supervisionOf', (supervisionOf) => (parent) => {
    const supervision = supervisionOf(parent);
    if (known.has(supervision)) return supervision;
    known.add(supervision);
    around(supervision, 'reset', (reset) => () => {
      tell('lowering', parent);
      reset();
    });
    return supervision;
  });
}

function watchWatches({ watching }: KernelParts, tell: Tell): void {
  let by: Cell | undefined;
  around(watching, 'watch', (watch) => (cell, watcher) => {
    const { address, state } = cell;
    const isLate = state === 'stopped';
    const watched: Watch = { address, target: cell, by, isLate, isWanted: true, told_count: 0 };
    const counted: Watcher = (end) => {
      watched.told_count += 1;
      tell('told', watched);
      watcher(end);
    };
    const unwatch = watch(cell, counted);
    tell('watching', watched);
    return () => {
      watched.isWanted = false;
      unwatch();
    };
  });
  around(watching, 'watchFrom', (watchFrom) => (watcher, address, target) => {
    tell('watchAsked', watcher, address, target);
    const before = by;
    by = watcher;
    watchFrom(watcher, address, target);
    by = before;
  });
  around(watching, 'tell', (tellOf) => (cell, reason) => {
    const known = 'state' in cell ? (cell as Cell) : undefined;
    tell('ending', cell.address, known);
    tellOf(cell, reason);
    tell('ended', cell.address, known);
  });
}
