// A process on a simulated disk, as the tests of the disk drive it: on virtual time, one life after the other.

import { VirtualClock } from '../../src/base/virtual-clock.ts';
import type { StoreAdmin } from '../../src/store/admin.ts';
import type { Damage } from '../../src/store/port.ts';
import { type Decision, Decisions } from '../../src/testing/world/decisions.ts';
import { type DiskFaults, SimulatedDisk } from '../../src/testing/world/disk.ts';
import { LifeClock } from '../../src/testing/world/life-clock.ts';

/** A decision about a disk that is other than nothing special. */
export const fault = (kind: string, value = 1, nth = 1): Decision => ({
  kind: kind.startsWith('disk.') ? kind : `fault.disk.${kind}`,
  nth,
  value,
});

/** Two keys in one commit: all or nothing. */
export const pair = (n: number): readonly { key: string; value: unknown; keep: number }[] =>
  ['a', 'b'].map((key) => ({ key, value: { n, text: 'x'.repeat(400) }, keep: 3 }));

/** More than the longest write takes. */
export const longEnough_ms = 10_000;

/** A disk with the process that has it open. */
export class DiskWorld {
  readonly clock = new VirtualClock();
  readonly disk: SimulatedDisk;
  readonly damage: Damage[] = [];
  #life = new LifeClock(this.clock);

  constructor(faults: DiskFaults, decisions: Decisions) {
    this.disk = new SimulatedDisk({ decisions, faults });
  }

  /** @param isMortal - Whether the clock of this life ends with it. */
  async open(isMortal = true): Promise<StoreAdmin> {
    this.#life = new LifeClock(this.clock);
    return this.disk.open(isMortal ? this.#life : this.clock, (damage) => void this.damage.push(damage));
  }

  /** The end of this life; the next one begins. */
  async crash(how: 'kill' | 'power'): Promise<StoreAdmin> {
    this.#life.kill();
    this.disk.crash(how);
    return this.open();
  }

  /** What a promise comes to, when time goes on. */
  async outcome(promise: Promise<unknown>): Promise<unknown> {
    const settled = promise.then(
      () => 'landed',
      (error: unknown) => (error as { readonly code?: unknown }).code ?? error,
    );
    await this.clock.advance(longEnough_ms);
    return Promise.race([settled, Promise.resolve('nothing')]);
  }
}

/** A world in which exactly these decisions are other than nothing special. */
export function scripted(faults: DiskFaults, ...script: readonly Decision[]): DiskWorld {
  return new DiskWorld(faults, new Decisions(1, script));
}
