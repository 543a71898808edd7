// What runtime tests share: a runtime on virtual time with everything seeded.

import { seededRandom } from '../../src/base/random.ts';
import { VirtualClock } from '../../src/base/virtual-clock.ts';
import type { RuntimeEvent } from '../../src/observe/events.ts';
import { createRuntime, type Runtime, type RuntimeOptions } from '../../src/runtime.ts';
import type { Topology } from '../../src/topology/define.ts';

export interface RuntimeKit<T extends Topology> {
  readonly runtime: Runtime<T>;
  readonly clock: VirtualClock;
  readonly events: RuntimeEvent[];
  /** Lets everything that is ready run. */
  settle(): Promise<void>;
  /** Moves time, timer by timer. */
  advance(ms: number): Promise<void>;
}

/** A started runtime on virtual time. */
export async function runtimeKit<T extends Topology>(topology: T, options: RuntimeOptions = {}): Promise<RuntimeKit<T>> {
  const clock = new VirtualClock();
  const runtime = await createRuntime(topology, { clock, random: seededRandom(1), development: true, ...options });
  const events: RuntimeEvent[] = [];
  runtime.events.on((event) => events.push(event));
  const started = runtime.start();
  await clock.settle();
  await started;
  return { runtime, clock, events, settle: () => clock.settle(), advance: (ms) => clock.advance(ms) };
}
