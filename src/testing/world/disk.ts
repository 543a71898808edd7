// The disk of a simulated process: in memory, on the world's virtual time, with every fault that a disk can have,
// decided by the run. It outlives the process that writes to it. The store on it is the real engine; what a crash
// leaves is what was synced, and of what was under way all, nothing or a part that nobody is ever shown.

import type { Clock } from '../../base/clock.ts';
import { InvalidOptionError } from '../../base/errors.ts';
import type { StoreAdmin } from '../../store/admin.ts';
import { openEngine } from '../../store/lmdb/engine.ts';
import type { Damage } from '../../store/port.ts';
import type { Decisions } from './decisions.ts';
import { DiskEnvironment, DiskGround, type DiskLife, diskPath } from './disk-environment.ts';
import { type DiskFaults, FaultPlanner } from './disk-faults.ts';
import { Frame } from './disk-frame.ts';

export type { DiskFaults } from './disk-faults.ts';

/** What a simulated disk is made of. */
export interface DiskParts {
  readonly decisions: Decisions;
  /** How often it fails; default never. */
  readonly faults?: DiskFaults;
}

/** A disk, and the store on it. */
export class SimulatedDisk {
  readonly #ground: DiskGround;
  readonly #planner: FaultPlanner;
  #life: DiskLife | undefined = undefined;
  #environment: DiskEnvironment | undefined = undefined;

  /** @throws INVALID_OPTION for a fault that there is not, or a rate that is none. */
  constructor({ decisions, faults = {} }: DiskParts) {
    this.#planner = new FaultPlanner(decisions, faults);
    this.#ground = new DiskGround(this.#planner);
  }

  /** Faults so far, by their names in {@link DiskFaults}. */
  get injected(): ReadonlyMap<string, number> {
    return this.#planner.injected;
  }

  /**
   * The store of one life of a process, as it finds the disk.
   *
   * @param clock - That life's: what it has not been told when it dies, it is never told.
   * @param onDamage - Told of records that are damaged, and of what is served in their place.
   * @throws INVALID_OPTION while an earlier life has it open: it must have crashed, or closed its store.
   */
  async open(clock: Clock, onDamage?: (damage: Damage) => void): Promise<StoreAdmin> {
    if (this.#life?.isOver === false && this.#environment?.isClosed === false)
      throw new InvalidOptionError('disk', 'open', 'a disk whose last life has crashed or closed its store');
    const life: DiskLife = { clock, isOver: false };
    this.#life = life;
    return openEngine(diskPath, { clock, onDamage }, () => {
      const environment = new DiskEnvironment(this.#ground, life);
      if (!life.isOver) this.#environment = environment;
      return environment;
    });
  }

  /**
   * The process is killed, or the power is cut. What was synced stays; a write that was under way is there or is not,
   * and at a power cut may be torn. The store of that life answers no write any more.
   */
  crash(how: 'kill' | 'power'): void {
    if (this.#life !== undefined) this.#life.isOver = true;
    const { unsynced } = this.#ground;
    if (unsynced === undefined) return;
    const bytes = unsynced instanceof Frame ? unsynced.bytes : unsynced;
    this.#ground.unsynced = how === 'kill' ? this.#planner.ofKill(bytes) : this.#planner.ofPowerCut(bytes);
  }

  /** No fault from now on, and an outage is over. What has been damaged stays so until it is written again. */
  heal(): void {
    this.#planner.end();
  }
}
