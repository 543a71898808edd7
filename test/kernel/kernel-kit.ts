// What kernel tests share: a kernel on virtual time with everything seeded, and a log of what happened in it.

import { idSource } from '../../src/base/ids.ts';
import { seededRandom } from '../../src/base/random.ts';
import { VirtualClock } from '../../src/base/virtual-clock.ts';
import type { KernelEvent } from '../../src/kernel/events.ts';
import { Kernel, type KernelOptions } from '../../src/kernel/system.ts';

export interface KernelKit {
  readonly kernel: Kernel;
  readonly clock: VirtualClock;
  readonly events: KernelEvent[];
  /** Lets everything that is ready run. */
  readonly settle: () => Promise<void>;
  /** Moves time, timer by timer. */
  readonly advance: (ms: number) => Promise<void>;
  /** Addresses of the events of one type, in order. */
  readonly seen: (type: KernelEvent['type']) => readonly string[];
}

/** A kernel on virtual time. */
export function kernelKit(options: Partial<KernelOptions> & { readonly seed?: number } = {}): KernelKit {
  const clock = new VirtualClock();
  const random = seededRandom(options.seed ?? 1);
  const events: KernelEvent[] = [];
  const kernel = new Kernel({
    clock,
    random,
    newId: idSource(clock, random),
    development: true,
    onEvent: (event) => events.push(event),
    ...options,
  });
  return {
    kernel,
    clock,
    events,
    settle: () => clock.settle(),
    advance: (ms) => clock.advance(ms),
    seen: (type) =>
      events.filter((event) => event.type === type).map((event) => ('address' in event ? event.address : '')),
  };
}
