// One store and the processes that have it one after the other. A kernel that is left alone is a process that was
// killed: its clock stands still, so nothing of it ever runs again. The next one has a clock of its own, later by as
// long as nobody was there.

import { idSource } from '../../src/base/ids.ts';
import { seededRandom } from '../../src/base/random.ts';
import { VirtualClock } from '../../src/base/virtual-clock.ts';
import type { KernelEvent } from '../../src/kernel/events.ts';
import { Kernel, type KernelOptions } from '../../src/kernel/system.ts';
import { memoryStore } from '../../src/store/memory.ts';
import type { Store } from '../../src/store/port.ts';
import type { KernelKit } from './kernel-kit.ts';

export interface Process extends KernelKit {
  /** Everything that happened in it of one type. */
  readonly all: <Type extends KernelEvent['type']>(type: Type) => readonly Extract<KernelEvent, { type: Type }>[];
}

export interface Machine {
  readonly store: Store;
  /** Starts a process on the store; whatever ran before is as good as killed. */
  readonly boot: (options?: Partial<KernelOptions>, downMs?: number) => Process;
  /** Moves the calendar of the process that runs, or of the next one. */
  readonly shiftWall: (ms: number) => void;
}

/** A machine with a store. */
export function machine(store?: (clock: { wall(): number }) => Store): Machine {
  let clock = new VirtualClock();
  const wall = { wall: () => clock.wall() };
  const disk = (store ?? memoryStore)(wall);
  return {
    store: disk,
    shiftWall: (ms) => {
      clock.setWall(clock.wall() + ms);
    },
    boot: (options = {}, downMs = 0) => {
      // The monotonic clock of a process begins anywhere.
      const own = new VirtualClock({ nowMs: 1_000_000 - clock.now() / 2, wallMs: clock.wall() + downMs });
      clock = own;
      const random = seededRandom(1);
      const events: KernelEvent[] = [];
      const kernel = new Kernel({
        clock: own,
        random,
        newId: idSource(own, random),
        development: true,
        store: disk,
        onEvent: (event) => events.push(event),
        ...options,
      });
      return {
        kernel,
        clock: own,
        events,
        settle: () => own.settle(),
        advance: (ms) => own.advance(ms),
        seen: (type) =>
          events.filter((event) => event.type === type).map((event) => ('address' in event ? event.address : '')),
        all: (type) => events.filter((event) => event.type === type) as never,
      };
    },
  };
}

/** Starts a kernel that declares nobody. */
export async function begin({ kernel, settle }: Process): Promise<void> {
  const started = kernel.start([], () => {});
  await settle();
  await started;
}
