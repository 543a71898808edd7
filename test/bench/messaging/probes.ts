// The rows that are not one time for one message: memory, costs that must stay flat, and fairness.
// Both sides of a flat comparison run alternately in one process, so that they share its luck.
import type { Evidence, Stopwatch, Workloads } from './peer.ts';

/** A cost with few neighbours, and the same cost with many. */
export interface FlatProbe {
  readonly id: string;
  readonly title: string;
  readonly unit: string;
  readonly units: number;
  readonly few: number;
  readonly many: number;
  readonly expected: Evidence;
  readonly run: (workloads: Partial<Workloads>, neighbours: number, watch: Stopwatch) => Promise<Evidence> | undefined;
}

// large enough for the optimiser to settle within a pass: the collection before it throws optimised code away
const rounds = 1_000_000;
const stops = 10_000;
const spawns = 5_000;

/** What must cost the same however large the system is. */
export const flatProbes: readonly FlatProbe[] = [
  {
    id: 'flat-actors',
    title: 'Ping-pong among 10 and among 100,000 idle actors',
    unit: 'message',
    units: 2 * rounds,
    few: 10,
    many: 100_000,
    expected: { handled: 2 * rounds, sum: rounds * (rounds + 1) },
    run: (peer, idle, watch) => peer.pingPongAmong?.({ idle, rounds }, watch),
  },
  {
    id: 'flat-timers',
    title: 'Stopping an actor with no and with 100,000 timers pending',
    unit: 'stop',
    units: stops,
    few: 0,
    many: 100_000,
    expected: { handled: 0, sum: 0, stopped: stops },
    run: (peer, pending, watch) => peer.stopAmong?.({ pending, stops }, watch),
  },
  {
    id: 'flat-children',
    title: 'Spawning 5,000 children beside 1,000 and beside 95,000',
    unit: 'spawn',
    units: spawns,
    few: 1_000,
    many: 100_000 - spawns,
    expected: { handled: spawns, sum: spawns },
    run: (peer, existing, watch) => peer.spawnAmong?.({ existing, spawns }, watch),
  },
];

/** Memory of an idle actor, its name and address included. */
export const heapProbe = {
  id: 'heap',
  title: 'Heap per idle actor',
  unit: 'bytes',
  actors: 20_000,
  warmUp: 2_000,
} as const;

/** Lateness of a timer while three actors never rest. */
export const fairnessProbe = {
  id: 'fairness',
  title: 'Lateness of a 1 ms timer',
  duration_ms: 2_000,
  delay_ms: 1,
} as const;
