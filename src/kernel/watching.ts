// Who is told when an actor ends for good: exactly once, at once when it has ended already, and not for a restart.
// A watch is of that actor, not of its address: another one that takes the address later is none of its business.

import type { EventObject } from 'xstate';
import type { Clock } from '../base/clock.ts';
import type { Reason } from '../base/reason.ts';
import type { Address } from './address.ts';
import type { Cell } from './cell.ts';
import type { Watcher } from './extras.ts';
import type { KernelHappening } from './events.ts';

/** What watching needs of the kernel. */
export interface WatchHost {
  readonly clock: Pick<Clock, 'soon'>;
  readonly notify: (to: Address, event: EventObject) => void;
  readonly report: (happening: KernelHappening) => void;
}

/** The watches of a kernel. */
export class Watching {
  readonly #host: WatchHost;

  constructor(host: WatchHost) {
    this.#host = host;
  }

  /** @returns how to stop watching. */
  watch(cell: Cell, watcher: Watcher): () => void {
    if (cell.state !== 'stopped') {
      (cell.need().watchers ??= new Set()).add(watcher);
      return () => {
        cell.extras?.watchers?.delete(watcher);
      };
    }
    let wanted = true;
    this.#host.clock.soon(() => {
      if (wanted) this.#call(watcher, cell, cell.endReason ?? 'normal');
    });
    return () => {
      wanted = false;
    };
  }

  /** One actor watches another; it gets `actor.terminated`. */
  watchFrom(watcher: Cell, address: Address, target: Cell | undefined): void {
    const extras = watcher.need();
    const watching = (extras.watching ??= new Map<string, () => void>());
    if (watching.has(address)) return;
    const told: Watcher = (end) => {
      // A watcher that is brought back into memory for it still watches, and must not look for what has ended.
      this.#host.notify(watcher.address, { type: 'actor.terminated', ...end });
      watching.delete(address);
    };
    if (target === undefined) told({ address, reason: 'normal' });
    else watching.set(address, this.watch(target, told));
  }

  static unwatchFrom(watcher: Cell, address: Address): void {
    watcher.extras?.watching?.get(address)?.();
    watcher.extras?.watching?.delete(address);
  }

  /** A new incarnation knows nothing of what the last one watched. */
  static forget(watcher: Cell): void {
    const watching = watcher.extras?.watching;
    if (watching === undefined) return;
    for (const unwatch of watching.values()) unwatch();
    watching.clear();
  }

  /** Tells everybody who watches an actor that has ended. */
  tell(cell: Pick<Cell, 'address' | 'extras'>, reason: Reason): void {
    const { extras } = cell;
    if (extras === undefined) return;
    for (const watcher of extras.watchers ?? []) this.#call(watcher, cell, reason);
    extras.watchers = undefined;
    extras.observers = undefined;
  }

  #call(watcher: Watcher, { address }: Pick<Cell, 'address'>, reason: Reason): void {
    try {
      watcher({ address, reason });
    } catch (error) {
      this.#host.report({ type: 'effect.refused', address, effect: 'watch', error });
    }
  }
}
