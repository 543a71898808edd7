// What runtime tests share: a runtime on virtual time with everything seeded, the smallest topology there is, and
// promises that tests open by hand.

import { TroupeError } from '../../src/base/errors.ts';
import { seededRandom } from '../../src/base/random.ts';
import { VirtualClock } from '../../src/base/virtual-clock.ts';
import type { RuntimeEvent } from '../../src/observe/events.ts';
import { createRuntime, type Runtime, type RuntimeOptions } from '../../src/runtime.ts';
import { director, orchestrator } from '../../src/topology/declare.ts';
import { defineTopology, type Topology } from '../../src/topology/define.ts';
import type { Agent } from '../../src/topology/nodes.ts';

export interface RuntimeKit<T extends Topology> {
  readonly runtime: Runtime<T>;
  readonly clock: VirtualClock;
  readonly events: RuntimeEvent[];
  /** Lets everything that is ready run. */
  readonly settle: () => Promise<void>;
  /** Moves time, timer by timer. */
  readonly advance: (ms: number) => Promise<void>;
}

/** A started runtime on virtual time. */
export async function runtimeKit<T extends Topology>(
  topology: T,
  options: RuntimeOptions = {},
  clock = new VirtualClock(),
): Promise<RuntimeKit<T>> {
  const runtime = await createRuntime(topology, { clock, random: seededRandom(1), development: true, ...options });
  const events: RuntimeEvent[] = [];
  runtime.events.on((event) => events.push(event));
  const started = runtime.start();
  await clock.settle();
  await started;
  return { runtime, clock, events, settle: () => clock.settle(), advance: (ms) => clock.advance(ms) };
}

/** One agent `work` at `main/team/work`, behind a default director and a default orchestrator. */
export function solo<Work extends Agent>(work: Work) {
  return defineTopology({
    name: 'solo',
    orchestrators: { main: orchestrator({ directors: { team: director({ agents: { work } }) } }) },
  });
}

/** A promise that a test settles by hand. */
export class Gate<Value = void> {
  readonly promise: Promise<Value>;
  open: (value: Value) => void = () => {};
  refuse: (error: unknown) => void = () => {};

  constructor() {
    this.promise = new Promise((resolve, reject) => {
      this.open = resolve;
      this.refuse = reject;
    });
  }
}

/** The error that a promise rejects with. */
export async function failureOf(promise: Promise<unknown>): Promise<TroupeError> {
  const error: unknown = await promise.then(
    (value) => new Error(`it did not fail but gave ${JSON.stringify(value)}`),
    (reason: unknown) => reason,
  );
  if (error instanceof TroupeError) return error;
  throw error;
}

/** Rejects when the signal is aborted, as well-behaved work does. */
export function untilAborted(signal: AbortSignal): Promise<never> {
  return new Promise((_resolve, reject) => {
    signal.addEventListener('abort', () => {
      reject(signal.reason as Error);
    });
  });
}
